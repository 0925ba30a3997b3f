"""What a refresh did: one paragraph for a person, one object for a program."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from allocator.core.text import Text, text
from allocator.report import numbers
from allocator.report.catalogue import render
from allocator.report.document import Json

MOST_NOTES = 20


@dataclass(frozen=True, slots=True)
class Note:
    """Something worth a line: of one ticker, or of the whole run when it has none."""

    text: Text
    level: str = "info"  # "info", "warning", "error"
    ticker: str | None = None


@dataclass(frozen=True, slots=True)
class SeriesLoaded:
    """What became of the series of one interval."""

    interval: str  # "day", "hour"
    asked: int
    loaded: int
    rows: int  # new or corrected ones
    failed: int
    quarantined: int
    skipped: int = 0  # not asked for, since the exchange was away


@dataclass(frozen=True, slots=True)
class Refreshed:
    """The outcome of a refresh.

    "done": everything is here up to `till`; "partial": what failed is asked for again next time; "ready": there was
    nothing to do until `next_at`; "busy": another refresh is at work.
    """

    outcome: str
    till: date | None = None
    next_at: datetime | None = None
    seconds: float = 0.0
    requests: int = 0
    series: tuple[SeriesLoaded, ...] = ()
    notes: tuple[Note, ...] = ()

    @property
    def rows(self) -> int:
        return sum(each.rows for each in self.series)

    @property
    def figures(self) -> Mapping[str, float]:
        """For the journal."""
        return {"rows": self.rows, "requests": self.requests, "seconds": round(self.seconds, 3)}


def summary(refreshed: Refreshed) -> Iterator[Text]:
    """The outcome in sentences, one a line."""
    match refreshed.outcome:
        case "busy":
            yield text("Another refresh is at work; this one leaves it to that.")
            return
        case "ready":
            yield text(
                "Nothing to do: the data of {day} is here, the next is ready at {time} Moscow time.",
                day=refreshed.till,
                time=f"{refreshed.next_at:%Y-%m-%d %H:%M}",
            )
            return
    for each in refreshed.series:
        yield from _series(each)
    speed = round(refreshed.rows / refreshed.seconds) if refreshed.seconds else 0
    yield text(
        "Up to {day}: {rows} {rows:row|rows} in {seconds} s ({speed} rows/s), {requests} {requests:request|requests}.",
        day=refreshed.till,
        rows=numbers.grouped(str(refreshed.rows)),
        seconds=f"{refreshed.seconds:.1f}",
        speed=numbers.grouped(str(speed)),
        requests=numbers.grouped(str(refreshed.requests)),
    )
    if refreshed.outcome == "partial":
        yield text("Not everything could be loaded; the next refresh asks for the rest.")


def _series(each: SeriesLoaded) -> Iterator[Text]:
    template = text(
        "{interval}: {loaded} of {asked} series, {rows} {rows:row|rows}; failed {failed}, with bad data {quarantined}.",
        interval=text("Daily bars") if each.interval == "day" else text("Hourly bars"),
        loaded=each.loaded,
        asked=each.asked,
        rows=numbers.grouped(str(each.rows)),
        failed=each.failed,
        quarantined=each.quarantined,
    )
    yield template
    if each.skipped:
        yield text("The exchange stopped answering: {count} series {count:was|were} not asked for.", count=each.skipped)


def warnings(refreshed: Refreshed) -> Iterator[Text]:
    """What a person should look at, the worst first, with an end to it."""
    said = [note for level in ("error", "warning") for note in refreshed.notes if note.level == level]
    for note in said[:MOST_NOTES]:
        yield text("{ticker}: {note}", ticker=note.ticker, note=note.text) if note.ticker else note.text
    if len(said) > MOST_NOTES:
        yield text("... and {count} more: allocator data status", count=len(said) - MOST_NOTES)


def document(refreshed: Refreshed, *, lang: str = "en") -> dict[str, Json]:
    """The outcome as JSON; only the sentences of its notes are in a language."""
    return {
        "outcome": refreshed.outcome,
        "till": refreshed.till.isoformat() if refreshed.till else None,
        "next_at": refreshed.next_at.isoformat() if refreshed.next_at else None,
        "seconds": round(refreshed.seconds, 3),
        "requests": refreshed.requests,
        "rows": refreshed.rows,
        "series": [
            {
                "interval": each.interval,
                "asked": each.asked,
                "loaded": each.loaded,
                "rows": each.rows,
                "failed": each.failed,
                "quarantined": each.quarantined,
                "skipped": each.skipped,
            }
            for each in refreshed.series
        ],
        "notes": [
            {"ticker": note.ticker, "level": note.level, "text": render(note.text, lang)} for note in refreshed.notes
        ],
    }
