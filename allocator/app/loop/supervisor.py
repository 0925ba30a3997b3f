"""The supervisor: has done in children what the agenda says, and publishes what came of it."""

from __future__ import annotations

import queue
import random
import threading
import traceback
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from allocator.app.loop.agenda import Agenda
from allocator.app.loop.board import Board, Last, Running
from allocator.app.loop.child import Child, Report, Stopped
from allocator.app.loop.chronicle import Chronicle
from allocator.app.loop.dispatcher import Dispatcher
from allocator.app.loop.events import (
    AccountsChanged,
    DividendsChanged,
    Happened,
    LoopStarted,
    LoopStopped,
    PolicyChanged,
    StepBegan,
    StepEnded,
    StepProgressed,
)
from allocator.app.loop.live import Live
from allocator.app.loop.marks import changed, marks
from allocator.app.loop.outcome import Outcome, failure_of
from allocator.app.loop.place import Place
from allocator.app.loop.shown import shown
from allocator.app.loop.steps import STEPS
from allocator.app.messaging import Teller
from allocator.config.settings import Settings
from allocator.core.errors import AllocatorError, DamagedError, StoreError
from allocator.core.moscow import MOSCOW
from allocator.core.text import Text, text
from allocator.store import Store
from allocator.store.backup_folder import place_of
from allocator.store.events import DONE, FAILED, SKIPPED, STOPPED

TICK_S = 20.0  # that it sleeps at the longest: a machine that slept wakes to another time
LOOK = timedelta(minutes=1)  # between two looks at what others did to the store
SETTLE = timedelta(seconds=2)  # after an edit, as another often follows
SPREAD_S = 600.0  # that not every loop of the country asks the exchange at once
GRACE_S = 4.0
LOCK = "loop"


class Work(Protocol):
    """What a child is to the supervisor."""

    def result(self, timeout: float | None = None) -> Outcome: ...

    def ask_to_stop(self) -> None: ...

    def end(self, grace_s: float = GRACE_S) -> None: ...


class Start(Protocol):
    """How a child is started. Raises: `AllocatorError`."""

    def __call__(
        self, call: str, arguments: tuple[object, ...], *, report: Report, done: Callable[[object], None]
    ) -> Work: ...


@dataclass(frozen=True, slots=True)
class Standing:
    """How the loop stands: what runs, when each other step is due, what came of each last, and its last heartbeat."""

    alive: bool
    beat: datetime | None
    running: tuple[Running, ...]
    due: Mapping[str, datetime | None]
    last: Mapping[str, Last]
    trouble: StoreError | None = None


@dataclass(slots=True)
class _Flight:
    """A child at work."""

    work: Work
    began: datetime
    mark: str
    late: bool = False  # it was ended, as it took too long


