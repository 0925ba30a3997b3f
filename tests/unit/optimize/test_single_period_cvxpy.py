"""The deals of one period are those that CVXPY finds at a tight tolerance, with every feature."""

from __future__ import annotations

import warnings
from importlib.util import find_spec

import numpy as np
import pytest
from single_period_cases import FEATURES, by_cvxpy, case

from allocator.core.errors import Infeasible

pytestmark = pytest.mark.skipif(find_spec("cvxpy") is None, reason="cvxpy comes with the extra `dev`")
SEEDS = range(8)


@pytest.mark.parametrize("feature", FEATURES)
def test_the_deals_are_those_of_cvxpy(feature):
    """To 1e-6 of wealth in each name; where CVXPY finds no deals, the optimiser says so."""
    for seed in SEEDS:
        asked = case(feature, seed)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Clarabel's "may be inaccurate" at tolerances this tight
            expected = by_cvxpy(asked)
        if expected is None:
            with pytest.raises(Infeasible):
                asked.solve()
            continue
        found = asked.solve()
        ours, theirs = asked.objective(found.change), asked.objective(expected)
        assert np.abs(expected - found.change).max() < 1e-6, (seed, ours - theirs)
        assert theirs <= ours + 1e-10
