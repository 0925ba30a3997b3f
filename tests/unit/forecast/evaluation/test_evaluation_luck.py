"""Sharpe ratios of the best of many, and backtests that were chosen among many."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allocator.core.errors import ForecastError
from allocator.forecast.evaluation import (
    backtest_overfitting,
    deflated_sharpe,
    expected_best,
    independent_trials,
    probabilistic_sharpe,
    sharpe,
)
from allocator.forecast.evaluation.sharpe import probability_above


def test_the_papers_example() -> None:
    """The numerical example of The Deflated Sharpe Ratio: 2.5 a year over 1250 days, skew -3, kurtosis 10, the best of
    100 trials whose yearly ratios have the variance 1/2: 0.1132 a day is luck, 0.9004 is left.
    """
    luck = expected_best(100, math.sqrt(0.5 / 250))
    assert pytest.approx(0.1132, abs=5e-5) == luck
    assert pytest.approx(0.9004, abs=5e-4) == probability_above(luck, 2.5 / math.sqrt(250), 1250, -3, 10)


def test_luck_is_what_the_best_of_worthless_trials_shows() -> None:
    """The mean best of 50 normal numbers, by simulation, is near the formula's."""
    best = np.random.default_rng(1).normal(size=(4000, 50)).max(axis=1).mean()
    assert pytest.approx(best, abs=0.05) == expected_best(50, 1.0)
    assert 0.0 == expected_best(1, 1.0)
    luck = [expected_best(trials, 1.0) for trials in (1, 1.01, 1.1, 1.3, 1.9, 2, 2.1, 3)]
    assert sorted(set(luck)) == luck, "more trials, more luck, and never less than none"


def test_the_best_of_fifty_is_seldom_believed() -> None:
    """Of fifty worthless strategies the best nearly always looks good alone, and nearly never with the fifty known."""
    rng = np.random.default_rng(2)
    found = [deflated_sharpe(max(rng.normal(size=(50, 250)), key=sharpe), 50) for _ in range(60)]
    assert sum(each.alone > 0.95 for each in found) > 45
    assert sum(each.probability > 0.95 for each in found) <= 3


def test_a_true_ratio_is_believed() -> None:
    """Two a year over four years, the best of ten."""
    rng = np.random.default_rng(3)
    found = deflated_sharpe(rng.normal(0.2, 1, 1000), 10)
    assert found.probability > 0.95
    assert pytest.approx(found.sharpe * math.sqrt(250)) == found.annual(250)
    assert (10, 1000) == (found.trials, found.times)
    assert found.luck == expected_best(10, 1 / math.sqrt(999))
    assert deflated_sharpe(rng.normal(0.2, 1, 1000), 10, spread=0.5).probability < 0.05


def test_against_skfolio() -> None:
    """What `probabilistic_sharpe_ratio` and `deflated_sharpe_ratio` of skfolio 1.12.2 say of the same returns."""
    returns = np.random.default_rng(4).standard_t(5, 500) * 0.01 + 0.0005
    spread = float(np.std(np.linspace(-0.03, 0.05, 20), ddof=1))
    assert pytest.approx(0.8734479850198978) == probabilistic_sharpe(returns)
    assert pytest.approx(0.5343973387955319) == deflated_sharpe(returns, 20, spread).probability


def test_a_ratio_needs_returns_that_move() -> None:
    """Too few, or constant: refused in words."""
    with pytest.raises(ForecastError, match="9 returns are too few"):
        sharpe(np.append(np.arange(9.0), np.nan))
    with pytest.raises(ForecastError, match="never change"):
        sharpe(np.full(20, 0.1))


def test_alike_trials_count_less() -> None:
    """Copies are one trial, strangers as many as they are."""
    rng = np.random.default_rng(5)
    alone = rng.normal(size=(1, 5000))
    assert pytest.approx(1.0) == independent_trials(np.repeat(alone, 30, axis=0))
    assert pytest.approx(30, abs=1) == independent_trials(rng.normal(size=(30, 5000)))
    half = math.sqrt(0.5) * (alone + rng.normal(size=(30, 5000)))
    assert pytest.approx(0.5 + 0.5 * 30, abs=1) == independent_trials(half)
    assert 1.0 == independent_trials(np.zeros((4, 10)))


def test_choosing_among_noise_overfits_half_of_the_time() -> None:
    """The mean over many sets of worthless trials is one half."""
    rng = np.random.default_rng(6)
    found = [backtest_overfitting(rng.normal(size=(15, 160)), blocks=6).probability for _ in range(150)]
    assert pytest.approx(0.5, abs=0.08) == np.mean(found)


def test_choosing_what_is_truly_best_does_not_overfit() -> None:
    """One of twenty with a true edge is the best in both halves."""
    trials = np.random.default_rng(7).normal(size=(20, 400))
    trials[4] += 0.5
    found = backtest_overfitting(trials, blocks=8)
    assert 0.0 == found.probability
    assert 0.0 == found.loss
    assert (math.comb(8, 4), 20) == (found.splits, found.trials)


def test_trials_that_mirror_halves_overfit_surely() -> None:
    """Each trial earns in one part of the time and pays for it in the rest: the best inside is the worst outside."""
    trials = np.full((4, 40), -1.0) + np.random.default_rng(8).normal(0, 0.1, (4, 40))
    for n in range(4):
        trials[n, 10 * n : 10 * n + 10] += 3
    found = backtest_overfitting(trials, blocks=4)
    assert 1.0 == found.loss
    assert found.probability > 0.5


@settings(max_examples=30, deadline=None)
@given(st.integers(2, 8), st.integers(12, 40), st.integers(0, 99))
def test_a_probability_is_one(trials: int, times: int, seed: int) -> None:
    """In 0..1 for any returns, also with trials that never trade and with twins."""
    returns = np.random.default_rng(seed).normal(size=(trials, times))
    returns[0] = 0
    returns[-1] = returns[1]
    found = backtest_overfitting(returns, blocks=6)
    assert 0 <= found.probability <= 1
    assert 0 <= found.loss <= 1


@pytest.mark.parametrize(("shape", "blocks"), [((1, 100), 4), ((3, 100), 5), ((3, 7), 4), ((3, 100), 0)])
def test_what_cannot_be_cut_is_refused(shape: tuple[int, int], blocks: int) -> None:
    """One trial, an odd or empty cut, parts of one bar."""
    with pytest.raises(
        ForecastError, match=f"{shape[0]} trials over {shape[1]} bars cannot be cut into {blocks} parts"
    ):
        backtest_overfitting(np.ones(shape), blocks=blocks)


def test_overlapping_returns_prove_less() -> None:
    """Returns over ten bars made at every bar are a tenth as many: luck shows more, and a ratio is worth less."""
    returns = np.random.default_rng(4).normal(0.15, 1, 400)
    one, ten = deflated_sharpe(returns, 20), deflated_sharpe(returns, 20, horizon=10)
    assert one.sharpe == ten.sharpe
    assert ten.luck == expected_best(20, 1 / math.sqrt(39)) > one.luck
    assert ten.probability < one.probability
    assert ten.alone < one.alone


def test_trials_that_are_not_seen_count_too() -> None:
    """Ten of a hundred trials say how alike all are; with fewer than two nothing discounts."""
    seen = np.random.default_rng(5).normal(size=(10, 500))
    assert 90 < independent_trials(seen, 100) <= 100
    same = np.tile(seen[:1], (10, 1))
    assert pytest.approx(1.0) == independent_trials(same, 100)
    assert 100.0 == independent_trials(seen[:1], 100)
