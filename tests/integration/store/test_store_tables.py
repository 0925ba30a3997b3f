"""Every table of the store, on both databases: what is put comes back."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from allocator.core.bars import FIELDS, Bars, Interval
from allocator.core.calendar import CalendarDay
from allocator.core.errors import StoreError
from allocator.core.finding import Fault, Finding
from allocator.core.instrument import Dividend, Instrument, Kind, Member, Rename, Split
from allocator.core.text import text
from allocator.store import Coverage, Load, Note, Run, Store

DAY, HOUR = Interval.DAY, Interval.HOUR
SBER = Instrument("SBER", Kind.SHARE, "TQBR", "RU0009029540", "Сбербанк", 10, "MOEXFN", date(2007, 7, 20))
IMOEX = Instrument("IMOEX", Kind.INDEX, "SNDX")
NOW = datetime(2024, 5, 3, 1, 2, 3, 456789, UTC)

# A store is made once for all examples: each puts what it then reads.
each_example = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)


def bars(*rows: tuple[object, ...]) -> Bars:
    """Bars of (begin, close[, value]); the other columns follow from the close."""
    return Bars.of((row[0], row[1], row[1], row[1], row[1], 10.0, row[2] if len(row) > 2 else 1.0) for row in rows)


def same(expected: Bars, actual: Bars) -> bool:
    """To the last bit; NaN is NaN."""
    return np.array_equal(expected.begin, actual.begin) and all(
        np.array_equal(getattr(expected, name), getattr(actual, name), equal_nan=True) for name in FIELDS
    )


class TestInstruments:
    def test_come_back_by_ticker(self, store: Store) -> None:
        """All that is known of a security is kept; the list is in the order of tickers."""
        with store.transaction() as tx:
            tx.instruments.put([SBER, IMOEX])

            assert [IMOEX, SBER] == tx.instruments.all()
            assert SBER == tx.instruments.get("SBER")
            assert tx.instruments.get("NOPE") is None

    def test_none_leaves_what_is_known(self, store: Store) -> None:
        """A source that knows no sector does not erase it; one that knows no end of trading says that it trades."""
        with store.transaction() as tx:
            tx.instruments.put([Instrument("A", Kind.SHARE, sector="MOEXFN", delisted=date(2023, 1, 9))])
            tx.instruments.put([Instrument("A", Kind.PREFERRED, lot_size=10)])

            assert Instrument("A", Kind.PREFERRED, lot_size=10, sector="MOEXFN") == tx.instruments.get("A")

    def test_odd_names_are_kept_as_far_as_the_database_can(self, store: Store) -> None:
        """A NUL in a name, which PostgreSQL refuses, stops nothing."""
        with store.transaction() as tx:
            tx.instruments.put([Instrument("A", Kind.SHARE, name="a\0b\ud800")])
            found = tx.instruments.get("A")

        assert found is not None
        assert "a\ufffdb\\ud800" == found.name


class TestBars:
    FLOATS = st.one_of(st.just(math.nan), st.floats(allow_nan=False, allow_infinity=False))
    ROWS = st.lists(st.tuples(st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1)), *([FLOATS] * 6)), max_size=8)

    @each_example
    @given(rows=ROWS, interval=st.sampled_from(Interval))
    def test_floats_and_unknowns_come_back_exactly(
        self, store: Store, rows: list[tuple[object, ...]], interval: Interval
    ) -> None:
        """Sorted, to the last bit, NaN where nothing is known; of two bars of one second the later one given."""
        given_bars = Bars.of(rows)
        with store.transaction() as tx:
            tx.instruments.put([SBER])
            tx.bars.drop("SBER", interval)
            tx.bars.put("SBER", interval, given_bars)
            found = tx.bars.read("SBER", interval)

        last = {int(begin): place for place, begin in enumerate(given_bars.begin.astype(np.int64))}
        expected = given_bars[np.array([last[begin] for begin in sorted(last)], dtype=np.intp)]
        assert same(expected, found)

    def test_a_range_includes_both_ends(self, store: Store) -> None:
        """`start` and `end` are times of bars, both of them read."""
        with store.transaction() as tx:
            tx.instruments.put([SBER])
            tx.bars.put("SBER", HOUR, bars(*((f"2024-01-03T{hour:02}:00", hour) for hour in range(10, 19))))
            found = tx.bars.read("SBER", HOUR, datetime(2024, 1, 3, 12), datetime(2024, 1, 3, 14))

            assert [12, 13, 14] == found.close.tolist()
            assert [17, 18] == tx.bars.last("SBER", HOUR, 2).close.tolist()
            assert 9 == len(tx.bars.last("SBER", HOUR, 100))
            assert 0 == len(tx.bars.last("SBER", HOUR, 0))
            assert 0 == len(tx.bars.read("SBER", DAY))

    def test_put_counts_what_it_changes(self, store: Store) -> None:
        """Equal bars are not written again: neither unknown turnover nor a second run is a change."""
        history = bars(("2024-01-03", 1.5), ("2024-01-04", 1.6, math.nan))
        with store.transaction() as tx:
            tx.instruments.put([SBER])

            assert 2 == tx.bars.put("SBER", DAY, history)
            assert 0 == tx.bars.put("SBER", DAY, history)
            assert 1 == tx.bars.put("SBER", DAY, bars(("2024-01-03", 1.5), ("2024-01-04", 1.6)))
            assert 0 == tx.bars.put("SBER", DAY, Bars.of(()))

    def test_drop_forgets_from_a_time_on(self, store: Store) -> None:
        """Only that ticker and interval, only from `start` on; the number tells."""
        days = bars(("2024-01-03", 1), ("2024-01-04", 2), ("2024-01-05", 3))
        with store.transaction() as tx:
            tx.instruments.put([SBER, IMOEX])
            for ticker in ("SBER", "IMOEX"):
                tx.bars.put(ticker, DAY, days)
            tx.bars.put("SBER", HOUR, days)

            assert 2 == tx.bars.drop("SBER", DAY, datetime(2024, 1, 4))
            assert [1] == tx.bars.read("SBER", DAY).close.tolist()
            assert 1 == tx.bars.drop("SBER", DAY)
            assert [3, 3] == [len(tx.bars.read("IMOEX", DAY)), len(tx.bars.read("SBER", HOUR))]

    def test_coverage_counts_each_ticker(self, store: Store) -> None:
        """Rows, first and last bar of every ticker that has any, by ticker."""
        with store.transaction() as tx:
            tx.instruments.put([SBER, IMOEX, Instrument("EMPTY", Kind.SHARE)])
            tx.bars.put("SBER", DAY, bars(("2024-01-03", 1), ("2024-01-05", 2)))
            tx.bars.put("IMOEX", DAY, bars(("2024-01-04", 1)))
            third, fourth, fifth = (datetime(2024, 1, day) for day in (3, 4, 5))

            assert [Coverage("IMOEX", 1, fourth, fourth), Coverage("SBER", 2, third, fifth)] == tx.bars.coverage(DAY)
            assert [] == tx.bars.coverage(HOUR)

    def test_unknown_ticker_is_named(self, store: Store) -> None:
        """A ticker that no instrument has is an error that says how to load it."""
        with store.transaction() as tx, pytest.raises(StoreError, match=r"SBRE is not .* --tickers SBRE"):
            tx.bars.put("SBRE", DAY, bars(("2024-01-03", 1)))

    def test_times_with_a_zone_and_bars_without_a_time_are_refused(self, store: Store) -> None:
        """They are mistakes of the caller: nobody can tell which Moscow time is meant."""
        with store.transaction() as tx:
            tx.instruments.put([SBER])
            with pytest.raises(ValueError, match="Moscow"):
                tx.bars.read("SBER", DAY, NOW)
            with pytest.raises(ValueError, match="without a time"):
                tx.bars.put("SBER", DAY, bars(("NaT", 1)))


class TestCalendar:
    def test_bars_speak_where_the_exchange_is_silent(self, store: Store) -> None:
        """Declared days win over bars; days of indexes and of weekend sessions count for nothing."""
        with store.transaction() as tx:
            tx.instruments.put([SBER, IMOEX])
            tx.bars.put("SBER", DAY, bars(("2025-05-29", 1), ("2025-05-30", 1), ("2025-05-31", 1)))
            tx.bars.put("IMOEX", DAY, bars(("2025-05-28", 1)))
            tx.calendar.put([CalendarDay(date(2025, 5, 29), is_session=False)])

            assert ["2025-05-30"] == tx.calendar.get().days.astype(str).tolist()

    def test_declared_days_are_the_calendar(self, store: Store) -> None:
        """Sessions, and the session day that a weekend's deals are booked on."""
        friday, saturday, monday = date(2025, 5, 30), date(2025, 5, 31), date(2025, 6, 2)
        with store.transaction() as tx:
            assert tx.calendar.span() is None
            tx.calendar.put(
                [
                    CalendarDay(friday, is_session=True, session=friday),
                    CalendarDay(saturday, is_session=False, session=monday),
                    CalendarDay(monday, is_session=True, session=monday),
                ]
            )
            calendar = tx.calendar.get()

            assert (friday, monday) == tx.calendar.span()
            assert ["2025-05-30", "2025-06-02"] == calendar.days.astype(str).tolist()
            assert {saturday: monday} == calendar.weekend

    def test_working_days_ahead_are_sessions_unless_declared_otherwise(self, store: Store) -> None:
        """An exchange that declares only what is unusual does not close the days between."""
        with store.transaction() as tx:
            tx.instruments.put([SBER])
            tx.bars.put("SBER", DAY, bars(("2025-06-09", 1)))
            tx.calendar.put(
                [CalendarDay(date(2025, 6, 12), is_session=False), CalendarDay(date(2025, 6, 14), is_session=True)]
            )
            days = tx.calendar.get().days.astype(str).tolist()

        assert ["2025-06-09", "2025-06-10", "2025-06-11", "2025-06-13", "2025-06-14"] == days

    def test_a_day_is_forgotten_with_its_last_bar(self, store: Store) -> None:
        """A bar that should not have been there leaves no session behind, a day that another security has stays."""
        with store.transaction() as tx:
            tx.instruments.put([SBER, Instrument("GAZP", Kind.SHARE), IMOEX])
            tx.bars.put("SBER", DAY, bars(("2024-01-03", 1), ("2024-01-08", 1)))
            tx.bars.put("GAZP", DAY, bars(("2024-01-03", 1)))
            tx.bars.put("IMOEX", DAY, bars(("2024-01-08", 1)))
            tx.bars.drop("SBER", DAY)

            assert ["2024-01-03"] == tx.calendar.get().days.astype(str).tolist()


