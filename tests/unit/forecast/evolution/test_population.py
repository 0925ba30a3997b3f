"""How many live, who goes, which days judge, and what a portfolio earns."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from records import days, made

from allocator.core.errors import ForecastError
from allocator.forecast.ensemble.risk import Risk
from allocator.forecast.evolution import LEAST, capacity, margins, ranges, victim
from allocator.forecast.evolution.choosing import earned, held, projected
from allocator.forecast.evolution.population import Living, Rule
from allocator.forecast.evolution.ranges import most_test_days
from allocator.forecast.evolution.record import Record, record
from allocator.forecast.training.results import Forecasts


def test_as_many_live_as_a_night_can_train():
    """Eight hours of two workers at ten minutes a model."""
    assert 96 == capacity([500, 700], night=8 * 3600, workers=2)
    assert LEAST == capacity([10**6], night=3600, workers=1) == capacity([], night=3600, workers=1)
    assert 200 == capacity([0.0], night=3600, workers=1)


def test_the_worst_goes_and_elders_stay():
    """Each rule names its own; whatever is drawn, an elder is never it."""
    living = {
        "elder": Living(made(np.full(30, 9.0), np.full(30, -9.0)), date(2020, 1, 1), 99),
        "poor": Living(made(np.zeros(30), np.full(30, -1.0)), date(2024, 2, 1), 1),
        "wrong": Living(made(np.ones(30)), date(2024, 2, 1), 1),
        "old": Living(made(np.zeros(30)), date(2024, 1, 1), 1),
        "old and slow": Living(made(np.zeros(30)), date(2024, 1, 1), 2),
    }
    found = {victim(living, ["elder"], np.random.default_rng(seed)) for seed in range(40)}
    assert {("poor", Rule.RETURN), ("wrong", Rule.QUALITY), ("old and slow", Rule.AGE)} == found
    assert victim({"elder": living["elder"]}, ["elder"], np.random.default_rng(0)) is None


def test_records_of_other_days_are_compared_by_way_of_the_elders():
    """A model of an easy month is not better than one of a hard month for that."""
    month = np.arange(60) / 60  # losses rise for all
    elder = made(month)
    easy, hard = made(month[:30] + 0.1), made(month[30:] - 0.1, start="2024-01-31")
    assert 0.1 == pytest.approx(margins(easy, [elder])[0])
    assert -0.1 == pytest.approx(margins(hard, [elder])[0])
    assert np.isnan(margins(made(month[:5]), [elder])[0])


def test_one_that_cannot_be_compared_goes_first():
    """It has no record that can be read, or one of days long gone."""
    living = {"none": Living(None, date(2024, 2, 2), 1), "poor": Living(made(np.ones(30)), date(2024, 2, 1), 1)}
    rng = next(each for each in map(np.random.default_rng, range(40)) if each.integers(3) == 0)
    assert victim({**living, "e": living["poor"]}, ["e"], rng) is not None


@given(st.integers(500, 3000), st.integers(1, 20), st.integers(1, 200), st.integers(1, 9))
@settings(max_examples=50)
def test_no_return_that_selects_reaches_into_the_holdout(count, horizon, test_days, bars):
    """Each range's returns are over when the next begins, and the days at the end are left alone."""
    hours = (days(count)[:, None] + np.arange(10, 10 + bars) * np.timedelta64(3600, "s")).reshape(-1)
    found = ranges(hours, horizon=horizon, test_days=test_days)
    split = found.split
    assert split.train[1] - 1 + horizon <= split.validation[0]
    assert split.validation[1] - 1 + horizon <= split.test[0]
    assert split.test[1] - 1 + horizon < found.holdout[0]
    assert len(hours) == found.holdout[1]
    held = len(np.unique(hours[slice(*found.holdout)].astype("datetime64[D]")))
    assert 60 <= held <= max(60, 4 * horizon + 6)
    least = min(max(test_days, 20), most_test_days(hours))
    assert least <= found.test_days <= max(least, 8 * horizon + 1)
    assert split.test[1] - split.test[0] >= 8 * horizon
    assert found.test_days == len(np.unique(hours[slice(*split.test)].astype("datetime64[D]")))


