"""The books of the simulator, case by case, against sums done by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allocator.backtest.costs import Costs
from allocator.backtest.simulator import Rules, Simulator, simulate
from allocator.core.errors import ConfigError, ForecastError, Infeasible, MarketError, PlanError
from allocator.core.text import text
from tests.unit.backtest.worlds import NAN, Scripted, random_world, world

FREE = Rules(execution="close", cash=1000.0)


def test_dealing_at_the_close_earns_the_next_bar():
    """Half in A at 100, which doubles half its price: 1000 becomes 1250."""
    path = simulate(world([[100, 50], [150, 50]]), Scripted([0.5, 0]), FREE)
    np.testing.assert_allclose([1000, 1250], path.value)
    np.testing.assert_allclose([[0, 0], [0.6, 0]], path.weights)
    np.testing.assert_allclose([[500, 0]], path.deals)
    np.testing.assert_allclose([1000, 500], path.cash)


def test_dealing_at_the_next_open_pays_the_open_for_units_fixed_before():
    """5 units are ordered at 100; they cost 110 at the open, and are worth 120 at the close."""
    market = world([[100.0], [120.0]], open=np.array([[100.0], [110.0]]))
    path = simulate(market, Scripted([0.5]), Rules(execution="next open", cash=1000.0))
    np.testing.assert_allclose([[550]], path.deals)
    np.testing.assert_allclose([1000, 450 + 600], path.value)


def test_dealing_at_the_next_close_earns_nothing_of_that_bar():
    """5 units ordered at 100 cost 120 each at the next close."""
    path = simulate(world([[100.0], [120.0]]), Scripted([0.5]), Rules(execution="next close", cash=1000.0))
    np.testing.assert_allclose([1000, 1000], path.value)
    np.testing.assert_allclose([1000, 400], path.cash)


def test_a_gap_never_overdraws_cash():
    """All 1000 are wanted in A; the open is 25% higher, so 8 units are bought, not 10."""
    market = world([[100.0], [125.0]], open=np.array([[100.0], [125.0]]))
    path = simulate(market, Scripted([1.0]), Rules(execution="next open", cash=1000.0))
    np.testing.assert_allclose([1000, 0], path.cash, atol=1e-9)
    np.testing.assert_allclose([1000, 1000], path.value)


def test_what_a_deal_costs():
    """Fee 1%, half of a spread of 2%, 3 roubles a deal: buying 500 and 100 costs 5 + 1 + 6 and 5 + 1."""
    costs = Costs(fee=0.01, fixed=3.0, spread=0.02)
    path = simulate(world([[100, 50], [100, 50]]), Scripted([0.5, 0.1]), Rules(costs, 1000.0, execution="close"))
    np.testing.assert_allclose([12.0], path.fees)
    np.testing.assert_allclose([6.0], path.spread)
    np.testing.assert_allclose([0.0], path.impact)
    np.testing.assert_allclose([1000, 982], path.value)


def test_a_spread_of_each_security():
    """Only B has a spread, of 10%: 100 of B cost 5."""
    costs = Costs(spread=np.array([0.0, 0.1]))
    path = simulate(world([[100, 50], [100, 50]]), Scripted([0.5, 0.1]), Rules(costs, 1000.0, execution="close"))
    np.testing.assert_allclose([5.0], path.spread)


def test_impact_grows_with_the_square_root_of_the_share_of_turnover():
    """σ of the returns +10%, -10%, +10% and turnover 400 on average: 100 dealt cost σ · 100 · √(100/400)."""
    close = np.array([[100.0], [110.0], [99.0], [108.9], [108.9]])
    turnover = np.array([[100.0], [300.0], [500.0], [700.0], [1.0]])
    path = simulate(
        world(close, turnover=turnover),
        Scripted([0.1]),
        Rules(Costs(impact=1.0), 1000.0, execution="close", start=3),
    )
    sigma = np.std([0.1, -0.1, 0.1])
    np.testing.assert_allclose([sigma * 100 * np.sqrt(100 / 400)], path.impact)


def test_nothing_is_dealt_where_impact_cannot_be_known():
    """At the first bar there is no return, so no σ."""
    path = simulate(random_world(5, 2), Scripted([0.5, 0.5]), Rules(Costs(impact=1.0), execution="close"))
    np.testing.assert_array_equal(np.zeros((4, 2)), path.deals)


def test_costs_come_out_of_what_is_bought_when_all_is_invested():
    """With a fee of 25%, 1000 buy 800."""
    path = simulate(world([[100.0], [100.0]]), Scripted([1.0]), Rules(Costs(fee=0.25), 1000.0, execution="close"))
    np.testing.assert_allclose([[800.0]], path.deals)
    np.testing.assert_allclose([1000.0, 800.0], path.value)


def test_sales_pay_for_purchases():
    """A switch from A to B with no cash: what A brings, less costs, buys B."""
    path = simulate(
        world([[100, 50]] * 3),
        Scripted([1.0, 0.0], [0.0, 1.0]),
        Rules(Costs(fee=0.1), 1100.0, execution="close"),
    )
    np.testing.assert_allclose([-1000.0, 900 / 1.1], path.deals[1])
    np.testing.assert_allclose([0.0], path.cash[2], atol=1e-9)


def test_whole_lots_are_dealt_and_cash_lasts():
    """1000 roubles, lots of 3 units at 100 and of 1 at 70: 50% is 1.67 and 7.14 lots, rounded to 2 and 7; 600 + 490
    is too much, so shrunken by 1000/1090 to 1.83 and 6.42: 1 and 6, then the cut of 0.83 first: 280 left, not enough
    for 300, but for a lot of 70.
    """
    market = world([[100, 70], [100, 70]], lots=[3, 1])
    path = simulate(market, Scripted([0.5, 0.5]), Rules(cash=1000.0, lots=True, execution="close"))
    np.testing.assert_allclose([[300, 490]], path.deals)
    np.testing.assert_allclose([210], path.cash[1:])


def test_whole_lots_are_sold_and_odd_units_stay():
    """Of 25 units in lots of 10, two lots can be sold."""
    market = world([[10.0], [10.0]], lots=[10])
    path = simulate(market, Scripted([0.0]), Rules(cash=0.0, units=np.array([25.0]), lots=True, execution="close"))
    np.testing.assert_allclose([[-200.0]], path.deals)
    np.testing.assert_allclose([[1.0], [0.2]], path.weights)


def test_interest_is_earned_by_cash_overnight():
    """Dealt at the close, what is left earns; dealt at the next open, all that lay there earned."""
    market = world([[100.0], [100.0]], cash_return=np.array([0.0, 0.1]))
    close = simulate(market, Scripted([0.5]), FREE)
    later = simulate(market, Scripted([0.5]), Rules(cash=1000.0))
    np.testing.assert_allclose([1000, 1050], close.value)
    np.testing.assert_allclose([1000, 1100], later.value)
    np.testing.assert_allclose([0.1], close.cash_returns)


def test_a_split_changes_units_and_not_value():
    """1 becomes 10, the price a tenth; nothing is gained, and the order made before it buys ten times the units."""
    ratio = np.array([[1.0], [10.0], [1.0]])
    market = world([[100.0], [10.0], [20.0]], ratio=ratio, open=np.array([[100.0], [10.0], [10.0]]))
    for execution in ("close", "next open"):
        path = simulate(market, Scripted([1.0]), Rules(cash=1000.0, execution=execution))
        np.testing.assert_allclose([1000, 1000, 2000], path.value)


def test_a_split_while_suspended_changes_no_value():
    """Bars are missing around the split: the last price is carried over in the new units."""
    ratio = np.array([[1.0], [1.0], [0.01], [1.0]])
    market = world([[1.0], [NAN], [NAN], [100.0]], ratio=ratio)
    path = simulate(market, Scripted([1.0]), FREE)
    np.testing.assert_allclose([1000, 1000, 1000, 1000], path.value)


def test_an_undeclared_split_is_refused():
    """A price of a tenth without a split names the security, the day and what to type."""
    with pytest.raises(
        MarketError, match=r"B: on 2024-01-02.* factor of 0\.1 without a split.*data split B 2024-01-02"
    ):
        simulate(world([[1, 100], [1, 10]]), Scripted(), FREE)


def test_a_dividend_is_paid_to_who_held_before():
    """5 roubles a unit on the ex-date: held from the close before, not bought at the open of the day."""
    market = world([[100.0], [95.0]], dividend=np.array([[0.0], [5.0]]), open=np.array([[100.0], [95.0]]))
    np.testing.assert_allclose([1000, 1000], simulate(market, Scripted([1.0]), FREE).value)
    later = simulate(market, Scripted([1.0]), Rules(cash=1000.0))
    np.testing.assert_allclose([1000, 1000], later.value)
    np.testing.assert_allclose([[950.0]], later.deals)


def test_a_dividend_is_in_units_after_the_split():
    """1 becomes 2 and each of the 2 is paid 3: 10 units become 20 and bring 60."""
    market = world([[100.0], [50.0]], dividend=np.array([[0.0], [3.0]]), ratio=np.array([[1.0], [2.0]]))
    np.testing.assert_allclose([1000, 1060], simulate(market, Scripted([1.0]), FREE).value)


def test_who_leaves_the_market_is_paid_out_at_the_last_price():
    """B's last bar is the second; at the third its 500 × 0.8 are cash, and an event says so."""
    market = world([[100, 50], [100, 40], [100, NAN], [100, NAN]])
    path = simulate(market, Scripted([0.5, 0.5]), FREE)
    np.testing.assert_allclose([1000, 900, 900, 900], path.value)
    np.testing.assert_allclose([1000, 0, 400, 400], path.cash, atol=1e-9)
    (time, said), *others = path.events
    assert not others
    assert np.datetime64("2024-01-03") == time
    assert "B is not traded any more: all of it is paid out at its last price, 400.00 ₽ in sum." == str(said)


