"""A store with bars and a forecast that nobody had to train, and a portfolio: what `recommend` is tried on."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from allocator.app.forecast_storing import stored_forecast
from allocator.config.settings import Settings, UniverseSettings
from allocator.core.bars import Bars, Interval
from allocator.core.instrument import Instrument, Kind
from allocator.core.portfolio import Portfolio
from allocator.forecast.ensemble import Forecast
from allocator.forecast.evaluation import Verdict
from allocator.forecast.evaluation.comparison import Comparison
from allocator.forecast.metrics import Winrate
from allocator.store import StoredViews, open_store

ROWS = 60
LAST = np.datetime64("2024-05-02")
NOW = datetime(2024, 5, 3, 9, tzinfo=UTC)
SETTINGS = Settings(universe=UniverseSettings(min_history=50, holding_days=5))
TICKERS = ("GOOD", "BAD", "WORSE", "DULL")
QUOTES = "ticker,bid,ask,lot\nGOOD,100,100.1,10\nBAD,50,50.05,10\nWORSE,200,200.2,1\nDULL,10,10.01,100\n"
INI = """
[have]
BAD = 400
WORSE = 100
DULL = 1000
[want]
BAD = 50%
WORSE = 25%
DULL = 25%
[cash]
have = 10 000
[options]
commission = 0.05%
provider = FILE quotes.csv
[forecast]
risk aversion = 1
"""


def verdict(shrink: float = 0.5, p: float = 0.01) -> Verdict:
    """Of a forecast that beats no change with this p, of which so much is kept."""
    made = Comparison(**dict.fromkeys(Comparison.__dataclass_fields__, 0.0) | {"p": p, "gain": 0.1})
    return Verdict({"zero": made}, None, Winrate(0.5, 0.4, 0.6, 0.5, 100), 1.0, shrink, 60, 240, 30)


def bars(seed: int, turnover: float = 1e9) -> Bars:
    """Days of a random walk."""
    rng = np.random.default_rng(seed)
    close = 100 * np.cumprod(1 + rng.normal(0, 0.02, ROWS))
    begin = np.busday_offset(LAST, np.arange(1 - ROWS, 1), roll="backward").astype("datetime64[s]")
    return Bars(begin, close, close * 1.01, close * 0.99, close, turnover / close, np.full(ROWS, turnover))


def views(
    mean: tuple[float, ...] = (2.0, -2.0, -3.0, 0.0), models: int = 6, noise: float = 0.02, aversion: float = 1.0
) -> StoredViews:
    """Models that differ by a little noise around these means of a year."""
    rng = np.random.default_rng(3)
    said = np.array(mean) + rng.normal(0, noise, (models, len(mean)))
    return StoredViews(said, np.full(said.shape, 0.3), np.full(models, aversion))


def forecast(
    said: StoredViews, *, judged: Verdict | None, tickers: tuple[str, ...] = TICKERS, rho: float = 0.3
) -> Forecast:
    count = len(tickers)
    deviation = np.full(count, 0.3)
    correlation = np.full((count, count), 0.4) + 0.6 * np.eye(count)
    models = len(said.mean)
    return Forecast(
        tickers,
        np.median(said.mean, axis=0),
        deviation,
        said.mean.min(axis=0),
        said.mean.max(axis=0),
        np.ones(count),
        deviation[:, None] * correlation * deviation,
        21,
        datetime(2024, 5, 2),
        models,
        rho,
        models / (1 + (models - 1) * rho),
        0.95,
        {},
        judged,
    )


def filled(
    path: Path,
    said: StoredViews | None = None,
    *,
    judged: Verdict | None = None,
    turnover: float = 1e9,
    portfolio: Portfolio | None = None,
    without_views: bool = False,
) -> Path:
    """A store at this path, with bars of every ticker and one forecast, 21 days ahead."""
    said = said or views()
    with open_store(str(path)) as store, store.transaction() as tx:
        tx.instruments.put([Instrument(ticker, Kind.SHARE, "TQBR", name=f"{ticker} PLC") for ticker in TICKERS])
        for seed, ticker in enumerate(TICKERS):
            tx.bars.put(ticker, Interval.DAY, bars(seed, turnover))
        keys = tuple(f"model{n}" for n in range(len(said.mean)))
        made = forecast(said, judged=judged or verdict())
        kept = None if without_views else said
        tx.forecasts.put(stored_forecast(made, Interval.DAY, keys, NOW, views=kept, portfolio=portfolio))
    return path


def written(folder: Path, ini: str = INI, quotes: str = QUOTES) -> Path:
    """A portfolio file beside its quotes."""
    (folder / "quotes.csv").write_text(quotes, encoding="utf-8")
    path = folder / "p.ini"
    path.write_text(ini, encoding="utf-8")
    return path
