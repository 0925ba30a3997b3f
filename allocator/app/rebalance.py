"""From a portfolio file to the best whole-lot deals, to what each further deal buys, and to the reasons."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from allocator import config
from allocator.core.portfolio import Auto, Model, Portfolio, Provider
from allocator.core.quote import Quotes
from allocator.core.text import Text, text
from allocator.market import QuoteProvider
from allocator.optimize import Explanation, FrontierPoint, Problem, explain, frontier, pose, solve
from allocator.report import Answer

if TYPE_CHECKING:  # a store and a solver of their own: a portfolio without `auto` does without
    from allocator.app.auto_targets import AutoTargets
    from allocator.report.auto import AutoShares


@dataclass(frozen=True, slots=True)
class Overrides:
    """What the user asks for over what the portfolio file says; None leaves the file's word."""

    provider: Provider | None = None
    model: Model | None = None
    time_limit_s: float | None = None
    gap: Decimal | None = None

    def over(self, portfolio: Portfolio) -> Portfolio:
        options = portfolio.options
        return replace(
            portfolio,
            options=replace(
                options,
                provider=self.provider or options.provider,
                model=self.model or options.model,
                time_limit_s=options.time_limit_s if self.time_limit_s is None else self.time_limit_s,
                gap=options.gap if self.gap is None else self.gap,
            ),
        )


def silent(_: Text) -> None:
    """Progress that nobody looks at."""


@dataclass(frozen=True, slots=True)
class Rebalancer:
    """The use cases of one command line. `provider_of` opens a source of quotes; `solver` is `highs` or `cbc`.

    `auto` gives what sets the shares of `auto` assets, the same at each call; None: they are refused.
    """

    provider_of: Callable[[Provider], QuoteProvider]
    overrides: Overrides = Overrides()
    solver: str = "highs"
    clock: Callable[[], float] = time.monotonic
    progress: Callable[[Text], None] = silent
    auto: Callable[[], AutoTargets] | None = None

    def read(self, path: Path) -> Portfolio:
        """The portfolio file with the overrides.

        Raises: `ConfigError` with all that is wrong in it.
        """
        return self.overrides.over(config.load(path))

    def quotes(self, portfolio: Portfolio) -> Quotes:
        """Prices for every asset of the portfolio.

        Raises: `MarketError`.
        """
        provider = portfolio.options.provider
        self.progress(text("asking {provider} for quotes", provider=provider.name))
        return self.provider_of(provider).quotes([asset.ticker for asset in portfolio.assets])

    def shared(self, portfolio: Portfolio, quotes: Quotes) -> tuple[Portfolio, AutoShares | None]:
        """The portfolio with a percentage in the place of each `auto`, and how they came about; None without any.

        Raises: `ForecastError` when there is no forecast to go by; `PlanError` when no shares satisfy the rules.
        """
        if self.auto is None or not has_auto(portfolio):
            return portfolio, None
        self.progress(text("reading the forecast"))
        return self.auto().resolve(portfolio, quotes)

    def rebalance(self, portfolio: Portfolio) -> Answer:
        """The best deals at the prices of now.

        Raises: `MarketError`; `PlanError` when there is no plan; as `shared`.
        """
        quotes = self.quotes(portfolio)
        portfolio, shares = self.shared(portfolio, quotes)
        problem = self._posed(portfolio, quotes)
        options = portfolio.options
        plan = solve(
            problem,
            solver=self.solver,
            time_limit_s=options.time_limit_s,
            gap=options.gap,
            clock=self.clock,
            progress=self.progress,
        )
        return Answer(portfolio, quotes, plan, shares)

    def frontier(self, portfolio: Portfolio) -> tuple[FrontierPoint, ...]:
        """The best plan of at most 0, 1, 2, ... deals, until more of them buy nothing.

        Raises: as `rebalance`.
        """
        quotes = self.quotes(portfolio)
        portfolio, _ = self.shared(portfolio, quotes)
        options = portfolio.options
        return frontier(
            self._posed(portfolio, quotes),
            solver=self.solver,
            time_limit_s=options.time_limit_s,
            gap=options.gap,
            clock=self.clock,
        )

    def explain(self, answer: Answer) -> Explanation:
        """Why these deals and no others."""
        options = answer.portfolio.options
        self.progress(text("looking for the reasons"))
        return explain(
            answer.plan, solver=self.solver, time_limit_s=options.time_limit_s, gap=options.gap, clock=self.clock
        )

    def _posed(self, portfolio: Portfolio, quotes: Quotes) -> Problem:
        self.progress(text("looking for the best plan"))
        return pose(portfolio, quotes)


def has_auto(portfolio: Portfolio) -> bool:
    """Whether a share is left to the forecast."""
    return any(isinstance(asset.target, Auto) for asset in portfolio.assets)
