"""`auto` assets that the forecast knows: from positions to arrays, and what came of them back to the assets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, Decimal
from typing import TYPE_CHECKING, Self

import numpy as np

from allocator.app.auto_case import Case, buying, without
from allocator.app.auto_forecast import told
from allocator.app.auto_sharing import DUST, Papers, Sharing, by_forecast
from allocator.core.bars import Floats, Interval
from allocator.core.errors import Infeasible
from allocator.core.portfolio import ForecastRules, without_board
from allocator.core.text import Text, text
from allocator.optimize import Position
from allocator.optimize.single_period import DealCosts
from allocator.report.auto import AutoShare, AutoShares

if TYPE_CHECKING:
    from allocator.forecast.ensemble import Forecast

TRADING_DAYS = 252  # a year
ROUNDING = 1e-9
DEAREST = 0.99  # of a deal; who pays more gets the same shares


def kept_of(rules: ForecastRules, due: float, horizon: int, interval: Interval) -> tuple[float, float]:
    """What the verdict (`due`) or the file keeps of a forecast `horizon` bars ahead, and what of that counts.

    It counts over the time that a deal is kept: of a forecast five days ahead, a holding of twenty-one earns what it
    says for five.
    """
    kept = rules.kept(due)
    return kept, kept * min(1.0, horizon / interval.bars_a_day / rules.horizon)


def with_forecast(case: Case, forecast: Forecast) -> AutoShares:
    """Shares by the forecast, which has some of the assets. Those that it lacks keep what they have, if that fits.

    Raises: `PlanError` when the cap leaves no room for all, or the solver falls short.
    """
    rules = case.rules
    known = _Known.of(case, forecast)
    weights = np.minimum(case.held, case.most)
    weights[known.rows] = 0.0
    if (stays := float(weights.sum())) > case.total:
        weights *= case.total / stays
    rest = case.total - float(weights.sum())
    kept, counted = kept_of(rules, forecast.shrink, forecast.horizon, case.outlook.interval)
    notes = list(told(case.outlook, case.portfolio))
    sharing: Sharing | None = None
    if rest > DUST * case.total:
        lower, upper = known.bounds(rest, notes)
        sharing = by_forecast(
            known.papers(lower, upper, notes),
            rest,
            aversion=float(rules.risk_aversion),
            years=rules.horizon / TRADING_DAYS,
            kept=counted,
        )
        weights[known.rows] = sharing.weights
    return AutoShares(
        tuple(known.shares(weights, sharing)),
        tuple(notes),
        rules.risk_aversion,
        rules.horizon,
        as_of=forecast.as_of,
        models=forecast.models,
        bars_ahead=forecast.horizon,
        kept=kept,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Known:
    """K of a case's positions, `rows` of it, which are `places` of the forecast."""

    case: Case
    forecast: Forecast
    rows: list[int]
    places: list[int]

    @classmethod
    def of(cls, case: Case, forecast: Forecast) -> Self:
        place = {ticker: at for at, ticker in enumerate(forecast.tickers)}
        rows = [row for row, ticker in enumerate(case.tickers) if without_board(ticker) in place]
        return cls(case, forecast, rows, [place[without_board(case.tickers[row])] for row in rows])

    @property
    def positions(self) -> list[Position]:
        return [self.case.positions[row] for row in self.rows]

    def bounds(self, rest: float, notes: list[Text]) -> tuple[Floats, Floats]:
        """(K,) between which shares with the sum `rest` are looked for: the cap, and what [trade] allows if it can be.

        Raises: `Infeasible` when the cap is too low for so few.
        """
        held, most = self.case.held[self.rows], np.full(len(self.rows), self.case.most)
        if most.sum() < rest * (1 - ROUNDING):
            raise self._capped(rest)
        may_buy = np.array([each.permission.may_buy for each in self.positions])
        may_sell = np.array([each.permission.may_sell for each in self.positions])
        lower = np.where(may_sell, 0.0, held)
        upper = np.maximum(lower, np.where(may_buy, most, np.minimum(held, most)))
        if lower.sum() <= rest * (1 + ROUNDING) and upper.sum() >= rest * (1 - ROUNDING):
            return lower, upper
        notes.append(text("[trade] leaves no way to share what is left for auto assets; they are shared without it"))
        return np.zeros(len(held)), most

    def _capped(self, rest: float) -> Infeasible:
        cap, left = self.case.rules.cap, float(self.case.left) * rest / self.case.total
        assert cap is not None
        least = (Decimal(repr(left)) / len(self.rows)).to_integral_value(ROUND_CEILING)
        return Infeasible(
            text(
                "{path}: {count} auto {count:asset|assets} with a forecast, of at most {cap:f}% each, cannot "
                "take the {left}% that are left",
                path=self.case.portfolio.path,
                count=len(self.rows),
                cap=(100 * cap).normalize(),
                left=f"{left:.4g}",
            ),
            text("Write a cap of {least}% or more.", least=least),
        )

    def papers(self, lower: Floats, upper: Floats, notes: list[Text]) -> Papers:
        """Their figures, beside what the file itself gives to other assets that the forecast knows."""
        forecast, at = self.forecast, self.places
        fixed = self._fixed()
        market = self.case.turnover[self.rows]
        if silent := without(market, [each.ticker for each in self.positions]):
            notes.append(
                text("the store knows no turnover of {tickers}: equal shares stand for the market's", tickers=silent)
            )
            market = np.ones(len(market))
        return Papers(
            mean=forecast.mean[at],
            covariance=forecast.covariance[np.ix_(at, at)],
            believed=forecast.agreement[at] >= float(self.case.rules.agreement),
            cross=forecast.covariance[at] @ fixed,
            elsewhere=float(fixed @ forecast.covariance @ fixed),
            held=self.case.held[self.rows],
            market=market,
            costs=DealCosts(
                np.array([min(DEAREST, float(buying(each))) for each in self.positions]),
                np.array([min(DEAREST, float(each.fee.rate)) for each in self.positions]),
            ),
            lower=lower,
            upper=upper,
        )

    def _fixed(self) -> Floats:
        """What each paper of the forecast is to be of wealth by the file's own word."""
        place = {ticker: at for at, ticker in enumerate(self.forecast.tickers)}
        autos = set(self.case.tickers)
        found = np.zeros(len(place))
        for each in self.case.problem.positions:
            if each.ticker not in autos and (at := place.get(without_board(each.ticker))) is not None:
                found[at] += float(each.ideal / self.case.problem.wealth)
        return found

    def shares(self, weights: Floats, sharing: Sharing | None) -> Iterator[AutoShare]:
        """All assets of the case in its order; the figures of the forecast with those that it knows."""
        number_of = {row: number for number, row in enumerate(self.rows)}
        for row, share in enumerate(self.case.shares(weights)):
            number = number_of.get(row)
            if number is None:
                yield share
                continue
            at = self.places[number]
            yield replace(
                share,
                mean=float(self.forecast.mean[at]),
                lower=float(self.forecast.lower[at]),
                upper=float(self.forecast.upper[at]),
                agreement=float(self.forecast.agreement[at]),
                deviation=float(self.forecast.deviation[at]),
                counted=None if sharing is None else float(sharing.counted[number]),
                risk=None if sharing is None else float(sharing.risk[number]),
            )
