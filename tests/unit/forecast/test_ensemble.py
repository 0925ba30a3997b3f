"""The ensemble: medians over a year, bounds that know how alike models are, covariances with holes."""

from __future__ import annotations

import json
import math
from datetime import datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allocator.core.errors import ForecastError
from allocator.forecast.ensemble import Forecast, Risk, Views, combine, dependence, estimate_risk, median_bounds
from allocator.forecast.ensemble.spread import ASSUMED, LARGEST, effective_models
from allocator.forecast.evaluation import honesty, naive_forecasts

AS_OF = datetime(2024, 5, 17, 18, 0)


def risk(tickers=("A", "B"), correlation=0.5):
    count = len(tickers)
    matrix = np.full((count, count), correlation)
    np.fill_diagonal(matrix, 1.0)
    return Risk(tuple(tickers), matrix, np.linspace(0.2, 0.4, count), 0.1, 250)


def views(mean, deviation=None, tickers=("A", "B")):
    mean = np.array(mean, dtype=float)
    given_deviation = np.full(mean.shape, np.nan) if deviation is None else np.array(deviation, dtype=float)
    return Views(tuple(f"m{n}" for n in range(len(mean))), tuple(tickers), mean, given_deviation)


def together(said, of=None, **more):
    more = {"horizon": 5, "bars_a_year": 250, "as_of": AS_OF, "rng": np.random.default_rng(0)} | more
    return combine(said, of or risk(), **more)


def test_medians_over_a_year_by_hand() -> None:
    """Five days of 250: means are multiplied by 50, deviations by its root; else they are the history's."""
    found = together(
        views([[0.01, 0.00], [0.02, -0.01], [0.06, -0.02]], [[0.02, np.nan], [0.04, np.nan], [np.nan, -1.0]])
    )
    np.testing.assert_allclose([1.0, -0.5], found.mean)
    np.testing.assert_allclose([0.03 * math.sqrt(50), 0.4], found.deviation)
    np.testing.assert_allclose(found.deviation**2, np.diag(found.covariance))
    assert pytest.approx(0.5 * found.deviation.prod()) == found.covariance[0, 1]
    np.testing.assert_allclose([1.0, 2 / 3], found.agreement)
    assert (("A", "B"), 5, AS_OF, 3, ASSUMED) == (found.tickers, found.horizon, found.as_of, found.models, found.rho)
    assert pytest.approx(3 / 2.8) == found.witnesses
    assert (found.lower <= found.mean).all()
    assert (found.mean <= found.upper).all()


def test_nobody_loses_more_than_all() -> None:
    """A lower bound stops at -100 %, but is never above the forecast itself, whatever the models say."""
    found = together(views([[0.01, -0.03], [-0.05, -0.05], [0.06, -0.06]]))
    assert [-1.0, -2.5] == found.lower.tolist()
    assert [0.5, -2.5] == found.mean.tolist()


def test_a_model_that_is_silent_or_diverged_counts_for_nothing() -> None:
    """NaN and infinity leave the median to the others; agreement is among those who speak."""
    found = together(views([[0.01, np.inf], [0.03, -0.01], [np.nan, np.nan]]))
    np.testing.assert_allclose([1.0, -0.5], found.mean)
    np.testing.assert_allclose([1.0, 1.0], found.agreement)
    assert 2 == found.models
    assert [False, True] == np.isnan(found.lower).tolist()  # one model has no spread
    assert [False, True] == np.isnan(found.upper).tolist()


def test_a_security_without_forecast_or_risk_is_named() -> None:
    """The others go on; with none left there is an error that says why."""
    said = views([[0.01, np.nan, 0.02], [0.02, np.nan, 0.01]], tickers=("A", "B", "C"))
    found = together(said)
    assert ("A",) == found.tickers
    assert {"B": "no model forecasts it", "C": "there is no risk for it"} == {
        ticker: str(why) for ticker, why in found.left_out.items()
    }
    with pytest.raises(ForecastError, match="No security has a forecast; B: no model forecasts it"):
        together(views([[np.nan]], tickers=("B",)))
    with pytest.raises(ForecastError, match="no security to forecast"):
        together(views(np.empty((2, 0)), tickers=()))


def test_order_of_securities_is_of_no_account() -> None:
    """Views and risk may name them in any order."""
    mean = [[0.01, 0.02], [0.03, 0.05]]
    one, other = together(views(mean)), together(views(np.array(mean)[:, ::-1], tickers=("B", "A")))
    assert one.tickers == other.tickers
    np.testing.assert_allclose(one.mean, other.mean)
    np.testing.assert_allclose(one.covariance, other.covariance)


