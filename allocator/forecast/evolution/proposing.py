"""What to train next: a living recipe on a new day, or a child.

The order is POptimizer's: after a recipe that was accepted a child, after one that was not the one that waits longest
for the new day. Before either, on a new day, the elders: others are judged by them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date

import numpy as np

from allocator.core.bars import Floats
from allocator.forecast.evolution.genome import Space
from allocator.forecast.evolution.mutation import child
from allocator.forecast.evolution.state import Proposal, State
from allocator.forecast.spec import Architecture, ModelSpec

SEEDS = 2**31 - 1
FIRST = len(Architecture)


def proposed(
    state: State, space: Space, recipes: Mapping[str, ModelSpec], day: date, key_of: Callable[[ModelSpec], str]
) -> State:
    """The state with one more proposal pending; the same state, day and space give the same one.

    `recipes` are those of all members, by key.
    """
    again = _waiting(state, day)
    if again is not None:
        member = state.members[again]
        return _with(state, again, recipes[again], member.genes, (), young=False)
    rng = np.random.default_rng([state.seed, state.begun])
    if state.sown < FIRST:
        genome, parents = space.first(state.sown), tuple[str, ...]()
        state = replace(state, sown=state.sown + 1)
    else:
        genome, parents = _bred(state, space, recipes, rng)
    spec = space.decode(genome, seed=int(rng.integers(SEEDS)))
    return _with(state, key_of(spec), spec, space.named(genome), parents, young=True)


def _waiting(state: State, day: date) -> str | None:
    """The living recipe whose turn it is to be judged on this day, if it is one's turn."""
    busy = {each.key for each in state.pending}
    waiting = {key: each for key, each in state.members.items() if each.day != day and key not in busy}
    for key in state.elders:
        if key in waiting:
            return key
    if not waiting or not state.rejected:
        return None
    return min(waiting, key=lambda key: (waiting[key].day or date.min, key))


def _bred(
    state: State, space: Space, recipes: Mapping[str, ModelSpec], rng: np.random.Generator
) -> tuple[Floats, tuple[str, ...]]:
    """A child of an elder and of the difference of two others; of chance where there are not so many."""
    keys = sorted(state.members)
    bases = [key for key in state.elders if key in state.members] or keys

    def genome(key: str) -> Floats:
        return space.genome(state.members[key].genes, recipes[key])

    if not bases:
        return space.random(rng), ()
    base = bases[int(rng.integers(len(bases)))]
    rest = [key for key in keys if key != base]
    if len(rest) < 2:
        one, other = space.random(rng), space.random(rng)
        return child(genome(base), one, other, radius=state.search.radius, rng=rng), (base,)
    a, b = (rest[int(at)] for at in rng.choice(len(rest), 2, replace=False))
    return child(genome(base), genome(a), genome(b), radius=state.search.radius, rng=rng), (base, a, b)


def _with(
    state: State, key: str, spec: ModelSpec, genes: Mapping[str, float], parents: tuple[str, ...], *, young: bool
) -> State:
    days = round(state.search.test_days)
    new = Proposal(state.begun, key, spec.json(), genes, parents, young, days)
    return replace(state, begun=state.begun + 1, pending=(*state.pending, new))
