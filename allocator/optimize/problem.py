"""The whole-lot rebalancing problem, exactly: a portfolio at given prices and the ideal it is measured against.

For asset *i* with `bid`, `ask`, `have` units (H whole ones) and `lot_size` L, a plan is a signed whole
number of lots k: k > 0 buys k·L units at the ask, k < 0 sells them at the bid. Selling all H whole units sells
the fraction with them. Source: the problem's statement in `docs/portfolio-file.md`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import ROUND_FLOOR, Context, Decimal, localcontext
from pathlib import Path

from allocator.core.errors import ConfigError, MarketError
from allocator.core.portfolio import (
    ZERO,
    Asset,
    Auto,
    CashTarget,
    Fee,
    Model,
    Money,
    Percent,
    Permission,
    Portfolio,
    Target,
    Units,
)
from allocator.core.quote import Quote, Quotes
from allocator.core.text import Text, text

IDEAL_QUANTUM = Decimal("1e-10")
HUNDRED = Decimal(100)


@contextmanager
def exact() -> Iterator[None]:
    """Decimal arithmetic wide enough that sums and products of money never round."""
    with localcontext(Context(prec=200)):
        yield


@dataclass(frozen=True, slots=True)
class Position:
    """One asset of the problem: what is held, at which prices, and what the investor asks of it."""

    ticker: str
    bid: Decimal  # money per unit
    ask: Decimal
    lot_size: int  # units
    have: Decimal  # units, may be fractional
    target: Target
    fee: Fee
    permission: Permission
    ideal: Decimal  # money

    @property
    def whole_units(self) -> int:
        """H: the units that can be sold."""
        return int(self.have.to_integral_value(ROUND_FLOOR))

    @property
    def lots_to_sell(self) -> int:
        """The most lots that can be sold."""
        return self.whole_units // self.lot_size if self.permission.may_sell else 0

    @property
    def wanted(self) -> bool:
        """Whether the target is positive."""
        match self.target:
            case Units(units):
                return units > 0
            case Percent(percent):
                return percent > 0
        return False

    def units_traded(self, lots: int) -> Decimal:
        """The change in units, signed, with the fraction when every whole unit is sold."""
        units = lots * self.lot_size
        if lots < 0 and -units == self.whole_units:
            return -self.have
        return Decimal(units)

    def price(self, lots: int) -> Decimal:
        """The price at which that many lots are dealt."""
        return self.ask if lots > 0 else self.bid

    def deal_fee(self, lots: int) -> Decimal:
        """What the broker takes for the deal, in money."""
        if lots == 0:
            return ZERO
        return self.fee.fixed + self.fee.rate * abs(self.units_traded(lots)) * self.price(lots)

    def cash_flow(self, lots: int) -> Decimal:
        """What the deal adds to cash: negative for a purchase; fees taken."""
        return -self.units_traded(lots) * self.price(lots) - self.deal_fee(lots)

    def value(self, lots: int) -> Decimal:
        """The position's worth at bid after the deal."""
        return (self.have + self.units_traded(lots)) * self.bid

    def deviation(self, lots: int) -> Decimal:
        return abs(self.value(lots) - self.ideal)

    @property
    def next_lot_price(self) -> Decimal:
        """What one more lot costs when the asset has a buy deal already, percent fee included."""
        return self.ask * self.lot_size * (1 + self.fee.rate)


@dataclass(frozen=True, slots=True)
class Problem:
    """Positions, cash and rules. All money is exact; the ideals are constants (none depends on the plan)."""

    positions: tuple[Position, ...]
    cash_before: Decimal  # have − withdraw; may be negative
    cash_target: CashTarget | None  # None: cash is free and not scored
    cash_ideal: Decimal | None
    wealth: Decimal  # W
    percent_part: Decimal  # P
    use_all_cash: bool = False
    max_deals: int | None = None
    model: Model = Model.LAD
    notes: tuple[Text, ...] = field(default=())

    @property
    def scored_rows(self) -> int:
        """How many rows count in the mean deviation."""
        return len(self.positions) + (self.cash_ideal is not None)


