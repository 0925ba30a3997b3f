"""Limits that cannot hold are named; limits that only a permission keeps from holding are held as nearly as may be."""

from __future__ import annotations

import numpy as np
import pytest

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
