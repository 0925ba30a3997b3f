"""Tests of forecasts: their formulas, and that they reject as often as they say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.core.errors import ForecastError
from allocator.forecast import libraries
from allocator.forecast.evaluation import (
    block_mean,
    confidence_set,
    diebold_mariano,
    mean_losses,
    memory,
    per_time,
    squared,
    superior_predictive_ability,
)
from allocator.forecast.evaluation.blocks import block_means
from allocator.forecast.evaluation.comparison import long_run_variance


def rejected(seed, horizon=1, times=200, draws=400):
    """The share of true hypotheses rejected at 5 %, on losses that overlap as wholly as they can."""
    rng = np.random.default_rng(seed)
    count = 0
    for _ in range(draws):
        d = np.convolve(rng.normal(size=times + horizon - 1), np.ones(horizon), "valid")
        count += diebold_mariano(100 - d, np.full(times, 100.0), horizon=horizon).p < 0.05
    return count / draws


def test_it_is_the_test_of_statsmodels() -> None:
    """The same statistic and p-value, with Harvey's correction, for the same lags."""
    tools = pytest.importorskip("statsmodels.tsa.stattools")
    if not hasattr(tools, "diebold_mariano_test"):
        pytest.skip("statsmodels has it from 0.15 on")
    rng = np.random.default_rng(1)
    for horizon in (1, 5):
        y, a, b = rng.normal(size=(3, 150))
        peer = tools.diebold_mariano_test(y, a, b, lags=memory(150, horizon), harvey_adj=True, horizon=horizon)
        ours = diebold_mariano((y - b) ** 2, (y - a) ** 2, horizon=horizon)
        assert pytest.approx((peer.statistic, peer.pvalue)) == (ours.statistic, ours.p_two_sided)


def test_a_gain_and_its_sign() -> None:
    """Nine tenths of the loss is a gain of one tenth; the other way round it is a loss of one ninth."""
    rng = np.random.default_rng(2)
    base = 1 + rng.random(300)
    found = diebold_mariano(0.9 * base, base)
    assert pytest.approx(0.1) == found.gain
    assert found.statistic > 0
    assert found.p < 0.001
    back = diebold_mariano(base, 0.9 * base)
    assert pytest.approx(-1 / 9) == back.gain
    assert back.p > 0.999
    assert pytest.approx(found.p_two_sided) == back.p_two_sided


def test_a_forecast_does_not_beat_itself() -> None:
    """No difference at any time is no evidence at all."""
    losses = np.random.default_rng(3).random(50)
    assert (0.0, 0.0, 1.0) == ((found := diebold_mariano(losses, losses)).gain, found.statistic, found.p)


def test_a_time_that_one_does_not_know_is_left_out() -> None:
    """NaN on either side takes the time from both."""
    base = 1 + np.random.default_rng(4).random(60)
    ours = 0.9 * base
    ours[7] = np.nan
    assert 59 == diebold_mariano(ours, base).times


@pytest.mark.parametrize(("horizon", "most"), [(1, 0.085), (10, 0.1)])
def test_true_hypotheses_are_rejected_about_as_often_as_said(horizon: int, most: float) -> None:
    """Near 5 %, also where ten returns in sequence are nearly one."""
    assert 0.025 <= rejected(5, horizon) <= most


def test_overlap_would_deceive_a_test_that_ignores_it() -> None:
    """The same overlapping losses, taken as if independent, reject far too often: the horizon is not decoration."""
    rng = np.random.default_rng(6)
    wrong = 0
    for _ in range(200):
        d = np.convolve(rng.normal(size=209), np.ones(10), "valid")
        wrong += d.mean() / (d.std() / np.sqrt(200)) > 1.645
    assert wrong / 200 > 0.2


def test_pooling_securities_deceives() -> None:
    """42 securities with a common factor, two forecasts as good as each other: pooled, most true hypotheses are
    rejected; averaged per time first, one in twenty is.
    """
    rng = np.random.default_rng(7)
    pooled = averaged = 0
    for _ in range(300):
        d = rng.normal(size=(120, 1)) + rng.normal(size=(120, 42))  # what one loses more than the other
        pooled += abs(d.mean()) / (d.std() / np.sqrt(d.size)) > 1.96
        mean = per_time(d, np.ones(d.shape, dtype=bool))
        averaged += diebold_mariano(np.full(120, 10.0), 10 + mean).p_two_sided < 0.05
    assert pooled / 300 > 0.5
    assert averaged / 300 < 0.09


def test_all_are_judged_on_the_same_pairs() -> None:
    """A pair that one forecast does not know counts for none; a row without a pair is left out."""
    returns = np.array([[0.1, 0.2], [0.1, 0.1], [np.nan, np.nan], [0.3, 0.1]])
    a, b = np.zeros((4, 2)), np.zeros((4, 2))
    b[0, 1] = np.nan
    sigma = np.full((4, 2), 0.1)
    sigma[3, 0] = 0
    found = mean_losses({"a": a, "b": b}, returns, sigma)
    np.testing.assert_allclose([[1.0, 1.0, 1.0]] * 2, found.values)
    assert ([0, 1, 3], 4) == (found.rows.tolist(), found.pairs)
    np.testing.assert_allclose(found["a"], found.values[0])
    np.testing.assert_allclose([[0.01, 0.04]], squared(a[:1], returns[:1]))


def test_a_forecast_that_knows_nothing_is_named() -> None:
    """Rather than leaving no pair to compare the others on."""
    returns = np.full((5, 2), 0.1)
    with pytest.raises(ForecastError, match="blank"):
        mean_losses({"good": returns, "blank": np.full((5, 2), np.nan)}, returns)
    upper, lower = returns.copy(), returns.copy()
    upper[:, 0], lower[:, 1] = np.nan, np.nan
    with pytest.raises(ForecastError, match="upper, lower"):
        mean_losses({"upper": upper, "lower": lower}, returns)


