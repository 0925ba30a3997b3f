"""What a model sees: (N, T, C) numbers that know the past only, and which rows of them may be believed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from allocator.core.bars import Floats, Interval, Mask, Times
from allocator.core.errors import ForecastError
from allocator.core.text import Text, text
from allocator.forecast.features.scaling import Scaler

Values = NDArray[np.float32]
Counts = NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Features:
    """N tickers, T rows, C channels; the first channel of every input mode is the log return of the close.

    `names` and `groups` (C,): what each channel is, and the kind of thing that it is one of.
    `values` (N, T, C) float32: causal and free of the scale of prices and volumes; NaN in every channel of a row that
    is not usable. Unscaled, or standardised and clipped by `scaler` when there is one.
    `run` (N, T): how many usable rows in a row end here; 0 on a row that is not usable.
    `ready` (N, T): the row may end a window of any length up to `run`: it is usable and there was a bar.
    `close` (N, T) float64: NaN where there was no bar. `stretch` (N, T): the number of the stretch between breaks that
    the row belongs to, -1 outside. `sigma` (N, T) float32: exponential deviation of one-row simple returns, never 0;
    NaN where the row is not usable.
    `refused`: tickers without a usable row, each with its reason. `digest`: hex
    SHA-256 of all that these were made of; equal digests, equal features.
    The rules of gaps, warm-up and dead rows are in `allocator.forecast.features.stretches`.
    """

    interval: Interval
    times: Times
    tickers: tuple[str, ...]
    names: tuple[str, ...]
    groups: tuple[str, ...]
    values: Values
    ready: Mask
    run: Counts
    close: Floats
    stretch: Counts
    sigma: Values
    digest: str
    refused: Mapping[str, Text] = field(default_factory=dict)
    scaler: Scaler | None = None

    @property
    def shape(self) -> tuple[int, int, int]:
        return len(self.tickers), len(self.times), len(self.names)

    def returns(self, horizon: int) -> Values:
        """(N, T) float32 simple return from the close of each row to the close `horizon` rows later.

        NaN where there is no bar at either end, or a break between them: that is not a return of `horizon` rows.
        """
        if horizon < 1:
            raise ValueError(horizon)
        result = np.full(self.close.shape, np.nan, dtype=np.float32)
        if horizon < len(self.times):
            later = self.close[:, horizon:] / self.close[:, :-horizon] - 1.0
            whole = self.stretch[:, horizon:] == self.stretch[:, :-horizon]
            result[:, :-horizon] = np.where(whole, later, np.nan)
        return result

    def ends(self, window: int, rows: slice | Mask | None = None, horizon: int | None = None) -> Counts:
        """(K, 2) int32 pairs (n, t): the last rows of windows of `window` usable rows, by ticker and then by time.

        Only rows of `rows` (all, when None) end windows; with a `horizon`, only those whose return is known.
        """
        fit = self.ready & (self.run >= window)
        if rows is not None:
            inside = np.zeros(len(self.times), dtype=bool)
            inside[rows] = True
            fit &= inside
        if horizon is not None:
            fit &= np.isfinite(self.returns(horizon))
        return np.argwhere(fit).astype(np.int32)

    def kept(self, without: Iterable[str]) -> tuple[int, ...]:
        """The positions of the channels that are left without those named, each by its own name or its group's.

        Raises: ForecastError for a name that is neither, and when nothing would be left.
        """
        dropped = set(without)
        unknown = dropped - set(self.names) - set(self.groups)
        if unknown:
            raise ForecastError(
                text("There is no feature {names}.", names=", ".join(sorted(unknown))),
                text("These are: {names}; in the groups {groups}.", names=", ".join(self.names), groups=self._groups),
            )
        pairs = zip(self.names, self.groups, strict=True)
        left = tuple(at for at, pair in enumerate(pairs) if dropped.isdisjoint(pair))
        if not left:
            raise ForecastError(
                text("Without {names} no feature is left.", names=", ".join(sorted(dropped))),
                text("Leave one of: {names}.", names=", ".join(self.names)),
            )
        return left

    @property
    def _groups(self) -> str:
        return ", ".join(dict.fromkeys(self.groups))

    def without(self, names: Iterable[str]) -> Features:
        """These features less the channels and groups named; a copy of the values. Raises: as `kept`."""
        at = list(self.kept(names))
        return replace(
            self,
            names=tuple(self.names[i] for i in at),
            groups=tuple(self.groups[i] for i in at),
            values=np.ascontiguousarray(self.values[:, :, at]),
            scaler=self.scaler.select(at) if self.scaler else None,
            digest=_other(self.digest, *(self.names[i] for i in at)),
        )

    def scaled(self, scaler: Scaler) -> Features:
        """These features standardised by `scaler`. Raises: ForecastError when it was fitted on other channels."""
        if self.scaler is not None:
            raise ForecastError(text("These features are scaled already."), text("Scale features as they were built."))
        scaler.check(self.names)
        return replace(self, values=scaler.apply(self.values), scaler=scaler, digest=self.scaled_digest(scaler))

    def scaled_digest(self, scaler: Scaler) -> str:
        """The digest of these features once scaled."""
        return _other(self.digest, scaler.to_json())


def _other(digest: str, *changes: str) -> str:
    return hashlib.sha256("\0".join((digest, *changes)).encode()).hexdigest()
