"""What a market may be, and which rows a span of dates means."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from allocator.core.errors import ConfigError, MarketError
from tests.unit.backtest.worlds import NAN, days, random_world, world


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("close", -1.0, "A1: its close on 2024-01-02.* is -1.0"),
        ("close", 0.0, "A1: its close"),
        ("close", np.inf, "A1: its close"),
        ("open", 0.0, "A1: its open"),
        ("turnover", -1.0, "A1: its turnover"),
        ("turnover", NAN, "A1: its turnover"),
        ("ratio", 0.0, "A1: its ratio"),
        ("ratio", NAN, "A1: its ratio"),
        ("dividend", -1.0, "A1: its dividend"),
        ("dividend", NAN, "A1: its dividend"),
    ],
)
def test_a_number_that_cannot_be_names_its_security_and_bar(field, value, said):
    """Whatever table it stands in."""
    market = random_world(4, 2)
    getattr(market, field)[1, 1] = value
    with pytest.raises(MarketError, match=said):
        market.check()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"times": days(4)[[0, 2, 1, 3]]}, "Bar 2024-01-02 of the market is not later"),
        ({"lots": np.array([1, 0])}, "lot of one unit"),
        ({"lots": np.array([1])}, "lot of one unit"),
        ({"cash_return": np.array([0, 0, -1.0, 0])}, "more than -1"),
        ({"cash_return": np.full(4, NAN)}, "more than -1"),
        ({"cash_return": np.zeros(3)}, "more than -1"),
        ({"benchmark": np.array([1, NAN, 0.0, 1]), "benchmark_name": "IMOEX"}, "IMOEX: a level"),
        ({"benchmark": np.ones(3), "benchmark_name": "IMOEX"}, "IMOEX: a level"),
        ({"close": np.ones((4, 3))}, "close is a table of 4 × 3, not of 4 bars × 2 securities"),
    ],
)
def test_tables_that_do_not_fit(change, said):
    """Each is named."""
    with pytest.raises(MarketError, match=said):
        replace(random_world(4, 2), **change).check()


def test_gaps_are_what_splits_and_dividends_do_not_explain():
    """A falls to a tenth by a split, B by its dividend, C by nothing, after a suspension."""
    close = np.array([[100.0, 100, 100], [10, 100, NAN], [10, 20, 20]])
    ratio = np.array([[1.0, 1, 1], [10, 1, 1], [1, 1, 1]])
    dividend = np.array([[0.0, 0, 0], [0, 0, 0], [0, 80, 0]])
    market = world(close, ratio=ratio, dividend=dividend)
    assert ((2, 2, pytest.approx(0.2)),) == market.gaps()


def test_securities_with_gaps_can_be_left_out():
    """The others stay; a sentence says who went and why."""
    market = world([[100.0, 1.0], [100.0, 5.0], [100.0, 5.0]])
    rest, said = market.without_gaps()
    assert not rest.gaps()
    assert np.isnan(rest.close[:, 1]).all()
    np.testing.assert_array_equal(market.close[:, 0], rest.close[:, 0])
    assert ["B is left out: on 2024-01-02 its price moved by a factor of 5 without a split."] == [
        str(each) for each in said
    ]
    assert (rest, ()) == rest.without_gaps()


def test_rows_of_dates():
    """The first decision on the first bar of the span, the last value on its last."""
    market = random_world(31, 1)
    assert (0, 30) == market.rows()
    assert (9, 19) == market.rows(date(2024, 1, 10), date(2024, 1, 20))
    assert (0, 30) == market.rows(date(2023, 12, 25), date(2024, 2, 5))


@pytest.mark.parametrize(
    ("since", "until", "said"),
    [
        (date(2023, 12, 1), None, "2023-12-01 is outside of the data: they begin on 2024-01-01 and end on 2024-01-31"),
        (None, date(2025, 1, 1), "2025-01-01 is outside"),
        (date(2024, 1, 10), date(2024, 1, 10), "fewer than two bars"),
        (date(2024, 1, 20), date(2024, 1, 10), "fewer than two bars"),
        (date(2024, 2, 5), None, "fewer than two bars"),
    ],
)
def test_dates_outside_of_the_data(since, until, said):
    """Told from holidays by ten days."""
    with pytest.raises(ConfigError, match=said):
        random_world(31, 1).rows(since, until)


def test_a_market_without_a_bar():
    """Says how to get some."""
    with pytest.raises(ConfigError, match=r"not one bar\. Fill the store: allocator refresh"):
        world(np.zeros((0, 1)), open=np.zeros((0, 1))).rows()
