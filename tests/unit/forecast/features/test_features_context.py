"""What is around the bars: dividends, turnover, indexes, the calendar, the sector; and the closes of others."""

from dataclasses import replace

import numpy as np
import pytest
from feature_panels import TICKERS, context, panel, whole

from allocator.core.bars import Interval
from allocator.core.errors import ForecastError
from allocator.core.instrument import Kind
from allocator.forecast.features import Context, as_of, build
from allocator.forecast.features.context import INDEXES
from allocator.forecast.spec import Inputs


def channel(found, name, ticker=TICKERS[0]):
    """(T,) of one ticker."""
    return found.values[found.tickers.index(ticker), :, found.names.index(name)]


def test_numbers_of_poptimizer_are_all_there():
    """With its 17 indexes, 24 numeric channels; then the calendar, the sector and the type."""
    own = whole()
    levels = np.linspace(100, 200, len(own.times))
    found = build(own, Inputs.CONTEXT, context=Context(indexes=dict.fromkeys(INDEXES, levels)))
    numeric = [name for name in found.names if name.partition(":")[0] not in {"calendar", "sector", "type"}]
    assert 24 == len(numeric)
    assert ["close_ret", "open", "high", "low", "dividends", "returns", "turnover"] == numeric[:7]
    assert {"close", "bars", "dividends", "returns", "turnover", "index", "calendar", "sector", "type"} == set(
        found.groups
    )


def test_bars_are_logs_over_the_previous_close():
    """Open, high, low and close against the close of the row before."""
    own = whole()
    found = build(own, Inputs.CONTEXT)
    before = own["close"][399, 0]
    for name, field in (("open", "open"), ("high", "high"), ("low", "low"), ("close_ret", "close")):
        assert channel(found, name)[400] == pytest.approx(np.log(own[field][400, 0] / before), abs=1e-7)


def test_dividend_is_a_return_on_its_ex_date():
    """5% paid: its channel says so, and the total return has it, unless the prices have it already."""
    own = whole()
    dividends = np.zeros(own.shape)
    dividends[400, 0] = 0.05
    found = build(own, Inputs.CONTEXT, context=Context(dividends))
    change = own["close"][400, 0] / own["close"][399, 0]
    assert channel(found, "dividends")[400] == pytest.approx(np.log(1.05))
    assert channel(found, "returns")[400] == pytest.approx(np.log(change + 0.05), abs=1e-7)
    assert channel(found, "returns")[401] == channel(found, "close_ret")[401]
    total = build(replace(own, adjust="total"), Inputs.CONTEXT, context=Context(dividends))
    assert channel(total, "returns")[400] == channel(total, "close_ret")[400]
    assert channel(total, "dividends")[400] == channel(found, "dividends")[400]


def test_turnover_is_told_in_its_own_means():
    """log 2 for a usual hour, 0 for none."""
    own = whole()
    own.fields["value"][:, 0] = 1e6
    own.fields["value"][-1, 0] = 0.0
    found = channel(build(own, Inputs.CONTEXT), "turnover")
    assert [pytest.approx(np.log(2)), 0.0] == found[-2:].tolist()


def test_indexes_are_changes_and_the_volatility_a_level():
    """Log change of an index over a row, the RVI in parts of one; what is unknown is zero."""
    own = whole()
    levels = np.full(len(own.times), 3_000.0)
    levels[400], levels[402] = 3_300.0, np.nan
    found = build(own, Inputs.CONTEXT, context=Context(indexes={"IMOEX2": levels, "RVI": levels / 100}))
    assert [0.0, pytest.approx(np.log(1.1)), pytest.approx(-np.log(1.1)), 0.0, 0.0] == channel(found, "index:IMOEX2")[
        399:404
    ].tolist()
    assert [pytest.approx(0.30), pytest.approx(0.33), pytest.approx(0.30), 0.0] == channel(found, "index:RVI")[
        399:403
    ].tolist()


def test_index_is_known_when_its_day_is_over():
    """A close known at 18:50 is seen by the bar that ends at 19:00, not by the one that ends at 18:00."""
    known = np.array(["2021-03-01T18:50", "2021-03-02T18:50"], dtype="datetime64[s]")
    times = np.array([f"2021-03-0{day}T{hour}:00" for day in (1, 2) for hour in (17, 18)], dtype="datetime64[s]")
    found = as_of(times, Interval.HOUR, known, np.array([1.0, 2.0]))
    np.testing.assert_array_equal([np.nan, 1.0, 1.0, 2.0], found)
    assert np.isnan(as_of(times, Interval.HOUR, known[:0], np.empty(0))).all()


