"""A refresh as the program runs it, with its own clock and short waits."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from fixtures_iss import LocalIss

from allocator.app.refresh import Progress, Refresher, Request
from allocator.config.settings import RefreshSettings
from allocator.core.bars import Interval
from allocator.market.http import Http, Limits
from allocator.market.moex_history import MoexHistory
from allocator.report.refresh import Note, Refreshed
from allocator.store import Store, Transaction

QUICK = Limits(spacing_s=0, in_flight=4, first_wait_s=0.01, read_s=1.5, connect_s=1.5, total_s=4, longest_wait_s=2)
SINCE = date(2024, 1, 1)


def night_after(day: date) -> datetime:
    """01:05 Moscow time, when the data of the day is ready."""
    return datetime(day.year, day.month, day.day, 22, 5, tzinfo=UTC)


@dataclass
class Night:
    """One refresh after another of the same store, each at the hour it should run at."""

    iss: LocalIss
    store: Store
    since: date = SINCE
    intervals: tuple[Interval, ...] = (Interval.DAY,)
    now: datetime | None = None
    held: frozenset[str] = frozenset()
    prepare: Callable[[], Note | None] = lambda: None
    steps: list[Progress] = field(default_factory=list)

    def run(self, **request: object) -> Refreshed:
        now = self.now or night_after(self.iss.market.day)
        with provider(self.iss, now) as opened:
            refresher = Refresher(
                store=self.store,
                provider=opened,
                hourly=opened,
                settings=RefreshSettings(since=self.since, intervals=self.intervals),
                now=lambda: now,
                clock=time.monotonic,
                progress=self.steps.append,
                held=self.held,
                prepare=self.prepare,
            )
            return refresher.run(Request(**request))

    def next(self, count: int = 1, **request: object) -> Refreshed:
        """The refresh of the night after so many more sessions."""
        self.iss.market.night(count)
        return self.run(**request)


@contextmanager
def provider(iss: LocalIss, now: datetime) -> Iterator[MoexHistory]:
    # The server's clock is that of this machine: what the exchange says of the time must not matter here.
    off = datetime.now(UTC) - now
    http = Http(limits=QUICK, now=lambda: datetime.now(UTC))
    opened = MoexHistory(http, iss.url, registers_url=iss.registers_url)
    assert off > timedelta(-1000)
    try:
        yield opened
    finally:
        opened.stop()
        opened.close()


def content(transaction: Transaction) -> dict[str, object]:
    """All that a store holds but its journal and clocks, to be compared."""
    tickers = [instrument.ticker for instrument in transaction.instruments.all()]
    bars = {
        (ticker, interval.value): [
            tuple(column) for column in zip(*(getattr(found, name).tolist() for name in found.__slots__), strict=True)
        ]
        for ticker in tickers
        for interval in Interval
        if len(found := transaction.bars.read(ticker, interval))
    }
    calendar = transaction.calendar.get()
    return {
        "instruments": transaction.instruments.all(),
        "bars": {key: str(rows) for key, rows in bars.items()},
        "loads": {interval: transaction.loads.all(interval) for interval in Interval},
        "splits": transaction.splits.all(),
        "renames": transaction.renames.all(),
        "dividends": sorted(transaction.dividends.all(), key=str),
        "calendar": (calendar.days.tolist(), dict(calendar.weekend)),
        "findings": sorted(map(str, transaction.findings.all())),
        "sectors": transaction.members.sectors(),
    }