def test_a_suspended_security_keeps_its_last_price_and_is_not_dealt():
    """B has no bar on the second day: it cannot be sold then, and is worth what it was."""
    market = world([[100, 50], [100, NAN], [100, 60]])
    path = simulate(market, Scripted([0.5, 0.5], [1.0, 0.0]), FREE)
    np.testing.assert_allclose([1000, 1000, 1100], path.value)
    np.testing.assert_allclose([0, 0], path.deals[1], atol=1e-9)  # no cash for A without B's
    assert not path.events


def test_an_order_meets_no_bar():
    """Wanted at the close, but the next day has no bar: nothing is dealt."""
    market = world([[100, 50], [100, NAN], [100, 60]])
    path = simulate(market, Scripted([0.0, 0.5]), Rules(cash=1000.0))
    np.testing.assert_array_equal([[0, 0], [0, 0]], path.deals)


def test_a_security_not_yet_listed_cannot_be_bought():
    """B comes on the second day; what was wanted of it before stays in cash."""
    market = world([[100, NAN], [100, 50], [100, 50]])
    path = simulate(market, Scripted([0.5, 0.5], [0.5, 0.5]), FREE)
    np.testing.assert_allclose([[500, 0], [0, 500]], path.deals, atol=1e-9)


def test_no_turnover_no_deal():
    """A bar with a price and no turnover is one of quotes only."""
    market = world([[100.0], [100.0]], turnover=np.array([[0.0], [1e9]]))
    np.testing.assert_array_equal([[0.0]], simulate(market, Scripted([1.0]), FREE).deals)


