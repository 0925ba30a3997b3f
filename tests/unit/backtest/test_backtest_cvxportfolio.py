"""Every row of cvxportfolio's own report is reproduced from its own path, and its path from its own decisions."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from allocator.backtest.costs import Costs
from allocator.backtest.forecasts import ForecastTable
from allocator.backtest.market import Market
from allocator.backtest.metrics import metrics
from allocator.backtest.path import Path
from allocator.backtest.simulator import Rules, simulate
from allocator.backtest.single_period_strategy import SinglePeriodStrategy
from tests.unit.backtest.worlds import Scripted

FEE = 2e-4
NAMES = ("A", "B", "C", "D")
BARS = 60
START = 5

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    cvx = pytest.importorskip("cvxportfolio")
    pd = pytest.importorskip("pandas")

pytestmark = pytest.mark.filterwarnings("ignore")  # its own, of pandas and cvxpy


def tables(seed: int = 1):
    """Returns (BARS, N), forecasts (BARS, N), a covariance; the last return is made up by cvxportfolio's reading."""
    generator = np.random.default_rng(seed)
    returns = 0.01 * generator.standard_normal((BARS, len(NAMES)))
    mean = 0.001 * generator.standard_normal((BARS, len(NAMES)))
    return returns, mean, 1e-4 * (np.eye(len(NAMES)) + 0.3)


def theirs(gamma: float, *, cash_return: float = 1e-4):
    """A single-period backtest of cvxportfolio's with its solver's tolerances tightened."""
    returns, mean, covariance = tables()
    index = pd.date_range("2021-01-04", periods=BARS, freq="B", tz="UTC")
    frame = pd.DataFrame(returns, index=index, columns=list(NAMES))
    frame["cash"] = cash_return
    data = cvx.UserProvidedMarketData(returns=frame, cash_key="cash", min_history=pd.Timedelta(0))
    objective = (
        cvx.ReturnsForecast(pd.DataFrame(mean, index=index, columns=list(NAMES)))
        - gamma * cvx.FullCovariance(pd.DataFrame(covariance, index=list(NAMES), columns=list(NAMES)))
        - cvx.TransactionCost(a=FEE, b=None)
    )
    tight = {"tol_gap_abs": 1e-12, "tol_gap_rel": 1e-12, "tol_feas": 1e-12}
    policy = cvx.SinglePeriodOptimization(objective, [cvx.LongOnly(applies_to_cash=True)], solver="CLARABEL", **tight)
    simulator = cvx.MarketSimulator(market_data=data, costs=[cvx.TransactionCost(a=FEE, b=None)])
    return simulator.backtest(policy, start_time=index[START], end_time=index[-1])


@pytest.fixture(scope="module")
def result():
    """With little aversion to risk, so that it is fully invested at times and deals much."""
    return theirs(5.0)


@pytest.fixture(scope="module")
def patient():
    """With so much aversion that cash is always left: how its shortage is dealt with does not matter."""
    return theirs(60.0, cash_return=0.0)


def as_path(result) -> Path:
    """Their result in our nouns."""
    periods = len(result.returns)
    times = result.h.index.tz_localize(None).to_numpy().astype("datetime64[s]")
    return Path(
        "theirs",
        tuple(result.h.columns[:-1]),
        times,
        result.v.to_numpy(),
        result.h.iloc[:, -1].to_numpy(),
        result.w.iloc[:, :-1].to_numpy(),
        result.u.iloc[:periods, :-1].to_numpy(),
        result.costs["TransactionCost"].to_numpy()[:periods],
        np.zeros(periods),
        np.zeros(periods),
        result.cash_returns.to_numpy()[:periods],
        result.benchmark_returns.to_numpy()[:periods],
        result.policy_times.to_numpy()[:periods],
        simulator_s=float(result.simulator_times.sum()),
        market_data_s=float(result.market_data_times.sum()),
        result_s=float(result.result_times.sum()),
    )


