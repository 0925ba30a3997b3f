"""A store as a household has it after a year: accounts, bars, dividends, a forecast, models, advice, a log."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
from recommending import forecast, verdict, views
from web_site import daily_bars

from allocator.app import wire
from allocator.app.advice import advise
from allocator.app.dividends import CLOSINGS
from allocator.app.forecast_storing import stored_forecast
from allocator.config.settings import Settings
from allocator.core.accounts import Account, Holding, Policy
from allocator.core.bars import Interval
from allocator.core.finding import Fault, Finding
from allocator.core.instrument import Dividend, Instrument, Kind
from allocator.core.portfolio import Fee, Percent
from allocator.core.text import text
from allocator.forecast.spec import Architecture, Inputs, ModelSpec
from allocator.store import Store, StoredModel, Trial, open_store
from allocator.store.events import DONE, FAILED, Event

PRICES = {"SBER": 290.0, "GAZP": 170.0, "LKOH": 7290.0, "TATN": 690.0, "GMKN": 160.0, "MGNT": 7000.0}
PARTS = {"SBER": 35, "GAZP": 10, "LKOH": 30, "TATN": 15, "GMKN": 10}
ROWS = 504


@dataclass(frozen=True)
class Calendar:
    """Days around the one on which the tests run: the server goes by the real clock."""

    now: datetime

    def ago(self, days: int) -> date:
        return self.now.date() - timedelta(days=days)

    @property
    def last(self) -> date:
        """The last working day that is over."""
        day = np.busday_offset(np.datetime64(self.ago(1)), 0, roll="backward")
        return date.fromisoformat(str(day))


def make(path: Path, now: datetime) -> None:
    """The store, at this path. Quotes of the advice are those of `ALLOCATOR_ISS_URL`."""
    days = Calendar(now)
    with open_store(str(path)) as store:
        _market(store, days)
        _accounts(store, now)
        _forecast(store, days)
        _models(store, days)
        _log(store, days)
        advise(store, Settings(), wire.rebalancer(), lambda: now)


def _market(store: Store, days: Calendar) -> None:
    shares = [Instrument(ticker, Kind.SHARE, "TQBR", name=f"{ticker} PLC", lot_size=1) for ticker in PRICES]
    paid = [
        Dividend("SBER", days.ago(125), Decimal("34.84"), "RUB", "iss"),
        Dividend("SBER", days.ago(490), Decimal("33.3"), "RUB", "iss"),
        Dividend("SBER", days.ago(-30), Decimal("36.5"), "RUB", "iss"),
        Dividend("LKOH", days.ago(100), Decimal(514), "RUB", "iss"),
        Dividend("LKOH", days.ago(100), Decimal(541), "RUB", "manual"),
        Dividend("TATN", days.ago(60), Decimal("14.35"), "RUB", "shipped"),
    ]
    jump = Finding(
        "MGNT",
        Interval.DAY,
        datetime.combine(days.ago(40), datetime.min.time()),
        Fault.JUMP,
        text("the close moved from {before} to {after}", before=7000.0, after=3500.0),
    )
    with store.transaction() as tx:
        tx.instruments.put([*shares, Instrument("IMOEX", Kind.INDEX, "SNDX", name="IMOEX")])
        for seed, (ticker, price) in enumerate({**PRICES, "IMOEX": 2800.0}.items()):
            bars = daily_bars(seed, price, ROWS, str(days.last))
            volume = np.full(ROWS, 1e9 / price)
            tx.bars.put(ticker, Interval.DAY, replace(bars, volume=volume, value=volume * bars.close))
        tx.dividends.put(paid)
        tx.facts.set(CLOSINGS, json.dumps({"GAZP": [str(days.ago(80))]}))  # and nobody knows how much
        tx.findings.put([jump])


def _accounts(store: Store, now: datetime) -> None:
    fee = Fee(rate=Decimal("0.0005"))
    broker = (Holding("SBER", Decimal(1200)), Holding("GAZP", Decimal(500)), Holding("LKOH", Decimal(10)))
    iis = (Holding("SBER", Decimal(100)), Holding("TATN", Decimal(40)))
    wanted = tuple((ticker, Percent(Decimal(part))) for ticker, part in PARTS.items())
    opened = now - timedelta(days=200)
    with store.transaction() as tx:
        first = tx.accounts.put(Account("Broker", broker, Decimal("25000.50"), fee=fee), opened)
        tx.accounts.put(Account("ИИС", iis, Decimal(1000), fee=fee), opened)
        tx.accounts.put_policy(Policy(wanted, exclude=("VTBR",)), opened)
    more = (Holding("SBER", Decimal(1300)), *first.holdings[1:])
    with store.transaction() as tx:
        tx.accounts.put(replace(first, holdings=more), now - timedelta(days=50))


def _forecast(store: Store, days: Calendar) -> None:
    tickers = tuple(PRICES)
    said = views(mean=(0.25, -0.1, 0.4, 0.12, -0.2, 0.05), models=6, noise=0.05)
    as_of = datetime.combine(days.last, datetime.min.time())
    made = replace(forecast(said, judged=verdict(), tickers=tickers), as_of=as_of)
    keys = tuple(f"{number:x}" * 20 for number in range(1, 7))
    with store.transaction() as tx:
        tx.forecasts.put(stored_forecast(made, Interval.DAY, keys, days.now, views=said))


def _models(store: Store, days: Calendar) -> None:
    networks = list(Architecture)
    with store.transaction() as tx:
        for number in range(1, 8):
            key = f"{number:x}" * 20
            network = networks[number % len(networks)]
            spec = ModelSpec(network, Inputs.TA57, window=16 + number, horizon=21, seed=number)
            scores = {"llh": -0.1 * number, "rho": 0.02 * number, "return": 0.01 * number}
            tx.models.put(
                StoredModel(
                    key,
                    spec.json(),
                    tuple(f"{parent:x}" * 20 for parent in (number - 1, number - 2) if parent > 0),
                    days.now - timedelta(days=30 - number),
                    alive=number != 7,
                    scores=scores,
                    trained_on=days.last,
                    evaluated=days.last,
                    seconds=12.5 * number,
                )
            )
            tx.trials.put(Trial(key, days.last, 60, scores))


def _log(store: Store, days: Calendar) -> None:
    since = days.now - timedelta(hours=9)
    done = text("{name} was loaded", name="IMOEX")
    failed = text("{name}: the exchange does not answer", name="https://iss.moex.com")
    with store.transaction() as tx:
        run = tx.journal.begin("refresh", since)
        tx.journal.note(run, since, done, ticker="IMOEX")
        tx.journal.note(run, since, failed, ticker="MGNT", level="warning")
        tx.journal.end(run, since + timedelta(minutes=2), "done", {"tickers": 7, "bars": 3528})
        for hours in range(6):
            outcome, detail = (FAILED, failed) if hours == 3 else (DONE, done)
            tx.events.add(Event(since + timedelta(hours=hours), "refresh", 61.5, outcome, detail))


def utc_now() -> datetime:
    return datetime.now(UTC)
