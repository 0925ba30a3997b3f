"""Winrate and MAPE against λ as a PNG, as the paper's figure 2, with what they must be compared with."""

from __future__ import annotations

import io
import math
from typing import Any

from allocator.core.text import text
from allocator.forecast.experiment.grid import ITERATIONS
from allocator.forecast.experiment.running import Outcome
from allocator.forecast.experiment.summary import by_lambda, of_cell
from allocator.report.catalogue import render
from allocator.report.experiment import NETWORKS
from allocator.report.frontier import FADED, INK, need_matplotlib

HEADROOM = 1.08  # above the highest MAPE, so that its marker is whole


def experiment_picture(outcome: Outcome, *, lang: str = "en") -> bytes:
    """A pair of axes for each iteration that has results. Raises: `UsageError` when matplotlib is not installed."""
    numbers = [each for each in outcome.grid.iterations if of_cell(outcome.results, each)]
    figure = need_matplotlib()(figsize=(6.5 * max(1, len(numbers)), 5), layout="constrained")
    for axes, number in zip(figure.subplots(1, max(1, len(numbers)), squeeze=False)[0], numbers, strict=False):
        lines, names = _draw(axes, outcome, number, lang)
        if number == numbers[0]:
            figure.legend(lines, names, fontsize=8, loc="outside lower center", ncols=4)
    picture = io.BytesIO()
    figure.savefig(picture, format="png", dpi=120)
    return picture.getvalue()


def _draw(axes: Any, outcome: Outcome, number: int, lang: str) -> tuple[list[Any], list[str]]:  # noqa: ANN401 -- matplotlib is untyped
    """The lines of a legend, and their names."""
    lines = by_lambda(outcome.results, number)
    lambdas = [line.lam for line in lines]
    low, high = ([100 * getattr(line.moved, name) for line in lines] for name in ("low", "high"))
    axes.fill_between(lambdas, low, high, color=INK, alpha=0.15, linewidth=0, label=render(text("95 %"), lang))
    for network in outcome.grid.networks:
        own = by_lambda(of_cell(outcome.results, number, network), number)
        label = render(NETWORKS[network], lang)
        axes.plot(
            [each.lam for each in own], [100 * each.moved.value for each in own], linewidth=0.8, alpha=0.7, label=label
        )
    winrate = render(text("Winrate, bars that moved"), lang)
    axes.plot(lambdas, [100 * line.moved.value for line in lines], color=INK, marker="o", label=winrate)
    majority = render(text("majority"), lang)
    axes.plot(lambdas, [100 * line.moved_majority for line in lines], color=INK, linestyle="--", label=majority)
    axes.set_xlabel("λ")
    axes.set_ylabel(render(text("Winrate, %"), lang), color=INK)
    other = axes.twinx()
    other.plot(lambdas, [line.mape for line in lines], color=FADED, marker="s", label=render(text("MAPE"), lang))
    naive = render(text("MAPE of no change"), lang)
    other.plot(lambdas, [line.naive_mape for line in lines], color=FADED, linestyle="--", label=naive)
    other.set_ylabel(render(text("MAPE, %"), lang), color=FADED)
    highest = max((each for line in lines for each in (line.mape, line.naive_mape) if math.isfinite(each)), default=0.0)
    other.set_ylim(0, HEADROOM * highest or 1.0)
    axes.grid(visible=True, alpha=0.3)
    year = ITERATIONS[number].test.year
    axes.set_title(render(text("Iteration {number}: judged on {year}", number=number, year=year), lang))
    (lines_of, names), (others_of, other_names) = (each.get_legend_handles_labels() for each in (axes, other))
    return [*lines_of, *others_of], [*names, *other_names]
