"""What to deal on the accounts of a store: worked out for all of them as one, given out to each, kept for the pages."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from allocator.app.accounts_pace import pace
from allocator.app.accounts_portfolio import of_all
from allocator.app.advice_kept import FACT, Advice, Basis, kept_advice
from allocator.app.advice_quotes import Closes, Patient, blamed
from allocator.app.frozen import packed
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
from allocator.report.recommendation import RecommendationView
from allocator.store import Store, Transaction

__all__ = ["FACT", "Advice", "Basis", "Considered", "advise", "considered", "keep", "kept_advice", "whole"]

WHOSE = "--accounts"  # how `allocator forecast` is told of them


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
