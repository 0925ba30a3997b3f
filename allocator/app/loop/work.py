"""The steps of the loop as its children do them: each opens the store, calls one use case, and says what came of it."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from allocator.app import wire
from allocator.app.loop.outcome import Outcome, joined, skipped
from allocator.app.loop.place import Place
from allocator.app.messaging import Teller, leaving_of
from allocator.app.news import ACCOUNTS, Deal
from allocator.config.settings import Settings
from allocator.core.errors import ForecastError, PlanError, UsageError
from allocator.core.moscow import MOSCOW
from allocator.core.portfolio import Portfolio, without_board
from allocator.core.text import text
from allocator.store import Store, Transaction

BUSY = timedelta(minutes=10)  # after which it is looked whether somebody else is done
Tell = Callable[..., None]  # what is being done, steps done, steps in all


def backup(tell: Tell, place: Place) -> Outcome:
    """The day's backup of the store, and one of the dividends when they have changed. Raises: `StoreError`."""
    from allocator.app.backup import daily  # noqa: PLC0415 -- each child loads what its own step needs
    from allocator.report.backup import noted  # noqa: PLC0415
    from allocator.store.backups import Backups  # noqa: PLC0415

    with opened(place) as (store, settings):
        with store.reading() as tx:
            dividends = tx.dividends.all()
        tell(text("backing up"))
        path = Backups.of(store.name, settings.dividends.backups).make(dividends, now())
        done = daily(store, settings.backup, now, time.monotonic, tell)
    said = [text("dividends are in {path}", path=path)] if path else []
    said += [noted(done)] if done else []
    if not said:
        return skipped(text("there is nothing new to back up"))
    told = said[0] if len(said) == 1 else text("{one}; {other}", one=said[0], other=said[1])
    return Outcome(told, news=False)


def refresh(tell: Tell, place: Place) -> Outcome:
    """What the exchange has that the store has not. It tells of its failures itself. Raises: as the refresh."""
    from allocator.app.refresh import Progress, Request  # noqa: PLC0415
    from allocator.app.refresh.planning import DAY, ready_at  # noqa: PLC0415
    from allocator.app.refresh_telling import refresh_and_tell  # noqa: PLC0415
    from allocator.report.refresh import summary  # noqa: PLC0415

    def progress(step: Progress) -> None:
        tell(step.doing, step.done, step.total)

    with wire.refresher(store_url=place.store, config_file=place.config, progress=progress) as refresher:
        with refresher.store.reading() as tx:
            held = {each.ticker for account in tx.accounts.all() for each in account.holdings if each.units}
        refresher.held |= frozenset(map(without_board, held))
        teller = Teller(place.settings().messaging, now=refresher.now)
        refreshed = refresh_and_tell(refresher, Request(), teller)
    lines = list(summary(refreshed))
    match refreshed.outcome:
        case "ready":
            return skipped(lines[0], again=refreshed.next_at)
        case "busy":
            return skipped(lines[0], again=now() + BUSY)
        case "partial":
            return Outcome(joined(lines), partly=True)
    assert refreshed.till is not None  # the last day that there is now
    return Outcome(joined(lines), again=ready_at(refreshed.till + DAY, refresher.settings.ready))


def universe(tell: Tell, place: Place) -> Outcome:
    """Which securities qualify, and which of those held should leave. Raises: `StoreError`."""
    from allocator.app.universe import NoBarsError, Size, select  # noqa: PLC0415

    with opened(place) as (store, settings):
        tell(text("choosing securities"))
        with store.reading() as tx:
            portfolio = whole(tx, store)
        try:
            chosen = select(store, settings.universe, Size(portfolio), today=today())
        except NoBarsError as error:
            return skipped(error.message)
        leaving = leaving_of(chosen)
        with store.transaction() as tx:
            Teller(settings.messaging, now=now).leave(tx, ACCOUNTS, leaving)
    count, gone = len(chosen.universe.qualified), ", ".join(sorted(leaving))
    if gone:
        return Outcome(
            text(
                "{count} {count:security qualifies|securities qualify}; held, and should leave: {tickers}",
                count=count,
                tickers=gone,
            )
        )
    return Outcome(text("{count} {count:security qualifies|securities qualify}", count=count))


def recommend(tell: Tell, place: Place) -> Outcome:
    """What to deal on the accounts of the store; a change of their value or of the deals is told.

    Raises: `MarketError`, `PlanError`, `StoreError`.
    """
    from allocator.app.advice import advise  # noqa: PLC0415 -- a solver

    with opened(place) as (store, settings):
        with store.reading() as tx:
            portfolio = whole(tx, store)
            forecast = tx.forecasts.newest(settings.forecast.interval)
        if portfolio is None:
            return skipped(text("there is no account with anything on it"))
        if forecast is None:
            return skipped(text("there is no forecast yet"))
        tell(text("working out what to deal"))
        cases = wire.rebalancer(
            proxy=settings.refresh.proxy, progress=tell, store_url=place.store, config_file=place.config
        )
        try:
            advice = advise(store, settings, cases, now)
        except ForecastError as error:  # too old to act on: a newer one comes with newer bars
            return skipped(error.message)
        deals = [Deal(row.ticker, row.lots, row.units, row.price) for row in advice.rows if row.lots]
        teller = Teller(settings.messaging, now=now)
        with store.transaction() as tx:
            teller.value(tx, ACCOUNTS, Decimal(advice.wealth))
            teller.recommendation(tx, ACCOUNTS, deals)
    if not deals:
        return Outcome(text("nothing is to be dealt"))
    return Outcome(text("to be dealt: {tickers}", tickers=", ".join(deal.ticker for deal in deals)))


def deliver(tell: Tell, place: Place) -> Outcome:
    """Send what waits in the outbox. A channel that does not take it is asked again when the outbox says so."""
    from allocator.report.messages import delivery_lines  # noqa: PLC0415

    with opened(place) as (store, settings):
        tell(text("sending messages"))
        delivery = wire.courier(store, settings, console=sys.stderr).deliver()
    return Outcome(joined(list(delivery_lines(delivery))), news=False)


@contextmanager
def opened(place: Place) -> Iterator[tuple[Store, Settings]]:
    settings = place.settings()
    with place.open(settings) as store:
        yield store, settings


def whole(tx: Transaction, store: Store) -> Portfolio | None:
    """All accounts as one; None when there is nothing on them."""
    from allocator.app.advice import whole as of_accounts  # noqa: PLC0415

    try:
        return of_accounts(tx, Path(store.name))
    except (UsageError, PlanError):
        return None


def now() -> datetime:
    return datetime.now(UTC)


def today() -> date:
    return now().astimezone(MOSCOW).date()
