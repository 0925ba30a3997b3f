"""A backtest as text and as Markdown: the answer first, strategies side by side, the grid, and how figures are made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from textwrap import wrap

import numpy as np

from allocator.backtest.result import BacktestResult, Grid, Run
from allocator.core.errors import UsageError
from allocator.core.text import Text, text
from allocator.report import numbers
from allocator.report.backtest_rows import GROUPS, LINES, OVERVIEW, UNKNOWN, Line, formula, moment, said
from allocator.report.catalogue import render
from allocator.report.layout import ruled

WIDTH = 100
LONGEST_NAME = 22
NAME_WIDTH = 16
EVENTS_SHOWN = 12  # of each strategy; of more their number is told
GAP = 2
USUAL_BAR = 0.95
GRID_NAMES = {"lambda": "λ", "risk_aversion": "γ"}


def backtest_text(result: BacktestResult, *, lang: str = "en", width: int = WIDTH, formulas: bool = True) -> str:
    """Title, verdict, settings, every row of each strategy, the grid and what it is worth, events, notes, formulas.

    Strategies stand side by side, as many as `width` columns have room for; more make further tables, under one that
    compares all. `formulas` tells how each figure is worked out and over what time.
    """
    settings = [f"{render(name, lang)}: {render(found, lang)}" for name, found in result.settings]
    blocks = _blocks(result.runs, lang, width)
    parts = [_lines([result.title, render(result.verdict, lang)], width), _lines(settings, width)]
    if len(blocks) > 1:
        parts.append(_overview(result.runs, lang, width))
    parts += [_table(block, lang) for block in blocks]
    if result.grid is not None:
        sentences = grid_sentences(result.grid, year_of(result))
        parts += [_grid(result.grid, lang, width), _lines((render(each, lang) for each in sentences), width)]
    parts.append(_lines([*_events(result.runs, lang), *(render(each, lang) for each in remarks(result))], width))
    if formulas:
        parts.append(_lines(_formulas(lang), width))
    return "\n\n".join(filter(None, parts))


def _lines(sentences: Iterable[str], width: int) -> str:
    """A line for each sentence, going on below where it is longer than `width`."""
    return "\n".join(
        line
        for sentence in sentences
        for line in wrap(clean(sentence), width, subsequent_indent="  ", break_on_hyphens=False, break_long_words=False)
    )


def clean(said_text: str) -> str:
    """One line of printable characters: a name must not move a terminal's cursor."""
    return " ".join("".join(each if each.isprintable() else " " for each in said_text).split())


def short(name: str, longest: int = LONGEST_NAME) -> str:
    """A name as a heading: cleaned, and cut where it is too long."""
    found = clean(name) or "?"
    return found if len(found) <= longest else found[: longest - 1] + "…"


def year_of(result: BacktestResult) -> int:
    """Periods of a year, by which ratios of one period become ratios of a year."""
    return result.runs[0].metrics.periods_a_year if result.runs else 1


def _columns(runs: Sequence[Run], lang: str) -> tuple[list[str], list[list[str]]]:
    """Titles of the rows, and each strategy's cells, with an empty row between groups."""
    titles: list[str] = []
    cells: list[list[str]] = [[] for _ in runs]
    for at, (_, lines) in enumerate(GROUPS):
        for line in [*([None] if at else []), *lines]:
            titles.append(render(line.title, lang) if line else "")
            for column, run in zip(cells, runs, strict=True):
                column.append(said(run, line, lang) if line else "")
    return titles, cells


def _blocks(runs: Sequence[Run], lang: str, width: int) -> list[list[Run]]:
    """The strategies in groups that fit side by side, at least one in each."""
    titles, cells = _columns(runs, lang)
    room = width - max(map(len, titles))
    blocks: list[list[Run]] = []
    left = 0
    for run, column in zip(runs, cells, strict=True):
        needed = GAP + max(map(len, [*_heading(run.name), *column]))
        if not blocks or needed > left:
            blocks.append([])
            left = room
        blocks[-1].append(run)
        left -= needed
    return blocks


def _table(runs: Sequence[Run], lang: str) -> str:
    titles, cells = _columns(runs, lang)
    names = [_heading(run.name) for run in runs]
    widths = [max(map(len, [*name, *column])) for name, column in zip(names, cells, strict=True)]
    columns = [[cell.rjust(width) for cell in column] for width, column in zip(widths, cells, strict=True)]
    tall = max(map(len, names))
    lines = [
        (
            " " * max(map(len, titles))
            + "".join(" " * GAP + part.rjust(width) for part, width in zip(parts, widths, strict=True))
        )
        for parts in zip(*([""] * (tall - len(name)) + name for name in names), strict=True)
    ]
    table = ruled(
        [""] + [part[-width:].rjust(width) for part, width in zip((name[-1] for name in names), widths, strict=True)],
        [titles, *columns],
    )
    cut = [
        f"{' '.join(name)} = {clean(run.name)}" for name, run in zip(names, runs, strict=True) if name[-1].endswith("…")
    ]
    return "\n".join([*(each.rstrip() for each in lines[:-1]), table, *([""] if cut else []), *cut])


