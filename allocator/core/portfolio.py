"""What an investor has, wants, pays and permits: the portfolio file as frozen values.

Money is an exact `Decimal` in the account's currency, never rounded inside a plan (decision 0002);
units are `Decimal` because reinvested dividends leave fractions; rates and percentages say which they are
in their names. The meaning of every field is in `docs/portfolio-file.md`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
from pathlib import Path

from allocator.core.text import Text

ZERO = Decimal(0)


class Permission(Enum):
    """Which deals the investor allows with an asset (`[trade]`)."""

    TRADE = "TRADE"
    BUY = "BUY"
    SELL = "SELL"
    KEEP = "KEEP"

    @property
    def may_buy(self) -> bool:
        return self in {Permission.TRADE, Permission.BUY}

    @property
    def may_sell(self) -> bool:
        return self in {Permission.TRADE, Permission.SELL}


class Model(Enum):
    """How far a portfolio is from the ideal: the sum of absolute, or of squared, deviations."""

    LAD = "LAD"
    LSAPPROX = "LSAPPROX"


class Fallback(Enum):
    """How `auto` assets share what is left for them when there is no forecast to go by."""

    EQUAL = "EQUAL"
    MARKET = "MARKET"
    KEEP = "KEEP"


@dataclass(frozen=True, slots=True)
class Units:
    """A target of so many units of an asset."""

    units: Decimal


@dataclass(frozen=True, slots=True)
class Percent:
    """A target share, in percent (0..100) of the percent part of the portfolio; `auto`: the forecast has set it."""

    percent: Decimal
    auto: bool = False


@dataclass(frozen=True, slots=True)
class Money:
    """A target amount of cash."""

    money: Decimal


@dataclass(frozen=True, slots=True)
class Auto:
    """A share that the forecast has still to set: `app.auto_targets` puts a `Percent` in its place."""


Target = Units | Percent | Auto
CashTarget = Money | Percent


@dataclass(frozen=True, slots=True)
class Fee:
    """What one deal costs: `fixed` money plus `rate` (a fraction, 0.003 for 0.3%) of the deal's value."""

    fixed: Decimal = ZERO
    rate: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Asset:
    """One line of the portfolio: a ticker of `[have]` or `[want]` with all that the file says of it."""

    ticker: str  # upper case, with its board if the file gives one: "SBER", "TQTD:FXRU", "BRK.B"
    have: Decimal = ZERO  # units, may be fractional
    target: Target = Units(ZERO)
    fee: Fee = Fee()
    permission: Permission = Permission.TRADE
    lot_size: int | None = None  # units per lot; None: the provider's


@dataclass(frozen=True, slots=True)
class Cash:
    """The `[cash]` section."""

    have: Decimal = ZERO
    want: CashTarget | None = None  # None: free, not scored
    withdraw: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Provider:
    """Where quotes come from: `MOEX`, `YAHOO FINANCE`, or `FILE` with the path of a CSV."""

    name: str = "MOEX"
    path: Path | None = None


@dataclass(frozen=True, slots=True)
class Options:
    """The `[options]` section."""

    use_all_cash: bool = False
    max_deals: int | None = None  # None: no limit (0 in the file)
    provider: Provider = Provider()
    model: Model = Model.LAD
    time_limit_s: float = 30.0
    gap: Decimal | None = None  # share of W (0.0001 for 0.01%) at which to stop; None: exact


@dataclass(frozen=True, slots=True)
class ForecastRules:
    """The `[forecast]` section: how the forecast sets the shares of `auto` assets."""

    risk_aversion: Decimal = Decimal(5)  # what the variance of a year's return is multiplied by
    horizon: int = 21  # trading days that a deal is to be kept, within which it must pay for itself
    agreement: Decimal = ZERO  # share of the models, 0..1, that must have the sign of their median
    cap: Decimal | None = None  # the most of the percent part, 0..1, that one `auto` asset gets; None: no limit
    shrink: Decimal | None = None  # how much of the forecast is kept, 0..1; None: what its verdict says
    fallback: Fallback | None = None  # None: without a forecast there is no answer
    maximum_age: int = 7  # days since the last bar that the forecast saw

    def kept(self, due: float) -> float:
        """The share of a forecast that is kept when its verdict says that `due` should be."""
        return due if self.shrink is None else float(self.shrink)


@dataclass(frozen=True, slots=True)
class Portfolio:
    """A whole portfolio file. `assets` stand in the order in which `[have]` and `[want]` first name them."""

    path: Path
    assets: tuple[Asset, ...]
    cash: Cash = Cash()
    options: Options = Options()
    notes: tuple[Text, ...] = field(default=())
    forecast: ForecastRules = ForecastRules()
    fee: Fee = Fee()  # `commission` of [options]: what an asset costs that has no fee of its own


def without_board(ticker: str) -> str:
    """What trades, not where: FXRU of TQTD:FXRU. So the store and its forecasts name it."""
    return ticker.rpartition(":")[2]