def test_going_broke_ends_the_backtest_with_an_event():
    """A fall to a millionth, by steps that no gap forbids, ends the path there; nothing in it is NaN."""
    close = 100 * 0.3 ** np.arange(30.0)[:, None]
    path = simulate(world(close), Scripted([1.0]), FREE)
    assert path.periods == 12  # 0.3^12 is below a millionth
    assert len(path.value) == 13
    assert "Broke: 0.00 ₽ of 1 000.00 ₽ is left." == str(path.events[-1][1])
    for each in (path.value, path.weights, path.deals, path.returns, path.drawdown, path.policy_s):
        assert np.isfinite(each).all()


def test_a_sale_that_costs_more_than_it_brings_is_not_made():
    """One unit at 100 with 150 a deal: it stays, and cash does not go below zero."""
    market = world([[100.0], [100.0]])
    rules = Rules(Costs(fixed=150.0), 0.0, np.array([1.0]), execution="close")
    path = simulate(market, Scripted([0.0]), rules)
    np.testing.assert_array_equal([[0.0]], path.deals)
    np.testing.assert_array_equal([0.0, 0.0], path.cash)


class Peeking:
    """Keeps what it could get hold of."""

    name = "peeking"

    def __init__(self) -> None:
        self.views = []

    def decide(self, seen):
        tables = [seen.open, seen.close, seen.turnover, seen.ratio, seen.dividend, seen.benchmark]
        self.views.append((seen.row, tables, [each.base.copy() for each in tables]))


