"""Panels: what readers of the store get, on both databases."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from allocator.core.bars import Bars, Floats, Interval
from allocator.core.errors import StoreError
from allocator.core.finding import Fault, Finding
from allocator.core.instrument import Dividend, Instrument, Kind, Rename, Split
from allocator.core.panel import Panel
from allocator.core.text import text
from allocator.store import Store, Transaction, read_panel

DAY, HOUR = Interval.DAY, Interval.HOUR
NAN = math.nan
TICKERS = ("AAA", "BBB", "CCC")


def bars(closes: dict[str, float]) -> Bars:
    """Bars by their times; the open a little below the close, turnover ten times the close."""
    return Bars.of((day, close - 1, close + 1, close - 2, close, 100, 10 * close) for day, close in closes.items())


def fill(tx: Transaction, interval: Interval = DAY, **closes: dict[str, float]) -> None:
    """Shares with bars at these times; a ticker in lower case is an index."""
    kinds = {ticker: Kind.INDEX if ticker.islower() else Kind.SHARE for ticker in closes}
    tx.instruments.put(Instrument(ticker.upper(), kind) for ticker, kind in kinds.items())
    for ticker, series in closes.items():
        tx.bars.put(ticker.upper(), interval, bars(series))


def shown(panel: Panel, field: str = "close") -> dict[str, list[float]]:
    """Values by time, for a comparison that shows where it differs; unknown is -1."""
    values: Floats = np.where(np.isnan(panel[field]), -1.0, panel[field])
    return {str(time).removesuffix("T00:00:00"): row for time, row in zip(panel.times, values.tolist(), strict=True)}


class TestColumns:
    def test_securities_by_ticker_and_times_of_any(self, store: Store) -> None:
        """Indexes and empty papers are left out, those that left are not; a hole is NaN and not valid."""
        with store.transaction() as tx:
            fill(tx, BBB={"2024-01-03": 3, "2024-01-04": 4}, AAA={"2024-01-04": 14, "2024-01-05": 15}, imoex={})
            tx.bars.put("IMOEX", DAY, bars({"2024-01-07": 3000}))
            tx.instruments.put([Instrument("BBB", Kind.SHARE, delisted=date(2024, 1, 4)), Instrument("E", Kind.FUND)])
            panel = read_panel(tx)

        assert ("AAA", "BBB") == panel.tickers
        assert {"2024-01-03": [-1, 3], "2024-01-04": [14, 4], "2024-01-05": [15, -1]} == shown(panel)
        assert {"2024-01-03": [-1, 30], "2024-01-04": [140, 40], "2024-01-05": [150, -1]} == shown(panel, "value")
        assert [[False, True], [True, True], [True, False]] == panel.valid.tolist()
        assert (Interval.DAY, "none", {"close", "value"}) == (panel.interval, panel.adjust, set(panel.fields))

    def test_tickers_are_taken_in_the_order_given(self, store: Store) -> None:
        """Also indexes, and papers without bars; one that is not stored is an error that names it."""
        with store.transaction() as tx:
            fill(tx, AAA={"2024-01-03": 3}, BBB={"2024-01-04": 4}, imoex={"2024-01-03": 3000}, CCC={})
            panel = read_panel(tx, ["close"], tickers=["IMOEX", "CCC", "AAA", "AAA"])
            with pytest.raises(StoreError, match="NOPE is not in the store"):
                read_panel(tx, tickers=["AAA", "NOPE"])

        assert ("IMOEX", "CCC", "AAA") == panel.tickers
        assert {"2024-01-03": [3000, -1, 3]} == shown(panel)

    def test_nothing_stored_is_an_empty_panel(self, store: Store) -> None:
        """No rows, no columns, and nothing breaks."""
        with store.reading() as tx:
            panel = read_panel(tx, adjust="total")

        assert ((0, 0), ()) == (panel.shape, panel.tickers)
        assert (0, 0) == panel["close"].shape

    def test_unknown_field_is_refused(self, store: Store) -> None:
        """A misspelt field is a mistake of the caller."""
        with store.reading() as tx, pytest.raises(ValueError, match="bars have no price"):
            read_panel(tx, ["price"])

    def test_a_period_includes_both_ends(self, store: Store) -> None:
        """Whole days, of hourly bars too."""
        hours = {f"2024-01-0{day}T{hour}:00": float(day) for day in range(3, 7) for hour in (10, 23)}
        with store.transaction() as tx:
            fill(tx, HOUR, AAA=hours)
            panel = read_panel(tx, ["close"], HOUR, start=date(2024, 1, 4), end=date(2024, 1, 5))

        assert [4, 4, 5, 5] == panel["close"][:, 0].tolist()

    def test_bars_of_which_nothing_asked_for_is_known_are_no_bars(self, store: Store) -> None:
        """An index has no volume: a panel of volumes has no row for it."""
        with store.transaction() as tx:
            tx.instruments.put([Instrument("AAA", Kind.SHARE)])
            tx.bars.put("AAA", DAY, Bars.of([("2024-01-03", 1, 1, 1, 1, NAN, NAN), ("2024-01-04", 1, 1, 1, 1, 5, NAN)]))

            assert {"2024-01-04": [5]} == shown(read_panel(tx, ["volume"]), "volume")
            assert 2 == len(read_panel(tx).times)


SERIES = st.dictionaries(
    st.sampled_from(TICKERS),
    st.dictionaries(st.dates(date(2024, 1, 1), date(2024, 2, 1)), st.floats(1, 1e6), max_size=10),
    min_size=1,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(series=SERIES, interval=st.sampled_from(Interval))
def test_each_bar_is_at_its_time_and_ticker(
    store: Store, series: dict[str, dict[date, float]], interval: Interval
) -> None:
    """Put together the slow way, cell by cell, the panel is the same."""
    with store.transaction() as tx:
        for ticker in TICKERS:
            tx.instruments.put([Instrument(ticker, Kind.SHARE)])
            tx.bars.drop(ticker, interval)
            tx.bars.put(ticker, interval, bars({day.isoformat(): x for day, x in series.get(ticker, {}).items()}))
        panel = read_panel(tx, ["open", "close"], interval)

    times = sorted({day for closes in series.values() for day in closes})
    tickers = tuple(ticker for ticker in TICKERS if series.get(ticker))
    expected = [[series[ticker].get(day, NAN) for ticker in tickers] for day in times]
    assert [day.isoformat() for day in times] == panel.times.astype("datetime64[D]").astype(str).tolist()
    assert tickers == panel.tickers
    np.testing.assert_array_equal(np.array(expected).reshape(panel.shape), panel["close"])
    np.testing.assert_array_equal(panel["close"] - 1, panel["open"])
    np.testing.assert_array_equal(~np.isnan(panel["close"]), panel.valid)


class TestRenames:
    def test_old_tickers_are_in_front_of_new_ones(self, store: Store) -> None:
        """In units of today's paper; the newer ticker wins where both have a bar; an old ticker means the new one."""
        with store.transaction() as tx:
            fill(
                tx,
                TCSG={"2024-11-26": 24, "2024-11-27": 25, "2024-11-28": 99, "2024-12-03": 99},
                T={"2024-11-27": 52, "2024-11-28": 53},
            )
            tx.renames.put([Rename("TCSG", "T", date(2024, 11, 28), Fraction(1, 2))])
            panel, asked = read_panel(tx), read_panel(tx, tickers=["TCSG"])

        assert ("T",) == panel.tickers == asked.tickers
        # Two old units are one new one; what trades as TCSG from the day of the rename on is another paper.
        assert {"2024-11-26": [48], "2024-11-27": [52], "2024-11-28": [53]} == shown(panel) == shown(asked)

    def test_splits_and_dividends_of_the_old_ticker_count(self, store: Store) -> None:
        """A split that the exchange lists under both tickers happens once."""
        with store.transaction() as tx:
            fill(tx, OLD={"2024-01-03": 100, "2024-01-04": 10}, NEW={"2024-01-05": 10})
            tx.renames.put([Rename("OLD", "NEW", date(2024, 1, 5))])
            tx.splits.put(
                [Split("OLD", date(2024, 1, 4), 1, 10, "iss"), Split("NEW", date(2024, 1, 2), 1, 10, "manual")]
            )

            assert [100, 10, 10] == read_panel(tx, adjust="splits")["close"][:, 0].tolist()
            tx.splits.remove("NEW", date(2024, 1, 2))
            assert [10, 10, 10] == read_panel(tx, adjust="splits")["close"][:, 0].tolist()


