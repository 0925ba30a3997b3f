"""A backtest as JSON and as CSV: figures with all their digits, and never a NaN."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping
from dataclasses import asdict

import numpy as np

from allocator.backtest.path import Path
from allocator.backtest.result import BacktestResult, Grid, Run, Trial
from allocator.core.bars import Floats
from allocator.core.text import text
from allocator.report.backtest import year_of
from allocator.report.backtest_rows import LINES, Value, formula, known, value
from allocator.report.catalogue import render
from allocator.report.cells import harmless
from allocator.report.document import Json


def backtest_document(result: BacktestResult, *, lang: str = "en", series: bool = False) -> dict[str, Json]:
    """The object of `allocator backtest --json`.

    `strategies[].metrics`: by the key of each row; returns, costs and shares are fractions, `paid_` and `total_cost`
    roubles, times ISO 8601, `_s` seconds. A figure that there is none of is null, and `unknown` says why, by its key.
    `series` adds each path bar by bar: `times`, `value`, `cash`, `benchmark`, `drawdown` have one item more than
    `turnover`, `fees`, `spread` and `impact`, which are of the period that begins at the time in the same place.
    """
    return {
        "title": result.title,
        "verdict": render(result.verdict, lang),
        "settings": [{"name": render(name, lang), "value": render(said, lang)} for name, said in result.settings],
        "strategies": [_run(run, lang, series=series) for run in result.runs],
        "grid": None if result.grid is None else _grid(result.grid, year_of(result), lang),
        "notes": [render(note, lang) for note in result.notes],
        "formulas": {line.key: render(formula(line), lang) for line in LINES.values()},
    }


def _run(run: Run, lang: str, *, series: bool) -> dict[str, Json]:
    figures = {key: value(run, key) for key in LINES}
    made: dict[str, Json] = {
        "name": run.name,
        "kind": run.kind,
        "benchmark": run.path.benchmark_name or None,
        "tuned": None if run.tuned is None else _trial(run.tuned),
        "metrics": {key: _plain(found) for key, found in figures.items()},
        "unknown": {key: _reason(found, lang) for key, found in figures.items() if not known(found)},
        "events": [{"time": str(time), "event": render(event, lang)} for time, event in run.path.events],
    }
    return made | ({"series": _series(run.path)} if series else {})


def _plain(found: Value) -> Json:
    if not known(found):
        return None
    return str(found) if isinstance(found, np.datetime64) else found


def _reason(found: Value, lang: str) -> str:
    if isinstance(found, float) and math.isinf(found):
        return render(text("it is infinite: what it is divided by is zero"), lang)
    return render(text("there is nothing to work it out from"), lang)


def _trial(trial: Trial) -> dict[str, Json]:
    return {"settings": dict(trial.settings), "sharpe": _finite(trial.sharpe)}


def _grid(grid: Grid, year: int, lang: str) -> dict[str, Json]:
    return {
        "rows": {"name": grid.row_name, "values": list(grid.rows)},
        "columns": {"name": grid.column_name, "values": list(grid.columns)},
        "sharpe": [_numbers(row) for row in grid.sharpe],
        "chosen": _trial(grid.best),
        "trials": grid.trials,
        "independent": _finite(grid.independent),
        "deflated": None
        if grid.deflated is None
        else {
            "probability": _finite(grid.deflated.probability),
            "alone": _finite(grid.deflated.alone),
            "luck": _finite(grid.deflated.luck * year**0.5),
        },
        "overfitting": None if grid.overfitting is None else _finite_all(asdict(grid.overfitting)),
        "notes": [render(note, lang) for note in grid.notes],
    }


def _series(path: Path) -> dict[str, Json]:
    rival = path.benchmark_returns
    grown = None if rival is None else path.value[0] * np.concatenate([[1.0], np.cumprod(1 + rival)])
    return {
        "times": [str(time) for time in path.times],
        "value": _numbers(path.value),
        "cash": _numbers(path.cash),
        "benchmark": None if grown is None else _numbers(grown),
        "drawdown": _numbers(path.drawdown),
        "turnover": _numbers(path.turnover),
        "fees": _numbers(path.fees),
        "spread": _numbers(path.spread),
        "impact": _numbers(path.impact),
    }


def _numbers(found: Floats) -> list[float | None]:
    return [_finite(float(each)) for each in found]


def _finite_all(found: Mapping[str, float]) -> dict[str, Json]:
    return {key: _finite(each) for key, each in found.items()}


def _finite(found: float) -> float | None:
    return found if math.isfinite(found) else None


def backtest_csv(result: BacktestResult) -> str:
    """A row for each strategy, a column for each figure by its key; every digit, fractions, empty where there is none.

    A name that a spreadsheet would take for a formula gets an apostrophe before it.
    """
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(("strategy", "kind", *LINES))
    for run in result.runs:
        figures = (value(run, key) for key in LINES)
        rows.writerow((harmless(run.name), harmless(run.kind), *(_plain(found) for found in figures)))
    return out.getvalue()
