"""Daily bars of every paper: where the store has hours alone, these put together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import numpy as np

from allocator.core.bars import Floats, Interval
from allocator.core.panel import Panel
from allocator.core.text import Text, text
from allocator.store import Transaction, read_panel
from allocator.store.panel import Adjust

FIELDS = ("close", "value")
READ = (*FIELDS, "volume")
OLD = timedelta(days=7)  # no holiday is as long: newer bars are to be had


def daily_panel(
    tx: Transaction,
    tickers: Sequence[str],
    *,
    start: date | None = None,
    adjust: Adjust = "none",
    tax: Decimal = Decimal("0.13"),
    today: date | None = None,
) -> tuple[Panel, tuple[str, ...]]:
    """Daily closes and turnover as of `read_panel`, from `start` on, and the papers whose days are hours put together.

    Those have not one daily bar; their close is that of the last hour, their turnover the sum. Where a source did not
    say the turnover of a bar, it is volume x close.
    Raises: `StoreError`.
    """
    panel = valued(read_panel(tx, READ, Interval.DAY, tickers, start, adjust=adjust, tax=tax, today=today))
    without = np.flatnonzero(~panel.valid.any(axis=0)) if len(panel.times) else np.arange(len(panel.tickers))
    if not len(without):
        return panel, ()
    rest = [panel.tickers[n] for n in without]
    hours = valued(read_panel(tx, READ, Interval.HOUR, rest, start, adjust=adjust, tax=tax, today=today))
    if not len(hours.times):
        return panel, ()
    found = days_of(hours)
    times = np.union1d(panel.times, found.times)
    old, new = np.searchsorted(times, panel.times), np.searchsorted(times, found.times)
    valid = np.zeros((len(times), len(panel.tickers)), dtype=bool)
    valid[old] = panel.valid
    valid[np.ix_(new, without)] = found.valid
    fields: dict[str, Floats] = {}
    for name in FIELDS:
        fields[name] = np.full(valid.shape, np.nan)
        fields[name][old] = panel[name]
        fields[name][np.ix_(new, without)] = found[name]
    joined = replace(panel, times=times, fields=fields, valid=valid)
    return joined, tuple(hours.tickers[n] for n in np.flatnonzero(hours.valid.any(axis=0)))


def turnover(panel: Panel) -> Floats:
    """(T, N) roubles as the source says, else volume x close."""
    value = panel["value"]
    return np.where(np.isfinite(value), value, panel["volume"] * panel["close"])


def valued(panel: Panel) -> Panel:
    """Of closes and turnover alone."""
    return replace(panel, fields={"close": panel["close"], "value": turnover(panel)})


def days_of(hours: Panel) -> Panel:
    """The hours of each day as one bar, of closes and turnover."""
    days, first = np.unique(hours.times.astype("datetime64[D]"), return_index=True)
    row = np.arange(len(hours.times))[:, None]
    known = np.isfinite(hours["close"])
    last = np.maximum.reduceat(np.where(known, row, -1), first, axis=0)
    valid = last >= 0
    close = np.where(valid, np.take_along_axis(hours["close"], np.maximum(last, 0), axis=0), np.nan)
    value = np.where(valid, np.add.reduceat(np.nan_to_num(hours["value"]), first, axis=0), np.nan)
    fields = {"close": close, "value": value}
    return replace(hours, interval=Interval.DAY, times=days.astype("datetime64[s]"), fields=fields, valid=valid)


def old_closes(days: Iterable[date], today: date) -> Iterator[Text]:
    """What to say when the newest of some closes, by their days, is old."""
    age = today - max(days, default=today)
    if age > OLD:
        yield text(
            "The last closes are {days} {days:day|days} old. Newer ones come with: allocator refresh", days=age.days
        )
