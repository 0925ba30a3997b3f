"""From the forecast in the store and a portfolio file to what to buy and sell, with proofs and whole lots."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

import numpy as np

from allocator.app.auto_forecast import stale
from allocator.app.auto_papers import TRADING_DAYS, kept_of
from allocator.app.forecast_storing import forecast_of, holdings_of
from allocator.app.rebalance import Rebalancer
from allocator.app.recommending_case import Case, Slopes, case_of, slopes_of, wealth_of
from allocator.app.universe import Size, select
from allocator.config.settings import Settings
from allocator.core.bars import Floats, Interval, Mask
from allocator.core.errors import ForecastError, MarketError, PlanError
from allocator.core.portfolio import ZERO, Asset, Money, Permission, Portfolio, Units, without_board
from allocator.core.quote import Quotes
from allocator.core.text import Text, text
from allocator.forecast.ensemble import Forecast
from allocator.optimize import Plan, pose, solve
from allocator.optimize.recommendation import Recommendations, UnitCosts, recommend
from allocator.optimize.single_period import DealCosts, Limits, SinglePeriod
from allocator.report.recommendation import Action, Advice, RecommendationView
from allocator.report.universe import Selection
from allocator.store import Store, StoredForecast, StoredViews

QUANTUM = Decimal("0.0001")  # units of a target: finer than any lot
LEAST_MODELS = 2


class Recommender:
    """Reads the newest forecast of a store and says what to deal in a portfolio.

    `aversion`: over the file's; with `of_models` each model's own. `cases` reads quotes and solves. `whose`: how a
    forecast is told of the portfolio, "--accounts" when it is that of the store; None: by its path.
    """

    def __init__(
        self,
        store: Store,
        settings: Settings,
        cases: Rebalancer,
        *,
        now: Callable[[], datetime],
        interval: Interval | None = None,
        aversion: Decimal | None = None,
        of_models: bool = False,
        whose: str | None = None,
    ) -> None:
        self._store, self._settings, self._cases, self._now = store, settings, cases, now
        self._interval = interval or settings.forecast.interval
        self._aversion, self._of_models, self._whose = aversion, of_models, whose

    def recommend(self, portfolio: Portfolio) -> RecommendationView:
        """What to buy and sell now.

        Raises: `ForecastError` without a forecast, or with an old one; `StoreError`; `MarketError` for quotes of what
        is held; `PlanError` when no deals can pay for what is to be withdrawn, or there is no wealth.
        """
        stored, views, forecast = self._read(portfolio)
        today = self._now().date()
        chosen = select(self._store, self._settings.universe, Size(portfolio=portfolio), today=today)
        quotes, notes = self._quotes(portfolio, forecast.tickers)
        if wealth_of(portfolio, quotes.by_ticker) <= 0:
            raise PlanError(
                text("{path}: the portfolio has no value to deal with.", path=portfolio.path),
                text("Write what you hold in [have] and your money in [cash]."),
            )
        turnover = {each.ticker: each.median_turnover or 0.0 for each in chosen.universe.verdicts}
        case = case_of(portfolio, forecast.tickers, quotes.by_ticker, turnover)
        found = self._judged(portfolio, case, stored, views, forecast, frozenset(chosen.universe.qualified))
        plan = self._plan(portfolio, quotes, found) if found.dealing else None
        return RecommendationView(
            rows=tuple(_rows(found, plan, chosen)),
            sentence=stored.verdict,
            recommended=found.rule,
            tickers=case.tickers,
            plan=plan,
            quotes=quotes,
            outdated=None if stored.holdings is None else stored.holdings != holdings_of(portfolio),
            again=self._again(portfolio),
            interval=stored.interval,
            as_of=stored.as_of,
            made=stored.made,
            kept=found.kept,
            aversion=None if self._of_models else float(found.aversion),
            horizon=portfolio.forecast.horizon,
            bars_ahead=stored.horizon,
            models=forecast.models,
            witnesses=forecast.witnesses,
            notes=(*portfolio.notes, *notes, *self._remarks(portfolio, case, forecast), *quotes.notes),
        )

    def _again(self, portfolio: Portfolio) -> str:
        """The command that makes a forecast for this portfolio."""
        command = "allocator forecast" if self._interval is Interval.DAY else "allocator forecast --interval hour"
        return f"{command} {self._whose or f'--portfolio {portfolio.path}'}"

    def _read(self, portfolio: Portfolio) -> tuple[StoredForecast, StoredViews, Forecast]:
        """The newest forecast. Raises: `ForecastError` when there is none that a recommendation can stand on."""
        again = text("Type: {command}", command=self._again(portfolio))
        with self._store.reading() as tx:
            stored = tx.forecasts.last(self._interval)
        if stored is None:
            raise ForecastError(text("{name}: there is no forecast yet.", name=self._store.name), again)
        if stored.views is None:
            raise ForecastError(
                text("The forecast of {day} does not say what each model said: it was made by an older version.",
                     day=stored.as_of.date()),
                again,
            )  # fmt: skip
        forecast = forecast_of(stored)
        trouble = stale(forecast, portfolio.forecast.maximum_age, self._now().date())
        if trouble is not None:
            raise trouble
        return stored, stored.views, forecast

    def _quotes(self, portfolio: Portfolio, tickers: Sequence[str]) -> tuple[Quotes, list[Text]]:
        """Of all that is in the file or forecast. What is not in the file and has no quote is left out, with a note.

        Raises: `MarketError`.
        """
        source = portfolio.options.provider
        self._cases.progress(text("asking {provider} for quotes", provider=source.name))
        provider = self._cases.provider_of(source)
        own = [asset.ticker for asset in portfolio.assets]
        known = set(map(without_board, own))
        more = [ticker for ticker in tickers if ticker not in known]
        notes: list[Text] = []
        while True:
            try:
                return provider.quotes([*own, *more]), notes
            except MarketError as error:
                culprits = {str(message.values.get("ticker")) for message, _ in error.lines}
                if not culprits <= set(more):
                    raise
                more = [ticker for ticker in more if ticker not in culprits]
                without = ", ".join(sorted(culprits))
                notes.append(text("without a quote, and so not recommended: {tickers}", tickers=without))

    def _judged(
        self,
        portfolio: Portfolio,
        case: Case,
        stored: StoredForecast,
        views: StoredViews,
        forecast: Forecast,
        qualified: frozenset[str],
    ) -> _Found:
        """Slopes, bounds, the rule, and the weights that follow."""
        if not case.tickers:
            raise ForecastError(
                text("No security of the forecast has a quote."), text("See which it has: allocator forecast")
            )
        rules = portfolio.forecast
        own = np.full(len(stored.models), float(rules.risk_aversion if self._aversion is None else self._aversion))
        aversion = views.aversion if self._of_models else own
        kept, counted = kept_of(portfolio.forecast, stored.shrink, stored.horizon, stored.interval)
        slopes = slopes_of(forecast, views, case.columns, case.weights, aversion, counted)
        costs = case.costs(forecast.deviation[list(case.columns)])
        each = costs.of(case.sizes) * TRADING_DAYS / rules.horizon
        lower, upper = slopes.lower - each, slopes.upper + each
        agreed = forecast.agreement[list(case.columns)] >= float(rules.agreement)
        may_buy, may_sell = case.may_buy(qualified, rules.cap) & agreed, case.may_sell()
        may_buy &= slopes.upper >= 0  # nor for free cash, what is proven to be worse than cash
        free = case.cash > case.floor
        rule = recommend(lower, upper, may_buy, may_sell & agreed, free_cash=free)
        if not ((free or rule.sells) and counted):  # nothing to spend, or nothing that tells one name from another
            rule = replace(rule, spare=None)
        found = _Found(case, slopes, costs, lower, upper, rule, kept, float(np.median(aversion)), case.weights)
        return replace(found, weights=found.best(forecast, rules.cap, may_sell, rules.horizon / TRADING_DAYS))

    def _plan(self, portfolio: Portfolio, quotes: Quotes, found: _Found) -> Plan:
        """Whole lots as near as can be to the weights; whoever is not to be dealt in is kept as he is."""
        self._cases.progress(text("looking for the best plan"))
        case, wealth = found.case, found.case.wealth
        wanted: dict[str, Asset] = {}
        for at in np.flatnonzero(found.weights != case.weights):
            asset, up = case.assets[at], found.weights[at] > case.weights[at]
            units = Decimal(repr(float(found.weights[at]))) * wealth / case.quotes[at].bid
            wanted[asset.ticker] = replace(
                asset,
                target=Units(units.quantize(QUANTUM)),
                permission=Permission.BUY if up else Permission.SELL,
            )
        kept = [
            wanted.pop(asset.ticker, replace(asset, target=Units(asset.have), permission=Permission.KEEP))
            for asset in portfolio.assets
        ]
        cash = Decimal(repr(max(0.0, found.cash_after))) * wealth
        posed = replace(
            portfolio,
            assets=(*kept, *wanted.values()),
            cash=replace(portfolio.cash, want=None if portfolio.cash.want is None else Money(cash.quantize(QUANTUM))),
            options=replace(portfolio.options, use_all_cash=False),
        )
        options = posed.options
        return solve(
            pose(posed, quotes),
            solver=self._cases.solver,
            time_limit_s=options.time_limit_s,
            gap=options.gap,
            clock=self._cases.clock,
            progress=self._cases.progress,
        )

    def _remarks(self, portfolio: Portfolio, case: Case, forecast: Forecast) -> Iterator[Text]:
        known = {asset.ticker for asset in case.assets}
        silent = [asset.ticker for asset in portfolio.assets if asset.have and asset.ticker not in known]
        if silent:
            yield text("without a forecast, and so kept as they are: {tickers}", tickers=", ".join(silent))
        if forecast.models < LEAST_MODELS:
            yield text("one model has no bounds; train more: allocator train --count 5")


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    """What is known of a case; `weights` (N,) after the deals, before they are rounded to lots."""

    case: Case
    slopes: Slopes
    costs: UnitCosts
    lower: Floats
    upper: Floats
    rule: Recommendations
    kept: float
    aversion: float
    weights: Floats

    @property
    def bought(self) -> tuple[int, ...]:
        return self.rule.buys or (() if self.rule.spare is None else (self.rule.spare,))

    @property
    def short(self) -> bool:
        """Whether there is less cash than is to be withdrawn and kept."""
        return self.case.cash < self.case.floor - 1e-12

    @property
    def dealing(self) -> bool:
        """Whether a plan is to be looked for; of a debt the plan says that nothing can pay it."""
        return self.case.cash < 0 or bool((self.weights != self.case.weights).any())

    @property
    def cash_after(self) -> float:
        """Share of wealth, before costs."""
        return 1.0 - self.case.elsewhere - float(self.weights.sum())

    def best(self, forecast: Forecast, cap: Decimal | None, may_sell: Mask, years: float) -> Floats:
        """(N,) the weights of the single-period optimum in which only what is recommended is dealt in.

        Its forecast is that of the table: at the weights of now its slope is the median of the models'. When cash is
        lacking, whatever may be sold is looked at to raise it.
        """
        case, held = self.case, self.case.weights
        buys, sells = np.zeros(len(held), bool), np.zeros(len(held), bool)
        buys[list(self.bought)] = True
        sells[list(self.rule.sells)] = True
        if self.short:
            sells |= may_sell
        if not (buys.any() or sells.any() or self.short):
            return held
        covariance = forecast.covariance[np.ix_(case.columns, case.columns)]
        mean = self.slopes.median + 2 * self.aversion * (covariance @ held)
        sizes = case.sizes
        each = np.minimum(self.costs.rate + self.costs.fixed / sizes, 0.99)
        impact = np.where(buys | sells, np.nan_to_num(self.costs.impact, posinf=0.0), 0.0)
        raised = np.where(sells, held * (1.0 - each) - impact * held**1.5, 0.0)
        most = np.maximum(held, 1.0 if cap is None else float(cap))
        deals = SinglePeriod(len(held)).solve(
            years * mean,
            years * covariance,
            held,
            gamma=self.aversion,
            costs=DealCosts(each, each, impact),
            limits=Limits(
                upper=np.where(buys, most, held),
                may_buy=buys,
                may_sell=sells,
                # What cannot be reached is left to the plan: wanted cash is a wish, a debt an error in money.
                cash_lower=case.elsewhere + min(max(case.floor, 0.0), case.cash + float(raised.clip(min=0.0).sum())),
                names=case.tickers,
            ),
        )
        return np.where(np.abs(deals.change) < 1e-9, held, deals.weights)


def _rows(found: _Found, plan: Plan | None, chosen: Selection) -> Iterator[Advice]:
    """One for each security, the steepest first."""
    case, rule = found.case, found.rule
    dealt = {} if plan is None else {row.position.ticker: row for row in plan.rows if row.lots}
    for at in sorted(range(len(case.tickers)), key=lambda n: (-found.slopes.median[n], case.tickers[n])):
        asset, quote = case.assets[at], case.quotes[at]
        row = dealt.get(asset.ticker)
        action = Action.NONE
        if at in rule.buys:
            action = Action.BUY
        elif at in rule.sells:
            action = Action.SELL
        elif at == rule.spare:
            action = Action.FREE_CASH
        elif row is not None:
            action = Action.RAISE_CASH
        paper = chosen.securities.get(case.tickers[at])
        price = quote.ask if row is not None and row.lots > 0 else quote.bid
        yield Advice(
            ticker=asset.ticker,
            name=(paper.name if paper else None) or quote.name or "",
            weight=float(case.weights[at]),
            gradient=float(found.slopes.median[at]),
            lower=float(found.lower[at]),
            upper=float(found.upper[at]),
            action=action,
            lots=row.lots if row else 0,
            units=row.change if row else ZERO,
            price=price,
            money=abs(row.change) * price if row else ZERO,
        )
