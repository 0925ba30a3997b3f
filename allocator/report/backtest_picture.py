"""A backtest as one PNG: value, drawdown and costs of all strategies, the weights of the first, the map of the grid."""

from __future__ import annotations

import io
from typing import Any

from allocator.backtest.result import BacktestResult
from allocator.core.text import Text, text
from allocator.report import backtest_charts as charts
from allocator.report.backtest import clean, short
from allocator.report.backtest_svg import LIGHT, drawing, shown
from allocator.report.catalogue import render
from allocator.report.frontier import need_matplotlib

MOST_IN_LEGEND = 12  # strategies; of more the first are named
SUBTITLE = 110  # characters of the verdict in a line
HEIGHTS = {"value": 3.6, "compared": 2.9, "first": 2.9}


def backtest_picture(result: BacktestResult, *, lang: str = "en") -> bytes:
    """A PNG on white. Raises: `UsageError` when matplotlib is not installed."""
    figure_class = need_matplotlib()
    with drawing():
        figure = _figure(figure_class, result, lang)
        picture = io.BytesIO()
        figure.savefig(picture, format="png", dpi=120, metadata={"Software": None})
    return picture.getvalue()


def _figure(figure_class: type, result: BacktestResult, lang: str) -> Any:  # noqa: ANN401 -- matplotlib is untyped
    paths = [run.path for run in result.runs]
    heights = dict(HEIGHTS) if paths else {}
    if result.grid is not None:
        heights["grid"] = 1.2 + 0.34 * len(result.grid.rows)
    layout = [[row, row] if row in {"value", "grid"} else [f"{row} left", f"{row} right"] for row in heights]
    figure = figure_class(figsize=(11, 1.0 + sum(heights.values())), layout="constrained")
    axes = figure.subplot_mosaic(layout, height_ratios=list(heights.values())) if heights else {}
    if paths:
        charts.draw_value(axes["value"], paths, lang, benchmark=paths[0].benchmark_name)
        charts.draw_drawdown(axes["compared left"], paths, lang)
        charts.draw_costs_of_all(axes["compared right"], paths, lang)
        charts.draw_weights(axes["first left"], paths[0], lang, charts.roles_of(paths[:1]))
        charts.draw_turnover(axes["first right"], paths[0], lang)
        name = short(result.runs[0].name)
        _title(axes["value"], text("Value"), lang)
        _title(axes["compared left"], text("Drawdown"), lang)
        _title(axes["compared right"], text("Costs"), lang)
        _title(axes["first left"], text("Weights: {name}", name=name), lang)
        _title(axes["first right"], text("Turnover: {name}", name=name), lang)
        axes["value"].legend(*_named(axes["value"]), loc="best", ncols=1 + len(paths) // 5)
        axes["first left"].legend(loc="center left", bbox_to_anchor=(1.0, 0.5), fontsize=8, reverse=True)
    if result.grid is not None:
        charts.draw_grid(axes["grid"], result.grid, lang)
        _title(axes["grid"], text("Sharpe ratio of a year on the tuning period"), lang)
    figure.suptitle(
        f"{shown(result.title, SUBTITLE)}\n{shown(clean(render(result.verdict, lang)), SUBTITLE)}",
        fontsize=12, color=LIGHT["ink"], horizontalalignment="left", x=0.01,
    )  # fmt: skip
    return figure


def _title(axes: Any, title: Text, lang: str) -> None:  # noqa: ANN401
    axes.set_title(render(title, lang))


def _named(axes: Any) -> tuple[list[Any], list[str]]:  # noqa: ANN401
    lines, names = axes.get_legend_handles_labels()
    return lines[: MOST_IN_LEGEND + 1], names[: MOST_IN_LEGEND + 1]