class TestActions:
    def test_splits(self, store: Store) -> None:
        """One for a ticker and day; the later one put counts."""
        first, second = Split("A", date(2024, 1, 9), 1, 10, "iss"), Split("A", date(2024, 1, 9), 1, 100, "manual")
        with store.transaction() as tx:
            tx.splits.put([first, Split("B", date(2020, 1, 9), 5000, 1, "iss")])
            tx.splits.put([second])

            assert [second, Split("B", date(2020, 1, 9), 5000, 1, "iss")] == tx.splits.all()
            assert [1, 0] == [tx.splits.remove("A", date(2024, 1, 9)) for _ in range(2)]
            assert ["B"] == [each.ticker for each in tx.splits.all()]

    def test_renames(self, store: Store) -> None:
        """Ratios are exact; the list is in the order of days."""
        later = Rename("B", "C", date(2024, 3, 1), Fraction(2, 7), "manual")
        earlier = Rename("A", "B", date(2020, 3, 1))
        with store.transaction() as tx:
            tx.renames.put([later, earlier])
            tx.renames.put([earlier])

            assert [earlier, later] == tx.renames.all()

    @each_example
    @given(amount=st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12))
    def test_amounts_are_exact(self, store: Store, amount: Decimal) -> None:
        """Every digit of a dividend is kept: 0.0000174 of VTB and 166 850 of Transneft alike."""
        dividend = Dividend("VTBR", date(2021, 7, 15), amount, "RUB", "manual")
        with store.transaction() as tx:
            tx.dividends.put([dividend])

            assert [dividend] == tx.dividends.of("VTBR")

    def test_sources_stand_side_by_side(self, store: Store) -> None:
        """What two sources say of a payment is kept twice; of one source the later amount; removed by source."""
        day = date(2022, 12, 21)
        iss, shipped = (Dividend("LKOH", day, Decimal(x), "RUB", s) for x, s in ((537, "iss"), (793, "shipped")))
        with store.transaction() as tx:
            tx.dividends.put([Dividend("LKOH", day, Decimal(1), "RUB", "iss"), shipped])
            tx.dividends.put([iss])

            assert [iss, shipped] == tx.dividends.all()
            assert 1 == tx.dividends.remove("LKOH", day, "iss")
            assert 0 == tx.dividends.remove("LKOH", day, "iss")
            assert [shipped] == tx.dividends.of("LKOH")
            assert [] == tx.dividends.of("SBER")

    def test_a_dividend_is_a_number(self, store: Store) -> None:
        """NaN and infinity are mistakes of the caller, on both databases."""
        with store.transaction() as tx, pytest.raises(ValueError, match="not a dividend"):
            tx.dividends.put([Dividend("A", date(2024, 1, 1), Decimal("NaN"), "RUB", "iss")])

    def test_checks(self, store: Store) -> None:
        """The day of the last look at a ticker's dividends; None before."""
        with store.transaction() as tx:
            assert tx.dividends.checked("SBER") is None
            for day in (date(2024, 1, 1), date(2024, 2, 1)):
                tx.dividends.set_checked("SBER", day)

            assert date(2024, 2, 1) == tx.dividends.checked("SBER")


