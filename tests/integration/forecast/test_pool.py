"""A process per model, for real: it exits, its death costs one model, and the supervisor never loads torch."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest
from e2e.shell import environment
from pool_cases import FEATURES, SPLIT, spec

from allocator.core.errors import ForecastError
from allocator.forecast.features import save
from allocator.forecast.spec import Architecture, ModelSpec
from allocator.forecast.training import Forecasts, Pool, Progress, ends, provenance

pytest.importorskip("safetensors", reason="the extra `forecast` is not installed")
pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals, and a server that forks")


@pytest.fixture(scope="module")
def features(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("features")
    save(FEATURES, folder)
    return folder


def test_models_are_trained_each_in_its_own_process(features: Path, tmp_path: Path):
    """Several at once; each leaves its files and is gone; a bad one is refused and harms no other."""
    told: list[Progress] = []
    with Pool(tmp_path, workers=2, report=told.append) as pool:
        good = [pool.submit(spec(seed), features, SPLIT) for seed in range(3)]
        bad = pool.submit(ModelSpec(Architecture.LSTM, window=300), features, SPLIT)
        with pytest.raises(ForecastError, match="history is too short") as found:
            bad.result()
        assert "shorter window" in str(found.value.hint)
        models = [each.result() for each in good]
        assert not pool.running
        said = pool.ask(models[1].weights, features, ends(FEATURES, 4, SPLIT.test)).result()
    assert 3 == len({model.provenance.key for model in models})
    assert {model.provenance.key for model in models} == {each.key for each in told if each.done == 1}
    assert all(model.provenance == provenance(model.weights) for model in models)
    assert all(model.provenance.peak_bytes > 2**20 for model in models)
    kept = Forecasts.open(models[1].forecasts).within(*SPLIT.test)
    assert kept.mean.tolist() == said.mean.tolist()


def test_the_death_of_a_worker_costs_one_model(features: Path, tmp_path: Path):
    """Killed while it trains, its future says by what; the next model is trained, and it goes on where it was."""
    begun = threading.Event()

    def kill(progress: Progress) -> None:
        if progress.done >= 1 / 300 and not begun.is_set():
            begun.set()
            os.kill(pool.running[0], signal.SIGKILL)

    long = spec(epochs=300)
    with Pool(tmp_path, workers=1, report=kill) as pool:
        killed, next_ = pool.submit(long, features, SPLIT), pool.submit(spec(1), features, SPLIT)
        with pytest.raises(ForecastError, match=r"tsmixer .* was ended by SIGKILL.*fewer workers.*last whole epoch"):
            killed.result()
        assert next_.result().weights.exists()
    assert 1 == len(list(tmp_path.glob("*.unfinished.safetensors")))


def test_the_last_few_share_the_cores(features: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Three models on two cores train at once when nobody said how many may; as many as were said do otherwise."""
    monkeypatch.setattr("allocator.forecast.training.pool.cores", lambda: 2)
    for workers, at_once in ((None, 3), (2, 2)):
        began: dict[str, int] = {}
        all_ = threading.Event()

        def report(
            progress: Progress, began: dict[str, int] = began, at_once: int = at_once, all_: threading.Event = all_
        ) -> None:
            began.setdefault(progress.key, len(pool.running))
            if len(began) == at_once:
                all_.set()

        with suppress(KeyboardInterrupt), Pool(tmp_path / str(at_once), workers=workers, report=report) as pool:
            models = [pool.submit(spec(seed, epochs=1000), features, SPLIT) for seed in range(3)]
            assert all_.wait(120)
            assert 2 == pool.workers
            assert at_once == len(pool.running)
            raise KeyboardInterrupt
        assert at_once == sum(not each.cancelled() for each in models)


