"""What the optimiser of one period refuses to be told."""

from __future__ import annotations

import numpy as np
import pytest

from allocator.core.errors import ForecastError, PlanError
from allocator.optimize.single_period import DealCosts, Limits, SinglePeriod
from allocator.optimize.single_period_terms import checked_covariance

GOOD = {
    "mean": np.array([0.001, 0.002]),
    "covariance": np.array([[2e-4, 1e-5], [1e-5, 1e-4]]),
    "held": np.array([0.3, 0.3]),
    "gamma": 5.0,
    "costs": DealCosts(np.full(2, 1e-3), np.full(2, 1e-3)),
    "limits": Limits(names=("SBER", "GAZP")),
    "cash_return": 0.0,
}


def refused(kind: type[Exception], words: str, **wrong):
    asked = GOOD | wrong
    optimiser = SinglePeriod(2)
    for _ in range(2):  # what was refused once is not taken for checked
        with pytest.raises(kind) as caught:
            optimiser.solve(asked.pop("mean"), asked.pop("covariance"), asked.pop("held"), **asked)
        assert words in str(caught.value)
        asked = GOOD | wrong


def test_good_ones_are_taken():
    """The ground that the refusals below stand on."""
    asked = dict(GOOD)
    assert SinglePeriod(2).solve(asked.pop("mean"), asked.pop("covariance"), asked.pop("held"), **asked).cash > 0


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_missing_forecast(value):
    """Named; two infinities that cancel are found too."""
    refused(ForecastError, "There is no forecast for GAZP.", mean=np.array([0.001, value]))
    refused(ForecastError, "SBER, GAZP", mean=np.array([np.inf, -np.inf]))
    refused(ForecastError, "#2", mean=np.array([0.001, value]), limits=None)


@pytest.mark.parametrize("gamma", [0.0, -1.0, np.nan, np.inf])
def test_a_risk_aversion_that_is_none(gamma):
    """Zero would be a linear programme, below zero risk would be sought."""
    refused(PlanError, "the risk aversion is", gamma=gamma)


@pytest.mark.parametrize("cost", [-1e-6, 1.0, np.nan])
def test_costs_that_are_none(cost):
    """Negative, the whole deal, or no number; buying, selling, impact."""
    good, bad = np.full(2, 1e-3), np.array([1e-3, cost])
    refused(PlanError, "the cost of buying is", costs=DealCosts(bad, good))
    refused(PlanError, "the cost of selling is", costs=DealCosts(good, bad))
    if not cost >= 0:
        refused(PlanError, "the price impact is", costs=DealCosts(good, good, bad))


def test_shapes_that_differ():
    """One value for each asset."""
    three = np.full(3, 0.1)
    refused(PlanError, "the forecast: (3,) values for 2 assets", mean=three)
    refused(PlanError, "what is held: (3,) values for 2 assets", held=three)
    refused(PlanError, "the shape (3, 3) for 2 assets", covariance=np.eye(3))
    refused(PlanError, "the upper bounds: (3,)", limits=Limits(upper=three))
    refused(PlanError, "the permissions to buy: (3,)", limits=Limits(may_buy=three > 0))
    refused(
        PlanError, "the members of group oil: (3,)", limits=Limits(groups=((three > 0, 0.5),), group_names=("oil",))
    )


def test_bounds_that_cross():
    """By name."""
    crossed = Limits(lower=np.array([0.1, 0.3]), upper=np.array([0.2, 0.2]), names=("SBER", "GAZP"))
    refused(PlanError, "The bounds of GAZP are 0.3 and 0.2.", limits=crossed)
    refused(PlanError, "The bounds of #1 are -0.1 and 1.", limits=Limits(lower=np.array([-0.1, 0.0])))
    refused(PlanError, "The bounds of #2 are 0 and nan.", limits=Limits(upper=np.array([0.5, np.nan])))


@pytest.mark.parametrize(
    "limits",
    [
        Limits(turnover=-0.1),
        Limits(turnover=np.nan),
        Limits(minimum_deal=-0.1),
        Limits(cash_lower=np.nan),
        Limits(groups=((np.array([True, False]), -0.1),)),
    ],
)
def test_limits_that_are_no_shares(limits):
    """Negative or no number."""
    refused(PlanError, "is negative or no number", limits=limits)


def test_holdings_and_cash_that_are_no_numbers():
    """NaN never comes out, so it may not go in; nor may cash vanish altogether."""
    refused(PlanError, "What is held of GAZP is no number.", held=np.array([0.3, np.nan]))
    refused(PlanError, "the return of cash is -1", cash_return=-1.0)
    refused(PlanError, "the return of cash is nan", cash_return=np.nan)


def test_a_covariance_that_is_none():
    """Not finite, not symmetric, not positive semidefinite: each says what to do."""
    again = "shrink it towards its diagonal"
    refused(
        ForecastError, "entries that are no numbers. Estimate", covariance=np.array([[1e-4, np.nan], [np.nan, 1e-4]])
    )
    refused(ForecastError, "is not symmetric", covariance=np.array([[1e-4, 2e-5], [1e-5, 1e-4]]))
    refused(ForecastError, again, covariance=np.array([[1e-4, 2e-4], [2e-4, 1e-4]]))
    refused(ForecastError, "an eigenvalue is -0.0001", covariance=-1e-4 * np.eye(2))


def test_rounding_of_a_covariance_is_repaired():
    """Two returns that are one have an eigenvalue of zero, give or take a digit; it becomes zero."""
    column = np.array([0.01, 0.02, 0.03])
    matrix = np.outer(column, column)
    matrix[0, 1] *= 1 + 1e-12
    repaired = checked_covariance(matrix, 3)
    assert (repaired == repaired.T).all()
    assert matrix == pytest.approx(repaired, abs=1e-13)
    assert np.linalg.eigvalsh(repaired)[0] >= -1e-18
    worse = matrix - 1e-6 * np.eye(3) * matrix.max()
    with pytest.raises(ForecastError):
        checked_covariance(worse, 3)


def test_no_risk_at_all_is_a_risk():
    """A covariance of zeros is one: what promises most is bought."""
    asked = GOOD | {"covariance": np.zeros((2, 2))}
    deals = SinglePeriod(2).solve(asked.pop("mean"), asked.pop("covariance"), asked.pop("held"), **asked)
    assert 0.0 == pytest.approx(deals.cash, abs=1e-9)
    assert deals.weights[1] > deals.weights[0]
