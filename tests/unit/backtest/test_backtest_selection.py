"""Choosing among trials: the best on the tuning period, every trial counted, how much of it is luck."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from allocator.backtest.path import Path
from allocator.backtest.selection import excess_table, grid
from allocator.core.errors import ConfigError
from allocator.forecast.evaluation import backtest_overfitting, deflated_sharpe, independent_trials
from tests.unit.backtest.worlds import days


def path(returns, first: str = "2024-01-01") -> Path:
    """A path of these returns that holds one security."""
    returns = np.asarray(returns, dtype=np.float64)
    periods = len(returns)
    value = 1e6 * np.cumprod(np.concatenate([[1.0], 1 + returns]))
    nothing = np.zeros(periods)
    return Path(
        "a trial", ("A",), days(periods + 1, first), value, 0 * value, np.ones((periods + 1, 1)),
        np.zeros((periods, 1)), nothing, nothing, nothing, nothing, None, nothing,
    )  # fmt: skip


def resting(interest: np.ndarray) -> Path:
    """A path that only earns the interest of cash; its excess returns are what rounding leaves."""
    return replace(path(interest), cash_returns=interest)


def trials(count: int, periods: int = 160, best: int | None = None, seed: int = 0) -> np.ndarray:
    """(count, periods) returns without skill, save that of `best`."""
    returns = 0.01 * np.random.default_rng(seed).standard_normal((count, periods))
    if best is not None:
        returns[best] += 0.005
    return returns


def test_the_best_sharpe_ratio_is_chosen():
    """The skilled one of 2 × 3 is found, in its row and column, and what it is worth is said."""
    returns = trials(6, best=4)
    found = grid((5.0, 35.0), (0.5, 3.0, 8.0), [path(each) for each in returns])
    assert (1, 1) == found.chosen
    assert {"lambda": 35.0, "gamma": 3.0} == dict(found.best.settings)
    assert found.best.sharpe == pytest.approx(found.sharpe.max())
    assert found.sharpe.shape == (2, 3)
    assert 6 == found.trials


def test_luck_is_worked_out_from_all_trials():
    """The deflated ratio and the probability of overfitting are those of the evaluation, on all excess returns."""
    returns = trials(6, best=4)
    found = grid((5.0, 35.0), (0.5, 3.0, 8.0), [path(each) for each in returns])
    ratios = returns.mean(axis=1) / returns.std(axis=1, ddof=1)
    independent = independent_trials(returns)
    expected = deflated_sharpe(returns[4], independent, float(ratios.std(ddof=1)))
    assert expected.probability == pytest.approx(found.deflated.probability)
    assert expected.luck == pytest.approx(found.deflated.luck)
    assert backtest_overfitting(returns).probability == pytest.approx(found.overfitting.probability)
    assert independent == pytest.approx(found.independent)


def test_trials_elsewhere_count():
    """A hundred more tries of the same data make the same ratio less likely to be skill."""
    paths = [path(each) for each in trials(6, best=4)]
    alone = grid((0.0, 1.0), (0.0, 1.0, 2.0), paths)
    among = grid((0.0, 1.0), (0.0, 1.0, 2.0), paths, other_trials=100)
    assert 106 == among.trials
    assert among.deflated.luck > alone.deflated.luck
    assert among.deflated.probability < alone.deflated.probability


def test_noise_is_called_noise():
    """The best of 63 worthless trials has a fine ratio, and the probability that it is skill is small."""
    found = grid(range(9), range(7), [path(each) for each in trials(63, 250)])
    assert found.best.sharpe > 1.5
    assert found.deflated.probability < 0.9
    assert found.overfitting.probability > 0.2


def test_a_path_that_went_broke_is_filled_with_cash():
    """It ends early; its excess returns from then on are nothing."""
    whole, short = path([0.01, -0.02, 0.03]), path([0.01])
    np.testing.assert_allclose([[0.01, -0.02, 0.03], [0.01, 0, 0]], excess_table([whole, short]))


def test_one_setting_that_never_deals_has_no_luck_to_speak_of():
    """Its ratio is 0; why nothing can be said about luck is in the notes."""
    found = grid((1.0,), (1.0,), [path(np.zeros(50))])
    assert 0.0 == found.best.sharpe
    assert found.deflated is None
    assert found.overfitting is None
    assert 2 == len(found.notes)


def test_trials_that_never_deal_have_no_skill():
    """What rounding leaves of the interest of cash is not taken for a Sharpe ratio, however steady: among losers the
    one that never deals is the best, and nothing is said of how likely its skill is."""
    interest = 1e-4 * (1 + np.random.default_rng(3).random((2, 160)))
    losers = trials(4) - 0.005
    assert all(resting(each).excess_returns.any() for each in interest)
    found = grid((0.0, 1.0), (0.0, 1.0, 2.0), [path(each) for each in losers] + [resting(each) for each in interest])
    assert (1, 1) == found.chosen
    assert [0.0, 0.0] == found.sharpe[1, 1:].tolist()
    assert found.deflated is None
    assert "there is no Sharpe ratio" in str(found.notes[0])


def test_an_empty_tuning_period_is_refused():
    """Nine decisions are too few."""
    with pytest.raises(ConfigError, match="has 9 decisions; 10 are needed"):
        grid((1.0,), (1.0,), [path(np.zeros(9))])


def test_what_does_not_fit_is_refused():
    """A grid and its paths; paths of different periods."""
    with pytest.raises(ConfigError, match="2 × 2 settings has 1"):
        grid((1.0, 2.0), (1.0, 2.0), [path(np.zeros(20))])
    with pytest.raises(ConfigError, match="different periods"):
        grid((1.0, 2.0), (1.0,), [path(np.zeros(20)), path(np.zeros(20), "2024-02-01")])