def test_the_future_has_not_been_written_yet():
    """What is shown is the market up to the row; behind it, even in the memory that the view is of, there is NaN."""
    market = random_world(8, 2, benchmark=np.arange(1.0, 9.0))
    peeking = Peeking()
    simulate(market, peeking, Rules(start=2))
    assert [2, 3, 4, 5, 6] == [row for row, _, _ in peeking.views]
    for row, tables, bases in peeking.views:
        truth = (market.open, market.close, market.turnover, market.ratio, market.dividend, market.benchmark)
        for shown, true, base in zip(tables, truth, bases, strict=True):
            np.testing.assert_array_equal(true[: row + 1], shown)
            assert np.isnan(base[row + 1 :]).all()
            with pytest.raises(ValueError, match="read-only"):
                shown[0] = 0


class Vandal:
    """Spoils whatever it is given."""

    name = "vandal"

    def decide(self, seen):
        for each in (seen.weights, seen.units, seen.price, seen.rates):
            each[:] = 7.0
        seen.tradable[:] = False


def test_a_strategy_cannot_spoil_the_books():
    """What is shown is a copy."""
    market = random_world(6, 2)
    rules = Rules(units=np.array([10.0, 5.0]))
    np.testing.assert_array_equal(simulate(market, Scripted(), rules).value, simulate(market, Vandal(), rules).value)


class Failing:
    """Raises what it is given."""

    name = "failing"

    def __init__(self, error) -> None:
        self.error = error

    def decide(self, seen):
        raise self.error


def test_an_infeasible_bar_is_an_event_told_once():
    """Nothing is dealt where no plan fits; other errors end the backtest with the bar in their sentence."""
    market = random_world(5, 2)
    path = simulate(market, Failing(Infeasible(text("the cap cannot hold"))), Rules())
    assert ["Nothing is dealt where no plan fits: the cap cannot hold"] == [str(said) for _, said in path.events]
    with pytest.raises(ForecastError, match="failing, 2024-01-01: not positive"):
        simulate(market, Failing(ForecastError(text("not positive"))), Rules())


@pytest.mark.parametrize("wanted", [[NAN, 0.5], [-0.1, 0.5], [0.6, 0.6], [0.5], [np.inf, 0]])
def test_wanted_weights_that_cannot_be_are_refused(wanted):
    """Unknown, negative, above one, too few: the strategy and the bar are named."""
    with pytest.raises(PlanError, match="scripted, 2024-01-01"):
        simulate(random_world(4, 2), Scripted(wanted), Rules())


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        (Rules(start=3), "Decisions on rows 3 to 3"),
        (Rules(stop=4), "Decisions on rows 0 to 4"),
        (Rules(start=-1), "Decisions on rows -1"),
        (Rules(execution="yesterday"), '"yesterday" is not a way'),
        (Rules(cash=-1.0), "0 or more"),
        (Rules(cash=NAN), "0 or more"),
        (Rules(cash=0.0), "begins with nothing"),
        (Rules(units=np.array([1.0])), "0 or more"),
        (Rules(units=np.array([0.0, 1.0])), "A1: it is held from the start"),
        (Rules(Costs(fee=-0.1)), "fee is -0.1"),
        (Rules(Costs(fee=1.5)), "takes the whole deal"),
        (Rules(Costs(impact=NAN)), "impact is nan"),
        (Rules(Costs(window=1)), "window"),
    ],
)
def test_rules_that_cannot_be(rules, said):
    """Each is named."""
    close = np.ones((4, 2))
    close[0, 1] = NAN
    market = random_world(4, 2)
    market.close[:], market.open[:] = close, close
    with pytest.raises(ConfigError, match=said):
        simulate(market, Scripted(), rules)


