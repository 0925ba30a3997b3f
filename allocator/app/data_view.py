"""What the store holds beside bars, for pages: what is in doubt, what past runs did, what the loop does."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from allocator.app.loop.steps import STEPS
from allocator.core.errors import UsageError
from allocator.core.finding import Fault, Finding
from allocator.core.instrument import Split
from allocator.core.text import Text, text
from allocator.report.catalogue import render
from allocator.report.data_status import FAULTS, OUTCOMES, advice, when
from allocator.report.document import Json
from allocator.store import Note, Run, Transaction
from allocator.store.events import DONE, FAILED, SKIPPED, STOPPED, Event

MOST_FINDINGS = MOST_NOTES = 300  # on one page
MOST_RUNS, MOST_EVENTS = 60, 200
KINDS = {
    "refresh": text("refresh"),
    "import": text("import"),
    "accept": text("doubt accepted"),
    "split": text("split"),
}
EVENT_OUTCOMES = {
    DONE: text("done"),
    FAILED: text("failed"),
    SKIPPED: text("nothing to do"),
    STOPPED: text("stopped before the end"),
}
STEP_TITLES = {step.name: step.title for step in STEPS}


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something that readers of prices do not get. `day`: of the bar, None of the whole history; `next`: what to do."""

    ticker: str
    interval: str
    day: date | None
    when: Text | str
    fault: Text
    detail: Text
    next: Text | None
    accepting: Text  # what a person says by accepting it

    @classmethod
    def of(cls, finding: Finding) -> Doubt:
        day = finding.begin.date() if finding.begin else None
        following = None if finding.fault is Fault.JUMP else advice(finding)  # of a jump its own detail says that
        return cls(
            finding.ticker,
            finding.interval.value,
            day,
            when(finding),
            FAULTS[finding.fault],
            finding.detail,
            following,
            ACCEPTING.get(finding.fault, text("Dismiss")),
        )


ACCEPTING = {Fault.JUMP: text("Believe it"), Fault.REWRITTEN: text("Load it anew")}


@dataclass(frozen=True, slots=True)
class Told:
    """A run of the journal in words. `running`: it has not ended, or was killed."""

    id: int
    kind: Text | str
    began: datetime
    seconds: float | None
    outcome: Text | str | None
    figures: Sequence[tuple[str, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """`doubts` are at most 300 of `doubtful`; `refresh`: the newest, `troubles`: what went wrong in it."""

    doubts: Sequence[Doubt]
    doubtful: int
    splits: Sequence[Split]
    refresh: Told | None
    troubles: Sequence[Note]


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalView:
    """Past runs, the newest first; of the `chosen` one its notes, at most 300 of `count`."""

    runs: Sequence[Told]
    chosen: Told | None
    notes: Sequence[Note]
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EventsView:
    """The log of the loop, the newest first, as it was asked for; `steps` and `outcomes` are what can be asked for."""

    events: Sequence[Event]
    step: str | None
    outcome: str | None
    steps: Sequence[tuple[str, Text | str]]
    outcomes: Sequence[tuple[str, Text]]


def stamp(tx: Transaction) -> Hashable:
    """Another one after any run that changes bars, while it goes on and when it has ended."""
    return tuple((run.id, run.ended) for run in tx.journal.runs(1))


def overview(tx: Transaction) -> Overview:
    """Raises: `StoreError`."""
    found = tx.findings.all(accepted=False)
    found.sort(
        key=lambda each: (each.fault not in ACCEPTING, each.ticker)
    )  # first what somebody can do something about
    last = next((run for run in tx.journal.runs(MOST_RUNS) if run.kind == "refresh"), None)
    notes = tx.journal.notes(last.id) if last else []
    return Overview(
        doubts=tuple(map(Doubt.of, found[:MOST_FINDINGS])),
        doubtful=len(found),
        splits=tuple(sorted(tx.splits.all(), key=lambda each: each.day, reverse=True)),
        refresh=_told(last) if last else None,
        troubles=tuple(note for level in ("error", "warning") for note in notes if note.level == level)[:MOST_NOTES],
    )


def journal(tx: Transaction, run: int | None = None) -> JournalView:
    """Raises: `UsageError` for a run that is not there; `StoreError`."""
    runs = tx.journal.runs(MOST_RUNS)
    if run is None:
        return JournalView(runs=tuple(map(_told, runs)), chosen=None, notes=(), count=0)
    chosen = next((each for each in runs if each.id == run), None)
    if chosen is None:
        raise UsageError(text("The journal has no run {run}.", run=run), text("Choose one of those that it shows."))
    notes = tx.journal.notes(run)
    return JournalView(
        runs=tuple(map(_told, runs)), chosen=_told(chosen), notes=tuple(notes[:MOST_NOTES]), count=len(notes)
    )


def events(tx: Transaction, step: str | None = None, outcome: str | None = None) -> EventsView:
    """Raises: `StoreError`."""
    found = tx.events.last(MOST_EVENTS, step=step, outcome=outcome)
    others = {each.step for each in found} - STEP_TITLES.keys()
    return EventsView(
        events=tuple(found),
        step=step,
        outcome=outcome,
        steps=(*STEP_TITLES.items(), *((name, name) for name in sorted(others))),
        outcomes=tuple(EVENT_OUTCOMES.items()),
    )


def _told(run: Run) -> Told:
    return Told(
        run.id,
        KINDS.get(run.kind, run.kind),
        run.began,
        (run.ended - run.began).total_seconds() if run.ended else None,
        OUTCOMES.get(run.outcome, run.outcome) if run.outcome else None,
        tuple(run.figures.items()),
    )


def overview_document(view: Overview, lang: str = "en") -> dict[str, Json]:
    """Part of the object of /api/data."""
    return {
        "doubtful": view.doubtful,
        "doubts": [
            {
                "ticker": each.ticker,
                "interval": each.interval,
                "day": each.day.isoformat() if each.day else None,
                "fault": render(each.fault, lang),
                "detail": render(each.detail, lang),
            }
            for each in view.doubts
        ],
        "splits": [
            {"ticker": each.ticker, "day": each.day.isoformat(), "before": each.before, "after": each.after,
             "source": each.source}
            for each in view.splits
        ],
        "refresh": None if view.refresh is None else run_document(view.refresh, lang),
        "troubles": [note_document(each, lang) for each in view.troubles],
    }  # fmt: skip


def run_document(run: Told, lang: str = "en") -> dict[str, Json]:
    return {
        "id": run.id,
        "kind": render(run.kind, lang),
        "began": run.began.isoformat(),
        "seconds": run.seconds,
        "outcome": None if run.outcome is None else render(run.outcome, lang),
        "figures": dict(run.figures),
    }


def note_document(note: Note, lang: str = "en") -> dict[str, Json]:
    return {
        "time": note.at.isoformat(),
        "ticker": note.ticker,
        "level": note.level,
        "text": render(note.text, lang),
    }


def event_document(event: Event, lang: str = "en") -> dict[str, Json]:
    return {
        "id": event.id,
        "time": event.at.isoformat(),
        "step": event.step,
        "seconds": event.seconds,
        "outcome": event.outcome,
        "detail": render(event.detail, lang),
    }