def test_calendar_is_round():
    """Each cycle is a point on a circle; the last day of a leap year stands beside the first of the next one."""
    own = whole()
    found = build(own, Inputs.CONTEXT)
    for name in ("week_day", "month_day", "month", "week", "year_day", "hour"):
        sine, cosine = (channel(found, f"calendar:{name}_{part}")[300:] for part in ("sin", "cos"))
        np.testing.assert_allclose(sine**2 + cosine**2, 1, rtol=1e-6)
    days = np.datetime64("2020-06-01", "s") + np.arange(480).astype("timedelta64[D]")
    daily = build(replace(own, times=days, interval=Interval.DAY), Inputs.CONTEXT)
    assert not [name for name in daily.names if "hour" in name]
    eve = int(np.flatnonzero(days.astype("datetime64[D]") == np.datetime64("2020-12-31"))[0])
    step = np.hypot(
        *(np.diff(channel(daily, f"calendar:year_day_{part}")[eve : eve + 2])[0] for part in ("sin", "cos"))
    )
    assert step == pytest.approx(2 * np.pi / 366, rel=0.02)


def test_monday_is_where_a_week_begins():
    """2021-03-01 was a Monday."""
    own = whole()
    found = build(own, Inputs.CONTEXT)
    mondays = (own.times.astype("datetime64[D]").astype(int) - np.datetime64("2021-03-01", "D").astype(int)) % 7 == 0
    rows = mondays & (found.run[0] > 0)
    np.testing.assert_allclose(0, channel(found, "calendar:week_day_sin")[rows], atol=1e-6)
    np.testing.assert_allclose(1, channel(found, "calendar:week_day_cos")[rows])


def test_sector_and_type_are_one_of_each():
    """One-hot over the exchange's ten sectors and the rest; a sector unknown to it is of the rest."""
    own = whole()
    found = build(own, Inputs.CONTEXT, context=context(own, 1))
    row = found.values[:, -1]
    for prefix, expected in (
        ("sector:", ["MOEXFN", "other", "MOEXOG", "other"]),
        ("type:", [Kind.SHARE.value, Kind.PREFERRED.value, Kind.SHARE.value, Kind.SHARE.value]),
    ):
        at = [n for n, name in enumerate(found.names) if name.startswith(prefix)]
        assert [1.0] * 4 == row[:, at].sum(axis=1).tolist()
        assert expected == [found.names[at[each]].removeprefix(prefix) for each in row[:, at].argmax(axis=1)]


@pytest.mark.parametrize(
    ("given", "match"),
    [
        (Context(indexes={"RVI": np.zeros(3)}), "does not fit the panel: RVI"),
        (Context(np.zeros((3, 4))), "does not fit the panel: dividends"),
        (Context(np.full((480, 4), -0.1)), "no number, or below zero"),
        (Context(np.full((480, 4), np.nan)), "no number, or below zero"),
    ],
)
def test_context_that_does_not_fit_is_refused(given, match):
    """Named, before anything is computed."""
    with pytest.raises(ForecastError, match=match):
        build(whole(), Inputs.CONTEXT, context=given)


def test_others_are_the_closes_of_the_row():
    """The channel of a ticker is its log return over the same row, in every ticker's features but its own."""
    own = whole()
    found = build(own, Inputs.OTHERS)
    assert ("close_ret", *(f"other:{name}" for name in sorted(TICKERS))) == found.names
    for ticker in TICKERS:
        for other in TICKERS:
            expected = np.zeros(480) if ticker == other else channel(found, "close_ret", other)
            np.testing.assert_array_equal(expected[200:], channel(found, f"other:{other}", ticker)[200:])


def test_other_that_does_not_trade_is_masked():
    """While another asset has no bar its channel is zero, and its whole move is seen when it trades again.

    After a break the move is not one of an hour any more, and is not seen.
    """
    own = whole()
    own.valid[300:305, 1] = False
    own.valid[400:430, 1] = False
    returns = channel(build(own, Inputs.OTHERS), "other:VTBR")
    assert {0.0} == set(returns[300:305]) | set(returns[400:431])
    assert returns[305] == pytest.approx(np.log(own["close"][305, 1] / own["close"][299, 1]), abs=1e-6)


def test_others_may_be_named():
    """A few of them, in the order named; an unknown one is refused, and so are too many."""
    own = whole()
    assert ("close_ret", "other:VTBR", "other:ABIO") == build(own, Inputs.OTHERS, others=("VTBR", "ABIO")).names
    with pytest.raises(ForecastError, match="no YNDX"):
        build(own, Inputs.OTHERS, others=("VTBR", "YNDX"))
    wide = panel(1, 210, tuple(f"T{at:03}" for at in range(65)))
    with pytest.raises(ForecastError, match=r"65 closes .* too many.*at most 64"):
        build(wide, Inputs.OTHERS)
