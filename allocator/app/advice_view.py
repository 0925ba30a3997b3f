"""Kept advice as a page shows it: the deals of each account, every security beside the breakeven, orders as a file."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from allocator.app.advice_kept import Advice
from allocator.core.portfolio import ZERO
from allocator.core.text import Text, text
from allocator.optimize.problem import exact
from allocator.optimize.splitting import AccountDeals
from allocator.report import numbers
from allocator.report.accounts_split import split_document
from allocator.report.catalogue import render
from allocator.report.cells import harmless
from allocator.report.document import Json
from allocator.report.recommendation import Action
from allocator.report.recommendation import Advice as Row
from allocator.store import Transaction
from allocator.store.events import FAILED

STEP = "recommend"  # of the loop
ORDER = (Action.BUY, Action.FREE_CASH, Action.SELL, Action.RAISE_CASH, Action.NONE)


@dataclass(frozen=True, slots=True)
class Line:
    """A security and how sure its deal is: by how much its bound is beyond the breakeven, None where it has no deal."""

    row: Row
    priority: float | None

    @property
    def lower(self) -> float | None:
        """None of what has no bound."""
        return self.row.lower if math.isfinite(self.row.lower) else None

    @property
    def upper(self) -> float | None:
        return self.row.upper if math.isfinite(self.row.upper) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class AdviceView:
    """`lines`: what is to be dealt first, the surest of each side on top. Sums are over the accounts, exact.

    `old`: days and tickers of closes that stood in for quotes, the newest day first; empty when all were quoted.
    """

    advice: Advice
    lines: Sequence[Line]
    accounts: Sequence[AccountDeals]
    cash_before: Decimal
    cash_after: Decimal
    fees: Decimal
    turnover: Decimal
    deals: int
    closes: Sequence[tuple[date, Sequence[str]]]
    headline: Sequence[Text]
    small: Sequence[str]


@dataclass(frozen=True, slots=True)
class Missing:
    """Why there is no advice to show: nothing is held, nothing is forecast, or nobody has worked any out yet."""

    accounts: bool
    forecast: bool


def advice_view(advice: Advice) -> AdviceView:
    """Everything that the page shows of it."""
    accounts = advice.split.accounts
    with exact():
        deals = [deal for each in accounts for deal in each.deals]
        before = sum((each.cash_before for each in accounts), start=ZERO)
        after = sum((each.cash_after for each in accounts), start=ZERO)
        fees = sum((deal.fee for deal in deals), start=ZERO)
        turnover = sum((abs(deal.change) * deal.price for deal in deals), start=ZERO)
    return AdviceView(
        advice=advice,
        lines=_lines(advice),
        accounts=accounts,
        cash_before=before,
        cash_after=after,
        fees=fees,
        turnover=turnover,
        deals=len(deals),
        closes=_closes(advice),
        headline=tuple(_headline(advice)),
        small=tuple(row.ticker for row in advice.rows if row.action is not Action.NONE and not row.lots),
    )


def missing(tx: Transaction) -> Missing:
    """What is lacking for advice. Raises: `StoreError`."""
    return Missing(accounts=not tx.accounts.all(), forecast=tx.forecasts.newest() is None)


def failure(tx: Transaction, advice: Advice | None) -> Text | None:
    """Why the loop could not work out any, when it tried after this; None when it could, or has not tried."""
    last = next(iter(tx.events.last(1, step=STEP)), None)
    if last is None or last.outcome != FAILED or (advice is not None and last.at <= advice.made):
        return None
    return last.detail


def priority(row: Row, breakeven: float | None) -> float | None:
    """Lower bound less the breakeven of a purchase, breakeven less the upper bound of a sale; a year's utility."""
    if breakeven is None or row.action not in {Action.BUY, Action.SELL}:
        return None
    lead = row.lower - breakeven if row.action is Action.BUY else breakeven - row.upper
    return lead if math.isfinite(lead) else None


