"""What a page has worked out in a process of its own: deals, reasons, the frontier.

Every function here is called by a `Child` as `(tell, ...)`; arguments and answers are plain values, so nothing of a
text is run again, and what was quoted once is the same in the deals, in the reasons and in the frontier.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from allocator.app import wire
from allocator.app.advice_quotes import Closes, priced
from allocator.app.auto_forecast import Outlook, read_outlook
from allocator.app.auto_targets import AutoTargets
from allocator.app.draft import Draft, Table, local, read
from allocator.app.rebalance import Rebalancer, has_auto
from allocator.config.settings import Settings
from allocator.core.accounts import Account
from allocator.core.errors import StoreError
from allocator.core.portfolio import Portfolio, Provider, without_board
from allocator.core.quote import Quotes
from allocator.core.text import Text
from allocator.market import QuoteProvider
from allocator.optimize import Explanation, FrontierPoint
from allocator.optimize.splitting import Split, deals_of, split
from allocator.report.answer import Answer
from allocator.store import Store

Tell = Callable[[Text, int, int], None]


@dataclass(frozen=True, slots=True)
class Task:
    """A portfolio to rebalance. `quotes` None: those of its provider. `accounts`: to give the deals out to.

    `outlook`: what `auto` assets go by, None without any; `moment`: now, aware.
    """

    portfolio: Portfolio
    moment: datetime
    quotes: Quotes | None = None
    outlook: Outlook | None = None
    accounts: tuple[Account, ...] = ()


@dataclass(frozen=True, slots=True)
class Solved:
    """The best deals, and who makes which: None where they are for nobody in particular."""

    answer: Answer
    split: Split | None = None


@dataclass(frozen=True, slots=True)
class Given:
    """A source of quotes that were had already."""

    given: Quotes
    name: str = "STORE"

    def quotes(self, tickers: Sequence[str]) -> Quotes:  # noqa: ARG002 -- they are those of the very portfolio
        return self.given


def outlook_of(store: Store, settings: Settings, portfolio: Portfolio) -> Outlook | None:
    """What the `auto` assets of a portfolio go by; None without any."""
    if not has_auto(portfolio):
        return None
    try:
        tickers = [without_board(each.ticker) for each in portfolio.assets]
        return read_outlook(store, settings.forecast.interval, tickers)
    except StoreError as error:
        return Outlook(trouble=error)


def task_of(store: Store, settings: Settings, draft: Draft, accounts: Sequence[Account], now: datetime) -> Task:
    """What is to be solved for a draft: what needs the store or the pasted table is read here, the rest over there.

    `accounts` to give the deals out to. Raises: as `draft.read`; as `priced` for closes that the store lacks;
    `TableError` for a pasted table that is wrong.
    """
    portfolio, quotes = read(draft), None
    outlook = outlook_of(store, settings, portfolio)
    match local(portfolio.options.provider, draft, store):
        case Closes() as closes:
            portfolio, quotes = priced(portfolio, closes)
        case Table() as table:
            quotes = table.quotes([asset.ticker for asset in portfolio.assets])
    return Task(portfolio, now, quotes, outlook, tuple(accounts))


def solved(tell: Tell, task: Task) -> Solved:
    """The deals of a task, and what each account does of them.

    Raises: as `Rebalancer.rebalance`.
    """
    cases = wire.rebalancer(progress=lambda doing: tell(doing, 0, 0))
    quotes, outlook = task.quotes, task.outlook
    if quotes is not None:
        cases = _with(cases, quotes)
    if outlook is not None:
        auto = AutoTargets(lambda _: outlook, lambda: task.moment)
        cases = replace(cases, auto=lambda: auto)
    answer = cases.rebalance(task.portfolio)
    if not task.accounts:
        return Solved(answer)
    seconds = answer.portfolio.options.time_limit_s
    return Solved(answer, split(deals_of(answer.plan), task.accounts, solver=cases.solver, time_limit_s=seconds))


def explained(tell: Tell, answer: Answer) -> Explanation:
    """Why these deals and no others."""
    return wire.rebalancer(progress=lambda doing: tell(doing, 0, 0)).explain(answer)


def frontier_of(tell: Tell, answer: Answer) -> tuple[FrontierPoint, ...]:
    """What each further deal buys, at the quotes of the answer.

    Raises: `PlanError`.
    """
    cases = _with(wire.rebalancer(progress=lambda doing: tell(doing, 0, 0)), answer.quotes)
    return cases.frontier(answer.portfolio)


def _with(cases: Rebalancer, quotes: Quotes) -> Rebalancer:
    def provider_of(_: Provider) -> QuoteProvider:
        return Given(quotes)

    return replace(cases, provider_of=provider_of)
