"""From an answer of the exchange to what the store should keep: cleaned, made raw, compared with what is known."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np

from allocator import history
from allocator.app.refresh.planning import Days, Task
from allocator.core.bars import Bars
from allocator.core.calendar import Calendar
from allocator.core.finding import Fault, Finding
from allocator.core.instrument import Split
from allocator.core.text import Text, text
from allocator.report.data_status import FAULTS

MOST_DAYS = 5  # in a sentence


@dataclass(frozen=True, slots=True)
class Known:
    """What the store knows of a ticker: `bars` from the day that the task asks from, raw and sorted."""

    bars: Bars
    splits: Sequence[Split]
    calendar: Calendar
    findings: Sequence[Finding]  # of the ticker and interval, accepted ones too

    @property
    def rewritten(self) -> bool:
        return any(finding.fault is Fault.REWRITTEN and not finding.accepted for finding in self.findings)

    def vouched(self, bars: Bars) -> Bars:
        """The bars without the sessions of which a bar is flagged, or was kept out: another answer may replace them."""
        doubts = [each.begin for each in self.findings if each.begin is not None and not each.accepted]
        if not doubts or not len(bars):
            return bars
        sessions = self.calendar.session_of(np.array(doubts, dtype="datetime64[D]"))
        return bars[~np.isin(self.calendar.session_of(bars.days), sessions)]


@dataclass(frozen=True, slots=True)
class Digest:
    """What to write: `bars` replace whatever is stored from `replaced` on (None: only bars of the same time).

    `settled` is false when the answer cannot be believed: nothing is written but the findings, and the next refresh
    asks again.
    """

    bars: Bars
    replaced: date | None = None
    splits: Sequence[Split] = ()
    findings: Sequence[Finding] = ()
    notes: Sequence[Text] = ()
    warnings: Sequence[Text] = ()
    settled: bool = True


NOTHING = Bars.of(())


def digest(task: Task, fetched: Bars, known: Known, days: Days) -> Digest:
    """Judge the answer to a task."""
    clean, findings = history.sift(task.ticker, task.interval, fetched, today=days.till)
    final = known.bars if task.load is None else known.bars[known.bars.days <= np.datetime64(task.load.till)]
    trusted = NOTHING if task.anew else known.vouched(final)
    if not len(clean):
        return _nothing(task, trusted, findings)
    raw = history.unadjust(task.ticker, clean, known.splits, reference=final if len(final) else None)
    splits, bars = list(raw.detected), raw.bars
    comparison = history.compare(trusted, bars, known.calendar)
    if comparison.rewritten is not None:
        split = history.detect_split(task.ticker, trusted, clean)
        if split is None:
            return _rewritten(task, findings, comparison.rewritten)
        splits.append(split)
        bars = history.unadjust(task.ticker, clean, [*known.splits, split], reference=trusted).bars
        comparison = history.compare(trusted, bars, known.calendar)
        if comparison.rewritten is not None:
            return _rewritten(task, findings, comparison.rewritten)
    return Digest(
        bars=_new(bars, trusted, comparison, task),
        replaced=_replaced(task),
        splits=splits,
        findings=findings,
        notes=[*_noted(known, comparison), *map(_of_split, splits), *raw.notes],
        warnings=[_of_findings(findings)] if findings else [],
    )


def _nothing(task: Task, trusted: Bars, findings: Sequence[Finding]) -> Digest:
    """An answer without a bar, which is no answer where bars are known."""
    if len(trusted):
        message = text(
            "the exchange gave nothing from {since} on, where bars are known; asked again next time", since=task.since
        )
        return Digest(NOTHING, findings=findings, warnings=[message], settled=False)
    warnings = [_of_findings(findings)] if findings else []
    if task.anew and task.instrument.listed and not findings:
        warnings.append(
            text("the exchange gave no bars, though it lists the paper since {day}", day=task.instrument.listed)
        )
    # A ticker that never traded is asked for again: one page, and no answer that went wrong is taken for the truth.
    return Digest(NOTHING, findings=findings, warnings=warnings, settled=task.load is not None)


def _rewritten(task: Task, findings: Sequence[Finding], why: Text) -> Digest:
    """The exchange and the store disagree: the stored bars stay as they are until one of them gives in."""
    finding = Finding(task.ticker, task.interval, None, Fault.REWRITTEN, why)
    return Digest(
        NOTHING,
        findings=[*findings, finding],
        warnings=[
            text(
                "quarantined: {why}. To believe the exchange: allocator data accept {ticker}",
                why=why,
                ticker=task.ticker,
            )
        ],
        settled=False,
    )


def _new(bars: Bars, trusted: Bars, comparison: history.Comparison, task: Task) -> Bars:
    """The bars worth writing: all of them when something changed, else those that are not yet known."""
    deeper = task.load is not None and task.since < task.load.since
    if comparison.corrected or comparison.added or deeper:
        return bars
    return bars[~np.isin(bars.begin, trusted.begin)]


def _replaced(task: Task) -> date | None:
    """From which day on the stored bars make way: all for a first load, else what was stored of an unfinished day."""
    return task.since if task.load is None else task.load.till + timedelta(days=1)


def _noted(known: Known, comparison: history.Comparison) -> Iterable[Text]:
    if known.rewritten:
        yield text("agrees with the exchange again; the quarantine is over")
    if comparison.corrected:
        yield text("the exchange corrected volumes of {days}", days=_listed(comparison.corrected))
    if comparison.added:
        yield text("the exchange added {days}", days=_listed(comparison.added))
    if comparison.missing:
        yield text("the exchange no longer has {days}; ours are kept", days=_listed(comparison.missing))


def _listed(days: Sequence[date]) -> str:
    return ", ".join(map(str, days[:MOST_DAYS])) + (", ..." if len(days) > MOST_DAYS else "")


def _of_split(split: Split) -> Text:
    return text(
        "a split found in the data: {before} became {after} on {day}",
        before=split.before,
        after=split.after,
        day=split.day,
    )


def _of_findings(findings: Sequence[Finding]) -> Text:
    """Bad bars in one sentence."""
    first_kind, *others = sorted({finding.fault for finding in findings}, key=lambda fault: fault.value)
    kinds = FAULTS[first_kind]
    for kind in others:
        kinds = text("{one}, {other}", one=kinds, other=FAULTS[kind])
    first = min((finding.begin for finding in findings if finding.begin), default=None)
    when = first.date() if isinstance(first, datetime) else ""
    return text(
        "bad bars kept out: {count} ({kinds}), the first of {day}",
        count=len(findings),
        kinds=kinds,
        day=when,
    )
