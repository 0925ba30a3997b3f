"""Turns of a session, by a clock that only the test moves."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.market.pace import Pace


class Clock:
    def __init__(self) -> None:
        self.time = 100.0

    def __call__(self) -> float:
        return self.time


def starts(pace: Pace, clock: Clock, count: int) -> list[float]:
    """The moments at which a patient client starts so many requests, the first at 0."""
    found = []
    for _ in range(count):
        clock.time += pace.turn()
        found.append(round(clock.time - 100, 6))
    return found


def test_spacing_keeps_requests_apart():
    """A tenth of a second between any two, as for quotes."""
    clock = Clock()
    assert [0, 0.1, 0.2] == starts(Pace(0.1, math.inf, 1, clock), clock, 3)


def test_a_burst_goes_at_once_then_the_rate_holds():
    """Three at once after a rest, then two a second."""
    clock = Clock()
    assert [0, 0, 0, 0.5, 1.0] == starts(Pace(0, 2.0, 3, clock), clock, 5)


def test_a_rest_refills_the_burst():
    """The bucket fills at the rate, and holds no more than the burst however long the rest."""
    clock = Clock()
    pace = Pace(0, 2.0, 3, clock)
    starts(pace, clock, 3)
    clock.time += 1.0
    assert [1.0, 1.0, 1.5] == starts(pace, clock, 3)
    clock.time += 1000
    assert [1001.5, 1001.5, 1001.5, 1002.0] == starts(pace, clock, 4)


def test_without_a_rate_nobody_waits():
    """The default of `Limits` has spacing only."""
    clock = Clock()
    assert [0] * 50 == starts(Pace(0, math.inf, 1, clock), clock, 50)


def test_a_pause_is_remembered():
    """For all threads, until it is over; a shorter pause does not cut a longer one."""
    clock = Clock()
    pace = Pace(0, math.inf, 1, clock)
    pace.pause(7)
    pace.pause(2)
    assert 7 == pace.paused_s()
    clock.time += 5
    assert 2 == pace.paused_s()
    clock.time += 7
    assert 0 == pace.paused_s()


@given(
    rate=st.floats(0.5, 50),
    burst=st.integers(1, 40),
    rests=st.lists(st.floats(0, 5), min_size=1, max_size=80),
    window=st.floats(0.1, 10),
)
def test_no_window_holds_more_than_burst_and_rate(rate: float, burst: int, rests: list[float], window: float):
    """Whatever the pattern of asking, the server sees at most burst + rate * t requests in any t seconds."""
    clock = Clock()
    pace = Pace(0, rate, burst, clock)
    moments = []
    for rest in rests:
        clock.time += rest
        clock.time += pace.turn()
        moments.append(clock.time)
    for first in moments:
        inside = sum(first <= moment < first + window for moment in moments)
        assert inside <= burst + rate * window + 1e-6


@pytest.mark.parametrize("burst", [1, 5])
def test_the_rate_is_reached(burst: int):
    """Politeness costs no more than it must: a hundred requests at ten a second take as long as that."""
    clock = Clock()
    moments = starts(Pace(0, 10.0, burst, clock), clock, 100)
    assert (100 - burst) / 10 == pytest.approx(moments[-1])
