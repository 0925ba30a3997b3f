"""What to deal on the accounts of a store: worked out for all of them as one, given out to each, kept for the pages.

What is kept says what it was worked out from, so that whoever reads it sees, without any other look, that an account,
the targets or the forecast is another one by now.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from allocator.app.accounts_pace import pace
from allocator.app.accounts_portfolio import of_all
from allocator.app.advice_quotes import Closes, Patient, blamed
from allocator.app.frozen import packed, unpacked
from allocator.app.rebalance import Rebalancer
from allocator.app.recommending import Recommender
from allocator.app.recommending_case import wealth_of
from allocator.config.settings import Settings
from allocator.core.bars import Interval
from allocator.core.errors import MarketError, PlanError, UsageError
from allocator.core.portfolio import Portfolio, Provider, without_board
from allocator.core.text import Text, text
from allocator.market import QuoteProvider
from allocator.optimize.plan import Status
from allocator.optimize.problem import exact
from allocator.optimize.splitting import Split, deals_of, split
from allocator.report.recommendation import Advice as Row
from allocator.report.recommendation import RecommendationView
from allocator.store import Store, Transaction

FACT = "advice"
WHOSE = "--accounts"  # how `allocator forecast` is told of them


@dataclass(frozen=True, slots=True)
class Basis:
    """What advice was worked out from: accounts with their versions, that of the targets, the forecast's number."""

    accounts: tuple[tuple[str, int], ...]
    policy: int
    forecast: int | None

    @classmethod
    def of(cls, tx: Transaction, interval: Interval) -> Basis:
        """As the store has them now."""
        accounts = tuple((each.name, each.version) for each in tx.accounts.all())
        newest = tx.forecasts.newest(interval)
        return cls(accounts, tx.accounts.policy().version, newest[0] if newest else None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """What to deal, as it is kept; shares are fractions, slopes of a year.

    `rows`: every security, the steepest first; `split`: the exact deals of each account, its cash before and after.
    `buy` and `sell`: names, the surest first; `free_cash`: the one for it. `breakeven`: None when no exchange is
    proven. `wealth`: at bid, less what is withdrawn. `proven`: whether no lots are nearer to the weights. `closes`:
    what is held or dealt and had no quote, with the day of the close that stood in for it. `for_holdings`: whether the
    forecast was made for these holdings, None of one made for nobody. `changed`: what is another by now than when this
    was worked out; filled when it is read, empty while nothing is.
    """

    made: datetime
    basis: Basis
    verdict: Text
    interval: Interval
    as_of: datetime
    bars_ahead: int
    horizon: int
    kept: float
    aversion: float | None
    models: int
    witnesses: float
    rows: tuple[Row, ...]
    buy: tuple[str, ...]
    sell: tuple[str, ...]
    from_cash: bool
    to_cash: bool
    free_cash: str | None
    breakeven: float | None
    wealth: Decimal
    split: Split
    proven: bool
    provider: str
    quoted: datetime | None
    closes: tuple[tuple[str, date], ...]
    for_holdings: bool | None
    notes: tuple[Text, ...] = ()
    changed: tuple[Text, ...] = ()

    @property
    def outdated(self) -> bool:
        """Whether it is to be worked out again."""
        return bool(self.changed)

    @property
    def dealing(self) -> bool:
        """Whether any account has a deal to make."""
        return any(each.deals for each in self.split.accounts)


@dataclass(frozen=True, slots=True, eq=False)
class Considered:
    """What is recommended of the accounts as one, and who does what; `closes` as in `Advice`."""

    view: RecommendationView
    split: Split
    basis: Basis
    wealth: Decimal
    closes: tuple[tuple[str, date], ...]


def advise(store: Store, settings: Settings, cases: Rebalancer, now: Callable[[], datetime]) -> Advice:
    """Work out what to deal on the accounts of the store and keep it there. Prices that cannot be had are last closes.

    Raises: `UsageError` without accounts; `ForecastError` without a forecast, or with an old one; `MarketError` when
    there is a price neither at the source nor in the store; `PlanError`; `StoreError`.
    """
    found = considered(store, settings, cases, now, closes=True)
    return keep(store, found, now())


def keep(store: Store, found: Considered, made: datetime) -> Advice:
    """Put it into the store in place of what was there. Raises: `StoreError`."""
    advice = _advice(found, made)
    with store.transaction() as tx:
        tx.facts.set(FACT, packed(advice))
    return advice


def kept_advice(tx: Transaction) -> Advice | None:
    """What was advised last, with what has changed since; None before the first, or of another version's making.

    Raises: `StoreError`.
    """
    source = tx.facts.get(FACT)
    try:
        advice = unpacked(Advice, source) if source else None
    except ValueError:
        return None
    return advice and replace(advice, changed=tuple(_changed(advice.basis, Basis.of(tx, advice.interval))))


def considered(
    store: Store,
    settings: Settings,
    cases: Rebalancer,
    now: Callable[[], datetime],
    *,
    closes: bool = False,
    interval: Interval | None = None,
    aversion: Decimal | None = None,
    of_models: bool = False,
) -> Considered:
    """What to deal on the accounts; with `closes` the store's last ones stand in for quotes that cannot be had.

    Raises: as `advise`.
    """
    with store.reading() as tx:
        accounts = tx.accounts.all()
        basis = Basis.of(tx, interval or settings.forecast.interval)
        portfolio = cases.overrides.over(whole(tx, Path(store.name)))
        unwanted = tx.accounts.policy().exclude
    standing_in = Closes(store)
    excluded = (*settings.universe.exclude, *map(without_board, unwanted))
    recommender = Recommender(
        store,
        replace(settings, universe=replace(settings.universe, exclude=tuple(dict.fromkeys(excluded)))),
        _patient(cases, standing_in, portfolio) if closes else cases,
        now=now,
        interval=interval,
        aversion=aversion,
        of_models=of_models,
        whose=WHOSE,
    )
    portfolio, view = _recommended(recommender, portfolio, closes=closes)
    deals = deals_of(view.plan) if view.plan else ()
    shared = split(deals, accounts, solver=cases.solver, time_limit_s=portfolio.options.time_limit_s)
    with exact():
        wealth = wealth_of(portfolio, view.quotes.by_ticker)
    mine = {each.ticker for each in portfolio.assets if each.have} | {deal.ticker for deal in deals}
    days = tuple((ticker, day) for ticker, day in sorted(standing_in.days.items()) if ticker in mine)
    return Considered(view, shared, basis, wealth, days)


def whole(tx: Transaction, path: Path) -> Portfolio:
    """All accounts as one, for a forecast or advice: deals are kept as long as the log of trades says.

    Raises: `UsageError` without accounts, `PlanError` when there is nothing on them; `StoreError`.
    """
    accounts = tx.accounts.all()
    if not accounts:
        raise UsageError(
            text("There are no accounts in the store yet."), text("Bring one: allocator accounts import FILE.ini")
        )
    portfolio = of_all(accounts, tx.accounts.policy(), path)
    if not any(each.have for each in portfolio.assets) and portfolio.cash.have <= portfolio.cash.withdraw:
        raise PlanError(
            text("The accounts hold nothing: there is nothing to deal with."),
            text("Write down what they hold: on their pages, or in a file for allocator accounts import FILE.ini"),
        )
    return replace(portfolio, forecast=replace(portfolio.forecast, horizon=pace(tx).horizon))


def _patient(cases: Rebalancer, closes: Closes, portfolio: Portfolio) -> Rebalancer:
    """The same, with closes of the store where a source has no quotes; it asks a silent source once."""
    held = [each.ticker for each in portfolio.assets if each.have]

    @functools.cache
    def provider_of(spec: Provider) -> QuoteProvider:
        return Patient(lambda: cases.provider_of(spec), spec.name, closes, held)

    return replace(cases, provider_of=provider_of)


def _recommended(
    recommender: Recommender, portfolio: Portfolio, *, closes: bool
) -> tuple[Portfolio, RecommendationView]:
    """What is wanted but not held may lack a price; with `closes` what is held may too, and is left out by name."""
    notes: list[Text] = []
    while True:
        try:
            view = recommender.recommend(portfolio)
        except MarketError as error:
            culprits = blamed(error)
            lost = [each for each in portfolio.assets if each.ticker in culprits and (closes or not each.have)]
            if not lost:
                raise
            portfolio = replace(portfolio, assets=tuple(each for each in portfolio.assets if each not in lost))
            if held := ", ".join(each.ticker for each in lost if each.have):
                notes.append(text("without a price anywhere, and so left out with its value: {tickers}", tickers=held))
            continue
        return portfolio, replace(view, notes=(*view.notes, *notes))


def _advice(found: Considered, made: datetime) -> Advice:
    view, rule = found.view, found.view.recommended
    return Advice(
        made=made,
        basis=found.basis,
        verdict=view.sentence,
        interval=view.interval,
        as_of=view.as_of,
        bars_ahead=view.bars_ahead,
        horizon=view.horizon,
        kept=view.kept,
        aversion=view.aversion,
        models=view.models,
        witnesses=view.witnesses,
        rows=view.rows,
        buy=tuple(view.tickers[at] for at in rule.buys),
        sell=tuple(view.tickers[at] for at in rule.sells),
        from_cash=rule.from_cash,
        to_cash=rule.to_cash,
        free_cash=None if rule.spare is None else view.tickers[rule.spare],
        breakeven=rule.breakeven,
        wealth=found.wealth,
        split=found.split,
        proven=found.split.status is Status.OPTIMAL and (view.plan is None or view.plan.status is Status.OPTIMAL),
        provider=view.quotes.provider,
        quoted=view.quotes.time,
        closes=found.closes,
        for_holdings=None if view.outdated is None else not view.outdated,
        notes=view.notes,
    )


def _changed(then: Basis, now: Basis) -> Iterator[Text]:
    """What has become of that from which advice was worked out."""
    before, after = dict(then.accounts), dict(now.accounts)
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    if names:
        yield text("changed since: {accounts}", accounts=", ".join(names))
    if then.policy != now.policy:
        yield text("the targets or options have changed since")
    if then.forecast != now.forecast:
        yield text("there is a newer forecast")
