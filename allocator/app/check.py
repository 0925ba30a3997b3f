"""Whether a portfolio file can be rebalanced, as far as that is known without a network."""

from __future__ import annotations

from decimal import Decimal

from allocator.app.rebalance import Rebalancer
from allocator.core.portfolio import Percent, Portfolio, Units
from allocator.core.quote import Quote, Quotes
from allocator.core.text import Text, text
from allocator.optimize import pose


def check(rebalancer: Rebalancer, portfolio: Portfolio) -> tuple[Text, ...]:
    """What the file asks for, in words. Quotes are looked at if they come from a file.

    Raises: `ConfigError` for a target that no price can serve; `MarketError` for a bad file of quotes.
    """
    pose(portfolio, _any_prices(portfolio))
    if portfolio.options.provider.name == "FILE":
        problem = pose(portfolio, rebalancer.quotes(portfolio))
        return (*_words(portfolio), *_once(portfolio.notes + problem.notes))
    return (*_words(portfolio), *portfolio.notes)


def _any_prices(portfolio: Portfolio) -> Quotes:
    """One for every price: what is wrong at these prices is wrong with the file."""
    one = Decimal(1)
    return Quotes("check", {asset.ticker: Quote(asset.ticker, one, one) for asset in portfolio.assets})


def _words(portfolio: Portfolio) -> tuple[Text, ...]:
    percents = sum(isinstance(asset.target, Percent) for asset in portfolio.assets)
    unwanted = sum(asset.target == Units(Decimal(0)) for asset in portfolio.assets)
    provider = portfolio.options.provider
    source: Text | str = provider.name
    if provider.path is not None:
        source = text("{provider} ({source})", provider=provider.name, source=provider.path)
    return (
        text(
            "{path} is in order: assets wanted in percent: {percents}, in units: {units}, not wanted: {rest}; "
            "quotes: {source}.",
            path=portfolio.path,
            percents=percents,
            units=len(portfolio.assets) - percents - unwanted,
            rest=unwanted,
            source=source,
        ),
    )


def _once(notes: tuple[Text, ...]) -> tuple[Text, ...]:
    return tuple({str(note): note for note in notes}.values())
