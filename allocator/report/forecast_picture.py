"""A forecast as a PNG: each security's expected return, its bounds, and what of it is acted on."""

from __future__ import annotations

import io
from typing import Any

import numpy as np

from allocator.core.bars import Floats
from allocator.core.text import text
from allocator.report.catalogue import render
from allocator.report.forecast import ForecastView, kept, order
from allocator.report.frontier import FADED, INK, need_matplotlib

A_COLUMN = 50  # securities, of more there are several columns
FAR = 4.0  # times as far from zero as the usual security: what is farther ends at the edge, with its figure
LEAST = 1.0  # percent that the axis shows to each side at the least
ROOM = 0.03  # of the axis, at each end


def forecast_picture(view: ForecastView, *, lang: str = "en") -> bytes:
    """The best on top, in as many columns as it takes, all of one scale.

    Raises: `UsageError` when matplotlib is not installed.
    """
    rows = order(view.forecast)
    columns = max(1, -(-len(rows) // A_COLUMN))
    tall = -(-len(rows) // columns)
    width = 9.0 if columns == 1 else 5.0 * columns
    figure = need_matplotlib()(figsize=(width, max(3.0, 1.9 + 0.26 * tall)), layout="constrained")
    reach = _reach(view)
    each = figure.subplots(1, columns, squeeze=False)[0]
    for at, axes in enumerate(each):
        _draw(axes, view, rows[at * tall : (at + 1) * tall], tall, reach, lang)
    figure.suptitle(render(view.sentence, lang), fontsize=9, color="#555555", wrap=True)
    figure.legend(*each[0].get_legend_handles_labels(), loc="outside lower center", ncols=3, fontsize=9)
    picture = io.BytesIO()
    figure.savefig(picture, format="png", dpi=120)
    return picture.getvalue()


def _reach(view: ForecastView) -> tuple[float, float]:
    """The ends of the axis, in percent: of what is not far from the usual security, with zero between them."""
    made = view.forecast
    table = 100 * np.stack([made.mean, made.lower, made.upper, kept(made)])
    table = np.where(np.isfinite(table), table, 0.0)
    usual = table[np.abs(table) <= FAR * np.median(np.abs(table).max(axis=0))]
    low, high = min(-LEAST, usual.min()), max(LEAST, usual.max())
    return low - ROOM * (high - low), high + ROOM * (high - low)


def _draw(axes: Any, view: ForecastView, rows: list[int], tall: int, reach: tuple[float, float], lang: str) -> None:  # noqa: ANN401 -- matplotlib is untyped
    """The securities of a column, from the top; what is acted on stands above all else, also on the line of zero."""
    made = view.forecast
    place = tall - 1.0 - np.arange(len(rows), dtype=np.float64)
    mean, lower, upper, acted = 100 * np.stack([made.mean, made.lower, made.upper, kept(made)])[:, rows]
    known = np.isfinite(lower) & np.isfinite(upper)
    axes.axvline(0, color="#999999", linewidth=1, zorder=1)
    if bool(np.isfinite(made.lower).any()):
        axes.hlines(
            place[known], lower[known], upper[known], color=FADED, linewidth=3, alpha=0.6, zorder=2,
            label=render(text("Bounds of the expected return"), lang),
        )  # fmt: skip
    axes.plot(mean, place, "o", color=INK, markersize=5, zorder=3, label=render(text("Expected return"), lang))
    axes.plot(
        acted, place, "|", color="black", markersize=10, markeredgewidth=1.8, zorder=4,
        label=render(text("Kept: what is acted on"), lang),
    )  # fmt: skip
    _point_outwards(axes, place, mean, reach)
    axes.set_xlim(*reach)
    axes.set_yticks(place, [f"{made.tickers[n]}{' *' if made.tickers[n] in view.held else ''}" for n in rows])
    axes.set_ylim(-0.7, tall - 0.3)
    axes.set_xlabel(render(text("Return a year, %"), lang))
    axes.grid(visible=True, axis="x", alpha=0.3)


def _point_outwards(axes: Any, place: Floats, mean: Floats, reach: tuple[float, float]) -> None:  # noqa: ANN401
    """An arrow and the figure at the edge for each return that is beyond it."""
    for edge, sign, marker, aside in ((reach[0], -1, "<", "left"), (reach[1], 1, ">", "right")):
        for at in np.flatnonzero(sign * mean > sign * edge):
            axes.plot(edge, place[at], marker, color=INK, markersize=7, clip_on=False, zorder=5)
            axes.annotate(
                f"{mean[at]:+.0f}%", (edge, place[at]), xytext=(-8 * sign, 0), textcoords="offset points", ha=aside,
                va="center", fontsize=8, color=INK, zorder=5,
                bbox={"facecolor": "white", "alpha": 0.8, "pad": 1, "linewidth": 0},
            )  # fmt: skip
