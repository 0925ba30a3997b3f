"""Steps of evolution, with models that are made up instead of trained."""

from __future__ import annotations

import json
import sys
from concurrent.futures import Future
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest

from allocator.app.evolving import Evolver
from allocator.app.evolving_ground import LEAST_WINDOW, Ground
from allocator.app.evolving_holdout import on_holdout
from allocator.app.forecast_material import Arrays
from allocator.core.bars import Interval
from allocator.core.errors import ForecastError
from allocator.core.text import text
from allocator.forecast.ensemble import Risk
from allocator.forecast.evolution import LEAST, Record, Space, ranges
from allocator.forecast.evolution.state import State
from allocator.forecast.failures import NotWrittenError
from allocator.forecast.spec import Architecture, Inputs, ModelSpec
from allocator.forecast.training import Forecasts, Provenance, Trained, ends
from allocator.report.evolution import Outcome, evolution_document, evolution_text, step_line
from allocator.store import StoredModel

sys.path.append(str(Path(__file__).parents[1] / "forecast"))
from tables import table

NOW = datetime(2024, 5, 21, 3, tzinfo=UTC)
ROWS = 700


class Field:
    """A `Ground` of four made-up securities; `later` days have passed."""

    interval = Interval.DAY
    notes = ()
    bars_a_year = 250.0
    most_test_days = 66
    held_out = (date(2024, 4, 1), date(2024, 5, 20))

    def __init__(self, later=0):
        features = table(tickers=4, rows=ROWS + later, seed=1)
        times = (np.datetime64("2022-01-03") + np.arange(ROWS + later)).astype("datetime64[s]")
        self._features = replace(features, times=times, interval=Interval.DAY, digest=f"{features.digest} {later}")
        self.day = times[-1].astype("datetime64[D]").item()
        self.space = Space({Inputs.UNIVARIATE: ("close",), Inputs.TA57: ("close", "noise")}, longest=LEAST_WINDOW)

    def knows(self, inputs):
        return inputs in self.space.groups

    def arrays(self, inputs):
        return Arrays(Path(inputs.value), self._features)

    def ranges(self, test_days):
        return ranges(self._features.times, horizon=1, test_days=test_days)

    def risk(self, stop):
        return Risk(self._features.tickers, np.eye(4), np.full(4, 0.2), 0.0, stop)

    def taught_until(self, split, horizon):
        return self._features.times[split.validation[1] - 1 + horizon].astype("datetime64[D]").item()


class Memory:
    """A `Population`."""

    def __init__(self):
        self.state, self.models, self.trials, self.writes = None, {}, [], 0

    def read(self):
        return self.state, [each for each in self.models.values() if each.alive]

    def write(self, state, put, gone, trials):
        self.state, self.writes = state, self.writes + 1
        self.models |= {each.key: each for each in put}
        for key in gone:
            self.models[key] = replace(self.models[key], alive=False)
        self.trials += trials

    def tried(self):
        return len({each.model for each in self.trials})


class Guesses:
    """A `Backend`: forecasts of some skill and much noise, by the recipe's seed; some recipes fail."""

    def __init__(self, ground, folder, *, skill=lambda spec: 0.0, fails=lambda spec: False):
        self.ground, self.folder, self.skill, self.fails = ground, folder, skill, fails
        self.asked = []

    def submit(self, spec, arrays, split):
        assert str(arrays) == spec.inputs.value
        self.asked.append(spec)
        future = Future()
        if self.fails(spec):
            future.set_exception(ForecastError(text("too wild")))
        else:
            future.set_result(self.train(spec, split))
        return future

    def train(self, spec, split):
        features = self.ground.arrays(spec.inputs).features
        rows = (split.validation, split.test)
        places = np.concatenate([ends(features, spec.window, each) for each in rows])
        said = Provenance(spec, features.digest, ("close",), split, "1", "0", "float32", 100, 10.0, 1, ((0.5, 0.4),))
        path = self.folder / f"{said.key}.forecasts.npz"
        self.forecasts(spec, places).save(path)
        return Trained(self.folder / f"{said.key}.safetensors", path, said)

    def forecasts(self, spec, places):
        features = self.ground.arrays(spec.inputs).features
        n, t = np.divmod(places, ROWS if len(features.times) == ROWS else len(features.times))
        actual = features.returns(1)[n, t].astype(np.float64)
        noise = np.random.default_rng(spec.seed).normal(0, 0.01, len(places))
        unknown = np.full(len(places), np.nan)
        mean = self.skill(spec) * np.nan_to_num(actual) + noise
        return Forecasts(n, t, mean, unknown, actual, unknown, features.sigma[n, t].astype(np.float64))

    def close(self):
        pass


