"""The best deals of one period: what holds for any of them, and where the answer is known."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from single_period_cases import FEATURES, Case, case

from allocator.core.errors import Infeasible, PlanError
from allocator.optimize import single_period_columns
from allocator.optimize.single_period import DealCosts, Limits, SinglePeriod
from allocator.optimize.single_period_columns import Interior, Programme, Quadratic, minimise

anything = st.builds(case, st.sampled_from(FEATURES), st.integers(0, 10_000), st.integers(1, 30))
linear = [each for each in FEATURES if "impact" not in each and each != "all"]


def flat(cost: float, count: int) -> DealCosts:
    return DealCosts(np.full(count, cost), np.full(count, cost))


def solved(asked: Case):
    """The deals, or None where the limits leave none."""
    try:
        return asked.solve()
    except Infeasible:
        return None


@given(anything)
def test_every_limit_holds_to_a_billionth(asked):
    """Weights, groups, turnover, permissions and the least cash; a position that may not be sold keeps what it has."""
    deals = solved(asked)
    if deals is None:
        return
    limits, count = asked.limits, asked.held.size
    upper = np.ones(count) if limits.upper is None else limits.upper
    assert (deals.weights >= 0).all()
    kept = np.zeros(count) if limits.may_sell is None else ~limits.may_sell * asked.held
    assert (deals.weights <= np.maximum(upper, kept) + 1e-9).all()
    if limits.may_buy is not None:
        assert (deals.change[~limits.may_buy] <= 0).all()
    if limits.may_sell is not None:
        assert (deals.change[~limits.may_sell] >= 0).all()
    for mask, most in limits.groups:
        assert deals.weights[mask].sum() <= max(most, kept[mask].sum()) + 1e-9
    if limits.turnover is not None:
        assert np.abs(deals.change).sum() / 2 <= limits.turnover + 1e-9
    if asked.total is None:
        assert deals.cash >= limits.cash_lower - 1e-9
    else:
        assert asked.total == pytest.approx(deals.weights.sum(), abs=1e-12)


@given(anything)
def test_cash_pays_for_everything(asked):
    """Weights, cash and cost add up to what there was; the cost is that of the net deals; the objective is as said."""
    deals = solved(asked)
    if deals is None:
        return
    costs = asked.costs
    cost = np.where(deals.change > 0, costs.buy, costs.sell) @ np.abs(deals.change)
    cost += 0 if costs.impact is None else costs.impact @ np.abs(deals.change) ** 1.5
    assert cost == pytest.approx(deals.cost, abs=1e-15)
    assert 1.0 == pytest.approx(deals.weights.sum() + deals.cash + deals.cost, abs=1e-14)
    assert deals.weights == pytest.approx(asked.held + deals.change, abs=1e-15)
    assert asked.objective(deals.change) == pytest.approx(deals.objective, abs=1e-14)


@given(anything, st.randoms(use_true_random=False))
def test_no_step_towards_other_deals_is_better(asked, random):
    """The objective is concave: deals that no step towards feasible others improves are the optimum."""
    deals = solved(asked)
    if deals is None:
        return
    other = solved(replace(asked, mean=asked.mean[:: random.choice((1, -1))] * random.uniform(-2, 2), gamma=1.0))
    for step in (1e-3, 0.1, 0.5, 1.0):
        there = deals.change + step * (other.change - deals.change)
        assert asked.objective(there) <= asked.objective(deals.change) + 1e-10


@given(st.builds(case, st.sampled_from(["plain", "free", "cash"]), st.integers(0, 10_000), st.integers(2, 60)))
def test_conditions_of_optimality(asked):
    """Less the price of cash no name gains by another deal: the dealt are indifferent, the kept within costs."""
    deals = asked.solve()
    price, costs, rate = deals.price, asked.costs, asked.cash_return
    gain = asked.mean - rate - price - 2 * asked.gamma * asked.covariance @ deals.weights
    buy, sell = (1 + rate + price) * costs.buy, (1 + rate + price) * costs.sell
    near = 1e-7 * max(np.abs(asked.mean).max(), np.abs(asked.covariance).max() * asked.gamma)
    bought, sold = deals.change > 1e-7, deals.change < -1e-7
    assert price >= -near
    assert price <= near or deals.cash == pytest.approx(asked.limits.cash_lower, abs=1e-9)
    can_buy, can_sell = deals.weights < 1 - 1e-8, deals.weights > 1e-8
    assert (gain[can_buy & ~sold] <= buy[can_buy & ~sold] + near).all()
    assert (gain[can_sell & ~bought] >= -sell[can_sell & ~bought] - near).all()
    assert (gain[bought] >= buy[bought] - near).all()
    assert (gain[sold] <= -sell[sold] + near).all()


@pytest.mark.parametrize("count", [1, 20, 250])
def test_nothing_promised_costs_something_nothing_is_dealt(count):
    """Without returns and hardly any risk aversion, costs keep all as it is; exactly."""
    asked = case("plain", 1, count)
    asked = replace(asked, mean=np.zeros(count), gamma=1e-6, costs=flat(1e-3, count), cash_return=0.0)
    assert np.zeros(count).tolist() == asked.solve().change.tolist()


def test_all_cash_and_nothing_to_gain():
    """Who holds cash and is promised nothing stays in cash; to a millionth where even a deal would cost nothing."""
    asked = case("plain", 3, 12)
    asked = replace(asked, mean=np.zeros(12), held=np.zeros(12), cash_return=0.0)
    deals = asked.solve()
    assert 1.0 == deals.cash
    assert not deals.change.any()
    assert np.zeros(12) == pytest.approx(replace(asked, costs=flat(0.0, 12)).solve().change, abs=1e-6)


def test_one_asset_is_bought_until_its_risk_outweighs_it():
    """h = (mean - cost) / 2γσ², from cash."""
    deals = SinglePeriod(1).solve(
        np.array([0.01]), np.array([[0.04]]), np.zeros(1), gamma=1.0, costs=flat(0.002, 1), limits=None
    )
    assert [0.1] == pytest.approx(deals.weights, abs=1e-10)
    assert 0.9 - 0.0002 == pytest.approx(deals.cash, abs=1e-10)
    assert 0.0002 == pytest.approx(deals.cost, abs=1e-12)


def test_impact_of_one_asset_is_known():
    """mean - 2γσ²u = 1.5·k·√u is a quadratic equation in √u."""
    mean, variance, k = 0.01, 0.04, 0.02
    deals = SinglePeriod(1).solve(
        np.array([mean]),
        np.array([[variance]]),
        np.zeros(1),
        gamma=1.0,
        costs=DealCosts(*np.zeros((2, 1)), np.array([k])),
    )
    root = (-1.5 * k + np.sqrt((1.5 * k) ** 2 + 8 * variance * mean)) / (4 * variance)
    assert [root**2] == pytest.approx(deals.weights, abs=1e-9)


def test_without_cash_buys_wait_for_sales():
    """All invested: what is bought and all costs are paid by what is sold."""
    asked = case("plain", 5, 15)
    held = np.full(15, 1 / 15)
    deals = replace(asked, held=held, gamma=1.0, cash_return=0.0, costs=flat(5e-4, 15)).solve()
    assert deals.change.max() > 0.1
    assert 0.0 == pytest.approx(deals.cash, abs=1e-9)


def test_negative_cash_is_paid_back():
    """Who owes 5% sells until nothing is owed, whatever is promised."""
    held = np.full(3, 0.35)
    deals = SinglePeriod(3).solve(np.full(3, 0.01), 1e-4 * np.eye(3), held, gamma=1.0, costs=flat(1e-3, 3))
    assert 0.0 == pytest.approx(deals.cash, abs=1e-9)
    assert -0.05 > deals.change.sum()


def test_gamma_small_is_greed_and_large_is_fear():
    """All in the best name net of its cost; or next to nothing at all."""
    mean, covariance = np.array([0.001, 0.003, 0.002]), 1e-4 * np.eye(3)
    greedy = SinglePeriod(3).solve(mean, covariance, np.zeros(3), gamma=1e-6, costs=flat(5e-4, 3))
    assert [0, 1 / 1.0005, 0] == pytest.approx(greedy.weights, abs=1e-9)
    fearful = SinglePeriod(3).solve(mean, covariance, np.full(3, 0.3), gamma=1e9, costs=flat(5e-4, 3))
    assert np.zeros(3) == pytest.approx(fearful.weights, abs=2e-6)


def test_free_deals_are_netted():
    """Without costs nothing holds a purchase and a sale of one name apart: only their difference is dealt."""
    for turnover in (None, 0.3):
        asked = case("free", 7, 20)
        deals = replace(asked, limits=Limits(turnover=turnover)).solve()
        assert 0.0 == deals.cost
        dealt = np.abs(deals.change).sum()
        assert dealt <= (0.6 if turnover else 2.0) + 1e-9


@given(st.integers(0, 1000), st.sampled_from([1e-3, 5e-3, 0.02, 0.1]))
def test_no_deal_below_the_smallest(seed, smallest):
    """Except the sale of a whole position; and no worse than no deals at all."""
    asked = case("plain", seed, 12)
    deals = replace(asked, limits=Limits(minimum_deal=smallest)).solve()
    size = np.abs(deals.change)
    small = (size > 0) & (size < smallest - 1e-9)
    assert (deals.weights[small] == 0).all()
    assert (deals.change[small] < 0).all()
    assert asked.objective(np.zeros(12)) <= deals.objective + 1e-12
    assert deals.objective <= asked.solve().objective + 1e-12


def test_a_bound_is_kept_by_a_deal_below_the_smallest():
    """Limits come first: 0.1% above the bound is sold although deals below 1% are not made."""
    limits = Limits(upper=np.array([0.3, 1.0]), minimum_deal=0.01)
    deals = SinglePeriod(2).solve(
        np.zeros(2), 1e-8 * np.eye(2), np.array([0.301, 0.2]), gamma=1.0, costs=flat(1e-3, 2), limits=limits
    )
    assert [-0.001, 0.0] == pytest.approx(deals.change, abs=1e-12)


def test_calls_do_not_influence_each_other():
    """The same question has the same digits after others; a covariance changed in place is seen."""
    one, other = case("plain", 1, 25), case("half free", 2, 25)
    optimiser = SinglePeriod(25)

    def ask(what: Case, covariance=None, gamma=None):
        matrix = what.covariance if covariance is None else covariance
        return optimiser.solve(what.mean, matrix, what.held, gamma=gamma or what.gamma, costs=what.costs).change

    before = ask(one)
    ask(other)
    ask(one, gamma=77.0)
    assert before.tolist() == ask(one).tolist()
    mine = one.covariance.copy()
    ask(one, mine)
    mine *= 4.0
    assert np.abs(before - ask(one, mine)).max() > 1e-3
    assert ask(one, 4.0 * one.covariance).tolist() == ask(one, mine).tolist()


def test_one_optimiser_answers_questions_of_every_kind_as_new_ones_do():
    """Other costs, limits and totals in turn, each asked twice: the digits are those of an optimiser made for it."""
    questions = [case(feature, 3, 25) for feature in FEATURES]
    optimiser = SinglePeriod(25)
    for asked in [each for pair in zip(questions, questions[1:] + questions[:1], strict=True) for each in pair * 2]:
        found = optimiser.solve(
            asked.mean,
            asked.covariance,
            asked.held,
            gamma=asked.gamma,
            costs=asked.costs,
            limits=asked.limits,
            cash_return=asked.cash_return,
            total=asked.total,
        )
        assert asked.solve().change.tolist() == found.change.tolist()


@pytest.mark.parametrize("limits", [None, Limits(upper=np.full(3, 1.0)), Limits(may_buy=np.array([True, True, False]))])
def test_all_that_cash_buys_of_one_name(limits):
    """Nothing but cash bounds a purchase: the best name gets all of it, less what its purchase costs."""
    deals = SinglePeriod(3).solve(
        np.array([0.01, 0.001, 0.0]), 1e-9 * np.eye(3), np.zeros(3), gamma=1.0, costs=flat(1e-3, 3), limits=limits
    )
    assert [1 / 1.001, 0.0, 0.0] == pytest.approx(deals.weights, abs=1e-12)
    assert 0.0 == pytest.approx(deals.cash, abs=1e-12)
    assert 0.009 / 1.001 == pytest.approx(deals.price, rel=1e-6)


def test_many_names_are_all_looked_at():
    """Of 300 equal names without risk between them, so small a share of each is best that no few would do."""
    mean = np.full(300, 1e-3)
    deals = SinglePeriod(300).solve(mean, 1e-2 * np.eye(300), np.zeros(300), gamma=30.0, costs=flat(4e-4, 300))
    assert np.full(300, 1e-3) == pytest.approx(deals.weights, abs=1e-9)


def test_an_inaccurate_answer_is_no_answer(monkeypatch):
    """A solver stopped early is refused; one that cannot reach the last digit of a float is not."""
    asked = replace(case("plain", 1, 10), cash_return=0.0)
    tight = SinglePeriod(10, tolerance=1e-40)
    found = tight.solve(asked.mean, asked.covariance, asked.held, gamma=asked.gamma, costs=asked.costs)
    assert asked.solve().change == pytest.approx(found.change, abs=1e-9)
    monkeypatch.setattr(single_period_columns, "STEPS", 4)
    with pytest.raises(PlanError, match="stopped short"):
        asked.solve()


def test_the_dust_of_a_holding_leads_nothing_astray():
    """What is left of a name can be as narrow as the solver's tolerance: PIQP went round in circles at this problem."""
    said = json.loads((Path(__file__).parent / "dust.json").read_text())
    linear, high = np.array(said["linear"]), np.array([float(each) for each in said["high"]])
    count = linear.size // 2
    rows = np.repeat([[1.0002, -0.9998]], count, axis=1)
    quadratic = Quadratic(np.array(said["matrix"]))
    programme = Programme(quadratic, linear, None, high, rows, np.array(said["most"]))
    change = minimise(programme, Interior(1e-11)).change
    bought, sold = np.maximum(change, 0), np.maximum(-change, 0)
    assert (sold <= high[count:]).all()
    assert said["most"][0] == pytest.approx(1.0002 * bought.sum() - 0.9998 * sold.sum(), abs=1e-12)
    without = Programme(quadratic, linear, None, np.where(high < 1e-9, 0.0, high), rows, np.array(said["most"]))
    assert minimise(without, Interior(1e-11)).change == pytest.approx(change, abs=1e-8)
