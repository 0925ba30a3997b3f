"""What training costs, beside its peers: `python -m benchmarks.forecast [--quick] [SECTION ...]`.

Training and feeding are measured in time of the processor (of one thread), ours and the peers' in turn, so that a busy
machine weighs on all alike; the other sections go by the clock, as several processes work there. neuralforecast has a
process of its own. The whole takes some half an hour on two quiet cores and writes its part of `benchmarks/RESULTS.md`.
"""

from __future__ import annotations

import argparse
import math
import multiprocessing
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from allocator.forecast.features import Features, save
from allocator.forecast.sizes import TsmixerSize
from allocator.forecast.spec import Architecture, ModelSpec, Training
from allocator.forecast.training import Pool, Split, ends
from allocator.forecast.training.memory import keep_freed_memory
from allocator.forecast.training.pool import cores
from benchmarks import forecast_command
from benchmarks.forecast_material import lesson, noise
from benchmarks.forecast_nixtla import TAKEN, there
from benchmarks.forecast_nixtla import train as nixtla
from benchmarks.forecast_peers import PLAIN, plain_steps
from benchmarks.forecast_training import Ours, Outcome, validated
from benchmarks.page import table, write_part

LAMBDAS = (0, 1, 5, 10, 12, 25, 35, 45, 50)  # the paper's
GIB = 2**30
BATCHES = 15  # of an epoch of the comparison
FIRST = 63  # the first row that ends a window
TRAIN = np.arange(FIRST, FIRST + 256 * BATCHES)
VALIDATION = np.arange(TRAIN[-1] + 64, TRAIN[-1] + 2064)
PLAIN_STEPS = 12
NEEDED = {Architecture.LSTM: 2.0, Architecture.ENCODER_DECODER: 1.5, Architecture.TSMIXER: 2.0}


def throughput(seeds: int, quick: bool) -> list[str]:
    """A step of each network, the loss after equal epochs, and the share of a step that feeding takes."""
    epochs = 1 if quick else 8
    speeds, losses, shares = [], [], []
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        for architecture in PLAIN:
            channels = 1 if architecture is Architecture.ENCODER_DECODER else 58  # all that the peer's is shown
            features = lesson(VALIDATION[-1] + 2, channels)
            ours, theirs, plain, share = [], [], [], []
            for seed in range(seeds):
                spec = ModelSpec(architecture, seed=seed)
                run = Ours(spec, features)
                run.train(TRAIN, epochs)
                ours.append(run.outcome(VALIDATION))
                share.append(run.feeding)
                plain.append(plain_steps(features, spec, TRAIN, PLAIN_STEPS) / PLAIN_STEPS)
                if there() and architecture in TAKEN:
                    theirs.append(pool.submit(nixtla, spec, features, TRAIN, VALIDATION, epochs).result())
            own, other = (statistics.median([each.step_s for each in side] or [math.nan]) for side in (ours, theirs))
            simple = statistics.median(plain)
            bar = f"≥ {NEEDED[architecture]}×" if architecture in NEEDED else ""
            name = f"{architecture.value}, {channels} columns"
            speeds.append([name, *(_rate(each) for each in (own, simple, other)), _times(simple, own),
                           _times(other, own), bar])  # fmt: skip
            naive = validated(np.zeros(len(VALIDATION)), features, VALIDATION)
            found = [_loss(side, features) for side in (ours, theirs)]
            weights = [f"{side[0].weights:,}" if side else "-" for side in (ours, theirs)]
            losses.append([name, *found, f"{naive:.4f}", *weights])
            shares.append([name, f"{100 * statistics.median(share):.1f}%", "under 5%"])
            say(f"{speeds[-1]} {losses[-1]}")
    return [
        f"Training on windows of 64 rows, {BATCHES} batches of 256 an epoch, width 64, no dropout, one thread; AdamW,",
        "a rate of 0.001 that stays. Of neuralforecast each network of the same kind and sizes, by its own",
        "training loop: its TSMixer and ours are trained for channel 0 alone, its",
        "VanillaTransformer takes one column.", "",
        *table(["network", "ours, windows/s", "plain torch", "neuralforecast", "to plain", "to neuralforecast", "bar"],
               speeds),
        *table([f"validation loss after {epochs} epochs, mean of {seeds} seeds", "ours", "neuralforecast",
                "of no change", "our weights", "its weights"], losses),
        *table(["feeding windows", "share of a step", "bar"], shares),
    ]  # fmt: skip


