"""Kept advice as a page shows it."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from allocator.app.advice_kept import Advice, Basis
from allocator.app.advice_view import advice_document, advice_view, orders, priority
from allocator.core.bars import Interval
from allocator.core.portfolio import ZERO
from allocator.core.text import text
from allocator.optimize.plan import Status
from allocator.optimize.splitting import AccountDeal, AccountDeals, Split
from allocator.report import dumps
from allocator.report.recommendation import Action
from allocator.report.recommendation import Advice as Row

INF = float("inf")
NOW = datetime(2026, 3, 3, tzinfo=UTC)


def row(ticker: str, action: Action = Action.NONE, lower: float = -0.1, upper: float = 0.1, lots: int = 0) -> Row:
    return Row(
        ticker=ticker,
        name="",
        weight=0.25,
        gradient=0.0,
        lower=lower,
        upper=upper,
        action=action,
        lots=lots,
        units=Decimal(lots),
        price=Decimal(10),
        money=abs(Decimal(10) * lots),
    )


def deal(ticker: str, lots: int, fee: str = "0.05") -> AccountDeal:
    return AccountDeal(ticker, lots, Decimal(lots), Decimal(10), Decimal(fee), -Decimal(10) * lots - Decimal(fee))


ROWS = (
    row("NONE", lower=-INF, upper=INF),
    row("SOLD", Action.SELL, -0.5, -0.4, -3),
    row("LESS", Action.SELL, -0.3, -0.2),
    row("BEST", Action.BUY, 0.3, 0.5, 2),
    row("GOOD", Action.BUY, 0.1, 0.4, 1),
)
SPLIT = Split(
    (
        AccountDeals("One", (deal("BEST", 2), deal("SOLD", -3)), Decimal("0.10"), Decimal("10.00")),
        AccountDeals("@Two", (deal("GOOD", 1),), Decimal(20), Decimal("9.95")),
    ),
    distance=ZERO,
    bound=ZERO,
    cost=ZERO,
    status=Status.OPTIMAL,
)


def advice(rows: tuple[Row, ...] = ROWS, split: Split = SPLIT, **changed: object) -> Advice:
    given: dict[str, object] = {
        "made": NOW,
        "basis": Basis((("One", 1),), 1, 1),
        "verdict": text("It is honest."),
        "interval": Interval.DAY,
        "as_of": datetime(2026, 3, 2),
        "bars_ahead": 5,
        "horizon": 1,
        "kept": 0.5,
        "aversion": 5.0,
        "models": 7,
        "witnesses": 2.5,
        "rows": rows,
        "buy": ("BEST", "GOOD"),
        "sell": ("SOLD", "LESS"),
        "from_cash": False,
        "to_cash": False,
        "free_cash": None,
        "breakeven": -0.05,
        "wealth": Decimal(100),
        "split": split,
        "proven": True,
        "provider": "MOEX",
        "quoted": NOW,
        "closes": (),
        "for_holdings": True,
    }
    return Advice(**{**given, **changed})  # type: ignore[arg-type]


def test_sums_are_exact() -> None:
    """Cash, fees and turnover of all accounts, to the last digit."""
    view = advice_view(advice())
    assert (Decimal("20.10"), Decimal("19.95"), Decimal("0.15"), Decimal(60), 3) == (
        view.cash_before,
        view.cash_after,
        view.fees,
        view.turnover,
        view.deals,
    )


def test_what_is_to_be_dealt_stands_first() -> None:
    """Purchases, then sales, the surest of each on top; what comes to no lot is named."""
    view = advice_view(advice())
    assert ["BEST", "GOOD", "SOLD", "LESS", "NONE"] == [line.row.ticker for line in view.lines]
    assert ("LESS",) == view.small
    assert ["Buy: BEST, GOOD.", "Sell: SOLD, LESS."] == list(map(str, view.headline))


@pytest.mark.parametrize(
    ("expected", "of", "breakeven"),
    [
        (0.35, row("A", Action.BUY, 0.3, 0.5), -0.05),
        (0.35, row("A", Action.SELL, -0.5, -0.4), -0.05),
        (None, row("A", Action.BUY, 0.3, 0.5), None),
        (None, row("A", Action.FREE_CASH, 0.3, 0.5), -0.05),
        (None, row("A", Action.RAISE_CASH, 0.3, 0.5), -0.05),
        (None, row("A", Action.BUY, -INF, INF), 0.0),
    ],
)
def test_priority_is_how_far_a_bound_is_beyond_the_breakeven(
    expected: float | None, of: Row, breakeven: float | None
) -> None:
    """Above zero on either side; nothing where nothing is proven."""
    assert pytest.approx(expected) == priority(of, breakeven)


@pytest.mark.parametrize(
    ("expected", "changed"),
    [
        (
            [
                "No exchange is proven to pay for its costs: the portfolio may stay as it is.",
                "For free cash, the greatest lower bound is that of BEST.",
            ],
            {"buy": (), "sell": (), "breakeven": None, "free_cash": "BEST"},
        ),
        (["Sell: SOLD.", "Nothing is proven to be better than cash."], {"buy": (), "sell": ("SOLD",), "to_cash": True}),
    ],
)
def test_when_nothing_is_to_be_bought(expected: list[str], changed: dict[str, object]) -> None:
    """The one name for free cash, or cash itself."""
    assert expected == list(map(str, advice_view(advice(**changed)).headline))


def test_closes_by_their_days() -> None:
    """The newest first, with whom they are of."""
    day, old = date(2026, 3, 2), date(2025, 1, 9)
    view = advice_view(advice(closes=(("A", day), ("B", old), ("C", day))))
    assert ((day, ("A", "C")), (old, ("B",))) == view.closes


def test_orders_sell_before_they_buy() -> None:
    """Every deal a row; no name is a formula."""
    rows = list(csv.reader(io.StringIO(orders(advice()))))
    assert ["account", "ticker", "side", "lots", "units", "price", "money", "fee"] == rows[0]
    assert [
        ["One", "SOLD", "sell", "3", "3", "10", "30", "0.05"],
        ["One", "BEST", "buy", "2", "2", "10", "20", "0.05"],
        ["'@Two", "GOOD", "buy", "1", "1", "10", "10", "0.05"],
    ] == rows[1:]
    assert rows[:1] + rows[3:] == list(csv.reader(io.StringIO(orders(advice(), "@Two"))))


def test_what_has_no_bound_is_null() -> None:
    """JSON has no infinity, and the page shows a dash."""
    view = advice_view(advice())
    found = advice_document(view)["advice"]
    assert (None, None) == (found["securities"][-1]["lower"], found["securities"][-1]["upper"])
    assert "Infinity" not in dumps(found)
    assert {"advice": None} == advice_document(None)