class TestMembers:
    def test_stays_and_sectors(self, store: Store) -> None:
        """A ticker may come back; its sector is that of the latest stay; IMOEX is no sector."""
        stays = [Member("A", date(2020, 1, 1), date(2021, 1, 1), 1.5), Member("A", date(2023, 1, 1)), Member("B")]
        with store.transaction() as tx:
            tx.members.put("IMOEX", reversed(stays))
            tx.members.put("IMOEX", [stays[0]])
            tx.members.put("MOEXOG", [Member("A", date(2020, 1, 1), date(2021, 1, 1)), Member("B")])
            tx.members.put("MOEXFN", [Member("A", date(2021, 1, 2), date(2024, 1, 1))])

            assert stays == tx.members.of("IMOEX")
            assert [] == tx.members.of("RTSI")
            assert {"A": "MOEXFN", "B": "MOEXOG"} == tx.members.sectors()


class TestLoads:
    def test_one_for_a_ticker_and_interval(self, store: Store) -> None:
        """The later one put counts; intervals do not mix."""
        first, second = (Load("A", DAY, date(2015, 1, 1), till) for till in (date(2024, 1, 1), date(2024, 1, 2)))
        with store.transaction() as tx:
            for load in (first, Load("A", HOUR, date(2020, 1, 1), date(2024, 1, 1)), second):
                tx.loads.put(load)

            assert second == tx.loads.get("A", DAY)
            assert [second] == tx.loads.all(DAY)
            assert tx.loads.get("B", DAY) is None
            assert [1, 0] == [tx.loads.remove("A", DAY) for _ in range(2)]
            assert tx.loads.get("A", DAY) is None
            assert tx.loads.get("A", HOUR) is not None


