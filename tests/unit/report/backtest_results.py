"""Backtests to report on: prices by chance from a seed, weights put back now and then, figures that agree."""

from __future__ import annotations

from typing import Any

import numpy as np

from allocator.backtest.metrics import metrics
from allocator.backtest.path import Path
from allocator.backtest.result import BacktestResult, Grid, Run, Trial
from allocator.core.text import Text, text
from allocator.forecast.evaluation import Deflated, Overfitting

GAMMAS = (0.5, 1.0, 2.0, 3.0, 4.0, 5.0, 8.0)
LAMBDAS = (0.0, 1.0, 5.0, 10.0, 12.0, 25.0, 35.0, 45.0, 50.0)


def path(
    name: str = "SPO",
    *,
    seed: int = 1,
    names: int = 5,
    periods: int = 60,
    every: int = 5,
    benchmark: bool = True,
    **changed: Any,
) -> Path:
    """Days of 2023 with costs paid out of cash: what was worth v is worth v (1 + return) - costs."""
    rng = np.random.default_rng(seed)
    tickers = tuple(f"TICK{n}" for n in range(names))
    wanted = rng.dirichlet(np.ones(names + 1))[:names]
    market = 0.0004 + 0.012 * rng.standard_normal(periods)
    moves = market[:, None] + 0.012 * rng.standard_normal((periods, names))
    holdings, cash = np.zeros(names), 1e6
    value, weights, cashes, deals = [1e6], [np.zeros(names)], [cash], np.zeros((periods, names))
    fees, spread, impact = np.zeros((3, periods))
    for p in range(periods):
        if p % every == 0:
            deals[p] = wanted * value[-1] - holdings
            fees[p], spread[p], impact[p] = np.abs(deals[p]).sum() * np.array([2e-4, 1.5e-4, 0.7e-4])
        cash = cash - deals[p].sum() - fees[p] - spread[p] - impact[p]
        holdings = (holdings + deals[p]) * (1 + moves[p])
        value.append(cash + holdings.sum())
        weights.append(holdings / value[-1])
        cashes.append(cash)
    made: dict[str, Any] = {
        "name": name, "tickers": tickers, "value": np.array(value), "cash": np.array(cashes),
        "weights": np.array(weights),
        "times": (np.datetime64("2023-01-03", "s") + np.arange(periods + 1) * np.timedelta64(86400, "s")),
        "deals": deals, "fees": fees, "spread": spread, "impact": impact, "cash_returns": np.full(periods, 1e-4),
        "benchmark_returns": market if benchmark else None, "benchmark_name": "MCFTR" if benchmark else "",
        "policy_s": np.full(periods, 1e-4), "simulator_s": 0.004, "market_data_s": 0.001, "result_s": 0.001,
    }  # fmt: skip
    return Path(**(made | changed))


def run(name: str = "SPO", *, tuned: Trial | None = None, **changed: Any) -> Run:
    made = path(name, **changed)
    return Run(name, "forecast", made, metrics(made), tuned)


def grid(**changed: Any) -> Grid:
    """63 trials, the best at λ = 5, γ = 5, as in the paper's second iteration."""
    rng = np.random.default_rng(7)
    sharpe = rng.normal(-1.2, 0.6, (9, 1)) + rng.normal(0, 0.08, (9, 7))
    sharpe[2, 5] = 0.345
    made: dict[str, Any] = {
        "row_name": "lambda", "column_name": "risk_aversion", "rows": LAMBDAS, "columns": GAMMAS, "sharpe": sharpe,
        "chosen": (2, 5), "trials": 63, "independent": 9.4,
        "deflated": Deflated(0.0217, 0.0941, 0.31, 0.61, 9.4, 250),
        "overfitting": Overfitting(0.42, 0.55, -0.3, 12870, 63),
    }  # fmt: skip
    return Grid(**(made | changed))


def result(*runs: Run, **changed: Any) -> BacktestResult:
    made: dict[str, Any] = {
        "title": "Leaders of the index, 2023",
        "settings": ((text("Commission"), text("{share}%", share="0.02")),),
        "runs": runs or (run(), run("Equal weight", seed=2)),
        "grid": None,
        "notes": (),
        "verdict": text("SPO earned less than the index after costs."),
    }
    return BacktestResult(**(made | changed))


def event(day: str, said: Text) -> tuple[np.datetime64, Text]:
    return np.datetime64(day, "s"), said
