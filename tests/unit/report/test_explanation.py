from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal

import pytest

from allocator.core.text import text
from allocator.optimize import Explanation, LimitReason, TradeReason
from allocator.report import dumps, explanation_document, explanation_text

Golden = Callable[[str, str], None]

REASONS = Explanation(
    trades=(
        TradeReason("SBER", 4, Decimal("11592.8"), Decimal("5.7966")),
        TradeReason("VTBR", -290, Decimal("708.325"), Decimal("3.54")),
        TradeReason("MTSS", -12, Decimal("-33.78"), Decimal("16.89")),
    ),
    limits=(
        LimitReason(text("max deals"), Decimal("1234.567")),
        LimitReason(text("commissions"), Decimal("12.5")),
    ),
    cash_removed=Decimal("160779.53"),
)


@pytest.mark.parametrize("lang", ["en", "ru"])
def test_the_reasons(lang: str, golden: Golden) -> None:
    """Each deal, and cash, with what it brings and costs, and their sums; each constraint by what it keeps away."""
    golden(f"explanation-{lang}.txt", explanation_text(REASONS, lang=lang) + "\n")


def test_nothing_to_explain() -> None:
    """No deals and no constraint in the way are said in words."""
    said = explanation_text(Explanation((), ()))
    assert "There is nothing to deal: no deal would bring the portfolio closer." in said
    assert "No single constraint keeps the portfolio from being closer." in said


def test_the_reasons_as_json() -> None:
    """Exact figures, in the order in which they were found."""
    found = json.loads(dumps(explanation_document(REASONS, lang="ru")), parse_float=Decimal)
    assert {"asset": "SBER", "lots": 4, "deviation_removed": Decimal("11592.8"), "cost": Decimal("5.7966")} == (
        found["trades"][0]
    )
    assert [Decimal("1234.567"), Decimal("12.5")] == [limit["deviation_saved"] for limit in found["limits"]]
    assert "комиссии" == found["limits"][1]["constraint"]
