"""The paper's experiment as tables beside the paper's figures, as Markdown, and as JSON."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from allocator.core.text import Text, text
from allocator.forecast.experiment import paper
from allocator.forecast.experiment.grid import ITERATIONS, Iteration
from allocator.forecast.experiment.results import Result
from allocator.forecast.experiment.running import Outcome
from allocator.forecast.experiment.summary import Estimate, by_lambda, excess, mean, of_cell, slope
from allocator.forecast.spec import Architecture, Inputs
from allocator.report.catalogue import render
from allocator.report.layout import ruled
from allocator.report.marked import between

BEGIN, END = "<!-- experiment paper: begin -->", "<!-- experiment paper: end -->"

NETWORKS = {
    Architecture.LSTM: text("LSTM"),
    Architecture.ENCODER: text("Transformer (encoder)"),
    Architecture.ENCODER_DECODER: text("Transformer (encoder + decoder)"),
    Architecture.TSMIXER: text("TSMixer"),
}
INPUTS = {
    Inputs.UNIVARIATE: text("close alone"),
    Inputs.TA57: text("ta57"),
    Inputs.OTHERS: text("other closes"),
}
NO_CHANGE = text("no change (r̂ = 0)")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table: its title, headings, rows, and what is to be said under it."""

    title: Text
    headings: tuple[Text | str, ...]
    rows: tuple[tuple[str, ...], ...]
    under: tuple[Text, ...] = ()


def experiment_text(outcome: Outcome, *, lang: str = "en") -> str:
    """All tables, one under another."""
    parts = []
    for sheet in sheets(outcome, lang):
        columns = list(zip(*sheet.rows, strict=True)) or [()] * len(sheet.headings)
        table = ruled([render(each, lang) for each in sheet.headings], [list(column) for column in columns])
        parts.append(
            "\n".join([render(sheet.title, lang), "", table, "", *(render(each, lang) for each in sheet.under)])
        )
    return "\n\n".join([*parts, *(render(each, lang) for each in gaps(outcome))])


def experiment_markdown(outcome: Outcome, *, lang: str = "en") -> str:
    """The same as a part of a page."""
    lines = []
    for sheet in sheets(outcome, lang):
        lines += [f"**{render(sheet.title, lang)}**", ""]
        lines.append(_piped([render(each, lang) for each in sheet.headings]))
        lines.append("|---|" + "---:|" * (len(sheet.headings) - 1))
        lines += [_piped(row) for row in sheet.rows]
        lines += ["", *(line for each in sheet.under for line in (render(each, lang), ""))]
    return "\n".join([*lines, *(render(each, lang) for each in gaps(outcome))]).rstrip("\n")


def placed(page: str, tables: str) -> str:
    """A page with the tables between its marks, in place of what was there. Raises: `UsageError` without marks."""
    return between(page, (BEGIN, END), text("the tables"), tables)


def sheets(outcome: Outcome, lang: str) -> Iterator[Sheet]:
    """The tables of each iteration: losses in the paper's form, Winrates in that form, everything by λ."""
    for number in outcome.grid.iterations:
        if of_cell(outcome.results, number):
            yield _losses(outcome, ITERATIONS[number], lang)
            yield _winrates(outcome, ITERATIONS[number], lang)
            yield _lambdas(outcome, ITERATIONS[number])


def gaps(outcome: Outcome) -> Iterator[Text]:
    """What is not in the tables."""
    if outcome.missing:
        yield text(
            "Not trained yet: {count} {count:cell|cells}. The same command without --workers 0 trains them.",
            count=len(outcome.missing),
        )
    if outcome.failed:
        yield text("Failed: {count} {count:cell|cells}.", count=len(outcome.failed))


def _losses(outcome: Outcome, iteration: Iteration, lang: str) -> Sheet:
    market = outcome.markets[iteration.number]
    beside = tuple(each for inputs in outcome.grid.inputs for each in (INPUTS[inputs], text("paper's")))
    rows = []
    for network in outcome.grid.networks:
        cells = [render(NETWORKS[network], lang)]
        for inputs in outcome.grid.inputs:
            found = of_cell(outcome.results, iteration.number, network, inputs)
            cells.append(_with_error(mean(found, lambda each: each.loss), excess(found)) + _unfinished(outcome, found))
            cells.append(_number(paper.loss(iteration.number, network, inputs), 2))
        rows.append(tuple(cells))
    rows.append((render(NO_CHANGE, lang), *_beside(outcome, iteration, lambda each: each.naive_loss, 4, "")))
    title = text(
        "Iteration {number}: mean loss over λ; trained {since} to {till}, judged until {end}",
        number=iteration.number,
        since=iteration.train,
        till=iteration.test,
        end=iteration.end,
    )
    notes = [
        text(
            "{tickers} tickers, {rows} hours from {since} to {till}. The loss is in the form on percents, the "
            "paper's units are not known: compare orders, not figures. ±: half of the 95 % interval of the difference "
            "from no change.",
            tickers=len(market.tickers),
            rows=market.rows,
            since=market.since,
            till=market.till,
        ),
        _order(outcome, iteration, lang),
    ]
    if any(_unfinished(outcome, of_cell(outcome.results, iteration.number, n, i)) for n, i in _pairs(outcome)):
        notes.append(text("* some λ are missing yet."))
    return Sheet(title, (text("Network"), *beside), tuple(rows), tuple(notes))


