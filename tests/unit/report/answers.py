"""Answers to print: a portfolio file, prices and the lots to deal, all said by the test; no solver is asked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

from allocator import config
from allocator.core.quote import Quote, Quotes, Rung
from allocator.optimize import Plan, Status, pose
from allocator.optimize.plan import objective_of, rows_of
from allocator.report import Answer

MOSCOW = timezone(timedelta(hours=3), "MSK")
MOMENT = datetime(2024, 2, 15, 17, 54, 6, tzinfo=MOSCOW)


def quote(ticker: str, bid: str, ask: str, **more: object) -> Quote:
    return Quote(ticker, Decimal(bid), Decimal(ask), **more)


def answer(
    ini: str,
    quotes: Sequence[Quote],
    lots: Sequence[int],
    *,
    gap: float = 0.0,
    status: Status = Status.OPTIMAL,
    **more: object,
) -> Answer:
    """`more` are fields of `Quotes`."""
    portfolio = config.parse(ini, Path("test.ini"))
    market = Quotes(**{"provider": "FILE", "by_ticker": {each.ticker: each for each in quotes}} | more)
    problem = pose(portfolio, market)
    rows, cash = rows_of(problem, lots)
    objective = objective_of(problem, lots)
    plan = Plan(problem, tuple(lots), rows, cash, objective, objective, gap, status, "search", 0.01, problem.notes)
    return Answer(portfolio, market, plan)


US = """
[have]
SPY = 6
BND = 4.25
GOOG = 1
[want]
SPY = 60%
BND = 40%
GOOG = 1
VNQ = 2
[trade]
GOOG = keep
VNQ = buy
[commission]
SPY = 1 + 0.1%
[cash]
have = 204.965
[options]
commission = 1
"""

US_QUOTES = (
    quote("SPY", "263.12", "263.15"),
    quote("BND", "79.58", "79.59"),
    quote("GOOG", "1006.1", "1007.35"),
    quote("VNQ", "75.02", "75.04"),
)

MOEX = """
[have]
LKOH = 22
VTBR = 800 000
SBGB = 9 000
MTSS = 120
[want]
LKOH = 40%
VTBR = 20%
SBGB = 30%
LQDT = 50 000
[cash]
have = 187 345.6
want = 10%
[options]
commission = 0.05%
max deals = 4
"""

MOEX_QUOTES = (
    quote("LKOH", "7288", "7288.5", decimals=1, lot_size=1),
    quote("VTBR", "0.024425", "0.02443", decimals=6, lot_size=10_000, rung=Rung.LAST),
    quote("SBGB", "12.289", "12.302", decimals=3, stale=True),
    quote("MTSS", "281.5", "281.6", decimals=2, lot_size=10),
    quote("LQDT", "1.3462", "1.3463", decimals=4),
)


def us(**more: object) -> Answer:
    """A small American account: dollars, fixed fees, a fraction, one asset that must stay."""
    return answer(US, US_QUOTES, (-1, 4, 0, 1), **more)


def moex(**more: object) -> Answer:
    """A Moscow account: prices from 0.02 to 7000, lots, fees in percent, two prices that are not live."""
    details = {"provider": "MOEX", "source": "iss.moex.com", "time": MOMENT, "delay_minutes": 15}
    return answer(MOEX, MOEX_QUOTES, (2, -10, 1200, -12, 30_000), **details | more)
