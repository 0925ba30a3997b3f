"""A series as a PNG: price over turnover, with what happened to the paper and what is missing."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import numpy as np

from allocator.core.bars import Bars, Floats, Interval, Times
from allocator.core.text import Text, text
from allocator.report.catalogue import render
from allocator.report.frontier import FADED, INK, need_matplotlib
from allocator.report.series import ADJUSTED, KINDS, SeriesView, ratio

GAP_DAYS = 15  # calendar days without a bar that are more than holidays
GAP, ALARM = "#d9d9d9", "#c00000"
BINS = 240  # bars of turnover that a picture of this width can show
WIDE = 8.0  # times from the lowest to the highest price: a straight scale would flatten the low years
UNITS = ((1e9, text("bn")), (1e6, text("mn")), (1e3, text("thousand")), (1.0, text("units of money")))


def series_picture(view: SeriesView, *, lang: str = "en") -> bytes:
    """Price and turnover of the bars; splits, dividends, gaps and quarantined bars are marked.

    Raises: `UsageError` when matplotlib is not installed.
    """
    figure = series_figure(view, lang)
    picture = io.BytesIO()
    figure.savefig(picture, format="png", dpi=120)
    return picture.getvalue()


def series_figure(view: SeriesView, lang: str) -> Any:  # noqa: ANN401 -- matplotlib is untyped
    """The picture before it is a file: price above, and turnover below where any is known."""
    figure = need_matplotlib()(figsize=(11, 6.5), layout="constrained")
    bars, times = view.bars, view.bars.begin.astype("datetime64[s]")
    value, name = _turnover(bars)
    if np.isfinite(value).any():
        price, turnover = panes = tuple(figure.subplots(2, 1, sharex=True, height_ratios=[3, 1]))
        _draw_turnover(turnover, bars.begin, value, name, lang)
    else:
        price, *_ = panes = (figure.subplots(),)
    _draw_price(price, view, lang)
    for axes in panes:
        for start, stop in _gaps(times):
            axes.axvspan(start, stop, color=GAP, alpha=0.6, linewidth=0)
        axes.grid(visible=True, alpha=0.3)
        axes.margins(x=0.01)
    _mark_actions(price, view, lang)
    _mark_left_out(price, view, lang)
    paper = view.instrument.name or render(KINDS[view.instrument.kind], lang)
    figure.suptitle(f"{view.instrument.ticker}: {paper}", fontsize=14)
    price.set_title(
        render(text("Prices {adjusted}", adjusted=ADJUSTED[view.adjust]), lang), fontsize=10, color="#555555"
    )
    price.legend(loc="best", framealpha=0.8, fontsize=9)
    figure.align_ylabels()
    return figure


def _draw_price(axes: Any, view: SeriesView, lang: str) -> None:  # noqa: ANN401 -- matplotlib is untyped
    bars, good = view.bars, ~view.doubtful
    times, closes = _broken(bars[good])
    if bool(np.isfinite(bars.low[good]).any()) and len(times) < 400:
        low, high = (_broken(bars[good], name)[1] for name in ("low", "high"))
        axes.fill_between(times, low, high, color=INK, alpha=0.15, linewidth=0, label=render(text("Low to high"), lang))
    dots = "." if len(times) < 60 else ""
    axes.plot(times, closes, color=INK, linewidth=1.2, marker=dots, label=render(text("Close"), lang))
    if view.doubtful.any():
        odd = bars[view.doubtful]
        label = render(text("Quarantined"), lang)
        axes.plot(odd.begin, odd.close, "x", color=ALARM, markersize=8, markeredgewidth=2, label=label)
    known = closes[np.isfinite(closes)]
    if len(known) and known.min() > 0 and known.max() > WIDE * known.min():
        axes.set_yscale("log")
        _plain_numbers(axes)
    axes.set_ylabel(render(text("Price"), lang))


def _plain_numbers(axes: Any) -> None:  # noqa: ANN401
    from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter  # noqa: PLC0415

    axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())


def _mark_actions(axes: Any, view: SeriesView, lang: str) -> None:  # noqa: ANN401
    """Splits as lines with their ratio, dividends as marks at the foot, both inside of the days shown."""
    days = view.bars.days
    if not len(days):
        return
    first, last = days[0].item(), days[-1].item()
    shown = [split for split in view.splits if first <= split.day <= last]
    for at, split in enumerate(shown):
        label = render(text("Split"), lang) if at == 0 else None
        axes.axvline(np.datetime64(split.day), color=FADED, linestyle="--", linewidth=1, label=label)
        axes.annotate(
            ratio(split), (np.datetime64(split.day), 1), xycoords=("data", "axes fraction"), xytext=(4, -12),
            textcoords="offset points", color=FADED, fontsize=9,
        )  # fmt: skip
    paid: list[date] = sorted({day for day, _ in view.payments if first <= day <= last})
    if paid:
        label = render(text("Without the dividend from here"), lang)
        moments = np.array(paid, dtype="datetime64[D]")
        foot = axes.get_xaxis_transform()
        axes.plot(moments, np.full(len(paid), 0.02), "^", color="#2e7d32", markersize=6, transform=foot, label=label)


def _mark_left_out(axes: Any, view: SeriesView, lang: str) -> None:  # noqa: ANN401
    """Bars in quarantine that adjusted series leave out: marks at the foot, for they have no believable price."""
    if not len(view.bars) or view.adjust == "none":
        return
    first, last = view.bars.begin[0].item(), view.bars.begin[-1].item()
    moments = [each.begin for each in view.findings if each.begin and first <= each.begin <= last]
    if moments:
        label, foot = render(text("Quarantined"), lang), axes.get_xaxis_transform()
        where = np.array(moments, dtype="datetime64[s]"), np.full(len(moments), 0.06)
        axes.plot(*where, "x", color=ALARM, markersize=8, markeredgewidth=2, transform=foot, label=label)


def _turnover(bars: Bars) -> tuple[Floats, Text]:
    """(n,) money, NaN where not known, and what it is."""
    if np.isfinite(bars.value).any():
        return bars.value, text("Turnover")
    return bars.volume * bars.close, text("Volume x price")  # nearly so: the mean price is not the last one


def _draw_turnover(axes: Any, begin: Times, value: Floats, name: Text, lang: str) -> None:  # noqa: ANN401
    """The turnover of each bar, or the mean of several where there are more than a picture can show."""
    known = np.isfinite(value)
    times, means, width = _binned(begin[known], value[known])
    scale, unit = next(each for each in UNITS if means.max() >= each[0] or each[0] == 1.0)
    axes.bar(times, means / scale, width=width, color=INK, alpha=0.6, align="edge", linewidth=0)
    mean = len(times) < int(known.sum())
    label = (
        text("{name}, {unit},\nmean", name=name, unit=unit) if mean else text("{name}, {unit}", name=name, unit=unit)
    )
    axes.set_ylabel(render(label, lang))
    axes.set_ylim(bottom=0)


def _binned(times: Times, value: Floats) -> tuple[Times, Floats, np.timedelta64]:
    """(m,) beginnings, mean turnover of the bars of each, and their width; one bar each while there is room."""
    seconds = times.astype("datetime64[s]").astype(np.int64)
    step = int(np.min(np.diff(seconds))) if len(seconds) > 1 else Interval.DAY.seconds
    step *= max(1, -(-int(seconds[-1] - seconds[0]) // (step * BINS)))
    bins, which = np.unique((seconds - seconds[0]) // step, return_inverse=True)
    means = np.bincount(which, weights=value) / np.bincount(which)
    width = np.timedelta64(int(step * 0.9), "s")
    return (bins * step + seconds[0]).astype("datetime64[s]"), means, width


def _broken(bars: Bars, name: str = "close") -> tuple[Times, Floats]:
    """A column with NaN put into each long gap, so that no line is drawn over what is not known."""
    column: Floats = getattr(bars, name)
    after = np.flatnonzero(np.diff(bars.begin) > np.timedelta64(GAP_DAYS, "D")) + 1
    middles = bars.begin[after - 1] + (bars.begin[after] - bars.begin[after - 1]) // 2
    return np.insert(bars.begin, after, middles), np.insert(column, after, np.nan)


def _gaps(times: Times) -> list[tuple[np.datetime64, np.datetime64]]:
    """From the last bar before each long gap to the first bar after it."""
    after = np.flatnonzero(np.diff(times) > np.timedelta64(GAP_DAYS, "D")) + 1
    return [(times[at - 1], times[at]) for at in after]