def _heading(name: str) -> list[str]:
    """A name in up to three lines over its column; what does not fit is cut."""
    return wrap(clean(name) or "?", NAME_WIDTH, max_lines=3, placeholder="…", break_on_hyphens=False) or ["?"]


def _overview(runs: Sequence[Run], lang: str, width: int) -> str:
    """The figures that matter most, a line for each strategy, the highest Sharpe ratio first."""
    ordered = sorted(runs, key=lambda run: -run.metrics.sharpe_ratio)
    columns = [numbers.right([said(run, LINES[key], lang) for run in ordered]) for key in OVERVIEW]
    headings = [render(BRIEF[key], lang) for key in OVERVIEW]
    widths = [GAP + max(len(title), len(column[0])) for title, column in zip(headings, columns, strict=True)]
    while sum(widths) + NAME_WIDTH > width:  # the last figures matter least
        widths.pop()
    names = [short(run.name, width - sum(widths)) for run in ordered]
    return ruled([render(text("Strategy"), lang), *headings[: len(widths)]], [names, *columns[: len(widths)]])


BRIEF: Mapping[str, Text] = {
    "final_value": text("Final value"),
    "average_return": text("Return a year"),
    "volatility": text("Deviation"),
    "sharpe_ratio": text("Sharpe"),
    "deepest_drawdown": text("Drawdown"),
    "average_turnover": text("Turnover"),
    "total_cost": text("Costs"),
}


def _grid(grid: Grid, lang: str, width: int) -> str:
    """Sharpe ratios of the tuning period: a line for each value of the rows, the chosen one in brackets."""
    columns = [numbers.right([f"{each:g}" for each in grid.rows])]
    for b in range(len(grid.columns)):
        cells = [ratio(float(found)) for found in grid.sharpe[:, b]]
        columns.append(
            numbers.right([f"[{cell}]" if (a, b) == grid.chosen else f"{cell} " for a, cell in enumerate(cells)])
        )
    rows, across = (GRID_NAMES.get(name, clean(name)) for name in (grid.row_name, grid.column_name))
    title = text(
        "Sharpe ratio on the tuning period: {rows} down, {columns} across; [ ] is the chosen one.",
        rows=rows,
        columns=across,
    )
    headings = [f"{rows} \\ {across}", *(f"{each:g} " for each in grid.columns)]
    return "\n".join([_lines([render(title, lang)], width), "", ruled(headings, columns)])


def ratio(found: float) -> str:
    """Two decimals, "-" where there is none."""
    return f"{found + 0.0:.2f}".replace("-0.00", "0.00") if np.isfinite(found) else UNKNOWN


def grid_sentences(grid: Grid, year: int) -> Iterator[Text]:
    """What was chosen, how much of its Sharpe ratio is luck, how often choosing so chooses noise: a line each."""
    best = grid.best
    yield text(
        "Chosen: {settings}, Sharpe ratio {sharpe} on the tuning period. Settings tried: {trials}, worth "
        "{independent} independent {independent:one|ones}.",
        settings=", ".join(f"{GRID_NAMES.get(name, name)} = {found:g}" for name, found in best.settings.items()),
        sharpe=ratio(best.sharpe),
        trials=grid.trials,
        independent=f"{grid.independent:.1f}",
    )
    if grid.deflated is not None:
        yield _deflated(grid, year)
    if grid.overfitting is not None:
        yield _overfitting(grid)
    yield from grid.notes


def _deflated(grid: Grid, year: int) -> Text:
    assert grid.deflated is not None
    values = {
        "probability": f"{100 * grid.deflated.probability:.1f}",
        "luck": ratio(grid.deflated.luck * year**0.5),
        "bar": f"{100 * USUAL_BAR:.0f}",
    }
    if grid.deflated.probability > USUAL_BAR:
        return text(
            "Deflated Sharpe ratio: {probability}% is the probability that the chosen one truly earns more than cash, "
            "all trials counted; the best of as many worthless ones would show {luck} by luck. Above {bar}%: more than "
            "luck.",
            **values,
        )
    return text(
        "Deflated Sharpe ratio: {probability}% is the probability that the chosen one truly earns more than cash, all "
        "trials counted; the best of as many worthless ones would show {luck} by luck. Not above {bar}%: it may be "
        "luck.",
        **values,
    )


