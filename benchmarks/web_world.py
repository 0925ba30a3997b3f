"""The store that the pages are measured on: large, and whole without any network."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np

from allocator.app import wire
from allocator.app.advice import advise
from allocator.app.forecast_storing import stored_forecast
from allocator.config.settings import Settings
from allocator.core.accounts import Account, Holding, Policy
from allocator.core.bars import Bars, Interval
from allocator.core.instrument import Dividend, Instrument, Kind
from allocator.core.portfolio import Fee, Options, Percent, Provider
from allocator.core.text import text
from allocator.forecast.ensemble import Forecast
from allocator.forecast.evaluation import Verdict
from allocator.forecast.evaluation.comparison import Comparison
from allocator.forecast.metrics import Winrate
from allocator.forecast.spec import Architecture, Inputs, ModelSpec
from allocator.store import Store, StoredModel, StoredViews, Trial, open_store
from allocator.store.events import DONE, Event

SESSIONS = 252  # of a year
HORIZON = 5


@dataclass(frozen=True)
class Size:
    """How large the store is."""

    tickers: int = 250
    years: int = 10
    models: int = 100
    accounts: int = 3
    held: int = 30
    events: int = 2000

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(f"T{number:03}" for number in range(self.tickers))


def make(path: Path, size: Size, now: datetime) -> None:
    """The store at this path, with quotes in a file beside it."""
    with open_store(str(path)) as store:
        closes = _market(store, size, now)
        quotes = path.with_name("quotes.csv")
        rows = [f"{ticker},{close:.2f},{close * 1.001:.2f},1" for ticker, close in zip(size.names, closes, strict=True)]
        quotes.write_text("\n".join(["ticker,bid,ask,lot", *rows]), encoding="utf-8")
        _accounts(store, size, Provider("FILE", quotes), now)
        _forecast(store, size, now)
        _population(store, size, now)
        advise(store, Settings(), wire.rebalancer(), lambda: now)


def _market(store: Store, size: Size, now: datetime) -> list[float]:
    """Random walks around a common one, in turnovers of 10 to 1,000 million roubles a day; the last closes."""
    rows = size.years * SESSIONS
    common = np.random.default_rng(0).normal(0, 0.01, rows)
    last = np.busday_offset(np.datetime64(now.date()), -1, roll="backward")
    begin = np.busday_offset(last, np.arange(1 - rows, 1), roll="backward").astype("datetime64[s]")
    closes = []
    for number, ticker in enumerate((*size.names, "IMOEX")):
        rng = np.random.default_rng(1 + number)
        close = np.round(100 * np.exp(np.cumsum(common + rng.normal(0, 0.015, rows))) + 1, 2)
        value = 10 ** rng.uniform(7, 9) * rng.lognormal(0, 0.5, rows)
        bars = Bars(begin, close, close * 1.01, close * 0.99, close, np.round(value / close), value)
        index = ticker == "IMOEX"
        kind, board = (Kind.INDEX, "SNDX") if index else (Kind.SHARE, "TQBR")
        with store.transaction() as tx:
            tx.instruments.put([Instrument(ticker, kind, board, name=f"Company {number}", lot_size=1)])
            tx.bars.put(ticker, Interval.DAY, bars)
            if not index:
                closes.append(float(close[-1]))
                tx.dividends.put(_paid(ticker, size.years, now.date()))
    return closes


def _paid(ticker: str, years: int, today: date) -> list[Dividend]:
    days = [today + timedelta(days=60 - 365 * year) for year in range(years)]
    return [Dividend(ticker, day, Decimal("4.5"), "RUB", "iss") for day in days]


def _accounts(store: Store, size: Size, provider: Provider, now: datetime) -> None:
    fee = Fee(rate=Decimal("0.0005"))
    held = size.names[: size.held]
    part = Percent(Decimal(100) / size.held)
    wanted = [(ticker, part) for ticker in held[1:]]
    rest = Percent(100 - sum((each.percent for _, each in wanted), Decimal(0)))
    policy = Policy(((held[0], rest), *wanted), options=Options(provider=provider))
    for number in range(size.accounts):
        mine = [Holding(ticker, Decimal(100 + 10 * at)) for at, ticker in enumerate(held[number :: size.accounts])]
        account = Account(f"Account {number + 1}", tuple(mine), Decimal(100_000), fee=fee)
        for weeks in range(40, 0, -1):  # a deal a week: the history has something to reckon with
            mine[weeks % len(mine)] = replace(mine[weeks % len(mine)], units=Decimal(100 + weeks))
            with store.transaction() as tx:
                account = tx.accounts.put(replace(account, holdings=tuple(mine)), now - timedelta(weeks=weeks))
    with store.transaction() as tx:
        tx.accounts.put_policy(policy, now - timedelta(weeks=40))


def _forecast(store: Store, size: Size, now: datetime) -> None:
    rng = np.random.default_rng(5)
    count = size.tickers
    mean = rng.normal(0.1, 0.3, count) + rng.normal(0, 0.1, (size.models, count))
    said = StoredViews(mean, np.full(mean.shape, 0.3), rng.uniform(1, 9, size.models))
    deviation = rng.uniform(0.2, 0.5, count)
    correlation = np.full((count, count), 0.4) + 0.6 * np.eye(count)
    compared = Comparison(**dict.fromkeys(Comparison.__dataclass_fields__, 0.0) | {"p": 0.01, "gain": 0.1})
    judged = Verdict({"zero": compared}, None, Winrate(0.5, 0.4, 0.6, 0.5, 100), 1.0, 0.5, 60, 240, 30)
    with store.reading() as tx:
        last = tx.calendar.seen()
    assert last is not None
    made = Forecast(
        size.names, np.median(mean, axis=0), deviation, mean.min(axis=0), mean.max(axis=0), np.ones(count),
        deviation[:, None] * correlation * deviation, HORIZON, datetime(last.year, last.month, last.day),  # noqa: DTZ001
        size.models, 0.3, size.models / (1 + (size.models - 1) * 0.3), 0.95, {}, judged,
    )  # fmt: skip
    with store.transaction() as tx:
        tx.forecasts.put(stored_forecast(made, Interval.DAY, _keys(size), now, views=said))


def _keys(size: Size) -> tuple[str, ...]:
    return tuple(f"{number:040x}" for number in range(size.models))


def _population(store: Store, size: Size, now: datetime) -> None:
    networks = list(Architecture)
    keys = _keys(size)
    done = text("{name} was loaded", name="IMOEX")
    with store.transaction() as tx:
        for number, key in enumerate(keys):
            spec = ModelSpec(networks[number % len(networks)], Inputs.TA57, window=32, horizon=HORIZON, seed=number)
            scores = {"llh": -0.001 * number, "rho": 0.001 * number, "return": 0.001 * number}
            born, day = now - timedelta(days=size.models - number), now.date() - timedelta(days=1)
            parents = tuple(keys[each] for each in (number - 1, number // 2) if number and each != number)
            tx.models.put(
                StoredModel(key, spec.json(), parents, born, scores=scores, trained_on=day, evaluated=day, seconds=60)
            )
            tx.trials.put(Trial(key, day, 60, scores))
        for number in range(size.events):
            tx.events.add(Event(now - timedelta(hours=size.events - number), "refresh", 61.5, DONE, done))


if __name__ == "__main__":
    import sys

    make(Path(sys.argv[1]), Size(), datetime.now(UTC))
