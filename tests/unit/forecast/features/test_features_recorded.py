"""`ta57` on all recorded hours of the exchange: 57 papers, 2020 to 2024."""

import numpy as np
import pytest
from feature_panels import needs_data, recorded

from allocator.forecast.features import build
from allocator.forecast.features.indicators import TA57
from allocator.forecast.spec import Inputs

pytestmark = [needs_data, pytest.mark.slow]


@pytest.fixture(scope="module")
def features():
    return build(recorded(), Inputs.TA57)


def test_nothing_of_the_real_market_is_infinite(features):
    """Every channel of every usable row is a number in its range, and no ticker is refused."""
    assert {} == dict(features.refused)
    for n in range(len(features.tickers)):
        rows = features.values[n][features.run[n] > 0]
        assert np.isfinite(rows).all()
        for column, indicator in zip(rows.T[1:], TA57, strict=True):
            assert indicator.low is None or indicator.low <= column.min(), indicator.name
            assert indicator.high is None or column.max() <= indicator.high, indicator.name


def test_most_bars_end_a_window(features):
    """Of all bars nine in ten are ready, and as many end a window of 64 usable rows: gaps cost their warm-up."""
    bars = np.isfinite(features.close).sum()
    assert features.ready.sum() / bars > 0.9
    assert len(features.ends(64)) / bars > 0.9


def test_real_values_are_of_their_size(features):
    """Medians of the market: a return of nothing, an RSI of the middle, an hour's range below a percent."""
    rows = np.concatenate([values[ready] for values, ready in zip(features.values, features.ready, strict=True)])
    middle = dict(zip(features.names, np.median(rows, axis=0), strict=True))
    assert 0 == pytest.approx(middle["close_ret"], abs=1e-4)
    assert 50 == pytest.approx(middle["rsi14"], abs=3)
    assert 0.5 == pytest.approx(middle["bb20_pctb"], abs=0.1)
    assert 0.1 < middle["natr14"] < 2
    assert 1e-3 < np.median(features.sigma[features.ready]) < 1e-2


def test_closed_month_of_2022_is_a_break(features):
    """No return and no run goes from February to March 2022."""
    last = int(np.searchsorted(features.times, np.datetime64("2022-02-26"))) - 1
    assert np.isnan(features.returns(1)[:, last]).all()
    assert 0 == features.run[:, last + 1].max()
