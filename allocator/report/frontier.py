"""What each further deal buys: as a table, as JSON and as a picture."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from decimal import ROUND_CEILING, Decimal

from allocator.core.errors import UsageError
from allocator.core.portfolio import Model
from allocator.core.text import Text, text
from allocator.optimize import FrontierPoint, Plan, Status
from allocator.optimize.problem import exact
from allocator.report import numbers
from allocator.report.catalogue import render
from allocator.report.document import Json, in_percent
from allocator.report.layout import ruled

INK, FADED = "#1f4e79", "#b0562d"


def frontier_table(points: Sequence[FrontierPoint], *, lang: str = "en", quiet: bool = False) -> str:
    """A line for at most 0, 1, 2, ... deals: how far the best portfolio is from the ideal, and what it costs.

    What the figures mean stands below, unless `quiet`.
    """
    headings = [
        text("Deals at most"),
        text("Deviation"),
        text("Mean"),
        text("Closer by"),
        text("Cost"),
        text("Proven within"),
    ]
    columns = [
        numbers.right([str(point.max_deals) for point in points]),
        numbers.aligned([_money(distance(point.plan)) for point in points]),
        numbers.aligned([_percent(point.plan.mean_deviation_after if point.plan else None) for point in points]),
        numbers.aligned([_money(gain) for gain in gains(points)]),
        numbers.aligned([_money(point.plan.cost if point.plan else None) for point in points]),
        numbers.aligned([proven(point.plan) for point in points]),
    ]
    table = ruled([render(heading, lang) for heading in headings], columns)
    if quiet:
        return table
    return "\n".join([table, "", *(render(sentence, lang) for sentence in legend(points))])


def legend(points: Sequence[FrontierPoint]) -> list[Text]:
    """What the figures mean, and what is special in these."""
    last = points[-1].plan
    squared = last is not None and last.problem.model is Model.LSAPPROX
    meaning = (
        text("Deviation: the root of the sum of squared deviations from the ideal portfolio; Mean: their root mean")
        if squared
        else text("Deviation: the sum of deviations from the ideal portfolio; Mean: a row's")
    )
    said = [text("{meaning}, as a share of the portfolio. Cost: commission and spread.", meaning=meaning)]
    if last is not None and last.status is Status.OPTIMAL:
        said.append(
            text(
                "More than {deals} {deals:deal brings|deals bring} the portfolio no closer.", deals=points[-1].max_deals
            )
        )
    impossible = [str(point.max_deals) for point in points if point.plan is None]
    if impossible:
        said.append(text("No plan with so few deals: {deals}.", deals=", ".join(impossible)))
    if any(point.plan is not None and point.plan.status is Status.FEASIBLE for point in points):
        said.append(text("TIME LIMIT: not every plan is proven; the last column says how far each may be."))
    return said


def frontier_document(points: Sequence[FrontierPoint]) -> dict[str, Json]:
    """The object of `--frontier --json`; a number of deals without a plan has null figures."""
    return {"frontier": [_point(point, gain) for point, gain in zip(points, gains(points), strict=True)]}


def _point(point: FrontierPoint, gain: Decimal | None) -> dict[str, Json]:
    plan = point.plan
    return {
        "max_deals": point.max_deals,
        "status": plan.status.value if plan else "infeasible",
        "gap": plan.gap if plan else None,
        "deals": plan.deals if plan else None,
        "objective": plan.objective if plan else None,
        "deviation": in_percent(plan.mean_deviation_after) if plan else None,
        "closer_by": gain,
        "cost": plan.cost if plan else None,
    }


def frontier_picture(points: Sequence[FrontierPoint], *, lang: str = "en") -> bytes:
    """The same as a PNG: mean deviation falling with the deals allowed, and the cost rising.

    Raises: `UsageError` when matplotlib is not installed.
    """
    figure_class = need_matplotlib()
    figure = figure_class(figsize=(8, 5), layout="constrained")
    plans = [(point.max_deals, point.plan) for point in points if point.plan]
    deals = [count for count, _ in plans]
    left = figure.subplots()
    left.step(deals, [_number(plan.mean_deviation_after, 100) for _, plan in plans], "o-", where="post", color=INK)
    left.set_xlabel(render(text("Deals at most"), lang))
    left.set_ylabel(render(text("Mean deviation, % of the portfolio"), lang), color=INK)
    left.set_ylim(bottom=0)
    left.xaxis.get_major_locator().set_params(integer=True)
    left.grid(visible=True, alpha=0.3)
    right = left.twinx()
    right.step(deals, [_number(plan.cost) for _, plan in plans], "s--", where="post", color=FADED, alpha=0.8)
    right.set_ylabel(render(text("Cost"), lang), color=FADED)
    right.set_ylim(bottom=0)
    left.set_title(render(text("What each further deal buys"), lang))
    picture = io.BytesIO()
    figure.savefig(picture, format="png", dpi=120)
    return picture.getvalue()


def need_matplotlib() -> type:
    """Matplotlib's `Figure`, which needs no screen.

    Raises: `UsageError` when matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure  # noqa: PLC0415 -- an optional extra, and slow to import
    except ImportError as error:
        raise UsageError(
            text("A picture needs matplotlib, which is not installed."),
            text("With the Python that runs allocator: python -m pip install matplotlib"),
        ) from error
    else:
        return Figure


def distance(plan: Plan | None) -> Decimal | None:
    """The objective in money: Σ deviation, or the root of Σ deviation²."""
    if plan is None:
        return None
    return plan.objective if plan.problem.model is Model.LAD else plan.objective.sqrt()


def gains(points: Sequence[FrontierPoint]) -> list[Decimal | None]:
    """How much closer each point is than the one before it; None where either has no plan."""
    distances = [distance(point.plan) for point in points]
    with exact():
        return [
            None if nearer is None or farther is None else farther - nearer
            for farther, nearer in zip([None, *distances], distances, strict=False)
        ]


def proven(plan: Plan | None) -> str:
    """Rounded up to hundredths of a percent: a column of them is easier to read than all their digits."""
    if plan is None or not math.isfinite(plan.gap):
        return ""
    return f"{(Decimal(repr(plan.gap)) * 100).quantize(numbers.CENT, ROUND_CEILING)}%"


def _money(value: Decimal | None) -> str:
    return "" if value is None else numbers.money(value)


def _percent(value: Decimal | None) -> str:
    return "" if value is None else numbers.percent(value)


def _number(value: Decimal | None, times: int = 1) -> float:
    return 0.0 if value is None else float(value * times)
