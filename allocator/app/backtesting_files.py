"""Histories in files, as a store of their own in the cache: splits, dividends and bad bars are dealt with as anywhere.

The store is named by the contents of the files; it is made once, under another name until it is whole.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from allocator.app import wire
from allocator.app.import_series import Request
from allocator.app.importing import Importer, Step
from allocator.core.errors import StoreError, UsageError
from allocator.core.text import text
from allocator.store import Store
from allocator.store.files import opened
from allocator.store.shipped import shipped

FORMAT = 1  # of what an import makes of files
CHUNK = 2**20


def recorded(
    files: Sequence[Path], cache: Path, *, now: Callable[[], datetime], clock: Callable[[], float], step: Step
) -> Store:
    """A store with the bars of these files. Where two have a bar of one time, the file named first counts.

    Raises: `MarketError` for a file that is no history; `UsageError` when the cache cannot be written; `StoreError`.
    """
    path = cache / "data" / f"{digest_of(files)[:20]}.db"
    if path.exists():
        try:
            return wire.store(str(path), create=False)
        except StoreError:  # it is a copy: a damaged one, or one of another program, is made again
            _sweep(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = error.strerror or str(error)
        raise UsageError(text("{path}: cannot be written ({reason}).", path=path.parent, reason=reason)) from error
    unfinished = path.with_name(f"{path.stem}.{os.getpid()}.unfinished")
    try:
        with wire.store(str(unfinished)) as store:
            _import(Importer(store, now, clock, step), files)
        unfinished.replace(path)
    except BaseException:
        _sweep(unfinished)
        raise
    _sweep(unfinished)
    return wire.store(str(path), create=False)


def _sweep(store: Path) -> None:
    """Remove what a store leaves beside its file, and the file if it is still there."""
    for path in store.parent.glob(f"{store.name}*"):
        path.unlink(missing_ok=True)


def _import(importer: Importer, files: Sequence[Path]) -> None:
    importer.run(Request(tuple(files)))
    if importer.failures:
        raise importer.failures[0]


def digest_of(files: Sequence[Path]) -> str:
    """64 hexadecimal digits that name what these files say, in this order, to this version of the shipped data.

    Raises: `MarketError` for a file that cannot be read.
    """
    found = hashlib.sha256(f"{FORMAT} {shipped().version}".encode())
    for path in files:
        found.update(path.name.encode())  # it may say whose history it is
        with opened(path) as file:
            while chunk := file.read(CHUNK):
                found.update(chunk)
    return found.hexdigest()
