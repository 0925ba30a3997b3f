"""Models, judgements and forecasts in a store, on both databases: what is put comes back, what is damaged is told."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
import sqlalchemy as sa

from allocator.core.bars import Interval
from allocator.core.errors import StoreError
from allocator.core.text import text
from allocator.store import Store, StoredForecast, StoredModel, StoredViews, Trial, migrate, open_store, own_file
from allocator.store.address import Address, address_of
from allocator.store.engines import Engines, engines_of
from allocator.store.schema import ARRAYS, FORECASTS, MODELS, REVISIONS

NOW = datetime(2024, 5, 3, 1, 2, 3, 456789, UTC)
DAY, HOUR = Interval.DAY, Interval.HOUR
MODEL = StoredModel(
    "a" * 20,
    '{"architecture":"lstm"}',
    ("b" * 20, "c" * 20),
    NOW,
    scores={"llh": -0.1, "rho": 1 / 3, "dead": math.inf},
    trained_on=date(2024, 5, 2),
    evaluated=date(2024, 5, 3),
    seconds=1.25,
    interval=HOUR,
    file="d" * 20,
)


def forecast(interval: Interval = DAY, **changed: object) -> StoredForecast:
    """Of two securities, with a NaN and numbers that have no short decimal."""
    rng = np.random.default_rng(1)
    values = {name: rng.normal(size=(2, 2) if name == "covariance" else 2) for name in ARRAYS}
    values["lower"][1] = math.nan
    verdict = text("It beats {name} by {share}.", name=text("nothing"), share=0.1 + 0.2)
    given = {
        "as_of": datetime(2024, 5, 2, 23),
        "made": NOW,
        "interval": interval,
        "horizon": 5,
        "tickers": ("GAZP", "SBER"),
        "models": ("a", "b"),
        "verdict": verdict,
        "shrink": 1 / 3,
        "details": {"rho": 0.5, "left_out": {}},
    }
    return StoredForecast(**{**given, **values, **changed})  # type: ignore[arg-type]


def views(models: int = 2, tickers: int = 2) -> StoredViews:
    """One model is silent on a security, and gives points only."""
    rng = np.random.default_rng(2)
    mean, deviation = rng.normal(size=(2, models, tickers))
    mean[0, 1] = deviation[0] = math.nan
    return StoredViews(mean, deviation, rng.uniform(1, 9, models))


def plain(forecast: StoredForecast) -> dict[str, object]:
    names = ("as_of", "made", "interval", "horizon", "tickers", "models", "verdict", "shrink", "details", "holdings")
    said = forecast.views
    alone = None if said is None else [each.tobytes() for each in (said.mean, said.deviation, said.aversion)]
    return {name: getattr(forecast, name) for name in names} | {
        **{name: getattr(forecast, name).tobytes() for name in ARRAYS},
        "views": alone,
    }


class TestModels:
    def test_come_back(self, store: Store) -> None:
        """Everything that is said of a model is kept, numbers to the last bit."""
        with store.transaction() as tx:
            tx.models.put(MODEL)
        with store.reading() as tx:
            assert MODEL == tx.models.get(MODEL.key)
            assert tx.models.get("nobody") is None

    def test_are_replaced_by_key(self, store: Store) -> None:
        """Training a model again changes it where it is; unknown days stay unknown."""
        again = StoredModel(MODEL.key, MODEL.spec_json, (), NOW)
        with store.transaction() as tx:
            tx.models.put(MODEL)
            tx.models.put(again)

            assert [again] == tx.models.all()

    def test_given_up_are_remembered(self, store: Store) -> None:
        """A deleted model forecasts no more and is still listed among all that ever were, the oldest first."""
        old = StoredModel("old", "{}", (), NOW - timedelta(days=1))
        with store.transaction() as tx:
            tx.models.put(MODEL)
            tx.models.put(old)
            tx.models.delete(old.key)

            assert [MODEL] == tx.models.all()
            assert [("old", False), (MODEL.key, True)] == [
                (each.key, each.alive) for each in tx.models.all(alive=False)
            ]

    @pytest.mark.parametrize(("column", "value"), [("scores", "[1"), ("scores", "[]"), ("parents", "{}")])
    def test_damaged_are_told_by_name(self, store: Store, column: str, value: str) -> None:
        """A row that somebody changed by hand is no crash."""
        with store.transaction() as tx:
            tx.models.put(MODEL)
            tx.link.run(sa.update(MODELS).values({column: value}))
            with pytest.raises(StoreError, match=r"model aaaa.* is damaged\. Make it again: allocator train"):
                tx.models.all()


class TestTrials:
    def test_count_models_and_not_judgements(self, store: Store) -> None:
        """A model judged on two days was one trial; one that was deleted counts."""
        first = Trial("a", date(2024, 5, 2), 30, {"llh": 0.25}, "a-1.npz")
        second = Trial("a", date(2024, 5, 3), 31, {"llh": math.nan})
        third = Trial("b", date(2024, 5, 2), 30, {})
        with store.transaction() as tx:
            assert 0 == tx.trials.count()
            for each in (second, third, first, first):
                tx.trials.put(each)

            assert 2 == tx.trials.count()
            assert [first, third] == tx.trials.all()[:2]
            assert math.isnan(tx.trials.all()[2].scores["llh"])


class TestForecasts:
    def test_come_back_to_the_last_bit(self, store: Store) -> None:
        """Arrays keep their bytes, the verdict can still be translated."""
        given = forecast()
        with store.transaction() as tx:
            assert tx.forecasts.last() is None
            tx.forecasts.put(given)
        with store.reading() as tx:
            found = tx.forecasts.last()

        assert found is not None
        assert plain(given) == plain(found)

    def test_what_each_model_said_comes_back(self, store: Store) -> None:
        """To the last bit, with the digest of the holdings that the forecast was made for."""
        given = forecast(views=views(), holdings="0123abcd")
        with store.transaction() as tx:
            tx.forecasts.put(given)
            found = tx.forecasts.last()

        assert found is not None
        assert plain(given) == plain(found)

    @pytest.mark.parametrize("shape", [(3, 2), (2, 3)])
    def test_views_of_another_shape_are_refused(self, store: Store, shape: tuple[int, int]) -> None:
        """Of more models, or more securities, than the forecast has."""
        with store.transaction() as tx, pytest.raises(ValueError, match="view_mean"):
            tx.forecasts.put(forecast(views=views(*shape)))

    @pytest.mark.parametrize("column", ["view_deviation", "view_aversion"])
    def test_half_of_the_views_is_damage(self, store: Store, column: str) -> None:
        """A row that has some of their columns and not all was not written by this program."""
        with store.transaction() as tx:
            tx.forecasts.put(forecast(views=views()))
            tx.link.run(sa.update(FORECASTS).values({column: None}))
            with pytest.raises(StoreError, match=r"forecast of 2024-05-02 23:00:00 is damaged"):
                tx.forecasts.last()

    def test_last_of_an_interval(self, store: Store) -> None:
        """Forecasts of days and of hours are kept apart, and all are listed by what they saw."""
        with store.transaction() as tx:
            tx.forecasts.put(forecast(horizon=7))
            tx.forecasts.put(forecast(HOUR, as_of=datetime(2024, 5, 2, 18)))

            assert [HOUR, DAY, HOUR] == [
                each.interval for each in map(tx.forecasts.last, (None, DAY, HOUR)) if each is not None
            ]
            assert [datetime(2024, 5, 2, 23), datetime(2024, 5, 2, 18)] == tx.forecasts.all()
            assert [datetime(2024, 5, 2, 18)] == tx.forecasts.all(HOUR)

    def test_of_another_shape_is_refused(self, store: Store) -> None:
        """A covariance of three securities is not one of two."""
        with store.transaction() as tx, pytest.raises(ValueError, match="covariance"):
            tx.forecasts.put(forecast(covariance=np.zeros((3, 3))))

    @pytest.mark.parametrize("kind", ["cut", "pickle", "shape", "text"])
    def test_damaged_are_told_and_never_run(self, store: Store, kind: str, tmp_path: object) -> None:
        """Bytes that are no array of floats are refused; a pickle among them is not even looked into."""
        trap = np.empty(2, dtype=object)
        trap[:] = _Trap()
        contents = {
            "cut": _npy(np.zeros(2))[:-3],
            "pickle": _npy(trap),
            "shape": _npy(np.zeros(3)),
            "text": _npy(np.array(["a", "b"])),
        }
        with store.transaction() as tx:
            tx.forecasts.put(forecast())
            tx.link.run(sa.update(FORECASTS).values(mean=contents[kind]))
            with pytest.raises(StoreError, match=r"forecast of 2024-05-02 23:00:00 is damaged"):
                tx.forecasts.last()
        assert not _Trap.sprung

    @pytest.mark.parametrize(
        ("column", "content"),
        [("as_of", "never"), ("made", "soon"), ("field_values", "{}"), ("template", "{share.real} {0}")],
    )
    def test_words_and_days_that_are_none_are_told(self, store: Store, column: str, content: str) -> None:
        """Also of a sentence that nobody could print, which is not left to whoever prints it."""
        with store.transaction() as tx:
            tx.forecasts.put(forecast())
            if store.name.startswith("postgresql") and column in {"as_of", "made"}:
                pytest.skip("a server keeps no day that is none")
            tx.link.run(sa.text(f"update forecasts set {column} = :content"), {"content": content})
            with pytest.raises(StoreError, match=r"forecast.* is damaged"):
                tx.forecasts.last()


class _Trap:
    """Says so when it is unpickled."""

    sprung = False

    def __reduce__(self) -> tuple[object, ...]:
        return _spring, ()


def _spring() -> None:
    _Trap.sprung = True


def _npy(array: np.ndarray) -> bytes:
    import io  # noqa: PLC0415

    file = io.BytesIO()
    np.save(file, array, allow_pickle=True)
    return file.getvalue()


def _made(address: Address) -> Engines:
    """The engines of a store whose file is only now made."""
    if address.path is not None:
        own_file.make(address.path)
    return engines_of(address)


def test_a_store_of_the_first_tables_is_upgraded(empty_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What an older program stored stays, and models can be kept beside it."""
    from alembic import command  # noqa: PLC0415

    plain_upgrade = command.upgrade
    address = address_of(empty_url)
    with monkeypatch.context() as patch:
        patch.setattr(command, "upgrade", lambda config, _: plain_upgrade(config, "0001"))
        engines = _made(address)
        migrate.upgrade(engines.write, address)
        assert "0001" == migrate.revision_of(engines.read, address)
        with engines.write.begin() as connection:
            connection.exec_driver_sql("INSERT INTO facts (key, value) VALUES ('old', 'kept')")
        engines.write.dispose()
        engines.read.dispose()

    with open_store(empty_url) as store, store.transaction() as tx:
        tx.models.put(MODEL)
        assert "kept" == tx.facts.get("old")
        assert [MODEL] == tx.models.all()
    engines = engines_of(address)
    assert REVISIONS[-1] == migrate.revision_of(engines.read, address)
    engines.write.dispose()
    engines.read.dispose()


