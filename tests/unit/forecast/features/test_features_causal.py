"""What holds of every input mode, whatever the bars."""

from dataclasses import replace

import numpy as np
import pytest
from feature_panels import TICKERS, candles, context, features, markets, panel, rows_of
from hypothesis import given, settings
from hypothesis import strategies as st

from allocator.core.errors import ForecastError
from allocator.forecast.features import SuperCandles
from allocator.forecast.features.supercandles import FIELDS, METRICS
from allocator.forecast.spec import Inputs

every_mode = pytest.mark.parametrize("inputs", Inputs, ids=lambda inputs: inputs.value)
ARRAYS = ("values", "ready", "run", "close", "stretch", "sigma")


def equal(ours, theirs, until: int | None = None) -> None:
    """The same features to the bit, up to a row."""
    assert ours.names == theirs.names
    for name in ARRAYS:
        np.testing.assert_array_equal(getattr(ours, name)[:, :until], getattr(theirs, name)[:, :until], name)


def made(inputs, given):
    """The features, or None where every ticker is refused."""
    try:
        return features(inputs, *given)
    except ForecastError:
        return None


def other_future(given, row, seed):
    """The same until `row`; after it other prices, volumes, candles, dividends and indexes, bars gone and bars come."""
    rng = np.random.default_rng(seed)
    bars, book, around = given
    wild = panel(seed % 1000, len(bars.times))
    past = np.arange(len(bars.times)) <= row

    def mixed(own, other):
        return np.where(past.reshape(-1, *(1,) * (own.ndim - 1)), own, other)

    fields = {name: mixed(values, wild[name] * 10 ** rng.uniform(-3, 3)) for name, values in bars.fields.items()}
    other = candles(wild, seed)
    return (
        replace(bars, fields=fields, valid=mixed(bars.valid, wild.valid)),
        SuperCandles(book.times, book.tickers, {name: mixed(book.fields[name], other.fields[name]) for name in FIELDS}),
        replace(
            around,
            dividends=mixed(around.dividends, 0.5),
            indexes={name: mixed(levels, np.nan) for name, levels in around.indexes.items()},
        ),
    )


@every_mode
@settings(max_examples=20)
@given(market=markets, part=st.floats(0.5, 1), seed=st.integers(0, 2**32 - 1))
def test_future_changes_nothing_of_the_past(inputs, market, part, seed):
    """Whatever comes after a row, no feature, mask, run or deviation up to it differs in a single bit."""
    given = market.given
    row = int(part * (len(given[0].times) - 1))
    ours, theirs = made(inputs, given), made(inputs, other_future(given, row, seed))
    if ours is None or theirs is None:
        known = ours or theirs
        assert known is None or not known.run[:, : row + 1].any()
    else:
        equal(ours, theirs, row + 1)


@every_mode
@settings(max_examples=20)
@given(market=markets, part=st.floats(0.5, 1))
def test_prefix_gives_the_same_features(inputs, market, part):
    """Features made on each day with what there was by then are those made of the whole history later."""
    given = market.given
    rows = 1 + int(part * (len(given[0].times) - 1))
    whole, prefix = made(inputs, given), made(inputs, rows_of(given, slice(rows)))
    if prefix is None:
        assert whole is None or not whole.run[:, :rows].any()
    else:
        equal(prefix, whole, rows)


@every_mode
@settings(max_examples=20)
@given(market=markets, powers=st.tuples(*[st.tuples(st.integers(-20, 20), st.integers(-20, 20))] * len(TICKERS)))
def test_scale_of_prices_and_volumes_is_not_seen(inputs, market, powers):
    """Roubles or kopecks, shares or lots, each ticker in its own: the features are the same.

    By powers of two, which floats multiply by exactly, they are the same to the bit.
    """
    given = market.given
    price, volume = (np.array([2.0 ** power[at] for power in powers]) for at in (0, 1))
    ours, theirs = made(inputs, given), made(inputs, scaled(given, price, volume))
    assert (ours is None) == (theirs is None)
    if ours is not None:
        np.testing.assert_array_equal(ours.values, theirs.values)
        np.testing.assert_array_equal(ours.run, theirs.run)
        np.testing.assert_array_equal(ours.sigma, theirs.sigma)


