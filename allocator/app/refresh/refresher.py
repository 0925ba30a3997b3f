"""The night's work: bring the store up to the last finished day of the exchange."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from allocator.app import judging
from allocator.app.dividends import fetch_dividends
from allocator.app.refresh import planning
from allocator.app.refresh.loading import Loaded, Loader
from allocator.app.refresh.planning import Days, Task
from allocator.app.refresh.reference import Reference
from allocator.config.settings import RefreshSettings
from allocator.core.bars import Bars, Interval
from allocator.core.errors import AllocatorError, MarketError, StoreError, UsageError
from allocator.core.instrument import Instrument, Kind
from allocator.core.moscow import MOSCOW
from allocator.core.text import Text, text
from allocator.market.findings import did_you_mean, near
from allocator.market.history import INDEXES, HistoryProvider
from allocator.report.refresh import Note, Refreshed, SeriesLoaded
from allocator.store import Store, Transaction, seed
from allocator.store.backups import Backups

DONE_TILL = "refreshed till"  # facts: the day up to which everything was asked for without a failure
RUN_AT = "refreshed at"
SKEWED = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Request:
    """What the user asks for; None leaves the settings' word."""

    since: date | None = None
    tickers: tuple[str, ...] | None = None
    intervals: tuple[Interval, ...] | None = None
    force: bool = False

    @property
    def partial(self) -> bool:
        return self.tickers is not None or self.intervals is not None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a refresh is: `done` of `total` series, `rows` stored. `total` is 0 until it is known."""

    doing: Text
    done: int = 0
    total: int = 0
    rows: int = 0


@dataclass
class Refresher:
    """The use case. `hourly` is asked for hourly bars; `now` gives an aware time, `clock` seconds.

    `held` tickers are asked for their dividends every night.
    """

    store: Store
    provider: HistoryProvider
    hourly: HistoryProvider
    settings: RefreshSettings
    now: Callable[[], datetime]
    clock: Callable[[], float]
    progress: Callable[[Progress], None]
    held: frozenset[str] = frozenset()
    prepare: Callable[[], Note | None] = lambda: None  # what is done before anything is changed
    backups: int = 30  # of dividends, that are kept
    _notes: list[Note] = field(default_factory=list)
    _unwritten: list[Note] = field(default_factory=list)
    _run: int = 0

    def run(self, request: Request) -> Refreshed:
        """One refresh; a second one at the same time leaves the work to the first.

        Raises: `UsageError` for unknown tickers; `MarketError` when nothing useful could be done; `StoreError`.
        """
        with self.store.lock("refresh") as mine:
            if not mine:
                return Refreshed("busy")
            days = planning.days(self.now(), self.settings.ready, force=request.force)
            if self._up_to_date(request, days):
                next_at = planning.ready_at(days.final + planning.DAY, self.settings.ready)
                return Refreshed("ready", till=days.final, next_at=next_at)
            if (note := self.prepare()) is not None:
                self._note(note.text, note.level)
            return self._journaled(request)

    def _up_to_date(self, request: Request, days: Days) -> bool:
        """Whether there is nothing new to ask for, by a clock that has not gone backwards."""
        if request.force or request.partial or request.since is not None:
            return False
        with self.store.reading() as transaction:
            done, at = transaction.facts.get(DONE_TILL), transaction.facts.get(RUN_AT)
        if done is None or date.fromisoformat(done) < days.final:
            return False
        return at is None or datetime.fromisoformat(at) <= self.now()

    def _journaled(self, request: Request) -> Refreshed:
        """The refresh with its entry in the journal, whatever comes of it."""
        with self.store.transaction() as transaction:
            self._run = transaction.journal.begin("refresh", self.now())
        try:
            refreshed = self._refresh(request, self.clock())
        except BaseException as error:
            failed = isinstance(error, AllocatorError)
            self._note(error.message if isinstance(error, AllocatorError) else text("stopped before the end"), "error")
            with suppress(StoreError):  # that the journal cannot be written is no news beside what came before it
                self._close("failed" if failed else "stopped", {})
            raise
        self._close(refreshed.outcome, refreshed.figures)
        return refreshed

    def _close(self, outcome: str, figures: Mapping[str, float]) -> None:
        with self.store.transaction() as transaction:
            self._flush(transaction)
            transaction.journal.end(self._run, self.now(), outcome, figures)

    def _refresh(self, request: Request, started: float) -> Refreshed:
        since = request.since or self.settings.since
        days = planning.days(self.now(), self.settings.ready, force=request.force)
        with self.store.transaction() as transaction:
            if (said := seed(transaction)) is not None:
                self._note(said, "info")
            transaction.instruments.put(_unknown_indexes(transaction))
        reference = Reference(
            self.store, self.provider, days, since, self._note, self._doing, self.settings.connections
        )
        reference.run()
        self._judge_again(reference.resplit)
        days = self._by_the_exchange(days, request)
        tasks = self._tasks(request, days, since)
        loaded = self._load(tasks, days)
        if not request.partial:
            self._dividends(days)
        if tasks and not any(each.done for each in loaded.values()):
            reasons = [reason for each in loaded.values() for reason in each.failed.values()]
            raise MarketError(
                text("Nothing could be loaded: {reason}", reason=reasons[0]),
                text("The store is as it was; try again later."),
            )
        whole = not reference.failed and not any(each.failed or each.skipped for each in loaded.values())
        if whole and not request.partial:
            with self.store.transaction() as transaction:
                transaction.facts.set(DONE_TILL, days.final.isoformat())
                transaction.facts.set(RUN_AT, self.now().isoformat())
        return Refreshed(
            "done" if whole else "partial",
            till=days.final,
            seconds=self.clock() - started,
            requests=sum(
                provider.progress.requests for provider in {id(each): each for each in self._providers}.values()
            ),
            series=tuple(_series(interval, tasks, each) for interval, each in loaded.items()),
            notes=tuple(self._notes),
        )

    def _judge_again(self, tickers: Iterable[str]) -> None:
        """Splits that are news explain moves that were flagged."""
        for ticker in sorted(tickers):
            with self.store.transaction() as transaction:
                known = judging.Known.of(transaction, [ticker])
                for interval in Interval:
                    judging.judge(transaction, ticker, interval, known)

    @property
    def _providers(self) -> tuple[HistoryProvider, ...]:
        return (self.provider, self.hourly)

    def _by_the_exchange(self, days: Days, request: Request) -> Days:
        """The days by the clock of the exchange, when the clock of this machine is off."""
        skew = timedelta(seconds=self.provider.clock_skew_s())
        if abs(skew) < SKEWED:
            return days
        corrected = planning.days(self.now() + skew, self.settings.ready, force=request.force)
        self._note(
            text(
                "the clock of this machine is off by {minutes} {minutes:minute|minutes}; that of the exchange is used",
                minutes=round(skew / timedelta(minutes=1)),
            ),
            "warning",
        )
        return corrected

    def _tasks(self, request: Request, days: Days, since: date) -> list[Task]:
        self._doing(text("what is missing"))
        intervals = request.intervals or self.settings.intervals
        with self.store.reading() as transaction:
            instruments = _chosen(transaction, request.tickers)
            deepen = request.since is not None
            return planning.tasks(transaction, instruments, intervals, days, since, deepen=deepen)

    def _load(self, tasks: Sequence[Task], days: Days) -> dict[Interval, Loaded]:
        """Daily bars first: hourly ones are judged by them."""
        with self.store.reading() as transaction:
            known = judging.Known.of(transaction, {task.ticker for task in tasks})
        started, found = 0, dict[Interval, Loaded]()
        for interval in Interval:
            mine = [task for task in tasks if task.interval is interval]
            if not mine:
                continue
            loader = Loader(
                store=self.store,
                ask=self._ask,
                connections=self.settings.connections,
                days=days,
                known=known,
                note=self._note_of,
                step=functools.partial(self._step, len(tasks), started),
            )
            found[interval] = loader.run(mine)
            started += len(mine)
        return found

    def _ask(self, task: Task, till: date) -> Bars:
        provider = self.hourly if task.interval is Interval.HOUR else self.provider
        return provider.candles(task.ticker, task.interval, task.since, till, market=task.market)

    def _dividends(self, days: Days) -> None:
        """Dividends of the tickers whose turn it is; a failure of one is a note."""
        self._doing(text("dividends"))
        for note in fetch_dividends(
            self.store,
            self.provider,
            days.final,
            held=self.held,
            backups=Backups.of(self.store.name, self.backups),
            now=lambda: self.now().astimezone(MOSCOW),  # as the desk names its own: they are sorted by name
        ):
            self._note(note.text, note.level, note.ticker)

    def _note(self, message: Text, level: str, ticker: str | None = None) -> None:
        """Remember a note for the summary, and for the journal at the next occasion."""
        note = Note(message, level, ticker)
        self._notes.append(note)
        self._unwritten.append(note)

    def _note_of(self, transaction: Transaction, task: Task, message: Text, level: str) -> None:
        """Write a note together with the bars that it speaks of."""
        self._note(message, level, task.ticker)
        self._flush(transaction)

    def _flush(self, transaction: Transaction) -> None:
        for note in self._unwritten:
            transaction.journal.note(self._run, self.now(), note.text, ticker=note.ticker, level=note.level)
        self._unwritten.clear()

    def _doing(self, what: Text) -> None:
        self.progress(Progress(what))

    def _step(self, total: int, before: int, loaded: Loaded, task: Task) -> None:
        self.progress(Progress(text("{ticker}", ticker=task.ticker), before + loaded.finished, total, loaded.rows))


def _chosen(transaction: Transaction, tickers: Sequence[str] | None) -> list[Instrument]:
    """The instruments to load. Raises: `UsageError` for tickers that the store has never heard of."""
    known = {instrument.ticker: instrument for instrument in transaction.instruments.all()}
    if tickers is None:
        return list(known.values())
    findings = [ticker for ticker in tickers if ticker not in known]
    if findings:
        hint = did_you_mean(near(findings[0], known))
        raise UsageError(text("{tickers}: the exchange has no such ticker.", tickers=", ".join(findings)), hint)
    return [known[ticker] for ticker in dict.fromkeys(tickers)]


def _unknown_indexes(transaction: Transaction) -> list[Instrument]:
    return [Instrument(ticker, Kind.INDEX) for ticker in INDEXES if transaction.instruments.get(ticker) is None]


def _series(interval: Interval, tasks: Sequence[Task], loaded: Loaded) -> SeriesLoaded:
    return SeriesLoaded(
        interval=interval.value,
        asked=sum(task.interval is interval for task in tasks),
        loaded=loaded.done,
        rows=loaded.rows,
        failed=len(loaded.failed),
        quarantined=len(loaded.quarantined),
        skipped=loaded.skipped,
    )
