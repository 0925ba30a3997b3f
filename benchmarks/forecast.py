"""What training costs, beside its peers: `python -m benchmarks.forecast [--quick] [--steps N] [SECTION ...]`.

The inputs are noise: only time and memory are measured. Times are of the processor (of one thread), ours and the
peer's in turn, so that a busy machine weighs on both alike; the sections "lambdas" and "models" go by the clock, as
several processes work there. The whole takes some twenty minutes and writes its part of `benchmarks/RESULTS.md`.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from allocator.core.bars import Interval
from allocator.forecast.features import Features, save
from allocator.forecast.losses import loss
from allocator.forecast.networks import build
from allocator.forecast.networks.standard import Standardised
from allocator.forecast.sizes import TsmixerSize
from allocator.forecast.spec import Architecture, ModelSpec, Training
from allocator.forecast.training import Pool, Split, ends
from allocator.forecast.training.loop import optimizer_of
from allocator.forecast.training.memory import keep_freed_memory
from allocator.forecast.training.windows import Windows
from benchmarks.forecast_peers import PLAIN, nixtla_steps, plain_steps, there
from benchmarks.page import table, write_part

CPU = torch.device("cpu")
LAMBDAS = (0, 1, 5, 10, 12, 25, 35, 45, 50)  # the paper's
GIB = 2**30
NEEDED = {
    Architecture.LSTM: 2.0,
    Architecture.ENCODER: 1.5,
    Architecture.ENCODER_DECODER: 1.5,
    Architecture.TSMIXER: 2.0,
}


def noise(tickers: int, rows: int, channels: int = 58) -> Features:
    """Features of the right shape with nothing in them."""
    rng = np.random.default_rng(0)
    returns = rng.normal(0, 0.005, (tickers, rows))
    values = rng.standard_normal((tickers, rows, channels), dtype=np.float32)
    return Features(
        Interval.HOUR,
        np.datetime64("2020-01-03T10:00:00", "s") + np.arange(rows) * np.timedelta64(3600, "s"),
        tuple(f"T{n}" for n in range(tickers)),
        tuple(f"c{c}" for c in range(channels)),
        ("noise",) * channels,
        values,
        np.ones((tickers, rows), dtype=bool),
        np.tile(np.arange(1, rows + 1, dtype=np.int32), (tickers, 1)),
        100 * np.cumprod(1 + returns, axis=1),
        np.zeros((tickers, rows), dtype=np.int32),
        np.full((tickers, rows), 0.005, dtype=np.float32),
        digest=f"noise {tickers} {rows} {channels}",
    )


class Ours:
    """The steps of `training.loop`, one at a time."""

    def __init__(self, features: Features, spec: ModelSpec) -> None:
        channels = len(features.names)
        torch.manual_seed(0)
        self.spec = spec
        self.model = Standardised(build(spec, channels), torch.zeros(channels), torch.ones(channels))
        self.optimizer = optimizer_of(spec, self.model)
        self.windows = Windows(features, list(range(channels)), spec.window, spec.horizon, CPU)
        places = torch.from_numpy(ends(features, spec.window, (0, features.shape[1] - 1)))
        self.batches = places[torch.randperm(len(places))].split(spec.training.batch)
        self.fed = 0.0

    def step(self, at: int) -> None:
        began = time.process_time()
        batch = self.windows.batch(self.batches[at % len(self.batches)])
        self.fed += time.process_time() - began
        found = loss(self.spec, self.model(batch.x, batch.sigma), batch.r, batch.close)
        self.optimizer.zero_grad(set_to_none=True)
        found.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.spec.training.clip)
        self.optimizer.step()

    def steps(self, count: int) -> float:
        for at in range(2):
            self.step(at)
        self.fed, began = 0.0, time.process_time()
        for at in range(count):
            self.step(at)
        return time.process_time() - began


def throughput(steps: int, repeats: int, _: bool) -> list[str]:
    """Windows a second of each network, and the share of a step that feeding them takes."""
    features = noise(8, 2000)
    rows, shares = [], []
    for architecture in PLAIN:
        spec = ModelSpec(architecture)
        places = ends(features, spec.window, (0, 1999))
        spent: dict[str, list[float]] = {"ours": [], "plain": [], "neuralforecast": []}
        share = []
        for _repeat in range(repeats):
            ours = Ours(features, spec)
            spent["ours"].append(ours.steps(steps))
            share.append(ours.fed / spent["ours"][-1])
            spent["plain"].append(plain_steps(features, spec, places, steps))
            if there() and architecture is not Architecture.ENCODER:
                spent["neuralforecast"].append(nixtla_steps(features, spec, steps))
        rate = {name: steps * spec.training.batch / statistics.median(each) for name, each in spent.items() if each}
        shares.append([spec.name, f"{100 * statistics.median(share):.1f}%", "under 5%"])
        rows.append([
            spec.name, *(f"{rate[name]:,.0f}" if name in rate else "-" for name in spent),
            *(f"{rate['ours'] / rate[name]:.2f}×" if name in rate else "-" for name in ("plain", "neuralforecast")),
            f"≥ {NEEDED[architecture]}×",
        ])  # fmt: skip
        say(f"{spec.name}: {rate}")
    header = ["network", "ours, windows/s", "plain torch", "neuralforecast", "to plain", "to neuralforecast", "bar"]
    return [
        "Training: windows of 64 rows x 58 columns a second, batch 256, width 64.", "",
        *table(header, rows), *table(["feeding windows", "share of a step", "bar"], shares),
    ]  # fmt: skip


def small(epochs: int = 1, **changes: object) -> ModelSpec:
    plan = Training(epochs=epochs, batch=256, patience=1000)
    return replace(ModelSpec(Architecture.TSMIXER, size=TsmixerSize(), training=plan), **changes)


def lambdas(steps: int, _repeats: int, quick: bool) -> list[str]:
    """Nine λ by two workers and by one."""
    features = noise(4, 1500 if quick else 4000)
    split = Split.purged((0, 1200, 1350, 1500) if quick else (0, 3300, 3600, 4000), horizon=1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        save(features, folder / "features")
        spent = {}
        for workers in (2, 1):
            with Pool(folder / "warm", workers=workers) as pool:
                pool.submit(small(seed=workers), folder / "features", split).result()  # the server has loaded torch
            began = time.perf_counter()
            with Pool(folder / str(workers), workers=workers) as pool:
                for lam in LAMBDAS:
                    pool.submit(small(max(1, steps // 10), lam=lam), folder / "features", split)
            spent[workers] = time.perf_counter() - began
    row = [f"{spent[1]:.1f} s", f"{spent[2]:.1f} s", f"{spent[1] / spent[2]:.2f}×", "≥ 1.8×"]
    return table(["nine λ one after another", "on two cores", "gain", "bar"], [row])


def memory(_steps: int, _repeats: int, quick: bool) -> list[str]:
    """The most memory of a worker that trains on 315,000 rows of 58 columns."""
    rows = 1_200 if quick else 12_116
    features = noise(26, rows)
    with tempfile.TemporaryDirectory() as name:
        save(features, Path(name) / "features")
        split = Split.purged((0, rows - 400, rows - 200, rows), horizon=1)
        plan = small(training=Training(epochs=1, batch=1024))
        with Pool(Path(name), workers=1) as pool:
            made = pool.submit(plan, Path(name) / "features", split).result().provenance
    count = f"{26 * rows:,} rows x 58"
    return table(["trained on", "peak", "bar"], [[count, f"{made.peak_bytes / GIB:.2f} GiB", "under 2 GiB"]])


def models(_steps: int, _repeats: int, quick: bool) -> list[str]:
    """Two hundred models in a row: the supervisor's memory, and the time that a process each costs; then all asked."""
    count = 20 if quick else 200
    features = noise(2, 400, 4)
    split = Split.purged((0, 250, 300, 400), horizon=1)
    tiny = ModelSpec(Architecture.TSMIXER, window=4, size=TsmixerSize(feedforward=4), training=Training(epochs=1))
    held = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        save(features, folder / "features")
        with Pool(folder, workers=2) as pool:
            pool.submit(replace(tiny, seed=10**6), folder / "features", split).result()
            began = time.perf_counter()
            for seed in range(count):
                made = pool.submit(replace(tiny, seed=seed), folder / "features", split).result()
                held.append(resident())
            each = (time.perf_counter() - began) / count
            wide = noise(250, 70, 4)
            save(wide, folder / "wide")
            places = ends(wide, 4, (69, 70))
            began = time.perf_counter()
            asked = [pool.ask(made.weights, folder / "wide", places) for _ in range(30)]
            answered = sum(len(each.result()) for each in asked)
            answers = time.perf_counter() - began
    tenth = max(1, count // 10)
    growth = statistics.median(held[-tenth:]) - statistics.median(held[:tenth])
    return [
        *table(["models in a row", "each", "supervisor grew by", "bar"],
               [[str(count), f"{each:.2f} s", f"{growth / 2**20:.1f} MiB", "flat"]]),
        *table(["30 models asked of 250 securities", "answers", "bar"], [[f"{answers:.1f} s", str(answered), "30 s"]]),
    ]  # fmt: skip


def resident() -> int:
    """Bytes that this process holds; 0 where there is no /proc."""
    path = Path("/proc/self/statm")
    return int(path.read_text().split()[1]) * 4096 if path.exists() else 0


SECTIONS: dict[str, Callable[[int, int, bool], list[str]]] = {
    "throughput": throughput,
    "lambdas": lambdas,
    "memory": memory,
    "models": models,
}


def say(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


def main() -> None:
    """Parse, measure, write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.forecast", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="smaller, and printed only")
    parser.add_argument("--steps", type=int, default=20, help="training steps of a measurement")
    parser.add_argument("--repeats", type=int, default=5, help="measurements, of which the median counts")
    parser.add_argument("section", nargs="*", help="only these: " + ", ".join(SECTIONS))
    asked = parser.parse_args()
    for name in asked.section:
        if name not in SECTIONS:
            parser.error(f"no section {name!r}; there are {', '.join(SECTIONS)}")
    torch.set_num_threads(1)
    keep_freed_memory()  # as the workers do; the peers have it too
    peer = "installed" if there() else "not installed, so its column is empty"
    lines = [
        "## Training",
        "",
        f"By `python -m benchmarks.forecast`; torch {torch.__version__}, neuralforecast {peer}.",
        "",
    ]
    for name in asked.section or SECTIONS:
        lines += SECTIONS[name](asked.steps, asked.repeats, asked.quick)
        say(name)
    if asked.quick or asked.section:
        print("\n".join(lines))
    else:
        write_part("forecast", "\n".join(lines))


if __name__ == "__main__":
    main()
