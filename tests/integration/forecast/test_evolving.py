"""Evolution for real: models trained in processes of their own, a store, a kill in the middle."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest
from e2e.shell import COMMAND, environment, run
from integration.forecast.test_forecasting import filled

from allocator.forecast.evolution import Record
from allocator.store import open_store

pytest.importorskip("torch", reason="the extra `forecast` is not installed")
pytest.importorskip("talib", reason="the extra `forecast` is not installed")
pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals, and a server that forks")

SETTINGS = "[universe]\nminimum history = 300\n[forecast]\nworkers = 1\nhorizon = 2\n"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a store and settings, and with the features that all tests of this module share."""
    folder = tmp_path_factory.mktemp("evolving")
    filled(folder / "store.db", echo=0.5)
    (folder / "allocator.ini").write_text(SETTINGS)
    return folder


def evolve(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return run("evolve", "--store", "store.db", "--config", "allocator.ini", *words, cwd=folder)


def remembered(folder: Path) -> tuple[object, ...]:
    """All that a store knows of an evolution, but the times of its clock."""
    with open_store(str(folder / "store.db")) as store, store.reading() as tx:
        models = [(each.key, each.alive, dict(each.scores), each.file) for each in tx.models.all(alive=False)]
        return sorted(models), tx.trials.all(), tx.facts.get("evolution day 2")


def test_a_kill_loses_at_most_the_model_in_training(made: Path, tmp_path: Path):
    """Killed by force while the second model trains: one step is there, and the next run does what would have been."""
    whole, killed = (Path(shutil.copytree(made, tmp_path / name)) for name in ("whole", "killed"))
    done = evolve(whole, "--steps", "3", "--seed", "5", "--json")
    assert 0 == done.returncode, done.stderr
    assert 3 == json.loads(done.stdout)["population"]["living"] == done.stderr.count("step ")
    command = [*COMMAND, "evolve", "--seed", "5", "--store", "store.db", "--config", "allocator.ini"]
    with subprocess.Popen(command, cwd=killed, env=environment(), stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if "step 1:" in line:
                break
        process.kill()
    models, trials, _ = remembered(killed)
    assert 1 == len(models) == len(trials)
    again = evolve(killed, "--steps", "2")
    assert 0 == again.returncode, again.stderr
    assert "step 2:" in again.stderr
    assert remembered(whole) == remembered(killed)
    for trial in trials:
        assert 40 <= len(Record.open(killed / "models" / trial.file))


def test_ctrl_c_ends_promptly_and_says_what_was_kept(made: Path, tmp_path: Path):
    """What was judged is in the store; the answer says so, in a code of its own; no worker is left."""
    folder = Path(shutil.copytree(made, tmp_path / "it"))
    command = [*COMMAND, "evolve", "--store", "store.db", "--config", "allocator.ini", "--lang", "ru"]
    with subprocess.Popen(
        command, cwd=folder, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        assert process.stdout is not None
        assert "шаг 1:" in next(line for line in process.stderr if "шаг" in line)
        process.send_signal(signal.SIGINT)
        answer = process.stdout.read()  # to the end of the pipe, which comes when its last writer is gone
    assert 130 == process.returncode
    assert answer.startswith("Остановлено: оценённое сохранено")
    assert "Популяция на 2 свечи вперёд (дни): " in answer
    assert 1 <= len(remembered(folder)[0])


def test_two_do_not_breed_in_one_store(made: Path, tmp_path: Path):
    """The second is told at once, and what to do."""
    folder = Path(shutil.copytree(made, tmp_path / "it"))
    with open_store(str(folder / "store.db")) as store, store.lock("evolve-day-2") as mine:
        assert mine
        found = evolve(folder, "--steps", "1")
    assert 1 == found.returncode
    assert "Another process breeds models in this store. Wait for it" in found.stderr


def test_models_bred_forecast(made: Path, tmp_path: Path):
    """What was bred can be asked, and looked at on the days held out."""
    folder = Path(shutil.copytree(made, tmp_path / "it"))
    found = evolve(folder, "--steps", "2", "--minutes", "5", "--holdout")
    assert 0 == found.returncode, found.stderr
    assert "The elders on those days (58 bars)" in found.stdout
    asked = run("forecast", "--store", "store.db", "--config", "allocator.ini", "--json", cwd=folder)
    assert 0 == asked.returncode, asked.stderr
    assert 2 == len(json.loads(asked.stdout)["models"])


def test_time_that_is_up_ends_it(made: Path, tmp_path: Path):
    """Without a step in so short a time the answer is an empty population."""
    folder = Path(shutil.copytree(made, tmp_path / "it"))
    found = evolve(folder, "--minutes", "0.0001", "--json")
    assert 0 == found.returncode, found.stderr
    assert 0 == json.loads(found.stdout)["steps_done"]


def test_too_short_a_history_is_refused(tmp_path: Path):
    """With what to do about it."""
    filled(tmp_path / "store.db")
    (tmp_path / "allocator.ini").write_text(SETTINGS)
    found = evolve(tmp_path, "--steps", "1", "--horizon", "60")
    assert 1 == found.returncode
    assert "too short for models to breed" in found.stderr
