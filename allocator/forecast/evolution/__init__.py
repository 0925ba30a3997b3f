"""Recipes of models that breed: genes, mutation, judging, and what becomes of a population. Nothing here trains.

A recipe (`ModelSpec`) is what lives and dies; its weights are made anew for each day. `docs/evolution.md` has the
rules in one place, with their error rates.
"""

from allocator.forecast.evolution.adaptation import Search, adapted
from allocator.forecast.evolution.genome import Genes, Space
from allocator.forecast.evolution.judging import Judgement, Reason, elders, judge
from allocator.forecast.evolution.mutation import child
from allocator.forecast.evolution.population import LEAST, capacity, margins, victim
from allocator.forecast.evolution.ranges import Ranges, ranges
from allocator.forecast.evolution.record import Record

__all__ = [
    "LEAST",
    "Genes",
    "Judgement",
    "Ranges",
    "Reason",
    "Record",
    "Search",
    "Space",
    "adapted",
    "capacity",
    "child",
    "elders",
    "judge",
    "margins",
    "ranges",
    "victim",
]
