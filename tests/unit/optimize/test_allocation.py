"""What the names that a portfolio file leaves to the forecast get, and why."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from single_period_cases import case

from allocator.core.errors import Infeasible, PlanError
from allocator.optimize.allocation import allocate, reasons
from allocator.optimize.single_period import DealCosts, Limits


def flat(cost: float, count: int) -> DealCosts:
    return DealCosts(np.full(count, cost), np.full(count, cost))


def test_equal_names_share_equally():
    """Without anything between them."""
    shares = allocate(
        np.full(4, 0.01), 1e-3 * np.eye(4), np.zeros(4), gamma=3.0, costs=flat(1e-3, 4), cap=1.0, total=0.6
    )
    assert np.full(4, 0.15) == pytest.approx(shares, abs=1e-9)


def test_two_names_by_hand():
    """Of 2γσ²(h₁ - h₂) = m₁ - m₂ and h₁ + h₂ = total."""
    shares = allocate(
        np.array([0.012, 0.010]), 1e-2 * np.eye(2), np.zeros(2), gamma=0.5, costs=flat(1e-3, 2), cap=1.0, total=1.0
    )
    assert [0.6, 0.4] == pytest.approx(shares, abs=1e-9)


@given(st.integers(0, 10_000), st.integers(1, 25), st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_shares_add_up_to_the_total_under_the_cap(seed, count, total, room):
    """Exactly, to the rounding of a sum; whatever cash the deals cost."""
    asked = case("plain", seed, count)
    cap = total / count + room
    shares = allocate(
        asked.mean, asked.covariance, asked.held, gamma=asked.gamma, costs=asked.costs, cap=cap, total=total
    )
    assert total == pytest.approx(shares.sum(), abs=4e-16 * count)
    assert (shares >= -1e-15).all()
    assert (shares <= cap + 1e-9).all()


def test_all_capped_out():
    """Caps that add up to the total leave no choice."""
    shares = allocate(
        np.array([0.1, -0.1, 0.0]), 1e-3 * np.eye(3), np.zeros(3), gamma=1.0, costs=flat(0, 3), cap=0.2, total=0.6
    )
    assert np.full(3, 0.2) == pytest.approx(shares, abs=1e-9)


def test_caps_that_leave_no_room_are_named():
    """With what they leave."""
    with pytest.raises(Infeasible) as caught:
        allocate(np.zeros(3), np.eye(3), np.zeros(3), gamma=1.0, costs=flat(0, 3), cap=0.2, total=0.7)
    assert "The cap on each of 3 auto assets leaves 60.0000%, and 70.0000% is to be shared." in str(caught.value)


@pytest.mark.parametrize("total", [-0.1, np.nan, np.inf])
def test_a_total_that_is_none(total):
    """Nothing can be shared, or nobody knows what."""
    with pytest.raises(PlanError):
        allocate(np.zeros(2), np.eye(2), np.zeros(2), gamma=1.0, costs=flat(0, 2), cap=1.0, total=total)


def test_costs_keep_what_is_held():
    """A promise that costs eat up moves nothing."""
    held = np.array([0.35, 0.25])
    mean, covariance = np.array([0.0100, 0.0105]), 1e-8 * np.eye(2)
    shares = allocate(mean, covariance, held, gamma=1.0, costs=flat(1e-3, 2), cap=1.0, total=0.6)
    assert held == pytest.approx(shares, abs=1e-9)
    assert 0.6 == pytest.approx(
        allocate(mean, covariance, held, gamma=1.0, costs=flat(1e-5, 2), cap=1.0, total=0.6)[1], abs=1e-6
    )


def test_cash_is_an_alternative_only_if_told():
    """Names that promise a loss share all of it; told what cash earns, they get nothing."""
    asked = {"gamma": 1.0, "costs": flat(1e-4, 2), "cap": 1.0, "total": 0.5}
    mean, covariance, held = np.array([-0.01, -0.02]), 1e-4 * np.eye(2), np.zeros(2)
    assert 0.5 == pytest.approx(allocate(mean, covariance, held, **asked).sum(), abs=1e-15)
    assert [0, 0] == allocate(mean, covariance, held, cash_return=0.001, **asked).tolist()
    rich = allocate(mean + 0.1, covariance, held, cash_return=0.001, **asked)
    assert 0.5 / 1.0001 == pytest.approx(rich.sum(), abs=1e-9)


def test_groups_limit_auto_names():
    """A sector holds however much it promises."""
    limits = Limits(groups=((np.array([True, True, False]), 0.3),))
    shares = allocate(
        np.array([0.1, 0.1, 0.0]),
        1e-3 * np.eye(3),
        np.zeros(3),
        gamma=1.0,
        costs=flat(0, 3),
        cap=1.0,
        total=1.0,
        limits=limits,
    )
    assert [0.15, 0.15, 0.7] == pytest.approx(shares, abs=1e-6)


@given(st.integers(0, 10_000), st.integers(2, 20))
def test_reasons_say_why(seed, count):
    """Names between their bounds that are dealt have one gradient; no capped one has less, no sold-out one more."""
    asked = case("plain", seed, count)
    terms = {"gamma": asked.gamma, "costs": asked.costs}
    cap = 2.0 / count
    shares = allocate(asked.mean, asked.covariance, asked.held, cap=cap, total=0.9, **terms)
    why = reasons(shares, asked.mean, asked.covariance, asked.held, **terms)
    assert why.forecast - why.risk - why.deal == pytest.approx(why.gradient, abs=1e-15)
    assert 1.0 == pytest.approx(why.share_of_risk.sum(), abs=1e-12)
    change = shares - asked.held
    dealt = np.abs(change) > 1e-6
    inside = why.gradient[dealt & (shares > 1e-6) & (shares < cap - 1e-6)]
    near = 1e-6 * max(1e-3, np.abs(why.risk).max())
    if inside.size:
        assert np.ptp(inside) < near
        assert (why.gradient[(change > 1e-6) & (shares > cap - 1e-6)] > inside.min() - near).all()
        assert (why.gradient[(change < -1e-6) & (shares < 1e-6)] < inside.max() + near).all()


def test_reasons_without_risk_or_deals():
    """No risk has no shares; what is kept costs nothing."""
    held = np.array([0.5, 0.5])
    why = reasons(held, np.array([0.01, 0.02]), np.zeros((2, 2)), held, gamma=1.0, costs=flat(1e-3, 2))
    assert [0, 0] == why.share_of_risk.tolist()
    assert [0, 0] == why.deal.tolist()
    assert [0.01, 0.02] == why.gradient.tolist()
