"""The nightly refresh against the local exchange, on SQLite and PostgreSQL."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from fixtures_iss import LocalIss
from integration.app.refreshing import Night, content, night_after
from iss_market import Market
from iss_universe import made
from postgres_server import Server

from allocator.core.bars import Interval
from allocator.core.errors import MarketError, UsageError
from allocator.core.finding import Fault
from allocator.store import Store, open_store, read_panel
from allocator.store.backups import Backups


def market() -> Market:
    """Twelve tickers with a case of every kind."""
    return made(12, 1.9, day=date(2025, 11, 13))


@pytest.fixture
def night(iss: LocalIss, store: Store) -> Night:
    """A store to fill, and an exchange."""
    iss.serve(market())
    return Night(iss, store)


@pytest.fixture(scope="module")
def firsts() -> dict[str, str]:
    """URLs of stores after their first night, by kind of database, each made when it is first asked for."""
    return {}


@pytest.fixture
def filled(
    iss: LocalIss,
    database: str,
    request: pytest.FixtureRequest,
    firsts: dict[str, str],
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Night]:
    """The same when its first night is over: a copy of a store that has lived through it."""
    server: Server | None = request.getfixturevalue("postgres") if database == "postgresql" else None
    if database not in firsts:
        firsts[database] = server.create() if server else str(tmp_path_factory.mktemp("first") / "store.db")
        iss.serve(market())
        with open_store(firsts[database]) as store:
            assert "done" == Night(iss, store).run().outcome
        iss.requests.clear()
    iss.serve(market())
    url = server.create(like=firsts[database]) if server else str(shutil.copy(firsts[database], tmp_path / "store.db"))
    with open_store(url) as store:
        yield Night(iss, store)
    if server:
        server.drop(url)


def closes(store: Store, ticker: str, interval: Interval = Interval.DAY) -> dict[date, float]:
    with store.reading() as transaction:
        bars = transaction.bars.read(ticker, interval)
    return dict(zip(bars.begin.tolist(), bars.close.tolist(), strict=True))


def raw(night: Night, ticker: str) -> dict[date, float]:
    """What the exchange's own history says was paid, by day of trading."""
    bars = night.iss.market.papers[ticker].bars
    known = (bars.begin.astype("M8[D]") <= np.datetime64(night.iss.market.day)) & ~np.isnan(bars.close)
    return dict(zip(bars.begin[known].astype("M8[s]").tolist(), bars.close[known].tolist(), strict=True))


class TestFirstLoad:
    def test_brings_everything(self, night: Night) -> None:
        """Bars of all tickers, gone ones too, indexes, sectors, calendar, splits, renames and dividends are there."""
        refreshed = night.run()
        assert "done" == refreshed.outcome
        with night.store.reading() as transaction:
            known = {each.ticker: each for each in transaction.instruments.all()}
            assert {"SBER", "GMKN", "T", "TCSG", "YDEX", "YNDX", "IMOEX", "LQDT"} <= known.keys()
            assert date(2024, 11, 27) == known["TCSG"].delisted
            assert known["SBER"].sector is not None
            assert {"SBER", "TCSG", "IMOEX"} <= {each.ticker for each in transaction.bars.coverage(Interval.DAY)}
            assert len(transaction.calendar.get().days) > 400
            assert any(split.ticker == "GMKN" for split in transaction.splits.all())
            assert transaction.dividends.of("SBER")

    def test_stores_what_was_paid(self, night: Night) -> None:
        """Prices are those of the day, though the exchange scales candles before a split; weekends have own days."""
        night.run()
        for ticker in ("SBER", "GMKN", "VTBR", "TCSG", "ILLQ"):
            found, expected = closes(night.store, ticker), raw(night, ticker)
            expected = {begin: close for begin, close in expected.items() if begin.date() >= night.since}
            assert expected.keys() == found.keys(), ticker
            assert list(expected.values()) == pytest.approx([found[begin] for begin in expected], rel=2e-4), ticker

    def test_joins_what_was_renamed_on_reading(self, night: Night) -> None:
        """A panel has one column for TCSG and T, and for YNDX and YDEX, with bars of both."""
        night.run()
        with night.store.reading() as transaction:
            panel = read_panel(transaction, ("close",), tickers=["T", "YDEX"])
        first = [panel.times[panel.valid[:, column]][0].astype("M8[D]").item() for column in range(2)]
        assert [True, True] == [day < date(2024, 2, 1) for day in first]

    def test_hours_too(self, night: Night) -> None:
        """Hourly bars are loaded besides, and paged in full."""
        night.intervals = (Interval.DAY, Interval.HOUR)
        night.since = date(2025, 6, 1)
        refreshed = night.run()
        assert ["day", "hour"] == [each.interval for each in refreshed.series]
        hours = closes(night.store, "SBER", Interval.HOUR)
        assert len(hours) > 1000

    def test_asks_politely(self, night: Night) -> None:
        """Every request names the program, and nothing is asked twice."""
        night.run()
        asked = [(seen.path, tuple(sorted(seen.query.items()))) for seen in night.iss.requests]
        assert len(set(asked)) == len(asked)
        assert {"allocator"} == {seen.headers["User-Agent"].partition("/")[0] for seen in night.iss.requests}


