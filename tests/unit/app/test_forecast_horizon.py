"""How far ahead forecasts look: by the settings, by the log of trades, by the models that there are."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from allocator.app.evolving_population import StorePopulation
from allocator.app.forecast_horizon import USUAL, by_horizon, left_alone, living_horizon, living_specs, wanted_horizon
from allocator.config.settings import ForecastSettings
from allocator.core.accounts import Account, Holding
from allocator.core.bars import Bars, Interval
from allocator.core.instrument import Instrument, Kind
from allocator.forecast.spec import Architecture, ModelSpec
from allocator.store import Store, StoredModel, open_store

DAY = date(2024, 1, 15)
SAID = ForecastSettings()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A paper with thirty days of bars."""
    begin = np.busday_offset(np.datetime64(DAY), np.arange(30)).astype("datetime64[s]")
    close = np.full(30, 10.0)
    with open_store(str(tmp_path / "store.db")) as opened:
        with opened.transaction() as tx:
            tx.instruments.put([Instrument("A", Kind.SHARE, "TQBR")])
            tx.bars.put("A", Interval.DAY, Bars(begin, close, close, close, close, close, close))
        yield opened


def hold(store: Store, since: int) -> None:
    """An account that came with the paper on this of the thirty days."""
    day = np.busday_offset(np.datetime64(DAY), since).astype("datetime64[s]").item()
    with store.transaction() as tx:
        account = Account("mine", (Holding("A", Decimal(10)),))
        tx.accounts.put(account, day.replace(hour=9, tzinfo=UTC))


def model(store: Store, horizon: int, interval: Interval = Interval.DAY) -> None:
    with store.transaction() as tx:
        spec = ModelSpec(Architecture.LSTM, horizon=horizon)
        born = datetime(2024, 2, 1, tzinfo=UTC)
        tx.models.put(StoredModel(f"{interval.value}{horizon}", spec.json(), (), born, interval=interval, file="x"))


def wanted(store: Store, settings: ForecastSettings = SAID, interval: Interval = Interval.DAY) -> int:
    with store.reading() as tx:
        return wanted_horizon(tx, settings, interval)


def living(store: Store, settings: ForecastSettings = SAID) -> int:
    with store.reading() as tx:
        return living_horizon(tx, settings, Interval.DAY)


@pytest.mark.parametrize(("since", "expected"), [(29, 1), (28, 2), (26, 2), (25, 5), (20, 10), (0, 21)])
def test_about_as_long_as_things_are_kept(store: Store, since: int, expected: int) -> None:
    """The longest of a few horizons that is not longer; it starts at one day."""
    hold(store, since)
    assert expected == wanted(store)
    assert 14 * expected == wanted(store, interval=Interval.HOUR)


def test_the_settings_go_first_and_without_accounts_there_is_a_usual_one(store: Store) -> None:
    """What a person wrote down is what is done, whatever they trade."""
    assert USUAL == wanted(store)
    hold(store, 0)
    assert 7 == wanted(store, ForecastSettings(horizon=7))
    model(store, 5)
    assert 7 == living(store, ForecastSettings(horizon=7)), "a model of another horizon is no answer to it"


def test_models_of_the_nearest_horizon_are_asked(store: Store) -> None:
    """While there are none for the one that is wanted: nearest as a ratio; those of hours say nothing of days."""
    hold(store, 20)
    assert 10 == living(store)
    model(store, 9, Interval.HOUR)
    assert 10 == living(store)
    model(store, 2)
    assert 2 == living(store)
    model(store, 21)
    assert 21 == living(store)
    model(store, 10)
    assert 10 == living(store)


def test_a_model_that_nobody_can_read_is_left_out_by_name(store: Store):
    """Another version of the program may have written it: it is told, keeps its row, and stops nobody else."""
    model(store, 5)
    unknown = StoredModel("newer", '{"format": 99}', (), datetime(2024, 2, 1, tzinfo=UTC), file="x")
    with store.transaction() as tx:
        tx.models.put(unknown)
    with store.reading() as tx:
        found = by_horizon(tx, Interval.DAY)
        assert ["day5"] == [each.key for each in found.at[5]]
    (note,) = left_alone(5, found)
    assert str(note).startswith("model newer is left out: what it is made by cannot be read")
    assert 5 == living(store)
    assert [ModelSpec(Architecture.LSTM, horizon=5)] == living_specs(store, Interval.DAY, 5)
    assert ["day5"] == [each.key for each in StorePopulation(store, Interval.DAY, 5).read()[1]]
    with store.reading() as tx:
        assert {"day5", "newer"} == {each.key for each in tx.models.all()}