@every_mode
def test_any_scale_is_not_seen_but_for_rounding(inputs):
    """Scales that floats round give the features to five digits.

    But for the cycle's and SAR, which compare computed numbers: a tie there is decided by a last bit.
    """
    own = panel(7, 2_000, TICKERS[:3])
    given = own, candles(own, 7), context(own, 7)
    theirs = features(inputs, *scaled(given, np.array([1 / 3, 1e5, 0.07]), np.array([1e-3, 7.0, 100 / 3])))
    ours = features(inputs, *given)
    steady = [at for at, group in enumerate(ours.groups) if group != "cycle" and ours.names[at] != "sar_rel"]
    np.testing.assert_array_equal(ours.run, theirs.run)
    np.testing.assert_allclose(theirs.values[:, :, steady], ours.values[:, :, steady], rtol=2e-5, atol=2e-6)


def scaled(given, price, volume):
    bars, book, around = given
    unit = {"volume": volume, "value": price * volume}
    by = {"trades": 1.0, "orders": 1.0, "vol": volume, "val": price * volume}
    fields = {name: values * unit.get(name, price) for name, values in bars.fields.items()}
    books = {"pr_close": book.fields["pr_close"] * price}
    for metric in METRICS:
        kind = next((kind for kind in by if kind in metric.name), None)
        if metric.unit == "price" or metric.name == "pr_std":
            books[metric.name] = book.fields[metric.name] * price
        elif metric.unit in {"plain", "spread"} or kind is None:
            books[metric.name] = book.fields[metric.name]
        else:
            books[metric.name] = book.fields[metric.name] * by[kind]
    return replace(bars, fields=fields), SuperCandles(book.times, book.tickers, books), around


@every_mode
@settings(max_examples=20)
@given(market=markets, order=st.permutations(range(len(TICKERS))))
def test_order_of_tickers_is_not_seen(inputs, market, order):
    """A ticker's features are its own wherever it stands in the panel."""
    bars, book, around = given = market.given
    moved = replace(
        bars,
        tickers=tuple(TICKERS[at] for at in order),
        fields={name: values[:, order] for name, values in bars.fields.items()},
        valid=bars.valid[:, order],
    )
    ours = made(inputs, given)
    theirs = made(inputs, (moved, book, replace(around, dividends=around.dividends[:, order])))
    assert (ours is None) == (theirs is None)
    if ours is not None:
        assert ours.names == theirs.names
        for name in ARRAYS:
            np.testing.assert_array_equal(getattr(ours, name)[list(order)], getattr(theirs, name), name)


@every_mode
@settings(max_examples=20)
@given(market=markets)
def test_usable_rows_are_numbers_and_the_rest_are_not(inputs, market):
    """Every channel of a usable row is finite and its deviation is above zero; any other row is NaN throughout.

    `run` counts usable rows; a ready row is one of them with a bar, and so a close.
    """
    found = made(inputs, market.given)
    if found is None:
        return
    usable = found.run > 0
    assert np.isfinite(found.values[usable]).all()
    assert np.isnan(found.values[~usable]).all()
    assert (found.sigma[usable] > 0).all()
    assert np.isnan(found.sigma[~usable]).all()
    before = np.concatenate((np.zeros_like(found.run[:, :1]), found.run[:, :-1]), axis=1)
    np.testing.assert_array_equal(np.where(usable, before + 1, 0), found.run)
    assert (found.ready <= usable).all()
    np.testing.assert_array_equal(usable & np.isfinite(found.close), found.ready)
    assert all(usable[found.tickers.index(ticker)].any() != (ticker in found.refused) for ticker in found.tickers)
