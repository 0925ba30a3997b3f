"""Gaps that are filled, gaps that break, rows that are warm, rows that are dead."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from feature_panels import FIELD_NAMES, TICKERS, hours, of, panel, walk
from hypothesis import given
from hypothesis import strategies as st

from allocator.core.bars import Interval
from allocator.core.errors import ForecastError
from allocator.forecast.features import build
from allocator.forecast.features.stretches import DEAD_ROWS, LONGEST_FILL, WARM_UP, runs, series, unchanged
from allocator.forecast.spec import Inputs

LONGEST = LONGEST_FILL[Interval.HOUR]


def one(rows=600, gap=slice(0), seed=2, **changes):
    """A panel of one ticker without a hole but the gap."""
    bars = walk(np.random.default_rng(seed), rows, 100.0, stills=0.1)
    bars |= changes
    valid = np.ones((rows, 1), dtype=bool)
    valid[gap] = False
    return of({name: bars[name][:, None] for name in FIELD_NAMES}, valid, ("SBER",))


def test_gap_of_the_bound_is_filled():
    """14 hours without a bar are filled: windows go through them, none ends in them, and the run is not broken."""
    found = build(one(gap=slice(300, 300 + LONGEST)), Inputs.UNIVARIATE)
    assert np.arange(1, 401).tolist() == found.run[0, WARM_UP:].tolist()
    assert not found.ready[0, 300 : 300 + LONGEST].any()
    assert found.ready[0, 300 + LONGEST]
    assert {0.0} == set(found.values[0, 300 : 300 + LONGEST, 0])


def test_longer_gap_breaks():
    """15 hours without a bar: the first 14 belong to the past, then nothing is usable until the warm-up is over."""
    found = build(one(gap=slice(300, 301 + LONGEST)), Inputs.UNIVARIATE)
    assert 100 + LONGEST == found.run[0, 299 + LONGEST]
    again = 301 + LONGEST + WARM_UP
    assert not found.run[0, 300 + LONGEST : again].any()
    assert 1 == found.run[0, again]
    assert [0, -1, 1] == [found.stretch[0, at] for at in (299 + LONGEST, 300 + LONGEST, 301 + LONGEST)]


def test_filled_hours_have_the_last_close_and_no_volume():
    """The indicators of a filled row are those of a bar at the last close without volume."""
    gap = slice(400, 410)
    holed = one(gap=gap)
    bars = {name: np.nan_to_num(values) for name, values in holed.fields.items()}
    for name in ("open", "high", "low", "close"):
        bars[name][gap] = holed["close"][399]
    filled = replace(holed, fields=bars, valid=np.ones_like(holed.valid))
    ours, theirs = (build(each, Inputs.TA57) for each in (holed, filled))
    np.testing.assert_array_equal(ours.values, theirs.values)
    assert theirs.ready[0, gap].all()
    assert not ours.ready[0, gap].any()


def test_market_closed_for_weeks_breaks_every_series():
    """After the closed month of 2022 each series begins again; ten days of holidays break nothing."""
    own = one(rows=600)
    for days, usable in ((10, True), (26, False)):
        times = hours(600)
        times[300:] += np.timedelta64(days, "D")
        found = build(replace(own, times=times), Inputs.UNIVARIATE)
        assert usable == bool(found.run[0, 300])
        assert usable == np.isfinite(found.returns(1)[0, 299])


def test_first_rows_are_warm_up():
    """The first 200 rows of a ticker are not used, and the next one is."""
    found = build(one(), Inputs.UNIVARIATE)
    assert [0, 1] == found.run[0, WARM_UP - 1 : WARM_UP + 1].tolist()


def test_price_that_stands_still_is_dead():
    """With its last 50 closes equal a row is not usable; the first one that moves is, at once."""
    close = walk(np.random.default_rng(2), 600, 100.0, stills=0.0)["close"].copy()
    close[300:400] = 120.0
    close[400] = 121.0
    found = build(one(open=close, high=close, low=close, close=close), Inputs.UNIVARIATE)
    assert found.run[0, 300 + DEAD_ROWS - 2]
    assert not found.run[0, 300 + DEAD_ROWS - 1 : 400].any()
    assert 1 == found.run[0, 400]


def test_bar_that_lacks_a_needed_number_is_missing():
    """A NaN, a zero price, a negative volume in a valid bar: the row is filled, only for the modes that need it."""
    bad = one()
    fields = {name: values.copy() for name, values in bad.fields.items()}
    fields["volume"][300], fields["low"][310], fields["close"][320] = -1.0, 0.0, np.inf
    bad = replace(bad, fields=fields)
    indicators, close = (build(bad, inputs) for inputs in (Inputs.TA57, Inputs.UNIVARIATE))
    assert [300, 310, 320] == np.flatnonzero((indicators.run[0] > 0) & ~indicators.ready[0]).tolist()
    assert [320] == np.flatnonzero((close.run[0] > 0) & ~close.ready[0]).tolist()


@pytest.mark.parametrize(
    ("reason", "spoil"),
    [
        ("there is no bar", lambda close, valid: valid.fill(False)),
        ("the close never changes from 7.0", lambda close, valid: close.fill(7.0)),
        (
            "the longest stretch without a gap has 114 rows of 201",
            lambda close, valid: valid.__setitem__(slice(100, None), False),
        ),
        ("in no row of its 480 after the warm-up did the close move", lambda close, valid: close[150:].fill(7.0)),
    ],
)
def test_ticker_without_a_usable_row_is_refused_alone(reason, spoil):
    """Each with its reason in words; the others of the panel go on as if it were not there."""
    own = panel(4)
    fields, valid = {name: values.copy() for name, values in own.fields.items()}, own.valid.copy()
    valid[:, 1] = True
    fields["close"][:, 1] = np.arange(1, 481)
    spoil(fields["close"][:, 1], valid[:, 1])
    found = build(replace(own, fields=fields, valid=valid), Inputs.UNIVARIATE)
    assert [TICKERS[1]] == list(found.refused)
    assert str(found.refused[TICKERS[1]]).startswith(reason)
    assert not found.ready[1].any()
    others = [0, 2, 3]
    np.testing.assert_array_equal(build(own, Inputs.UNIVARIATE).values[others], found.values[others])


def test_panel_of_refused_tickers_is_an_error():
    """With no usable row anywhere there is nothing to train on: the error names a ticker, its reason, what to do."""
    with pytest.raises(ForecastError, match=r"SBER: the longest stretch .* 150 rows.*longer history"):
        build(one(rows=150), Inputs.UNIVARIATE)
    with pytest.raises(ForecastError, match="no tickers"):
        build(of({name: np.empty((9, 0)) for name in FIELD_NAMES}, np.empty((9, 0), bool), ()), Inputs.UNIVARIATE)


def test_prices_as_traded_are_refused():
    """A panel that is not adjusted jumps at splits, and no feature can tell a split from a crash."""
    with pytest.raises(ForecastError, match="split"):
        build(replace(one(), adjust="none"), Inputs.UNIVARIATE)


def test_returns_are_known_between_two_bars_of_one_stretch():
    """NaN where either end has no bar, beyond the last row, and across a break."""
    found = build(one(gap=np.r_[300:303, 400:420]), Inputs.UNIVARIATE)
    close = found.close[0].astype(np.float64)
    assert np.float32(close[311] / close[310] - 1) == found.returns(1)[0, 310]
    assert np.float32(close[305] / close[299] - 1) == found.returns(6)[0, 299]
    assert np.isnan(found.returns(1)[0, [299, 300, 302, 399, 599]]).all()
    assert np.isnan(found.returns(30)[0, 395])
    assert np.isnan(found.returns(600)).all()
    with pytest.raises(ValueError, match="0"):
        found.returns(0)


def test_ends_are_ready_rows_with_their_window_and_return():
    """The last rows of windows: enough usable rows behind, a bar, inside the rows asked for, the return known."""
    found = build(one(gap=slice(300, 303)), Inputs.UNIVARIATE)
    assert [[0, t] for t in [*range(263, 300), *range(303, 600)]] == found.ends(64).tolist()
    assert [[0, t] for t in range(590, 599)] == found.ends(64, slice(590, None), horizon=1).tolist()
    assert (0, 2) == found.ends(500).shape


@given(traded=st.lists(st.booleans(), max_size=80), late=st.sets(st.integers(0, 79)), longest=st.integers(0, 9))
def test_stretches_are_what_the_rule_says(traded, late, longest):
    """Against the rule told row by row: a row is in a stretch while bars are near enough and no market has closed."""
    there, closed = np.array(traded, dtype=bool), np.zeros(len(traded), dtype=bool)
    closed[[at for at in late if at < len(traded)]] = True
    number, missed, expected = -1, None, []
    for bar, first in zip(there, closed, strict=True):
        missed = None if first else missed
        if bar:
            number, missed = number + (missed is None), 0
        elif missed is not None:
            missed = missed + 1 if missed < longest else None
        expected.append(-1 if missed is None else number)
    found = np.full(len(traded), -1)
    for at, rows in enumerate(series(there, closed, longest).stretches):
        found[rows] = at
    assert expected == found.tolist()


@given(st.lists(st.booleans(), max_size=60))
def test_runs_count_usable_rows(usable):
    """How many usable rows in a row end at each, told one by one."""
    expected, count = [], 0
    for each in usable:
        count = count + 1 if each else 0
        expected.append(count)
    assert expected == runs(np.array(usable, dtype=bool)).tolist()


@given(st.lists(st.integers(0, 2), min_size=1, max_size=60))
def test_unchanged_counts_since_the_last_change(values):
    """How many rows ago a value last changed, told one by one."""
    expected = [0]
    for before, now in itertools.pairwise(values):
        expected.append(expected[-1] + 1 if now == before else 0)
    assert expected == unchanged(np.array(values, dtype=np.float64)).tolist()
