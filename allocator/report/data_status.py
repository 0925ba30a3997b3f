"""What the store holds, how whole it is and what is wrong with it: one page, or one object."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from allocator.core.bars import Interval
from allocator.core.finding import Fault, Finding
from allocator.core.moscow import MOSCOW
from allocator.core.text import Text, text
from allocator.report import numbers
from allocator.report.catalogue import render
from allocator.report.document import Json
from allocator.report.layout import ruled
from allocator.report.refresh import Note

MOST_FINDINGS = MOST_NOTES = 20
MOST_GAPPY = 5
KEPT_OUT = frozenset(Fault) - {Fault.JUMP, Fault.REWRITTEN}

FAULTS = {
    Fault.NULLS: text("no price"),
    Fault.BAD_PRICE: text("bad price"),
    Fault.BAD_RANGE: text("bad range"),
    Fault.BAD_VOLUME: text("bad volume"),
    Fault.DUPLICATE: text("two bars of one time"),
    Fault.FUTURE: text("in the future"),
    Fault.JUMP: text("jump"),
    Fault.REWRITTEN: text("history rewritten"),
}
INTERVALS = {Interval.DAY: text("Daily bars"), Interval.HOUR: text("Hourly bars")}


@dataclass(frozen=True, slots=True)
class Gaps:
    """Sessions between a ticker's first and last bar without a bar; the longest run of them, both days included."""

    ticker: str
    sessions: int
    longest: int
    since: date
    till: date


