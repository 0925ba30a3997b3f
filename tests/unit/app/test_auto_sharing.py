"""Shares from arrays: against a search by hand, and what must hold whatever the figures."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.app.auto_sharing import Papers, as_percents, by_forecast, in_proportion
from allocator.optimize.single_period import DealCosts

D = Decimal


def papers(count: int = 3, seed: int = 1, cost: float = 0.0, **changed: object) -> Papers:
    """Papers of random figures, with no cost of dealing and nothing held unless told."""
    rng = np.random.default_rng(seed)
    deviation = rng.uniform(0.2, 0.5, count)
    factor = rng.normal(0.7, 0.1, count)
    correlation = np.outer(factor, factor)
    np.fill_diagonal(correlation, 1.0)
    given_: dict[str, object] = {
        "mean": rng.normal(0.1, 0.3, count),
        "covariance": deviation[:, None] * correlation * deviation,
        "believed": np.ones(count, dtype=bool),
        "cross": np.zeros(count),
        "elsewhere": 0.0,
        "held": np.zeros(count),
        "market": rng.uniform(1e6, 1e9, count),
        "costs": DealCosts(np.full(count, cost), np.full(count, cost)),
        "lower": np.zeros(count),
        "upper": np.ones(count),
    }
    return Papers(**(given_ | changed))  # type: ignore[arg-type]


def shares(given_: Papers, total: float = 1.0, *, aversion: float = 5.0, years: float = 1 / 12, kept: float = 1.0):
    return by_forecast(given_, total, aversion=aversion, years=years, kept=kept)


@given(st.integers(1, 8), st.integers(0, 1000), st.floats(0.1, 100), st.floats(0.05, 1.0))
def test_a_forecast_of_which_nothing_is_kept_gives_the_market(count, seed, aversion, total):
    """Where deals are free the shares are in proportion to turnover, whatever was forecast."""
    case = papers(count, seed)
    found = shares(case, total, aversion=aversion, kept=0.0)
    np.testing.assert_allclose(case.market * total / case.market.sum(), found.weights, atol=1e-6)
    assert not found.counted.any()


@pytest.mark.parametrize("kept", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("seed", range(6))
def test_two_papers_are_shared_as_a_search_by_hand_says(seed, kept):
    """The stated objective, written out again and tried at each ten-thousandth of the total."""
    total, aversion, years, cost = 0.7, 4.0, 1 / 12, 0.002
    case = papers(2, seed, cost, held=np.array([0.5, 0.1]), cross=np.array([0.01, -0.004]), elsewhere=0.02)
    first = np.linspace(0, total, 10_001)
    tried = np.stack([first, total - first], axis=1)
    market = case.market / case.market.sum() * total
    expects = 2 * aversion * (case.covariance @ market + case.cross)
    lead = case.mean - expects
    mean = expects + kept * (lead - lead @ market / total)
    risk = np.einsum("ti,ij,tj->t", tried, case.covariance, tried) + 2 * tried @ case.cross
    value = years * (tried @ mean - aversion * risk) - cost * np.abs(tried - case.held).sum(axis=1)
    found = shares(case, total, aversion=aversion, years=years, kept=kept)
    np.testing.assert_allclose(tried[value.argmax()], found.weights, atol=1e-4)


@pytest.mark.parametrize("total", [1e-9, 1e-4, 1.0, 1e3])
def test_a_small_part_of_wealth_is_shared_as_carefully(total):
    """Proportions do not depend on the scale, where risk weighs the same; what is held above it all is no matter."""
    case, whole = papers(4), shares(papers(4))
    small = replace(case, held=np.array([5.0, 0, 0, 0]), upper=np.full(4, total))
    found = shares(small, total, aversion=5.0 / total)
    np.testing.assert_allclose(whole.weights, found.weights / total, atol=1e-6)


@given(st.integers(0, 100), st.floats(-1, 1))
def test_a_rise_of_all_forecasts_changes_nothing(seed, rise):
    """The sum is given: only what papers return beside each other can matter."""
    case = papers(4, seed)
    np.testing.assert_allclose(shares(case).weights, shares(replace(case, mean=case.mean + rise)).weights, atol=1e-6)


def test_a_paper_that_is_not_believed_is_expected_to_do_as_the_market():
    """Its own figure, however high, moves it as little as that of a paper of which nothing is kept."""
    case = papers(2, mean=np.array([5.0, 0.1]), believed=np.zeros(2, dtype=bool))
    np.testing.assert_allclose(shares(case, kept=0.0).weights, shares(case).weights)
    believed = replace(case, believed=np.ones(2, dtype=bool))
    assert shares(believed).weights[0] > shares(case).weights[0] + 0.1


def test_a_forecast_moves_money_to_what_it_praises():
    """The more of it is kept, and the less risk weighs, the further."""
    case = papers(2, mean=np.array([0.3, 0.0]), covariance=np.eye(2) * 0.09, market=np.ones(2))
    found = [shares(case, kept=kept).weights[0] for kept in (0.0, 0.5, 1.0)]
    assert sorted(found) == found
    assert 0.5 == pytest.approx(found[0])
    assert found[2] < shares(case, aversion=2.0).weights[0]


def test_what_does_not_pay_is_not_dealt_in():
    """Where a deal costs more than the way to the optimum brings, the shares stay exactly what they were."""
    held = np.array([0.2, 0.5, 0.3])
    assert held.tolist() == shares(papers(cost=0.2, held=held)).weights.tolist()
    part = shares(papers(cost=0.2, held=held * 0.7), 0.7).weights
    np.testing.assert_allclose(held * 0.7, part, rtol=1e-14)


def test_a_longer_horizon_pays_for_more_deals():
    """A deal is paid once and kept for the horizon."""
    held = np.array([0.2, 0.5, 0.3])
    case = papers(cost=0.01, held=held)
    moved = [np.abs(shares(case, years=years).weights - held).sum() for years in (0.01, 0.1, 1.0)]
    assert sorted(moved) == moved
    assert moved[0] < moved[2]


def test_a_paper_that_goes_with_what_the_file_fixes_gets_less():
    """Risk is that of the whole portfolio: what moves with a large fixed share adds more of it."""
    alone = papers(2, mean=np.full(2, 0.1), covariance=np.eye(2) * 0.09, market=np.ones(2))
    beside = replace(alone, cross=np.array([0.03, 0.0]), elsewhere=0.02)
    assert shares(beside, 0.5).weights[0] < shares(alone, 0.5).weights[0] - 0.05


def test_bounds_are_kept():
    """A cap, and a paper that may not be sold."""
    case = papers(3, held=np.array([0.6, 0, 0]), lower=np.array([0.6, 0, 0]), upper=np.array([0.6, 0.25, 0.25]))
    found = shares(case).weights
    assert 0.6 == found[0]
    assert found.max() <= 0.6
    assert (found[1:] <= 0.25 + 1e-12).all()
    assert 1.0 == pytest.approx(found.sum())


@pytest.mark.parametrize("slip", [-1e-10, 0.0, 1e-10])
def test_bounds_that_leave_no_choice_are_an_answer(slip):
    """Nothing may be dealt in, and it is just what is to be shared, or would be without rounding."""
    held = np.array([0.2, 0.5, 0.3])
    found = shares(papers(held=held, lower=held, upper=held), 1.0 + slip)
    np.testing.assert_allclose(held, found.weights, atol=1e-9)


def test_parts_of_the_risk_add_up():
    """Without anything fixed they are all of it."""
    assert 1.0 == pytest.approx(shares(papers(5)).risk.sum())


sizes = st.lists(st.sampled_from([0.0, 1.0, 2.5, 1e-3, 1e6]), min_size=1, max_size=8)


@given(sizes, st.floats(0.01, 1), st.floats(0, 1))
def test_proportions_fill_what_is_to_be_shared_and_pass_no_cap(parts, total, slack):
    """The sum is kept, no share is above the most, and who is larger never gets less."""
    most = total / len(parts) + slack * total
    found = in_proportion(np.array(parts), total, most)
    assert total == pytest.approx(found.sum())
    assert found.max() <= most * (1 + 1e-12)
    order = np.argsort(parts, kind="stable")
    assert (np.diff(found[order]) >= -1e-12).all()


@pytest.mark.parametrize(
    ("expected", "parts", "most"),
    [([0.25, 0.75], [1, 3], 1.0), ([0.5, 0.5, 0], [1, 9, 0], 0.5), ([0.4, 0.3, 0.3], [5, 0, 0], 0.4)],
)
def test_what_a_cap_cuts_goes_to_the_others(expected, parts, most):
    """In proportion while they have a size, else in equal parts."""
    np.testing.assert_allclose(expected, in_proportion(np.array(parts, dtype=float), 1.0, most))


@given(st.lists(st.floats(1e-9, 1), min_size=1, max_size=30), st.decimals("0.01", "100", places=4))
def test_percentages_add_up_to_the_last_digit(weights, left):
    """Rounding is made good in one of them, and hardly moves it."""
    found = as_percents(np.array(weights), left)
    assert left == sum(found)
    exact = np.array(weights) / np.sum(weights) * float(left)
    np.testing.assert_allclose(exact, np.array(found, dtype=float), atol=2e-7)


@pytest.mark.parametrize("left", ["100", "99.99999999", "33.333333333333333333"])
def test_percentages_pass_no_cap(left):
    """What rounding leaves goes where there is room for it."""
    cap = D("0.4")
    found = as_percents(np.array([0.4, 0.4, 0.2]) * 0.9, D(left), cap)
    assert D(left) == sum(found)
    assert max(found) <= 100 * cap
