"""Candles, whose earlier prices the exchange rewrites after a split, put back to what was paid on the day.

The exchange's candles are adjusted in price only: volume and turnover stay as they were. So turnover / volume, the
true average price of a bar, tells which splits were worked into it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from itertools import combinations, pairwise
from math import exp, log

import numpy as np

from allocator.core.bars import Bars, Floats, Mask
from allocator.core.instrument import Split
from allocator.core.text import Text, text
from allocator.history.factors import scaled
from allocator.history.joining import PRICES
from allocator.history.ratios import clean

LEAST_TURNOVER = 100.0  # currency: below it turnover, rounded to 0.01, says little of a price
VISIBLE = log(1.35)  # levels of turnover / volume / close nearer than this are one level
NARROW = 0.02  # how far turnover / volume may stand outside of low .. high, for rounding
CONFIRMED = 0.95  # of the bars
MEDIAN_SLACK = 0.03  # of the log of a ratio, seen through medians
FEWEST = 3  # bars before a change of level, to call it a split


@dataclass(frozen=True, slots=True)
class Unadjusted:
    """Raw `bars`; declared splits that were `worked_in` and are taken out; those `detected`, which nobody declared,
    taken out too; `notes` tell what could not be decided and is taken as it was given.
    """

    bars: Bars
    worked_in: tuple[Split, ...] = ()
    detected: tuple[Split, ...] = ()
    notes: tuple[Text, ...] = ()


def unadjust(ticker: str, bars: Bars, splits: Iterable[Split], *, reference: Bars | None = None) -> Unadjusted:
    """Candles (sorted, sound) of a ticker -> bars as they traded.

    Between declared splits the median of log(turnover / volume / close) tells whether each later one is worked in.
    Where turnover is unknown, raw closes of `reference` tell (bars of the store, of the same interval or daily), else
    whether the price goes on over the split. A level that changes where no split is declared, by a clean ratio
    that the ranges of the bars confirm, is `detected`. One that never changes is no split: that security is counted
    in other units.
    """
    known = sorted((split for split in splits if split.ticker == ticker), key=lambda split: split.day)
    if not len(bars):
        return Unadjusted(bars)
    paid = _paid(bars)
    seen = paid if reference is None else np.where(np.isnan(paid), _stored(bars, reference), paid)
    work = _Work(ticker, bars, seen, bool(np.isnan(paid[~np.isnan(seen)]).any()))
    work.walk(known)
    raw = work.restored()
    if reference is not None and (work.worked or work.detected):
        raw = _snapped(raw, bars, reference)
    return Unadjusted(raw, tuple(work.worked[::-1]), tuple(work.detected[::-1]), tuple(work.notes))


def _paid(bars: Bars) -> Floats:
    """(n,) log of the average price paid by the close shown; 0 where it lies within low .. high, NaN if not known."""
    known = (bars.volume > 0) & (bars.value >= LEAST_TURNOVER)
    found = np.full(len(bars), np.nan)
    average = bars.value[known] / bars.volume[known]
    low, high = np.fmin(bars.low, bars.close)[known], np.fmax(bars.high, bars.close)[known]
    inside = (average >= low * (1 - NARROW)) & (average <= high * (1 + NARROW))
    found[known] = np.where(inside, 0.0, np.log(average / bars.close[known]))
    return found


def _stored(bars: Bars, reference: Bars) -> Floats:
    """(n,) log of the stored raw close by the close shown, on common times or else at the last bar of common days."""
    _, here, there = np.intersect1d(bars.begin, reference.begin, return_indices=True)
    if not len(here):
        last = np.flatnonzero(np.r_[bars.days[1:] != bars.days[:-1], True])
        _, here, there = np.intersect1d(bars.days[last], reference.days, return_indices=True)
        here = last[here]
    found = np.full(len(bars), np.nan)
    found[here] = np.log(reference.close[there] / bars.close[here])
    return found


@dataclass(slots=True)
class _Work:
    """The walk from the newest bar to the oldest; `factor` restores the prices where it stands."""

    ticker: str
    bars: Bars
    evidence: Floats
    by_store: bool  # some of the evidence are stored closes
    factors: list[tuple[int, int, Fraction]] = field(default_factory=list)  # start, end, what restores the price
    worked: list[Split] = field(default_factory=list)  # newest first
    detected: list[Split] = field(default_factory=list)
    notes: list[Text] = field(default_factory=list)
    factor: Fraction = Fraction(1)
    units: float = 0.0  # log of what one unit of volume is, in units of the price

    def walk(self, known: Sequence[Split]) -> None:
        edges = [0, *np.searchsorted(self.bars.days, np.array([each.day for each in known], "datetime64[D]")).tolist()]
        end, pending = len(self.bars), list[Split]()
        for start, split in zip(edges[::-1], [None, *known][::-1], strict=True):
            if start < end:
                self.segment(start, end, pending)
                end, pending = start, []
            if split is not None and start > 0:
                pending.append(split)

    def segment(self, start: int, end: int, pending: Sequence[Split]) -> None:
        """Bars between declared splits; `pending` are the splits at their end."""
        cuts = [start, *_changes(self.evidence, start, end), end]
        for low, high in [*pairwise(cuts)][::-1]:
            seen = self.evidence[low:high]
            seen = seen[~np.isnan(seen)]
            level = float(np.median(seen)) if len(seen) else None
            if high == len(self.bars) and not pending and level is not None and abs(level) > VISIBLE:
                self.odd(level)
            if high == end:
                self.declared(pending, high, level)
            elif level is not None:
                self.undeclared(low, high, level)
            self.factors.append((low, high, self.factor))

    def odd(self, level: float) -> None:
        """The newest bars disagree with their turnover: a unit of volume of its own, if no bar ever agreed."""
        known = ~np.isnan(self.evidence)
        ratio = clean(level, MEDIAN_SLACK)
        # A split after the last bar, unless newer bars than the store's may be of after it.
        if self.by_store and ratio is not None and known[-1]:
            self.factor = ratio
            self.notes.append(
                text(
                    "{ticker}: stored prices are {ratio} of those given, after a split that is yet to be declared; "
                    "put back to them",
                    ticker=self.ticker,
                    ratio=f"{exp(level):.4g}",
                )
            )
            return
        if float(np.mean(np.abs(self.evidence[known]) <= VISIBLE)) > 1 - CONFIRMED:
            self.unexplained(len(self.bars) - 1, level)
            return
        self.units = level
        self.notes.append(
            text(
                "{ticker}: turnover / volume is always {ratio} of the price; taken for another unit of volume, "
                "prices left as given",
                ticker=self.ticker,
                ratio=f"{exp(level):.4g}",
            )
        )

    def unexplained(self, at: int, level: float) -> None:
        self.notes.append(
            text(
                "{ticker}: up to {day} turnover / volume is {ratio} of the price, which no split explains; "
                "prices left as given",
                ticker=self.ticker,
                day=self.bars.begin[at].item().date(),
                ratio=f"{exp(level):.4g}",
            )
        )

    def declared(self, pending: Sequence[Split], end: int, level: float | None) -> None:
        """Which of the splits at `end` were worked into the bars before it."""
        if not pending:
            return
        if level is not None:
            seen = level - self.units - log(self.factor)
            chosen = min(_subsets(pending), key=lambda worked: abs(seen + _logs(worked)))
        else:
            chosen_or_none = self.by_continuity(pending, end)
            if chosen_or_none is None:
                self.notes.append(
                    text(
                        "{ticker}: nothing tells whether the split of {day} is worked into the prices before it; "
                        "they are taken as given",
                        ticker=self.ticker,
                        day=pending[-1].day,
                    )
                )
                return
            chosen = chosen_or_none
        self.worked.extend(chosen)
        for split in chosen:
            self.factor /= split.factor

    def by_continuity(self, pending: Sequence[Split], end: int) -> tuple[Split, ...] | None:
        """The splits without which the price would jump at `end`; None when there is no bar after, or it is close."""
        if end >= len(self.bars):
            return None
        after = self.bars.open[end] if self.bars.open[end] > 0 else self.bars.close[end]
        step = log(self.bars.close[end - 1] / after)
        misfits = sorted(
            (abs(step + _logs([each for each in pending if each not in worked])), number, worked)
            for number, worked in enumerate(_subsets(pending))
        )
        return misfits[0][2] if misfits[0][0] < misfits[1][0] / 2 else None

    def undeclared(self, start: int, end: int, level: float) -> None:
        """A change of level at `end` without a declared split there: a clean ratio that the bars confirm, or a note."""
        move = level - self.units - log(self.factor)
        ratio = clean(move, MEDIAN_SLACK)
        if ratio is not None and end - start >= FEWEST and self.confirmed(start, end, self.factor * ratio):
            day: date = self.bars.begin[end].item().date()
            split = Split(self.ticker, day, ratio.denominator, ratio.numerator, "detected")
            self.detected.append(split)
            self.factor *= ratio
        elif abs(move) > VISIBLE:
            self.unexplained(end - 1, level)

    def confirmed(self, start: int, end: int, factor: Fraction) -> bool:
        """Whether what was paid lies within low .. high of the restored bars, and did not in those given."""
        part = self.bars[start:end]
        paid = np.log(part.close) + self.evidence[start:end] - self.units
        low, high = np.fmin(part.low, part.close), np.fmax(part.high, part.close)
        known = ~np.isnan(paid)
        inside, before = (
            float(np.mean(((paid >= np.log(low) + shift) & (paid <= np.log(high) + shift))[known]))
            for low, high, shift in (
                (low * (1 - NARROW), high * (1 + NARROW), log(factor)),
                (low * (1 - NARROW), high * (1 + NARROW), log(self.factor)),
            )
        )
        return inside >= CONFIRMED and before <= 1 - CONFIRMED

    def restored(self) -> Bars:
        """The bars with each segment's prices multiplied by its factor."""
        if all(factor == 1 for *_, factor in self.factors):
            return self.bars
        columns = {name: getattr(self.bars, name).copy() for name in PRICES}
        for start, end, factor in self.factors:
            for column in columns.values():
                column[start:end] = scaled(column[start:end], factor)
        return Bars(self.bars.begin, **columns, volume=self.bars.volume, value=self.bars.value)