class TestIncrement:
    def test_equals_one_load(self, filled: Night, iss: LocalIss, tmp_path) -> None:
        """Night after night gives the store that one load at the end would have given."""
        for _ in range(4):
            filled.next()
        with filled.store.reading() as transaction:
            grown = content(transaction)
        with open_store(str(tmp_path / "at-once.db")) as store:
            Night(iss, store).run()
            with store.reading() as transaction:
                whole = content(transaction)
        for name, value in whole.items():
            if name != "loads":  # a paper that is gone is asked for once, whenever that was
                assert value == grown[name], name

    def test_asks_only_for_what_is_missing(self, filled: Night) -> None:
        """A night takes about one page for each series."""
        before = len(filled.iss.requests)
        filled.next()
        candles = [seen for seen in filled.iss.requests[before:] if seen.path.endswith("/candles")]
        tickers = {seen.path.split("/")[-2] for seen in candles}
        assert len(candles) <= 2 * len(tickers)
        assert {seen.query["from"] for seen in candles} >= {"2025-11-05"} or min(
            seen.query["from"] for seen in candles if seen.path.split("/")[-2] != "ILLQ"
        ) > "2025-10-25"

    def test_nothing_to_do(self, filled: Night) -> None:
        """A second run of the night asks for nothing, and says when the next data is ready."""
        before = len(filled.iss.requests)
        refreshed = filled.run()
        assert ("ready", before) == (refreshed.outcome, len(filled.iss.requests))
        assert refreshed.next_at is not None

    def test_not_before_the_data_is_ready(self, filled: Night) -> None:
        """At 00:59 Moscow time the day that has just ended is not asked for; at 01:00 it is."""
        day = filled.iss.market.night()
        filled.now = night_after(day) - timedelta(minutes=6)
        assert "ready" == filled.run().outcome
        filled.now = night_after(day) - timedelta(minutes=5)
        assert "done" == filled.run().outcome
        assert day in {begin.date() for begin in closes(filled.store, "SBER")}

    def test_force_takes_what_is_there_and_replaces_it_later(self, filled: Night) -> None:
        """Bars of an unfinished day are no history: the next refresh puts the final ones in their place."""
        day = filled.iss.market.night()
        filled.now = night_after(day) - timedelta(hours=3)
        paper = filled.iss.market.papers["SBER"]
        at = int(np.flatnonzero(paper.bars.begin.astype("M8[D]") == np.datetime64(day))[0])
        final = float(paper.bars.close[at])
        paper.bars.close[at] = paper.bars.open[at]
        filled.iss.market.changed("SBER")
        filled.run(force=True)
        paper.bars.close[at] = final
        filled.iss.market.changed("SBER")
        filled.now = night_after(day)
        refreshed = filled.run()
        assert "done" == refreshed.outcome
        moment = datetime.combine(day, datetime.min.time())
        assert final == closes(filled.store, "SBER")[moment]
        with filled.store.reading() as transaction:
            assert [] == [each for each in transaction.findings.all() if each.fault is Fault.REWRITTEN]

    def test_deeper(self, night: Night) -> None:
        """An earlier --from adds what is before, for the tickers asked for."""
        night.since = date(2025, 1, 1)
        night.run()
        night.run(since=date(2024, 6, 1), tickers=("SBER",))
        assert date(2024, 6, 3) == min(closes(night.store, "SBER")).date()
        assert date(2025, 1, 1) < min(closes(night.store, "LKOH")).date()


