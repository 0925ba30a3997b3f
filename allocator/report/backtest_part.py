"""A backtest as a part of a page in Markdown: the answer, what was done, the figures, the grid, and what to know."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np

from allocator.backtest.result import BacktestResult, Run
from allocator.core.text import text
from allocator.report.backtest import (
    BRIEF,
    GRID_NAMES,
    backtest_markdown,
    clean,
    escaped,
    grid_markdown,
    grid_sentences,
    piped,
    ratio,
    remarks,
    year_of,
)
from allocator.report.backtest_rows import LINES, OVERVIEW, UNKNOWN, moment, said
from allocator.report.catalogue import render
from allocator.report.marked import between

MOST_ABREAST = 4  # strategies whose whole tables stand side by side; of more the overview is all
EVENTS_SHOWN = 3  # of each strategy


def backtest_part(
    result: BacktestResult, *, beside: Mapping[str, str] | None = None, beside_name: str = "", lang: str = "en"
) -> str:
    """Verdict, settings, a line for each strategy, all rows of a few strategies, the grid, events and notes.

    `beside` and its name: as `paper` of `backtest_markdown`, a column of somebody else's figures.
    Raises: `UsageError` for a row that the report does not have.
    """
    parts = [
        f"**{escaped(result.title)}.** {escaped(render(result.verdict, lang))}",
        _bullets(f"{escaped(render(name, lang))}: {escaped(render(found, lang))}" for name, found in result.settings),
        overview_markdown(result.runs, lang=lang),
    ]
    whole = len(result.runs) <= MOST_ABREAST or beside is not None
    if whole:
        parts.append(backtest_markdown(result, paper=beside, paper_name=beside_name, lang=lang))
    if result.grid is not None:
        tuned = next((run.name for run in result.runs if run.tuned == result.grid.best), UNKNOWN)
        title = text(
            "Sharpe ratios of {strategy} on the tuning period, λ down, risk aversion across; the chosen one is bold.",
            strategy=escaped(tuned),
        )
        said_of_it = () if whole else grid_sentences(result.grid, year_of(result))
        parts += [
            render(title, lang),
            grid_markdown(result.grid),
            _bullets(escaped(render(each, lang)) for each in said_of_it),
        ]
    noted = (render(each, lang) for each in remarks(result, chosen=False))
    parts.append(_bullets(map(escaped, (*_events(result.runs, lang), *noted))))
    return "\n\n".join(filter(None, parts))


def overview_markdown(runs: Sequence[Run], *, lang: str = "en") -> str:
    """A line for each strategy, in the order of the runs: what was chosen, how it did there, and how it did here.

    The t-value is the Sharpe ratio in its standard errors: of a strategy without skill it lies within ±2 in 95 cases
    of a hundred, whatever the ratio of a year looks like.
    """
    tuned = any(run.tuned is not None for run in runs)
    choice = [text("Chosen"), text("Sharpe when chosen")] if tuned else []
    headings = [text("Strategy"), *choice, *(BRIEF[key] for key in OVERVIEW), text("t of Sharpe")]
    lines = [piped([render(each, lang) for each in headings]), "|---|" + "---:|" * (len(headings) - 1)]
    for run in runs:
        figures = [said(run, LINES[key], lang) for key in OVERVIEW]
        lines.append(piped([run.name, *(_chosen(run) if tuned else []), *figures, ratio(t_value(run))]))
    return "\n".join(lines)


def _chosen(run: Run) -> list[str]:
    if run.tuned is None:
        return [UNKNOWN, UNKNOWN]
    settings = (f"{GRID_NAMES.get(name, name)} = {found:g}" for name, found in run.tuned.settings.items())
    return [", ".join(settings), ratio(run.tuned.sharpe)]


def t_value(run: Run) -> float:
    """The Sharpe ratio of a year times the root of the years: the mean excess return in its standard errors."""
    return run.metrics.sharpe_ratio * float(np.sqrt(run.path.periods / run.metrics.periods_a_year))


def placed(page: str, name: str, part: str) -> str:
    """A page with the part between the marks of a name, in place of what was there.

    Raises: `UsageError` for a page without the marks.
    """
    return between(page, marks(name), name, part)


def marks(name: str) -> tuple[str, str]:
    """The lines between which a part of this name stands."""
    plain = clean(name).replace("--", "-").replace(">", "")
    return f"<!-- backtest {plain}: begin -->", f"<!-- backtest {plain}: end -->"


def _bullets(items: Iterable[str]) -> str:
    return "\n".join(f"- {item}" for item in items)


def _events(runs: Sequence[Run], lang: str) -> Iterator[str]:
    """The first events of each strategy; one that happened to several is told once."""
    found: dict[tuple[str, str], list[str]] = {}
    for run in runs:
        for time, event in run.path.events[:EVENTS_SHOWN]:
            found.setdefault((moment(time), render(event, lang)), []).append(run.name)
    for (when, what), names in sorted(found.items()):
        yield f"{when} {'; '.join(names)}: {what}"