WEEKEND = {"2025-05-30": 10.0, "2025-05-31": 11.0, "2025-06-01": 9.0, "2025-06-02": 12.0}


class TestWeekends:
    def test_sessions_of_a_weekend_belong_to_monday(self, store: Store) -> None:
        """As the exchange's own daily history has it; unmerged on request."""
        with store.transaction() as tx:
            fill(tx, AAA=WEEKEND)
            merged = read_panel(tx, ["open", "high", "low", "close", "volume", "value"])
            apart = read_panel(tx, merge_weekends=False)

        assert {"2025-05-30": [10], "2025-06-02": [12]} == shown(merged)
        monday = {name: values[1, 0] for name, values in merged.fields.items()}
        assert {"open": 10, "high": 13, "low": 7, "close": 12, "volume": 300, "value": 320} == monday
        assert {day: [close] for day, close in WEEKEND.items()} == shown(apart)

    def test_a_period_cuts_no_session_in_two(self, store: Store) -> None:
        """One that begins on Monday has its weekend in it; one that ends on Saturday does not have a Monday."""
        with store.transaction() as tx:
            fill(tx, AAA=WEEKEND)
            late = read_panel(tx, ["volume"], start=date(2025, 6, 2))
            early = read_panel(tx, ["volume"], end=date(2025, 5, 31))

        assert {"2025-06-02": [300]} == shown(late, "volume")
        assert {"2025-05-30": [100]} == shown(early, "volume")

    def test_hours_stay_their_own(self, store: Store) -> None:
        """An hour of a Saturday is not merged into anything."""
        hours = {"2025-05-31T10:00:00": 1.0, "2025-06-02T10:00:00": 2.0}
        with store.transaction() as tx:
            fill(tx, HOUR, AAA=hours)

            assert {time: [close] for time, close in hours.items()} == shown(read_panel(tx, interval=HOUR))


