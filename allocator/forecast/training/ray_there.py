"""What runs on the other machines: features unpacked once a machine, then a `Pool` of one worker, as at home.

A process of Ray stays, with a server beside it that has loaded torch; each model has a process of its own that is
forked from that server and exits after it, so that what ends a worker is told in the same words as at home.
"""

from __future__ import annotations

import os
import pickle
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from allocator.core.errors import ForecastError
from allocator.core.text import text
from allocator.forecast.features import load
from allocator.forecast.spec import ModelSpec
from allocator.forecast.training.files import write_whole
from allocator.forecast.training.pool import Pool
from allocator.forecast.training.results import Forecasts, Progress, Trained, answers_path, paths
from allocator.forecast.training.split import Split
from allocator.forecast.training.weights import key as key_of

KEPT_S = 2 * 86_400.0  # for which features are kept that nobody reads, and models that a killed process left
TELL_S = 1.0  # between two checkpoints that are sent home
PRELOAD = ("ray",)  # of which Ray's own main module is made, and each forked worker meets that

Content = tuple[bytes, bytes, bytes]  # weights, forecasts and answers, as files


@dataclass(frozen=True, slots=True)
class Parcel:
    """A folder of features: where it is, if this is the machine that made it, else its name and its files' names."""

    digest: str
    folder: Path | None
    files: tuple[str, ...] = ()


def train(
    number: int, spec: str, split: dict[str, Any], device: str, parcel: Parcel, checkpoint: bytes | None,
    refs: Mapping[str, Any],
) -> Content:  # fmt: skip
    """Train a model, or go on with a checkpoint: the contents of its files. Raises: `ForecastError` as `Pool`."""
    arrays, model, ranges = _arrays(parcel, refs), ModelSpec.from_json(spec), Split.of(split)
    key = key_of(model, load(arrays, verify=False).digest, ranges)
    with _folder() as folder:
        unfinished = paths(folder, key)[2]
        if checkpoint is not None:
            write_whole(unfinished, lambda file: file.write(checkpoint))
        teller = _Teller(number, unfinished, refs["box"])
        try:
            with Pool(folder, workers=1, device=device, report=teller.tell, preload=PRELOAD) as pool:
                trained: Trained = pool.submit(model, arrays, ranges).result()
        finally:
            teller.last()
        files = trained.weights, trained.forecasts, answers_path(trained.weights)
        weights, forecasts, answers = (each.read_bytes() for each in files)
        return weights, forecasts, answers


def ask(
    weights: bytes, name: str, ends: tuple[int, ...], device: str, parcel: Parcel, refs: Mapping[str, Any]
) -> bytes:
    """Ask a model: its `Forecasts`, pickled. Raises: `ForecastError` as `Pool`."""
    arrays = _arrays(parcel, refs)
    with _folder() as folder:
        path = folder / name
        path.write_bytes(weights)
        with Pool(folder, workers=1, device=device, preload=PRELOAD) as pool:
            said: Future[Forecasts] = pool.ask(path, arrays, ends)
            return pickle.dumps(said.result())


def call(function: Callable[..., Any], words: tuple[Any, ...], named: dict[str, Any], _: object) -> Any:  # noqa: ANN401
    """Call a function, single-threaded."""
    import_module("allocator.forecast.quiet")
    return function(*words, **named)


class _Teller:
    """Sends progress home, and a checkpoint when there is a new one."""

    def __init__(self, number: int, unfinished: Path, box: Any) -> None:  # noqa: ANN401 -- an actor of Ray's
        self._number, self._unfinished, self._box = number, unfinished, box
        self._sent_at, self._sent = 0.0, 0
        self._progress: Progress | None = None

    def tell(self, progress: Progress) -> None:
        self._progress = progress
        now = time.monotonic()
        content = None
        if now - self._sent_at >= TELL_S:
            self._sent_at, content = now, self._changed()
        self._box.put.remote(self._number, pickle.dumps(progress), content)

    def last(self) -> None:
        """The last checkpoint, if the training is not finished, before its end is told."""
        content = self._changed()
        if content is not None:
            ray = import_module("ray")
            ray.get(self._box.put.remote(self._number, pickle.dumps(self._progress), content))

    def _changed(self) -> bytes | None:
        try:
            changed = self._unfinished.stat().st_mtime_ns
            if changed == self._sent:
                return None
            self._sent = changed
            return self._unfinished.read_bytes()
        except OSError:
            return None


def _arrays(parcel: Parcel, refs: Mapping[str, Any]) -> Path:
    """The folder of features: where it was made, or unpacked here once for all models of this machine."""
    if parcel.folder is not None:
        return parcel.folder
    from filelock import FileLock  # noqa: PLC0415 -- only where something is unpacked

    place = _scratch() / "features"
    folder = place / parcel.digest
    try:
        place.mkdir(parents=True, exist_ok=True)
        with FileLock(place / f"{parcel.digest}.lock"):
            if not folder.exists():
                _unpack(parcel, refs, folder)
        with suppress(OSError):
            (folder / "manifest.json").touch()
        _sweep(place, folder)
    except OSError as error:
        raise ForecastError(
            text("The features cannot be written to {folder}: {reason}.", folder=folder,
                 reason=error.strerror or error),
            text("Free some space or name another folder."),
        ) from error  # fmt: skip
    return folder


def _unpack(parcel: Parcel, refs: Mapping[str, Any], folder: Path) -> None:
    """Files from Ray's memory into a folder, verified, and then in its place at once."""
    ray = import_module("ray")
    begun = Path(tempfile.mkdtemp(prefix="part-", dir=folder.parent))
    try:
        for name in parcel.files:
            with (begun / name).open("wb") as file:
                for ref in refs["files"][name]:
                    file.write(ray.get(ref))
        load(begun)
        begun.rename(folder)
    except BaseException:
        shutil.rmtree(begun, ignore_errors=True)
        raise


@contextmanager
def _folder() -> Iterator[Path]:
    """A folder for one model."""
    place = _scratch() / "models"
    place.mkdir(parents=True, exist_ok=True)
    _sweep(place, None)
    with tempfile.TemporaryDirectory(dir=place, ignore_cleanup_errors=True) as name:
        yield Path(name)


def _scratch() -> Path:
    """A folder of the user's on this machine; of no other's, as features are believed once they are there."""
    user = str(os.getuid()) if hasattr(os, "getuid") else os.environ.get("USERNAME", "user")
    found = Path(tempfile.gettempdir()) / f"allocator-{user}"
    found.mkdir(mode=0o700, exist_ok=True)
    if hasattr(os, "getuid") and found.stat().st_uid != os.getuid():
        raise ForecastError(
            text("{folder} belongs to somebody else.", folder=found), text("Delete it on that machine.")
        )
    return found


def _sweep(place: Path, kept: Path | None) -> None:
    """Remove what nobody has touched for days."""
    for old in place.iterdir():
        with suppress(OSError):
            newest = old / "manifest.json" if (old / "manifest.json").exists() else old
            if old.is_dir() and old != kept and time.time() - newest.stat().st_mtime > KEPT_S:
                shutil.rmtree(old)
