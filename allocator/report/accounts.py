"""Accounts as tables and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from allocator.core.accounts import Account, Change, Policy
from allocator.core.moscow import MOSCOW
from allocator.core.portfolio import ZERO, Auto, CashTarget, Fee, Money, Percent, Portfolio, Target, Units
from allocator.core.text import Text, text
from allocator.optimize.problem import exact
from allocator.report import numbers
from allocator.report.catalogue import render
from allocator.report.document import Json
from allocator.report.layout import ruled

LONGEST_COLUMN = 20


@dataclass(frozen=True, slots=True)
class Pace:
    """How long what is bought is kept, in days of trading: `age` on average, `horizon` its whole days, at least 1.

    `since` is the day of the first line of the log, None without any; `unpriced` are tickers without closes in the
    store, which do not count.
    """

    horizon: int = 1
    age: float = 0.0
    since: date | None = None
    unpriced: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Listing:
    """The answer of `allocator accounts list`; `whole` is all accounts as one portfolio."""

    accounts: tuple[Account, ...]
    policy: Policy
    whole: Portfolio
    pace: Pace


@dataclass(frozen=True, slots=True)
class Shown:
    """The answer of `allocator accounts show`; `changes` are the newest of `count`, oldest first."""

    account: Account
    policy: Policy
    changes: tuple[Change, ...]
    count: int


def listing_text(listing: Listing, lang: str = "en") -> str:
    """What each account holds, an asset a line, and under it how often there are trades."""
    if not listing.accounts:
        return render(text("There are no accounts yet. To bring one: allocator accounts import FILE.ini"), lang)
    return "\n".join([_matrix(listing, lang), "", *(render(line, lang) for line in _remarks(listing))])


def _matrix(listing: Listing, lang: str) -> str:
    assets, accounts, cash = listing.whole.assets, listing.accounts, listing.whole.cash
    headings = [render(text("Asset"), lang), render(text("Wanted"), lang), *(_cut(each.name) for each in accounts)]
    taken = render(text("to take out"), lang) if cash.withdraw else None
    columns = [[asset.ticker for asset in assets], [_wanted(asset.target) for asset in assets]]
    columns += [[_units(each.holding(asset.ticker).units) for asset in assets] for each in accounts]
    money = ["CASH", _wanted(cash.want), *(numbers.units(each.cash) for each in accounts)]
    out = [taken or "", "", *(_units(each.withdraw) for each in accounts)]
    if len(accounts) > 1:
        headings.append(render(text("All"), lang))
        columns.append([_units(asset.have) for asset in assets])
        money.append(numbers.units(cash.have))
        out.append(_units(cash.withdraw))
    last = zip(money, out, strict=True) if taken else ((each,) for each in money)
    names, wanted, *held = ([*column, *cells] for column, cells in zip(columns, last, strict=True))
    cells = [names, numbers.right(wanted), *map(numbers.aligned, held)]
    return ruled(headings, cells)


def _remarks(listing: Listing) -> Iterator[Text]:
    pace = listing.pace
    yield text(
        "What is bought is kept for {age} {age:day|days} of trading on average: the horizon is {horizon}.",
        age=f"{pace.age:.1f}",
        horizon=pace.horizon,
    )
    if pace.unpriced:
        yield text(
            "Without prices in the store, and so not counted in it: {tickers}.", tickers=", ".join(pace.unpriced)
        )
    if listing.policy.exclude:
        yield text("Not to be bought: {tickers}.", tickers=", ".join(listing.policy.exclude))
    if listing.policy.in_vain:
        yield wanted_in_vain(listing.policy)
    yield text("The value is not known without quotes. With them, and the best trades: allocator accounts rebalance")


def wanted_in_vain(policy: Policy) -> Text:
    """About what is excluded and has a target."""
    return text("Wanted, though not to be bought: {tickers}.", tickers=", ".join(policy.in_vain))


def shown_text(shown: Shown, lang: str = "en") -> str:
    """One account: its assets with what may be done with them, its cash, its newest trades."""
    account = shown.account
    lines = [_heading(account)]
    lines += [text("To be taken out: {money}.", money=numbers.units(account.withdraw))] if account.withdraw else []
    parts = ["\n".join(render(line, lang) for line in lines)]
    if account.holdings:
        parts.append(_holdings(shown, lang))
    if shown.changes:
        parts.append(_log(shown, lang))
    return "\n\n".join(parts)


def _heading(account: Account) -> Text:
    return text(
        "Account {account}: cash {cash}, fee of a deal {fee}, version {version}.",
        account=account.name,
        cash=numbers.units(account.cash),
        fee=_fee(account.fee),
        version=account.version,
    )


def _holdings(shown: Shown, lang: str) -> str:
    account = shown.account
    headings = [text("Asset"), text("Held"), text("Wanted"), text("Deals"), text("Fee"), text("Lot")]
    rows = account.holdings
    columns = [
        [each.ticker for each in rows],
        numbers.aligned([_units(each.units) for each in rows]),
        numbers.right([_wanted(shown.policy.target(each.ticker)) for each in rows]),
        numbers.right([each.permission.value for each in rows]),
        numbers.right([_fee(account.fee_of(each.ticker)) for each in rows]),
        numbers.right(["" if each.lot_size is None else str(each.lot_size) for each in rows]),
    ]
    return ruled([render(heading, lang) for heading in headings], columns)


def _log(shown: Shown, lang: str) -> str:
    said = render(text("The newest trades, of {count}:", count=shown.count), lang)
    headings = [text("Time"), text("Asset"), text("Before"), text("After"), text("Change")]
    changes = shown.changes
    with exact():
        grown = [numbers.signed(each.after - each.before) for each in changes]
    columns = [
        [_moment(each) for each in changes],
        numbers.right([each.ticker for each in changes]),
        numbers.aligned([numbers.units(each.before) for each in changes]),
        numbers.aligned([numbers.units(each.after) for each in changes]),
        numbers.aligned(grown),
    ]
    return f"{said}\n{ruled([render(heading, lang) for heading in headings], columns)}"


def listing_document(listing: Listing) -> dict[str, Json]:
    """The object of `allocator accounts list --json`."""
    pace, whole = listing.pace, listing.whole
    return {
        "accounts": [account_document(each) for each in listing.accounts],
        "all": {
            "cash": whole.cash.have,
            "withdraw": whole.cash.withdraw,
            "holdings": [
                {
                    "ticker": asset.ticker,
                    "units": asset.have,
                    "commission": _fee_document(asset.fee),
                    "trade": asset.permission.value,
                    "lot": asset.lot_size,
                }
                for asset in whole.assets
            ],
        },
        "policy": policy_document(listing.policy),
        "pace": {
            "horizon": pace.horizon,
            "age": pace.age,
            "since": pace.since.isoformat() if pace.since else None,
            "unpriced": list(pace.unpriced),
        },
    }


def policy_document(policy: Policy) -> dict[str, Json]:
    """What is wanted of all accounts, as JSON."""
    return {
        "version": policy.version,
        "targets": [{"ticker": ticker, **_target(target)} for ticker, target in policy.targets],
        "cash": None if policy.cash is None else _target(policy.cash),
        "exclude": list(policy.exclude),
    }


def account_document(account: Account) -> dict[str, Json]:
    """One account as JSON; a commission of null is that of the account."""
    return {
        "name": account.name,
        "version": account.version,
        "cash": account.cash,
        "withdraw": account.withdraw,
        "commission": _fee_document(account.fee),
        "holdings": [
            {
                "ticker": each.ticker,
                "units": each.units,
                "commission": None if each.fee is None else _fee_document(each.fee),
                "trade": each.permission.value,
                "lot": each.lot_size,
            }
            for each in account.holdings
        ],
    }


def change_document(change: Change) -> dict[str, Json]:
    """A line of the log of trades."""
    return {
        "time": change.at.isoformat(),
        "ticker": change.ticker,
        "before": change.before,
        "after": change.after,
        "kind": change.kind.value,
    }


def shown_document(shown: Shown) -> dict[str, Json]:
    """The object of `allocator accounts show --json`."""
    return {
        **account_document(shown.account),
        "changes": [change_document(each) for each in shown.changes],
    }


def _target(target: Target | CashTarget) -> dict[str, Json]:
    match target:
        case Units(units):
            return {"units": units}
        case Percent(percent):
            return {"percent": percent}
        case Money(money):
            return {"money": money}
    return {"auto": True}


def _fee_document(fee: Fee) -> dict[str, Json]:
    return {"fixed": fee.fixed, "rate": fee.rate}


def _wanted(target: Target | CashTarget | None) -> str:
    match target:
        case None:
            return ""
        case Auto():
            return "auto"
        case Percent(percent):
            return f"{numbers.units(percent)}%"
        case Money(money):
            return numbers.units(money)
    return _units(target.units)


def _fee(fee: Fee) -> str:
    parts = [numbers.units(fee.fixed)] * bool(fee.fixed) + [f"{numbers.units(fee.rate.scaleb(2))}%"] * bool(fee.rate)
    return " + ".join(parts) or "0"


def _units(value: Decimal) -> str:
    return "" if value == ZERO else numbers.units(value)


def _moment(change: Change) -> str:
    at = change.at.astimezone(MOSCOW) if change.at.tzinfo else change.at
    return f"{at:%Y-%m-%d %H:%M}"


def _cut(name: str) -> str:
    return name if len(name) <= LONGEST_COLUMN else name[: LONGEST_COLUMN - 1] + "…"
