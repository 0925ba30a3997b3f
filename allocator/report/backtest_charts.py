"""The charts of a backtest, on axes that somebody else made: a page gives each a figure, a PNG has one for all.

Shares of wealth are drawn in percent, money in the largest unit that fits. Colours are roles of `backtest_svg`: a page
may recolour them, and lines differ in dashes too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from allocator.backtest.path import Path
from allocator.backtest.result import Grid
from allocator.core.bars import Floats
from allocator.core.text import Text, text
from allocator.report.backtest_svg import DASHES, LIGHT, SERIES, shown
from allocator.report.catalogue import render

MOST_POINTS = 240  # of an area: a chart of this width shows no more
MOST_PIECES = 700  # of a line
MOST_BARS = 160
MOST_NAMES = 9  # securities with a band of their own among the weights
WIDE = 8.0  # times from the lowest to the highest value: on a straight scale the low years would be flat
CELL_INK = (
    "#fffffe",
    "#10151d",
)  # on dark and on light cells; not a role, for cells keep their colours on dark screens
CELL_RIM = 0.035
FIRST_STANDS_OUT = 3.0  # times the greatest turnover after it
NO_CELL = "#b9bfc7"
COST_ROLES = ("s1", "s4", "s3")
UNITS = ((1e9, text("bn ₽")), (1e6, text("mn ₽")), (1e3, text("thousand ₽")), (1.0, text("₽")))
LABELS = {"lambda": text("λ of the loss"), "risk_aversion": text("Risk aversion γ")}


def draw_value(axes: Any, paths: Sequence[Path], lang: str, *, benchmark: str = "") -> None:  # noqa: ANN401
    """Value of each strategy, and of the benchmark as if all of the first one's money had gone there."""
    scale, unit = _unit(max(float(path.value.max()) for path in paths))
    rival = benchmark_value(paths)
    if rival is not None:
        label = shown(benchmark_label(benchmark, lang))
        kept = turns(rival)
        dotted = {"color": LIGHT["bench"], "linestyle": (0, (1, 1.5)), "linewidth": 1.2, "zorder": 3}
        axes.plot(paths[0].times[kept], rival[kept] / scale, **dotted, label=label)
    for at, path in enumerate(paths):
        kept = turns(path.value)
        axes.plot(path.times[kept], path.value[kept] / scale, linewidth=1.5, **line(at), label=shown(path.name))
    lowest, highest = min(float(p.value.min()) for p in paths), max(float(p.value.max()) for p in paths)
    if lowest > 0 and highest > WIDE * lowest:
        _logarithmic(axes)
    axes.set_ylabel(render(text("Value, {unit}", unit=unit), lang))
    _dates(axes)


def benchmark_label(name: str, lang: str) -> str:
    """What the benchmark is called: its ticker, or words."""
    named = {"": text("Benchmark"), "equal weights": text("equal weights")}
    return render(named[name], lang) if name in named else name


def benchmark_value(paths: Sequence[Path]) -> Floats | None:
    """(P+1,) what the first strategy's money would be worth in the benchmark; None without a whole one."""
    returns = paths[0].benchmark_returns if paths else None
    if returns is None or not np.isfinite(returns).all():
        return None
    grown: Floats = paths[0].value[0] * np.concatenate([[1.0], np.cumprod(1 + returns)])
    return grown


def draw_drawdown(axes: Any, paths: Sequence[Path], lang: str) -> None:  # noqa: ANN401
    """How far below its highest value each strategy stood; filled where one stands alone."""
    for at, path in enumerate(paths):
        below = 100 * path.drawdown
        kept = turns(below)
        axes.plot(path.times[kept], below[kept], linewidth=1.2, **line(at), label=shown(path.name))
        if len(paths) == 1:
            starts = _starts(len(below), MOST_POINTS)
            lows = np.minimum.reduceat(below, starts)
            axes.fill_between(path.times[starts], lows, 0, color=LIGHT[SERIES[0]], alpha=0.2, linewidth=0)
    axes.set_ylabel(render(text("Below the highest value, %"), lang))
    axes.set_ylim(top=0)
    _dates(axes)


def weights_shown(path: Path) -> tuple[list[str], Floats]:
    """Names and (K, M) shares of wealth, at no more than `MOST_POINTS` times: the largest, all others, and cash last.

    Shares are before the deals of each time. The names of the others and of cash are empty and "₽".
    """
    at = _picks(len(path.value), MOST_POINTS)
    worth = np.where(path.value[at] > 0, path.value[at], np.inf)
    mean = path.weights.mean(axis=0)
    order = sorted(range(len(path.tickers)), key=lambda n: (-mean[n], path.tickers[n]))
    held = [n for n in order if path.weights[:, n].any()]
    largest, rest = held[:MOST_NAMES], held[MOST_NAMES:]
    bands = [path.weights[at, n] for n in largest]
    names = [path.tickers[n] for n in largest]
    if rest:
        bands.append(path.weights[np.ix_(at, rest)].sum(axis=1))
        names.append("")
    return [*names, "₽"], np.maximum(np.array([*bands, path.cash[at] / worth]), 0.0)


