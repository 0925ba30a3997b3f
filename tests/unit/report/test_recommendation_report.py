"""A recommendation as text, JSON and CSV."""

from __future__ import annotations

import csv
import io
import json
import math
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from allocator.core.bars import Interval
from allocator.core.quote import Quotes
from allocator.core.text import text
from allocator.optimize.recommendation import Recommendations
from allocator.report import dumps
from allocator.report.recommendation import (
    Action,
    Advice,
    RecommendationView,
    headline,
    recommendation_csv,
    recommendation_document,
    recommendation_text,
)


def advice(ticker: str, **changed: object) -> Advice:
    given: dict[str, object] = {
        "ticker": ticker,
        "name": f"{ticker} PLC",
        "weight": 0.0,
        "gradient": 0.1,
        "lower": 0.0512,
        "upper": 0.15,
        "action": Action.NONE,
        "lots": 0,
        "units": Decimal(0),
        "price": Decimal("100.1"),
        "money": Decimal(0),
    }
    return Advice(**{**given, **changed})  # type: ignore[arg-type]


ROWS = (
    advice("GOOD", action=Action.BUY, lots=12, units=Decimal(120), money=Decimal(12012)),
    advice("NEW", gradient=0.0, lower=-math.inf, upper=math.inf),
    advice(
        "BAD", weight=0.25, gradient=-0.2, lower=-0.25, upper=-0.15, action=Action.SELL, lots=-3,
        units=Decimal("-30.5"), price=Decimal(50), money=Decimal(1525),
    ),
)  # fmt: skip


def view(**changed: object) -> RecommendationView:
    given: dict[str, object] = {
        "rows": ROWS,
        "sentence": text("Nobody has judged this forecast."),
        "recommended": Recommendations((1,), (0,), from_cash=True, breakeven=-0.05, gain=0.2),
        "tickers": ("BAD", "GOOD", "NEW"),
        "plan": None,
        "quotes": Quotes("MOEX", {}, source="iss.moex.com"),
        "outdated": None,
        "again": "allocator forecast --portfolio my.ini",
        "interval": Interval.DAY,
        "as_of": datetime(2024, 5, 2),
        "made": datetime(2024, 5, 3, 1, tzinfo=UTC),
        "kept": 0.125,
        "aversion": 5.0,
        "horizon": 21,
        "bars_ahead": 5,
        "models": 6,
        "witnesses": 2.4,
    }
    return RecommendationView(**{**given, **changed})  # type: ignore[arg-type]


def test_the_verdict_then_what_to_do_then_the_table() -> None:
    """Signed lots, money of the deal, nothing where nothing is known."""
    lines = recommendation_text(view()).splitlines()
    assert ["Nobody has judged this forecast.", "Buy: GOOD.", "Sell: BAD."] == lines[:3]
    words = [line.split() for line in lines[6:9]]
    assert ["GOOD", "GOOD", "PLC", "+10.0%", "+5.1%", "+15.0%", "buy", "+12", "12", "012.00"] == words[0]
    assert ["NEW", "NEW", "PLC", "+0.0%"] == words[1]
    assert ["BAD", "BAD", "PLC", "25.0%", "-20.0%", "-25.0%", "-15.0%", "sell", "-3", "1", "525.00"] == words[2]
    assert "Breakeven: -5.0%." in lines
    assert any("12.5% of the forecast is kept, 5 bars ahead for 21 days" in line for line in lines)


def test_quiet_is_the_table_and_what_warns() -> None:
    """A stale page is not hidden."""
    assert recommendation_text(view(), quiet=True).startswith("Ticker")
    told = recommendation_text(view(outdated=True), quiet=True)
    assert told.startswith("OUTDATED: the holdings have changed")
    assert told.splitlines()[0].endswith("Type: allocator forecast --portfolio my.ini")


def test_no_minus_before_zero() -> None:
    """A slope that rounds to zero has no direction."""
    rows = (advice("DULL", gradient=-0.0001, lower=-0.0, upper=0.0),)
    shown = recommendation_text(view(rows=rows))
    assert ["+0.0%"] * 3 == shown.splitlines()[6].split()[3:6]


@pytest.mark.parametrize(
    ("expected", "rule"),
    [
        (["No exchange is proven to pay for its costs: the portfolio may stay as it is."], Recommendations()),
        (
            ["Sell: BAD.", "For free cash, the greatest lower bound is that of NEW."],
            Recommendations(sells=(0,), to_cash=True, breakeven=-0.1, spare=2),
        ),
        (
            ["Sell: BAD.", "Nothing is proven to be better than cash."],
            Recommendations(sells=(0,), to_cash=True, breakeven=-0.1),
        ),
        (["Buy: GOOD, NEW."], Recommendations(buys=(1, 2), from_cash=True, breakeven=0.1)),
    ],
)
def test_the_headline(expected: list[str], rule: Recommendations) -> None:
    """Each outcome of the rule in words."""
    assert expected == [str(line) for line in headline(view(recommended=rule))]


def test_what_is_too_small_is_told() -> None:
    """Recommended, and no lot of it."""
    rows = (replace(ROWS[0], lots=0), *ROWS[1:])
    assert "Less than a lot, or than it costs: GOOD." in recommendation_text(view(rows=rows)).splitlines()


def test_russian_is_russian() -> None:
    """No English sentence is left, of any kind."""
    actions = tuple(replace(row, action=action) for row, action in zip(ROWS * 2, Action, strict=False))
    shown = recommendation_text(
        view(
            rows=actions,
            outdated=True,
            aversion=None,
            sentence=text("asking models"),
            quotes=Quotes("MOEX", {}),
            notes=(text("one model has no bounds; train more: allocator train --count 5"),),
        ),
        lang="ru",
    )
    latin = {"GOOD", "BAD", "NEW", "PLC", "MOEX", "allocator", "forecast", "portfolio", "my", "ini", "train", "count"}
    words = {word.strip(".,:;-") for word in shown.replace(".ini", " ini").split()}
    assert {word for word in words if word.isascii() and word.isalpha()} <= latin


def test_json_has_every_digit_and_null_for_what_is_unknown() -> None:
    """Names, not positions; money as numbers."""
    found = json.loads(dumps(recommendation_document(view())))
    assert (["GOOD"], ["BAD"], None, -0.05) == (
        found["buy"], found["sell"], found["free_cash"], found["breakeven"],
    )  # fmt: skip
    good, new, bad = found["securities"]
    assert (0.0512, "buy", 12, 120, 12012) == (
        good["lower"], good["action"], good["lots"], good["units"], good["money"],
    )  # fmt: skip
    assert (None, None, "none") == (new["lower"], new["upper"], new["action"])
    assert -30.5 == bad["units"]
    assert (None, None) == (found["plan"], found["outdated"])


def test_csv_is_for_programs() -> None:
    """A row for each security, empty where not known."""
    rows = list(csv.DictReader(io.StringIO(recommendation_csv(view()))))
    assert ["GOOD", "NEW", "BAD"] == [row["ticker"] for row in rows]
    assert ("12", "120", "100.1", "12012") == tuple(rows[0][name] for name in ("lots", "units", "price", "money"))
    assert ("", "", "none") == tuple(rows[1][name] for name in ("lower", "upper", "action"))
