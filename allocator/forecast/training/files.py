"""Files that are whole or not there."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from allocator.core.text import text
from allocator.forecast.failures import not_written

Arrays = Mapping[str, NDArray[Any]]
SUM = "sum of all"  # the array that has it


def write_arrays(path: Path, arrays: Arrays) -> None:
    """As `write_whole`, with a sum by which `read_arrays` knows the file again, under this name."""
    found = {**arrays, SUM: np.array(sum_of(arrays, path.name))}
    write_whole(path, lambda file: np.savez(file, allow_pickle=False, **found))


def read_arrays(path: Path, names: Iterable[str]) -> dict[str, NDArray[Any]] | None:
    """The arrays of these names that `write_arrays` wrote under the file's.

    None when the file is not there, is damaged, was another's or has other arrays.
    """
    try:
        with path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        whole = str(arrays.pop(SUM)) == sum_of(arrays, path.name)
        return arrays if whole and arrays.keys() == {*names} else None
    except Exception:  # noqa: BLE001 -- zip, zlib, numpy and its tokenizer each fail in their own ways on damage
        return None


def sum_of(arrays: Arrays, *words: str) -> str:
    """SHA-256 of arrays by name and of words, as hexadecimal digits."""
    found = hashlib.sha256("\0".join(words).encode())
    for name in sorted(arrays):
        value = np.asarray(arrays[name], order="C")
        found.update(f"{name} {value.dtype} {value.shape} ".encode())
        found.update(value.tobytes())
    return found.hexdigest()


def write_whole(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """Write beside `path`, then put in its place: whoever reads sees the old file or the new one, even after `kill`.

    Raises: `NotWrittenError` when the disk is full or the folder may not be written to; nothing is left behind then.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                write(file)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        message = text("{path} cannot be written: {reason}.", path=path, reason=error.strerror or error)
        raise not_written(message, error) from error