def _pairs(outcome: Outcome) -> Iterator[tuple[Architecture, Inputs]]:
    return ((network, inputs) for network in outcome.grid.networks for inputs in outcome.grid.inputs)


def _unfinished(outcome: Outcome, found: Sequence[Result]) -> str:
    return "*" if 0 < len(found) < len(outcome.grid.lambdas) * outcome.grid.seeds else ""


def _order(outcome: Outcome, iteration: Iteration, lang: str) -> Text:
    """How many of the cells are better than no forecast at all, and surely so."""
    found = of_cell(outcome.results, iteration.number)
    zero = [each for each in found if each.cell.lam == 0]
    better = sum(each.loss < each.naive_loss for each in zero)
    surely = sum(each.loss + 1.96 * each.error < each.naive_loss for each in zero)
    best = min(_pairs(outcome), key=lambda pair: _or_infinite(_loss(outcome, iteration, pair)))
    published = min(_pairs(outcome), key=lambda pair: paper.loss(iteration.number, *pair))
    return text(
        "Least loss here: {best}; in the paper: {published}. At λ = 0, where the loss is MAPE, {better} of {count} "
        "{count:model has|models have} less than the forecast of no change, {surely} of them by more than two "
        "standard errors.",
        best=_pair(best, lang),
        published=_pair(published, lang),
        better=better,
        count=len(zero),
        surely=surely,
    )


def _loss(outcome: Outcome, iteration: Iteration, pair: tuple[Architecture, Inputs]) -> float:
    return mean(of_cell(outcome.results, iteration.number, *pair), lambda each: each.loss)


def _or_infinite(value: float) -> float:
    return value if math.isfinite(value) else math.inf


def _pair(pair: tuple[Architecture, Inputs], lang: str) -> str:
    return f"{render(NETWORKS[pair[0]], lang)}, {render(INPUTS[pair[1]], lang)}"


def _beside(
    outcome: Outcome, iteration: Iteration, figure: Callable[[Result], float], digits: int, other: str
) -> Iterator[str]:
    for inputs in outcome.grid.inputs:
        yield _number(mean(of_cell(outcome.results, iteration.number, inputs=inputs), figure), digits)
        yield other


def _winrates(outcome: Outcome, iteration: Iteration, lang: str) -> Sheet:
    rows = []
    for network in outcome.grid.networks:
        cells = [render(NETWORKS[network], lang)]
        for inputs in outcome.grid.inputs:
            found = of_cell(outcome.results, iteration.number, network, inputs)
            skilled = sum(each.scores.winrate_nonzero.skilled for each in found)
            cells += [_percent(mean(found, _winrate)), f"{skilled}/{len(found)}"]
        rows.append(tuple(cells))
    majority = _beside(outcome, iteration, lambda each: 100 * each.scores.winrate_nonzero.majority, 2, "")
    rows.append((render(text("majority"), lang), *majority))
    opposite = [_percent(outcome.markets[iteration.number].reversal[inputs].rate) for inputs in outcome.grid.inputs]
    rows.append((render(text("opposite of the last move"), lang), *(each for rate in opposite for each in (rate, ""))))
    headings = tuple(each for inputs in outcome.grid.inputs for each in (INPUTS[inputs], text("above")))
    return Sheet(
        text("Iteration {number}: Winrate on bars that moved, %, mean over λ", number=iteration.number),
        (text("Network"), *headings),
        tuple(rows),
        (
            text("Above: models whose whole 95 % interval is above the majority's rate, of all models of the cell."),
            _trend(outcome, iteration),
        ),
    )


def _winrate(result: Result) -> float:
    return result.scores.winrate_nonzero.rate