def evolver(folder, population, *, ground=None, workers=1, night=60.0, seed=None, **how):
    ground = ground or Field()
    backend = Guesses(ground, folder, **how)
    made = Evolver(ground, population, backend, folder=folder, now=lambda: NOW, seed=seed, workers=workers, night=night)
    return made, backend


def test_the_fields_are_what_evolution_asks_for():
    """The fake is a `Ground`."""
    ground: Ground = Field()
    assert date(2023, 12, 3) == ground.day


def test_a_search_begins_with_each_network(tmp_path: Path):
    """Five steps of default recipes, each kept, with its trial, its record and where it comes from."""
    memory = Memory()
    made, backend = evolver(tmp_path, memory)
    view = made.run(5)
    assert list(Architecture) == [spec.architecture for spec in backend.asked]
    assert (5, 5, 5) == (view.living, view.done, view.tried)
    assert 5 == len(view.best)
    for trial in memory.trials:
        assert 40 <= trial.test_days == len(Record.open(tmp_path / trial.file))
        assert {"evolution loss", "evolution excess", "evolution net", "accepted"} == set(trial.scores) - {
            "evolution p"
        }
    for model in memory.models.values():
        assert (NOW, made._ground.day, 10.0, Interval.DAY) == (
            model.born, model.evaluated, model.seconds, model.interval,
        )  # fmt: skip
        assert model.trained_on is not None
        assert model.trained_on < made._ground.day


def test_children_have_parents_and_those_that_fail_the_judges_are_given_up(tmp_path: Path):
    """Who is not accepted leaves no weights; the recipe that was tried is known all the same."""
    memory = Memory()
    made, _ = evolver(tmp_path, memory, night=10_000.0, skill=lambda spec: 0.3 if spec.name == "lstm" else 0.0)
    view = made.run(20)
    assert 20 == view.done == memory.writes
    born = [each for each in memory.models.values() if each.parents]
    assert {3} == {len(each.parents) for each in born[5:]}
    dead = {each.key for each in memory.models.values() if not each.alive}
    assert view.counts["rejected"] > 0
    assert dead
    assert set(made.state.members) == {each.key for each in memory.models.values() if each.alive}
    weights = {path.name.partition(".")[0] for path in tmp_path.glob("*.forecasts.npz")}
    assert {each.file for each in memory.models.values() if each.alive} == weights
    assert 20 == len(memory.trials)


def test_the_population_is_what_a_night_can_train(tmp_path: Path):
    """At ten seconds a model a night of 100 has room for ten; the eleventh costs one its life, an elder never."""
    memory = Memory()
    made, _ = evolver(tmp_path, memory, night=100.0)
    view = made.run(30)
    assert (10, 10) == (view.target, view.living)
    assert view.counts["deleted"] > 0
    assert {each.key for each in view.best} <= set(made.state.members)


def test_skill_survives(tmp_path: Path):
    """Recipes of one network forecast a little: after some dozens of steps the elders are of it."""
    made, _ = evolver(tmp_path, Memory(), night=100.0, skill=lambda spec: 0.5 if spec.name == "tsmixer" else 0.0)
    view = made.run(40)
    assert ["tsmixer"] * 5 == [each.spec.name for each in view.best]


@pytest.mark.parametrize("workers", [1, 3])
def test_where_it_was_stopped_makes_no_difference(tmp_path: Path, workers: int):
    """Twelve steps at once, or in five runs of which each begins from what the store has: the same recipes live."""
    whole, parts = Memory(), Memory()
    made, _ = evolver(tmp_path / "whole", whole, workers=workers, seed=7)
    made.run(12)
    for steps in (1, 4, 2, 3, 2):
        made, _ = evolver(tmp_path / "parts", parts, workers=workers, seed=7)
        made.run(steps)
    assert [each.model for each in whole.trials] == [each.model for each in parts.trials]
    assert whole.state == parts.state
    assert whole.models == parts.models
    other = Memory()
    made, _ = evolver(tmp_path / "other", other, workers=workers, seed=8)
    made.run(12)
    assert [each.model for each in whole.trials] != [each.model for each in other.trials]


def test_a_kill_costs_only_what_was_in_training(tmp_path: Path):
    """It ends in the middle of a training: the next run proposes the same recipe, number and all."""
    memory = Memory()
    made, _ = evolver(tmp_path, memory)
    made.run(6)
    killed, backend = evolver(tmp_path, memory, fails=lambda _: die())

    def die():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        killed.run(1)
    again, next_ = evolver(tmp_path, memory)
    again.run(1)
    assert backend.asked == next_.asked
    assert 7 == len(memory.trials)


