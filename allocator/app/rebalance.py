"""From a portfolio file to the best whole-lot deals, to what each further deal buys, and to the reasons."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

from allocator import config
from allocator.core.portfolio import Model, Portfolio, Provider
from allocator.core.quote import Quotes
from allocator.core.text import Text, text
from allocator.market import QuoteProvider
from allocator.optimize import Explanation, FrontierPoint, Problem, explain, frontier, pose, solve
from allocator.report import Answer


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
    """The use cases of one command line. `provider_of` opens a source of quotes; `solver` is `highs` or `cbc`."""

    provider_of: Callable[[Provider], QuoteProvider]
    overrides: Overrides = Overrides()
    solver: str = "highs"
    clock: Callable[[], float] = time.monotonic
    progress: Callable[[Text], None] = silent

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

    def rebalance(self, portfolio: Portfolio) -> Answer:
        """The best deals at the prices of now.

        Raises: `MarketError`; `PlanError` when there is no plan; `ConfigError` for a target that no price can serve.
        """
        quotes = self.quotes(portfolio)
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
        return Answer(portfolio, quotes, plan)

    def frontier(self, portfolio: Portfolio) -> tuple[FrontierPoint, ...]:
        """The best plan of at most 0, 1, 2, ... deals, until more of them buy nothing.

        Raises: as `rebalance`.
        """
        options = portfolio.options
        return frontier(
            self._posed(portfolio, self.quotes(portfolio)),
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