class TestFindings:
    JUMP = Finding("A", DAY, datetime(2024, 1, 3), Fault.JUMP, text("{x:.0%} in a day", x=0.7), "1 2 3")
    WHOLE = Finding("A", DAY, None, Fault.REWRITTEN, text("from {day} on", day=date(2024, 1, 3)))

    def test_come_back_as_sentences(self, store: Store) -> None:
        """Whole-ticker findings first, then by time; the sentence can still be translated."""
        with store.transaction() as tx:
            tx.findings.put([self.JUMP, self.WHOLE])

            assert [self.WHOLE, self.JUMP] == tx.findings.of("A", DAY)
            assert "70% in a day" == str(tx.findings.all()[1].detail)
            assert [] == tx.findings.of("A", HOUR)

    def test_accepting(self, store: Store) -> None:
        """One bar, an interval, or all of a ticker; the number tells how many were still open."""
        hourly = Finding("A", HOUR, datetime(2024, 1, 3, 10), Fault.JUMP, text("too far"))
        with store.transaction() as tx:
            tx.findings.put([self.JUMP, self.WHOLE, hourly])

            assert 1 == tx.findings.accept("A", DAY, datetime(2024, 1, 3))
            assert [self.WHOLE, hourly] == tx.findings.all(accepted=False)
            assert 1 == tx.findings.accept("A", DAY, None)
            assert 1 == tx.findings.accept("A", None, None)
            assert 0 == tx.findings.accept("A", None, None)
            assert 3 == len(tx.findings.all(accepted=True))

    @pytest.mark.parametrize(
        ("again", "accepted"),
        [
            (JUMP, True),
            (Finding("A", DAY, JUMP.begin, Fault.JUMP, text("{x:.0%} in a day", x=0.71), "1 2 3"), True),
            (Finding("A", DAY, JUMP.begin, Fault.JUMP, JUMP.detail, "1 2 4"), False),
            (WHOLE, True),
            (Finding("A", DAY, None, Fault.REWRITTEN, text("from {day} on", day=date(2024, 1, 4))), False),
        ],
    )
    def test_what_was_accepted_stays_so_for_the_same_bar(self, store: Store, again: Finding, accepted: bool) -> None:
        """Found again by the next run, it does not ask again; another bar, or another rewriting, does."""
        with store.transaction() as tx:
            tx.findings.put([self.JUMP, self.WHOLE])
            tx.findings.accept("A", None, None)
            tx.findings.put([again])
            (found,) = (each for each in tx.findings.all() if each.fault is again.fault)

            assert accepted == found.accepted

    def test_clearing_is_by_fault_and_time(self, store: Store) -> None:
        """With a time, only findings of bars from then on; without one the whole ticker's too."""
        later = Finding("A", DAY, datetime(2024, 1, 5), Fault.JUMP, text("later"))
        with store.transaction() as tx:
            tx.findings.put([self.JUMP, self.WHOLE, later])

            assert 0 == tx.findings.clear("A", DAY, {Fault.NULLS})
            assert 1 == tx.findings.clear("A", DAY, {Fault.JUMP, Fault.REWRITTEN}, datetime(2024, 1, 4))
            assert [self.WHOLE, self.JUMP] == tx.findings.all()
            assert 2 == tx.findings.clear("A", DAY, set(Fault))

    def test_rows_of_broken_servers_are_kept(self, store: Store) -> None:
        """The bar as it came may hold anything, a NUL too."""
        with store.transaction() as tx:
            tx.findings.put([Finding("A", DAY, None, Fault.NULLS, text("{x}", x="\0"), "\0\ud800")])
            (found,) = tx.findings.all()

        assert "\0" == str(found.detail)
        assert "\ufffd\\ud800" == found.row