def pose(portfolio: Portfolio, quotes: Quotes) -> Problem:
    """The problem that a portfolio poses at these quotes.

    Raises: `ConfigError` for an `auto` target, `MarketError` for a quote that is missing or not 0 < bid <= ask.
    """
    with exact():
        return _pose(portfolio, quotes)


def _pose(portfolio: Portfolio, quotes: Quotes) -> Problem:
    cash, options = portfolio.cash, portfolio.options
    priced = [(asset, _checked(asset, quotes, portfolio.path)) for asset in portfolio.assets]
    notes: list[Text] = []
    cash_target = cash.want
    if options.use_all_cash and cash_target is not None:
        notes.append(text("use all cash overrides cash want"))
        cash_target = None
    cash_before = cash.have - cash.withdraw
    wealth = sum((asset.have * quote.bid for asset, quote in priced), start=cash_before)
    in_units = sum((quote.bid * reachable(asset) for asset, quote in priced), start=ZERO)
    reserved = cash_target.money if isinstance(cash_target, Money) else ZERO
    percent_part = max(ZERO, wealth - in_units - reserved)
    targets = [cash_target, *(asset.target for asset, _ in priced)]
    percents = sum((target.percent for target in targets if isinstance(target, Percent)), start=ZERO)
    if percents and percent_part == 0:
        notes.append(text("there is no money for the part wanted in percent"))

    def ideal(target: Target | CashTarget, bid: Decimal) -> Decimal:
        match target:
            case Units(units):
                return units * bid
            case Money(money):
                return money
            case Percent(percent) if percent:
                share = percent_part * percent
                # Exact whenever the percentages add up to 100; else the nearest 1e-10 of money.
                return share / HUNDRED if percents == HUNDRED else (share / percents).quantize(IDEAL_QUANTUM)
        return ZERO

    return Problem(
        positions=tuple(
            Position(
                ticker=asset.ticker,
                bid=quote.bid,
                ask=quote.ask,
                lot_size=asset.lot_size or quote.lot_size,
                have=asset.have,
                target=asset.target,
                fee=asset.fee,
                permission=asset.permission,
                ideal=ideal(asset.target, quote.bid),
            )
            for asset, quote in priced
        ),
        cash_before=cash_before,
        cash_target=cash_target,
        cash_ideal=None if cash_target is None else ideal(cash_target, ZERO),
        wealth=wealth,
        percent_part=percent_part,
        use_all_cash=options.use_all_cash,
        max_deals=options.max_deals,
        model=options.model,
        notes=tuple(notes),
    )


def _checked(asset: Asset, quotes: Quotes, path: Path) -> Quote:
    """The asset's quote, if the problem can be posed with it."""
    ticker = asset.ticker
    if isinstance(asset.target, Auto):
        raise ConfigError(
            text("{path}: {ticker} = auto needs a forecast, and there is none", path=path, ticker=ticker),
            text("Write a percentage or a number of units in [want]."),
        )
    quote = quotes.by_ticker.get(ticker)
    if quote is None:
        raise MarketError(text("{ticker}: {provider} gave no quote", ticker=ticker, provider=quotes.provider))
    if not 0 < quote.bid <= quote.ask:
        raise MarketError(
            text(
                "{ticker}: bid {bid} and ask {ask} do not satisfy 0 < bid <= ask",
                ticker=ticker,
                bid=quote.bid,
                ask=quote.ask,
            )
        )
    return quote


def reachable(asset: Asset) -> Decimal:
    """The units that an asset wanted in units can come to hold under its permission; 0 for other targets."""
    if not isinstance(asset.target, Units):
        return ZERO
    match asset.permission:
        case Permission.KEEP:
            return asset.have
        case Permission.BUY:
            return max(asset.have, asset.target.units)
        case Permission.SELL:
            return min(asset.have, asset.target.units)
    return asset.target.units