@pytest.mark.parametrize("test", [diebold_mariano, lambda a, b: superior_predictive_ability(a[None], b, rng=None)])
def test_too_few_bars_are_refused_in_words(test) -> None:
    """Seven bars are no test."""
    with pytest.raises(ForecastError, match="7 bars are too few"):
        test(np.ones(7), np.arange(7.0))


def test_the_best_of_many_worthless_models_is_not_superior() -> None:
    """The best of 20 looks significant alone more often than not; the test that knows of the 20 is not impressed."""
    rng = np.random.default_rng(8)
    fooled = superior = 0
    for _ in range(20):
        base, models = np.full(150, 10.0), rng.normal(10, 1, (20, 150))
        fooled += min(diebold_mariano(each, base).p for each in models) < 0.05
        superior += superior_predictive_ability(models, base, rng=rng, draws=200) < 0.05
    assert fooled >= 10
    assert superior <= 4


def test_a_superior_model_is_found_among_worthless_ones() -> None:
    """One that saves a fifth of the loss, and the same answer for the same seed."""
    rng = np.random.default_rng(9)
    base, models = rng.normal(10, 1, 200), rng.normal(10, 1, (10, 200))
    models[3] -= 2
    first, second = (
        superior_predictive_ability(models, base, rng=np.random.default_rng(1), draws=200) for _ in range(2)
    )
    assert first < 0.01
    assert first == second


def test_the_baseline_itself_is_no_rival() -> None:
    """A model with the baseline's losses leaves nothing to test."""
    base = np.random.default_rng(10).random(50)
    assert 1.0 == superior_predictive_ability(np.stack([base, base]), base, rng=np.random.default_rng(0))


def test_the_confidence_set_keeps_the_best_and_drops_the_bad() -> None:
    """Two as good as each other stay, twins alike; the one that is much worse goes."""
    rng = np.random.default_rng(11)
    noise = rng.normal(10, 1, (2, 200))
    p = confidence_set(np.stack([noise[0], noise[1], noise[0], noise[0] + 3]), rng=rng, draws=200)
    assert (p[:3] > 0.1).all()
    assert p[0] == p[2]
    assert p[3] < 0.05
    assert [1.0, 1.0] == confidence_set(noise[[0, 0]], rng=rng).tolist()


def test_losses_that_are_not_known_are_refused() -> None:
    """A bootstrap of NaN would answer NaN."""
    losses = np.ones((2, 50))
    losses[0, 0] = np.nan
    with pytest.raises(ForecastError, match="not known"):
        confidence_set(losses, rng=np.random.default_rng(0))


def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """With what to type."""

    def missing(name):
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(libraries, "import_module", missing)
    with pytest.raises(ForecastError, match=r"need arch, .* pip install arch"):
        confidence_set(np.random.default_rng(0).random((2, 50)), rng=np.random.default_rng(0))


def test_blocks_of_one_are_a_plain_bootstrap() -> None:
    """The variance of resampled means is that of the mean; the series are resampled together."""
    values = np.random.default_rng(12).normal(size=(1, 400))
    means = block_means(np.vstack([values, 2 * values]), block=1, draws=4000, rng=np.random.default_rng(0))
    assert pytest.approx(values.var() / 400, rel=0.1) == means[:, 0].var()
    np.testing.assert_allclose(2 * means[:, 0], means[:, 1])


@given(st.integers(2, 60), st.integers(1, 30), st.integers(0, 99))
def test_blocks_resample_nothing_else(times: int, block: int, seed: int) -> None:
    """However long the block: means of a constant are that constant, of any series within its range."""
    rng = np.random.default_rng(seed)
    values = np.vstack([np.ones(times), rng.normal(size=times)])
    means = block_means(values, block=min(block, times), draws=5, rng=rng)
    np.testing.assert_allclose(np.ones(5), means[:, 0])
    assert values[1].min() - 1e-9 <= means[:, 1].min() <= means[:, 1].max() <= values[1].max() + 1e-9


def test_bounds_of_a_mean_hold_it() -> None:
    """About nineteen in twenty, overlap or not; and one in twenty true hypotheses is rejected."""
    rng = np.random.default_rng(13)
    held = rejects = 0
    for _ in range(200):
        found = block_mean(np.convolve(rng.normal(size=304), np.ones(5), "valid"), horizon=5, rng=rng, draws=400)
        held += found.low <= 0 <= found.high
        rejects += found.p < 0.05
    assert held / 200 >= 0.88
    assert rejects / 200 <= 0.11


def test_a_mean_by_hand() -> None:
    """Its value is the mean, a NaN does not count, and what is far from zero has a small p."""
    values = np.append(5 + np.random.default_rng(14).normal(size=100), np.nan)
    found = block_mean(values, rng=np.random.default_rng(0))
    assert pytest.approx(np.nanmean(values)) == found.value
    assert 100 == found.times
    assert found.low < found.value < found.high
    assert found.p < 0.001
    with pytest.raises(ForecastError, match="9 bars are too few to compare forecasts over 5 bars"):
        block_mean(values[:9], rng=np.random.default_rng(0), horizon=5)


@given(st.integers(2, 80), st.integers(0, 100), st.integers(0, 99))
def test_a_variance_is_never_negative(times: int, lags: int, seed: int) -> None:
    """Whatever the series and the lags."""
    assert long_run_variance(np.random.default_rng(seed).normal(size=times), min(lags, times - 1)) >= 0
