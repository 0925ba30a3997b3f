"""What ships with the package: splits, new tickers and dividends, put into every store. Sources: `data/README.md`."""

from __future__ import annotations

import csv
import functools
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from importlib import resources

from allocator.core.instrument import Dividend, Rename, Split
from allocator.core.text import Text, text
from allocator.store.store import Transaction

SHIPPED = "shipped"
ISS = "iss"  # rows of the exchange that ship for comparison: its own answers replace them
VERSION = "shipped data"  # facts: the version that is in the store
ONE_SPLIT = timedelta(days=10)  # between the days that two sources give to one split


@dataclass(frozen=True, slots=True)
class Shipped:
    """The data and its version, which is a digest: different data is a different version."""

    version: str
    splits: Sequence[Split]
    renames: Sequence[Rename]
    dividends: Sequence[Dividend]


@functools.cache
def shipped() -> Shipped:
    """The files of the package."""
    folder = resources.files("allocator.store") / "data"
    contents = {name: (folder / f"{name}.csv").read_bytes() for name in ("splits", "renames", "dividends")}
    digest = hashlib.sha256(b"\0".join(contents.values())).hexdigest()[:16]
    rows = {name: csv.DictReader(content.decode().splitlines()) for name, content in contents.items()}
    return Shipped(
        digest,
        splits=tuple(
            Split(row["ticker"], date.fromisoformat(row["day"]), int(row["before"]), int(row["after"]), SHIPPED)
            for row in rows["splits"]
        ),
        renames=tuple(
            Rename(row["old"], row["new"], date.fromisoformat(row["day"]), Fraction(row["ratio"]), SHIPPED)
            for row in rows["renames"]
        ),
        dividends=tuple(
            Dividend(
                row["ticker"],
                date.fromisoformat(row["record_date"]),
                Decimal(row["amount"]),
                row["currency"],
                row["source"],
            )
            for row in rows["dividends"]
        ),
    )


def seed(transaction: Transaction, data: Shipped | None = None) -> Text | None:
    """Put the shipped data into a store that does not have this version of it. None when there was nothing to do.

    Rows of other sources stay as they are: what a person typed, what the exchange answered, what was detected.
    Shipped rows that are shipped no more go. May be called at any time, within any transaction.

    Raises: `StoreError`.
    """
    data = data or shipped()
    if transaction.facts.get(VERSION) == data.version:
        return None
    _seed_splits(transaction, data.splits)
    known = {(each.old, each.new): each for each in transaction.renames.all()}
    transaction.renames.put(each for each in data.renames if known.get((each.old, each.new), each).source == SHIPPED)
    _seed_dividends(transaction, data.dividends)
    transaction.facts.set(VERSION, data.version)
    return text(
        "the data that ships with the program is in the store: dividends {dividends}, splits {splits}, "
        "changed tickers {renames}",
        dividends=sum(each.source == SHIPPED and each.amount > 0 for each in data.dividends),
        splits=len(data.splits),
        renames=len(data.renames),
    )


def _seed_splits(transaction: Transaction, splits: Sequence[Split]) -> None:
    stored = transaction.splits.all()
    keys = {(each.ticker, each.day) for each in splits}
    for each in stored:
        if each.source == SHIPPED and (each.ticker, each.day) not in keys:
            transaction.splits.remove(each.ticker, each.day)
    others = [each for each in stored if each.source != SHIPPED]
    transaction.splits.put(each for each in splits if not is_same_split(each, others))


def is_same_split(split: Split, others: Iterable[Split]) -> bool:
    """Whether somebody else knows the split, perhaps by a day nearby (of the decision, of the first deal)."""
    return any(
        other.ticker == split.ticker
        and abs(other.day - split.day) <= ONE_SPLIT
        and (other.factor == split.factor or other.day == split.day)
        for other in others
    )


def _seed_dividends(transaction: Transaction, dividends: Sequence[Dividend]) -> None:
    stored = {_key(each): each for each in transaction.dividends.all()}
    keys = {_key(each) for each in dividends}
    mine = {each.source for each in dividends} - {ISS}
    for key, each in stored.items():
        if each.source in mine and key not in keys:
            transaction.dividends.remove(each.ticker, each.record_date, each.source)
    gone = {key[:2] + key[3:] for key in stored if key[3] in mine and key not in keys}
    transaction.dividends.put(
        each
        for each in dividends
        if (stored.get(_key(each)) is None if each.source == ISS else _changed(each, stored, gone))
    )


def _changed(
    dividend: Dividend,
    stored: dict[tuple[str, date, str, str], Dividend],
    gone: set[tuple[str, date, str]],
) -> bool:
    """Whether a shipped row must be written: it is new, or its amount is, or its currencies were just removed."""
    key = _key(dividend)
    return stored.get(key) != dividend or key[:2] + key[3:] in gone


def _key(dividend: Dividend) -> tuple[str, date, str, str]:
    return dividend.ticker, dividend.record_date, dividend.currency, dividend.source
