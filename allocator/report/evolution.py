"""Evolution as text and JSON: each step in a line, and at the end who lives and how well."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from enum import Enum

from allocator.core.bars import Interval
from allocator.core.text import Text, text
from allocator.forecast.evaluation.sharpe import Deflated
from allocator.forecast.spec import ModelSpec
from allocator.report import numbers
from allocator.report.catalogue import render
from allocator.report.document import Json
from allocator.report.forecast import INTERVALS
from allocator.report.layout import ruled


class Outcome(Enum):
    """What became of a step."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class StepView:
    """One step: which recipe, new (`young`) or judged again, what came of it and why.

    While too few live to breed, one that was not accepted is `kept`. `seconds` is how long its training took.
    """

    number: int
    key: str
    network: str
    inputs: str
    young: bool
    outcome: Outcome
    why: Text | None
    living: int
    deleted: int
    kept: bool = True
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Best:
    """An elder: `scores` of its last judgement, how often it was judged, and when last."""

    key: str
    spec: ModelSpec
    scores: Mapping[str, float]
    age: int
    day: date | None


@dataclass(frozen=True, slots=True)
class Held:
    """The elders together on the days held out: mean loss and excess return a year, with p-values of chance."""

    bars: int
    loss: float
    loss_p: float
    excess: float
    excess_p: float
    looks: int


@dataclass(frozen=True, slots=True)
class EvolutionView:
    """The answer of `allocator evolve`. `steps` are those of this run, `done` all there ever were; `tried` counts
    different recipes, whoever trained them. `held_out` are the first and last day that no choice sees. `luck`: what is
    left of the first elder's Sharpe ratio above equal weights (of returns over the horizon) after so many trials.
    `then` is what to type next.
    """

    interval: Interval
    horizon: int
    day: date
    steps: tuple[StepView, ...]
    living: int
    target: int
    best: tuple[Best, ...]
    radius: float
    test_days: int
    held_out: tuple[date, date]
    done: int
    counts: Mapping[str, int]
    tried: int
    notes: tuple[Text, ...] = ()
    stopped: bool = False
    holdout: Held | None = None
    luck: Deflated | None = None
    bars_a_year: float = 250.0
    then: str = ""


def step_line(step: StepView) -> Text:
    """A step in a sentence."""
    who = text("{key} ({network}, {inputs})", key=step.key[:8], network=step.network, inputs=step.inputs)
    if step.outcome is Outcome.FAILED:
        said = text("{who} could not be trained: {why}", who=who, why=step.why)
    elif step.young and step.why is None:
        said = text("{who} is accepted", who=who)
    elif step.young and step.kept:
        said = text("{who} is not accepted for {why}, and stays while few live", who=who, why=step.why)
    elif step.young:
        said = text("{who} is not accepted for {why}", who=who, why=step.why)
    elif step.why is None:
        said = text("{who} holds its own", who=who)
    else:
        said = text("{who} falls back by {why}", who=who, why=step.why)
    if step.outcome is Outcome.FAILED:
        return text("step {number}: {said}; {living} live", number=step.number + 1, said=said, living=step.living)
    return text(
        "step {number}: {said}; {living} live; training took {seconds} s",
        number=step.number + 1,
        said=said,
        living=step.living,
        seconds=f"{step.seconds:.0f}",
    )


def evolution_text(view: EvolutionView, *, lang: str = "en", quiet: bool = False) -> str:
    """Who leads, and the figures of the search; unless `quiet` also notes and what to type next."""
    after = [] if quiet else [text("Note: {note}", note=note) for note in view.notes]
    if view.then and not quiet:
        after.append(text("Next: {command}", command=view.then))
    lines = [render(line, lang) for line in _summary(view)]
    if view.best:
        lines += ["", _table(view, lang), *([""] if after else [])]
    return "\n".join([*lines, *(render(line, lang) for line in after)])