def test_who_submits_does_not_wait_for_a_start(features: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The first start waits until torch is loaded; meanwhile others may submit, and make what they submit."""
    begun, loaded = threading.Event(), threading.Event()

    def start(_: object) -> None:
        begun.set()
        loaded.wait(60)
        raise OSError("no server")

    with Pool(tmp_path, workers=1) as pool:
        monkeypatch.setattr(pool._context.Process, "start", start)
        first = pool.submit(spec(), features, SPLIT)
        assert begun.wait(60)
        second = pool.submit(spec(1), features, SPLIT)
        assert not first.done()
        loaded.set()
        for future in (first, second):
            with pytest.raises(ForecastError, match="cannot be started"):
                future.result()


def test_stopping_a_pool_stops_its_workers(features: Path, tmp_path: Path):
    """Left by Ctrl+C it waits for nobody; what runs and what waits says that it was stopped, or is cancelled."""
    begun = threading.Event()
    with suppress(KeyboardInterrupt), Pool(tmp_path, workers=1, report=lambda _: begun.set()) as pool:
        runs, waits = (pool.submit(spec(seed, epochs=1000), features, SPLIT) for seed in range(2))
        assert begun.wait(120)
        raise KeyboardInterrupt
    with pytest.raises(ForecastError, match=r"was stopped.*last whole epoch"):
        runs.result()
    assert waits.cancelled()
    assert not pool.running


SUPERVISOR = """
import sys
from pathlib import Path
from allocator.forecast.spec import *
from allocator.forecast.training import Pool, Split

def main():
    spec = ModelSpec.from_json({spec!r})
    with Pool(Path({folder!r}), workers=1, report=lambda p: print(pool.running[0], flush=True)) as pool:
        pool.submit(spec, Path({features!r}), Split.of({split!r})).result()
    print("torch" in sys.modules)

if __name__ == "__main__":
    main()
"""


def supervisor(tmp_path: Path, features: Path, epochs: int) -> list[str]:
    script = tmp_path / "supervisor.py"
    script.write_text(
        SUPERVISOR.format(
            spec=spec(epochs=epochs).json(), folder=str(tmp_path), features=str(features), split=SPLIT.plain()
        )
    )
    return [sys.executable, str(script)]


def test_the_supervisor_loads_no_torch(features: Path, tmp_path: Path):
    """Not to submit, and not to read what came back."""
    run = subprocess.run(
        supervisor(tmp_path, features, 1), env=environment(), capture_output=True, text=True, check=False
    )
    assert "False" == run.stdout.splitlines()[-1], run.stderr


def test_workers_do_not_outlive_their_supervisor(features: Path, tmp_path: Path):
    """Killed by force it cannot tell them; they see it go."""
    with subprocess.Popen(
        supervisor(tmp_path, features, 1000), env=environment(), stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert int(process.stdout.readline()) > 0
        process.kill()
        process.stdout.read()  # to the end of the pipe, which comes when its last writer is gone
    assert 1 == len(list(tmp_path.glob("*.unfinished.safetensors")))


def test_ctrl_c_while_torch_is_loaded_is_silent(features: Path, tmp_path: Path):
    """The server that loads it ends at once, without a traceback of its own."""
    (tmp_path / "slow.py").write_text("import os, pathlib, time\npathlib.Path('there').touch()\ntime.sleep(60)\n")
    (tmp_path / "main.py").write_text(
        "import pathlib, time\n"
        "from allocator.forecast.training import Pool\n"
        "pool = Pool(pathlib.Path('.'), workers=1, preload=['slow'])\n"
        "try:\n"
        "    time.sleep(60)\n"
        "except KeyboardInterrupt:\n"
        "    pool.stop()\n"
    )
    with subprocess.Popen(
        [sys.executable, "main.py"], cwd=tmp_path, stderr=subprocess.PIPE, text=True, start_new_session=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(["", str(tmp_path), str(Path(__file__).parents[3])])},
    ) as process:  # fmt: skip
        assert process.stderr is not None
        while not (tmp_path / "there").exists():
            assert process.poll() is None
            time.sleep(0.05)
        os.killpg(process.pid, signal.SIGINT)
        said = process.stderr.read()  # to the end of the pipe, which comes when its last writer is gone
    assert "" == said
    assert 0 == process.returncode


DYING = """
import pathlib
from allocator.core.errors import ForecastError
from allocator.forecast.spec import *
from allocator.forecast.training import Pool, Split

with Pool(pathlib.Path("."), workers=1, preload=["dying"]) as pool:
    try:
        pool.submit(ModelSpec.from_json({spec!r}), pathlib.Path({features!r}), Split.of({split!r})).result()
    except ForecastError as error:
        print(error)
"""


def test_a_server_that_dies_is_said_in_words(features: Path, tmp_path: Path):
    """A broken library ends it before a worker can be made: the model is named, and where to look."""
    (tmp_path / "dying.py").write_text("import os\nos._exit(3)\n")
    (tmp_path / "main.py").write_text(DYING.format(spec=spec().json(), features=str(features), split=SPLIT.plain()))
    found = subprocess.run(
        [sys.executable, "main.py"], cwd=tmp_path, capture_output=True, text=True, check=False,
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(tmp_path), str(Path(__file__).parents[3])])},
    )  # fmt: skip
    assert found.stdout.startswith("The process of tsmixer"), found.stderr
    assert "cannot be started" in found.stdout
    assert "python -m allocator.forecast.training.worker" in found.stdout