def test_a_new_day_is_for_elders_first(tmp_path: Path):
    """They are judged by the new bars before anybody is judged by them, and no record of theirs is lost."""
    memory = Memory()
    made, _ = evolver(tmp_path, memory)
    made.run(12)
    made, _ = evolver(tmp_path, memory, ground=Field(later=1))
    view = made.run(6)
    assert [each.key for each in view.steps[1:6] if not each.young][:4]
    judged = [step.key for step in view.steps if not step.young]
    chosen = made.state.elders
    assert set(judged) >= set(chosen) - {step.key for step in view.steps if step.young}
    assert {2} <= {made.state.members[key].age for key in judged if key in made.state.members}
    assert view.counts["judged again"] == len(judged)


def test_models_trained_elsewhere_join(tmp_path: Path):
    """What `allocator train` made is judged, and breeds; what was deleted elsewhere is gone."""
    memory = Memory()
    spec = ModelSpec(Architecture.TSMIXER, Inputs.TA57, window=12)
    memory.models["theirs"] = StoredModel("theirs", spec.json(), (), NOW)
    made, backend = evolver(tmp_path, memory, fails=lambda each: each.name == "lstm")
    assert "theirs" in made.state.members
    made.run(3)
    assert spec in backend.asked
    memory.models["theirs"] = replace(memory.models["theirs"], alive=False)
    made, _ = evolver(tmp_path, memory)
    assert "theirs" not in made.state.members


def test_recipes_that_cannot_be_trained_are_named_and_the_rest_goes_on(tmp_path: Path):
    """A failed trial is a trial; nobody lives who was never trained."""
    memory = Memory()
    made, _ = evolver(tmp_path, memory, fails=lambda spec: spec.name in {"lstm", "wavenet"})
    view = made.run(8)
    failed = [step for step in view.steps if step.outcome is Outcome.FAILED]
    assert "too wild" in str(step_line(failed[0]))
    assert view.counts["failed"] == len(failed) >= 2
    assert {"failed": 1.0} in [trial.scores for trial in memory.trials]
    assert not {step.key for step in failed} & set(made.state.members)


def test_when_everything_fails_something_else_is_wrong(tmp_path: Path):
    """After five in sequence it stops with the reason, and living models are not given up for it."""
    memory = Memory()
    made, _ = evolver(tmp_path, memory)
    made.run(10)
    before = set(made.state.members)
    made, _ = evolver(tmp_path, memory, ground=Field(later=1), fails=lambda _: True)
    with pytest.raises(ForecastError, match="too wild"):
        made.run(100)
    assert before == set(made.state.members) == {each.key for each in memory.models.values() if each.alive}


def test_a_full_disk_is_no_fault_of_a_recipe(tmp_path: Path):
    """It ends the run at once; nothing is counted, and the same recipe comes again."""
    memory = Memory()
    made, backend = evolver(tmp_path, memory)
    made.run(1)
    before = memory.state, memory.writes

    def full(spec, arrays, split):
        future = Future()
        future.set_exception(NotWrittenError(text("full"), text("Free some space")))
        return future

    backend.submit = full
    with pytest.raises(NotWrittenError, match="full"):
        made.run(3)
    assert before == (memory.state, memory.writes)
    again, backend = evolver(tmp_path, memory)
    again.run(1)
    assert json.loads(before[0])["pending"][0]["spec"] == backend.asked[0].json()


def test_an_answer_without_a_step_says_why_and_what_comes_next(tmp_path: Path):
    """Time that was too short is told from nothing to tell; notes are marked as such; a failed step took no time."""
    made, _ = evolver(tmp_path, Memory())
    view = replace(made.view(), notes=(text("yes"),))
    shown = evolution_text(view)
    assert shown.startswith("Time was up before a training ended. The same command goes on")
    assert "\nNote: yes" in shown
    assert shown == f"{evolution_text(view, quiet=True)}\nNote: yes"
    assert "Next: " not in shown
    done = replace(made.run(1), then="allocator forecast --interval hour")
    assert "Time was up" not in evolution_text(done)
    assert evolution_text(done).endswith("Next: allocator forecast --interval hour")
    assert "1 live; training took 10 s" in str(step_line(done.steps[0]))


