"""How a child differs from its base."""

from __future__ import annotations

import numpy as np

from allocator.core.bars import Floats


def child(base: Floats, one: Floats, other: Floats, *, radius: float, rng: np.random.Generator) -> Floats:
    """A child: base + (one - other) * N(0, 1) / radius, each gene with a chance of its own, reflected into 0..1.

    Differential mutation (Storn & Price, 1997) as in POptimizer: what differs among the living says how far to go, so
    a gene on which all agree rests, and one that does not matter spreads. Switches and choices follow their numbers.
    """
    return reflected(base + (one - other) * rng.standard_normal(len(base)) / radius)


def reflected(genome: Floats) -> Floats:
    """Into 0..1, as by mirrors at both ends, however far outside."""
    folded: Floats = np.abs(genome) % 2.0
    return np.where(folded > 1.0, 2.0 - folded, folded)