def _changes(evidence: Floats, start: int, end: int) -> list[int]:
    """Positions inside of start .. end where the level of the evidence changes for good, in rising order."""
    at = start + np.flatnonzero(~np.isnan(evidence[start:end]))
    seen = evidence[at]
    if len(seen) < 2 or np.ptp(seen) <= VISIBLE:
        return []
    around = np.stack([np.r_[seen[:1], seen[:-1]], seen, np.r_[seen[1:], seen[-1:]]])
    steady = np.median(around, axis=0)  # a bad bar beside the change would move the cut; a step stays where it is
    left = np.cumsum(steady)[:-1]
    count = np.arange(1, len(seen))
    gain = left**2 / count + (steady.sum() - left) ** 2 / (len(seen) - count)  # what two levels leave less of squares
    cut = int(np.argmax(gain)) + 1
    near = 2 * FEWEST - 1  # bars on either side, of which a few odd ones do not make a level
    if abs(np.median(seen[max(0, cut - near) : cut]) - np.median(seen[cut : cut + near])) <= VISIBLE:
        return []
    middle = int(at[cut])
    return [*_changes(evidence, start, middle), middle, *_changes(evidence, middle, end)]


def _subsets(splits: Sequence[Split]) -> Iterator[tuple[Split, ...]]:
    for size in range(len(splits) + 1):
        yield from combinations(splits, size)


