"""What each step would be worked out from, as the store has it now: when that is another than last time, it is due.

So it does not matter who changed the store, or when the loop was killed: nothing that should follow is forgotten.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

from allocator.app.advice_kept import Basis
from allocator.app.refresh.refresher import DONE_TILL
from allocator.config.settings import Settings
from allocator.store import Transaction

RUNS = 50  # of the journal, that are looked through for the newest that stored anything


def marks(tx: Transaction, settings: Settings) -> Mapping[str, str]:
    """By the names of steps; steps without one are due by the clock alone."""
    interval = settings.forecast.interval
    data, basis = _data(tx), Basis.of(tx, interval)
    held = [basis.accounts, basis.policy]
    living = sorted((each.key, each.file) for each in tx.models.all() if each.interval is interval)
    dividends = sorted(
        (each.ticker, each.record_date.isoformat(), each.currency, each.source, str(each.amount.normalize()))
        for each in tx.dividends.all()
    )
    return {
        "universe": _mark(data, held),
        "forecast": _mark(data, living, _mark(dividends)),
        "recommend": _mark(basis.forecast, held),
        "train": _mark(data),
    }


def _data(tx: Transaction) -> object:
    """The day up to which all is there, and the newest run that stored a row, or may have when it was killed."""
    runs = tx.journal.runs(RUNS)
    stored = (each for each in runs if each.outcome != "failed" and each.figures.get("rows", 1) > 0)
    newest = next(stored, None)
    return tx.facts.get(DONE_TILL), newest and (newest.id, newest.outcome)


def _mark(*parts: object) -> str:
    said = "\n".join(map(repr, parts))
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def changed(now: Mapping[str, str], before: Iterable[Mapping[str, str]]) -> list[str]:
    """Steps whose mark is none of those before."""
    known = list(before)
    return [name for name, mark in now.items() if all(each.get(name) != mark for each in known)]
