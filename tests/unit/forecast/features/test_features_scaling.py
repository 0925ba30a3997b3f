"""Scales are fitted on training rows alone, cut what is wild, and come back from JSON to the bit."""

import json

import numpy as np
import pytest
from feature_panels import panel
from hypothesis import given
from hypothesis import strategies as st

from allocator.core.errors import ForecastError
from allocator.forecast.features import Scaler, build
from allocator.forecast.spec import Inputs

TRAIN = slice(0, 350)


@pytest.fixture(scope="module")
def features():
    return build(panel(11), Inputs.TA57)


def test_scaled_train_rows_have_mean_zero_and_deviation_one(features):
    """Over the usable rows of training; later rows are scaled by the same numbers."""
    scaled = features.scaled(Scaler.fit(features, TRAIN))
    rows = scaled.values[:, TRAIN][scaled.run[:, TRAIN] > 0]
    np.testing.assert_allclose(rows.mean(axis=0), 0, atol=0.06)
    np.testing.assert_allclose(rows.std(axis=0), 1, atol=0.15)


def test_scaler_knows_nothing_of_later_rows(features):
    """A scaler fitted on rows of a longer history is the one fitted when they were all there was."""
    values = features.values.copy()
    values[:, 350:] = np.where(np.isnan(values[:, 350:]), np.nan, 1e6)
    wild = type(features)(**{**vars(features), "values": values})
    assert Scaler.fit(features, TRAIN).to_json() == Scaler.fit(wild, TRAIN).to_json()
    mask = np.arange(len(features.times)) < 350
    assert Scaler.fit(features, TRAIN).to_json() == Scaler.fit(features, mask).to_json()


def test_scaled_values_are_cut_at_five_deviations(features):
    """What is beyond is at five; NaN stays NaN."""
    scaler = Scaler.fit(features, TRAIN)
    wild = np.stack([scaler.mean + 9 * scaler.scale, scaler.mean - 9 * scaler.scale]).astype(np.float32)
    found = scaler.apply(wild)
    assert {5.0} == set(found[0])
    assert {-5.0} == set(found[1])
    assert np.isnan(scaler.apply(np.full((1, 58), np.nan, np.float32))).all()


def test_few_wild_hours_do_not_set_the_scale(features):
    """With one row in three hundred a thousand times too large, the scale of the rest is nearly what it was."""
    values = features.values.copy()
    rows = np.argwhere(features.run[:, TRAIN] > 0)
    for n, t in rows[::300]:
        values[n, t] *= 1_000
    wild = type(features)(**{**vars(features), "values": values})
    calm = Scaler.fit(features, TRAIN).scale
    assert (Scaler.fit(wild, TRAIN).scale < 1.25 * calm).all()


def test_channel_that_never_differs_has_scale_one(features):
    """It becomes zero, not infinite; one that differs in few rows only keeps its own deviation."""
    values = features.values.copy()
    usable = features.run > 0
    values[..., 3][usable] = 0.7
    values[..., 4][usable] = 0.0
    n, t = np.argwhere(usable)[0]
    values[n, t, 4] = 1.0
    scaler = Scaler.fit(type(features)(**{**vars(features), "values": values}), slice(None))
    assert 1.0 == scaler.scale[3]
    assert {0.0} == set(np.round(scaler.apply(values)[..., 3][usable], 6))
    assert 0 < scaler.scale[4] < 1


def test_scaler_needs_rows_to_fit_on(features):
    """The warm-up alone gives no scale: refused, as is fitting on what is scaled already."""
    with pytest.raises(ForecastError, match="usable"):
        Scaler.fit(features, slice(0, 150))
    scaled = features.scaled(Scaler.fit(features, TRAIN))
    for again in (lambda: Scaler.fit(scaled, TRAIN), lambda: scaled.scaled(scaled.scaler)):
        with pytest.raises(ForecastError, match="scaled already"):
            again()


def test_scaler_of_other_channels_is_refused(features):
    """A model trained on 58 channels must not read 57 of them, or the same in another order."""
    scaler = Scaler.fit(features, TRAIN)
    with pytest.raises(ForecastError, match="rsi14"):
        features.without(["rsi14"]).scaled(scaler)
    turned = Scaler(scaler.names[::-1], scaler.mean[::-1], scaler.scale[::-1])
    with pytest.raises(ForecastError, match="their order"):
        features.scaled(turned)


def test_features_less_some_scale_as_before(features):
    """Leaving channels out and scaling are the same in either order, and both show in the digest."""
    scaler = Scaler.fit(features, TRAIN)
    names = ("volume", "rsi14", "bop")
    before = features.without(names).scaled(Scaler.fit(features.without(names), TRAIN))
    after = features.scaled(scaler).without(names)
    np.testing.assert_array_equal(before.values, after.values)
    assert before.scaler.to_json() == after.scaler.to_json()
    assert 58 - 5 - 2 == len(after.names) == after.shape[2]
    assert 4 == len({each.digest for each in (features, before, after, features.scaled(scaler))})


def test_leaving_out_what_is_not_there_is_refused(features):
    """An unknown channel or group is named with those that exist; so is leaving nothing."""
    with pytest.raises(
        ForecastError, match=r"no feature rsi99\. These are: close_ret, sma10_rel.*groups close, overlap"
    ):
        features.without(["rsi14", "rsi99"])
    with pytest.raises(ForecastError, match="no feature is left"):
        features.without(features.groups)


finite = st.floats(allow_nan=False, allow_infinity=False, width=64)


@given(rows=st.lists(st.tuples(finite, st.floats(1e-300, 1e300)), min_size=1, max_size=5))
def test_json_gives_the_scaler_back(rows):
    """To the last bit of every number."""
    mean, scale = np.array(rows).T
    names = tuple(f"x{at}" for at in range(len(rows)))
    found = Scaler.from_json(Scaler(names, mean, scale, 4.5).to_json())
    assert (names, 4.5) == (found.names, found.clip)
    np.testing.assert_array_equal(mean, found.mean)
    np.testing.assert_array_equal(scale, found.scale)


@pytest.mark.parametrize(
    "change",
    [{"scale": [0.0]}, {"scale": [1.0, 1.0]}, {"mean": [None]}, {"mean": ["x"]}, {"clip": 0}, {"names": 3}, None],
)
def test_foreign_json_is_refused(change):
    """Whatever is wrong with it, in one sentence."""
    said = {"names": ["x"], "mean": [0.0], "scale": [1.0], "clip": 5.0}
    with pytest.raises(ForecastError, match="not a scaler"):
        Scaler.from_json("[" if change is None else json.dumps(said | change))
