"""The means over cells, and how sure they are."""

from __future__ import annotations

import numpy as np
import pytest
from experiment_cases import result
from hypothesis import given
from hypothesis import strategies as st

from allocator.forecast.experiment.summary import by_lambda, excess, mean, of_cell, slope
from allocator.forecast.spec import Architecture

HOURS = 200


def rates(rate: float, seed: int = 0) -> tuple[int, ...]:
    """Of two bars in each hour, so many right."""
    return tuple(np.random.default_rng(seed).binomial(2, rate, HOURS).tolist())


def test_a_line_for_each_lambda():
    """With the means of its cells."""
    lines = by_lambda([result(lam=1.0, loss=0.3), result(), result(network=Architecture.TSMIXER, loss=0.7)], 1)
    assert [(0.0, 2, 0.6), (1.0, 1, 0.3)] == [(each.lam, each.cells, pytest.approx(each.loss)) for each in lines]


def test_another_iteration_is_not_counted():
    """Nor is another network, when one is asked for."""
    both = [result(), result(iteration=2), result(network=Architecture.TSMIXER)]
    assert 2 == len(of_cell(both, 1))
    assert 1 == len(of_cell(both, 1, Architecture.TSMIXER))


def test_no_cell_has_no_mean():
    """And NaN is no figure of one."""
    assert np.isnan(mean([], lambda each: each.loss))
    assert np.isnan(mean([result()], lambda each: each.scores.correlation))


def test_equal_cells_rise_by_nothing():
    """Surely: they differ in no hour."""
    right = rates(0.5)
    line = by_lambda([result(right=right), result(lam=50.0, right=right)], 1)[1]
    assert line.rise is not None
    assert (0.0, 0.0, 0.0) == (line.rise.value, line.rise.low, line.rise.high)


def test_copies_of_a_cell_add_no_certainty():
    """Twelve models that say the same are one: the interval is that of one."""
    right = rates(0.55)
    one = by_lambda([result(right=right)], 1)[0].moved
    twelve = by_lambda([result(right=right, seed=seed) for seed in range(12)], 1)[0].moved
    assert (one.value, one.low, one.high) == pytest.approx((twelve.value, twelve.low, twelve.high))


def test_a_rise_that_is_there_is_seen():
    """From 50 % to 70 % over λ of 50: four points for each ten, surely not zero."""
    cells = [result(right=rates(0.5, 1)), result(lam=25.0, right=rates(0.6, 2)), result(lam=50.0, right=rates(0.7, 3))]
    found = slope(cells, 1)
    assert found is not None
    assert 0.04 == pytest.approx(found.value, abs=0.02)
    assert found.differs
    assert found.low < 0.04 < found.high


def test_one_lambda_has_no_slope():
    """Nothing can rise."""
    assert None is slope([result(), result(network=Architecture.TSMIXER)], 1)


def test_a_cell_that_lacks_a_lambda_is_no_part_of_the_slope():
    """Otherwise a network that is finished early would look like an effect of λ."""
    whole = [result(right=rates(0.5)), result(lam=50.0, right=rates(0.5))]
    early = result(network=Architecture.TSMIXER, right=rates(1.0))
    assert slope(whole, 1) == slope([*whole, early], 1)


def test_the_null_is_seldom_refused():
    """Cells without an effect, of hours that share nothing: about one in twenty slopes looks sure."""
    sure = 0
    for seed in range(200):
        cells = [result(lam=lam, right=rates(0.5, 1000 * seed + at)) for at, lam in enumerate((0.0, 25.0, 50.0))]
        found = slope(cells, 1)
        assert found is not None
        sure += found.differs
    assert 2 <= sure <= 24


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=6))
def test_the_excess_is_the_difference_of_means(losses):
    """Of loss and naive loss, whatever the cells."""
    cells = [result(seed=at, loss=loss) for at, loss in enumerate(losses)]
    found = excess(cells)
    assert found is not None
    expected = mean(cells, lambda each: each.loss - each.naive_loss)
    assert expected == pytest.approx(found.value, abs=1e-9)
    assert found.low <= found.value <= found.high


def test_nothing_exceeds_nothing():
    """No cell, no estimate."""
    assert None is excess([])