def _trend(outcome: Outcome, iteration: Iteration) -> Text:
    """Whether Winrate rises with λ, in one sentence."""
    found = slope(outcome.results, iteration.number)
    if found is None:
        return text("With fewer than two λ nothing can be said of a rise.")
    values = {"slope": _points(found.value), "low": _points(found.low), "high": _points(found.high)}
    if not found.differs:
        return text(
            "Winrate does not visibly change with λ: {slope} points for each 10 of λ, 95 % interval {low} to {high}.",
            **values,
        )
    if found.value > 0:
        return text("Winrate rises with λ: {slope} points for each 10 of λ, 95 % interval {low} to {high}.", **values)
    return text("Winrate falls with λ: {slope} points for each 10 of λ, 95 % interval {low} to {high}.", **values)


def _lambdas(outcome: Outcome, iteration: Iteration) -> Sheet:
    lines = by_lambda(outcome.results, iteration.number)
    rows = tuple(
        (
            f"{line.lam:g}",
            _number(line.loss, 4),
            _percent(line.winrate),
            _percent(line.majority),
            _percent(line.moved.value),
            f"{_percent(line.moved.low)}..{_percent(line.moved.high)}",
            _percent(line.moved_majority),
            _estimate(line.rise),
            _number(line.mape, 4),
            _number(line.naive_mape, 4),
            _number(line.correlation, 4),
            _percent(line.saturated),
        )
        for line in lines
    )
    return Sheet(
        text("Iteration {number}: by λ, means over networks and inputs", number=iteration.number),
        (
            "λ",
            text("Loss"),
            text("Winrate, %"),
            text("majority"),
            text("moved, %"),
            text("95 %"),
            text("majority"),
            text("against λ = 0"),
            text("MAPE, %"),
            text("no change"),
            text("Correlation"),
            text("at bound, %"),
        ),
        rows,
        (
            text(
                "Moved: bars whose price changed. Against λ = 0: points of Winrate on these, with 95 % interval. "
                "At bound: validation forecasts at the head's limit of 3σ."
            ),
        ),
    )


def experiment_document(outcome: Outcome) -> dict[str, Any]:
    """The object of `--json`: the means, and every cell. Winrates are shares, losses and MAPE in percent."""
    return {
        "size": outcome.scale.name,
        "iterations": [_iteration(outcome, ITERATIONS[number]) for number in outcome.grid.iterations],
        "cells": [_cell(each) for each in outcome.results],
        "missing": len(outcome.missing),
        "failed": [{**_named(cell), "reason": str(error)} for cell, error in outcome.failed],
    }


def _iteration(outcome: Outcome, iteration: Iteration) -> dict[str, Any]:
    rise = slope(outcome.results, iteration.number)
    market = outcome.markets[iteration.number]
    return {
        "number": iteration.number,
        "train": iteration.train.isoformat(),
        "test": iteration.test.isoformat(),
        "end": iteration.end.isoformat(),
        "tickers": list(market.tickers),
        "hours": market.rows,
        "since": market.since.isoformat(),
        "till": market.till.isoformat(),
        "reversal": {inputs.value: asdict(found) for inputs, found in market.reversal.items()},
        "losses": [
            {
                "network": network.value,
                "inputs": inputs.value,
                "loss": _loss(outcome, iteration, (network, inputs)),
                "paper": paper.loss(iteration.number, network, inputs),
            }
            for network, inputs in _pairs(outcome)
        ],
        "lambdas": [asdict(line) for line in by_lambda(outcome.results, iteration.number)],
        "winrate_for_10_lambda": asdict(rise) if rise else None,
    }


def _cell(result: Result) -> dict[str, Any]:
    rest = {
        name: value
        for name, value in asdict(result).items()
        if name not in {"cell", "hours", "moved", "right", "excess", "scores"}
    }
    return {**_named(result.cell), **rest, **result.scores.plain()}


def _named(cell: Any) -> dict[str, Any]:  # noqa: ANN401 -- a Cell
    return {name: getattr(value, "value", value) for name, value in asdict(cell).items()}


def _piped(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _number(value: float, digits: int) -> str:
    return f"{value:.{digits}f}" if math.isfinite(value) else "-"


def _percent(share: float) -> str:
    return _number(100 * share, 2)


def _points(share: float) -> str:
    return f"{100 * share:+.3f}"


def _with_error(value: float, above: Estimate | None) -> str:
    return _number(value, 4) if above is None else f"{_number(value, 4)} ± {_number(above.high - above.value, 4)}"


def _estimate(found: Estimate | None) -> str:
    if found is None:
        return ""
    return f"{100 * found.value:+.2f} ({100 * found.low:+.2f}..{100 * found.high:+.2f})"
