"""Whether what the exchange says today agrees with what it said before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from allocator.core.bars import Bars, Floats, Mask, Times
from allocator.core.calendar import DAY, Calendar
from allocator.core.text import Text, text
from allocator.history.joining import PRICES, is_daily, merge_weekends

SAME = 1e-9  # relative: the same decimals, whatever float arithmetic did to them


@dataclass(frozen=True, slots=True)
class Comparison:
    """Stored against fetched, over the sessions where both have bars and neither is cut off.

    `corrected`: days of which volume or turnover changed, prices did not: the new bars replace ours. `added`:
    sessions inside of our history that only the exchange has now. `missing`: sessions that it no longer has.
    `rewritten`: prices changed, and how; None when they agree.
    """

    sessions: int
    corrected: tuple[date, ...] = ()
    added: tuple[date, ...] = ()
    missing: tuple[date, ...] = ()
    rewritten: Text | None = None

    @property
    def same(self) -> bool:
        return not (self.corrected or self.added or self.missing or self.rewritten)


def compare(stored: Bars, fetched: Bars, calendar: Calendar) -> Comparison:
    """Both raw and sorted, both daily or both hourly. Daily bars are compared session by session.

    A session is judged when both sides have its own day, or the same days of it: so weekends that one side has merged
    agree with weekends that the other has not. The first session of either side is left out when days before it
    belong to it: its weekend may have been cut off.
    """
    if is_daily(stored) and is_daily(fetched):
        stored, fetched = _aligned(stored, fetched, calendar)
    if not len(stored) or not len(fetched):
        return Comparison(0)
    begin, end = max(stored.begin[0], fetched.begin[0]), min(stored.begin[-1], fetched.begin[-1])
    stored, fetched = (bars[(bars.begin >= begin) & (bars.begin <= end)] for bars in (stored, fetched))
    common = np.intersect1d(stored.begin, fetched.begin)
    ours, theirs = np.isin(stored.begin, common), np.isin(fetched.begin, common)
    missing, added = _dates(stored.begin[~ours]), _dates(fetched.begin[~theirs])
    return _compared(stored[ours], fetched[theirs], missing, added)


def _aligned(stored: Bars, fetched: Bars, calendar: Calendar) -> tuple[Bars, Bars]:
    """Daily bars of whole sessions; one bar of a session that is made of other days on the other side."""
    sides = [_whole(bars, calendar) for bars in (stored, fetched)]
    sessions = [calendar.session_of(bars.days) for bars in sides]
    own = [bars.days[bars.days == booked] for bars, booked in zip(sides, sessions, strict=True)]
    if all(len(days) == len(bars) for days, bars in zip(own, sides, strict=True)):
        return sides[0], sides[1]
    differing = calendar.session_of(np.setxor1d(sides[0].days, sides[1].days))
    both = np.intersect1d(*own)
    found = []
    for side, (bars, booked) in enumerate(zip(sides, sessions, strict=True)):
        merged = np.isin(booked, differing) & np.isin(booked, both)
        lacking = ~np.isin(booked, sessions[1 - side])
        single = ~merged & (np.isin(bars.days, sides[1 - side].days) | lacking)
        joined = Bars.joined([bars[single], merge_weekends(bars[merged], calendar)])
        found.append(joined[np.argsort(joined.begin, kind="stable")])
    return found[0], found[1]


def _whole(bars: Bars, calendar: Calendar) -> Bars:
    """The bars without their first session if a day before the first bar belongs to it: it may have been cut off."""
    if not len(bars):
        return bars
    earlier, first = calendar.session_of(bars.days[:1] + np.array([-DAY, 0 * DAY]))
    return bars[calendar.session_of(bars.days) != first] if earlier == first else bars


def _compared(stored: Bars, fetched: Bars, missing: tuple[date, ...], added: tuple[date, ...]) -> Comparison:
    """Bars of the same times, compared field by field."""
    moved = np.zeros(len(stored), dtype=np.bool_)
    for name in PRICES:
        moved |= _differ(getattr(stored, name), getattr(fetched, name), unknown=False)
    counted = np.zeros(len(stored), dtype=np.bool_)
    for name in ("volume", "value"):
        counted |= _differ(getattr(stored, name), getattr(fetched, name), unknown=True)
    for name in PRICES:  # what was not known and is now
        counted |= np.isnan(getattr(stored, name)) & ~np.isnan(getattr(fetched, name))
    why = None
    if moved.any():
        at = int(np.flatnonzero(moved)[0])
        why = text(
            "the exchange changed prices of {count} of {all} bars; first at {begin}: close was {before}, is {now}",
            count=int(moved.sum()),
            all=len(stored),
            begin=str(stored.begin[at].item()),
            before=f"{stored.close[at]:.10g}",
            now=f"{fetched.close[at]:.10g}",
        )
    return Comparison(len(stored), _dates(stored.begin[counted & ~moved]), added, missing, why)


def _differ(one: Floats, other: Floats, *, unknown: bool) -> Mask:
    """(n,) where both are known and differ; with `unknown`, also where only the second is known."""
    different: Mask = np.abs(one - other) > SAME * np.maximum(np.abs(one), np.abs(other))
    return different | (np.isnan(one) & ~np.isnan(other)) if unknown else different


def _dates(begin: Times) -> tuple[date, ...]:
    days: list[date] = np.unique(begin.astype("datetime64[D]")).tolist()
    return tuple(days)