def roles_of(paths: Sequence[Path]) -> dict[str, str]:
    """A role for each security with a band of its own in any chart of weights, for one colour in all of them.

    Beside each other in a chart they differ wherever `SERIES` is long enough for that; `draw_weights` sees to the rest.
    """
    charts = [weights_shown(path)[0][:-1] for path in paths]
    found: dict[str, str] = {}
    for names in charts:
        for name in names:
            if name and name not in found:
                beside = [found[each] for chart in charts if name in chart for each in chart if each in found]
                spread = list(found.values())
                found[name] = min(SERIES, key=lambda role: (beside.count(role), spread.count(role)))
    return found


def draw_weights(axes: Any, path: Path, lang: str, roles: Mapping[str, str]) -> list[tuple[str, str]]:  # noqa: ANN401
    """Shares of wealth as bands on each other, in the `roles` of `roles_of`; no two bands of a chart have the same.

    Returns the role and the label of each, for a legend.
    """
    names, bands = weights_shown(path)
    special = {"": ("bench", render(text("others"), lang)), "₽": ("cash", render(text("Cash"), lang))}
    key: list[tuple[str, str]] = []
    for name in names:
        taken = {role for role, _ in key}
        free = (role for role in (roles.get(name, SERIES[0]), *SERIES) if role not in taken)
        key.append(special.get(name) or (next(free), name))
    times = path.times[_picks(len(path.value), MOST_POINTS)]
    floor = np.zeros(len(times))
    for (role, name), band in zip(key, 100 * bands, strict=True):
        axes.fill_between(times, floor, floor + band, color=LIGHT[role], linewidth=0, label=shown(name, 14))
        floor = floor + band
    axes.set_ylabel(render(text("Share of wealth, %"), lang))
    axes.set_ylim(0, max(100.0, float(floor.max())))
    axes.grid(visible=False)
    _dates(axes)
    return key


def draw_turnover(axes: Any, path: Path, lang: str, *, role: str = SERIES[0]) -> None:  # noqa: ANN401
    """Turnover of each period, or the mean of several where there are more than a chart can show."""
    turnover = 100 * path.turnover
    starts = _starts(len(turnover), MOST_BARS)
    means = np.add.reduceat(turnover, starts) / np.diff([*starts, len(turnover)])
    times = path.times[[*starts, -1]]
    axes.fill_between(times, [*means, means[-1]], step="post", color=LIGHT[role], alpha=0.75, linewidth=0)
    axes.set_ylabel(render(text("Turnover, %"), lang))
    axes.set_ylim(bottom=0)
    usual = float(means[1:].max()) if len(means) > 1 else 0.0
    if 0 < FIRST_STANDS_OUT * usual < means[0]:  # buying it all at first would make the rest of the chart flat
        axes.set_ylim(0, 1.3 * usual)
        axes.annotate(
            f" ↑ {turnover[0]:.0f}%", (0, 1), xycoords="axes fraction", xytext=(2, -2), textcoords="offset points",
            verticalalignment="top", color=LIGHT["muted"], fontsize=9,
        )  # fmt: skip
    _dates(axes)


def draw_costs(axes: Any, path: Path, lang: str) -> list[tuple[str, str]]:  # noqa: ANN401
    """What was paid so far, by kind, on each other. Returns the role and the label of each kind that cost something."""
    at = _picks(len(path.fees), MOST_POINTS)
    kinds = [(text("Commission"), path.fees), (text("Half spread"), path.spread), (text("Impact"), path.impact)]
    scale, unit = _unit(float(sum(paid.sum() for _, paid in kinds)))
    floor, key = np.zeros(len(at)), []
    for role, (name, paid) in zip(COST_ROLES, kinds, strict=True):
        if not paid.any():
            continue
        key.append((role, render(name, lang)))
        so_far = np.cumsum(paid)[at] / scale
        axes.fill_between(path.times[at + 1], floor, floor + so_far, color=LIGHT[role], linewidth=0, label=key[-1][1])
        floor = floor + so_far
    axes.set_ylabel(render(text("Costs, {unit}", unit=unit), lang))
    axes.set_ylim(0, max(float(floor.max()) * 1.05, 1e-9))
    axes.set_xlim(path.times[0], path.times[-1])
    _dates(axes)
    return key


def draw_costs_of_all(axes: Any, paths: Sequence[Path], lang: str) -> None:  # noqa: ANN401
    """What each strategy paid so far, in percent of the money that it began with."""
    for at, path in enumerate(paths):
        paid = np.concatenate([[0.0], np.cumsum(path.costs)])
        axes.plot(path.times, 100 * paid / path.value[0], linewidth=1.4, **line(at), label=shown(path.name))
    axes.set_ylabel(render(text("Costs, % of the initial value"), lang))
    axes.set_ylim(bottom=0)
    _dates(axes)