def test_no_time_left_starts_nothing_more(tmp_path: Path):
    """What is trained when time is up is judged, the rest is not."""
    left = iter([10.0, 10.0, 10.0, 10.0, 0.0, 0.0, 0.0, 0.0])
    made, backend = evolver(tmp_path, Memory())
    view = made.run(seconds=lambda: next(left))
    assert len(backend.asked) == len(view.steps) == 3


def test_a_damaged_memory_is_refused_and_may_be_forgotten(tmp_path: Path):
    """It says what to type; the models that live are the beginning of the next."""
    memory = Memory()
    evolver(tmp_path, memory)[0].run(LEAST)
    assert memory.state == State.from_json(memory.state).json()
    sound, memory.state = memory.state, '{"format": 99}'
    for wrong in ('{"format": 99}', "[", sound.replace('"radius"', '"radios"')):
        memory.state = wrong
        with pytest.raises(ForecastError, match=r"damaged.*evolve --anew"):
            evolver(tmp_path, memory)
    made = Evolver(Field(), memory, Guesses(Field(), tmp_path), folder=tmp_path, now=lambda: NOW, anew=True)
    assert LEAST == len(made.state.members)
    assert 0 == made.state.done


def test_a_torn_record_is_no_end(tmp_path: Path):
    """Its model is not compared by it any more."""
    memory = Memory()
    evolver(tmp_path, memory)[0].run(6)
    for path in (tmp_path / "trials").glob("*.npz"):
        path.write_bytes(b"torn")
    made, _ = evolver(tmp_path, memory)
    assert 1 == len(made.run(1).steps)


def test_the_holdout_is_looked_at_on_purpose_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The elders' figures on days that no record has; each look is counted."""
    memory = Memory()
    made, backend = evolver(tmp_path, memory, skill=lambda _: 0.5)
    view = made.run(5)
    ground = made._ground
    first = ground.arrays(Inputs.UNIVARIATE).features.times[ground.ranges(0).holdout[0]]
    for trial in memory.trials:
        assert Record.open(tmp_path / trial.file).times[-1] < first
    known = {f"{each.file}.safetensors": each for each in memory.models.values()}

    def said(path):
        spec = ModelSpec.from_json(known[path.name].spec_json)
        return backend.train(spec, ground.ranges(40).split).provenance

    def ask(weights, _, places):
        future = Future()
        spec = ModelSpec.from_json(known[weights.name].spec_json)
        future.set_result(backend.forecasts(spec, np.asarray(places)))
        return future

    monkeypatch.setattr("allocator.app.evolving_holdout.provenance", said)
    models = [made.models[each.key] for each in view.best]
    held = on_holdout(ground, models, tmp_path, ask, looks=made.looked())
    assert (59, 1) == (held.bars, held.looks)
    assert held.loss < -0.2
    assert held.loss_p < 0.05
    assert 2 == made.looked()
    assert 2 == json.loads(memory.state)["counts"]["looks"]
    shown = evolution_text(replace(view, holdout=held), lang="ru")
    assert "Просмотров: 1" in shown


def test_the_answer_in_words_and_figures(tmp_path: Path):
    """Population, counts, days, radius, trials and the best; JSON has the same."""
    made, _ = evolver(tmp_path, Memory())
    view = made.run(6)
    shown = evolution_text(view)
    assert shown.startswith("Population, 1 bar ahead (days): ")
    for part in ("steps: 6 now, 6 in all", "Judged by ", "ever judged, of any horizon: 6", "No choice has seen"):
        assert part in shown
    assert all(each.key[:8] in shown for each in view.best)
    assert {1} == {each["horizon"] for each in evolution_document(view)["best"]}
    said = json.loads(json.dumps(evolution_document(view), default=str))
    assert 6 == said["steps_done"] == len(said["steps"])
    assert 5 == len(said["best"])
    assert said["best"][0]["spec"]["architecture"] == said["best"][0]["network"]
    assert "Популяция на 1 свечу вперёд (дни)" in evolution_text(view, lang="ru")


def test_what_luck_would_show_is_said(tmp_path: Path):
    """The first elder's ratio beside that of the best of as many worthless recipes, in words and in JSON."""
    made, _ = evolver(tmp_path, Memory(), skill=lambda _: 0.5)
    view = made.run(8)
    assert view.luck is not None
    assert 1 <= view.luck.trials <= 8 == view.tried
    shown = evolution_text(view)
    assert f"{view.luck.annual(250):+.2f} a year on the days that judged it" in shown
    assert f"more than luck: {100 * view.luck.probability:.0f}%" in shown
    assert "не везение" in evolution_text(view, lang="ru")
    assert evolution_document(view)["luck"]["luck"] == view.luck.luck
