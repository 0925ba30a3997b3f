"""A backtest as one page of HTML that needs nothing else: no script, no request; for light and dark, and for paper."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from html import escape
from typing import Any

from allocator.backtest.path import Path
from allocator.backtest.result import BacktestResult, Grid, Run
from allocator.core.text import Text, text
from allocator.report import backtest_charts as charts
from allocator.report.backtest import BRIEF, GRID_NAMES, clean, grid_sentences, ratio, remarks, short, year_of
from allocator.report.backtest_rows import GROUPS, LINES, OVERVIEW, UNKNOWN, Line, formula, moment, said
from allocator.report.backtest_style import policy, style_sheet
from allocator.report.backtest_svg import DASHES, SERIES, drawing, inline_svg
from allocator.report.catalogue import render
from allocator.report.frontier import need_matplotlib

MOST_DETAILED = 6  # strategies whose weights are drawn; a grid has its map
WIDE, NARROW = (10.6, 3.9), (6.2, 3.3)
FEW_TO_NAME = 5  # securities that a chart of weights names in words

Draw = Callable[[Any], object]


def backtest_page(result: BacktestResult, *, lang: str = "en") -> str:
    """The whole page. Each word of the result is escaped; a policy in its head lets only its own style sheet apply.

    Raises: `UsageError` when matplotlib is not installed.
    """
    return _Page(result, lang).whole()


class _Page:
    """The parts of one page, in one language."""

    def __init__(self, result: BacktestResult, lang: str) -> None:
        self.result, self.lang, self.figure_class = result, lang, need_matplotlib()
        self.runs = result.runs
        self.paths: list[Path] = [run.path for run in result.runs]
        self.roles = charts.roles_of(self.paths[:MOST_DETAILED])

    def whole(self) -> str:
        sheet = style_sheet()
        with drawing():
            body = [*self.header(), "<main>", *self.body(), "</main>", *self.footer()]
        title = self.escaped(self.result.title)
        head = [
            "<!DOCTYPE html>",
            f'<html lang="{escape(self.lang)}">',
            "<head>",
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{escape(policy(sheet), quote=False)}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="color-scheme" content="light dark">',
            '<meta name="referrer" content="no-referrer">',
            f"<title>{title}</title>",
            f"<style>{sheet}</style>",
            "</head>",
            "<body>",
        ]
        return "\n".join([*head, *body, "</body>", "</html>", ""])

    def say(self, message: Text | str) -> str:
        """A sentence of the page's language, escaped."""
        return self.escaped(render(message, self.lang))

    @staticmethod
    def escaped(words: str) -> str:
        return escape(clean(words))

    def header(self) -> Iterator[str]:
        yield "<header>"
        yield f"<h1>{self.escaped(self.result.title)}</h1>"
        if self.runs:
            first = self.runs[0].metrics
            when = text(
                "{first} to {last}, periods: {periods}",
                first=moment(first.initial_time), last=moment(first.final_time), periods=first.periods,
            )  # fmt: skip
            yield f'<p class="when">{self.say(when)}</p>'
        yield f'<p class="verdict">{self.say(self.result.verdict)}</p>'
        links = [("charts", text("Value")), ("weights", text("Weights"))] if self.runs else []
        links += [("grid", text("Grid"))] if self.result.grid else []
        links += [("figures", text("All figures"))] if self.runs else []
        links += [("notes", text("Notes"))] if self.has_notes() else []
        yield "<nav>" + " ".join(f'<a href="#{name}">{self.say(title)}</a>' for name, title in links) + "</nav>"
        yield "</header>"

    def body(self) -> Iterator[str]:
        if self.runs:
            yield from self.overview()
            yield from self.comparison()
            yield from self.details()
        if self.result.grid is not None:
            yield from self.grid(self.result.grid)
        if self.runs:
            yield from self.figures()
        yield from self.notes()

    def overview(self) -> Iterator[str]:
        """The figures that matter most; its first column is the key of all lines below."""
        headings = [text("Strategy"), *(BRIEF[key] for key in OVERVIEW)]
        yield self.scrolling(text("At a glance"))
        yield '<table class="first"><thead><tr>'
        yield "".join(f'<th scope="col">{self.say(each)}</th>' for each in headings)
        yield "</tr></thead><tbody>"
        for at, run in enumerate(self.runs):
            cells = "".join(self.cell(run, LINES[key]) for key in OVERVIEW)
            yield f'<tr><th scope="row">{self.named(at, run)}</th>{cells}</tr>'
        yield "</tbody></table></div>"

    def scrolling(self, label: Text) -> str:
        """What opens a table that scrolls by itself on a narrow screen, also by keys."""
        return f'<div class="sheet wide" role="region" tabindex="0" aria-label="{self.say(label)}">'

    def named(self, at: int, run: Run) -> str:
        return f'<span class="key">{swatch(at)}{self.escaped(run.name) or "?"}</span>'

    def cell(self, run: Run, line: Line) -> str:
        found = said(run, line, self.lang)
        if found == UNKNOWN:
            return '<td class="none">–</td>'
        return f"<td>{escape(found if line.kind == 'time' else typeset(found))}</td>"

    def comparison(self) -> Iterator[str]:
        """All strategies in one chart each of value, drawdown and costs."""
        paths, lang = self.paths, self.lang
        benchmark = paths[0].benchmark_name
        yield f'<h2 id="charts">{self.say(text("Value"))}</h2>'
        key = self.key([*((swatch(at), run.name) for at, run in enumerate(self.runs)), *self.benchmark_key()])
        yield self.figure(
            "value", WIDE, lambda axes: charts.draw_value(axes, paths, lang, benchmark=benchmark),
            [self.ends(run) for run in self.runs],
            text("Value of all that each strategy has, costs paid. The benchmark begins with the same money."),
            key=key, hero=True,
        )  # fmt: skip
        yield '<div class="charts">'
        yield self.figure(
            "drawdown", NARROW, lambda axes: charts.draw_drawdown(axes, paths, lang),
            [text("{name}: {deepest} at the worst, {average} on average.", name=short(run.name),
                  deepest=said(run, LINES["deepest_drawdown"]), average=said(run, LINES["average_drawdown"]))
             for run in self.runs],
            text("Drawdown: value over the highest so far, less one."),
        )  # fmt: skip
        yield self.figure(
            "costs", NARROW, lambda axes: charts.draw_costs_of_all(axes, paths, lang),
            [text("{name}: {paid} ₽ paid.", name=short(run.name), paid=said(run, LINES["total_cost"]))
             for run in self.runs],
            text("Commission, half of the spread and impact of all deals so far."),
        )  # fmt: skip
        yield "</div>"

    def benchmark_key(self) -> list[tuple[str, str]]:
        if charts.benchmark_value(self.paths) is None:
            return []
        return [(dotted(), charts.benchmark_label(self.paths[0].benchmark_name, self.lang))]

    @staticmethod
    def ends(run: Run) -> Text:
        return text(
            "{name}: from {first} to {last} ₽.", name=short(run.name),
            first=said(run, LINES["initial_value"]), last=said(run, LINES["final_value"]),
        )  # fmt: skip

    def details(self) -> Iterator[str]:
        """Weights, turnover and costs of each strategy."""
        yield f'<h2 id="weights">{self.say(text("Weights, turnover and costs"))}</h2>'
        for at, run in enumerate(self.runs[:MOST_DETAILED]):
            yield f"<h3>{self.named(at, run)}</h3>" if len(self.runs) > 1 else ""
            yield '<div class="charts">'
            yield self.weights(at, run)
            yield self.dealing(at, run)
            yield "</div>"
        if len(self.runs) > MOST_DETAILED:
            left = text("Strategies whose weights are not drawn: {count}.", count=len(self.runs) - MOST_DETAILED)
            yield f"<p>{self.say(left)}</p>"

    def weights(self, at: int, run: Run) -> str:
        figure = self.figure_class(figsize=NARROW, layout="constrained")
        bands = charts.draw_weights(figure.subplots(), run.path, self.lang, self.roles)
        mean = run.path.weights.mean(axis=0)
        first = sorted(range(len(mean)), key=lambda n: -mean[n])[:FEW_TO_NAME]
        label = text(
            "{name}: weights. On average {weights}.", name=short(run.name),
            weights=", ".join(f"{clean(run.path.tickers[n])} {100 * mean[n]:.0f}%" for n in first if mean[n]) or "0%",
        )  # fmt: skip
        return self.framed(
            inline_svg(figure, name=f"weights{at}", label=clean(render(label, self.lang))),
            text("Shares of wealth before the deals of each period."),
            key=self.key([(block(role), name) for role, name in bands]),
        )

    def dealing(self, at: int, run: Run) -> str:
        figure = self.figure_class(figsize=NARROW, layout="constrained")
        above, below = figure.subplots(2, 1, sharex=True)
        charts.draw_turnover(above, run.path, self.lang, role=SERIES[at % len(SERIES)])
        paid = charts.draw_costs(below, run.path, self.lang)
        figure.align_ylabels()
        label = text(
            "{name}: turnover {average} a period on average, {greatest} at most; {paid} ₽ of costs paid.",
            name=short(run.name), average=said(run, LINES["average_turnover"]),
            greatest=said(run, LINES["greatest_turnover"]), paid=said(run, LINES["total_cost"]),
        )  # fmt: skip
        return self.framed(
            inline_svg(figure, name=f"dealing{at}", label=clean(render(label, self.lang))),
            text(
                "Turnover: half of what is dealt, over value; of many periods means. Costs: all that was paid so far."
            ),
            key=self.key([(block(role), name) for role, name in paid]),
        )

    def grid(self, grid: Grid) -> Iterator[str]:
        """The map of the trials, and a line each on luck and on overfitting."""
        yield f'<h2 id="grid">{self.say(text("Grid of the tuning period"))}</h2>'
        size = (max(5.2, 1.4 + 0.72 * len(grid.columns)), max(2.2, 1.0 + 0.36 * len(grid.rows)))
        best = ", ".join(f"{GRID_NAMES.get(name, name)} = {found:g}" for name, found in grid.best.settings.items())
        label = text(
            "Sharpe ratios of {count} {count:cell|cells}; chosen: {best}, {sharpe}.",
            count=grid.sharpe.size, best=best, sharpe=ratio(grid.best.sharpe),
        )  # fmt: skip
        yield '<div class="heat">' + self.figure(
            "grid", size, lambda axes: charts.draw_grid(axes, grid, self.lang), [label],
            text("Sharpe ratio of a year on the tuning period. The frame is around the chosen one."),
        ) + "</div>"  # fmt: skip
        yield self.listed(self.say(each) for each in grid_sentences(grid, year_of(self.result)))

    def figures(self) -> Iterator[str]:
        """Every row of every strategy, with its formula."""
        yield f'<h2 id="figures">{self.say(text("All figures"))}</h2>'
        yield self.scrolling(text("All figures"))
        yield '<table class="first"><thead><tr>'
        yield f'<th scope="col">{self.say(text("Figure, and how it is worked out"))}</th>'
        yield "".join(f'<th scope="col">{self.escaped(run.name) or "?"}</th>' for run in self.runs)
        yield "</tr></thead>"
        for group, lines in GROUPS:
            yield f'<tbody><tr class="group"><th scope="rowgroup" colspan="{len(self.runs) + 1}">'
            yield f"{self.say(group)}</th></tr>"
            for line in lines:
                head = f"{self.say(line.title)}<small>{self.say(formula(line))}</small>"
                yield f'<tr><th scope="row">{head}</th>' + "".join(self.cell(run, line) for run in self.runs) + "</tr>"
            yield "</tbody>"
        yield "</table></div>"
        legend = text("v: value. r: return of a period. Y: periods a year. bp: hundredths of a percent.")
        yield f'<p class="when">{self.say(legend)}</p>'

    def has_notes(self) -> bool:
        return bool(self.result.settings or any(run.path.events for run in self.runs) or list(remarks(self.result)))

    def notes(self) -> Iterator[str]:
        """Settings, notes and events."""
        if not self.has_notes():
            return
        yield f'<h2 id="notes">{self.say(text("Notes"))}</h2>'
        if self.result.settings:
            yield self.listed(f"{self.say(name)}: {self.say(found)}" for name, found in self.result.settings)
        yield self.listed(self.say(each) for each in remarks(self.result))
        yield self.listed(
            f'<time datetime="{time}">{moment(time)}</time>{self.escaped(run.name)}: {self.say(event)}'
            for run in self.runs for time, event in run.path.events
        )  # fmt: skip

    def footer(self) -> Iterator[str]:
        yield "<footer>"
        warning = text("What a strategy earned in the past says little of what it will earn.")
        yield f"<p>{self.say(warning)}</p>"
        yield "</footer>"

    @staticmethod
    def listed(items: Iterator[str]) -> str:
        found = "".join(f"<li>{item}</li>" for item in items)
        return f'<ul class="lines">{found}</ul>' if found else ""

    def key(self, entries: Sequence[tuple[str, str]]) -> str:
        """A legend: marks, already HTML, and names."""
        return '<ul class="key">' + "".join(f"<li>{mark}{self.escaped(name)}</li>" for mark, name in entries) + "</ul>"

    def figure(
        self, name: str, size: tuple[float, float], draw: Draw, label: Sequence[Text], caption: Text,
        *, key: str = "", hero: bool = False,
    ) -> str:  # fmt: skip
        """One chart on axes of its own, framed."""
        figure = self.figure_class(figsize=size, layout="constrained")
        draw(figure.subplots())
        told = clean(" ".join([render(caption, self.lang), *(render(each, self.lang) for each in label)]))
        return self.framed(inline_svg(figure, name=name, label=told), caption, key=key, hero=hero)

    def framed(self, chart: str, caption: Text, *, key: str = "", hero: bool = False) -> str:
        kind = ' class="hero"' if hero else ""
        return (
            f'<figure{kind}>{key}<div class="wide">{chart}</div><figcaption>{self.say(caption)}</figcaption></figure>'
        )


def typeset(figure: str) -> str:
    """A figure with a real minus and spaces that do not break."""
    return figure.replace("-", "−").replace(" ", "\u00a0")


def swatch(at: int) -> str:
    """The line of the strategy in this place."""
    dashes = DASHES[at // len(SERIES) % len(DASHES)]
    dashed = "" if dashes == "-" else f' stroke-dasharray="{" ".join(f"{2 * each:g}" for each in dashes[1])}"'
    line = f'<path class="s-{SERIES[at % len(SERIES)]}" d="M0 4H28" stroke-width="4"{dashed}></path>'
    return f'<svg viewBox="0 0 28 8" aria-hidden="true">{line}</svg>'


def dotted() -> str:
    """The benchmark's line."""
    line = '<path class="s-bench" d="M0 4H28" stroke-width="3" stroke-dasharray="3 4"></path>'
    return f'<svg viewBox="0 0 28 8" aria-hidden="true">{line}</svg>'


def block(role: str) -> str:
    """A band's colour."""
    return f'<svg viewBox="0 0 28 8" aria-hidden="true"><path class="f-{role}" d="M0 0H28V8H0z"></path></svg>'
