"""Which hours and tickers an iteration sees, and where its features are kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from experiment_cases import TINY, histories, hours

from allocator.core.bars import Bars
from allocator.core.errors import ForecastError
from allocator.forecast.experiment import materials
from allocator.forecast.experiment.grid import ITERATIONS
from allocator.forecast.experiment.materials import arrays, panel, reversal, split_of
from allocator.forecast.features import building, load
from allocator.forecast.spec import Inputs

FIRST = ITERATIONS[1]


def test_only_hours_of_the_main_session():
    """From 10 to 18 o'clock, whatever the evening had."""
    times = panel(histories(), FIRST, TINY).times
    assert set(range(10, 19)) == set(((times - times.astype("datetime64[D]")).astype(int) // 3600).tolist())


def test_march_2022_and_later_years_are_not_there():
    """The month that the paper cuts, and all from the end of the year of judgement on."""
    times = panel(histories(first="2021-06-01", last="2023-02-01"), FIRST, TINY).times
    months = set(np.unique(times.astype("datetime64[M]")).astype(str))
    assert {"2022-02", "2022-04", "2022-12"} <= months
    assert not {"2022-03", "2023-01"} & months


def test_what_is_traded_in_the_last_year_of_training_is_chosen():
    """A ticker that begins later is not of the iteration, and turnover of the year of judgement chooses nobody."""
    bars = histories() | {"LATE": hours(first="2022-01-03")}
    assert ("T0", "T1", "T2") == panel(bars, FIRST, TINY).tickers
    later = bars["T0"].begin >= np.datetime64("2022-01-01")
    bars["T0"] = replace(bars["T0"], volume=np.where(later, 1e9, bars["T0"].volume))
    assert ("T1", "T2") == panel(bars, FIRST, replace(TINY, tickers=2)).tickers


def test_too_few_tickers_are_refused():
    """With the years that are needed, and how many have them."""
    with pytest.raises(ForecastError, match="2021-01-01 to 2022-01-01: 1 of 1") as caught:
        panel(histories(1), FIRST, TINY)
    assert "--iterations" in str(caught.value.hint)


def test_a_year_of_judgement_without_hours_is_refused():
    """Before anything is trained on the others."""
    with pytest.raises(ForecastError, match="judged on 2022-01-01 to 2023-01-01"):
        panel(histories(last="2021-12-20"), FIRST, TINY)


def test_no_history_at_all():
    """The same refusal, and no failure inside of numpy."""
    with pytest.raises(ForecastError, match="0 of 0"):
        panel({}, FIRST, TINY)


def test_parts_are_a_window_apart():
    """The last 15 % before the year of judgement validate; a window and a bar lie between the parts."""
    times = np.datetime64("2021-12-01T00:00:00") + np.arange(62 * 24) * np.timedelta64(3600, "s")
    split = split_of(times, date(2022, 1, 1), window=10)
    assert ((0, 621), (632, 733), (744, 1488)) == (split.train, split.validation, split.test)


def test_features_are_built_once(tmp_path, monkeypatch):
    """The second time they are read; when they are torn they are built again."""
    bars = panel(histories(), FIRST, TINY)
    made = arrays(bars, Inputs.UNIVARIATE, FIRST, TINY, tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr(building, "build", None)
        assert made == arrays(bars, Inputs.UNIVARIATE, FIRST, TINY, tmp_path)
    next(made.folder.glob("values-*.npy")).write_bytes(b"torn")
    assert made == arrays(bars, Inputs.UNIVARIATE, FIRST, TINY, tmp_path)


def test_inputs_have_folders_of_their_own(tmp_path):
    """Each with what it is called after: the own close, and one channel for each ticker besides."""
    bars = panel(histories(), FIRST, TINY)
    alone, others = (arrays(bars, each, FIRST, TINY, tmp_path) for each in (Inputs.UNIVARIATE, Inputs.OTHERS))
    assert (1, 4) == (load(alone.folder).shape[2], load(others.folder).shape[2])
    assert alone.digest != others.digest


def test_the_opposite_of_the_last_move():
    """On a price that goes up and down by turns the rule is always right, on one that only rises never."""
    turns = np.where(np.arange(9 * 112) % 2, 1.01, 1 / 1.01)
    for factors, rate in ((_turning(turns), 1.0), (_turning(np.full(9 * 112, 1.001)), 0.0)):
        bars = panel({"A": factors, "B": factors}, FIRST, TINY)
        features = building.build(bars, Inputs.UNIVARIATE)
        found = reversal(features, split_of(features.times, FIRST.test, TINY.window), TINY.window)
        assert rate == found.rate
        assert found.bars > 0


def _turning(factors: np.ndarray) -> Bars:
    bars = hours(session=range(10, 19))
    close = 100 * np.cumprod(factors[np.arange(len(bars)) % len(factors)])
    return replace(bars, open=close, high=close, low=close, close=close)


def test_the_cut_is_a_month():
    """As the page says."""
    assert np.timedelta64(31, "D") == materials.CUT[1] - materials.CUT[0]
