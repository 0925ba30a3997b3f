"""What the store holds, shown, exported and set right by a person."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path

import numpy as np

from allocator import history
from allocator.app.dividend_desk import EARLIEST, FURTHEST
from allocator.app.judging import Known, judge, restore_hours
from allocator.core.bars import FIELDS, Bars, Interval
from allocator.core.errors import StoreError, UsageError
from allocator.core.finding import Fault, Finding
from allocator.core.instrument import LARGEST_RATIO, Split
from allocator.core.text import Text, text
from allocator.history.dividends import effective
from allocator.market.findings import did_you_mean, near
from allocator.report.data_status import DataStatus, Gaps, IntervalStatus, LastRun, when
from allocator.report.refresh import Note
from allocator.report.series import SeriesView
from allocator.store import Run, Store, Transaction, read_panel
from allocator.store.export import Part, csv_chunks, write_history
from allocator.store.lineage import Lineage
from allocator.store.presence import presence, size_bytes

RUNS = 200  # of the journal, in which the last refresh and import are looked for
NEARBY_DAYS = 7  # between the declared day of a split and the first deal at the new price
AT_ONCE = 20  # tickers of a panel: bounds the memory of an export


@dataclass(frozen=True, slots=True)
class Selection:
    """Which bars: None is all. Days are both included; `adjust` is "none", "splits" or "total"."""

    interval: Interval = Interval.DAY
    tickers: tuple[str, ...] | None = None
    since: date | None = None
    till: date | None = None
    adjust: str = "none"


@dataclass(frozen=True, slots=True)
class DataDesk:
    """The use cases; `now` gives an aware time, `tax` is the share of a dividend that is withheld."""

    store: Store
    now: Callable[[], datetime]
    tax: Decimal = Decimal("0.13")

    def status(self, intervals: Iterable[Interval] = Interval, tickers: Sequence[str] | None = None) -> DataStatus:
        """What is there, by interval.

        Raises: `UsageError` for a ticker that is not there; `StoreError`.
        """
        with self.store.reading() as transaction:
            if tickers is not None:
                _refuse_unknown(transaction, tickers)
            runs = transaction.journal.runs(RUNS)
            latest = {run.kind: run for run in reversed(runs)}
            return DataStatus(
                self.store.name,
                size_bytes(transaction),
                tuple(_interval_status(transaction, interval, tickers) for interval in intervals),
                _last_run(transaction, latest.get("refresh")),
                _last_run(transaction, latest.get("import")),
                splits=len(transaction.splits.all()),
                dividends=len(effective(transaction.dividends.all())),
            )

    def show(self, ticker: str, selection: Selection) -> SeriesView:
        """A ticker's card and bars.

        Raises: `UsageError` for a ticker that is not there; `StoreError`.
        """
        with self.store.reading() as transaction:
            _refuse_unknown(transaction, [ticker])
            known = Known.of(transaction, [ticker])
            stored = transaction.bars.read(ticker, selection.interval)
            findings = [each for each in transaction.findings.of(ticker, selection.interval) if not each.accepted]
            if selection.adjust == "none":
                bars = _between(stored, selection)
                doubtful = _doubtful(bars, findings)
            else:
                bars = next(self._adjusted(transaction, [ticker], selection)).bars
                doubtful = np.zeros(len(bars), dtype=np.bool_)
            days = np.unique(stored.days)
            return SeriesView(
                known.tickers[ticker],
                selection.interval,
                selection.adjust,
                bars,
                doubtful,
                rows=len(stored),
                first=days[0].item() if len(days) else None,
                last=days[-1].item() if len(days) else None,
                missing=sum(sessions for *_, sessions in history.gaps(days, known.calendar)),
                splits=known.splits.get(ticker, ()),
                payments=known.payments(ticker),
                renames=tuple(each for each in known.renames if ticker in {each.old, each.new}),
                findings=tuple(findings),
            )

    def export(self, path: Path | None, selection: Selection, write: Callable[[str], None]) -> int:
        """Write bars to a file, or without one as CSV to `write`; how many.

        Raises: `UsageError` for tickers that are not there or a path that cannot be written; `StoreError`, also when
        there are no such bars.
        """
        counted = _Counted()
        with self.store.reading() as transaction:
            parts = counted.of(self._parts(transaction, selection))
            if path is not None:
                write_history(path, parts, selection.interval, adjust=selection.adjust)
            else:
                for chunk in csv_chunks(parts, selection.interval, adjust=selection.adjust):
                    write(chunk)
        return counted.rows

    def accept(self, ticker: str, day: date | None, intervals: Iterable[Interval]) -> list[Text]:
        """Believe the exchange about a ticker, or about its bars of a day; what that changes, in words.

        Raises: `UsageError` when nothing of it is in doubt; `StoreError`.
        """
        with self.store.transaction() as transaction:
            _refuse_unknown(transaction, [ticker])
            found = [
                finding
                for interval in intervals
                for finding in transaction.findings.of(ticker, interval)
                if not finding.accepted and (day is None or (finding.begin and finding.begin.date() == day))
            ]
            if not found:
                raise UsageError(_nothing_doubtful(ticker, day), text("allocator data status shows what is in doubt."))
            for finding in found:
                transaction.findings.accept(ticker, finding.interval, finding.begin)
                if finding.fault is Fault.REWRITTEN:
                    transaction.loads.remove(ticker, finding.interval)
            notes = [_accepted(finding) for finding in found]
            self._journal(transaction, "accept", ticker, notes)
            return notes

    def declare_split(self, ticker: str, day: date, before: int, after: int) -> list[Text]:
        """Declare that `before` units became `after` from `day` on; what comes of it, in words.

        Raises: `UsageError` for a ticker that is not there, an impossible day, or numbers that are no split;
        `StoreError`.
        """
        if before < 1 or after < 1 or before == after:
            raise UsageError(
                text("{before}:{after} is no split.", before=before, after=after),
                text("Write how many became how many: 1:100 when one became a hundred, 5000:1 for a consolidation."),
            )
        if max(before, after) > LARGEST_RATIO:
            raise UsageError(
                text("{before}:{after} is beyond any split of an exchange.", before=before, after=after),
                text("Neither number may be above {count}.", count=LARGEST_RATIO),
            )
        furthest = self.now().date() + FURTHEST
        if not EARLIEST <= day <= furthest:
            raise UsageError(
                text("{day} is no day of a split: it is not between {since} and {till}.",
                     day=day, since=EARLIEST, till=furthest),
            )  # fmt: skip
        with self.store.transaction() as transaction:
            _refuse_unknown(transaction, [ticker])
            transaction.splits.put([Split(ticker, day, before, after, "manual")])
            values = {"ticker": ticker, "before": before, "after": after, "day": day}
            notes = [text("{ticker}: {before} became {after} on {day}.", **values)]
            notes, doubts = self._judged(transaction, ticker, day, notes)
            if doubts:
                notes.append(
                    text(
                        "{ticker}: even so the price jumps then. If it was the other way round: "
                        "allocator data split {ticker} {day} {after}:{before}; if there was none: "
                        "allocator data split {ticker} {day} --remove",
                        **values,
                    )
                )
            self._journal(transaction, "split", ticker, notes)
            return notes

    def remove_split(self, ticker: str, day: date) -> list[Text]:
        """Take a split back; what comes of it, in words.

        Raises: `UsageError` when there is none; `StoreError`.
        """
        with self.store.transaction() as transaction:
            _refuse_unknown(transaction, [ticker])
            known = {split.day: split for split in transaction.splits.all() if split.ticker == ticker}
            if day not in known:
                raise UsageError(
                    text("{ticker}: no split of {day} is known.", ticker=ticker, day=day),
                    text("Known are those of {days}.", days=", ".join(map(str, known))) if known else None,
                )
            transaction.splits.remove(ticker, day)
            notes = [text("{ticker}: the split of {day} is forgotten.", ticker=ticker, day=day)]
            if known[day].source in {"shipped", "iss"}:
                notes.append(text("Its source still has it: the next refresh may bring it back."))
            notes, doubts = self._judged(transaction, ticker, day, notes)
            notes += (text("{ticker}: {detail}.", ticker=ticker, detail=doubt.detail) for doubt in doubts)
            self._journal(transaction, "split", ticker, notes)
            return notes

    def _judged(
        self, transaction: Transaction, ticker: str, day: date, notes: list[Text]
    ) -> tuple[list[Text], list[Finding]]:
        """Prices looked at anew, now that other splits are known; what was done, and what is in doubt then."""
        known = Known.of(transaction, [ticker])
        notes = [*notes, *restore_hours(transaction, ticker, known)]
        doubts = [
            finding
            for interval in Interval
            for finding in judge(transaction, ticker, interval, known)
            if finding.begin and abs(finding.begin.date() - day).days <= NEARBY_DAYS
        ]
        return notes, doubts

    def _journal(self, transaction: Transaction, kind: str, ticker: str, notes: Sequence[Text]) -> None:
        run = transaction.journal.begin(kind, self.now())
        for note in notes:
            transaction.journal.note(run, self.now(), note, ticker=ticker)
        transaction.journal.end(run, self.now(), "done", {})

    def _parts(self, transaction: Transaction, selection: Selection) -> Iterator[Part]:
        there = [each.ticker for each in transaction.bars.coverage(selection.interval)]
        tickers = list(dict.fromkeys(there if selection.tickers is None else selection.tickers))
        _refuse_unknown(transaction, tickers)
        if selection.adjust != "none":
            yield from self._adjusted(transaction, tickers, selection)
            return
        boards = {each.ticker: each.board for each in transaction.instruments.all()}
        for ticker in tickers:
            bars = transaction.bars.read(ticker, selection.interval, *_span(selection))
            yield Part(ticker, boards[ticker], bars)

    def _adjusted(self, transaction: Transaction, tickers: Sequence[str], selection: Selection) -> Iterator[Part]:
        """Adjusted bars as every reader gets them: old tickers joined into new ones, nothing doubtful among them."""
        instruments = {each.ticker: each for each in transaction.instruments.all()}
        lineage = Lineage(transaction.renames.all(), instruments)
        heads = list(dict.fromkeys(lineage.head(ticker) for ticker in tickers))
        for start in range(0, len(heads), AT_ONCE):
            some = heads[start : start + AT_ONCE]
            panel = read_panel(
                transaction, FIELDS, selection.interval, some, selection.since, selection.till,
                adjust="total" if selection.adjust == "total" else "splits", tax=self.tax,
            )  # fmt: skip
            for at, ticker in enumerate(panel.tickers):
                valid = panel.valid[:, at]
                columns = (panel[name][valid, at] for name in FIELDS)
                yield Part(ticker, instruments[ticker].board, Bars(panel.times[valid], *columns))


@dataclass
class _Counted:
    rows: int = 0

    def of(self, parts: Iterable[Part]) -> Iterator[Part]:
        """The same parts, counted as they pass.

        Raises: `StoreError` when there was not one bar.
        """
        for part in parts:
            self.rows += len(part.bars)
            yield part
        if not self.rows:
            raise StoreError(text("There are no such bars in the store."), text("allocator data status shows what is."))


def _last_run(transaction: Transaction, run: Run | None) -> LastRun | None:
    if run is None:
        return None
    notes = transaction.journal.notes(run.id)
    odd = [note for level in ("error", "warning") for note in notes if note.level == level]
    told = tuple(Note(note.text, note.level, note.ticker) for note in odd)
    return LastRun(run.kind, run.began, run.ended, run.outcome, told)


def _refuse_unknown(transaction: Transaction, tickers: Sequence[str]) -> None:
    """Raises: `UsageError` for the first ticker that is not in the store; `StoreError` when nothing is."""
    for ticker in tickers:
        if transaction.instruments.get(ticker) is None:
            known = [each.ticker for each in transaction.instruments.all()]
            if not known:
                raise StoreError(
                    text("There are no securities in the store yet."),
                    text("Load them: allocator refresh, or allocator data import FILE."),
                )
            raise UsageError(
                text("{ticker} is not in the store.", ticker=ticker),
                did_you_mean(near(ticker, known))
                or text("Load it: allocator refresh --tickers {ticker}", ticker=ticker),
            )


def _interval_status(transaction: Transaction, interval: Interval, tickers: Sequence[str] | None) -> IntervalStatus:
    calendar = transaction.calendar.get()
    there = {
        ticker: found
        for ticker, found in presence(transaction, interval).items()
        if tickers is None or ticker in tickers
    }
    gaps = []
    for ticker, found in there.items():
        runs = history.gaps(found.days, calendar)
        if runs:
            since, till, longest = max(runs, key=lambda run: run[2])
            gaps.append(Gaps(ticker, sum(count for *_, count in runs), longest, since, till))
    findings = [
        finding
        for finding in transaction.findings.all(accepted=False)
        if finding.interval is interval and (tickers is None or finding.ticker in tickers)
    ]
    return IntervalStatus(
        interval,
        tickers=len(there),
        rows=sum(each.rows for each in there.values()),
        first=min((each.days[0].item() for each in there.values()), default=None),
        last=max((each.days[-1].item() for each in there.values()), default=None),
        gaps=tuple(sorted(gaps, key=lambda each: (-each.sessions, each.ticker))),
        findings=tuple(findings),
    )


def _span(selection: Selection) -> tuple[datetime | None, datetime | None]:
    since = datetime.combine(selection.since, time.min) if selection.since else None
    till = datetime.combine(selection.till, time.max) if selection.till else None
    return since, till


def _between(bars: Bars, selection: Selection) -> Bars:
    inside = np.ones(len(bars), dtype=np.bool_)
    if selection.since:
        inside &= bars.days >= np.datetime64(selection.since)
    if selection.till:
        inside &= bars.days <= np.datetime64(selection.till)
    return bars[inside]


def _doubtful(bars: Bars, findings: Sequence[Finding]) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """(n,) the bars that readers do not get."""
    flagged = [finding.begin for finding in findings if finding.fault is Fault.JUMP]
    found: np.ndarray[tuple[int], np.dtype[np.bool_]] = np.isin(bars.begin, np.array(flagged, dtype="datetime64[s]"))
    return found


def _nothing_doubtful(ticker: str, day: date | None) -> Text:
    if day is None:
        return text("{ticker}: nothing of it is in doubt.", ticker=ticker)
    return text("{ticker}: nothing of {day} is in doubt.", ticker=ticker, day=day)


def _accepted(finding: Finding) -> Text:
    """What the acceptance of a finding means."""
    if finding.fault is Fault.REWRITTEN:
        return text(
            "{ticker}: the next refresh loads its history anew and replaces what is here.", ticker=finding.ticker
        )
    if finding.fault is Fault.JUMP:
        return text("{ticker}: the bar of {begin} is believed.", ticker=finding.ticker, begin=when(finding))
    return text(
        "{ticker}: the bar of {begin} stays left out, and is spoken of no more.",
        ticker=finding.ticker,
        begin=when(finding),
    )
