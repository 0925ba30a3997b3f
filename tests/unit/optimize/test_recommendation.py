"""The rule of purchases and sales against every choice that there is, and the slopes that it goes by."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.optimize.recommendation import Recommendations, UnitCosts, gradients, recommend

NUMBERS = st.integers(-6, 6)


def asked(
    lower: list[float], upper: list[float], held: list[bool] | None = None, *, free_cash: bool = False
) -> Recommendations:
    """Anything may be bought; what is held (all, if not said) may be sold."""
    count = len(lower)
    sellable = np.array([True] * count if held is None else held)
    return recommend(np.array(lower), np.array(upper), np.ones(count, bool), sellable, free_cash=free_cash)


@st.composite
def cases(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, bool]:
    """Up to five securities with bounds on a coarse grid, so that ties are common; some bounds are not finite."""
    count = draw(st.integers(1, 5))
    middle = draw(st.lists(NUMBERS, min_size=count, max_size=count))
    width = draw(st.lists(st.integers(0, 3), min_size=count, max_size=count))
    unknown = np.array(draw(st.lists(st.sampled_from([0, 0, 0, np.inf]), min_size=count, max_size=count)))
    lower = np.array([m - w for m, w in zip(middle, width, strict=True)], dtype=float) - unknown
    upper = np.array([m + w for m, w in zip(middle, width, strict=True)], dtype=float) + unknown
    masks = [np.array(draw(st.lists(st.booleans(), min_size=count, max_size=count))) for _ in range(2)]
    return lower, upper, masks[0], masks[1], draw(st.booleans())


def subsets(items: list[int]) -> list[tuple[int, ...]]:
    return [each for size in range(1, len(items) + 1) for each in itertools.combinations(items, size)]


def every_choice(
    lower: np.ndarray, upper: np.ndarray, may_buy: np.ndarray, may_sell: np.ndarray, free_cash: bool
) -> list[tuple[tuple[float, float, int, int], set[int], set[int]]]:
    """Each choice of purchases and sales with all pairs proven: how good it is, and what is in it. Cash is the last."""
    low, high = [*lower.tolist(), 0.0], [*upper.tolist(), 0.0]
    cash = len(lower)
    buyable = [at for at, may in enumerate(may_buy) if may and np.isfinite(low[at]) and low[at] > 0] + [cash]
    sellable = [at for at, may in enumerate([*may_sell, free_cash]) if may and np.isfinite(high[at])]
    found = []
    for buys, sells in itertools.product(subsets(buyable), subsets(sellable)):
        leads = [low[b] - high[s] for b in buys for s in sells]
        if min(leads) > 0:
            score = (sum(leads), min(leads), len(buys) + len(sells), -len(buys))
            found.append((score, set(buys), set(sells)))
    return found


@given(cases())
def test_the_rule_is_the_best_of_all_choices(case: tuple) -> None:
    """Of all purchases and sales with every pair proven, the one whose pairs lead most: by enumeration."""
    lower, upper, may_buy, may_sell, free_cash = case
    found = recommend(lower, upper, may_buy, may_sell, free_cash=free_cash)
    choices = every_choice(*case)
    cash = len(lower)
    if not choices:
        assert ((), (), False, False, None) == (
            found.buys, found.sells, found.from_cash, found.to_cash, found.breakeven,
        )  # fmt: skip
        return
    best = max(score for score, _, _ in choices)
    winners = [(buys, sells) for score, buys, sells in choices if score == best]
    ours = {*found.buys, *([cash] if found.to_cash else [])}, {*found.sells, *([cash] if found.from_cash else [])}
    assert ours in winners
    assert best[0] == pytest.approx(found.gain)
    low, high = [*lower, 0.0], [*upper, 0.0]
    assert max(high[s] for s in ours[1]) < found.breakeven < min(low[b] for b in ours[0])


@given(cases())
def test_nothing_proven_is_left_out(case: tuple) -> None:
    """Whoever is proven against all of the other side is in; nobody is on both sides."""
    lower, upper, may_buy, may_sell, free_cash = case
    found = recommend(lower, upper, may_buy, may_sell, free_cash=free_cash)
    if found.breakeven is None:
        return
    worst_sale = max([*upper[list(found.sells)], *([0.0] if found.from_cash else [])])
    worst_buy = min([*lower[list(found.buys)], *([0.0] if found.to_cash else [])])
    finite = np.isfinite(lower) & np.isfinite(upper)
    assert set(found.buys) == set(np.flatnonzero(may_buy & finite & (lower > max(worst_sale, 0))))
    assert set(found.sells) == set(np.flatnonzero(may_sell & finite & (upper < worst_buy)))
    assert set() == set(found.buys) & set(found.sells)


@given(cases())
def test_without_a_proven_purchase_one_name_has_the_greatest_lower_bound(case: tuple) -> None:
    """For free cash: of those that may be bought and are not sold; none when none may, or a purchase is proven."""
    lower, upper, may_buy, may_sell, free_cash = case
    found = recommend(lower, upper, may_buy, may_sell, free_cash=free_cash)
    allowed = [at for at in np.flatnonzero(may_buy & np.isfinite(lower)) if at not in found.sells]
    if found.buys or not allowed:
        assert found.spare is None
    else:
        assert max(lower[allowed]) == lower[found.spare]
        assert found.spare in allowed


def test_one_dominant_purchase_and_two_bad_holdings_are_two_sales() -> None:
    """The walk along pairs that ends with the shorter list would sell neither: here both go, the worst first."""
    found = asked([9, -1, -2], [10, 2, 1], held=[False, True, True])
    assert ((0,), (2, 1)) == (found.buys, found.sells)
    assert 5.5 == found.breakeven


def test_two_purchases_and_one_bad_holding() -> None:
    """The mirror image: both are bought, the surer first."""
    found = asked([5, 6, -9], [7, 8, 1], held=[False, False, True])
    assert ((1, 0), (2,)) == (found.buys, found.sells)


def test_bounds_that_meet_prove_nothing() -> None:
    """The lower bound of a purchase must be above the upper bound of a sale, not at it."""
    assert (0,) == asked([2, 1], [3, 1.5], held=[False, True]).buys
    assert Recommendations(spare=0) == asked([2, 1], [3, 2], held=[False, True])


def test_what_is_no_better_than_money_is_not_bought_for_being_better_than_the_worst() -> None:
    """One terrible holding goes to cash; a mediocre security is named for that money only as the best there is."""
    found = asked([-1, -3, -10], [5, 4, -8], held=[False, False, True])
    assert ((), (2,), True, 0) == (found.buys, found.sells, found.to_cash, found.spare)


def test_free_cash_is_a_sale_at_zero() -> None:
    """With money at hand, whatever is proven better than money is bought, and nothing is without it."""
    found = asked([1, -1], [2, 1], [False] * 2, free_cash=True)
    assert ((0,), (), True) == (found.buys, found.sells, found.from_cash)
    assert Recommendations(spare=0) == asked([1, -1], [2, 1], [False] * 2)


def test_the_gain_decides_between_few_great_leads_and_many_small_ones() -> None:
    """Four purchases barely above one sale give way to one far above two."""
    lower, upper = [10, 0.1, 0.1, 0.1, 0.1, -20, -20], [11, 11, 11, 11, 11, 5, 0]
    found = asked(lower, upper, held=[False] * 5 + [True] * 2)
    assert ((0,), (6, 5)) == (found.buys, found.sells)


def test_the_slope_is_the_derivative_of_utility() -> None:
    """By a difference of w'm - γ w'Σw, for each model by its own mean, deviation and aversion."""
    rng = np.random.default_rng(0)
    models, count = 3, 4
    mean, deviation = rng.normal(0, 0.2, (models, count)), rng.uniform(0.1, 0.5, (models, count))
    noise = rng.normal(size=(20, count))
    correlation = np.corrcoef(noise.T)
    weights, aversion = np.array([0.3, 0.0, 0.2, 0.1]), np.array([0.5, 1.0, 4.0])
    found = gradients(mean, deviation, correlation, weights, aversion)
    for m, n in itertools.product(range(models), range(count)):
        sigma = deviation[m][:, None] * correlation * deviation[m]

        def utility(w: np.ndarray, m: int = m, sigma: np.ndarray = sigma) -> float:
            return float(mean[m] @ w - aversion[m] * w @ sigma @ w)

        step = np.eye(count)[n] * 1e-6
        assert (utility(weights + step) - utility(weights - step)) / 2e-6 == pytest.approx(found[m, n], abs=1e-8)


def test_a_silent_model_has_no_slope_and_an_unknown_deviation_of_what_is_not_held_hurts_no_other() -> None:
    """NaN stays where it is."""
    mean = np.array([[0.1, np.nan, 0.2]])
    found = gradients(mean, np.array([[0.2, 0.2, np.nan]]), np.eye(3), np.array([0.5, 0.5, 0.0]), np.ones(1))
    assert [False, True, True] == np.isnan(found[0]).tolist()
    assert 0.1 - 2 * 0.04 * 0.5 == pytest.approx(found[0, 0])


def test_the_last_rouble_of_a_deal_costs_its_rate_its_part_of_the_fee_and_the_slope_of_the_impact() -> None:
    """d/du (k u^1.5) = 1.5 k √u; no deal, and no turnover, is infinitely dear."""
    costs = UnitCosts(np.full(4, 0.001), np.full(4, 1e-4), np.array([0.0, 0.02, np.inf, 0.02]))
    found = costs.of(np.array([0.1, 0.25, 0.1, 0.0]))
    assert [0.002, 0.001 + 0.0004 + 1.5 * 0.02 * 0.5, np.inf, np.inf] == pytest.approx(found.tolist())