def _lines(advice: Advice) -> tuple[Line, ...]:
    lines = [Line(row, priority(row, advice.breakeven)) for row in advice.rows]
    return tuple(sorted(lines, key=lambda line: (ORDER.index(line.row.action), -(line.priority or 0.0))))


def _closes(advice: Advice) -> tuple[tuple[date, tuple[str, ...]], ...]:
    days = sorted({day for _, day in advice.closes}, reverse=True)
    return tuple((day, tuple(ticker for ticker, of in advice.closes if of == day)) for day in days)


def _headline(advice: Advice) -> Iterator[Text]:
    """What to do, in a sentence or two: as the command line says it."""
    if advice.breakeven is None:
        yield text("No exchange is proven to pay for its costs: the portfolio may stay as it is.")
    if advice.buy:
        yield text("Buy: {tickers}.", tickers=", ".join(advice.buy))
    if advice.sell:
        yield text("Sell: {tickers}.", tickers=", ".join(advice.sell))
    if advice.free_cash is not None:
        yield text("For free cash, the greatest lower bound is that of {ticker}.", ticker=advice.free_cash)
    elif advice.to_cash and not advice.buy:
        yield text("Nothing is proven to be better than cash.")


def orders(advice: Advice, account: str | None = None) -> str:
    """Deals as CSV, those of one account or of all; each account's sales first, for they raise the money.

    Names that a spreadsheet would take for a formula begin with an apostrophe.
    """
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(("account", "ticker", "side", "lots", "units", "price", "money", "fee"))
    with exact():
        for each in advice.split.accounts:
            if account not in {None, each.account}:
                continue
            for deal in sorted(each.deals, key=lambda deal: deal.lots > 0):
                units, side = abs(deal.change), "buy" if deal.lots > 0 else "sell"
                figures = (abs(deal.lots), *map(numbers.plain, (units, deal.price, units * deal.price, deal.fee)))
                rows.writerow((harmless(each.account), harmless(deal.ticker), side, *figures))
    return out.getvalue()


def advice_document(view: AdviceView | None, lang: str = "en") -> dict[str, Json]:
    """The object of /api/optimization: `advice` is null while there is none."""
    if view is None:
        return {"advice": None}
    advice = view.advice
    return {
        "advice": {
            "made": advice.made.isoformat(),
            "outdated": advice.outdated,
            "changed": [render(each, lang) for each in advice.changed],
            "for_holdings": advice.for_holdings,
            "verdict": render(advice.verdict, lang),
            "kept": advice.kept,
            "forecast": {
                "interval": advice.interval.value, "as_of": advice.as_of.isoformat(), "bars_ahead": advice.bars_ahead,
                "models": advice.models, "witnesses": advice.witnesses,
            },
            "horizon": advice.horizon,
            "risk_aversion": advice.aversion,
            "buy": list(advice.buy),
            "sell": list(advice.sell),
            "from_cash": advice.from_cash,
            "to_cash": advice.to_cash,
            "free_cash": advice.free_cash,
            "breakeven": advice.breakeven,
            "proven": advice.proven,
            "wealth": advice.wealth,
            "cash": {"before": view.cash_before, "after": view.cash_after},
            "fees": view.fees,
            "securities": [_line(line) for line in view.lines],
            "accounts": split_document(advice.split, lang),
            "quotes": {
                "provider": advice.provider, "time": advice.quoted.isoformat() if advice.quoted else None,
                "closes": {ticker: day.isoformat() for ticker, day in advice.closes},
            },
            "notes": [render(note, lang) for note in advice.notes],
        }
    }  # fmt: skip


def _line(line: Line) -> dict[str, Json]:
    row = line.row
    return {
        "ticker": row.ticker,
        "name": row.name or None,
        "weight": row.weight,
        "gradient": row.gradient,
        "lower": line.lower,
        "upper": line.upper,
        "priority": line.priority,
        "action": row.action.value,
        "lots": row.lots,
        "units": row.units,
        "price": row.price,
        "money": row.money,
    }