def test_views_have_one_shape() -> None:
    """A table that is not models by securities is a mistake of the caller."""
    with pytest.raises(ValueError, match="2"):
        Views(("a",), ("A", "B"), np.zeros((2, 2)), np.zeros((2, 2)))


def test_beta_to_a_portfolio() -> None:
    """The portfolio's own beta is one; that of cash alone does not exist."""
    found = together(views([[0.01, 0.02], [0.02, 0.03]]))
    weights = np.array([0.3, 0.5])
    assert pytest.approx(1.0) == float(weights @ found.beta(weights))
    assert np.isnan(found.beta(np.zeros(2))).all()
    np.testing.assert_allclose([1.0, found.covariance[0, 1] / found.covariance[0, 0]], found.beta(np.array([1.0, 0.0])))


def test_scores_shrink_toward_a_prior() -> None:
    """By the verdict's factor, bounds with them; to the prior itself when nobody has judged."""
    found = together(views([[0.01, 0.02], [0.02, 0.03]]))
    np.testing.assert_allclose([0.1, 0.1], found.toward(0.1).mean)
    assert 0.0 == found.shrink
    rng = np.random.default_rng(1)
    signal = rng.normal(0, 0.01, (200, 4))
    returns = signal + rng.normal(0, 0.02, (200, 4))
    verdict = honesty(signal, returns, naive_forecasts(returns), rng=rng)
    judged = together(views([[0.01, 0.02], [0.02, 0.03]]), verdict=verdict)
    prior = np.array([0.1, 0.2])
    np.testing.assert_allclose(prior + verdict.shrink * (judged.mean - prior), judged.toward(prior).mean)
    assert (judged.toward(prior).upper - judged.toward(prior).lower <= judged.upper - judged.lower).all()


def test_a_forecast_survives_json() -> None:
    """With what was left out, the verdict, and bounds that are not known."""
    rng = np.random.default_rng(2)
    returns = rng.normal(0, 0.01, (60, 3))
    verdict = honesty(returns * 0.1, returns, naive_forecasts(returns), rng=rng)
    said = views([[0.01, np.nan, 0.02], [0.02, np.nan, np.nan]], tickers=("A", "B", "C"))
    found = together(said, risk(("A", "B", "C")), verdict=verdict)
    told = json.loads(json.dumps(found.plain(), allow_nan=False))
    again = Forecast.of(told)
    assert told == again.plain()
    np.testing.assert_array_equal(found.lower, again.lower)
    assert found.left_out == again.left_out
    assert verdict.sentence == again.verdict.sentence


# --- how alike models are


def test_dependence_is_the_mean_correlation() -> None:
    """Against the matrix of numpy; copies are cut at 0.99, strangers at 0."""
    rng = np.random.default_rng(3)
    past = rng.normal(size=(6, 40, 5)) + 0.8 * rng.normal(size=(1, 40, 5))
    matrix = np.corrcoef(past.reshape(6, -1))
    assert pytest.approx(matrix[np.triu_indices(6, 1)].mean()) == dependence(past)
    assert LARGEST == dependence(np.repeat(past[:1], 4, axis=0))
    assert 0.0 == dependence(np.stack([past[0], -past[0]]))


def test_dependence_of_what_cannot_be_told_is_assumed() -> None:
    """A few pairs, a single model, models that always say the same; a hole takes its pair from all."""
    rng = np.random.default_rng(4)
    table = rng.normal(size=(3, 30))
    assert ASSUMED == dependence(table[:, :5])
    assert ASSUMED == dependence(table[:1])
    assert ASSUMED == dependence(np.ones((3, 30)))
    assert ASSUMED == dependence(np.full((3, 30), np.nan))
    holed = table.copy()
    holed[0, :10] = np.nan
    assert pytest.approx(dependence(table[:, 10:])) == dependence(holed)
    assert pytest.approx(dependence(table)) == dependence(np.vstack([table, np.full((1, 30), np.nan)]))


def test_effective_models() -> None:
    """Strangers count each, copies as one."""
    assert (30.0, 1.0) == (effective_models(30, 0.0), effective_models(30, 1.0))


@pytest.mark.parametrize("rho", [0.0, 0.6, 0.9])
def test_bounds_hold_the_truth_however_alike_the_models_are(rho: float) -> None:
    """About nineteen in twenty, where a plain bootstrap of models that err together would hold it seldom."""
    rng = np.random.default_rng(5)
    errors = math.sqrt(rho) * rng.normal(size=(1, 400)) + math.sqrt(1 - rho) * rng.normal(size=(20, 400))
    low, high = median_bounds(0.3 + errors, rho, rng=rng, draws=500)
    assert 0.9 <= np.mean((low <= 0.3) & (high >= 0.3)) <= 0.99
    low, high = median_bounds(0.3 + errors, 0.0, rng=rng, draws=500)
    assert rho == 0 or np.mean((low <= 0.3) & (high >= 0.3)) < 0.6


