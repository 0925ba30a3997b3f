"""The models of a store as pages show them: ranks, the family tree, one model's life."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.app import evolving, models_view
from allocator.app.evolving_population import StorePopulation
from allocator.app.models_view import DEEPEST, Ask, biography, flat, population, stamp, tree
from allocator.core.bars import Interval
from allocator.core.errors import ForecastError, UsageError
from allocator.forecast.evolution.record import Record
from allocator.forecast.evolution.state import Member, State
from allocator.forecast.spec import Architecture, ModelSpec
from allocator.report.models import Kin, Known, biography_document, population_document
from allocator.store import Store, StoredModel, Trial, open_store

BORN = datetime(2026, 1, 1, tzinfo=UTC)
DAY = date(2026, 3, 2)
TIMES = np.busday_offset("2026-02-27", np.arange(-39, 1), roll="backward").astype("datetime64[s]")


def known(number: int, parents: Sequence[int] = (), *, alive: bool = True) -> Known:
    return Known(
        key=f"m{number:03}",
        network="lstm",
        inputs="ta57",
        horizon=5,
        window=64,
        interval=Interval.DAY,
        alive=alive,
        born=BORN + timedelta(hours=number),
        trained_on=None,
        evaluated=None,
        seconds=0.0,
        parents=tuple(f"m{each:03}" for each in parents),
        scores={},
    )


def shape(kin: Sequence[Kin]) -> list:
    return [(each.model.key, each.between, shape(each.children)) if each.children else each.model.key for each in kin]


def below(kin: Sequence[Kin]) -> list[Known]:
    return [model for each in kin for model in (each.model, *below(each.children))]


class TestTree:
    def test_each_stands_under_its_first_parent(self) -> None:
        """The oldest first; a parent that the store does not know is none."""
        models = [known(0), known(1, [0, 3]), known(2, [9]), known(3, [0]), known(4, [3, 1])]
        assert [("m000", 0, ["m001", ("m003", 0, ["m004"])]), "m002"] == shape(tree(models))

    def test_the_dead_stand_only_where_lines_part(self) -> None:
        """One that leads to a single line that lives is left out, and counted."""
        models = [
            known(0, alive=False),
            known(1, [0], alive=False),
            known(2, [1]),
            known(3, [1]),
            known(4, [3], alive=False),
            known(5, [4]),
            known(6, [0], alive=False),
        ]
        found = tree(models)
        assert [("m001", 1, ["m002", ("m003", 0, ["m005"])])] == shape(found)
        assert 1 == found[0].children[1].children[0].between

    def test_parents_that_are_younger_are_none(self) -> None:
        """Whatever a damaged row says, nobody is their own forebear."""
        assert ["m000", "m001"] == [each.model.key for each in tree([known(0, [1]), known(1, [1])])]

    def test_a_long_line_is_not_set_in_for_ever(self) -> None:
        """Nobody reads hundreds of levels, and no page can be made of them."""
        models = [known(n, [n - 1] if n else []) for n in range(3 * DEEPEST)]
        found = tree(models)
        assert 3 * DEEPEST == len(below(found))

    @given(st.lists(st.tuples(st.lists(st.integers(0, 30), max_size=3), st.booleans()), max_size=25))
    def test_whoever_lives_stands_once(self, drawn: list[tuple[list[int], bool]]) -> None:
        """And nobody dead ends a line."""
        models = [known(n, parents, alive=alive) for n, (parents, alive) in enumerate(drawn)]
        found = tree(models)
        shown = below(found)
        assert sorted(each.key for each in models if each.alive) == sorted(each.key for each in shown if each.alive)
        assert len({each.key for each in shown}) == len(shown)


@pytest.fixture
def store(tmp_path: Path):
    with open_store(str(tmp_path / "s.db")) as opened:
        yield opened


def fill(store: Store, folder: Path) -> dict[str, str]:
    """An evolution of three, of whom one is given up, and a model trained by hand."""
    rng = np.random.default_rng(0)
    (folder / evolving.TRIALS).mkdir(parents=True)
    keys = {name: name * 8 for name in "abcd"}
    members, models, trials = {}, [], []
    for n, name in enumerate("abc"):
        key = keys[name]
        spec = ModelSpec(Architecture.LSTM, horizon=5, seed=n)
        scores = {"evolution loss": -0.01 * n, "evolution excess": 0.1 * n, "accepted": 1.0}
        parents = (keys["a"], "unknown") if n else ()
        alive = name != "c"
        models.append(
            StoredModel(key, spec.json(), parents, BORN + timedelta(days=n), alive, scores, DAY, DAY, 30.0, file="w")
        )
        trials.append(Trial(key, DAY, 40, scores, f"{evolving.TRIALS}/{key}.npz"))
        excess = rng.normal(0.002 * n, 0.02, 40)
        Record(TIMES, rng.normal(-0.01 * n, 0.01, 40), excess, excess).save(folder / evolving.TRIALS / f"{key}.npz")
        if alive:
            members[key] = Member({"window": 0.5}, f"{key}.npz", n + 2, DAY)
    state = State(0, begun=7, elders=(keys["a"], keys["b"]), members=members)
    hand = StoredModel(keys["d"], ModelSpec(Architecture.TSMIXER, horizon=1).json(), (), BORN + timedelta(days=9))
    StorePopulation(store, Interval.DAY, 5).write(state.json(), [*models, hand], [keys["c"]], trials)
    return keys


def test_the_population(store: Store, tmp_path: Path) -> None:
    """Elders by rank, then the youngest; the search as the evolution remembers it; how far luck goes.

    Who looks another number of bars ahead stands aside: in neither the table nor the tree.
    """
    keys = fill(store, tmp_path)
    ask = Ask(Interval.DAY, 5, tmp_path)
    with store.reading() as tx:
        found = population(tx, ask)
        nothing = population(tx, Ask(Interval.HOUR, 5, tmp_path))
        aside = population(tx, Ask(Interval.DAY, 1, tmp_path))
    assert [keys["b"], keys["a"]] == [each.key for each in found.models]
    assert [1, 2] == [each.rank for each in found.models]
    assert [3, 2] == [each.judged for each in found.models]
    assert (5, [keys["d"]]) == (found.horizon, [each.key for each in found.aside])
    assert [keys["a"]] == [each.model.key for each in found.tree]
    assert (1, [keys["d"]], None) == (aside.horizon, [each.key for each in aside.models], aside.search)
    assert {keys["a"]: 2, keys["b"]: 3} == {each.key: each.judged for each in aside.aside}
    assert (3, 4) == (found.tried, found.known)
    search = found.search
    assert search is not None
    assert (7, 40, 1.0, 5) == (search.steps, search.test_days, search.radius, search.horizon)
    assert search.luck is not None
    assert 0 < search.luck.probability <= search.luck.alone < 1
    assert search.sharpe == pytest.approx(search.luck.sharpe * (252 / 5) ** 0.5)
    assert ((), None) == (nothing.models, nothing.search)
    document = population_document(found)
    assert keys["b"] == document["models"][0]["key"]
    assert (5, [1]) == (document["horizon"], [each["horizon"] for each in document["aside"]])


def test_records_are_where_the_evolution_keeps_them() -> None:
    """Two rooms name one folder."""
    assert evolving.TRIALS == models_view.RECORDS


def test_a_lost_record_stops_nothing(store: Store, tmp_path: Path) -> None:
    """The model is not ranked before the others, and luck is told of those that are left."""
    keys = fill(store, tmp_path)
    for file in (tmp_path / evolving.TRIALS).iterdir():
        file.unlink()
    with store.reading() as tx:
        found = population(tx, Ask(Interval.DAY, 5, tmp_path))
    assert {keys["a"], keys["b"]} == {each.key for each in found.models}
    assert found.search is not None
    assert found.search.luck is None


def test_the_stamp_changes_with_any_training(store: Store, tmp_path: Path) -> None:
    """And not by itself."""
    keys = fill(store, tmp_path)
    ask = Ask(Interval.DAY, 5, tmp_path)

    def now() -> object:
        with store.reading() as tx:
            return stamp(tx, ask)

    before = now()
    assert before == now()
    with store.transaction() as tx:
        tx.models.delete(keys["d"])
    after = now()
    assert before != after
    with store.transaction() as tx:
        tx.trials.put(Trial("another", DAY, 3, {}))
    assert after != now()


def test_what_stands_aside_is_in_the_stamp(store: Store, tmp_path: Path) -> None:
    """A judgement that another horizon's evolution writes down alone shows at once."""
    keys = fill(store, tmp_path)
    ask = Ask(Interval.DAY, 1, tmp_path)  # the evolution is of horizon 5

    def now() -> tuple[object, dict[str, int]]:
        with store.reading() as tx:
            return stamp(tx, ask), {each.key: each.judged for each in population(tx, ask).aside}

    before, judged = now()
    assert {keys["a"]: 2, keys["b"]: 3} == judged
    members = {key: Member({"window": 0.5}, f"{key}.npz", 9, DAY) for key in judged}
    with store.transaction() as tx:
        tx.facts.set("evolution day 5", State(0, begun=7, members=members).json())
    after, judged = now()
    assert dict.fromkeys(judged, 9) == judged
    assert before != after


