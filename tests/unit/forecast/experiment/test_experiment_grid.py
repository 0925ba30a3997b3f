"""What the experiment trains."""

from __future__ import annotations

import pytest

from allocator.core.errors import UsageError
from allocator.forecast.experiment import paper
from allocator.forecast.experiment.grid import INPUTS, ITERATIONS, LAMBDAS, NETWORKS, SCALES, Cell, Grid
from allocator.forecast.spec import Architecture, Inputs


def test_the_whole_grid():
    """Each iteration has 4 networks, 3 inputs and 9 λ once; two seeds are two grids, the second after the first."""
    cells = list(Grid(seeds=2).cells())
    assert 2 * 2 * 4 * 3 * 9 == len(cells) == len(set(cells))
    assert {0} == {cell.seed for cell in cells[: len(cells) // 2]}


def test_the_slowest_network_goes_first():
    """So that no long training is left at the end, when the other workers have nothing to do."""
    assert Architecture.ENCODER_DECODER is next(Grid().cells()).network


@pytest.mark.parametrize(
    "wrong",
    [
        {"iterations": (3,)},
        {"iterations": ()},
        {"networks": (Architecture.WAVENET,)},
        {"inputs": (Inputs.CONTEXT,)},
        {"lambdas": (1.0, 1.0)},
        {"inputs": (Inputs.TA57, Inputs.TA57)},
    ],
)
def test_what_is_not_of_the_experiment_is_refused(wrong):
    """Before anything is trained, as a mistake of the command line."""
    with pytest.raises(UsageError):
        Grid(**wrong)


@pytest.mark.parametrize("scale", SCALES.values(), ids=SCALES)
def test_each_cell_is_another_model(scale):
    """No two cells of an iteration share a key of the cache; the iteration itself is in the data."""
    grid = Grid(iterations=(1,))
    assert 4 * 3 * 9 == len({scale.spec(cell).digest() for cell in grid.cells()})


def test_a_cell_becomes_its_model():
    """λ, window and seed are those that were asked for."""
    spec = SCALES["full"].spec(Cell(1, Architecture.ENCODER, Inputs.OTHERS, 35.0, seed=4))
    assert (Architecture.ENCODER, Inputs.OTHERS, 35.0, 64, 4) == (
        spec.architecture, spec.inputs, spec.lam, spec.window, spec.seed
    )  # fmt: skip


def test_the_papers_figures():
    """Two corners of its figures 4 and 5, and the best cell that it names in both: the encoder on indicators."""
    assert 24.55 == paper.loss(1, Architecture.LSTM, Inputs.UNIVARIATE)
    assert 20.09 == paper.loss(2, Architecture.TSMIXER, Inputs.OTHERS)
    for number in ITERATIONS:
        best = min(((n, i) for n in NETWORKS for i in INPUTS), key=lambda pair: paper.loss(number, *pair))
        assert (Architecture.ENCODER, Inputs.TA57) == best


def test_the_nine_lambdas():
    """Those of the paper."""
    assert (0, 1, 5, 10, 12, 25, 35, 45, 50) == LAMBDAS