def test_more_models_of_one_kind_do_not_narrow_the_bounds() -> None:
    """A hundred models that err together leave much the same bars as twenty; strangers would halve them."""
    rng = np.random.default_rng(6)
    errors = math.sqrt(0.8) * rng.normal(size=(1, 200)) + math.sqrt(0.2) * rng.normal(size=(100, 200))

    def width(count, rho):
        low, high = median_bounds(errors[:count], rho, rng=np.random.default_rng(0), draws=400)
        return float(np.mean(high - low))

    assert pytest.approx(1.0, abs=0.15) == width(100, 0.8) / width(20, 0.8)
    assert width(100, 0.0) / width(20, 0.0) < 0.6


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 8), st.integers(1, 6), st.floats(0, 0.99), st.integers(0, 99))
def test_bounds_hold_the_median(models: int, securities: int, rho: float, seed: int) -> None:
    """Always, also with holes; and are the same by seed."""
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(models, securities))
    values[rng.random(values.shape) < 0.2] = np.nan
    low, high = median_bounds(values, rho, rng=np.random.default_rng(1), draws=50)
    again = median_bounds(values, rho, rng=np.random.default_rng(1), draws=50)
    np.testing.assert_array_equal([low, high], again)
    spoken = np.isfinite(values).sum(axis=0)
    np.testing.assert_array_equal(spoken >= 2, np.isfinite(low))
    for n in np.flatnonzero(spoken >= 2):
        assert low[n] <= np.nanmedian(values[:, n]) <= high[n]


@pytest.mark.parametrize("count", [3, 5, 12])
def test_bounds_of_few_models_are_missed_as_rarely_as_they_say(count: int) -> None:
    """With Student's t, 1 in 200 on a side stays about that or less; the plain bootstrap misses more."""
    rng = np.random.default_rng(count)
    values = rng.normal(size=(count, 3000))
    missed = {}
    for student in (False, True):
        low, high = median_bounds(
            values, 0.0, rng=np.random.default_rng(0), confidence=0.99, draws=500, student=student
        )
        missed[student] = ((low > 0).mean() + (high < 0).mean()) / 2
    assert missed[True] <= 0.006
    assert missed[True] < missed[False]


# --- risk


def test_full_returns_are_shrunk_as_scikit_learn_does() -> None:
    """The correlations are those of its Ledoit-Wolf on standardised returns; deviations are of a year."""
    covariance = pytest.importorskip("sklearn.covariance")
    returns = np.random.default_rng(7).normal(size=(200, 6)) @ np.random.default_rng(8).normal(size=(6, 6)) * 0.01
    found = estimate_risk(returns, tuple("ABCDEF"), rows_a_year=252)
    z = (returns - returns.mean(axis=0)) / returns.std(axis=0)
    matrix, shrinkage = covariance.ledoit_wolf(z, assume_centered=True)
    np.testing.assert_allclose(matrix, found.correlation, atol=1e-12)
    assert pytest.approx(shrinkage) == found.shrinkage
    np.testing.assert_allclose(returns.std(axis=0, ddof=1) * math.sqrt(252), found.deviation)


def test_only_the_last_rows_count() -> None:
    """What was before `history` changes nothing."""
    returns = np.random.default_rng(9).normal(size=(100, 3))
    found = estimate_risk(returns, "ABC", rows_a_year=252, history=60)
    same = estimate_risk(returns[-60:], "ABC", rows_a_year=252)
    np.testing.assert_array_equal(same.correlation, found.correlation)
    assert 60 == found.rows


def by_the_book(x):
    """Honey, I Shrunk the Sample Covariance Matrix, appendix B, sum by sum, on columns of any variance."""
    t, n = x.shape
    s = x.T @ x / t
    r = s / np.sqrt(np.outer(np.diag(s), np.diag(s)))
    mean = r[np.triu_indices(n, 1)].mean()
    f = mean * np.sqrt(np.outer(np.diag(s), np.diag(s)))
    np.fill_diagonal(f, np.diag(s))
    pi = aligned = 0.0
    for i in range(n):
        for j in range(n):
            here = np.mean((x[:, i] * x[:, j] - s[i, j]) ** 2)
            pi += here
            if i == j:
                aligned += here
                continue
            first = np.mean((x[:, i] ** 2 - s[i, i]) * (x[:, i] * x[:, j] - s[i, j]))
            second = np.mean((x[:, j] ** 2 - s[j, j]) * (x[:, i] * x[:, j] - s[i, j]))
            aligned += mean / 2 * (math.sqrt(s[j, j] / s[i, i]) * first + math.sqrt(s[i, i] / s[j, j]) * second)
    delta = min(1.0, max(0.0, (pi - aligned) / ((s - f) ** 2).sum() / t))
    return delta * f + (1 - delta) * s, delta