def test_one_simulator_serves_many_backtests():
    """The second run is as if it were the first."""
    market = random_world(30, 3)
    simulator = Simulator(market)
    rules = Rules(Costs(fee=0.001, impact=0.5))
    strategy = Scripted(*[[0.2, 0.3, 0.1 * (each % 5)] for each in range(29)])
    first, second = simulator.run(strategy, rules), simulator.run(strategy, rules)
    np.testing.assert_array_equal(first.value, second.value)
    np.testing.assert_array_equal(first.value, simulate(market, strategy, rules).value)


def test_a_benchmark_unknown_at_the_start_is_none():
    """Gaps later are carried over; a gap at the start leaves cash to stand against, and says so."""
    market = random_world(4, 1, benchmark=np.array([10.0, NAN, 12.0, 15.0]), benchmark_name="IMOEX")
    np.testing.assert_allclose([0.0, 0.2, 0.25], simulate(market, Scripted(), Rules()).benchmark_returns)
    late = random_world(4, 1, benchmark=np.array([NAN, 11.0, 12.0, 15.0]), benchmark_name="IMOEX")
    path = simulate(late, Scripted(), Rules())
    assert path.benchmark_returns is None
    assert ["IMOEX is not known yet: the figures stand against cash."] == [str(said) for _, said in path.events]


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    lots=st.booleans(),
    execution=st.sampled_from(["close", "next open", "next close"]),
    fee=st.sampled_from([0.0, 0.0002, 0.05]),
    fixed=st.sampled_from([0.0, 20.0]),
    impact=st.sampled_from([0.0, 1.0]),
)
def test_the_books_balance(seed, lots, execution, fee, fixed, impact):
    """With gaps, splits, dividends and delistings at random: cash is never below zero, no number is unknown, and each
    rouble of value is explained by prices, dividends, interest and costs.
    """
    generator = np.random.default_rng(seed)
    bars, names = 25, 4
    market = random_world(
        bars,
        names,
        seed,
        0.03,
        ratio=np.where(generator.random((bars, names)) < 0.03, 2.0, 1.0),
        dividend=np.where(generator.random((bars, names)) < 0.05, 1.0, 0.0),
        lots=generator.integers(1, 20, names),
        cash_return=1e-4,
    )
    cumulative = np.cumprod(market.ratio, axis=0)
    market.close[:], market.open[:] = market.close / cumulative, market.open / cumulative
    away = generator.random((bars, names)) < 0.1
    away[-5:, 0] = True
    market.close[away] = market.open[away] = NAN
    market.turnover[away] = 0.0
    wanted = [row / max(1.0, row.sum()) for row in generator.dirichlet(np.ones(names), bars - 1) * 1.0]
    rules = Rules(Costs(fee, fixed, 0.001, impact), 1e5, lots=lots, execution=execution)
    path = simulate(market, Scripted(*wanted), rules)
    assert (path.cash >= 0).all()
    for each in (path.value, path.cash, path.weights, path.deals, path.costs):
        assert np.isfinite(each).all()
    assert (path.weights >= 0).all()
    np.testing.assert_allclose(path.value, path.cash + path.value * path.weights.sum(axis=1), rtol=1e-12)
    if execution == "next close":  # what is dealt at a close is worth what it cost, less the costs
        _explained(market, path)


def _explained(market, path):
    """Each change of value is that of what was held before the bar, less costs."""
    price = market.close.copy()
    for row in range(1, len(price)):
        price[row] = np.where(np.isnan(price[row]), price[row - 1] / market.ratio[row], price[row])
    price = np.nan_to_num(price)
    for at in range(path.periods):
        held = path.weights[at] * path.value[at]
        units = np.divide(held, price[at], out=np.zeros_like(held), where=price[at] > 0) * market.ratio[at + 1]
        worth = units @ (price[at + 1] + market.dividend[at + 1]) + path.cash[at] * (1 + market.cash_return[at + 1])
        np.testing.assert_allclose(worth - path.costs[at], path.value[at + 1], rtol=1e-9)
