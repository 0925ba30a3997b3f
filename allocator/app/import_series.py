"""One ticker of a file into the store: its rows judged, made raw, compared with what is there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from allocator import history
from allocator.app.judging import Known, judge, restore_hours
from allocator.core.bars import FIELDS, Bars, Interval, Mask
from allocator.core.calendar import Calendar
from allocator.core.finding import Fault, Finding
from allocator.core.instrument import Instrument, Kind
from allocator.core.text import Text, text
from allocator.history.factors import scaled
from allocator.market.history import INDEXES
from allocator.report.data_status import KEPT_OUT
from allocator.report.imported import Note, Rows
from allocator.store import Load, Transaction
from allocator.store.files import HistoryFile, Series

MAIN_BOARDS = ("TQBR", "TQTF")
FUND_BOARDS = frozenset({"TQTF", "TQIF", "TQTD", "TQTE"})
ODD_LOTS = "SMAL"  # deals of less than a lot: neither their prices nor their volumes are those of the market
SAME = 1e-9  # relative: the same decimals, whatever was done to them as floats
PRICES = FIELDS[:4]
INDEX_NAMES = frozenset(INDEXES) | {old for names in INDEXES.values() for old in names} | {"MOEXBC", "MCFTRN", "RTSI"}
ONE_DAY = timedelta(days=1)
HOLIDAYS = timedelta(days=12)  # the longest between two sessions of an ordinary year


@dataclass(frozen=True, slots=True)
class Request:
    """What the user asks for.

    `interval` and `ticker` are told by the files themselves where None. `adjusted_to`: splits up to this day are
    worked into prices of which nothing else tells. `replace`: where the store has other figures, believe the file.
    """

    files: Sequence[Path]
    interval: Interval | None = None
    adjusted_to: date | None = None
    ticker: str | None = None
    replace: bool = False


@dataclass
class SeriesImport:
    """One ticker of a file into the store, in one transaction."""

    transaction: Transaction
    file: HistoryFile
    series: Series
    known: Known
    request: Request
    today: date
    rows: Rows = field(default_factory=Rows)
    flagged: int = 0
    notes: list[Note] = field(default_factory=list)

    @property
    def ticker(self) -> str:
        return self.series.ticker

    def run(self, tickers: set[str]) -> None:
        """`tickers` are all that the file and the store have: they tell preferred shares."""
        clean, findings = self._sifted()
        if not len(clean) and not findings:
            return
        self._introduce(tickers)
        interval = self.file.interval
        stored = self.transaction.bars.read(self.ticker, interval)
        if len(clean):
            clean = self._as_traded(clean, stored)
        fresh = self._fresh(clean, stored)
        self.transaction.bars.put(self.ticker, interval, fresh)
        self._quarantine(findings, clean, stored)
        if len(fresh):
            self.flagged = len(judge(self.transaction, self.ticker, interval, self.known))
        if len(fresh) and interval is Interval.DAY:
            self.notes += map(Note, restore_hours(self.transaction, self.ticker, self.known))
        if len(clean):
            self._loaded(clean, stored)

    def _sifted(self) -> tuple[Bars, list[Finding]]:
        """The rows of the main board that are bars, and what is wrong with others."""
        chosen = main_board(self.series)
        self.rows.boards = int((~chosen).sum())
        bars = self.series.bars[chosen]
        idle = (np.isnan(bars.volume) | (bars.volume == 0)) & np.logical_and.reduce(
            [np.isnan(getattr(bars, name)) | (getattr(bars, name) == 0) for name in PRICES]
        )
        self.rows.untraded = int(idle.sum())
        clean, findings = history.sift(self.ticker, self.file.interval, bars, today=self.today)
        for finding in findings:
            count = finding.detail.values.get("count", 1) if finding.fault is Fault.DUPLICATE else 1
            self.rows.faults[finding.fault] += count if isinstance(count, int) else 1
            self._tell(finding)
        self.rows.repeated = len(bars) - self.rows.untraded - len(clean) - self.rows.faults.total()
        return clean, findings

    def _tell(self, finding: Finding) -> None:
        there = self.series.bars.begin == np.datetime64(finding.begin or "NaT", "s")
        line = int(self.series.lines[there][0]) if there.any() else 0
        message = text(
            "{path}:{line}: {ticker}: {detail}: {row}",
            path=self.file.path,
            line=line,
            ticker=self.ticker,
            detail=finding.detail,
            row=finding.row or "",
        )
        self.notes.append(Note(message, warning=True))

    def _introduce(self, tickers: set[str]) -> None:
        """Make the instrument known, or better known."""
        old = self.known.tickers.get(self.ticker)
        boards = [board for board in dict.fromkeys(self.series.boards[::-1].tolist()) if board]
        board = next((each for each in boards if each in MAIN_BOARDS), boards[0] if boards else None)
        found = old or Instrument(self.ticker, Kind.SHARE, board)
        if found.board is None:
            found = replace(found, board=board)
        if found.kind is Kind.SHARE and found.isin is None:  # guessed, and more may be known now
            found = replace(found, kind=kind_of(self.ticker, found.board, self.file, tickers))
        if found != old:
            self.transaction.instruments.put([found])

    def _as_traded(self, clean: Bars, stored: Bars) -> Bars:
        """Prices with the splits that were worked into them taken out."""
        reference = Bars.of(()) if self.request.replace else stored  # what makes way is no witness
        if self.file.interval is Interval.HOUR:
            daily = self.transaction.bars.read(self.ticker, Interval.DAY)
            reference = daily if len(daily) else reference
        splits = self.known.splits.get(self.ticker, ())
        found = history.unadjust(self.ticker, clean, splits, reference=reference if len(reference) else None)
        for split in found.worked_in:
            self.notes.append(Note(_worked_in(self.ticker, split.day, split.before, split.after)))
        if found.detected:
            self.transaction.splits.put(found.detected)
            self.known.splits[self.ticker] = (*splits, *found.detected)
        for split in found.detected:
            self.notes.append(Note(_detected(self.ticker, split.day, split.before, split.after), warning=True))
        return self._told_by_user(found)

    def _told_by_user(self, found: history.Unadjusted) -> Bars:
        """What nothing in the data told, the user may have."""
        bars = found.bars
        for note in found.notes:
            day = note.values.get("day")
            split = next(
                (
                    each
                    for each in self.known.splits.get(self.ticker, ())
                    if note.template == UNDECIDED and each.day == day
                ),
                None,
            )
            if split is None:
                self.notes.append(Note(note, warning=True))
            elif self.request.adjusted_to is None:
                self.notes.append(Note(note, warning=True))
                self.notes.append(Note(ADVICE, warning=True))
            elif split.day <= self.request.adjusted_to:
                before = bars.days < np.datetime64(split.day)
                columns = {name: getattr(bars, name).copy() for name in PRICES}
                for column in columns.values():
                    column[before] = scaled(column[before], 1 / split.factor)
                bars = Bars(bars.begin, **columns, volume=bars.volume, value=bars.value)
                self.notes.append(Note(_worked_in(self.ticker, split.day, split.before, split.after)))
        return bars

    def _fresh(self, clean: Bars, stored: Bars) -> Bars:
        """The bars to write: those that the store lacks, or lacks figures of; and differing ones if told to."""
        _, here, there = np.intersect1d(clean.begin, stored.begin, assume_unique=True, return_indices=True)
        new = np.ones(len(clean), dtype=np.bool_)
        new[here] = False
        mine, theirs = clean[here], stored[there]
        differing = np.zeros(len(mine), dtype=np.bool_)
        lacking = np.zeros(len(mine), dtype=np.bool_)
        whole = {}
        for name in FIELDS:
            one, other = getattr(mine, name), getattr(theirs, name)
            differing |= np.abs(one - other) > SAME * np.maximum(np.abs(one), np.abs(other))
            unknown = np.isnan(other)
            lacking |= unknown & ~np.isnan(one)
            whole[name] = np.where(unknown, one, other)
        lacking &= ~differing
        self.rows.new = int(new.sum())
        self.rows.completed = int(lacking.sum())
        self.rows.equal = len(mine) - int(differing.sum()) - int(lacking.sum())
        parts = [clean[new], Bars(mine.begin, **whole)[lacking]]
        if self.request.replace:
            self.rows.replaced = int(differing.sum())
            parts.append(mine[differing])
        elif differing.any():
            self.rows.kept = int(differing.sum())
            self.notes.append(Note(_differs(self.ticker, mine, theirs, differing)))
        return Bars.joined(parts)

    def _quarantine(self, findings: Sequence[Finding], clean: Bars, stored: Bars) -> None:
        """Findings of rows of which the store has no good bar; those of rows that have come good are dropped."""
        sound = set(clean.begin.tolist()) | set(stored.begin.tolist())
        interval = self.file.interval
        old = [each for each in self.transaction.findings.of(self.ticker, interval) if each.fault in KEPT_OUT]
        if any(each.begin in sound for each in old):
            self.transaction.findings.clear(self.ticker, interval, set(KEPT_OUT))
            self.transaction.findings.put(each for each in old if each.begin not in sound)
        self.transaction.findings.put(each for each in findings if each.begin not in sound)

    def _loaded(self, clean: Bars, stored: Bars) -> None:
        """Let the next refresh go on from the last day of the file; load anew what it would leave holes in."""
        interval = self.file.interval
        since, till = clean.days[0].item(), min(clean.days[-1].item(), self.today - ONE_DAY)
        old = self.transaction.loads.get(self.ticker, interval)
        if old is not None:
            if _hole(self.known.calendar, old.till, since) or _hole(self.known.calendar, till, old.since):
                self.transaction.loads.remove(self.ticker, interval)
                self.notes.append(Note(_apart(self.ticker, since, till)))
                return
            since, till = min(since, old.since), max(till, old.till)
        elif len(stored) and (stored.days[0] < clean.days[0] or stored.days[-1] > clean.days[-1]):
            return  # there are holes already
        load = Load(self.ticker, interval, since, till)
        if till >= since and load != old:
            self.transaction.loads.put(load)


def main_board(series: Series) -> Mask:
    """(n,) the rows of a market price.

    Odd lots have none. Of several rows of one time on different boards that of a main board counts, else that of the
    larger turnover. Rows of one board stay all: what is wrong with two of them, `sift` tells.
    """
    boards = series.boards
    chosen: Mask = boards != ODD_LOTS
    if not chosen.any() or len(set(boards.tolist())) == 1:
        return np.ones(len(boards), dtype=np.bool_)
    main = np.isin(boards, MAIN_BOARDS)
    size = np.nan_to_num(series.bars.value, nan=-1.0)
    order = np.lexsort((-size, ~main, ~chosen, series.bars.begin))
    begin = series.bars.begin[order]
    first = np.r_[True, begin[1:] != begin[:-1]]
    best = np.empty(len(order), dtype=boards.dtype)
    best[order] = boards[order][np.maximum.accumulate(np.where(first, np.arange(len(order)), 0))]
    found: Mask = chosen & (boards == best)
    return found


def kind_of(ticker: str, board: str | None, file: HistoryFile, tickers: set[str]) -> Kind:
    """What a ticker of a file most likely stands for; the next refresh knows better."""
    if board in FUND_BOARDS:
        return Kind.FUND
    if file.levels and (ticker in INDEX_NAMES or board in {"SNDX", "RTSI"}):
        return Kind.INDEX
    if len(ticker) == 5 and ticker.endswith("P") and ticker[:-1] in tickers:
        return Kind.PREFERRED
    return Kind.SHARE


def _hole(calendar: Calendar, earlier: date, later: date) -> bool:
    """Whether there are sessions between the two days, or more than holidays: the calendar may have the same hole."""
    first, last = np.datetime64(earlier), np.datetime64(later)
    return later - earlier > HOLIDAYS or bool(((calendar.days > first) & (calendar.days < last)).any())


UNDECIDED = (
    "{ticker}: nothing tells whether the split of {day} is worked into the prices before it; they are taken as given"
)
ADVICE = text("If it is, import the daily bars, or this file again with --replace --adjusted-to DATE.")


def _worked_in(ticker: str, day: date, before: int, after: int) -> Text:
    return text(
        "{ticker}: the split {before}:{after} of {day} was worked into the prices before it; they are put back to what "
        "was paid.",
        ticker=ticker, before=before, after=after, day=day,
    )  # fmt: skip


def _detected(ticker: str, day: date, before: int, after: int) -> Text:
    return text(
        "{ticker}: the data shows a split {before}:{after} of {day} that nobody declared. If there was none: "
        "allocator data split {ticker} {day} --remove",
        ticker=ticker, before=before, after=after, day=day,
    )  # fmt: skip


def _differs(ticker: str, mine: Bars, theirs: Bars, differing: Mask) -> Text:
    at = int(np.flatnonzero(differing)[0])
    return text(
        "{ticker}: rows that differ from the store: {count}, the first of {begin} (close {file} here, {store} there); "
        "the store's are kept, --replace would take these.",
        ticker=ticker,
        count=int(differing.sum()),
        begin=str(mine.begin[at]).replace("T", " "),
        file=f"{mine.close[at]:.10g}",
        store=f"{theirs.close[at]:.10g}",
    )


def _apart(ticker: str, since: date, till: date) -> Text:
    return text(
        "{ticker}: {since}..{till} does not join the days that are here; the next refresh loads all anew.",
        ticker=ticker, since=since, till=till,
    )  # fmt: skip
