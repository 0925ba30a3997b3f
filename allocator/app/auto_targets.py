"""`auto` in `[want]`: what the percentages leave, shared by the forecast in the store at the prices of now.

How it is done and why is told in `docs/auto.md`. Everything here is loaded only for a portfolio that has `auto` assets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

import numpy as np

from allocator.app.auto_case import Case, without_forecast
from allocator.app.auto_forecast import Outlook, stale, told
from allocator.app.auto_papers import with_forecast
from allocator.app.auto_sharing import as_percents
from allocator.core.errors import ForecastError, StoreError
from allocator.core.portfolio import ZERO, Auto, Percent, Portfolio, without_board
from allocator.core.quote import Quotes
from allocator.core.text import Text, text
from allocator.optimize import pose
from allocator.report.auto import AutoShares

HUNDRED = Decimal(100)


class AutoTargets:
    """Finds the shares of `auto` assets. `look` reads the store for some tickers and raises `StoreError`.

    What it read is kept for as long as the file and the day stay the same: `--watch` looks at the store once.
    """

    def __init__(self, look: Callable[[Sequence[str]], Outlook], now: Callable[[], datetime]) -> None:
        self._look, self._now = look, now
        self._seen: tuple[Portfolio, date] | None = None
        self._outlook = Outlook()

    def outlook(self, portfolio: Portfolio) -> Outlook:
        """What the shares are to go by.

        Raises: `ForecastError` when there is no forecast, or an old one, and the file names no fallback.
        """
        today = self._now().date()
        if self._seen != (portfolio, today):
            try:
                found = self._look([without_board(asset.ticker) for asset in portfolio.assets])
            except StoreError as error:
                found = Outlook(trouble=error)
            self._outlook = _judged(found, portfolio, today)
            self._seen = None if self._outlook.trouble else (portfolio, today)
        if self._outlook.trouble and portfolio.forecast.fallback is None:
            raise _needed(portfolio, self._outlook)
        return self._outlook

    def checked(self, portfolio: Portfolio) -> tuple[Portfolio, tuple[Text, ...]]:
        """The portfolio with equal shares, for want of prices, and what the shares would go by.

        Raises: `ForecastError` as `outlook`.
        """
        equal, left = evenly(portfolio)
        return equal, tuple(told(self.outlook(portfolio), portfolio)) if left else ()

    def resolve(self, portfolio: Portfolio, quotes: Quotes) -> tuple[Portfolio, AutoShares | None]:
        """The portfolio with a percentage in the place of each `auto`, and how they came about.

        None where there is nothing to share: the percentages leave nothing, or there is no money.

        Raises: `ForecastError` as `outlook`; `PlanError` when no shares satisfy the rules, `MarketError` for quotes.
        """
        equal, left = evenly(portfolio)
        problem = pose(equal, quotes)
        positions = [each for each in problem.positions if isinstance(each.target, Percent) and each.target.auto]
        room = sum((each.ideal for each in positions), start=ZERO)
        if not left:
            return equal, None
        outlook = self.outlook(portfolio)
        if not room:
            return equal, None
        case = Case(portfolio, problem, tuple(positions), left, room, outlook)
        shares = _shared(case)
        percents = {each.ticker: Percent(each.percent, auto=True) for each in shares.shares}
        return _with(portfolio, percents, shares.notes), shares


def _shared(case: Case) -> AutoShares:
    """By the forecast; as the fallback says where there is none, or its figures are no use."""
    outlook = case.outlook
    if outlook.forecast is not None:
        try:
            return with_forecast(case, outlook.forecast)
        except ForecastError as error:
            outlook = replace(outlook, forecast=None, trouble=error)
        if case.rules.fallback is None:
            raise _needed(case.portfolio, outlook)
    return without_forecast(replace(case, outlook=outlook))


def evenly(portfolio: Portfolio) -> tuple[Portfolio, Decimal]:
    """The portfolio with equal shares for its `auto` assets, and the percentage that is left for all of them."""
    targets = [portfolio.cash.want, *(asset.target for asset in portfolio.assets)]
    left = HUNDRED - sum((target.percent for target in targets if isinstance(target, Percent)), start=ZERO)
    autos = [asset.ticker for asset in portfolio.assets if isinstance(asset.target, Auto)]
    percents = as_percents(np.ones(len(autos)), left)
    return _with(portfolio, {t: Percent(p, auto=True) for t, p in zip(autos, percents, strict=True)}), left


def _with(portfolio: Portfolio, percents: Mapping[str, Percent], notes: Iterable[Text] = ()) -> Portfolio:
    assets = tuple(
        replace(asset, target=percents[asset.ticker]) if asset.ticker in percents else asset
        for asset in portfolio.assets
    )
    return replace(portfolio, assets=assets, notes=(*portfolio.notes, *notes))


def _judged(found: Outlook, portfolio: Portfolio, today: date) -> Outlook:
    """With a trouble when the forecast is too old, or knows none of the `auto` assets."""
    forecast = found.forecast
    if forecast is None:
        return found
    autos = [without_board(asset.ticker) for asset in portfolio.assets if isinstance(asset.target, Auto)]
    trouble = stale(forecast, portfolio.forecast.maximum_age, today)
    if trouble is None and not set(autos) & set(forecast.tickers):
        trouble = ForecastError(
            text("the forecast of {day} has none of them", day=forecast.as_of.date()),
            text("See which it has: allocator forecast; and why: allocator universe --all."),
        )
    return found if trouble is None else replace(found, forecast=None, trouble=trouble)


def _needed(portfolio: Portfolio, outlook: Outlook) -> ForecastError:
    trouble = outlook.trouble
    assert trouble
    autos = [asset.ticker for asset in portfolio.assets if isinstance(asset.target, Auto)]
    do_without = text("Write fallback = EQUAL under [forecast] to do without.")
    return ForecastError(
        text(
            "{path}: auto of {tickers} needs a forecast: {reason}",
            path=portfolio.path,
            tickers=", ".join(autos),
            reason=trouble.message,
        ),
        _both(trouble.hint, do_without),
    )


def _both(one: Text | None, other: Text) -> Text:
    """Two hints as one, each a sentence."""
    if one is None:
        return other
    if str(one).endswith("."):
        return text("{one} {other}", one=one, other=other)
    return text("{one}. {other}", one=one, other=other)