def test_every_row_of_their_report(result):
    """To 1e-9, each row that they print, from their path."""
    found = metrics(as_path(result))
    share = result.costs["TransactionCost"] / result.v
    rows = {
        "universe": result.h.shape[1],
        "periods": result.u.shape[0],
        "periods_a_year": result.periods_per_year,
        "initial_value": result.initial_value,
        "final_value": result.final_value,
        "profit": result.profit,
        "average_return": result.annualized_average_return,
        "volatility": result.annualized_volatility,
        "average_excess_return": result.annualized_average_excess_return,
        "average_active_return": result.annualized_average_active_return,
        "excess_volatility": result.annualized_excess_volatility,
        "active_volatility": result.annualized_active_volatility,
        "average_growth_rate": result.annualized_average_growth_rate,
        "average_excess_growth_rate": result.annualized_average_excess_growth_rate,
        "average_active_growth_rate": result.annualized_average_active_growth_rate,
        "average_fees": share.mean(),
        "greatest_fees": share.max(),
        "sharpe_ratio": result.sharpe_ratio,
        "information_ratio": result.information_ratio,
        "average_drawdown": result.drawdown.mean(),
        "deepest_drawdown": result.drawdown.min(),
        "average_leverage": result.leverage.mean(),
        "greatest_leverage": result.leverage.max(),
        "average_turnover": result.turnover.mean(),
        "greatest_turnover": result.turnover.max(),
        "average_policy_s": result.policy_times.mean(),
        "average_simulator_s": result.simulator_times.mean(),
        "average_market_data_s": result.market_data_times.mean(),
        "average_result_s": result.result_times.mean(),
        "total_s": result.simulator_times.sum() + result.policy_times.sum(),
    }
    for name, expected in rows.items():
        assert expected == pytest.approx(getattr(found, name), rel=1e-9, abs=1e-12), name
    assert result.h.index[0].tz_localize(None) == pd.Timestamp(found.initial_time)
    assert result.h.index[-1].tz_localize(None) == pd.Timestamp(found.final_time)


def our_market() -> Market:
    """Closes whose returns are theirs: their return at t is from t to t + 1."""
    returns = tables()[0]
    close = 100 * np.cumprod(np.vstack([np.ones(len(NAMES)), 1 + returns[:-1]]), axis=0)
    index = pd.date_range("2021-01-04", periods=BARS, freq="B")
    return Market.of(index.to_numpy().astype("datetime64[s]"), NAMES, close)


def test_our_books_give_their_values_for_their_decisions(patient):
    """The same weights, dealt at the close for the same fee, come to the same value, bar by bar."""
    weights = patient.w_plus.iloc[: len(patient.returns), :-1].to_numpy()
    rules = Rules(Costs(fee=FEE), 1e6, execution="close", start=START)
    path = simulate(our_market(), Scripted(*weights.clip(0)), rules)
    np.testing.assert_allclose(patient.v.to_numpy(), path.value, rtol=1e-9)
    np.testing.assert_allclose(patient.turnover.to_numpy()[:-1], path.turnover, atol=1e-7)


def test_our_single_period_strategy_gives_their_values(patient):
    """The same forecasts, covariance, fee and aversion, each with its own solver: the same value to 1e-4, each bar."""
    _, mean, covariance = tables()
    strategy = SinglePeriodStrategy(ForecastTable(mean, covariance), 60.0)
    path = simulate(our_market(), strategy, Rules(Costs(fee=FEE), 1e6, execution="close", start=START))
    assert path.cash.min() > 0  # so that how it is dealt with does not matter
    assert path.turnover.mean() > 0.02
    np.testing.assert_allclose(patient.v.to_numpy(), path.value, rtol=1e-4)
    np.testing.assert_allclose(patient.w.iloc[:, :-1].to_numpy(), path.weights, atol=1e-4)
