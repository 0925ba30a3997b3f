"""What happens to a security besides trading: splits, new tickers, dividends."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from fractions import Fraction
from typing import Any

import sqlalchemy as sa

from allocator.core.instrument import Dividend, Rename, Split
from allocator.store.link import Link
from allocator.store.schema import DIVIDEND_CHECKS, DIVIDENDS, RENAMES, SPLITS

TYPED = "manual"  # the source of what a person typed


class Splits:
    """The table of splits; one for a ticker and day."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def all(self) -> list[Split]:
        """By ticker and day."""
        rows = self._link.rows(sa.select(SPLITS))
        found = [Split(row.ticker, row.day, row.before, row.after, row.source) for row in rows]
        return sorted(found, key=lambda each: (each.ticker, each.day))

    def put(self, splits: Iterable[Split]) -> None:
        """Add, or replace by ticker and day."""
        self._link.upsert(
            SPLITS,
            [
                {
                    "ticker": each.ticker,
                    "day": each.day,
                    "before": each.before,
                    "after": each.after,
                    "source": each.source,
                }
                for each in splits
            ],
        )

    def remove(self, ticker: str, day: date) -> int:
        """How many were there: one or none."""
        return self._link.run(sa.delete(SPLITS).where(SPLITS.c.ticker == ticker, SPLITS.c.day == day))


class Renames:
    """The table of changed tickers; one for a pair of tickers."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def all(self) -> list[Rename]:
        """By day, then by the old ticker."""
        rows = self._link.rows(sa.select(RENAMES))
        found = [Rename(row.old, row.new, row.day, Fraction(row.new_units, row.old_units), row.source) for row in rows]
        return sorted(found, key=lambda each: (each.day, each.old, each.new))

    def put(self, renames: Iterable[Rename]) -> None:
        """Add, or replace by both tickers."""
        self._link.upsert(
            RENAMES,
            [
                {
                    "old": each.old,
                    "new": each.new,
                    "day": each.day,
                    "old_units": each.ratio.denominator,
                    "new_units": each.ratio.numerator,
                    "source": each.source,
                }
                for each in renames
            ],
        )


class Dividends:
    """The table of dividends: what each source says of each payment."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def all(self) -> list[Dividend]:
        """By ticker, record date, currency and source."""
        return self._found(sa.select(DIVIDENDS))

    def of(self, ticker: str) -> list[Dividend]:
        """By record date, currency and source."""
        return self._found(sa.select(DIVIDENDS).where(DIVIDENDS.c.ticker == ticker))

    def among(self, tickers: Iterable[str]) -> list[Dividend]:
        """Of several tickers, by ticker, record date, currency and source."""
        return self._found(sa.select(DIVIDENDS).where(DIVIDENDS.c.ticker.in_(sorted(set(tickers)))))

    def stamp(self) -> tuple[object, ...]:
        """Equal as long as nothing changed; cheap.

        What a person typed is in it as it is, of all there are the count, the sum and the last day: edits that cancel
        out in those are not seen.
        """
        table = DIVIDENDS.c
        amount = sa.type_coerce(table.amount, sa.Float)  # SQLite adds texts up as numbers
        sums = sa.select(sa.func.count(), sa.func.sum(amount), sa.func.max(table.record_date))
        typed = sa.select(DIVIDENDS).where(table.source == TYPED).order_by(*DIVIDENDS.primary_key)
        return tuple(tuple(row) for statement in (sums, typed) for row in self._link.rows(statement))

    def put(self, dividends: Iterable[Dividend]) -> None:
        """Add, or replace the amount by ticker, record date, currency and source.

        Raises: `ValueError` for an amount that is not a number.
        """
        given = list(dividends)
        for each in given:
            if not each.amount.is_finite():
                raise ValueError(f"not a dividend: {each}")
        self._link.upsert(
            DIVIDENDS,
            [
                {
                    "ticker": each.ticker,
                    "record_date": each.record_date,
                    "currency": each.currency,
                    "source": each.source,
                    "amount": each.amount,
                }
                for each in given
            ],
        )

    def remove(self, ticker: str, record_date: date, source: str) -> int:
        """How many were there: one for each currency."""
        table = DIVIDENDS.c
        return self._link.run(
            sa.delete(DIVIDENDS).where(table.ticker == ticker, table.record_date == record_date, table.source == source)
        )

    def checked(self, ticker: str) -> date | None:
        """When the sources were last asked about the ticker."""
        row = self._link.one(sa.select(DIVIDEND_CHECKS.c.checked).where(DIVIDEND_CHECKS.c.ticker == ticker))
        return row.checked if row else None

    def set_checked(self, ticker: str, day: date) -> None:
        self._link.upsert(DIVIDEND_CHECKS, [{"ticker": ticker, "checked": day}])

    def _found(self, statement: sa.Select[Any]) -> list[Dividend]:
        found = [
            Dividend(row.ticker, row.record_date, row.amount, row.currency, row.source)
            for row in self._link.rows(statement)
        ]
        return sorted(found, key=lambda each: (each.ticker, each.record_date, each.currency, each.source))