def test_too_short_a_history_is_refused():
    """It says how many days go where."""
    with pytest.raises(ForecastError, match=r"too short.*200 days of which 41 are held out and 20 judge"):
        ranges(days(200), horizon=1, test_days=20)


@given(st.integers(0, 2**32), st.integers(2, 6))
@settings(max_examples=50)
def test_projection_is_the_nearest_point(seed, count):
    """Weights of one in sum, none for what cannot be held, and no other point of the simplex is nearer."""
    rng = np.random.default_rng(seed)
    points, able = rng.normal(size=(1, count)), rng.random((1, count)) < 0.7
    able[0, 0] = True
    found = projected(points, able)
    assert 1 == pytest.approx(found.sum())
    assert (found >= 0).all()
    assert not found[~able].any()
    other = np.where(able, rng.random((100, count)), 0)
    other /= other.sum(axis=1, keepdims=True)
    gap = ((found - points) ** 2)[able].sum()
    assert (((other - points) ** 2) * able).sum(axis=1).min() >= gap - 1e-12


def test_portfolios_meet_the_conditions_of_the_optimum():
    """All that is held has one marginal utility, and what is not held has less."""
    rng = np.random.default_rng(0)
    mean, sigma = rng.normal(0, 0.002, (3, 12)), rng.uniform(0.01, 0.03, (3, 12))
    mean[0, 3], sigma[1, 5] = np.nan, np.nan
    data = rng.normal(size=(60, 12)) + rng.normal(size=(60, 1))
    correlation = np.corrcoef(data.T)
    for aversion in (0.1, 2, 50):
        weights = held(mean, sigma, correlation, aversion)
        assert [1, 1, 1] == pytest.approx(weights.sum(axis=1).tolist())
        for w, m, s in zip(weights, mean, sigma, strict=True):
            able = np.isfinite(m) & np.isfinite(s)
            slope = np.nan_to_num(m) - 2 * aversion * np.nan_to_num(s) * (correlation @ (np.nan_to_num(s) * w))
            assert slope[able].max() - w @ slope < 1e-4
    assert not held(np.full((1, 12), np.nan), sigma[:1], correlation, 1).any()


def test_dealing_costs_what_is_dealt():
    """A portfolio of two bars replaces the one of two bars ago; a return that is not known earns nothing."""
    weights = np.array([[1.0, 0], [1, 0], [0, 1], [0, 1]])
    returns = np.array([[0.01, 0.03], [0.01, 0.03], [0.01, 0.03], [np.nan, 0.03]])
    net, excess = earned(weights, returns, horizon=2, cost=0.001)
    assert [0.01, 0.01, 0.028, 0.028] == pytest.approx(net.tolist())
    assert [-0.01, -0.01, 0.008, -0.002] == pytest.approx(excess.tolist())


def forecasts(skill, rows=200, seed=0):
    """Of two securities; `skill` times the coming return, and noise."""
    rng = np.random.default_rng(seed)
    t, n = np.repeat(np.arange(rows), 2), np.tile([0, 1], rows)
    actual = rng.normal(0, 0.02, 2 * rows)
    mean = skill * actual + rng.normal(0, 0.005, 2 * rows)
    unknown = np.full(2 * rows, np.nan)
    return Forecasts(n, t, mean, unknown, actual, unknown, np.full(2 * rows, 0.02))


def test_a_record_tells_skill_from_noise(tmp_path):
    """Losses below zero and returns above equal weights with skill, about zero without; a file gives it back."""
    risk = Risk(("A", "B"), np.eye(2), np.array([0.3, 0.3]), 0.0, 360)
    found = [
        record(forecasts(skill), (100, 200), (0, 90), days(200), ("A", "B"), risk, horizon=1, aversion=0.5)
        for skill in (0.5, 0.0)
    ]
    assert 100 == len(found[0])
    assert found[0].loss.mean() < -0.5
    assert found[0].excess.mean() > 0.005
    assert abs(found[1].loss.mean()) < 0.05
    found[0].save(tmp_path / "it.npz")
    again = Record.open(tmp_path / "it.npz")
    assert found[0].loss.tolist() == again.loss.tolist()
    assert found[0].times.tolist() == again.times.tolist()
    (tmp_path / "it.npz").write_bytes(b"PK torn")
    with pytest.raises(ForecastError, match="no record"):
        Record.open(tmp_path / "it.npz")