def _summary(view: EvolutionView) -> Iterator[Text]:
    if view.stopped:
        yield text("Stopped: what was judged is kept, what was in training goes on next time from its last epoch.")
    elif not view.steps:
        yield text(
            "Time was up before a training ended. The same command goes on from the last whole epoch; where "
            "one epoch takes longer, give it more time."
        )
    yield text(
        "Population, {horizon} {horizon:bar|bars} ahead ({interval}): {living} of {target} that a night can train; "
        "steps: {steps} now, {done} in all.",
        horizon=view.horizon,
        interval=INTERVALS[view.interval],
        living=view.living,
        target=view.target,
        steps=len(view.steps),
        done=view.done,
    )
    yield text(
        "New recipes accepted: {accepted}, not accepted: {rejected}, failed: {failed}; judged again: {again}; deleted: "
        "{deleted}.",
        accepted=view.counts["accepted"],
        rejected=view.counts["rejected"],
        failed=view.counts["failed"],
        again=view.counts["judged again"],
        deleted=view.counts["deleted"],
    )
    yield text(
        "Judged by {days} days; search radius {radius}; recipes ever judged, of any horizon: {tried}.",
        days=view.test_days,
        radius=f"{view.radius:.2f}",
        tried=view.tried,
    )
    if view.luck is not None:
        yield _luck(view.luck, view.bars_a_year / view.horizon)
    yield text("No choice has seen {first} to {last}.", first=view.held_out[0], last=view.held_out[1])
    if view.holdout is not None:
        yield _holdout(view.holdout)


def _luck(found: Deflated, a_year: float) -> Text:
    return text(
        "The first elder's Sharpe ratio above equal weights is {sharpe} a year on the days that judged it. The recipes "
        "judged are as good as {trials} independent; the best of so many worthless ones would show {luck}. The "
        "probability that it is more than luck: {probability}%.",
        sharpe=f"{found.annual(a_year):+.2f}",
        trials=f"{found.trials:.1f}",
        luck=f"{found.luck * a_year**0.5:.2f}",
        probability=f"{100 * found.probability:.0f}",
    )


def _holdout(held: Held) -> Text:
    return text(
        "The elders on those days ({bars} bars): loss against no change {loss} (p {loss_p}), return above equal "
        "weights {excess}% a year (p {excess_p}). Looks so far: {looks}; each makes the next one mean less.",
        bars=held.bars,
        loss=numbers.figure(held.loss, 4),
        loss_p=f"{held.loss_p:.2f}",
        excess=numbers.figure(100 * held.excess, 1),
        excess_p=f"{held.excess_p:.2f}",
        looks=held.looks,
    )


def _table(view: EvolutionView, lang: str) -> str:
    headings = (
        text("Elder"), text("Network"), text("Inputs"), text("Horizon"), text("Window"), text("Judged"),
        text("Loss against none"), text("Above equal weights"),
    )  # fmt: skip
    columns = [
        [each.key[:8] for each in view.best],
        [each.spec.name for each in view.best],
        [each.spec.inputs.value for each in view.best],
        numbers.right([str(each.spec.horizon) for each in view.best]),
        numbers.right([str(each.spec.window) for each in view.best]),
        numbers.right([str(each.age) for each in view.best]),
        numbers.right([_figure(each, "evolution loss", 1, 4, "") for each in view.best]),
        numbers.right([_figure(each, "evolution excess", 100, 1, "%") for each in view.best]),
    ]
    return ruled([render(each, lang) for each in headings], columns)


def _figure(each: Best, name: str, times: float, places: int, unit: str) -> str:
    value = each.scores.get(name)
    return "" if value is None else numbers.figure(times * value, places) + unit


def evolution_document(view: EvolutionView, *, lang: str = "en") -> dict[str, Json]:
    """The same for programs."""
    held = view.holdout
    return {
        "interval": view.interval.value,
        "horizon": view.horizon,
        "day": view.day.isoformat(),
        "stopped": view.stopped,
        "population": {"living": view.living, "target": view.target},
        "search": {"radius": view.radius, "test_days": view.test_days},
        "held_out": [each.isoformat() for each in view.held_out],
        "holdout": None if held is None else {
            "bars": held.bars, "loss": held.loss, "loss_p": held.loss_p, "excess": held.excess,
            "excess_p": held.excess_p, "looks": held.looks,
        },
        "luck": None if view.luck is None else asdict(view.luck),
        "steps_done": view.done,
        "counts": dict(view.counts),
        "recipes_tried": view.tried,
        "best": [
            {
                "model": each.key,
                "network": each.spec.name,
                "inputs": each.spec.inputs.value,
                "horizon": each.spec.horizon,
                "judged": each.age,
                "day": each.day.isoformat() if each.day else None,
                "scores": dict(each.scores),
                "spec": each.spec.plain(),
            }
            for each in view.best
        ],
        "steps": [
            {
                "number": step.number,
                "model": step.key,
                "network": step.network,
                "inputs": step.inputs,
                "new": step.young,
                "outcome": step.outcome.value,
                "kept": step.kept,
                "living": step.living,
                "seconds": step.seconds,
                "why": None if step.why is None else render(step.why, lang),
            }
            for step in view.steps
        ],
        "notes": [render(note, lang) for note in view.notes],
    }  # fmt: skip
