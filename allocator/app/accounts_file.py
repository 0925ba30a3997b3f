"""A `Portfolio` written as a portfolio file: commented, and read back as the same values."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal

from allocator import config
from allocator.core.errors import ConfigError, UsageError
from allocator.core.portfolio import Auto, CashTarget, Fee, Money, Percent, Permission, Portfolio, Target
from allocator.core.text import Text, text
from allocator.report.numbers import grouped, plain

Say = Callable[[Text], str]
Pairs = list[tuple[str, str]]


def written(portfolio: Portfolio, heading: Text, say: Say) -> str:
    """The file's content, with its comments in the language of `say`; `heading` is its first line.

    Raises: `UsageError` for what a portfolio file cannot say: no asset at all, a path with ` ;` in it.
    """
    content = "\n".join(_lines(portfolio, heading, say)) + "\n"
    _check(content, portfolio)
    return content


def _check(content: str, portfolio: Portfolio) -> None:
    """What is read back is what was written: nothing is lost, or nothing is written."""
    if not portfolio.assets:
        raise UsageError(
            text("There is nothing to write: no asset is held or wanted."),
            text("Import a portfolio file first: allocator accounts import FILE.ini"),
        )
    try:
        back = config.parse(content, portfolio.path)
    except ConfigError as error:
        raise UsageError(text("The file would not be read back: {error}", error=error.message), error.hint) from error
    if replace(back, notes=()) != replace(portfolio, notes=()):
        raise UsageError(text("The file would not be read back as it is stored."), _PATH)


_PATH = text("Look at the path of the quotes: a portfolio file cannot say one with ; or quotation marks in it.")


def _lines(portfolio: Portfolio, heading: Text, say: Say) -> Iterator[str]:
    def note(comment: Text) -> str:
        return f"; {say(comment)}"

    assets = portfolio.assets
    yield note(heading)
    yield ""
    yield "[have]"
    yield note(text("What you hold now, in units (not lots)."))
    yield from _aligned([(each.ticker, number(each.have)) for each in assets])
    yield ""
    yield "[want]"
    yield note(text("What you want: percentages that add up to 100%, or numbers of units, or auto."))
    yield from _aligned([(each.ticker, target(each.target)) for each in assets])
    yield ""
    yield from _cash(portfolio, note)
    yield from _section(
        "trade",
        note(text("Deals that you allow: BUY, SELL, KEEP (none), or TRADE (any), which is the default.")),
        [(each.ticker, each.permission.value) for each in assets if each.permission is not Permission.TRADE],
    )
    yield from _section(
        "commission",
        note(text("The fee of a deal with one asset, where it is not that of [options].")),
        [(each.ticker, fee(each.fee)) for each in assets if each.fee != portfolio.fee],
    )
    yield from _section(
        "lot",
        note(text("Units per lot, where it is not the exchange's.")),
        [(each.ticker, str(each.lot_size)) for each in assets if each.lot_size is not None],
    )
    yield from _options(portfolio, note)
    yield from _forecast(portfolio, note)


def _section(name: str, comment: str, pairs: Pairs) -> Iterator[str]:
    """A section that is left out when there is nothing to say in it."""
    if pairs:
        yield f"[{name}]"
        yield comment
        yield from _aligned(pairs)
        yield ""


def _cash(portfolio: Portfolio, note: Callable[[Text], str]) -> Iterator[str]:
    cash = portfolio.cash
    yield "[cash]"
    yield note(text("Money on the account. It may have a target too, and some of it may be taken out."))
    yield f"have = {number(cash.have)}"
    if cash.want is not None:
        yield f"want = {target(cash.want)}"
    yield f"withdraw = {number(cash.withdraw)}"
    yield ""


def _options(portfolio: Portfolio, note: Callable[[Text], str]) -> Iterator[str]:
    options = portfolio.options
    yield "[options]"
    yield note(text("The fee of a deal: money (2), a percentage of the deal (0.05%) or both (1 + 0.05%)."))
    yield f"commission = {fee(portfolio.fee)}"
    yield note(text("Buy until not one more wanted lot can be paid for."))
    yield f"use all cash = {'yes' if options.use_all_cash else 'no'}"
    yield note(text("The most deals; 0 sets no limit."))
    yield f"max deals = {options.max_deals or 0}"
    yield note(text("Where quotes come from: MOEX, YAHOO FINANCE, or FILE quotes.csv."))
    provider = options.provider
    yield f"market info provider = {provider.name}" + (f' "{provider.path}"' if provider.path else "")
    yield note(text("How distance is measured: LAD (sum of deviations) or LSAPPROX (least squares)."))
    yield f"model = {options.model.value}"
    yield note(text("Seconds to search for the best plan, and how near to it is near enough."))
    yield f"time limit = {number(Decimal(repr(options.time_limit_s)))}"
    if options.gap is not None:
        yield f"gap = {percent(options.gap)}"
    yield ""


def _forecast(portfolio: Portfolio, note: Callable[[Text], str]) -> Iterator[str]:
    rules = portfolio.forecast
    yield "[forecast]"
    yield note(text("How a forecast sets the shares of auto assets."))
    yield f"risk aversion = {number(rules.risk_aversion)}"
    yield f"horizon = {rules.horizon}"
    yield f"minimum agreement = {percent(rules.agreement)}"
    if rules.cap is not None:
        yield f"cap = {percent(rules.cap)}"
    yield f"shrink = {'on' if rules.shrink is None else percent(rules.shrink)}"
    if rules.fallback is not None:
        yield f"fallback = {rules.fallback.value}"
    yield f"maximum age = {rules.maximum_age}"


def number(value: Decimal) -> str:
    """All digits, thousands parted by spaces."""
    return grouped(plain(value))


def percent(share: Decimal) -> str:
    """A share as a percentage, with all its digits."""
    return f"{number(share.scaleb(2))}%"


def target(wanted: Target | CashTarget) -> str:
    """In the words of `[want]`."""
    match wanted:
        case Auto():
            return "auto"
        case Percent(share):
            return f"{number(share)}%"
        case Money(money):
            return number(money)
    return number(wanted.units)


def fee(cost: Fee) -> str:
    """In the words of `commission`."""
    parts = [number(cost.fixed)] * bool(cost.fixed) + [percent(cost.rate)] * bool(cost.rate)
    return " + ".join(parts) or "0"


def _aligned(pairs: Pairs) -> Iterator[str]:
    width = max(len(key) for key, _ in pairs) if pairs else 0
    return (f"{key:{width}} = {value}" for key, value in pairs)
