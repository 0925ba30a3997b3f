"""Every broken file of `tests/broken/csv` gets the message of `tests/golden/broken/csv`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from allocator.core.errors import MarketError
from allocator.market.csv_file import CsvFile

BROKEN = Path(__file__).parents[2] / "broken" / "csv"
GOLDEN = Path(__file__).parents[2] / "golden" / "broken" / "csv"
FILES = sorted(path.name for path in BROKEN.glob("*.csv"))


def said_of(name: str, tickers: tuple[str, ...]) -> str:
    with pytest.raises(MarketError) as caught:
        CsvFile(Path(name)).quotes(tickers)
    return "".join(f"{message}\n    {hint or ''}".rstrip() + "\n" for message, hint in caught.value.lines)


@pytest.mark.parametrize("name", FILES)
def test_a_broken_file_is_refused_in_these_words(
    name: str, golden: Callable[[str, str], None], monkeypatch: pytest.MonkeyPatch
):
    """All that is wrong with the rows asked for is told at once: place, ticker, cell, and what to write."""
    monkeypatch.chdir(BROKEN)
    golden(f"broken/csv/{Path(name).stem}.txt", said_of(name, ("SBER", "GAZP")))


def test_no_message_is_left_over():
    """Each golden message belongs to a file that still exists."""
    assert {Path(name).stem for name in FILES} == {path.stem for path in GOLDEN.glob("*.txt")}


@pytest.mark.parametrize("name", FILES)
def test_a_message_keeps_to_its_line(name: str, monkeypatch: pytest.MonkeyPatch):
    """No cell of a file can break a message over lines, colour it or make it endless."""
    monkeypatch.chdir(BROKEN)
    for line in said_of(name, ("SBER", "GAZP")).splitlines():
        assert line.isprintable()
        assert len(line) < 160