def draw_grid(axes: Any, grid: Grid, lang: str) -> None:  # noqa: ANN401
    """Sharpe ratios of the trials as coloured cells with their figures, the chosen one framed; grey without a ratio."""
    from matplotlib import colormaps  # noqa: PLC0415
    from matplotlib.colors import to_rgb  # noqa: PLC0415
    from matplotlib.patches import Rectangle  # noqa: PLC0415

    sharpe, (high, wide) = grid.sharpe, grid.sharpe.shape
    known = np.abs(sharpe[np.isfinite(sharpe)])
    most = float(known.max()) if known.size and known.max() > 0 else 1.0
    palette = colormaps["RdBu"]
    for a, b in np.ndindex(high, wide):
        value = float(sharpe[a, b])
        colour = palette(0.5 + 0.42 * value / most) if np.isfinite(value) else NO_CELL
        axes.add_patch(Rectangle((b - 0.5, a - 0.5), 1, 1, facecolor=colour, edgecolor="none"))
        ink = CELL_INK[1] if _luminance(to_rgb(colour)) > 0.18 else CELL_INK[0]  # the one that stands out more
        weight = "bold" if (a, b) == grid.chosen else "normal"
        said = f"{value:.2f}".replace("-", "−") if np.isfinite(value) else "–"
        axes.text(b, a, said, ha="center", va="center", color=ink, fontsize=9, fontweight=weight)
    corner = (grid.chosen[1] - 0.5 + CELL_RIM, grid.chosen[0] - 0.5 + CELL_RIM)
    side = 1 - 2 * CELL_RIM
    axes.add_patch(Rectangle(corner, side, side, fill=False, edgecolor=CELL_INK[1], linewidth=2))
    axes.set_xlim(-0.5, wide - 0.5)
    axes.set_ylim(-0.5, high - 0.5)
    axes.set_xticks(range(wide), [f"{each:g}" for each in grid.columns])
    axes.set_yticks(range(high), [f"{each:g}" for each in grid.rows])
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)
    rows, columns = (LABELS.get(name, shown(name)) for name in (grid.row_name, grid.column_name))
    axes.set_xlabel(render(columns, lang))
    axes.set_ylabel(render(rows, lang))


def _luminance(colour: tuple[float, float, float]) -> float:
    """Relative luminance by WCAG 2.2: 0 black, 1 white; at 0.18 black and white stand out alike."""
    linear = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in colour]
    return float(np.dot(linear, (0.2126, 0.7152, 0.0722)))


def line(at: int) -> dict[str, Any]:
    """Colour and dashes of the strategy in this place: two of one colour differ in dashes."""
    return {"color": LIGHT[SERIES[at % len(SERIES)]], "linestyle": DASHES[at // len(SERIES) % len(DASHES)]}


def _unit(most: float) -> tuple[float, Text]:
    return next(each for each in UNITS if most >= 2 * each[0] or each[0] == 1.0)


def _picks(count: int, most: int) -> Any:  # noqa: ANN401 -- (K,) integers
    """(K,) up to `most` of `count` places, evenly, both ends among them."""
    return np.unique(np.linspace(0, count - 1, min(count, most)).round().astype(np.int64))


def _starts(count: int, most: int) -> Any:  # noqa: ANN401 -- (K,) integers
    """(K,) beginnings of up to `most` pieces of nearly equal length."""
    return np.unique((np.arange(min(count, most)) * count / min(count, most)).astype(np.int64))


def turns(values: Floats) -> Any:  # noqa: ANN401 -- (K,) integers
    """(K,) places of a line that show: both ends, the lowest and the highest of each of `MOST_PIECES` pieces."""
    starts = _starts(len(values), MOST_PIECES)
    if len(starts) == len(values):
        return starts
    pieces = np.split(values, starts[1:])
    found = [
        start + int(find(piece)) for start, piece in zip(starts, pieces, strict=True) for find in (np.argmin, np.argmax)
    ]
    return np.unique([0, *found, len(values) - 1])


def _logarithmic(axes: Any) -> None:  # noqa: ANN401
    from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter  # noqa: PLC0415

    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())


def _dates(axes: Any) -> None:  # noqa: ANN401
    """Dates in figures, the same in every language, and no wider than the chart."""
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter  # noqa: PLC0415

    locator = AutoDateLocator(minticks=3, maxticks=7)  # type: ignore[no-untyped-call]
    levels = ["%Y", "%Y-%m", "%m-%d", "%H:%M", "%H:%M", "%H:%M:%S"]
    wholes = ["", "%Y", "%Y-%m", "%m-%d", "%H:%M", "%H:%M"]
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(
        ConciseDateFormatter(  # type: ignore[no-untyped-call]
            locator, formats=levels, zero_formats=wholes, offset_formats=[""] * 6, show_offset=False
        )
    )
    axes.margins(x=0)
