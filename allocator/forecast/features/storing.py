"""Features on disk: written once, shared by every worker as one memory map.

A folder holds `manifest.json` and a `.npy` file for each array, named by its content. The manifest is replaced in one
step after all arrays are there, so that a reader meets the old features or the new ones, never a mixture, and a crash
leaves files that the next `save` sweeps away.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from allocator.core.bars import Interval
from allocator.core.errors import ForecastError
from allocator.core.text import Text, text
from allocator.forecast.failures import not_written
from allocator.forecast.features.features import Features
from allocator.forecast.features.scaling import Scaler

MANIFEST = "manifest.json"
FORMAT = 1
ARRAYS = ("times", "values", "ready", "run", "close", "stretch", "sigma")
KINDS = {
    "times": "<M8[s]", "values": "<f4", "ready": "|b1", "run": "<i4", "close": "<f8", "stretch": "<i4", "sigma": "<f4",
}  # fmt: skip


def save(features: Features, folder: Path, scaler: Scaler | None = None) -> None:
    """Writes features, scaled by `scaler` when it is given, a ticker at a time: no second copy of them is made.

    Whatever was in the folder's manifest before is replaced. Raises: NotWrittenError when the folder cannot be
    written; ForecastError when the scaler is of other channels.
    """
    if scaler is not None:
        if features.scaler is not None:
            raise ForecastError(text("These features are scaled already."), text("Save them without a scaler."))
        scaler.check(features.names)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        files = {name: _write(folder, name, _blocks(features, name, scaler)) for name in ARRAYS}
        _replace(folder, MANIFEST, json.dumps(_manifest(features, files, scaler), ensure_ascii=False).encode())
        _sweep(folder, {MANIFEST, *(said["file"] for said in files.values())})
    except OSError as error:
        reason = error.strerror or error
        message = text("The features cannot be written to {folder}: {reason}.", folder=folder, reason=reason)
        raise not_written(message, error) from error


def load(folder: Path, *, verify: bool = True) -> Features:
    """The features of a folder as read-only memory maps; `verify` reads every byte and compares digests.

    A worker of a pool whose supervisor has verified need not: shapes and kinds are checked in any case.
    Raises: ForecastError when there are none, or what is there is torn, foreign, or of another format.
    """
    said = _read(folder)
    try:
        shape = len(said["tickers"]), int(said["rows"]), len(said["names"])
        files = {name: (str(said["arrays"][name]["file"]), str(said["arrays"][name]["sha256"])) for name in ARRAYS}
        known: dict[str, Any] = {
            "interval": Interval(said["interval"]),
            "tickers": tuple(map(str, said["tickers"])),
            "names": tuple(map(str, said["names"])),
            "groups": tuple(map(str, said["groups"])),
            "digest": str(said["digest"]),
            "refused": {ticker: Text(why["template"], why["values"]) for ticker, why in said["refused"].items()},
        }
        scaled = said["scaler"]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _torn(folder, MANIFEST) from error
    scaler = None if scaled is None else Scaler.from_json(json.dumps(scaled))
    if scaler is not None:
        scaler.check(known["names"])
    arrays = {name: _map(folder, name, *files[name], shape, verify=verify) for name in ARRAYS}
    return Features(**{**known, **arrays, "scaler": scaler})


def _blocks(features: Features, name: str, scaler: Scaler | None) -> Iterator[NDArray[Any]]:
    """An empty array with the shape and kind of the whole, then the whole in parts."""
    whole = getattr(features, name)
    yield np.lib.stride_tricks.as_strided(np.empty(1, KINDS[name]), whole.shape, (0,) * whole.ndim)
    for part in whole if whole.ndim > 1 else (whole,):
        yield np.ascontiguousarray(scaler.apply(part) if scaler and name == "values" else part, dtype=KINDS[name])


def _write(folder: Path, name: str, blocks: Iterator[NDArray[Any]]) -> dict[str, str]:
    """Writes an array by its parts; plain writes, for a full disk is an error there and a crash in a memory map."""
    whole = next(blocks)
    found = hashlib.sha256()
    with tempfile.NamedTemporaryFile(dir=folder, prefix=f"{name}-", suffix=".tmp", delete=False) as file:
        try:
            header = {"descr": KINDS[name], "fortran_order": False, "shape": whole.shape}
            np.lib.format.write_array_header_1_0(file, header)
            for block in blocks:
                found.update(block.data if block.dtype.kind != "M" else block.view(np.int64).data)
                file.write(block.tobytes())
            file.flush()
            os.fsync(file.fileno())
        except BaseException:
            file.close()
            Path(file.name).unlink(missing_ok=True)
            raise
    digest = found.hexdigest()
    final = f"{name}-{digest[:16]}.npy"
    Path(file.name).replace(folder / final)
    return {"file": final, "sha256": digest}


def _replace(folder: Path, name: str, content: bytes) -> None:
    with tempfile.NamedTemporaryFile(dir=folder, prefix=f"{name}-", suffix=".tmp", delete=False) as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    Path(file.name).replace(folder / name)


def _sweep(folder: Path, keep: set[str]) -> None:
    """Removes arrays that no manifest names; one that another process still maps on Windows waits for the next time."""
    for path in (*folder.glob("*.npy"), *folder.glob("*.tmp")):
        if path.name not in keep:
            with suppress(OSError):
                path.unlink()


def _manifest(features: Features, files: dict[str, dict[str, str]], scaler: Scaler | None) -> dict[str, object]:
    digest = features.scaled_digest(scaler) if scaler else features.digest
    scaler = scaler or features.scaler
    return {
        "format": FORMAT,
        "digest": digest,
        "interval": features.interval.value,
        "rows": len(features.times),
        "tickers": features.tickers,
        "names": features.names,
        "groups": features.groups,
        "scaler": json.loads(scaler.to_json()) if scaler else None,
        "refused": {
            ticker: {"template": why.template, "values": dict(why.values)} for ticker, why in features.refused.items()
        },
        "arrays": files,
    }


def _read(folder: Path) -> dict[str, Any]:
    try:
        said = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ForecastError(
            text("There are no features in {folder}.", folder=folder), text("Build them and save them there.")
        ) from error
    except (OSError, ValueError) as error:
        raise _torn(folder, MANIFEST) from error
    if not isinstance(said, dict) or said.get("format") != FORMAT:
        raise _torn(folder, MANIFEST)
    return said


def _map(folder: Path, name: str, file: str, digest: str, shape: tuple[int, int, int], *, verify: bool) -> NDArray[Any]:
    expected = {"times": shape[1:2], "values": shape}.get(name, shape[:2])
    path = folder / file
    if path.parent != folder:
        raise _torn(folder, file)
    try:
        array: NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)
    except Exception as error:  # numpy and its tokenizer each fail in their own ways on damage
        raise _torn(folder, file) from error
    if array.shape != expected or array.dtype != np.dtype(KINDS[name]):
        raise _torn(folder, file)
    if verify and hashlib.sha256(np.ascontiguousarray(array).view(np.uint8).data).hexdigest() != digest:
        raise _torn(folder, file)
    return array


def _torn(folder: Path, file: str) -> ForecastError:
    return ForecastError(
        text("{path} is damaged, or of another version of this program.", path=folder / file),
        text("Delete the folder and build the features anew."),
    )
