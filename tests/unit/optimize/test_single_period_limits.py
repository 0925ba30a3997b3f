"""Limits that cannot hold are named; limits that only a permission keeps from holding are held as nearly as may be."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.core.errors import Infeasible, PlanError
from allocator.optimize.single_period import DealCosts, Deals, Limits, SinglePeriod

COSTS = DealCosts(np.full(3, 1e-3), np.full(3, 1e-3))
ALL = np.full(3, True)


def deal(held, limits: Limits, mean=(0.001, 0.002, 0.003), *, costs=COSTS, **more) -> Deals:
    return SinglePeriod(3).solve(
        np.array(mean), 1e-4 * np.eye(3), np.array(held), gamma=1.0, costs=costs, limits=limits, **more
    )


def test_what_may_not_be_sold_is_held_above_its_bound():
    """30% of a name capped at 10%: held if it may not be sold, sold down to the cap if it may."""
    cap = np.array([0.1, 1.0, 1.0])
    locked = deal([0.3, 0.2, 0.2], Limits(upper=cap, may_sell=np.array([False, True, True])))
    assert 0.3 == locked.weights[0]
    assert 0.1 == pytest.approx(deal([0.3, 0.2, 0.2], Limits(upper=cap)).weights[0], abs=1e-12)


def test_what_may_not_be_bought_is_held_below_its_bound():
    """Likewise a least weight of a name that may not be bought."""
    least = np.array([0.4, 0.0, 0.0])
    locked = deal([0.3, 0.2, 0.2], Limits(lower=least, may_buy=np.array([False, True, True])))
    assert 0.3 == locked.weights[0]
    assert 0.4 == pytest.approx(deal([0.3, 0.2, 0.2], Limits(lower=least)).weights[0], abs=1e-12)


def test_a_group_that_may_not_be_sold_is_not_bought():
    """Half in a group of at most 40%, one member locked at 45%: the other member is sold, none is bought."""
    group = np.array([True, True, False])
    deals = deal([0.45, 0.05, 0.0], Limits(groups=((group, 0.4),), may_sell=np.array([False, True, True])))
    assert [0.45, 0.0] == pytest.approx(deals.weights[:2], abs=1e-12)
    assert 0.5 < deals.weights[2]


def test_cash_that_locked_names_would_have_brought_is_not_asked_for():
    """Nothing may be dealt: whatever cash is wanted, nothing is dealt. One name may be sold: it is."""
    limits = Limits(cash_lower=0.2, may_sell=~ALL, may_buy=~ALL)
    assert [0, 0, 0] == deal([0.5, 0.3, 0.2], limits).change.tolist()
    limits = Limits(cash_lower=0.4, may_sell=np.array([False, True, False]))
    assert [0, -0.3, 0] == pytest.approx(deal([0.5, 0.3, 0.2], limits).change, abs=1e-12)


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        (Limits(lower=np.full(3, 0.4)), "the least cash of 0.0000%: 20."),
        (Limits(cash_lower=1.1), "the least cash of 110.0000%: 10."),
        (Limits(turnover=0.05, upper=np.full(3, 0.2)), "the turnover of 5.0000%"),
        (
            Limits(
                lower=np.array([0.3, 0.3, 0.0]), groups=((np.array([True, True, False]), 0.5),), group_names=("oil",)
            ),
            "the limit of 50.0000% on group oil: 10.0000% of wealth",
        ),
        (Limits(groups=((~ALL, 1.0), (ALL, 0.2)), lower=np.full(3, 0.1)), "on group #2: 10."),
    ],
)
def test_a_limit_that_cannot_hold_is_named(limits, words):
    """With how much of wealth is missing."""
    with pytest.raises(Infeasible) as caught:
        deal([0.3, 0.3, 0.3], limits)
    assert words in str(caught.value)


def test_limits_that_cannot_hold_together_are_named():
    """Each alone could hold: 60% cash, and a turnover of 10%."""
    with pytest.raises(Infeasible) as caught:
        deal([0.5, 0.3, 0.2], Limits(cash_lower=0.6, turnover=0.1))
    assert "the least cash of 60.0000%" in str(caught.value)
    assert "the turnover of 10.0000%" in str(caught.value)
    assert "% of wealth are missing" in str(caught.value)


def test_a_total_beyond_the_bounds_is_named():
    """Too much for the upper bounds, too little for the lower."""
    with pytest.raises(Infeasible, match=r"the total of 90\.0000%"):
        deal([0.0, 0.0, 0.0], Limits(upper=np.full(3, 0.2)), total=0.9)
    with pytest.raises(Infeasible, match=r"the total of 10\.0000%"):
        deal([0.0, 0.0, 0.0], Limits(lower=np.full(3, 0.2)), total=0.1)


def test_impact_that_no_cash_can_pay_is_infeasible():
    """Forced purchases whose impact costs more than there is."""
    costs = DealCosts(COSTS.buy, COSTS.sell, np.full(3, 0.5))
    with pytest.raises(PlanError):
        deal([0.0, 0.0, 0.0], Limits(lower=np.array([0.9, 0.0, 0.0])), costs=costs)


def test_turnover_is_half_of_what_is_dealt():
    """A switch of 10% from one name to another is a turnover of 10%."""
    deals = deal([0.5, 0.0, 0.4], Limits(turnover=0.1), mean=(0.0, 0.05, 0.0))
    assert 0.2 == pytest.approx(np.abs(deals.change).sum(), abs=1e-9)


def test_the_least_cash_is_kept():
    """However much is promised; after costs."""
    assert 0.25 == pytest.approx(deal([0.0, 0.0, 0.0], Limits(cash_lower=0.25), mean=(0.1,) * 3).cash, abs=1e-9)


def test_no_smaller_deal_than_the_limits_need():
    """All deals are below the smallest, but a debt must be paid: then they are made."""
    deals = deal([0.34, 0.34, 0.33], Limits(minimum_deal=0.2, upper=np.full(3, 0.5)))
    assert 0.0 == pytest.approx(deals.cash, abs=1e-9)


def test_a_row_that_leaves_no_choice_is_kept():
    """No turnover, no cash to spend, a group that must be empty: what is left is one point, and it is found."""
    assert [0, 0, 0] == deal([0.3, 0.3, 0.3], Limits(turnover=0.0)).change.tolist()
    assert [0, 0, 0] == deal([0.0, 0.0, 0.0], Limits(cash_lower=1.0)).change.tolist()
    emptied = deal([0.3, 0.3, 0.3], Limits(groups=((np.array([True, True, False]), 0.0),)))
    assert [0, 0] == emptied.weights[:2].tolist()


def test_a_group_that_needs_more_turnover_than_allowed_is_infeasible():
    """Emptying 60% is a turnover of 30%: the turnover cannot hold, and no permission is to blame."""
    with pytest.raises(Infeasible, match=r"the turnover of 10\.0000%"):
        deal([0.3, 0.3, 0.3], Limits(turnover=0.1, groups=((np.array([True, True, False]), 0.0),)))


def test_a_debt_is_paid_with_its_impact():
    """Sales that pay 5% back pay their own impact too."""
    costs = DealCosts(COSTS.buy, COSTS.sell, np.full(3, 0.05))
    deals = deal([0.35, 0.35, 0.35], Limits(), costs=costs)
    assert -1e-9 <= deals.cash <= 1e-6
    assert deals.cost > 0.05 * np.abs(deals.change).max() ** 1.5


@given(st.integers(0, 10_000))
def test_any_limits_are_kept_or_named(seed):
    """Bounds, permissions, groups, turnover, cash and a total at random, most of them tight: no third outcome."""
    rng = np.random.default_rng(seed)
    count = int(rng.choice([1, 2, 3, 8, 30]))
    factor = rng.normal(size=count) * 0.01
    held = rng.dirichlet(np.ones(count)) * rng.choice([0.0, 0.5, 1.0, 1.1]) * (rng.random(count) < 0.7)
    limits = Limits(
        upper=rng.choice([0.0, 0.05, 0.2, 1.0], count) if rng.random() < 0.4 else None,
        may_buy=rng.random(count) < 0.6 if rng.random() < 0.3 else None,
        may_sell=rng.random(count) < 0.6 if rng.random() < 0.3 else None,
        groups=tuple((rng.random(count) < 0.5, rng.choice([0.0, 0.2, 0.5])) for _ in range(rng.integers(3))),
        turnover=rng.choice([0.0, 1e-3, 0.05, 0.5]) if rng.random() < 0.4 else None,
        cash_lower=rng.choice([0.0, 0.01, 0.2, 1.0]),
    )
    cost = rng.choice([0.0, 2e-4, 1e-2])
    try:
        deals = SinglePeriod(count).solve(
            rng.normal(size=count) * rng.choice([0.0, 1e-3, 1e-2]),
            np.outer(factor, factor) + np.diag(rng.choice([0.0, 1e-4], count)),
            held,
            gamma=float(rng.choice([1e-3, 1.0, 50.0, 1e4])),
            costs=DealCosts(np.full(count, cost), np.full(count, cost)),
            limits=limits,
            total=rng.choice([0.0, 0.5, 1.0]) if rng.random() < 0.2 else None,
        )
    except Infeasible:
        return
    locked = np.zeros(count) if limits.may_sell is None else ~limits.may_sell * held
    upper = np.ones(count) if limits.upper is None else limits.upper
    assert (deals.weights >= 0).all()
    assert (deals.weights <= np.maximum(upper, locked) + 1e-9).all()
    for mask, most in limits.groups:
        assert deals.weights[mask].sum() <= max(most, locked[mask].sum()) + 1e-9
    assert limits.turnover is None or np.abs(deals.change).sum() / 2 <= limits.turnover + 1e-9
