from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import answers
import pytest

from allocator.core.errors import UsageError
from allocator.optimize import FrontierPoint, Status
from allocator.report import dumps, frontier_document, frontier_picture, frontier_table

Golden = Callable[[str, str], None]

LOTS = ((0, 0, 0, 0, 0), (0, 0, 0, 0, 30_000), (0, 0, 2_000, 0, 30_000), (2, 0, 2_000, 0, 30_000))


def points(model: str = "LAD") -> list[FrontierPoint]:
    """No plan without a deal; then 1, 2 and 3 deals, each closer."""
    ini = answers.MOEX + f"model = {model}"
    plans = [answers.answer(ini, answers.MOEX_QUOTES, lots).plan for lots in LOTS]
    return [FrontierPoint(0, None), *(FrontierPoint(at, plan) for at, plan in enumerate(plans) if at)]


@pytest.mark.parametrize("lang", ["en", "ru"])
def test_the_frontier(lang: str, golden: Golden) -> None:
    """For at most 0, 1, 2, ... deals: deviation, what the last deal brought, cost; blank where there is no plan."""
    golden(f"frontier-{lang}.txt", frontier_table(points(), lang=lang) + "\n")


def test_least_squares_shows_roots() -> None:
    """Under LSAPPROX deviation is the root of the sum of squares, so that it is money too."""
    plan = points("LSAPPROX")[1].plan
    assert plan is not None
    table = frontier_table(points("LSAPPROX"))
    assert f"{plan.objective.sqrt():.2f}" in table.replace(" ", "")
    assert "squared deviations" in table
    assert "squared deviations" not in frontier_table(points("LSAPPROX"), quiet=True)


def test_an_unproven_point_is_marked() -> None:
    """When time ran out the table says so, and claims nothing of further deals."""
    *proven, last = points()
    assert last.plan is not None
    late = FrontierPoint(3, replace(last.plan, status=Status.FEASIBLE, gap=0.02))
    assert "More than 3 deals" in frontier_table([*proven, last])
    assert "TIME LIMIT" in frontier_table([*proven, late])
    assert "More than" not in frontier_table([*proven, late])


def test_the_frontier_as_json() -> None:
    """Exact figures; null where there is no plan, or nothing to compare with."""
    found = json.loads(dumps(frontier_document(points())), parse_float=Decimal)["frontier"]
    assert [0, 1, 2, 3] == [point["max_deals"] for point in found]
    assert ["infeasible", "optimal", "optimal", "optimal"] == [point["status"] for point in found]
    assert {"max_deals", "status", "gap", "deals", "objective", "deviation", "closer_by", "cost"} == set(found[0])
    assert found[0]["cost"] is None
    assert found[1]["closer_by"] is None
    assert found[1]["objective"] - found[2]["objective"] == found[2]["closer_by"]


def test_the_picture() -> None:
    """A PNG of some size; Russian letters need no other font."""
    picture = frontier_picture(points(), lang="ru")
    assert b"\x89PNG\r\n\x1a\n" == picture[:8]
    assert 10_000 < len(picture)


def test_matplotlib_is_missed_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the library the error says what to install."""
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(UsageError, match="pip install matplotlib"):
        frontier_picture(points())
