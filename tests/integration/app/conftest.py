"""The processes of these tests come from one server."""

from __future__ import annotations

import pytest
from integration import forking


@pytest.fixture(scope="session", autouse=True)
def forks() -> None:
    """It is started before any test could start one that knows less."""
    forking.start()
