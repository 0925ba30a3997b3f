"""Models trained on the machines of Ray are those that are trained at home; what dies there costs one of them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from e2e.shell import COMMAND, environment, one_line
from integration.forecast.test_forecasting import NOW, filled, material
from integration.ray_head import CPUS, children, free_port, head, ray_workers
from pool_cases import FEATURES, SPLIT, spec

import allocator
from allocator.app.evolving import Evolver
from allocator.app.evolving_ground import MaterialGround
from allocator.app.evolving_population import StorePopulation
from allocator.app.spreading import backend, executor
from allocator.core.bars import Interval
from allocator.core.errors import AllocatorError, ForecastError
from allocator.forecast.experiment.grid import Grid
from allocator.forecast.experiment.running import Outcome
from allocator.forecast.experiment.running import run as experiment
from allocator.forecast.features import save
from allocator.forecast.spec import Architecture, Inputs, ModelSpec
from allocator.forecast.training import Pool, Progress, Trained, ends, weights
from allocator.store import open_store

sys.path += [str(Path(__file__).parents[2] / "unit" / "forecast" / name) for name in ("", "experiment")]
from experiment_cases import TINY, histories

pytestmark = [
    pytest.mark.skipif(find_spec("ray") is None, reason="the extra `ray` is not installed"),
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="processes are looked for in /proc"),
]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with head() as found:
        yield found


@pytest.fixture(scope="module")
def features(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("features")
    save(FEATURES, folder)
    return folder


def made(model: Trained) -> tuple[str, bytes]:
    """The digest of a model's numbers, and its forecasts, as they are in files."""
    weights.load(model.weights)
    return weights._metadata(model.weights)["sum"], model.forecasts.read_bytes()


def test_models_are_those_of_home(address: str, features: Path, tmp_path: Path):
    """The same seeds give the same numbers to the last bit, in the same files; errors are the same; a finished model
    is not trained again; and forecasts that are asked for are the same, too."""
    told: list[Progress] = []
    home, away = tmp_path / "home", tmp_path / "away"
    with Pool(home, workers=1) as pool:
        expected = [pool.submit(spec(seed), features, SPLIT).result() for seed in range(3)]
        asked = pool.ask(expected[1].weights, features, ends(FEATURES, 4, SPLIT.test)).result()
    with backend(away, address, report=told.append) as pool:
        assert CPUS == pool.workers
        models = [pool.submit(spec(seed), features, SPLIT) for seed in range(3)]
        bad = pool.submit(ModelSpec(Architecture.LSTM, window=300), features, SPLIT)
        found = [model.result() for model in models]
        with pytest.raises(ForecastError, match="history is too short") as refused:
            bad.result()
        assert "shorter window" in str(refused.value.hint)
        again = pool.submit(spec(0), features, SPLIT)
        assert again.done()
        said = pool.ask(found[1].weights, features, ends(FEATURES, 4, SPLIT.test)).result()
    assert [made(model) for model in expected] == [made(model) for model in found]
    assert sorted(path.name for path in home.iterdir()) == sorted(path.name for path in away.iterdir())
    assert asked.mean.tolist() == said.mean.tolist()
    assert {model.provenance.key for model in found} == {each.key for each in told if each.done == 1}


def test_a_death_costs_one_model(address: str, features: Path, tmp_path: Path):
    """The process of a model is killed: it says so, and the next is trained. Asked for again the model goes on from the
    checkpoint that came home; and so it does by itself when Ray's own process is killed, to the same numbers."""
    long = spec(epochs=40)
    with Pool(tmp_path / "home", workers=1) as pool:
        expected = pool.submit(long, features, SPLIT).result()
    folder, told = tmp_path / "away", list[Progress]()
    with backend(folder, f"{address}/1", report=told.append) as pool:
        killed, next_ = pool.submit(long, features, SPLIT), pool.submit(spec(0), features, SPLIT)
        kill(at_work, folder)
        with pytest.raises(ForecastError, match=r"tsmixer .* was ended by SIGKILL.*last whole epoch"):
            killed.result()
        assert next_.result().weights.exists()
        assert 1 == len(list(folder.glob("*.unfinished.safetensors")))
        told.clear()
        going_on = pool.submit(long, features, SPLIT)
        kill(ray_workers, folder)
        found = going_on.result()
    assert made(expected) == made(found)
    assert 1 / 40 < min(each.done for each in told)
    assert [] == list(folder.glob("*.unfinished.safetensors"))


