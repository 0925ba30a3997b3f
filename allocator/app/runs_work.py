"""What the process of a backtest does: run it, and leave on the shelf all that can be had of it."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from allocator.app.backtesting import Backtester, Means
from allocator.app.loop.place import Place
from allocator.app.runs_files import CHART, Figures, Shelf
from allocator.backtest.result import BacktestResult, Run
from allocator.config.backtest_file import parse_backtest
from allocator.core.errors import UsageError
from allocator.core.text import Text, text
from allocator.report import LANGUAGES, dumps
from allocator.report.backtest_document import backtest_csv, backtest_document

POINTS = 500  # of a line of the chart: as many as a screen can show
Tell = Callable[[Text, int, int], None]


@dataclass(frozen=True, slots=True)
class Order:
    """A run to be made: its name on the shelf, where the store is, where models and trials are kept."""

    folder: Path
    name: str
    place: Place
    cache: Path


@dataclass(frozen=True, slots=True)
class Outcome:
    """What its page says first."""

    verdict: Text
    figures: tuple[Figures, ...]
    notes: tuple[Text, ...]


def work(tell: Tell, order: Order) -> Outcome:
    """Run it and write its files. One process works, at low priority: the pages and the loop come first.

    Raises: as `Backtester.run`; `StoreError` when the disk refuses.
    """
    shelf = Shelf(order.folder)
    plan = parse_backtest(shelf.text_of(order.name), Path("backtest.ini"), files=False)
    settings = order.place.settings()
    with order.place.open(settings) as store:
        means = Means(order.cache, 1, settings.forecast.device)
        result = Backtester(store, settings, plan, means, tell).run()
    _write(shelf, order.name, result, tell)
    return Outcome(result.verdict, tuple(map(figures_of, result.runs)), result.notes)


def figures_of(run: Run) -> Figures:
    """A strategy in short."""
    found = run.metrics
    final = float(run.path.value[-1] / run.path.value[0])
    return Figures(
        run.name,
        _finite(float(np.expm1(found.average_growth_rate))),
        _finite(found.volatility),
        _finite(found.sharpe_ratio),
        _finite(found.deepest_drawdown),
        _finite(final),
    )


def chart_of(result: BacktestResult) -> dict[str, object]:
    """Value of each strategy as a multiple of its first, at `POINTS` moments at most, in seconds since 1970."""
    first = result.runs[0].path
    rows = np.unique(np.linspace(0, len(first.times) - 1, min(POINTS, len(first.times))).astype(int))
    lines = [[_finite(each) for each in (run.path.value / run.path.value[0])[rows].tolist()] for run in result.runs]
    labels = [run.name for run in result.runs]
    rival = first.benchmark_returns
    if rival is not None:
        grown = np.concatenate([[1.0], np.cumprod(1 + rival)])[rows]
        labels.append(first.benchmark_name)
        lines.append([_finite(each) for each in grown.tolist()])
    seconds = first.times[rows].astype("datetime64[s]").astype(np.int64).tolist()
    return {"x": "time", "labels": labels, "data": [seconds, *lines], "unit": "", "benchmark": rival is not None}


def _write(shelf: Shelf, name: str, result: BacktestResult, tell: Tell) -> None:
    shelf.write(name, CHART, json.dumps(chart_of(result)).encode())
    shelf.write(name, "result.csv", backtest_csv(result).encode())
    for lang in LANGUAGES:
        document = dumps(backtest_document(result, lang=lang, series=True))
        shelf.write(name, f"result.{lang}.json", document.encode())
    try:
        for at, lang in enumerate(LANGUAGES):
            tell(text("drawing the report"), at, len(LANGUAGES))
            _draw(shelf, name, result, lang)
    except UsageError:  # without matplotlib there are no pictures, and the page says what to install
        return


def _draw(shelf: Shelf, name: str, result: BacktestResult, lang: str) -> None:
    from allocator.report.backtest_page import backtest_page  # noqa: PLC0415 -- matplotlib
    from allocator.report.backtest_picture import backtest_picture  # noqa: PLC0415

    shelf.write(name, f"page.{lang}.html", backtest_page(result, lang=lang).encode())
    shelf.write(name, f"charts.{lang}.png", backtest_picture(result, lang=lang))


def _finite(found: float) -> float | None:
    return found if math.isfinite(found) else None