def _logs(splits: Iterable[Split]) -> float:
    return sum(log(split.factor) for split in splits)


def _snapped(raw: Bars, given: Bars, reference: Bars) -> Bars:
    """Prices that were rounded after the split put to the stored ones that they stand for."""
    _, here, there = np.intersect1d(raw.begin, reference.begin, return_indices=True)
    if not len(here):
        return raw
    columns = {}
    for name in PRICES:
        column = getattr(raw, name).copy()
        shown, stored = getattr(given, name), getattr(reference, name)
        half = 0.5 * _tick(shown) * column[here] / shown[here]
        near = np.abs(column[here] - stored[there]) <= half * 1.02
        column[here[near]] = stored[there[near]]
        columns[name] = column
    return Bars(raw.begin, **columns, volume=raw.volume, value=raw.value)


def _tick(prices: Floats) -> float:
    """The decimal step that prices are printed at: 0.01 of 150.54 and 150.6."""
    known = prices[np.isfinite(prices)]
    for digits in range(10):
        whole = known * 10.0**digits
        if (np.abs(whole - np.rint(whole)) <= 1e-9 * np.abs(whole) + 1e-9).all():
            return 10.0**-digits
    return 1e-10


def detect_split(ticker: str, stored: Bars, fetched: Bars) -> Split | None:
    """The split that explains why fetched candles disagree with stored raw bars; None when none does.

    On common times all prices before some day stand in one clean ratio, within the rounding of prices, and agree
    from it on; volumes are the same. The day is the first at the new price: the first fetched bar after whose
    average price (turnover / volume) is the price shown, else the first after the last stored bar.
    """
    _, ours, theirs = np.intersect1d(stored.begin, fetched.begin, return_indices=True)
    one, other = stored[ours], fetched[theirs]
    if not len(one) or not _same_volumes(one, other):
        return None
    moves = np.log(other.close / one.close)
    tick = _tick(np.concatenate([getattr(fetched, name) for name in PRICES]))
    same = _explained(one, other, Fraction(1), tick)
    changed = np.flatnonzero(~same)
    if not len(changed):
        return None
    count = int(changed[-1]) + 1  # bars at the old price
    ratio = clean(float(np.median(moves[:count])), max(0.001, 2 * tick / float(np.min(other.close[:count]))))
    if ratio is None or not _explained(one[:count], other[:count], ratio, tick).all():
        return None
    if count < len(one):
        first = one.begin[count]
    else:
        after = fetched[fetched.begin > one.begin[-1]]
        old = np.flatnonzero(np.abs(_paid(after) + log(ratio)) < abs(log(ratio)) / 2)
        after = after[int(old[-1]) + 1 :] if len(old) else after
        first = after.begin[0] if len(after) else one.days[-1] + np.timedelta64(1, "D")
    day: date = first.astype("datetime64[D]").item()
    return Split(ticker, day, ratio.numerator, ratio.denominator, "detected")


def _same_volumes(one: Bars, other: Bars) -> bool:
    """Weekends may be merged on one side: most of the bars, not all."""
    equal = np.abs(one.volume - other.volume) <= 1e-9 * one.volume
    return bool(np.mean(equal) >= 0.75)


def _explained(one: Bars, other: Bars, ratio: Fraction, tick: float) -> Mask:
    """(n,) whether the prices of `other` are those of `one` times the ratio, as far as rounding to a tick shows."""
    found = np.ones(len(one), dtype=np.bool_)
    equal = np.abs(one.volume - other.volume) <= 1e-9 * one.volume
    for name in PRICES:
        mine, theirs = getattr(one, name) * float(ratio), getattr(other, name)
        slack = 1e-9 * theirs if ratio == 1 else 0.51 * tick + 1e-9 * theirs
        near = np.abs(mine - theirs) <= slack
        found &= near | np.isnan(mine) | np.isnan(theirs) | (~equal if name != "close" else False)
    return found
