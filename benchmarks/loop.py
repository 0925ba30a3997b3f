"""Memory of the supervisor over 200 trainings: `python -m benchmarks.loop [--trainings N] [--torch]`.

The real supervisor over a real SQLite store; each step is a child process that tells its progress and writes what its
step would write, so that every training is followed by a forecast, with their events and marks, and eight pages listen
to all of it. What a training computes stays in its child and cannot show here: it is left out, unless `--torch` has
each child train a small network. The bar: the resident memory after the last training is within 10% of that after the
first twenty. With 200 trainings or more it writes its part of `benchmarks/RESULTS.md`.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from allocator.app.loop.child import Child
from allocator.app.loop.events import StepEnded
from allocator.app.loop.live import Live
from allocator.app.loop.outcome import Outcome, skipped
from allocator.app.loop.place import Place
from allocator.app.loop.supervisor import Supervisor
from allocator.config.settings import LoopSettings, Settings
from allocator.core.text import text
from allocator.store import StoredModel, open_store
from benchmarks.page import write_part

WARM = 20  # trainings, after which memory is looked at first
BAR = 0.10
READERS = 8
LIVING = 30  # models at once


def train(tell, place: Place, number: int, *, torch: bool) -> Outcome:
    """What a training leaves: progress, a model that is new, one that is gone."""
    for epoch in range(1, 21):
        tell(text("training, epoch {epoch} of {epochs}", epoch=epoch, epochs=20), epoch, 20)
    if torch:
        _trained()
    with place.open() as store, store.transaction() as tx:
        tx.models.put(StoredModel(f"{number:020}", "{}", (), datetime.now(UTC), file=f"f{number}", seconds=1.0))
        tx.models.delete(f"{number - LIVING:020}")
    return Outcome(text("step {number}", number=number), again=datetime.now(UTC))


def follow(tell, place: Place, number: int) -> Outcome:  # noqa: ARG001 -- as steps are called
    """What another step says."""
    tell(text("working out what to deal"), 0, 0)
    return Outcome(text("{count} models: {sentence}", count=number, sentence=text("it is a forecast")))


def _trained() -> None:
    import torch  # noqa: PLC0415 -- the child alone

    net = torch.nn.Sequential(torch.nn.Linear(64, 64), torch.nn.ReLU(), torch.nn.Linear(64, 1))
    steps = torch.optim.Adam(net.parameters())
    for _ in range(50):
        steps.zero_grad()
        net(torch.randn(256, 64)).square().mean().backward()
        steps.step()


class Measured:
    """The supervisor, with children of this module, until so many trainings have ended."""

    def __init__(self, folder: Path, trainings: int, *, torch: bool) -> None:
        self.trainings, self.torch, self.count = trainings, torch, 0
        self.memory: list[float] = []  # MiB after each training
        self.over = threading.Event()
        self.store = open_store(str(folder / "store.db"))
        self.place = Place(str(folder / "store.db"))
        self.live = Live()
        self.readers = [self.live.join(lambda: None) for _ in range(READERS)]
        settings = replace(Settings(), loop=LoopSettings(pause=timedelta(0)))
        self.supervisor = Supervisor(
            self.store, settings, self.place, live=self.live, now=lambda: datetime.now(UTC), start=self.start
        )
        self.supervisor.events.subscribe(StepEnded, self.ended)

    def start(self, call, arguments, *, report, done):  # noqa: ARG002 -- these children have their own
        step = call.rpartition(":")[2]
        if step == "train":
            self.count += 1
            return Child("benchmarks.loop:trained", (self.place, self.count, self.torch), report=report, done=done)
        if step in {"backup", "refresh"}:
            return Child("benchmarks.loop:idle", (), report=report, done=done)
        return Child("benchmarks.loop:follow", (self.place, self.count), report=report, done=done)

    def ended(self, event: StepEnded) -> None:
        for reader in self.readers:
            reader.take()
        if event.step == "train":
            self.memory.append(resident())
            if len(self.memory) >= self.trainings:
                self.over.set()


def trained(tell, place: Place, number: int, torch: bool) -> Outcome:
    return train(tell, place, number, torch=torch)


def idle(tell) -> Outcome:  # noqa: ARG001
    return skipped(text("there is nothing new to back up"))


def resident() -> float:
    """MiB of this process."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trainings", type=int, default=200)
    parser.add_argument("--torch", action="store_true", help="train a small network in each child")
    options = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        measured = Measured(Path(folder), options.trainings, torch=options.torch)
        measured.supervisor.start()
        shown = 0
        while not measured.over.wait(5):
            if len(measured.memory) >= shown + 20:
                shown = len(measured.memory)
                print(f"{shown} trainings: {measured.memory[-1]:.1f} MiB", file=sys.stderr, flush=True)
        measured.supervisor.stop()
        measured.store.close()
    heavy = sorted({"torch", "scipy", "sklearn"} & set(sys.modules))
    text, met = page(measured.memory, heavy, time.monotonic() - began, torch=options.torch)
    print(text)
    if len(measured.memory) >= 200:
        write_part("loop", text)
    return 0 if met else 1


def page(memory: Sequence[float], heavy: Sequence[str], seconds: float, *, torch: bool) -> tuple[str, bool]:
    """The part of the results, and whether the bar is met."""
    first, last, most = memory[min(WARM, len(memory)) - 1], memory[-1], max(memory[WARM - 1 :], default=memory[-1])
    growth = last / first - 1
    met = growth <= BAR and not heavy
    said = (
        f"Resident memory of the supervisor; each training (with {'a small' if torch else 'no'} network in its child) "
        f"is followed by a forecast, {READERS} pages listen. {seconds:.0f} s."
    )
    row = (
        f"| {len(memory)} | {first:.1f} MiB | {last:.1f} MiB | {most:.1f} MiB | {growth:+.1%} | within {BAR:.0%} "
        f"| {'met' if met else 'missed'} |"
    )
    lines = [
        "## The loop",
        "",
        said,
        "",
        "| trainings | after the first 20 | at the end | at most | growth | bar | |",
        "|---|---|---|---|---|---|---|",
        row,
        "",
        f"Libraries that compute, loaded in the supervisor: {', '.join(heavy) or 'none'}.",
        "",
        "`python -m benchmarks.loop` repeats it.",
    ]
    return "\n".join(lines), met


if __name__ == "__main__":
    sys.exit(main())