def test_one_correlation_for_all_by_the_book() -> None:
    """The same as the paper's sums, term by term."""
    rng = np.random.default_rng(10)
    returns = rng.normal(size=(60, 5)) + 0.7 * rng.normal(size=(60, 1)) * np.linspace(0.2, 2, 5)
    z = (returns - returns.mean(axis=0)) / returns.std(axis=0)
    matrix, delta = by_the_book(z)
    found = estimate_risk(returns, "ABCDE", rows_a_year=252, target="constant")
    assert 0.05 < delta < 0.95
    assert pytest.approx(delta) == found.shrinkage
    np.testing.assert_allclose(matrix, found.correlation)


@pytest.mark.parametrize(("target", "correlation"), [("identity", 0.05), ("constant", 0.05), ("constant", 0.5)])
def test_shrinking_brings_nearer_to_the_truth(target: str, correlation: float) -> None:
    """Of forty securities with one correlation over sixty days, on average over ten histories."""
    rng = np.random.default_rng(11)
    truth = np.full((40, 40), correlation) + (1 - correlation) * np.eye(40)
    names = [f"T{n}" for n in range(40)]
    bare = shrunk = 0.0
    for _ in range(10):
        returns = math.sqrt(correlation) * rng.normal(size=(60, 1)) + math.sqrt(1 - correlation) * rng.normal(
            size=(60, 40)
        )
        bare += ((np.corrcoef(returns.T) - truth) ** 2).sum()
        shrunk += ((estimate_risk(returns, names, rows_a_year=252, target=target).correlation - truth) ** 2).sum()
    assert shrunk < 0.6 * bare


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 8), st.floats(0, 0.3), st.integers(0, 99), st.sampled_from(["identity", "constant"]))
def test_holes_leave_a_correlation_matrix(securities: int, missing: float, seed: int, target: str) -> None:
    """However they lie: ones on the diagonal, symmetric, no negative eigenvalue."""
    rng = np.random.default_rng(seed)
    returns = rng.normal(size=(80, securities)) + rng.normal(size=(80, 1))
    returns[rng.random(returns.shape) < missing] = np.nan
    names = [f"T{n}" for n in range(securities)]
    found = estimate_risk(returns, names, rows_a_year=252, target=target)
    np.testing.assert_allclose(np.ones(len(found.tickers)), np.diag(found.correlation))
    np.testing.assert_allclose(found.correlation, found.correlation.T)
    assert np.linalg.eigvalsh(found.correlation).min() > -1e-9
    assert 0 <= found.shrinkage <= 1


def test_days_that_all_lack_change_no_correlation() -> None:
    """Holes on the same days: the sample correlation is that of the known days."""
    rng = np.random.default_rng(12)
    returns = rng.normal(size=(100, 2)) + rng.normal(size=(100, 1))
    holed = returns.copy()
    holed[::4] = np.nan
    found = estimate_risk(holed, "AB", rows_a_year=252, target="constant")  # of two it is the sample
    known = returns[np.arange(100) % 4 != 0]
    assert pytest.approx(np.corrcoef(known.T)[0, 1]) == found.correlation[0, 1]
    np.testing.assert_allclose(known.std(axis=0, ddof=1) * math.sqrt(252), found.deviation)


def test_a_security_without_enough_returns_is_left_out_by_name() -> None:
    """Too many holes, or a price that stands still; the rest goes on, and none left is an error."""
    returns = np.random.default_rng(13).normal(size=(60, 3))
    returns[:31, 1] = np.nan
    returns[:, 2] = 0.0
    found = estimate_risk(returns, ("GOOD", "HOLES", "FLAT"), rows_a_year=252)
    assert ("GOOD",) == found.tickers
    assert [[1.0]] == found.correlation.tolist()
    assert {
        "HOLES": "29 daily returns are known of the last 60, 30 are needed",
        "FLAT": "its returns never change",
    } == {ticker: str(why) for ticker, why in found.left_out.items()}
    with pytest.raises(ForecastError, match="FLAT: its returns never change"):
        estimate_risk(returns[:, 2:], ("FLAT",), rows_a_year=252)
    with pytest.raises(ForecastError, match="29 rows of returns are too few"):
        estimate_risk(returns[:29], ("GOOD", "HOLES", "FLAT"), rows_a_year=252)
    with pytest.raises(ValueError, match="3"):
        estimate_risk(returns, ("GOOD",), rows_a_year=252)
