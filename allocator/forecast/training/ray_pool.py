"""A `Pool` whose workers are on the machines of Ray; what they leave comes home and lies where a `Pool` leaves it."""

from __future__ import annotations

import hashlib
import json
import pickle
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, BinaryIO

from allocator.core.errors import ForecastError
from allocator.core.text import text
from allocator.core.workers import HERE, Workers
from allocator.forecast.features import load
from allocator.forecast.features.storing import MANIFEST
from allocator.forecast.spec import ModelSpec
from allocator.forecast.training.files import write_whole
from allocator.forecast.training.jobs import Ask, Job, Train
from allocator.forecast.training.pool import Report, stopped
from allocator.forecast.training.ray_box import Letters
from allocator.forecast.training.ray_link import Link, Prepare, Task
from allocator.forecast.training.ray_there import Content, Parcel
from allocator.forecast.training.results import Forecasts, Trained, answers_path, finished, paths
from allocator.forecast.training.scope import Scope
from allocator.forecast.training.split import Split
from allocator.forecast.training.weights import key as key_of
from allocator.forecast.training.weights import provenance

THERE = "allocator.forecast.training.ray_there"
SLICE = 64 << 20  # bytes of a file that go at once


class RayPool(Scope):
    """`Backend` over Ray: see `Pool`. The models of a machine that died go on elsewhere, from what came home."""

    def __init__(self, folder: Path, workers: Workers, *, device: str = "cpu", report: Report | None = None) -> None:
        """Raises: `ClusterError` when Ray is not to be had."""
        self.folder, self.device = folder, device
        self._report = report or (lambda _: None)
        self._here = workers.address == HERE
        self._numbers = count()
        self._open: dict[int, str] = {}  # the keys of the trainings that have not come home yet
        self._parcels: dict[tuple[Path, str], tuple[Parcel, dict[str, list[Any]]]] = {}
        self._link = Link(workers, heard=self._heard)

    @property
    def workers(self) -> int:
        """How many are at work at once."""
        return self._link.at_once

    def submit(self, spec: ModelSpec, arrays: Path, split: Split) -> Future[Trained]:
        """Train on some machine, from the checkpoint that is here if there is one."""
        job = Train(spec, arrays.absolute(), split, self.folder.absolute(), self.device)
        try:
            key = key_of(spec, load(job.arrays, verify=False).digest, split)
            known = finished(self.folder, key)
        except ForecastError as error:
            return _settled(error)
        if known is not None:
            return _settled(known)
        number = next(self._numbers)

        def prepare(link: Link) -> tuple[tuple[object, ...], dict[str, Any]]:
            parcel, files = self._parcel(link, job.arrays)
            self._open[number] = key
            checkpoint = _content(paths(self.folder, key)[2])
            plain = number, spec.json(), split.plain(), self.device, parcel, checkpoint
            return plain, {"box": link.box, "files": files}

        return self._link.submit(_task("train", job, prepare, lambda content: self._home(number, key, content)))

    def ask(self, weights: Path, arrays: Path, ends: Iterable[int]) -> Future[Forecasts]:
        """Forecasts of a trained model, made on some machine."""
        job = Ask(weights.absolute(), arrays.absolute(), tuple(int(each) for each in ends), self.device)

        def prepare(link: Link) -> tuple[tuple[object, ...], dict[str, Any]]:
            parcel, files = self._parcel(link, job.arrays)
            content = _content(job.weights)
            if content is None:
                raise ForecastError(
                    text("{path} is not a model that can be used: {reason}.", path=job.weights,
                         reason=text("it cannot be read")),
                    text("Delete it and train the model again."),
                )  # fmt: skip
            return (content, job.weights.name, job.ends, self.device, parcel), {"files": files}

        return self._link.submit(_task("ask", job, prepare, pickle.loads))

    def close(self) -> None:
        """Wait for all that was submitted."""
        self._link.close()

    def stop(self) -> None:
        """End all workers now and forget what waits; finished models and the epochs that came home are kept."""
        self._link.stop()

    def _parcel(self, link: Link, arrays: Path) -> tuple[Parcel, dict[str, list[Any]]]:
        """A folder of features as the others get it: put into Ray's memory once, in slices."""
        try:
            manifest = (arrays / MANIFEST).read_bytes()
            digest = hashlib.sha256(manifest).hexdigest()[:32]
            if self._here:
                return Parcel(digest, arrays), {}
            if (arrays, digest) not in self._parcels:
                named = [str(said["file"]) for said in json.loads(manifest)["arrays"].values()]
                files = {name: [link.session.put(part) for part in _slices(arrays / name)] for name in named}
                files[MANIFEST] = [link.session.put(manifest)]
                self._parcels[arrays, digest] = Parcel(digest, None, tuple(files)), files
        except OSError as error:
            if isinstance(error, ConnectionError):
                raise
            raise ForecastError(
                text("{path} cannot be read: {reason}.", path=error.filename or arrays,
                     reason=error.strerror or error)
            ) from error  # fmt: skip
        return self._parcels[arrays, digest]

    def _home(self, number: int, key: str, content: Content) -> Trained:
        """Write the files of a model as its training would have; the weights last, as they say that all is there."""
        path, forecasts, unfinished = paths(self.folder, key)
        for target, whole in ((answers_path(path), content[2]), (forecasts, content[1]), (path, content[0])):
            write_whole(target, partial(_write, whole))
        self._open.pop(number, None)
        unfinished.unlink(missing_ok=True)
        return Trained(path, forecasts, provenance(path))

    def _heard(self, letters: Letters) -> None:
        """Pass progress on, and keep checkpoints of what is not finished."""
        for number, (progress, checkpoint) in letters.items():
            if checkpoint is not None and number in self._open:
                write_whole(paths(self.folder, self._open[number])[2], partial(_write, checkpoint))
            self._report(pickle.loads(progress))  # noqa: S301 -- of the user's own machines


def _task(name: str, job: Job, prepare: Prepare, finish: Callable[[Any], Any]) -> Task:
    return Task(f"{THERE}:{name}", prepare, finish, lambda memory: _lost(job, memory=memory), lambda: stopped(job))


def _lost(job: Job, *, memory: bool) -> ForecastError:
    if memory:
        return ForecastError(text("There is not enough memory for {model}.", model=job.name))
    return ForecastError(
        text("The process of {model} was ended, or its machine was lost.", model=job.name),
        text("The same command goes on from the last whole epoch."),
    )


def _settled(result: Trained | ForecastError) -> Future[Trained]:
    future: Future[Trained] = Future()
    if isinstance(result, ForecastError):
        future.set_exception(result)
    else:
        future.set_result(result)
    return future


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _slices(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while part := file.read(SLICE):
            yield part


def _write(content: bytes, file: BinaryIO) -> object:
    return file.write(content)
