"""The grid at work, with a pool that trains nothing."""

from __future__ import annotations

import json

import numpy as np
import pytest
from experiment_cases import TINY, Instant, histories, result

from allocator.forecast.experiment.grid import Cell, Grid
from allocator.forecast.experiment.results import opened, where
from allocator.forecast.experiment.running import run
from allocator.forecast.spec import Architecture, Inputs

GRID = Grid((1,), (Architecture.LSTM, Architecture.TSMIXER), (Inputs.UNIVARIATE,), (0.0, 50.0))


@pytest.fixture(scope="module")
def bars():
    return histories()


def ran(tmp_path, bars, backend, grid=GRID, told=None):
    return run(grid, TINY, bars, tmp_path, backend, told or (lambda *_: None))


def test_every_cell_is_trained_once(tmp_path, bars):
    """Then all is in the cache: a second run trains nothing and has the same results."""
    pool = Instant(tmp_path / "models")
    first = ran(tmp_path, bars, pool)
    again = ran(tmp_path, bars, pool)
    assert 4 == len(pool.specs) == len(first.results)
    assert {each.key: each for each in first.results} == {each.key: each for each in again.results}
    assert set(GRID.cells()) == {each.cell for each in again.results}


def test_a_larger_grid_goes_on_from_a_smaller_one(tmp_path, bars):
    """Only its new cells are trained."""
    ran(tmp_path, bars, Instant(tmp_path / "models"), Grid((1,), (Architecture.LSTM,), (Inputs.UNIVARIATE,), (0.0,)))
    pool = Instant(tmp_path / "models")
    ran(tmp_path, bars, pool)
    assert 3 == len(pool.specs)


def test_other_data_are_other_cells(tmp_path, bars):
    """What was found on one history is not shown for another."""
    ran(tmp_path, bars, Instant(tmp_path / "models"))
    assert 4 == len(ran(tmp_path, histories(2), None).missing)


def test_nothing_is_trained_without_a_pool(tmp_path, bars):
    """What is missing is said."""
    outcome = ran(tmp_path, bars, None)
    assert ((), 4) == (outcome.results, len(outcome.missing))


def test_a_cell_that_fails_stops_no_other(tmp_path, bars):
    """It is named with its reason, and is tried again the next time."""
    outcome = ran(tmp_path, bars, Instant(tmp_path / "models", refuse=Architecture.LSTM))
    assert 2 == len(outcome.results)
    assert {Architecture.LSTM} == {cell.network for cell, _ in outcome.failed}
    assert ["lstm diverged."] * 2 == [str(error) for _, error in outcome.failed]
    assert 2 == len(ran(tmp_path, bars, None).missing)


def test_a_perfect_forecast(tmp_path, bars):
    """Has no loss at λ = 0, is always right, and with λ gains what it forecasts; its forecasts are not kept."""
    outcome = ran(tmp_path, bars, Instant(tmp_path / "models"))
    for each in outcome.results:
        assert 1.0 == each.scores.winrate.rate == each.scores.winrate_nonzero.rate
        assert sum(each.moved) == sum(each.right) > 0
        assert (each.loss == 0) if each.cell.lam == 0 else (each.loss < 0)
        assert each.loss - each.naive_loss == pytest.approx(sum(each.excess) / each.scores.pairs, rel=1e-4)
    assert [] == list((tmp_path / "models").glob("*.npz"))


def test_the_forecast_of_no_change(tmp_path, bars):
    """Has exactly the naive loss, whatever λ is, and no error."""
    outcome = ran(tmp_path, bars, Instant(tmp_path / "models", say=np.zeros_like))
    for each in outcome.results:
        assert (each.naive_loss, 0.0, 0) == (each.loss, each.error, sum(each.right))


def test_progress_counts_cells(tmp_path, bars):
    """Those that are to be trained: what is in the cache would make the pace look better than it is."""
    ran(tmp_path, bars, Instant(tmp_path / "models"), Grid((1,), (Architecture.LSTM,), (Inputs.UNIVARIATE,), (0.0,)))
    told = []
    ran(tmp_path, bars, Instant(tmp_path / "models"), told=lambda *each: told.append(each[1:]))
    assert [(0, 3), (1, 3), (2, 3), (3, 3)] == [each for each in told if each[1]]


def test_a_result_survives_its_file(tmp_path):
    """NaN, None and enums too."""
    made = result(lam=5.0, network=Architecture.TSMIXER)
    made.save(tmp_path)
    found = opened(tmp_path, made.key)
    assert found is not None
    assert Cell(1, Architecture.TSMIXER, Inputs.UNIVARIATE, 5.0, 0) == found.cell
    assert repr(made) == repr(found)  # NaN is unequal to itself


@pytest.mark.parametrize("content", [b"", b"[]", b'{"format": 1}', b'{"format": 0}', b"\xff"])
def test_a_file_that_is_no_result_is_no_result(tmp_path, content):
    """The cell is trained again; nothing fails."""
    where(tmp_path, "some").write_bytes(content)
    assert None is opened(tmp_path, "some")


def test_a_file_is_plain_json(tmp_path):
    """Without NaN, which JSON has no word for."""
    made = result()
    made.save(tmp_path)
    assert None is json.loads(where(tmp_path, made.key).read_text())["scores"]["correlation"]