class TestAdjusting:
    def test_splits_change_prices_and_volumes_and_no_turnover(self, store: Store) -> None:
        """In units of after the split; what is stored stays as it traded."""
        with store.transaction() as tx:
            fill(tx, AAA={"2024-01-03": 200, "2024-01-04": 2})
            tx.splits.put([Split("AAA", date(2024, 1, 4), 1, 100, "iss")])
            panel = read_panel(tx, ["open", "close", "volume", "value"], adjust="splits")
            raw = read_panel(tx)

        assert {"2024-01-03": [2], "2024-01-04": [2]} == shown(panel)
        assert {"2024-01-03": [1.99], "2024-01-04": [1]} == shown(panel, "open")
        assert {"2024-01-03": [10_000], "2024-01-04": [100]} == shown(panel, "volume")
        assert {"2024-01-03": [2000], "2024-01-04": [20]} == shown(panel, "value")
        assert "splits" == panel.adjust
        assert {"2024-01-03": [200], "2024-01-04": [2]} == shown(raw)

    @pytest.mark.parametrize("fields", [("close",), ("open", "close"), ("open",)])
    def test_total_return_reinvests_dividends_after_tax(self, store: Store, fields: Sequence[str]) -> None:
        """10% paid, 13% of it withheld: the return over the ex-date, T+1 since 2023-07-31, is 8.7% better."""
        with store.transaction() as tx:
            fill(tx, AAA={"2024-01-09": 100, "2024-01-10": 90, "2024-01-11": 90})
            tx.dividends.put(
                [
                    Dividend("AAA", date(2024, 1, 10), Decimal(10), "RUB", "shipped"),
                    Dividend("AAA", date(2024, 1, 10), Decimal(5), "RUB", "iss"),  # less trusted: not added
                ]
            )
            panel = read_panel(tx, fields, adjust="total")
            untaxed = read_panel(tx, fields, adjust="total", tax=Decimal(0))

        price = {"close": (100, 90), "open": (99, 89)}[fields[-1]]
        assert [0.913 * price[0], price[1], price[1]] == pytest.approx(panel[fields[-1]][:, 0].tolist())
        assert 0.9 * price[0] == pytest.approx(untaxed[fields[-1]][0, 0])
        assert set(fields) == set(panel.fields)

    def test_hourly_bars_are_adjusted_by_days(self, store: Store) -> None:
        """All hours before the day of a split are in its new units."""
        with store.transaction() as tx:
            fill(tx, HOUR, AAA={"2024-01-03T18:00": 200, "2024-01-04T10:00": 2})
            tx.splits.put([Split("AAA", date(2024, 1, 4), 1, 100, "iss")])

            assert [2, 2] == read_panel(tx, interval=HOUR, adjust="total")["close"][:, 0].tolist()

    def test_a_split_to_come_has_not_come(self, store: Store) -> None:
        """One that is announced for later than the next session changes nothing; that of the next session does."""
        with store.transaction() as tx:
            fill(tx, AAA={"2024-01-04": 100, "2024-01-05": 110})
            tx.splits.put([Split("AAA", date(2024, 1, 9), 1, 10, "iss")])
            before = read_panel(tx, adjust="splits")
            tx.bars.put("AAA", DAY, bars({"2024-01-08": 120}))
            after = read_panel(tx, adjust="splits")

        assert [100, 110] == before["close"][:, 0].tolist()
        assert pytest.approx([10, 11, 12]) == after["close"][:, 0]

    def test_a_weekend_before_a_split_is_merged_in_its_units(self, store: Store) -> None:
        """Saturday traded before Monday's split: the session's volume and price are those of Monday's units."""
        with store.transaction() as tx:
            fill(tx, AAA={"2025-06-06": 900, "2025-06-07": 1000, "2025-06-09": 100}, BBB={"2025-06-07": 500})
            tx.splits.put(Split(ticker, date(2025, 6, 9), 1, 10, "iss") for ticker in ("AAA", "BBB"))
            panel = read_panel(tx, ("open", "high", "close", "volume"), adjust="splits")

        assert pytest.approx([89.9, 99.9]) == panel["open"][:, 0]
        assert pytest.approx([90.1, 101]) == panel["high"][:, 0]
        assert pytest.approx([90, 100]) == panel["close"][:, 0]
        assert pytest.approx([1000, 1100]) == panel["volume"][:, 0]
        assert pytest.approx(50) == panel["close"][1, 1]


