"""Who is accepted, by which rule, and how often it errs."""

from __future__ import annotations

import numpy as np
import pytest
from records import days, made

from allocator.forecast.evolution import Judgement, Reason, Record, Search, adapted, elders, judge


def noise(seed, count=60, scale=1.0):
    return np.random.default_rng(seed).normal(0, scale, count)


def rng():
    return np.random.default_rng(0)


def test_without_elders_all_are_accepted():
    """The first recipes have nobody to be compared with."""
    found = judge(made(noise(0)), [], horizon=1, rng=rng())
    assert (True, 0) == (found.accepted, found.elders)


def test_a_surely_worse_loss_is_not_accepted():
    """Five standard errors above the elders."""
    found = judge(made(noise(0) + 1), [made(noise(seed)) for seed in range(1, 6)], horizon=1, rng=rng())
    assert (Reason.QUALITY, 5, 60) == (found.reason, found.elders, found.bars)
    assert found.p < 0.01
    assert found.loss_gap == pytest.approx(1, abs=0.5)


def test_equals_are_accepted():
    """The very same record is worse than nobody."""
    assert judge(made(noise(0)), [made(noise(0))], horizon=1, rng=rng()).accepted


def test_a_worse_return_is_forgiven_above_zero_and_equal_weights():
    """Below the elders, but money was made and equal weights beaten."""
    elder = made(noise(0), np.full(60, 0.002))
    assert judge(made(noise(0), np.full(60, 0.001)), [elder], horizon=1, rng=rng()).accepted


@pytest.mark.parametrize(("excess", "net"), [(-0.001, 0.01), (0.001, -0.01)], ids=["below equal weights", "a loss"])
def test_a_worse_return_is_not_forgiven_below_zero(excess, net):
    """Below the elders, and below zero or below equal weights."""
    poor = made(noise(0), np.full(60, excess), np.full(60, net))
    found = judge(poor, [made(noise(0), np.full(60, 0.002))], horizon=1, rng=rng())
    assert (Reason.RETURN, False) == (found.reason, found.chance)


def test_chance_is_told_from_a_return_that_is_surely_poor():
    """The same mean with noise enough to explain it."""
    spread = noise(3, scale=0.02)
    poor = made(noise(0), spread - spread.mean() - 0.001)
    found = judge(poor, [made(noise(0), np.full(60, 0.0005))], horizon=1, rng=rng())
    assert (Reason.RETURN, True) == (found.reason, found.chance)


def test_elders_of_other_days_are_not_asked():
    """An elder that shares less than half of the bars says nothing; one of yesterday is compared on those shared."""
    candidate = made(noise(0), start="2024-03-01")
    old, yesterday = made(noise(1), start="2024-01-20"), made(noise(2), start="2024-02-28")
    found = judge(candidate, [old, yesterday], horizon=1, rng=rng())
    assert (1, 58) == (found.elders, found.bars)


def test_elders_are_the_best_by_rank_and_age():
    """Of equal ranks the one that was judged more often leads; a good one before it where it is much better."""
    level = {"good": -2.0, "old": -1.0, "young": -0.9, "poor": 1.0, "worst": 2.0}
    records = {name: made(np.full(30, at), np.full(30, -at)) for name, at in level.items()}
    ages = {"good": 5, "old": 9, "young": 1, "poor": 9, "worst": 9}
    assert ("good", "old", "young") == elders(records, ages, 3)
    assert "poor" == elders(records, {**ages, "worst": 1}, 5)[-1] or "worst" == elders(records, ages, 5)[-1]


def test_recipes_with_stale_records_are_no_elders():
    """They would be ranked by other days."""
    records = {"new": made(noise(0), start="2024-06-01"), "stale": made(noise(1) - 9)}
    assert ("new",) == elders(records, {})


def equal(count, rng, horizon=1):
    """A record without skill whose neighbours share what overlaps."""
    draws = rng.normal(size=(2, count + horizon - 1))
    sums = np.array([np.convolve(each, np.ones(horizon), "valid") for each in draws])
    return Record(days(count), sums[0], 0.01 * sums[1], 0.01 * sums[1])


@pytest.mark.parametrize(("horizon", "most"), [(1, 0.09), (5, 0.14)])
def test_equals_are_seldom_called_worse(horizon, most):
    """Nominal 5 %: some more where forty bars are few blocks, never what a test blind to overlaps says (29 % for 5)."""
    rng = np.random.default_rng(horizon)
    wrong = 0
    for _ in range(400):
        found = judge(equal(40, rng, horizon), [equal(40, rng, horizon) for _ in range(5)], horizon=horizon, rng=rng)
        wrong += found.p < 0.05
    assert 0.01 <= wrong / 400 <= most


def test_a_candidate_that_is_worse_is_found():
    """By half a deviation a bar: most of the time on forty bars, nearly always on a hundred and twenty."""
    rng = np.random.default_rng(5)
    found = []
    for count in (40, 120):
        many = [
            judge(worse(equal(count, rng)), [equal(count, rng) for _ in range(5)], horizon=1, rng=rng).p < 0.05
            for _ in range(150)
        ]
        found.append(np.mean(many))
    assert found[0] > 0.7
    assert found[1] > 0.97


def worse(record):
    return Record(record.times, record.loss + 0.5, record.net, record.excess)


def given(reason, *, chance=False):
    return Judgement(reason, 0.5, 0.0, 0.0, 40, 5, chance)


def test_days_follow_rejections_by_chance():
    """More after a return that chance explains, a little fewer otherwise, as before when it was surely poor."""
    search = Search(3.0, 40.0)

    def after(found):
        return adapted(search, found, young=False, living=10, most_days=100).test_days

    assert 41 == after(given(Reason.RETURN, chance=True))
    assert 40 == after(given(Reason.RETURN))
    assert [40 - 1 / 19] * 2 == pytest.approx([after(given(None)), after(given(Reason.QUALITY))])


def test_who_was_compared_with_nobody_says_nothing():
    """The first recipes change neither days nor radius."""
    alone = Judgement(None, np.nan, np.nan, np.nan, 0, 0)
    assert Search(2.0, 50.0) == adapted(Search(2.0, 50.0), alone, young=True, living=1, most_days=84)


def test_days_stay_between_their_bounds():
    """Never so few that the bootstrap errs, nor more than the history has to give."""
    assert 20 == adapted(Search(1, 20), given(Reason.QUALITY), young=False, living=9, most_days=90).test_days
    assert (
        90 == adapted(Search(1, 90), given(Reason.RETURN, chance=True), young=False, living=9, most_days=90).test_days
    )


def test_the_radius_rests_at_the_acceptance_that_is_wanted():
    """23.4 % of children accepted: it stays where it is on the whole."""
    search = Search(5.0, 40.0)
    for at in range(1000):
        found = given(None) if at * 234 % 1000 < 234 else given(Reason.QUALITY)
        search = adapted(search, found, young=True, living=20, most_days=100)
    assert search.radius == pytest.approx(5, abs=0.3)


def test_a_radius_below_one_makes_tests_longer():
    """They accept too easily; old recipes say nothing about it."""
    found = adapted(Search(1.0, 40.0), given(None), young=True, living=10, most_days=100)
    assert 1 == found.radius
    assert found.test_days == pytest.approx(40 - 1 / 19 + 0.766 / 0.234 / 10)
    assert 1 == adapted(Search(1.0, 40.0), given(None), young=False, living=10, most_days=100).radius
