"""How far to search and how long to test: two numbers that follow what happens."""

from __future__ import annotations

from dataclasses import dataclass

from allocator.forecast.evolution.judging import LEVEL, Judgement, Reason
from allocator.forecast.evolution.ranges import LEAST_TEST_DAYS

ACCEPTANCE = 0.234  # of children: the optimum of random walks in many dimensions (Roberts, Gelman & Gilks, 1997)
FIRST_TEST_DAYS = 40


@dataclass(frozen=True, slots=True)
class Search:
    """`radius` >= 1 divides the steps of mutations; `test_days` judge."""

    radius: float = 1.0
    test_days: float = FIRST_TEST_DAYS


def adapted(search: Search, judgement: Judgement, *, young: bool, living: int, most_days: int) -> Search:
    """After a judgement of a child (`young`) or of one that lived before.

    Days: one more after a rejection for a return that chance explains, else fewer by 0.05/0.95 of one, so that they
    rest where 5 % are such rejections (POptimizer's rule; where no recipe has skill, half of all returns are poor by
    chance, and the days grow to `most_days`). A return that is surely poor says nothing about days.
    Radius, after children only: Robbins & Monro (1951) in steps of 1 / `living`, to an acceptance of 0.234. What would
    bring it below 1 makes tests longer: they accept too easily.
    """
    if not judgement.elders:
        return search  # it was compared with nobody, and says nothing
    days, radius = search.test_days, search.radius
    if judgement.chance:
        days += 1
    elif judgement.reason is not Reason.RETURN:
        days -= LEVEL / (1 - LEVEL)
    if young:
        gain = 1 / max(living, 1)
        radius += -gain * (1 - ACCEPTANCE) / ACCEPTANCE if judgement.accepted else gain
        if radius < 1:
            days, radius = days + 1 - radius, 1.0
    return Search(radius, min(max(days, LEAST_TEST_DAYS), max(most_days, LEAST_TEST_DAYS)))