class TestFindings:
    @staticmethod
    def jump(day: str, interval: Interval = DAY) -> Finding:
        return Finding("AAA", interval, datetime.fromisoformat(day), Fault.JUMP, text("far"))

    def test_a_jump_is_unknown_until_it_is_accepted(self, store: Store) -> None:
        """Also to dividends, which look at the last price that may be believed."""
        with store.transaction() as tx:
            fill(tx, AAA={"2024-01-03": 3, "2024-01-04": 400, "2024-01-05": 5}, BBB={"2024-01-04": 4})
            tx.findings.put([self.jump("2024-01-04"), self.jump("2024-01-03", HOUR)])
            before = read_panel(tx)
            tx.findings.accept("AAA", DAY, datetime(2024, 1, 4))
            after = read_panel(tx)

        assert {"2024-01-03": [3, -1], "2024-01-04": [-1, 4], "2024-01-05": [5, -1]} == shown(before)
        assert [[True, False], [False, True], [True, False]] == before.valid.tolist()
        assert {"2024-01-03": [3, -1], "2024-01-04": [400, 4], "2024-01-05": [5, -1]} == shown(after)

    def test_a_jump_on_a_weekend_spoils_its_monday(self, store: Store) -> None:
        """A session is believed as a whole or not at all."""
        with store.transaction() as tx:
            fill(tx, AAA=WEEKEND)
            tx.findings.put([self.jump("2025-05-31")])

            assert {"2025-05-30": [10]} == shown(read_panel(tx))
            assert ["2025-05-30", "2025-06-01", "2025-06-02"] == list(shown(read_panel(tx, merge_weekends=False)))

    def test_bars_of_a_ticker_that_waits_are_still_read(self, store: Store) -> None:
        """They were good when they were stored; nothing newer was added."""
        with store.transaction() as tx:
            fill(tx, AAA={"2024-01-03": 3})
            tx.findings.put([Finding("AAA", DAY, None, Fault.REWRITTEN, text("rewritten"))])

            assert {"2024-01-03": [3]} == shown(read_panel(tx))
