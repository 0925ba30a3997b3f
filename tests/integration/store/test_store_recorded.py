"""Panels of the market as it was recorded: splits, new tickers and dividends of real papers."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from allocator.core.bars import Bars, Floats, Interval
from allocator.core.instrument import Instrument, Kind
from allocator.core.panel import Panel
from allocator.store import Store, open_store, read_panel
from allocator.store.shipped import seed

DAILY = Path(__file__).parents[4] / "shared" / "data" / "daily" / "bars_2014_2024.csv.gz"
TICKERS = ("GMKN", "TRNFP", "VTBR", "BELU", "LKOH", "SBER", "EONR", "UPRO", "YNDX")
COLUMNS = ("date", "open", "high", "low", "close", "volume", "value")

pytestmark = pytest.mark.skipif(not DAILY.exists(), reason="the recorded data (../shared/data) is not here")


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store with some recorded papers and what ships with the package."""
    rows: dict[str, list[list[str]]] = {ticker: [] for ticker in TICKERS}
    with gzip.open(DAILY, "rt", encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            if row["ticker"] in rows:
                rows[row["ticker"]].append([row[name] or "nan" for name in COLUMNS])
    with open_store(str(tmp_path_factory.mktemp("market") / "store.db")) as store:
        with store.transaction() as tx:
            tx.instruments.put(Instrument(ticker, Kind.SHARE) for ticker in TICKERS)
            seed(tx)
            for ticker, history in rows.items():
                tx.bars.put(ticker, Interval.DAY, Bars.of(history))
        yield store


def panel(store: Store, adjust: str) -> Panel:
    with store.reading() as tx:
        return read_panel(tx, adjust=adjust)  # type: ignore[arg-type]


def closes(panel: Panel, ticker: str, since: str = "2014-01-01", till: str = "2024-12-31") -> Floats:
    """What is known of the closes of a period."""
    inside = (panel.times >= np.datetime64(since)) & (panel.times <= np.datetime64(till))
    column = panel["close"][inside, panel.tickers.index(ticker)]
    return column[~np.isnan(column)]


@pytest.mark.parametrize(
    ("ticker", "since", "till", "raw"),
    [
        ("GMKN", "2024-03-20", "2024-04-20", 0.01),
        ("TRNFP", "2024-02-01", "2024-03-01", 0.01),
        ("VTBR", "2024-07-01", "2024-07-31", 5000),
        ("BELU", "2024-08-01", "2024-09-01", 1 / 8),
    ],
)
def test_a_split_is_no_move_of_the_price(market: Store, ticker: str, since: str, till: str, raw: float) -> None:
    """As traded, the price falls or rises by the ratio in a day; worked in, it moves as on any day."""
    traded, adjusted = (closes(panel(market, adjust), ticker, since, till) for adjust in ("none", "splits"))
    jump = max(np.diff(np.log(traded)), key=abs)

    assert np.log(raw) == pytest.approx(jump, abs=0.25)
    assert 0.25 > np.abs(np.diff(np.log(adjusted))).max()


def test_a_new_ticker_continues_the_old_one(market: Store) -> None:
    """EONR and UPRO are one column; YNDX stays itself while its new paper is not stored."""
    found = panel(market, "none")

    assert {"UPRO", "YNDX"} <= set(found.tickers)
    assert "EONR" not in found.tickers
    assert closes(found, "UPRO", till="2016-06-30").size > 600


def test_dividends_of_lukoil_are_reinvested(market: Store) -> None:
    """793 for holders of 2022-12-21, whose last deals at T+2 were of the 19th: only that, less 13%, is between both
    returns over the ex-date.
    """
    price, total = (closes(panel(market, adjust), "LKOH", "2022-12-19", "2022-12-20") for adjust in ("splits", "total"))

    assert 2 == len(price) == len(total)
    assert 793 * 0.87 / price[0] == pytest.approx(1 - (price[1] / price[0]) / (total[1] / total[0]))


def test_total_return_is_at_least_that_of_prices(market: Store) -> None:
    """Dividends only add."""
    split, total = panel(market, "splits"), panel(market, "total")
    for ticker in split.tickers:
        price, all_of_it = closes(split, ticker), closes(total, ticker)

        assert price.size == all_of_it.size
        assert all_of_it[-1] / all_of_it[0] >= price[-1] / price[0] * (1 - 1e-12)
