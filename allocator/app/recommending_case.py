"""What a recommendation reckons with: holdings, prices, costs and the slopes of utility of N securities, as arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from allocator.app.auto_papers import TRADING_DAYS
from allocator.core.bars import Floats, Mask
from allocator.core.portfolio import ZERO, Asset, Money, Percent, Portfolio, without_board
from allocator.core.quote import Quote
from allocator.forecast.ensemble import Forecast, median_bounds
from allocator.optimize.recommendation import UnitCosts, gradients
from allocator.store import StoredViews

LEVEL = 0.05  # how often one bound or more may be wrong, of all securities' two
DRAWS = 5000
SEED = 20_240_521  # the same forecast, the same bounds
IMPACT = 1.0  # b of b·σ·√(deal / turnover): Boyd et al. (2017) take one, trades of institutions show about as much
HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True, eq=False)
class Slopes:
    """(N,) of a year: the median of the models' slopes as far as the forecast is kept, and its simultaneous bounds.

    Without a bound, of fewer than two models, `lower` is -inf and `upper` inf.
    """

    median: Floats
    lower: Floats
    upper: Floats


def slopes_of(
    forecast: Forecast, views: StoredViews, columns: Sequence[int], weights: Floats, aversion: Floats, kept: float
) -> Slopes:
    """The slopes at these weights (N,), as each model's aversion (M,) has them, drawn toward zero: `kept` is left.

    Zero is what `Forecast.toward` leads to when nothing is proven, with the returns that make what is held the right
    thing to hold, 2γΣw, as the prior (Black & Litterman, 1992, with one's own portfolio for the market's): what is not
    proven is no reason to deal. All 2N bounds hold together with 95% (Bonferroni).
    """
    deviation = forecast.deviation[list(columns)]
    correlation = forecast.covariance[np.ix_(columns, columns)] / np.outer(deviation, deviation)
    own = views.deviation[:, columns]
    each = gradients(views.mean[:, columns], np.where(np.isfinite(own), own, deviation), correlation, weights, aversion)
    known = np.isfinite(each).any(axis=0)
    median = np.zeros(len(columns))
    median[known] = np.nanmedian(each[:, known], axis=0)
    lower, upper = median_bounds(
        each,
        forecast.rho,
        rng=np.random.default_rng(SEED),
        confidence=1 - LEVEL / len(columns),
        draws=DRAWS,
        student=True,
    )
    lower, upper = np.where(np.isfinite(lower), lower, -np.inf), np.where(np.isfinite(upper), upper, np.inf)
    if not kept:
        bounded = np.isfinite(lower)
        return Slopes(0 * median, np.where(bounded, 0.0, -np.inf), np.where(bounded, 0.0, np.inf))
    return Slopes(kept * median, kept * lower, kept * upper)


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """N securities that have a forecast and a quote. Weights are shares of wealth at bid; what cash lacks is elsewhere.

    `assets` are lines of the portfolio file, made up for those that it does not name. `columns`: places in the
    forecast. `turnover` (N,): roubles of a median day, 0 where unknown. `elsewhere`: share of wealth in what has no
    forecast; `cash`, `floor`: what there is of it, less what is withdrawn, and what the file wants at least.
    """

    tickers: tuple[str, ...]
    assets: tuple[Asset, ...]
    quotes: tuple[Quote, ...]
    columns: tuple[int, ...]
    turnover: Floats
    wealth: Decimal
    weights: Floats
    elsewhere: float
    cash: float
    floor: float

    @property
    def sizes(self) -> Floats:
        """(N,) of the deals by which costs are judged: all that is held of it, else as much as is held of others.

        One lot at the least, all of the wealth at most.
        """
        held = self.weights[self.weights > 0]
        usual = float(held.mean()) if len(held) else 1.0 / len(self.tickers)
        lots = [float(each.ask * self._lot(at)) for at, each in enumerate(self.quotes)]
        sizes = np.maximum(np.where(self.weights > 0, self.weights, usual), np.array(lots) / float(self.wealth))
        return np.minimum(sizes, 1.0)

    def costs(self, deviation: Floats) -> UnitCosts:
        """Fee, half the spread, and impact by turnover; `deviation` (N,) of a year's return.

        σ√(deal / turnover) is the same of a day as of the whole horizon: both roots grow alike.
        """
        spread = [float((each.ask - each.bid) / (each.ask + each.bid)) for each in self.quotes]
        rate = np.array([float(each.fee.rate) for each in self.assets]) + np.array(spread)
        fixed = np.array([float(each.fee.fixed / self.wealth) for each in self.assets])
        with np.errstate(divide="ignore"):
            days = np.sqrt(float(self.wealth) / self.turnover)
        return UnitCosts(rate, fixed, IMPACT * deviation / np.sqrt(TRADING_DAYS) * days)

    def may_sell(self) -> Mask:
        """(N,) what is held, by a lot at the least, and is not forbidden to sell."""
        lots = [int(each.have) // self._lot(at) for at, each in enumerate(self.assets)]
        return np.array([each.permission.may_sell and n > 0 for each, n in zip(self.assets, lots, strict=True)], bool)

    def may_buy(self, qualified: frozenset[str], cap: Decimal | None) -> Mask:
        """(N,) what is not forbidden to buy, qualifies, and has room under the cap."""
        most = 1.0 if cap is None else float(cap)
        allowed = [
            each.permission.may_buy and ticker in qualified
            for each, ticker in zip(self.assets, self.tickers, strict=True)
        ]
        return np.array(allowed, bool) & (self.weights < most)

    def _lot(self, at: int) -> int:
        return self.assets[at].lot_size or self.quotes[at].lot_size


def case_of(
    portfolio: Portfolio, tickers: Sequence[str], quotes: Mapping[str, Quote], turnover: Mapping[str, float]
) -> Case:
    """The case of these tickers of a forecast; those without a quote are left out. `quotes` are by the file's names.

    The wealth must not be zero.
    """
    ours: dict[str, Asset] = {}
    for asset in portfolio.assets:
        ours.setdefault(without_board(asset.ticker), asset)
    assets = [ours.get(ticker) or Asset(ticker, fee=portfolio.fee) for ticker in tickers]
    there = [at for at, asset in enumerate(assets) if asset.ticker in quotes]
    wealth, cash = wealth_of(portfolio, quotes), portfolio.cash.have - portfolio.cash.withdraw
    priced = tuple(quotes[assets[at].ticker] for at in there)
    weights = [float(assets[at].have * quote.bid / wealth) for at, quote in zip(there, priced, strict=True)]
    return Case(
        tickers=tuple(tickers[at] for at in there),
        assets=tuple(assets[at] for at in there),
        quotes=priced,
        columns=tuple(there),
        turnover=np.array([turnover.get(tickers[at], 0.0) for at in there]),
        wealth=wealth,
        weights=np.array(weights),
        elsewhere=1.0 - float(cash / wealth) - sum(weights),
        cash=float(cash / wealth),
        floor=float(_floor(portfolio, wealth) / wealth),
    )


def wealth_of(portfolio: Portfolio, quotes: Mapping[str, Quote]) -> Decimal:
    """All that is held at bid, and cash, less what is withdrawn."""
    cash = portfolio.cash.have - portfolio.cash.withdraw
    return sum((each.have * quotes[each.ticker].bid for each in portfolio.assets), start=cash)


def _floor(portfolio: Portfolio, wealth: Decimal) -> Decimal:
    match portfolio.cash.want:
        case Money(money):
            return money
        case Percent(percent):
            return wealth * percent / HUNDRED
    return ZERO