def test_forecasts_of_an_older_program_have_no_views(empty_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are read as they were; what their models said alone is not known, nor for whom they were made."""
    from alembic import command  # noqa: PLC0415

    plain_upgrade = command.upgrade
    address = address_of(empty_url)
    given = forecast()
    with monkeypatch.context() as patch:
        patch.setattr(command, "upgrade", lambda config, _: plain_upgrade(config, "0002"))
        engines = _made(address)
        migrate.upgrade(engines.write, address)
        old = sa.Table("forecasts", sa.MetaData(), autoload_with=engines.write)
        row = {name: _npy(getattr(given, name)) for name in ARRAYS}
        row |= {"as_of": "2024-05-02T23:00:00", "made": NOW.isoformat(), "interval_h": 24, "horizon": 5}
        row |= {"tickers": '["GAZP", "SBER"]', "models": '["a", "b"]', "details": '{"rho": 0.5, "left_out": {}}'}
        row |= {"template": "Nothing.", "field_values": "{}", "shrink": 0.25}
        with engines.write.begin() as connection:
            connection.execute(sa.insert(old), row)
        engines.write.dispose()
        engines.read.dispose()

    with open_store(empty_url) as store, store.reading() as tx:
        found = tx.forecasts.last()
    assert found is not None
    assert (None, None) == (found.views, found.holdings)
    assert given.covariance.tobytes() == found.covariance.tobytes()
