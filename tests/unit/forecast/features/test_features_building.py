"""What the arrays are made of, and what names them."""

from dataclasses import replace

import numpy as np
import pytest
from feature_panels import candles, context, features, panel, whole

from allocator.forecast.features import Context, build
from allocator.forecast.spec import Inputs


@pytest.mark.parametrize(
    ("inputs", "channels"), [("univariate", 1), ("ta57", 58), ("supercandles57", 58), ("others", 5)]
)
def test_widths_are_those_of_the_paper(inputs, channels):
    """1, 58, and 1 + the other assets; the close comes first in each, and is the same."""
    own = whole()
    found = features(Inputs(inputs), own, candles(own, 1), context(own, 1))
    assert (4, 480, channels) == found.shape == found.values.shape
    assert channels == len(found.names) == len(set(found.names)) == len(found.groups)
    assert "close_ret" == found.names[0]
    change = np.log(own["close"][401, 2] / own["close"][400, 2])
    assert np.float32(change) == found.values[2, 401, 0]


def test_arrays_are_of_their_kinds():
    """float32 for what a network reads, float64 for the close, int32 for counts; tickers first."""
    found = build(panel(1), Inputs.TA57)
    kinds = {"values": "f4", "sigma": "f4", "close": "f8", "run": "i4", "stretch": "i4", "ready": "b1"}
    assert {name: np.dtype(kind) for name, kind in kinds.items()} == {
        name: getattr(found, name).dtype for name in kinds
    }
    assert {(4, 480)} == {getattr(found, name).shape for name in kinds if name != "values"}


def test_deviation_is_of_returns():
    """For returns of one percent, up and down, sigma is a percent; on a price that hardly moves it is a basis point."""
    own = whole()
    turns = 100 * 1.01 ** (np.arange(480) % 2)
    for name in ("open", "high", "low", "close"):
        own.fields[name][:, 0] = turns
        own.fields[name][:, 1] = 100 + (np.arange(480) % 40 == 0) * 1e-4
    found = build(own, Inputs.UNIVARIATE)
    assert 0.01 == pytest.approx(found.sigma[0, -1], rel=0.01)
    assert np.float32(1e-4) == found.sigma[1, -1]


def test_number_beyond_float32_is_none():
    """A price that jumps by 1e40 has features that no float32 holds: those rows are not usable, the rest are."""
    own = whole()
    for name in ("open", "high", "low", "close"):
        own.fields[name][400:, 0] *= 1e40
    found = build(own, Inputs.TA57)
    assert not found.run[0, 400]
    assert found.run[0, 399]
    assert np.isfinite(found.values[found.run > 0]).all()


def test_digest_is_of_all_that_the_features_depend_on():
    """The same panel gives the same digest; a bar, a ticker's name, an index, the inputs, each give another."""
    own = whole()
    around = context(own, 3)
    same = whole()
    closes = same["close"].copy()
    closes[7, 1] *= 1.0000001
    dividends = around.dividends.copy()
    dividends[9, 1] = 0.01
    digests = [
        build(given, inputs, context=known).digest
        for given, inputs, known in (
            (own, Inputs.CONTEXT, around),
            (replace(same, fields=same.fields | {"close": closes}), Inputs.CONTEXT, around),
            (replace(same, tickers=("A", "B", "C", "D")), Inputs.CONTEXT, around),
            (replace(same, adjust="total"), Inputs.CONTEXT, around),
            (own, Inputs.CONTEXT, replace(around, dividends=dividends)),
            (own, Inputs.CONTEXT, replace(around, indexes={"RVI": around.indexes["RVI"]})),
            (own, Inputs.CONTEXT, Context()),
            (own, Inputs.UNIVARIATE, None),
            (own, Inputs.OTHERS, None),
        )
    ]
    assert len(digests) == len(set(digests))
    assert digests[0] == build(same, Inputs.CONTEXT, context=around).digest


def test_bar_that_is_not_believed_is_not_in_the_digest():
    """What stands in a bar that is not valid changes nothing, the digest neither."""
    own = panel(5)
    fields = {name: np.where(own.valid, values, 1e9) for name, values in own.fields.items()}
    ours, theirs = build(own, Inputs.TA57), build(replace(own, fields=fields), Inputs.TA57)
    np.testing.assert_array_equal(ours.values, theirs.values)
    np.testing.assert_array_equal(ours.close, theirs.close)
    assert ours.digest == theirs.digest
