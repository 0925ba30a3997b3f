"""The table of a page has the figures of the console's, and they add up as they are shown."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from allocator.app.wire import rebalancer
from allocator.report import explanation_text, frontier_table, numbers, table
from allocator.report.answer import Answer
from allocator.report.answer_view import answer_view, frontier_view, reasons_view

SAMPLES = Path(__file__).parents[3] / "samples"
NAMES = ["sample.ini", *(f"features/{name}.ini" for name in ("fees", "fractional-units", "no-bid", "cash-in-percent"))]


@pytest.fixture(params=NAMES)
def answer(request: pytest.FixtureRequest) -> Answer:
    cases = rebalancer()
    return cases.rebalance(cases.read(SAMPLES / request.param))


def words(line: str) -> list[str]:
    """The cells of a line, thousands joined, without brackets."""
    return re.sub(r"(?<=[0-9]) (?=[0-9]{3}\b)", "_", line).replace("(", "").replace(")", "").split()


def test_every_cell_is_that_of_the_console(answer: Answer) -> None:
    """Whatever the console prints in the line of an asset, the page has, rounded the same way."""
    lines = table(answer).splitlines()
    for row in answer_view(answer).rows:
        name = row.asset + ("*" if row.stand_in else "")
        printed = words(next(line for line in lines if line.startswith(f"{name} ")))
        fee = [] if row.fee is None else [numbers.money(row.fee), row.fee_share]
        shown = [
            name, row.bid, row.ask, numbers.money(row.source.value), numbers.units(row.source.units), row.source.share,
            "" if row.change is None else numbers.signed(row.change),
            numbers.money(row.result.value), numbers.units(row.result.units), row.result.share,
            row.target, "yes" if row.buy else "no", "yes" if row.sell else "no", *fee,
        ]  # fmt: skip
        assert printed == [cell.replace(" ", "_") for cell in shown if cell]


def test_totals_are_those_of_the_console_and_add_up(answer: Answer) -> None:
    """The line of sums is the sum of what stands above it, to the kopeck."""
    view = answer_view(answer)
    before, after = view.total
    assert before.value == sum(row.source.value for row in view.rows) + view.cash[0].value
    assert after.value == sum(row.result.value for row in view.rows) + view.cash[1].value
    assert view.commission == sum(row.fee for row in view.rows if row.fee is not None)
    last = table(answer).splitlines()[-1]
    for shown in (numbers.money(before.value), before.share, numbers.money(after.value), after.share):
        assert shown in last


def test_reasons_are_those_of_the_console() -> None:
    """Each deal with what it brings and costs, and their sums."""
    cases = rebalancer()
    reasons = cases.explain(cases.rebalance(cases.read(SAMPLES / "sample.ini")))
    view, printed = reasons_view(reasons), explanation_text(reasons)
    assert view.removed == sum(row.removed for row in view.rows)
    for row in view.rows:
        line = next(line for line in printed.splitlines() if line.startswith(f"{row.asset} "))
        assert numbers.money(row.removed) in line
        assert numbers.money(row.cost) in line
    for name, saved in view.limits:
        assert f"{numbers.money(saved)}  {name}" in printed


def test_the_frontier_is_that_of_the_console() -> None:
    """One row for each number of deals, and the same legend."""
    cases = rebalancer()
    points = cases.frontier(cases.read(SAMPLES / "sample.ini"))
    view, printed = frontier_view(points), frontier_table(points)
    assert [point.max_deals for point in points] == [row.deals for row in view.rows]
    for row, line in zip(view.rows, printed.splitlines()[2:], strict=False):
        assert row.mean_said in line
        assert numbers.money(row.cost) in line
    for each in view.legend:
        assert str(each) in printed
