"""What idle money earns in a backtest: a rate, or a file of rates by date."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import numpy as np

from allocator.core.bars import Floats, Times
from allocator.core.errors import ConfigError
from allocator.core.text import text

LARGEST_RATE = 1_000.0  # percent a year


def cash_returns(times: Times, rate: float | Path, since: date | None = None) -> Floats:
    """(T,) what a rouble earns from each bar to the next: simple interest on the days between them.

    `rate`: a share a year, or a CSV of a date and percent a year, each from its date on. Bars before `since` earn
    nobody anything: where the file begins later than they do, its first rate stands in. Raises: `ConfigError`.
    """
    days = np.diff(times, prepend=times[:1]) / np.timedelta64(1, "D")
    if not isinstance(rate, Path):
        return np.asarray(days * rate / 365.0)
    known, percent = _rates(rate)
    before = np.r_[times[:1], times[:-1]].astype("datetime64[D]")
    at = np.searchsorted(known, before, side="right") - 1
    unknown = (at < 0) & (before >= (before[:1] if since is None else np.datetime64(since)))
    if unknown.any():
        raise ConfigError(
            text("{path}: the first rate is of {day}, and the bars begin on {first}.", path=rate, day=known[0],
                 first=before[unknown][0]),
            text("Add an earlier rate, or write a percentage in place of the file."),
        )  # fmt: skip
    return np.asarray(days * percent[np.maximum(at, 0)] / 100.0 / 365.0)


def _rates(path: Path) -> tuple[Times, Floats]:
    """Days and percents of a CSV: the first column is a date, the second a number; a header may stand above."""
    found: dict[date, float] = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            for number, row in enumerate(csv.reader(file), 1):
                if not row or (number == 1 and not row[0][:1].isdigit()):
                    continue
                try:
                    found[date.fromisoformat(row[0].strip())] = _percent(row[1])
                except (ValueError, IndexError):
                    raise ConfigError(
                        text("{path}:{line}: this is not a date and a percentage.", path=path, line=number),
                        text("Write lines such as 2024-07-29,18.0"),
                    ) from None
    except OSError as error:
        reason = error.strerror or str(error)
        raise ConfigError(text("{path}: cannot be read ({reason}).", path=path, reason=reason)) from None
    except (UnicodeDecodeError, csv.Error):
        raise ConfigError(
            text("{path}: this is not a text.", path=path), text("Write lines such as 2024-07-29,18.0")
        ) from None
    if not found:
        raise ConfigError(
            text("{path}: there are no rates in it.", path=path), text("Write lines such as 2024-07-29,18.0")
        )
    days = sorted(found)
    return np.array(days, dtype="datetime64[D]"), np.array([found[day] for day in days])


def _percent(words: str) -> float:
    """Percent a year. Raises: `ValueError` for no number, and for one that no money earns."""
    found = float(words.strip().removesuffix("%"))
    if not -LARGEST_RATE <= found <= LARGEST_RATE:  # NaN is not, either
        raise ValueError(words)
    return found
