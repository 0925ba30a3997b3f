"""Times of bars as the integers that the database keeps: seconds since 1970-01-01 00:00 of the Moscow wall clock."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from allocator.core.bars import Times

EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 -- a wall clock has no zone
DAY_S = 86_400


def seconds_of(moment: date) -> int:
    """Of a day, its first second.

    Raises: `ValueError` for a time with a zone: nobody said how to bring it to Moscow.
    """
    if not isinstance(moment, datetime):
        moment = datetime.combine(moment, datetime.min.time())
    if moment.tzinfo is not None:
        raise ValueError(f"{moment!r}: times of bars are of the Moscow wall clock, without a zone")
    return (moment - EPOCH) // timedelta(seconds=1)


def moment_of(seconds: int) -> datetime:
    return EPOCH + timedelta(seconds=seconds)


def seconds_of_times(times: Times) -> NDArray[np.int64]:
    """(n,) seconds.

    Raises: `ValueError` for a NaT.
    """
    if np.isnat(times).any():
        raise ValueError("a bar without a time")
    return times.astype("datetime64[s]").astype(np.int64)


def times_of_seconds(seconds: NDArray[np.int64]) -> Times:
    return seconds.astype("datetime64[s]")