def _overfitting(grid: Grid) -> Text:
    assert grid.overfitting is not None
    return text(
        "Probability of backtest overfitting: {probability}%: so often what was best in one half of the tuning period "
        "was below the median in the other ({splits} ways to halve it). 50% is a choice among noise; the less, the "
        "better.",
        probability=f"{100 * grid.overfitting.probability:.1f}",
        splits=grid.overfitting.splits,
    )


def _events(runs: Sequence[Run], lang: str) -> Iterator[str]:
    for run in runs:
        for time, event in run.path.events[:EVENTS_SHOWN]:
            yield f"{moment(time)} {short(run.name)}: {render(event, lang)}"
        if len(run.path.events) > EVENTS_SHOWN:
            more = text(
                "{name}: more events: {count}; --json has them.",
                name=short(run.name),
                count=len(run.path.events) - EVENTS_SHOWN,
            )
            yield render(more, lang)


def remarks(result: BacktestResult, *, chosen: bool = True) -> Iterator[Text]:
    """The notes of the result, what a reader must know of the active figures, and what was `chosen` by trials."""
    if any(run.path.benchmark_returns is None for run in result.runs):
        yield text("Note: {note}", note=text("without a benchmark the active figures stand against cash."))
    for run in result.runs:
        if chosen and run.tuned is not None:
            yield text(
                "Note: {note}",
                note=text(
                    "{name} was chosen by trials: {settings}, Sharpe ratio {sharpe} there.",
                    name=short(run.name),
                    settings=", ".join(
                        f"{GRID_NAMES.get(name, name)} = {found:g}" for name, found in run.tuned.settings.items()
                    ),
                    sharpe=ratio(run.tuned.sharpe),
                ),
            )
    for note in result.notes:
        yield text("Note: {note}", note=note)


def _formulas(lang: str) -> Iterator[str]:
    yield render(
        text("How each figure is worked out (v: value, r: return of a period; bp: hundredths of a percent):"), lang
    )
    for line in LINES.values():
        yield f"{render(line.title, lang)}: {render(formula(line), lang)}"


def backtest_markdown(
    result: BacktestResult,
    *,
    paper: Mapping[str, str] | None = None,
    paper_name: Text | str = "",
    rows: Sequence[str] = (),
    lang: str = "en",
) -> str:
    """The table as a part of a page: a row for each figure, a column for each strategy, and the paper's beside them.

    `paper`: by the key of a row (a field of `Metrics`) what it prints there, without a key where it prints nothing.
    `rows`: the keys to show, all but the computing times by default. Under the table stand the lines on the grid.

    Raises: `UsageError` for a row that the report does not have.
    """
    keys = list(rows) or [line.key for _, lines in GROUPS[:-1] for line in lines]
    for key in [*keys, *(paper or {})]:
        if key not in LINES:
            raise UsageError(
                text("{key} is no row of a backtest's report.", key=key), text("Rows: {rows}", rows=", ".join(LINES))
            )
    headings = ["", *(run.name for run in result.runs)]
    if paper is not None:
        headings.append(render(paper_name or text("paper's"), lang))
    lines = [piped(headings), "|---|" + "---:|" * (len(headings) - 1)]
    lines += [piped(_cells(LINES[key], result.runs, paper, lang)) for key in keys]
    if result.grid is not None:
        lines += ["", *(f"- {escaped(render(each, lang))}" for each in grid_sentences(result.grid, year_of(result)))]
    return "\n".join(lines)


def _cells(line: Line, runs: Sequence[Run], paper: Mapping[str, str] | None, lang: str) -> list[str]:
    beside = [] if paper is None else [paper.get(line.key, "")]
    return [render(line.title, lang), *(said(run, line, lang) for run in runs), *beside]


def grid_markdown(grid: Grid) -> str:
    """The Sharpe ratios of the tuning period as a Markdown table, the chosen one bold."""
    corner = " \\ ".join(GRID_NAMES.get(name, name) for name in (grid.row_name, grid.column_name))
    lines = [piped([corner, *(f"{each:g}" for each in grid.columns)]), "|---:|" + "---:|" * len(grid.columns)]
    for a, row in enumerate(grid.rows):
        cells = [ratio(float(found)) for found in grid.sharpe[a]]
        marked = [f"**{cell}**" if (a, b) == grid.chosen else cell for b, cell in enumerate(cells)]
        lines.append(f"| {row:g} | " + " | ".join(marked) + " |")
    return "\n".join(lines)


def piped(cells: Sequence[str]) -> str:
    """A row of a Markdown table; what a cell says cannot end it."""
    return "| " + " | ".join(map(escaped, cells)) + " |"


SPECIAL = str.maketrans({each: f"\\{each}" for each in "\\`*_[]|~$#"} | {"<": "&lt;", ">": "&gt;", "&": "&amp;"})


def escaped(said_text: str) -> str:
    """One line of Markdown that reads as the text itself: no markup, no HTML, no link."""
    return clean(said_text).translate(SPECIAL)
