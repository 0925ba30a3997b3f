"""In whose units prices are: which of the known splits lie behind."""

from __future__ import annotations

from datetime import date

import numpy as np

from allocator.core.calendar import Calendar
from allocator.core.instrument import Split
from allocator.store.store import Transaction


def splits_until(tx: Transaction, today: date | None = None) -> list[Split]:
    """The splits up to the session after the last bar of the store, or up to `today` where that is later.

    They are announced ahead: nothing is in the units of one that is still to come. But what somebody holds today is in
    the units of today, however old the last bar is.

    Raises: `StoreError`.
    """
    splits, last = tx.splits.all(), tx.calendar.seen()
    if last is None:
        return splits
    until = _session_after(last, tx.calendar.get())
    if today is not None:
        until = max(until, today)
    return [each for each in splits if each.day <= until]


def _session_after(last: date, calendar: Calendar) -> date:
    """The next session; beyond the calendar, the next working day."""
    ahead = calendar.days[calendar.days > np.datetime64(last)]
    after = np.busday_offset(np.datetime64(last) + 1, [0], roll="forward")
    days: list[date] = np.concatenate([ahead[:1], after]).tolist()
    return days[0]