def test_damage_of_another_horizon_stops_nothing(store: Store, tmp_path: Path) -> None:
    """Who stands aside counts as never judged; asked for itself, that horizon says what is wrong."""
    keys = fill(store, tmp_path)
    with store.transaction() as tx:
        tx.facts.set("evolution day 5", "no state")
    with store.reading() as tx:
        found = population(tx, Ask(Interval.DAY, 1, tmp_path))
        with pytest.raises(ForecastError, match="is damaged"):
            population(tx, Ask(Interval.DAY, 5, tmp_path))
    assert [keys["d"]] == [each.key for each in found.models]
    assert {keys["a"]: 0, keys["b"]: 0} == {each.key: each.judged for each in found.aside}


def test_one_models_life(store: Store, tmp_path: Path) -> None:
    """What makes it, judgements, kin: a parent that the store has forgotten is a key alone."""
    keys = fill(store, tmp_path)
    ask = Ask(Interval.DAY, 1, tmp_path)  # of another horizon: its own counts
    with store.reading() as tx:
        child, mother = biography(tx, ask, keys["b"]), biography(tx, ask, keys["a"])
        with pytest.raises(UsageError, match="There is no model nobody"):
            biography(tx, ask, "nobody")
    assert [keys["a"], "unknown"] == [each if isinstance(each, str) else each.key for each in child.parents]
    assert [keys["b"], keys["c"]] == [each.key for each in mother.children]
    assert [False] == [each.alive for each in mother.children if each.key == keys["c"]]
    assert (("window", 0.5),) == child.genes
    assert [40] == [each.test_days for each in child.trials]
    assert 5 == dict(child.spec)["horizon"]
    assert 5 == biography_document(child)["spec"]["horizon"]


def test_numbers_of_parts_have_the_names_of_both() -> None:
    """As a recipe is written down."""
    found = dict(flat({"window": 3, "training": {"epochs": 2, "deep": {"er": True}}, "groups": ["a", "b"]}))
    assert {"window": 3, "training.epochs": 2, "training.deep.er": True, "groups": "a, b"} == found
