"""Whatever goes wrong with one answer, the other tickers are loaded, and the journal says in words what it was."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from fixtures_iss import LocalIss
from integration.app.refreshing import Night, night_after
from iss_faults import FAULTS
from iss_universe import made

from allocator.app.data import DataDesk
from allocator.core.bars import Interval
from allocator.report.catalogue import render
from allocator.report.data_status import status_text
from allocator.report.refresh import Refreshed
from allocator.store import Store, open_store

# What says the same in another way, or is mended by asking again, costs nothing and is worth no line.
HARMLESS = {
    *("reordered", "new columns", "duplicate candle", "shuffled candles", "short history", "wrong clock"),
    *("null prices", "stuck page"),  # columns of quotes; a page of which there is only one
}
ENDPOINTS = {
    "list of all times": "/listing",
    "renames": "/changeover",
    "splits": "/splits",
    "calendar": "/calendars",
    "members": "/analytics/",
    "an index": "/index/securities/IMOEX/candles",
    "dividends": "/dividends",
    "closed registers": "/registers",
}
TRANSPORT = ["html", "reset", "busy", "truncated", "empty", "missing blocks", "error inside", "forbidden", "not utf-8"]
# An empty list is an answer; and the calendar is not among what the free service gives to everybody.
SILENT = {("calendar", "html"), ("calendar", "missing blocks")} | {(endpoint, "empty") for endpoint in ENDPOINTS}
SILENT |= {(endpoint, "missing blocks") for endpoint in ("list of all times", "closed registers")}  # have others


@pytest.fixture
def night(iss: LocalIss, seeded: Path, tmp_path: Path) -> Iterator[Night]:
    """A small exchange with a short past, and a store without a bar in a file."""
    iss.serve(made(6, 0.4, day=date(2025, 11, 13)))
    with open_store(str(shutil.copy(seeded, tmp_path / "store.db"))) as store:
        yield Night(iss, store, since=date(2025, 7, 1))


def loaded(store: Store) -> set[str]:
    with store.reading() as transaction:
        return {each.ticker for each in transaction.bars.coverage(Interval.DAY)}


def said(refreshed: Refreshed, ticker: str | None) -> list[str]:
    return [str(note.text) for note in refreshed.notes if note.ticker == ticker and note.level != "info"]


def journal(store: Store) -> list[str]:
    with store.reading() as transaction:
        [run, *_] = transaction.journal.runs(1)
        return [str(note.text) for note in transaction.journal.notes(run.id)]


@pytest.mark.parametrize("kind", FAULTS)
def test_fault_of_one_ticker(night: Night, kind: str) -> None:
    """Each fault of one ticker's candles leaves all others loaded, and is told; the exit is a good one. What it cost is
    there after a night without it: the store equals one that never saw it."""
    night.iss.fail(kind, None, path="/SBER/candles")
    refreshed = night.run()
    assert {"GMKN", "T", "YDEX", "IMOEX", "MCFTR"} <= loaded(night.store)
    told = said(refreshed, "SBER")
    if kind in HARMLESS:
        assert [] == told
        assert "SBER" in loaded(night.store)
        return
    assert told, kind
    assert set(told) <= set(journal(night.store))
    night.iss.exchange.faults.clear()
    refreshed = night.next()
    assert "done" == refreshed.outcome
    bars = night.iss.market.papers["SBER"].bars
    days = {day for day in bars.begin.astype("M8[D]").tolist() if night.since <= day <= night.iss.market.day}
    with night.store.reading() as transaction:
        assert days == set(transaction.bars.read("SBER", Interval.DAY).days.tolist())
        assert [] == transaction.findings.of("SBER", Interval.DAY)


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize("kind", TRANSPORT)
def test_fault_of_an_endpoint(night: Night, endpoint: str, kind: str) -> None:
    """Without one of the lists the bars are loaded all the same."""
    night.iss.fail(kind, None, path=ENDPOINTS[endpoint])
    refreshed = night.run()
    assert {"SBER", "GMKN", "T", "YDEX", "MCFTR"} <= loaded(night.store)
    if (endpoint, kind) not in SILENT:
        assert any(note.level != "info" or "serves" in str(note.text) for note in refreshed.notes), refreshed.notes
    assert [] == [note for note in journal(night.store) if ".;" in note]


def test_too_many_requests(night: Night) -> None:
    """A 429 with Retry-After is obeyed, and costs nothing but the wait."""
    night.iss.fail("too many", 2, path="/candles", retry_after="1")
    assert "done" == night.run().outcome


def test_clock_of_this_machine_ahead(night: Night) -> None:
    """A clock that is days ahead asks for no day that has not been, and loses none when it is right again."""
    night.run()
    day = night.iss.market.day
    night.now = night_after(day)
    night.iss.market.night()
    with night.store.reading() as transaction:
        assert {day} == {load.till for load in transaction.loads.all(Interval.DAY)} | {day}


def test_store_says_what_it_could_not_write(night: Night) -> None:
    """A bar that is impossible is kept out, shown with its row, and counted."""
    night.iss.fail("high below low", 1, path="/SBER/candles")
    refreshed = night.run()
    [series] = refreshed.series
    assert 1 == series.quarantined
    assert "плохие свечи не взяты: 1 (максимум и минимум не сходятся)" in " ".join(
        render(note.text, "ru") for note in refreshed.notes
    )
    with night.store.reading() as transaction:
        [finding] = transaction.findings.of("SBER", Interval.DAY)
    assert finding.row is not None


def test_what_failed_at_night_is_read_in_the_morning(night: Night) -> None:
    """Cron has no reader: `data status` repeats what the last refresh warned of, by ticker and in words."""
    night.iss.fail("html", None, path="/SBER/candles")
    told = said(night.run(), "SBER")
    status = DataDesk(night.store, lambda: night.now).status()
    assert status.refresh is not None
    assert set(told) == {str(note.text) for note in status.refresh.notes if note.ticker == "SBER"}
    assert f"\n\nThe last refresh met with:\n  SBER: {told[0]}" in status_text(status)