def test_functions_and_versions(address: str, monkeypatch: pytest.MonkeyPatch):
    """Functions give and raise what they do at home, each single-threaded; a worker that dies is told; a machine with
    another version of this program is refused by name, with what to install."""
    with executor(f"{address}/2") as pool:
        assert [divmod(n, 3) for n in range(9)] == list(pool.map(divmod, range(9), [3] * 9))
        assert "1" == pool.submit(os.getenv, "OPENBLAS_NUM_THREADS").result()
        with pytest.raises(ZeroDivisionError):
            pool.submit(divmod, 1, 0).result()
        with pytest.raises(AllocatorError, match="A worker process of Ray was ended"):
            pool.submit(os._exit, 3).result()
        there = allocator.__version__
        monkeypatch.setattr(allocator, "__version__", "99.0")
        with pytest.raises(AllocatorError, match=rf"has version {there} .* here is 99\.0\. Install version 99\.0"):
            pool.submit(divmod, 7, 3).result()


def test_stopping_ends_what_runs(address: str, features: Path, tmp_path: Path):
    """Left by Ctrl+C it waits for nobody: what runs says that it was stopped, what waits is cancelled, and no process
    of it is left on the machines."""
    with pytest.raises(KeyboardInterrupt), backend(tmp_path, f"{address}/1") as pool:  # noqa: PT012
        runs, waits = (pool.submit(spec(seed, epochs=1000), features, SPLIT) for seed in range(2))
        wait_until(lambda: list(tmp_path.glob("*.unfinished.safetensors")))
        family = [*ray_workers(), *at_work()]
        raise KeyboardInterrupt
    with pytest.raises(ForecastError, match=r"was stopped.*last whole epoch"):
        runs.result()
    assert waits.cancelled()
    assert family
    wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in family))


def kill(those: Callable[[], list[int]], folder: Path) -> None:
    """Kill these processes, once a model is at work of which a checkpoint came home."""
    wait_until(lambda: list(folder.glob("*.unfinished.safetensors")) and at_work())  # /proc is long to read
    for pid in those():
        os.kill(pid, signal.SIGKILL)


def at_work() -> list[int]:
    """The processes that train a model: Ray's worker has a server, and that forks them."""
    return [model for worker in ray_workers() for server in children(worker) for model in children(server)]


def wait_until(true, seconds: float = 120.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_evolution_and_grids_are_those_of_home(address: str, tmp_path: Path):
    """The same seed breeds the same recipe with the same record, and a cell of the experiment has the same figures."""
    home, away = (filled(tmp_path / name / "store.db", echo=0.5).parent for name in ("home", "away"))
    grid = Grid((1,), (Architecture.TSMIXER,), (Inputs.UNIVARIATE,), (0.0,))
    found = []
    for folder, workers in ((home, 1), (away, f"{address}/1")):
        with backend(folder / "models", workers) as pool, open_store(str(folder / "store.db")) as store:
            ground = MaterialGround(material(store), 2)
            population = StorePopulation(store, Interval.DAY, 2)
            Evolver(
                ground, population, pool, folder=folder / "models", now=lambda: NOW, seed=5, workers=pool.workers
            ).run(1)
            outcome = experiment(grid, TINY, histories(), folder / "cache", pool, lambda *_: None)
            with store.reading() as tx:
                models = [(each.key, each.alive, dict(each.scores), each.file) for each in tx.models.all(alive=False)]
                found.append((models, tx.trials.all(), tx.facts.get("evolution day 2"), figures(outcome)))
    assert 1 == len(found[0][0]) == len(found[0][3])
    assert found[0] == found[1]


def figures(outcome: Outcome) -> list[tuple[object, ...]]:
    return [(each.key, each.loss, each.scores.winrate.rate, each.scores.mape) for each in outcome.results]


def test_the_command_says_nothing_of_ray(address: str, tmp_path: Path):
    """stdout has the answer alone and stderr the models; an address where nobody is takes one line and no traceback."""
    filled(tmp_path / "store.db")
    (tmp_path / "allocator.ini").write_text(f"[universe]\nminimum history = 300\n[forecast]\nworkers = {address}\n")
    words = ["train", "--store", "store.db", "--config", "allocator.ini", "--inputs", "univariate", "--epochs", "1"]

    def ran(*more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*COMMAND, *words, *more, "--network", "tsmixer"], cwd=tmp_path, env=environment(), capture_output=True,
            text=True, timeout=300, check=False,
        )  # fmt: skip

    done = ran("--json")
    assert (0, "1 of 1: tsmixer is trained\n") == (done.returncode, done.stderr)
    assert 1 == len(json.loads(done.stdout)["models"])
    nobody = ran("--workers", f"ray://127.0.0.1:{free_port()}", "--seed", "1")
    assert (1, "") == (nobody.returncode, nobody.stdout)
    assert one_line(nobody.stderr)
    assert "nobody answers there: Connection refused" in nobody.stderr
