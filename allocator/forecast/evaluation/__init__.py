"""Whether forecasts are worth anything: naive rivals, tests that know dependence, what luck explains, a verdict.

Arrays in, frozen values out; no torch. Tables of forecasts are (T, N), times x securities; series of losses (T,).
`docs/honesty.md` says what is tested, why so, and what each figure means.
"""

from allocator.forecast.evaluation.averages import Losses, absolute, mean_losses, per_time, squared
from allocator.forecast.evaluation.blocks import Mean, block_mean, memory
from allocator.forecast.evaluation.comparison import (
    Comparison,
    confidence_set,
    diebold_mariano,
    superior_predictive_ability,
)
from allocator.forecast.evaluation.honesty import Verdict, honesty, named
from allocator.forecast.evaluation.naive import naive_forecasts
from allocator.forecast.evaluation.overfitting import Overfitting, backtest_overfitting
from allocator.forecast.evaluation.sharpe import (
    Deflated,
    deflated_sharpe,
    expected_best,
    independent_trials,
    probabilistic_sharpe,
    sharpe,
)
from allocator.forecast.evaluation.walking import WalkForward, walk_forward

__all__ = [
    "Comparison",
    "Deflated",
    "Losses",
    "Mean",
    "Overfitting",
    "Verdict",
    "WalkForward",
    "absolute",
    "backtest_overfitting",
    "block_mean",
    "confidence_set",
    "deflated_sharpe",
    "diebold_mariano",
    "expected_best",
    "honesty",
    "independent_trials",
    "mean_losses",
    "memory",
    "naive_forecasts",
    "named",
    "per_time",
    "probabilistic_sharpe",
    "sharpe",
    "squared",
    "superior_predictive_ability",
    "walk_forward",
]