class Supervisor:
    """A thread beside the pages. `now` gives an aware time; `spread` seconds by which the exchange is asked later."""

    def __init__(
        self,
        store: Store,
        settings: Settings,
        place: Place,
        *,
        live: Live,
        now: Callable[[], datetime],
        start: Start = Child,
        spread: Callable[[], float] = lambda: random.uniform(0, SPREAD_S),  # noqa: S311 -- no secret
    ) -> None:
        self._store, self._settings, self._place, self._now = store, settings, place, now
        self._folder = place_of(store.name)[0].parent
        self._start_child, self._spread = start, spread
        self._steps = {step.name: step for step in STEPS}
        self._agenda = Agenda(STEPS)
        self._board = Board(STEPS, live, now)
        self._chronicle = Chronicle(store, self._steps, Teller(settings.messaging, now=now))
        self._done: dict[str, str] = {}  # marks of what each step was worked out from
        self._tried: dict[str, str] = {}
        self._now_marks: Mapping[str, str] = {}
        self._flights: dict[str, _Flight] = {}
        self._began: dict[str, datetime] = {}
        self._look_at: datetime | None = None
        self._edited = False
        self._inbox: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="loop", daemon=True)
        self._beat: datetime | None = None
        self.events = Dispatcher()
        self._subscribe()

    def start(self) -> None:
        """Begin, and go on where it was stopped."""
        self._thread.start()

    def stop(self, patience_s: float = 3 * GRACE_S) -> None:
        """End the children and the loop; back when that is done, or after the patience."""
        self._stopping.set()
        self._inbox.put(lambda: None)
        if self._thread.is_alive():
            self._thread.join(patience_s)

    def poke(self, event: Happened) -> None:
        """Something happened outside: from any thread."""
        self._inbox.put(lambda: self.events.publish(event))

    def standing(self) -> Standing:
        """From any thread."""
        return Standing(
            self._thread.is_alive(),
            self._beat,
            self._board.running,
            {name: self._agenda.due(name) for name in self._steps},
            self._board.last,
            self._chronicle.trouble,
        )

    # Who reacts on what.

    def _subscribe(self) -> None:
        on = self.events.subscribe
        on(LoopStarted, self._begin)
        on(AccountsChanged, self._settle)
        on(PolicyChanged, self._settle)
        on(DividendsChanged, self._settle)
        on(DividendsChanged, lambda _: self._agenda.ask("backup", self._now() + LOOK))
        on(StepBegan, self._board.began)
        on(StepProgressed, self._board.progressed)
        on(StepEnded, lambda event: self._chronicle.ended(shown(event, self._folder)))
        on(StepEnded, self._follow)
        on(StepEnded, lambda event: self._board.ended(shown(event, self._folder)))
        on(LoopStopped, self._board.stopped)

    def _begin(self, _: LoopStarted) -> None:
        """What is due at every start."""
        now = self._now()
        self._agenda.ask("backup", now)
        if self._settings.loop.refresh:
            self._agenda.ask("refresh", now)
        if self._settings.loop.train:
            self._agenda.ask("train", now)

    def _settle(self, _: Happened) -> None:
        """Look at the store again when the edit is over; what follows from it does not wait."""
        self._look_at, self._edited = self._now() + SETTLE, True

    def _follow(self, event: StepEnded) -> None:
        """When the step is due again; and what it has changed makes others due."""
        if event.outcome == STOPPED:
            again: datetime | None = event.ended
        elif event.step == "backup":
            again = _midnight(event.ended)
        elif event.step == "refresh" and event.again is not None:
            again = max(event.again, event.ended) + timedelta(seconds=self._spread())
        elif event.outcome == SKIPPED and event.again is not None:
            again = max(event.again, event.ended + LOOK)  # what has nothing to do has no haste, whatever the clock
        else:
            again = event.again
        self._agenda.ended(event.step, event.ended, failed=event.failed, again=again)
        if event.outcome == SKIPPED:
            self._began.pop(event.step, None)  # it has asked nobody for anything, and needs no rest
        if event.mark and not event.failed and event.outcome != STOPPED:
            self._done[event.step] = event.mark
        self._look_at = event.ended

    # The thread.

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                with self._store.lock(LOCK) as mine:
                    if mine:
                        self._live_on()
                        return
                self._board.idle(text("Another allocator serve does the work of this store."))
            except StoreError as error:
                self._board.idle(error.message)
            self._beat = self._now()
            self._stopping.wait(TICK_S)

    def _live_on(self) -> None:
        with ExitStack() as stack:
            stack.callback(self._land)
            self._recall()
            self.events.publish(LoopStarted())
            while not self._stopping.is_set():
                try:
                    self._turn()
                except Exception as error:  # noqa: BLE001 -- the loop outlives its own faults, and tells of them
                    traceback.print_exception(error)
                    self._stopping.wait(TICK_S)

    def _recall(self) -> None:
        """What was done before the start."""
        try:
            self._done = self._chronicle.marks()
            with self._store.reading() as tx:
                self._board.remember(tx)
        except StoreError as error:
            self._board.idle(error.message)

    def _turn(self) -> None:
        """One look around: begin what is due, then sleep until something happens."""
        now = self._beat = self._now()
        self._look(now)
        self._end_late(now)
        for name in self._agenda.ready(now, self._barred(now)):
            self._launch(name, now)
        if not self._flights:
            self._board.idle(self._idle_note(now))
        try:
            self._inbox.get(timeout=self._nap(self._now()))()
            while True:
                self._inbox.get_nowait()()
        except queue.Empty:
            return

    def _look(self, now: datetime) -> None:
        """What the store says is due, whoever changed it."""
        if self._look_at is not None and self._look_at > now:
            return
        self._look_at = now + LOOK
        self._chronicle.flush()
        try:
            with self._store.reading() as tx:
                self._now_marks = marks(tx, self._settings)
                waiting = [each for name in self._settings.messaging.channels for each in tx.messages.waiting(name)]
        except StoreError as error:
            self._board.idle(error.message)
            return
        loading = "refresh" in self._flights
        for name in changed(self._now_marks, (self._done, self._tried)):
            if not loading and (name != "train" or self._settings.loop.train):
                self._agenda.ask(name, now if self._edited else self._rested(name, now))
        self._edited = False
        if waiting and not self._settings.messaging.messages.is_quiet(now.astimezone(MOSCOW).time()):
            self._agenda.ask("deliver", max(now, min(each.due for each in waiting)))

    def _rested(self, name: str, now: datetime) -> datetime:
        """When the step may begin again without haste."""
        began = self._began.get(name)
        return now if began is None else max(now, began + self._steps[name].rest)

    def _barred(self, now: datetime) -> tuple[str, ...]:
        return () if self._settings.loop.may_train(now.astimezone(MOSCOW).time()) else ("train",)

    def _nap(self, now: datetime) -> float:
        times = [each for each in (self._look_at, self._agenda.next()) if each is not None and each > now]
        return min(TICK_S, max(0.05, (min(times) - now).total_seconds())) if times else TICK_S

    def _launch(self, name: str, now: datetime) -> None:
        step = self._steps[name]
        self._agenda.began(name)
        mark = self._now_marks.get(name, "")
        self._tried[name], self._began[name] = mark, now
        self.events.publish(StepBegan(name, now))

        def report(doing: Text, done: int, total: int) -> None:
            self.events.publish(StepProgressed(name, doing, done, total))

        try:
            work = self._start_child(
                step.call,
                (self._place,),
                report=report,
                done=lambda _: self._inbox.put(lambda: self._landed(name)),
            )
        except AllocatorError as error:
            self._publish_end(name, now, mark, error)
            return
        self._flights[name] = _Flight(work, now, mark)

    def _landed(self, name: str) -> None:
        """A child has come to its end."""
        flight = self._flights.pop(name, None)
        if flight is None:
            return
        try:
            came: Outcome | AllocatorError = flight.work.result(0)
        except AllocatorError as error:
            came = error
        if flight.late:
            hours = self._steps[name].limit / timedelta(hours=1)
            came = AllocatorError(
                text("This took more than {hours} {hours:hour|hours}, and was ended.", hours=f"{hours:g}")
            )
        self._publish_end(name, flight.began, flight.mark, came)

    def _publish_end(self, name: str, began: datetime, mark: str, came: Outcome | AllocatorError) -> None:
        ended = self._now()
        if isinstance(came, Stopped):
            self.events.publish(StepEnded(name, began, ended, STOPPED, came.message))
        elif isinstance(came, AllocatorError):
            if isinstance(came, DamagedError):
                self._store.suspect(came)
            self.events.publish(StepEnded(name, began, ended, FAILED, failure_of(came), error=came))
        else:
            self.events.publish(
                StepEnded(
                    name, began, ended, came.kind, came.detail, partly=came.partly, again=came.again, mark=mark,
                    news=came.news and came.kind == DONE, touched=self._steps[name].pages,
                )
            )  # fmt: skip

    def _end_late(self, now: datetime) -> None:
        for name, flight in self._flights.items():
            if not flight.late and now - flight.began > self._steps[name].limit:
                flight.late = True
                threading.Thread(target=_stop, args=(flight.work,), daemon=True).start()

    def _land(self) -> None:
        """End all children: first all politely, then all for good."""
        flights = dict(self._flights)
        for flight in flights.values():
            flight.work.ask_to_stop()
        for name, flight in flights.items():
            flight.work.end(GRACE_S)
            self._landed(name)
        self.events.publish(LoopStopped())

    def _idle_note(self, now: datetime) -> Text:
        due = self._agenda.next()
        for name, last in self._board.last.items():
            if last.failing and (again := self._agenda.due(name)) is not None:
                time = f"{again.astimezone(MOSCOW):%Y-%m-%d %H:%M}"
                return text("{step} failed; the next try is at {time}.", step=self._steps[name].title, time=time)
        if due is None or due <= now:
            return text("Nothing is to be done.")
        return text("Idle until {time}.", time=f"{due.astimezone(MOSCOW):%Y-%m-%d %H:%M}")


def _stop(work: Work) -> None:
    work.ask_to_stop()
    work.end(GRACE_S)


def _midnight(now: datetime) -> datetime:
    """The next one in Moscow: a new day has a new backup."""
    today = now.astimezone(MOSCOW).replace(hour=0, minute=0, second=0, microsecond=0)
    return today + timedelta(days=1)
