"""What a refresh says of itself."""

from __future__ import annotations

from datetime import date

from allocator.core.text import text
from allocator.report.refresh import Note, Refreshed, SeriesLoaded, document, summary


def test_long_counts_are_parted_by_spaces() -> None:
    """Rows, requests and speed are read at a glance, as in `data status`."""
    done = Refreshed(
        "done", date(2025, 11, 28), seconds=10.0, requests=1991, series=(SeriesLoaded("day", 37, 37, 27_205, 0, 0),)
    )
    assert [
        "Daily bars: 37 of 37 series, 27 205 rows; failed 0, with bad data 0.",
        "Up to 2025-11-28: 27 205 rows in 10.0 s (2 720 rows/s), 1 991 requests.",
    ] == [str(line) for line in summary(done)]


def test_notes_of_the_object_are_in_the_language_asked_for() -> None:
    """Keys and words of the program stay, sentences are for a person."""
    note = Note(text("the exchange added {days}", days="2025-11-28"), ticker="SBER")
    (shown,) = document(Refreshed("done", date(2025, 11, 28), notes=(note,)), lang="ru")["notes"]
    assert {"ticker": "SBER", "level": "info", "text": "биржа добавила 2025-11-28"} == shown
