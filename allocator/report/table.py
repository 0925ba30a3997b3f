"""The table: what is held, what to deal, what will be held.

A cell of Source, Result and Commission has several figures; they are laid out here, each under its like, and
tabulate lays out the columns. Figures are rounded once and totals are sums of rounded figures, so that what is
printed adds up.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal

from allocator.core.portfolio import ZERO, Money, Percent
from allocator.core.text import text
from allocator.optimize import Row
from allocator.report import numbers
from allocator.report.answer import Answer, marked
from allocator.report.catalogue import render
from allocator.report.layout import ruled

HEADERS = ("Asset", "Bid", "Ask", "Source", "Change", "Result", "Target", "Buy", "Sell", "Commission")
GREEN, RED, PLAIN = "\x1b[32m", "\x1b[31m", "\x1b[0m"
MARK = "*"
DEFAULT_DECIMALS = 2


def table(answer: Answer, *, lang: str = "en", colour: bool = False) -> str:
    """The whole table as text, without a newline at the end. `colour` paints buys green and sells red."""
    return ruled(HEADERS, _columns(answer, lang, colour=colour), summed=True)


def _columns(answer: Answer, lang: str, *, colour: bool) -> list[list[str]]:
    """Every column from the first asset to the line of sums, in the order of `HEADERS`."""
    plan = answer.plan
    rows = plan.rows
    quotes = [answer.quote(row.position.ticker) for row in rows]
    names = [row.position.ticker + (MARK if marked(q) else "") for row, q in zip(rows, quotes, strict=True)]

    def say(allowed: bool) -> str:
        return render(text("yes") if allowed else text("no"), lang)

    return [
        [*names, "Cash", ""],
        _prices(answer, lambda row: row.position.bid),
        _prices(answer, lambda row: row.position.ask),
        _holdings(
            [row.value_before for row in rows],
            [row.position.have for row in rows],
            [*[row.share_before for row in rows], plan.cash.share_before],
            plan.cash.before,
            plan.mean_deviation_before,
        ),
        _changes(rows, colour=colour),
        _holdings(
            [row.value_after for row in rows],
            [row.units_after for row in rows],
            [*[row.share_after for row in rows], plan.cash.share_after],
            plan.cash.after,
            plan.mean_deviation_after,
        ),
        numbers.aligned([*[target(row.position.target) for row in rows], target(plan.problem.cash_target), ""]),
        [*[say(row.position.permission.may_buy) for row in rows], "", ""],
        [*[say(row.position.permission.may_sell) for row in rows], "", ""],
        _commissions(rows),
    ]


def _prices(answer: Answer, price: Callable[[Row], Decimal]) -> list[str]:
    return numbers.aligned([*[numbers.price(price(row), decimals(answer, row)) for row in answer.plan.rows], "", ""])


def decimals(answer: Answer, row: Row) -> int:
    """Digits after the point that the prices of a row are printed with."""
    given = answer.quote(row.position.ticker).decimals
    if given is not None:
        return given
    return max(DEFAULT_DECIMALS, *map(numbers.decimals_of, (row.position.bid, row.position.ask)))


def _holdings(
    values: Sequence[Decimal],
    units: Sequence[Decimal],
    shares: Sequence[Decimal | None],
    cash: Decimal,
    mean_deviation: Decimal | None,
) -> list[str]:
    """Value, units and share of each asset, then cash, then their sum and the mean deviation."""
    printed = [*[numbers.cents(value) for value in values], numbers.cents_at_most(cash)]
    money = numbers.aligned([numbers.money(value) for value in [*printed, sum(printed, start=ZERO)]])
    details = _joined(
        numbers.aligned([*[numbers.units(count) for count in units], ""]),
        numbers.aligned(["" if share is None else numbers.percent(share) for share in shares]),
    )
    return _joined(
        money, numbers.right([*details, "" if mean_deviation is None else f"({numbers.percent(mean_deviation)})"])
    )


def _changes(rows: Sequence[Row], *, colour: bool) -> list[str]:
    cells = numbers.aligned([*[numbers.signed(row.change) if row.lots else "" for row in rows], "", ""])
    if not colour:
        return cells
    painted = [
        f"{GREEN if row.lots > 0 else RED}{cell}{PLAIN}" if row.lots else cell
        for row, cell in zip(rows, cells, strict=False)
    ]
    return [*painted, *cells[len(rows) :]]


def target(wanted: object) -> str:
    """A target as the file says it; that of an `auto` asset with two decimals."""
    match wanted:
        case Percent(percent, auto):
            return f"auto {numbers.percent(percent.scaleb(-2))}" if auto else f"{numbers.units(percent)}%"
        case Money(money):
            return numbers.money(money)
    return "" if wanted is None else numbers.units(getattr(wanted, "units", ZERO))


def _commissions(rows: Sequence[Row]) -> list[str]:
    """What each deal pays its broker, and the share of the deal; nothing where nothing is dealt."""
    printed = [numbers.cents(row.fee) if row.lots else None for row in rows]
    total = commission(rows)
    money = numbers.aligned(["" if fee is None else numbers.money(fee) for fee in [*printed, None, total]])
    shares = ["" if row.fee_share is None else f"({numbers.percent(row.fee_share)})" for row in rows]
    return _joined(money, numbers.right([*shares, "", ""]), gap=" ")


def commission(rows: Sequence[Row]) -> Decimal:
    """The sum of the commissions as they are printed."""
    return sum((numbers.cents(row.fee) for row in rows), start=ZERO)


def _joined(*columns: Sequence[str], gap: str = "  ") -> list[str]:
    """Columns side by side; one that is blank throughout takes no room."""
    filled = [column for column in columns if any(map(str.strip, column))]
    return [gap.join(cells) for cells in zip(*filled, strict=True)] or [""] * len(columns[0])
