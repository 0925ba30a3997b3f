"""Features on disk: written once, then shared by all workers as one memory-mapped array.

A folder has `values.npy` (N, T, C) float32, unscaled, the rows of one security after another, and beside it what
training needs of each row. `arrays.json` is written last: a folder without it is not there.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from allocator.core.bars import Floats, Mask, Times
from allocator.core.errors import ForecastError
from allocator.core.text import text
from allocator.forecast.training.files import write_whole

Singles = NDArray[np.float32]
FORMAT = 1
INDEX = "arrays.json"


class Table(Protocol):
    """What is written: the `Features` of allocator.forecast.features."""

    @property
    def times(self) -> Times: ...
    @property
    def tickers(self) -> tuple[str, ...]: ...
    @property
    def names(self) -> tuple[str, ...]: ...
    @property
    def values(self) -> Singles: ...
    @property
    def ready(self) -> Mask: ...
    @property
    def run(self) -> NDArray[np.int32]: ...
    @property
    def close(self) -> Floats: ...
    @property
    def sigma(self) -> Singles: ...
    @property
    def digest(self) -> str: ...
    def returns(self, horizon: int, /) -> Singles:
        """(N, T) from t to t + horizon; NaN where unknown."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Arrays:
    """`values` (N, T, C) is mapped, not read. `run` (N, T) counts usable rows in sequence up to here; 0 is unusable.

    `close` (N, T) is the last price, `sigma` (N, T) the volatility of one bar's return, NaN where unknown. `digest`
    names the data in files and caches.
    """

    folder: Path
    times: Times
    tickers: tuple[str, ...]
    names: tuple[str, ...]
    digest: str
    values: Singles
    run: NDArray[np.int32]
    close: Floats
    sigma: Singles

    @classmethod
    def write(cls, folder: Path, table: Table, horizons: Iterable[int] = (1,)) -> Arrays:
        """Write the table with its returns over each horizon (in bars); what is there already is left as it is."""
        if not _same(folder, table.digest):
            (folder / INDEX).unlink(missing_ok=True)
            columns: dict[str, NDArray[Any]] = {
                "values": np.ascontiguousarray(table.values, dtype=np.float32),
                "run": np.where(table.ready, table.run, 0).astype(np.int32),
                "close": table.close.astype(np.float64),
                "sigma": table.sigma.astype(np.float32),
                "times": table.times.astype("datetime64[s]"),
            }
            for name, column in columns.items():
                _write(folder / f"{name}.npy", column)
            for old in folder.glob("returns_*.npy"):
                old.unlink()
            index = {"format": FORMAT, "digest": table.digest, "tickers": table.tickers, "names": table.names}
            write_whole(folder / INDEX, lambda file: file.write(json.dumps(index).encode()))
        for horizon in horizons:
            path = folder / f"returns_{horizon}.npy"
            if not path.exists():
                _write(path, table.returns(horizon).astype(np.float32))
        return cls.open(folder)

    @classmethod
    def open(cls, folder: Path) -> Arrays:
        """Raises: `ForecastError` when the folder is not there, or its files do not belong together."""
        index = _index(folder)
        if index is None:
            raise ForecastError(
                text("{folder} has no features.", folder=folder), text("Run the same again: they will be made anew.")
            )
        parts: dict[str, Any] = {name: _read(folder / f"{name}.npy") for name in ("run", "close", "sigma", "times")}
        values = _read(folder / "values.npy", mapped=True)
        shape = (len(index["tickers"]), len(parts["times"]))
        right = values.shape == (*shape, len(index["names"])) and values.dtype == np.float32
        if not right or any(parts[name].shape != shape for name in ("run", "close", "sigma")):
            raise _broken(folder)
        return cls(folder, parts.pop("times"), tuple(index["tickers"]), tuple(index["names"]), index["digest"],
                   values=values, **parts)  # fmt: skip

    def returns(self, horizon: int) -> Singles:
        """(N, T) from t to t + horizon bars, NaN where unknown. Raises: `ForecastError` for a horizon not written."""
        path = self.folder / f"returns_{horizon}.npy"
        if not path.exists():
            raise ForecastError(
                text("{folder} has no returns over {horizon} bars.", folder=self.folder, horizon=horizon),
                text("Run the same again: they will be made anew."),
            )
        found = cast("Singles", _read(path))
        if found.shape != self.shape:
            raise _broken(self.folder)
        return found

    def columns(self, names: Iterable[str]) -> list[int]:
        """Where the named features stand. Raises: `ForecastError` that names the ones which are not there."""
        places = {name: at for at, name in enumerate(self.names)}
        names = list(names)
        missing = [name for name in names if name not in places]
        if missing:
            raise ForecastError(
                text("The model needs features that the data lack: {names}.", names=", ".join(missing)),
                text("Train it again, or make the features with the inputs that it was trained on."),
            )
        return [places[name] for name in names]

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.tickers), len(self.times)


def _index(folder: Path) -> dict[str, Any] | None:
    try:
        index = json.loads((folder / INDEX).read_bytes())
    except (OSError, ValueError):
        return None
    return index if isinstance(index, dict) and index.get("format") == FORMAT else None


def _same(folder: Path, digest: str) -> bool:
    index = _index(folder)
    return index is not None and index.get("digest") == digest


def _write(path: Path, column: NDArray[Any]) -> None:
    write_whole(path, lambda file: np.save(file, column, allow_pickle=False))


def _read(path: Path, *, mapped: bool = False) -> NDArray[Any]:
    """Mapped copy-on-write, as torch warns of memory that it may not write to; nobody does."""
    try:
        return cast("NDArray[Any]", np.load(path, mmap_mode="c" if mapped else None, allow_pickle=False))
    except (OSError, ValueError, EOFError) as error:
        raise _broken(path.parent) from error


def _broken(folder: Path) -> ForecastError:
    return ForecastError(
        text("The features in {folder} are damaged.", folder=folder), text("Delete the folder and run the same again.")
    )
