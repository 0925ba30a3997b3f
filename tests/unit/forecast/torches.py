"""Torch for the tests that need it, one thread of it; they are skipped where the extra `forecast` is not installed."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch", reason="the extra `forecast` is not installed")
torch.set_num_threads(1)
