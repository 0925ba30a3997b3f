"""The verdict: what beats the naive forecasts is said to, what does not is not, and scores shrink by one rule."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from allocator.core.errors import ForecastError
from allocator.forecast.evaluation import honesty, naive_forecasts, named
from allocator.report.catalogue import render

ROWS, TICKERS = 400, 8


def world(*, skill=0.0, size=1.0, seed=0, rows=ROWS, spread=0.002):
    """Returns with a common factor, and forecasts: `skill` of the predictable part, the rest noise, times `size`."""
    rng = np.random.default_rng(seed)
    signal, other = rng.normal(0, spread, (2, rows, TICKERS))
    returns = signal + 0.01 * rng.normal(size=(rows, 1)) + 0.01 * rng.normal(size=(rows, TICKERS))
    return returns, size * (skill * signal + (1 - skill) * other)


def judge(returns, forecasts, **more):
    return honesty(forecasts, returns, naive_forecasts(returns), rng=np.random.default_rng(0), **more)


@pytest.mark.parametrize(
    ("said", "p"),
    [("= 1.00", 1.0), ("= 0.70", 0.7), ("= 0.69", 0.694), ("= 0.10", 0.0999), ("= 0.050", 0.05), ("< 0.001", 0.0009)],
)
def test_a_probability_has_two_digits(said: str, p: float) -> None:
    """A zero at the end, too: 0.7 beside 0.69 would read as another number."""
    found = judge(*world(rows=80))
    judged = replace(found, versus={"zero": replace(found.versus["zero"], p=p)})
    assert f"p {said}, 80 bars)" in str(judged.sentence)


def test_skill_is_seen() -> None:
    """Forecasts of the predictable part beat all six naive ones and are kept nearly whole."""
    returns, forecasts = world(skill=1.0, spread=0.004)
    found = judge(returns, forecasts)
    assert found.beats
    assert {"zero", "last", "mean", "rolling", "ar1", "majority"} == set(found.versus)
    assert 0.85 < found.shrink <= 1
    assert pytest.approx(1.0, abs=0.2) == found.slope
    assert pytest.approx(1 - (0.01**2 * 2) / (0.004**2 + 0.01**2 * 2), abs=0.03) == found.versus["zero"].gain
    assert found.winrate.skilled
    assert str(found.sentence).startswith("The forecast beats the naive forecast: its squared error is 7")
    assert "below that of zero return (p < 0.001, 400 bars)" in str(found.sentence)


def test_noise_is_seldom_taken_for_skill() -> None:
    """Of 60 worthless ensembles hardly one beats the naive forecasts, and next to nothing is kept."""
    found = [judge(*world(seed=seed, rows=150)) for seed in range(60)]
    assert sum(each.beats for each in found) <= 1
    assert np.mean([each.shrink for each in found]) < 0.1
    assert sum(each.shrink == 0 for each in found) > 40


def test_what_does_not_beat_the_naive_forecast_is_told_so() -> None:
    """In one plain line, in both languages, with the forecast that it fails against."""
    found = judge(*world(seed=3))
    assert not found.beats
    assert (
        "The forecast does not beat the naive forecast (zero return: p = 1.00, 400 bars): scores are shrunk toward the "
        f"market, {100 * found.shrink:.2g}% of them is kept."
    ) == str(found.sentence)
    assert render(found.sentence, "ru").startswith(
        "Прогноз не лучше наивного (нулевая доходность: p = 1.00, свечей 400)"
    )
    assert "always naming the more frequent one" in str(found.direction)


def test_forecasts_five_times_too_large_are_kept_by_a_fifth() -> None:
    """They lose to the zero forecast as they stand, yet hold what a shrunk score can use."""
    returns, forecasts = world(skill=1.0, size=5.0, spread=0.004)
    found = judge(returns, forecasts)
    assert not found.beats
    assert pytest.approx(0.2, abs=0.04) == found.shrink


def test_timid_forecasts_are_not_blown_up() -> None:
    """Nothing is multiplied by more than one."""
    assert 0.9 < judge(*world(skill=1.0, size=0.2, spread=0.006)).shrink <= 1.0


def test_forecasts_that_are_wrong_way_round_are_not_kept() -> None:
    """A significant slope below zero is not a reason to believe the opposite."""
    found = judge(*world(skill=1.0, size=-1.0, spread=0.004))
    assert found.slope < 0
    assert 0.0 == found.shrink


def test_it_must_beat_every_naive_forecast() -> None:
    """Better than no change, but not than the line through the last return: it does not beat the naive forecast."""
    returns, forecasts = world(skill=1.0, spread=0.004)
    rivals = naive_forecasts(returns) | {"oracle": forecasts + 1e-9}
    found = honesty(forecasts, returns, rivals, rng=np.random.default_rng(0))
    assert found.versus["zero"].p < 0.001
    assert "oracle" == found.hardest
    assert not found.beats
    assert "(oracle: p = " in str(found.sentence)


def test_the_best_of_its_models_is_judged_with_the_others() -> None:
    """Worthless models are not superior; with one that knows they are. One that is silent is named, not tested."""
    returns, forecasts = world(seed=4, rows=150)
    models = {f"m{n}": world(seed=50 + n, rows=150)[1] for n in range(4)}
    models["silent"] = np.where(np.arange(150)[:, None] < 40, forecasts, np.nan)
    worthless = judge(returns, forecasts, models=models)
    assert worthless.superior > 0.1
    assert ("silent",) == worthless.uncompared
    models["knows"] = world(skill=1.0, seed=4, rows=150)[1] * 1.0
    assert judge(returns, forecasts, models=models).superior < 0.05
    assert judge(returns, forecasts).superior is None


def test_volatility_makes_errors_alike() -> None:
    """One wild paper hides the skill on the others, until errors are divided by their volatility."""
    returns, forecasts = world(skill=1.0, spread=0.004)
    wild = returns.copy()
    wild[:, 0] += np.random.default_rng(5).normal(0, 0.5, ROWS)
    sigma = np.full(returns.shape, 0.015)
    sigma[:, 0] = 0.5
    sigma[7, 1], sigma[8, 1] = 0.0, np.nan
    assert not judge(wild, forecasts).beats
    told = judge(wild, forecasts, sigma=sigma)
    assert told.beats
    assert ROWS * TICKERS - 2 == told.pairs


def test_holes_do_not_stop_it() -> None:
    """Unknown returns and forecasts leave their pairs out."""
    returns, forecasts = world(skill=1.0, spread=0.004)
    returns[::3, 2] = np.nan
    forecasts[1::3, 3] = np.nan
    returns[50] = np.nan
    found = judge(returns, forecasts)
    assert found.beats
    assert ROWS - 1 == found.times


def test_too_few_bars_judge_nothing() -> None:
    """Nothing is kept, and the sentence says how many are needed; over a long horizon more are."""
    returns, forecasts = world(rows=20)
    found = judge(returns, forecasts)
    assert (False, False, 0.0) == (found.judged, found.beats, found.shrink)
    assert "20 bars have known returns, 30 are needed" in str(found.sentence)
    assert found.direction is None
    longer, said = world(rows=50)
    assert "50 bars have known returns, 63 are needed" in str(judge(longer, said, horizon=21).sentence)


def test_an_ensemble_without_a_single_forecast_is_refused() -> None:
    """There is nothing to judge, and that is no verdict."""
    returns, forecasts = world()
    with pytest.raises(ForecastError, match="ensemble: not one"):
        judge(returns, forecasts * np.nan)


@pytest.mark.parametrize("rows", [20, 200])
def test_a_verdict_survives_json(rows: int) -> None:
    """And is the same by seed."""
    returns, forecasts = world(rows=rows)
    found = judge(returns, forecasts, models={"a": forecasts + 1e-4})
    told = json.loads(json.dumps(found.plain(), allow_nan=False))
    again = type(found).of(told)
    assert told == again.plain()
    assert str(found.sentence) == str(again.sentence)
    assert told == judge(returns, forecasts, models={"a": forecasts + 1e-4}).plain()


def test_a_naive_forecast_of_another_name_stands_for_itself() -> None:
    """Callers may add rivals."""
    assert ("the last return", "ridge") == (str(named("last")), str(named("ridge")))
