"""One portfolio's `auto` assets at the prices of now: what is to be shared, and how without a forecast."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from allocator.app.auto_forecast import Outlook, told
from allocator.app.auto_sharing import as_percents, in_proportion
from allocator.core.bars import Floats
from allocator.core.errors import ForecastError
from allocator.core.portfolio import Fallback, ForecastRules, Portfolio, without_board
from allocator.core.text import text
from allocator.optimize import Position, Problem
from allocator.report.auto import AutoShare, AutoShares

DIGITS = Decimal("1e-6")


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """`left` percent, which are `room` in money, are to be shared among N `positions` of `problem`.

    In the problem they have equal shares. Both `left` and `room` are above 0.
    """

    portfolio: Portfolio
    problem: Problem
    positions: tuple[Position, ...]
    left: Decimal
    room: Decimal
    outlook: Outlook

    @property
    def rules(self) -> ForecastRules:
        return self.portfolio.forecast

    @property
    def total(self) -> float:
        """What is to be shared, of wealth."""
        return float(self.room / self.problem.wealth)

    @property
    def most(self) -> float:
        """The most that one asset may be given, of wealth."""
        cap = self.rules.cap
        return self.total if cap is None else min(self.total, self.total * float(100 * cap / self.left))

    @property
    def held(self) -> Floats:
        """(N,) what is held, of wealth."""
        return np.array([float(each.have * each.bid / self.problem.wealth) for each in self.positions])

    @property
    def turnover(self) -> Floats:
        """(N,) roubles of a median day; 0 where it is not known."""
        return np.array([self.outlook.turnover.get(without_board(each.ticker), 0.0) for each in self.positions])

    @property
    def tickers(self) -> list[str]:
        return [each.ticker for each in self.positions]

    def shares(self, weights: Floats) -> list[AutoShare]:
        """(N,) weights of wealth, as far as no forecast is needed to say what they mean."""
        percents = as_percents(weights, self.left, self.rules.cap)
        return [self._share(position, percent) for position, percent in zip(self.positions, percents, strict=True)]

    def _share(self, position: Position, percent: Decimal) -> AutoShare:
        value = position.have * position.bid
        change = self.room * percent / self.left - value
        cost = change * buying(position) if change > 0 else -change * position.fee.rate
        held = value / self.problem.percent_part
        return AutoShare(position.ticker, held.quantize(DIGITS), percent, cost.quantize(DIGITS))


def buying(position: Position) -> Decimal:
    """What is lost of a rouble's worth (at the bid, as everything is valued) in buying it: the spread and the fee."""
    return position.ask * (1 + position.fee.rate) / position.bid - 1


def without_forecast(case: Case) -> AutoShares:
    """Shares as the file's `fallback` says.

    Raises: `ForecastError` when it asks for what nobody knows.
    """
    fallback, notes = case.rules.fallback, list(told(case.outlook, case.portfolio))
    sizes = np.ones(len(case.positions))
    if fallback is Fallback.MARKET:
        sizes = case.turnover
        _some(sizes, case)
        if silent := without(sizes, case.tickers):
            notes.append(text("the store knows no turnover of {tickers}", tickers=silent))
    elif fallback is Fallback.KEEP:
        sizes = case.held
        _some(sizes, case)
    shares = tuple(case.shares(in_proportion(sizes, case.total, case.most)))
    return AutoShares(shares, tuple(notes), case.rules.risk_aversion, case.rules.horizon, fallback=fallback)


def _some(sizes: Floats, case: Case) -> None:
    """Raises: `ForecastError` when nothing has a size."""
    if sizes.any():
        return
    assert case.outlook.trouble
    if case.rules.fallback is Fallback.KEEP:
        what = text("{path}: fallback = KEEP has nothing to keep: no auto asset is held", path=case.portfolio.path)
    else:
        what = text(
            "{path}: fallback = MARKET needs the turnover of auto assets from the store: {reason}",
            path=case.portfolio.path,
            reason=case.outlook.trouble.message,
        )
    raise ForecastError(what, text("Write fallback = EQUAL under [forecast] to do without."))


def without(sizes: Floats, tickers: Sequence[str]) -> str:
    """The tickers without a size."""
    return ", ".join(ticker for ticker, size in zip(tickers, sizes, strict=True) if not size)