def _rate(step_s: float) -> str:
    return "-" if math.isnan(step_s) else f"{256 / step_s:,.0f}"


def _times(theirs: float, ours: float) -> str:
    return "-" if math.isnan(theirs) else f"{theirs / ours:.2f}×"


def _loss(outcomes: list[Outcome], features: Features) -> str:
    found = [validated(each.said, features, VALIDATION) for each in outcomes]
    return f"{statistics.mean(found):.4f}" if found else "-"


def small(epochs: int = 1, **changes: object) -> ModelSpec:
    plan = Training(epochs=epochs, batch=256, patience=1000)
    return replace(ModelSpec(Architecture.TSMIXER, size=TsmixerSize(), training=plan), **changes)


def lambdas(seeds: int, quick: bool) -> list[str]:
    """Nine λ by as many workers as cores and by one, in turns."""
    features = noise(4, 1500 if quick else 4000)
    split = Split.purged((0, 1200, 1350, 1500) if quick else (0, 3300, 3600, 4000), horizon=1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        save(features, folder / "features")
        spent: dict[int | None, list[float]] = {None: [], 1: []}
        for turn in range(1 if quick else seeds):
            for workers, times in spent.items():
                with Pool(folder / f"warm {turn}", workers=workers) as pool:  # the server has loaded torch
                    pool.submit(small(seed=workers or 2), folder / "features", split).result()
                began = time.perf_counter()
                with Pool(folder / f"{turn} {workers}", workers=workers) as pool:
                    for lam in LAMBDAS:
                        pool.submit(small(2, lam=lam), folder / "features", split)
                times.append(time.perf_counter() - began)
    one, all_ = (statistics.median(spent[workers]) for workers in (1, None))
    row = [f"{one:.1f} s", f"{all_:.1f} s, {cores()}", f"{one / all_:.2f}×", "≥ 1.8× on two"]
    return table(["nine λ one after another", "at once, on cores", "gain", "bar"], [row])


def memory(_: int, quick: bool) -> list[str]:
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


def models(_: int, quick: bool) -> list[str]:
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


def command(_: int, quick: bool) -> list[str]:
    """The whole of `allocator forecast`."""
    return forecast_command.measure(quick=quick)


SECTIONS: dict[str, Callable[[int, bool], list[str]]] = {
    "throughput": throughput,
    "lambdas": lambdas,
    "memory": memory,
    "models": models,
    "command": command,
}


def say(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


def main() -> None:
    """Parse, measure, write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.forecast", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="smaller, and printed only")
    parser.add_argument("--seeds", type=int, default=3, help="trainings of a comparison, of which the median counts")
    parser.add_argument("section", nargs="*", help="only these: " + ", ".join(SECTIONS))
    asked = parser.parse_args()
    for name in asked.section:
        if name not in SECTIONS:
            parser.error(f"no section {name!r}; there are {', '.join(SECTIONS)}")
    torch.set_num_threads(1)
    keep_freed_memory()  # as the workers do; plain torch has it too
    peer = "installed" if there() else "not installed, so its column is empty"
    lines = [
        "## Training",
        "",
        f"By `python -m benchmarks.forecast`; torch {torch.__version__}, neuralforecast {peer}.",
        f"Load average at the start: {os.getloadavg()[0]:.1f}.",
        "",
    ]
    for name in asked.section or SECTIONS:
        lines += SECTIONS[name](1 if asked.quick else asked.seeds, asked.quick)
        say(name)
    if asked.quick or asked.section:
        print("\n".join(lines))
    else:
        write_part("forecast", "\n".join(lines))


if __name__ == "__main__":
    main()