class TestExchangeChangesItsMind:
    @pytest.mark.parametrize("listed", [True, False], ids=["declared", "undeclared"])
    def test_split_in_the_overlap(self, filled: Night, listed: bool) -> None:
        """A split rewrites all candles; stored prices stay what was paid, and the split is known."""
        before = closes(filled.store, "LKOH")
        filled.iss.market.split("LKOH", 1, 10, listed=listed)
        refreshed = filled.next(2)
        assert "done" == refreshed.outcome
        after = closes(filled.store, "LKOH")
        assert before == {begin: close for begin, close in after.items() if begin in before}
        with filled.store.reading() as transaction:
            split = next(each for each in transaction.splits.all() if each.ticker == "LKOH" and each.day.year == 2025)
            assert [] == [each for each in transaction.findings.all() if each.ticker == "LKOH"]
            panel = read_panel(transaction, ("close",), tickers=["LKOH"], adjust="splits")
        assert (1, 10) == (split.before, split.after)
        steps = np.abs(np.diff(np.log(panel["close"][:, 0])))
        assert np.nanmax(steps) < 0.5

    def test_rewritten_for_no_reason(self, filled: Night) -> None:
        """A ticker whose past no longer agrees is quarantined with a reason; the others go on."""
        before = closes(filled.store, "SBER")
        filled.iss.market.rewrite("SBER", 1.03)
        refreshed = filled.next()
        assert before == closes(filled.store, "SBER")
        with filled.store.reading() as transaction:
            [finding] = [each for each in transaction.findings.all() if each.ticker == "SBER"]
        assert Fault.REWRITTEN is finding.fault
        assert any(note.ticker == "SBER" and "allocator data accept SBER" in str(note.text) for note in refreshed.notes)
        assert filled.iss.market.day in {begin.date() for begin in closes(filled.store, "LKOH")}

    def test_quarantine_ends_when_both_agree_again(self, filled: Night) -> None:
        """What the exchange mends itself needs no person."""
        filled.iss.market.rewrite("SBER", 1.03)
        filled.next()
        filled.iss.market.rewrites.clear()
        filled.iss.market.changed("SBER")
        filled.next()
        with filled.store.reading() as transaction:
            assert [] == [each for each in transaction.findings.all() if each.ticker == "SBER"]
        assert filled.iss.market.day in {begin.date() for begin in closes(filled.store, "SBER")}

    def test_ticker_vanishes(self, filled: Night) -> None:
        """A paper that left the list is marked with its last day, and keeps its history."""
        last = filled.iss.market.day
        filled.iss.market.vanish("LKOH")
        filled.next()
        with filled.store.reading() as transaction:
            instrument = transaction.instruments.get("LKOH")
            assert instrument is not None
            assert instrument.delisted is not None
        assert last in {begin.date() for begin in closes(filled.store, "LKOH")}

    def test_leaves_while_the_store_is_behind(self, filled: Night) -> None:
        """A paper that left in a quarantine is asked for a month more: its last stored bar was not its last one."""
        filled.iss.market.rewrite("LKOH", 1.03)
        filled.next(3)
        last = filled.iss.market.day
        paper = filled.iss.market.papers["LKOH"]
        paper.bars = paper.bars[paper.bars.begin.astype("M8[D]") <= np.datetime64(last)]
        filled.iss.market.vanish("LKOH")
        filled.next()
        assert last not in {begin.date() for begin in closes(filled.store, "LKOH")}
        filled.iss.market.rewrites.clear()
        filled.iss.market.changed("LKOH")
        filled.next()
        assert last in {begin.date() for begin in closes(filled.store, "LKOH")}

    def test_short_list_delists_nobody(self, filled: Night, iss: LocalIss) -> None:
        """Half a list is a broken answer, not the end of half the market."""
        for paper in list(iss.market.papers.values())[:8]:
            iss.market.vanish(paper.ticker)
        refreshed = filled.next()
        with filled.store.reading() as transaction:
            gone = [
                each.ticker for each in transaction.instruments.all() if each.delisted and each.delisted.year == 2025
            ]
        assert [] == gone
        assert any("nothing is marked as delisted" in str(note.text) for note in refreshed.notes)