@dataclass(frozen=True, slots=True)
class IntervalStatus:
    """The bars of one interval; `first` and `last` are None without any.

    `gaps` are of the tickers that have some, the worst first; `findings` are those that nobody has accepted.
    """

    interval: Interval
    tickers: int
    rows: int
    first: date | None
    last: date | None
    gaps: tuple[Gaps, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def missing(self) -> int:
        return sum(each.sessions for each in self.gaps)

    @property
    def quarantined(self) -> tuple[str, ...]:
        """The tickers with data that readers do not get."""
        return tuple(sorted({finding.ticker for finding in self.findings}))


@dataclass(frozen=True, slots=True)
class LastRun:
    """The newest refresh or import of the journal; `outcome` is None when it never ended."""

    kind: str
    began: datetime
    ended: datetime | None
    outcome: str | None
    notes: tuple[Note, ...] = ()  # errors and warnings


@dataclass(frozen=True, slots=True)
class DataStatus:
    """`name` of the store, without a password; `size` in bytes, None where it cannot be told."""

    name: str
    size: int | None
    intervals: tuple[IntervalStatus, ...]
    refresh: LastRun | None = None
    imported: LastRun | None = None
    splits: int = 0
    dividends: int = 0

    @property
    def empty(self) -> bool:
        return not any(each.rows for each in self.intervals)


def status_text(status: DataStatus, *, lang: str = "en") -> str:
    """The page, with what to type next under what is wrong."""

    def say(message: Text) -> str:
        return render(message, lang)

    blocks = [[say(each) for each in _head(status)], _trouble(status.refresh, say)]
    if status.empty:
        return "\n".join([*blocks[0], *blocks[1], "", say(FIRST)])
    blocks.append(_table(status, lang).splitlines())
    blocks.append([say(each) for each in _gappy(status)])
    blocks.append(_findings(status, say))
    return "\n\n".join("\n".join(block) for block in blocks if block)


FIRST = text(
    "There are no bars yet. To load them from the exchange: allocator refresh; "
    "from files: allocator data import FILE ..."
)


def _head(status: DataStatus) -> Iterator[Text]:
    if status.size is None:
        yield text("Store: {name}", name=status.name)
    else:
        yield text("Store: {name}, {megabytes} MB", name=status.name, megabytes=f"{status.size / 1e6:.1f}")
    if status.refresh is None:
        yield text("Last refresh: none.")
    else:
        yield text("Last refresh: {run}.", run=_run(status.refresh))
    if status.imported is not None:
        yield text("Last import: {run}.", run=_run(status.imported))
    if status.splits or status.dividends:
        yield text(
            "Known splits: {splits}; dividends: {dividends}.",
            splits=status.splits,
            dividends=numbers.grouped(str(status.dividends)),
        )


def _trouble(run: LastRun | None, say: Callable[[Text], str]) -> list[str]:
    """What a nightly refresh said to nobody: its errors and warnings."""
    if run is None or not run.notes:
        return []
    lines = [say(text("The last refresh met with:"))]
    for note in run.notes[:MOST_NOTES]:
        told = text("{ticker}: {note}", ticker=note.ticker, note=note.text) if note.ticker else note.text
        lines.append(f"  {say(told)}")
    if len(run.notes) > MOST_NOTES:
        rest = text("... and {count} more: allocator data status --json", count=len(run.notes) - MOST_NOTES)
        lines.append(f"  {say(rest)}")
    return lines


def _run(run: LastRun) -> Text:
    began = run.began if run.began.tzinfo is None else run.began.astimezone(MOSCOW)
    when = f"{began:%Y-%m-%d %H:%M} MSK"
    if run.ended is None:
        return text("{when}, not ended", when=when)
    return text("{when}, {outcome}", when=when, outcome=OUTCOMES.get(run.outcome or "", run.outcome or "?"))


OUTCOMES = {
    "done": text("done"),
    "partial": text("not everything could be loaded"),
    "ready": text("nothing to do"),
    "busy": text("another one was at work"),
    "failed": text("nothing could be loaded"),
    "stopped": text("stopped before the end"),
}


def _table(status: DataStatus, lang: str) -> str:
    parts = [each for each in status.intervals if each.rows]
    headings = [
        text("Bars"), text("Tickers"), text("Rows"), text("First"), text("Last"), text("Missing sessions"),
        text("Quarantined tickers"),
    ]  # fmt: skip
    columns = [
        [render(INTERVALS[each.interval], lang) for each in parts],
        numbers.right([str(each.tickers) for each in parts]),
        numbers.right([numbers.grouped(str(each.rows)) for each in parts]),
        [str(each.first or "") for each in parts],
        [str(each.last or "") for each in parts],
        numbers.right([numbers.grouped(str(each.missing)) for each in parts]),
        numbers.right([str(len(each.quarantined)) for each in parts]),
    ]
    return ruled([render(heading, lang) for heading in headings], columns)


def _gappy(status: DataStatus) -> Iterator[Text]:
    """The tickers with most sessions missing; days on which a paper was not dealt in are among them."""
    for each in status.intervals:
        if each.gaps:
            worst = "; ".join(
                f"{gap.ticker} {numbers.grouped(str(gap.sessions))} ({gap.since}..{gap.till}: {gap.longest})"
                for gap in each.gaps[:MOST_GAPPY]
            )
            yield text(
                "{bars}: tickers with missing sessions (no deals or no data): {count}; "
                "most, and the longest run: {worst}.",
                bars=INTERVALS[each.interval],
                count=len(each.gaps),
                worst=worst,
            )


def _findings(status: DataStatus, say: Callable[[Text], str]) -> list[str]:
    findings = [finding for each in status.intervals for finding in each.findings]
    if not findings:
        return [say(text("Nothing is quarantined."))]
    lines = [say(text("Quarantined, so that no reader takes it for a price:"))]
    lines += [f"  {say(finding_line(finding))}" for finding in findings[:MOST_FINDINGS]]
    if len(findings) > MOST_FINDINGS:
        rest = text("... and {count} more: allocator data status --json", count=len(findings) - MOST_FINDINGS)
        lines.append(f"  {say(rest)}")
    return lines


def finding_line(finding: Finding) -> Text:
    """Who, when, what, and what to type next."""
    if finding.fault is Fault.JUMP:
        values = {"ticker": finding.ticker, "when": when(finding), "detail": finding.detail}
        return text("{ticker} {when}: {detail}.", **values)
    return text(
        "{ticker} {when}: {fault}: {detail}. {next}",
        ticker=finding.ticker,
        when=when(finding),
        fault=FAULTS[finding.fault],
        detail=finding.detail,
        next=advice(finding),
    )


def when(finding: Finding) -> Text | str:
    if finding.begin is None:
        return text("(all {bars})", bars=text("days") if finding.interval is Interval.DAY else text("hours"))
    form = "%Y-%m-%d" if finding.interval is Interval.DAY else "%Y-%m-%d %H:%M"
    return finding.begin.strftime(form)


def advice(finding: Finding) -> Text:
    """What to do about it; of a jump its own detail says that."""
    hourly = " --interval hour" if finding.interval is Interval.HOUR else ""
    if finding.fault is Fault.REWRITTEN:
        return text(
            "To load it anew: allocator data accept {ticker}{hourly}; then allocator refresh",
            ticker=finding.ticker,
            hourly=hourly,
        )
    return text("It is left out; nothing is to be done.")


def status_document(status: DataStatus, *, lang: str = "en") -> dict[str, Json]:
    """The object of `allocator data status --json`."""
    return {
        "store": {"name": status.name, "bytes": status.size},
        "refresh": _run_document(status.refresh, lang),
        "import": _run_document(status.imported, lang),
        "splits": status.splits,
        "dividends": status.dividends,
        "intervals": {each.interval.value: _interval_document(each, lang) for each in status.intervals},
    }


def _run_document(run: LastRun | None, lang: str) -> Json:
    if run is None:
        return None
    return {
        "began": run.began.isoformat(),
        "ended": run.ended.isoformat() if run.ended else None,
        "outcome": run.outcome,
        "notes": [{"ticker": note.ticker, "level": note.level, "text": render(note.text, lang)} for note in run.notes],
    }


def _interval_document(status: IntervalStatus, lang: str) -> dict[str, Json]:
    return {
        "tickers": status.tickers,
        "rows": status.rows,
        "first": _day(status.first),
        "last": _day(status.last),
        "gaps": {
            "sessions": status.missing,
            "tickers": [
                {
                    "ticker": gap.ticker,
                    "sessions": gap.sessions,
                    "longest": {"sessions": gap.longest, "first": _day(gap.since), "last": _day(gap.till)},
                }
                for gap in status.gaps
            ],
        },
        "quarantined": {
            "tickers": list(status.quarantined),
            "findings": findings_document(status.findings, lang=lang),
        },
    }


def findings_document(findings: Sequence[Finding], *, lang: str = "en") -> list[Json]:
    return [
        {
            "ticker": finding.ticker,
            "begin": finding.begin.isoformat() if finding.begin else None,
            "fault": finding.fault.value,
            "detail": render(finding.detail, lang),
            "bar": finding.row,
            "accepted": finding.accepted,
        }
        for finding in findings
    ]


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None
