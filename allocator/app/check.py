"""Whether a portfolio file can be rebalanced, as far as that is known without a network."""

from __future__ import annotations

from decimal import Decimal

from allocator.app.rebalance import Rebalancer, has_auto
from allocator.core.portfolio import Auto, Percent, Portfolio, Units
from allocator.core.quote import Quote, Quotes
from allocator.core.text import Text, text
from allocator.optimize import pose


def check(rebalancer: Rebalancer, portfolio: Portfolio) -> tuple[Text, ...]:
    """What the file asks for, in words. Quotes are looked at if they come from a file, the store for `auto` assets.

    Raises: `ConfigError` for a target that no price can serve; `MarketError` for a bad file of quotes; `ForecastError`
    when `auto` assets have neither a forecast nor a fallback.
    """
    posable, notes = portfolio, portfolio.notes
    if rebalancer.auto is not None and has_auto(portfolio):
        posable, told = rebalancer.auto().checked(portfolio)
        notes += told
    pose(posable, _any_prices(portfolio))
    if portfolio.options.provider.name == "FILE":
        quotes = rebalancer.quotes(portfolio)
        shared, _ = rebalancer.shared(portfolio, quotes)
        problem = pose(shared, quotes)
        notes += shared.notes + problem.notes
    return (*_words(portfolio), *_once(notes))


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
    autos = sum(isinstance(asset.target, Auto) for asset in portfolio.assets)
    counts = {
        "path": portfolio.path,
        "percents": percents,
        "units": len(portfolio.assets) - percents - unwanted - autos,
        "rest": unwanted,
        "source": source,
    }
    if autos:
        return (
            text(
                "{path} is in order: assets wanted in percent: {percents}, by forecast: {autos}, in units: {units}, "
                "not wanted: {rest}; quotes: {source}.",
                autos=autos,
                **counts,
            ),
        )
    return (
        text(
            "{path} is in order: assets wanted in percent: {percents}, in units: {units}, not wanted: {rest}; "
            "quotes: {source}.",
            **counts,
        ),
    )


def _once(notes: tuple[Text, ...]) -> tuple[Text, ...]:
    return tuple({str(note): note for note in notes}.values())