class TestRequest:
    def test_unknown_ticker(self, night: Night) -> None:
        """A ticker that nobody knows is the caller's mistake, with the nearest one."""
        with pytest.raises(UsageError, match=r"SBRE.*SBER"):
            night.run(tickers=("SBRE",))

    def test_second_at_once_leaves_politely(self, night: Night) -> None:
        """While one refresh is at work another does nothing."""
        with night.store.lock("refresh") as mine:
            assert mine
            refreshed = night.run()
        assert "busy" == refreshed.outcome
        assert [] == night.iss.requests

    def test_clock_behind(self, filled: Night) -> None:
        """A clock that has gone back since the last run is no reason to believe that all is here."""
        filled.now = night_after(filled.iss.market.day) - timedelta(days=30)
        assert "ready" != filled.run().outcome

    def test_clock_that_was_ahead(self, night: Night) -> None:
        """A run by a clock a year ahead does not put off the lists that are read once a week."""
        night.now = night_after(night.iss.market.day) + timedelta(days=365)
        night.run()
        before = len(night.iss.requests)
        night.now = None
        night.next()
        asked = {seen.path.rpartition("/")[2] for seen in night.iss.requests[before:]}
        assert {"listing", "changeover", "tickers"} <= asked

    def test_backups_have_the_time_of_moscow(self, night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
        """Whatever the zone of the machine: those of the commands have it too, and the oldest by name go."""
        made_at = []
        monkeypatch.setattr(Backups, "make", lambda self, dividends, now: made_at.append(now))
        night.run()
        assert [night_after(night.iss.market.day)] == made_at
        assert timedelta(hours=3) == made_at[0].utcoffset()

    def test_progress_has_counts(self, night: Night) -> None:
        """The last step of each run is the last of all."""
        night.run()
        last = [step for step in night.steps if step.total][-1]
        assert last.total == last.done

    def test_journal_remembers(self, night: Night) -> None:
        """Each run is in the journal with its outcome and figures."""
        night.run()
        with night.store.reading() as transaction:
            [run] = transaction.journal.runs(10)
        assert ("refresh", "done") == (run.kind, run.outcome)
        assert run.figures["rows"] > 1000


class TestNothingUseful:
    def test_dead_exchange_at_first(self, night: Night) -> None:
        """Without a list of securities there is nothing to load: exit code 4, and the journal says why."""
        night.iss.fail("busy", None)
        with pytest.raises(MarketError):
            night.run()
        with night.store.reading() as transaction:
            [run] = transaction.journal.runs(10)
            assert "failed" == run.outcome
            assert transaction.journal.notes(run.id)

    def test_dead_exchange_later(self, filled: Night) -> None:
        """With a store the outcome is the same, soon, and what is stored stays."""
        with filled.store.reading() as transaction:
            before = content(transaction)
        filled.iss.market.night()
        filled.iss.fail("busy", None)
        requests = len(filled.iss.requests)
        with pytest.raises(MarketError, match="Nothing could be loaded"):
            filled.run()
        assert len(filled.iss.requests) - requests < 200
        with filled.store.reading() as transaction:
            after = content(transaction)
        assert before["bars"] == after["bars"]

    def test_recovers(self, filled: Night) -> None:
        """After a night without an exchange the next one makes up for it."""
        filled.iss.market.night()
        filled.iss.fail("busy", None)
        with pytest.raises(MarketError):
            filled.run()
        filled.iss.exchange.faults.clear()
        assert "done" == filled.next().outcome
        assert replace(filled.run(), next_at=None).outcome == "ready"
        assert datetime.now(UTC) is not None
