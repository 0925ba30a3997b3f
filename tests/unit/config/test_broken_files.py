"""Every broken portfolio file of `tests/broken/ini` gets the message of `tests/golden/broken/ini`."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from allocator.config import load
from allocator.core.errors import ConfigError

BROKEN = Path(__file__).parents[2] / "broken" / "ini"
GOLDEN = Path(__file__).parents[2] / "golden" / "broken" / "ini"
FILES = sorted(path.name for path in BROKEN.glob("*.ini"))


@pytest.mark.parametrize("name", FILES)
def test_a_broken_file_is_refused_in_these_words(
    name: str, golden: Callable[[str, str], None], monkeypatch: pytest.MonkeyPatch
):
    """All mistakes are reported, each with its place and what to write instead."""
    monkeypatch.chdir(BROKEN)
    with pytest.raises(ConfigError) as caught:
        load(Path(name))
    said = "".join(f"{message}\n    {hint or ''}".rstrip() + "\n" for message, hint in caught.value.lines)
    golden(f"broken/ini/{Path(name).stem}.txt", said.replace(os.sep, "/"))


def test_no_message_is_left_over():
    """Each golden message belongs to a file that still exists."""
    assert {Path(name).stem for name in FILES} == {path.stem for path in GOLDEN.glob("*.txt")}