class TestJournal:
    def test_runs_and_notes(self, store: Store) -> None:
        """Newest run first, notes in order, times as the clock gave them, figures as numbers."""
        later = NOW + timedelta(seconds=1)
        with store.transaction() as tx:
            first = tx.journal.begin("refresh", NOW)
            tx.journal.note(first, NOW, text("{n} rows", n=3), ticker="SBER")
            tx.journal.note(first, later, text("lost"), level="error")
            tx.journal.end(first, later, "done", {"rows": 3, "seconds": 0.1})
            second = tx.journal.begin("import", NOW.replace(tzinfo=None))

            assert [
                Run(second, "import", NOW.replace(tzinfo=None)),
                Run(first, "refresh", NOW, later, "done", {"rows": 3, "seconds": 0.1}),
            ] == tx.journal.runs(10)
            assert [second] == [run.id for run in tx.journal.runs(1)]
            assert [
                Note(NOW, "SBER", "info", text("{n} rows", n=3)),
                Note(later, None, "error", text("lost")),
            ] == tx.journal.notes(first)
            assert [] == tx.journal.notes(second)

    def test_facts(self, store: Store) -> None:
        """A small fact is kept by name; None before."""
        with store.transaction() as tx:
            assert tx.facts.get("till") is None
            for day in ("2024-01-01", "2024-01-02"):
                tx.facts.set("till", day)

            assert "2024-01-02" == tx.facts.get("till")
