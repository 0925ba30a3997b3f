"""Backtests that pages begin: one at a time in a process of its own, the others wait; what came of them is kept."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from allocator.app.desk import Busy, Gone
from allocator.app.draft import Checked, Mistake, mistakes_of
from allocator.app.loop.child import Child, Stopped
from allocator.app.loop.place import Place
from allocator.app.runs_files import Line, Run, Shelf, Stage, State
from allocator.config.backtest_file import parse_backtest
from allocator.core.errors import AllocatorError, StoreError, UsageError
from allocator.core.text import Text, text
from allocator.store import Store

if TYPE_CHECKING:
    from allocator.app.runs_work import Outcome

WORK = "allocator.app.runs_work:work"
FILE = Path("backtest.ini")  # what a text is called in findings
MOST_KEPT = 50
MOST_WAITING = 5

Start = Callable[..., Child]


def check(ini: str, store: Store) -> Checked:
    """What is wrong with a text, as far as that is known without running it; or else what it asks for.

    Raises: `StoreError`.
    """
    try:
        plan = parse_backtest(ini, FILE, files=False)
    except AllocatorError as error:
        return Checked(tuple(mistakes_of(error.lines)))
    with store.reading() as tx:
        there = {each.ticker for each in tx.instruments.all()}
    unknown = [each for each in plan.tickers or () if each not in there]
    if unknown:
        what = text("not in the store: {tickers}", tickers=", ".join(unknown))
        return Checked(
            (Mistake(what, text("Load them: allocator refresh --tickers {tickers}", tickers=",".join(unknown))),)
        )
    names = ", ".join(each.name for each in plan.strategies)
    words = [text("Strategies: {names}.", names=names)]
    if any(each.forecast for each in plan.strategies):
        words.append(text("Networks are trained first, which takes minutes to hours."))
    return Checked(words=tuple(words))


class Runs:
    """The runs of one folder. For many threads.

    `told` hears the name of a run whenever something about it has changed, from any thread. Of several servers over one
    folder the first works; the others show what there is.
    """

    def __init__(
        self,
        folder: Path,
        place: Place,
        now: Callable[[], datetime],
        *,
        start: Start = Child,
        told: Callable[[Run], None] = lambda _: None,
        most_kept: int = MOST_KEPT,
    ) -> None:
        self.shelf = Shelf(folder / "runs")
        self._cache = folder / "backtest-cache"
        self._place, self._now, self._start, self._told = place, now, start, told
        self._most_kept = most_kept
        self._lock = threading.RLock()
        self._states: dict[str, State] = {}  # of those that wait or run here, or whose end the disk did not take
        self._child: tuple[str, Child] | None = None
        self._owner = FileLock(folder / "runs.lock", thread_local=False)
        self._working = self._begin_working(folder)

    def all(self) -> list[Run]:
        """The newest first."""
        found = []
        for name in self.shelf.names():
            with suppress(Gone):  # it was deleted just now
                found.append(self.get(name))
        return found

    def get(self, name: str) -> Run:
        """Raises: `Gone`."""
        with self._lock:
            run = self.shelf.get(name)
            state = self._states.get(name, run.state)
            if self._working and not state.stage.over and name not in self._states:
                state = replace(state, stage=Stage.CUT)
        return replace(run, state=state)

    def begin(self, ini: str) -> Run:
        """Begin a run of this text, or let it wait for its turn. One that is refused leaves nothing behind.

        Raises: `ConfigError` with all that is wrong in it; `UsageError` when too many are kept; `Busy` when too many
        wait, or another server works here; `StoreError`.
        """
        plan = parse_backtest(ini, FILE, files=False)
        with self._lock:
            if not self._working:
                raise Busy(
                    text("Another server makes the backtests of this folder."), text("Begin the run over there.")
                )
            if sum(1 for _ in self.shelf.names()) >= self._most_kept:
                raise UsageError(
                    text("{count} runs are kept, and no more can be.", count=self._most_kept),
                    text("Delete some of which you have seen enough."),
                )
            if sum(state.stage is Stage.WAITING for state in self._states.values()) >= MOST_WAITING:
                raise Busy(text("{count} runs are waiting already.", count=MOST_WAITING), text("Let them be done."))
            now = self._now()
            name = f"{now.astimezone(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(4)}"
            title = FILE.stem if plan.title == FILE.stem else plan.title
            state = State(title, Stage.WAITING, asked=now)
            self.shelf.add(name, ini, state)
            self._states[name] = state
            self._next()
            return self.get(name)

    def stop(self, name: str) -> Run:
        """End a run that waits or goes on; one that is over stays as it is. Raises: `Gone`."""
        self.shelf.of(name)
        with self._lock:
            child = self._child[1] if self._child and self._child[0] == name else None
            state = self._states.get(name)
            if child is None and state is not None and not state.stage.over:
                self._close(name, replace(state, stage=Stage.STOPPED, ended=self._now()))
        if child is not None:
            child.stop()
        return self.get(name)

    def remove(self, name: str) -> None:
        """Forget a run, and stop it if it goes on. Raises: `Gone`, `StoreError`."""
        self.stop(name)
        with self._lock:
            self.shelf.remove(name)
            self._states.pop(name, None)

    def close(self) -> None:
        """Stop what goes on; it is told to have been cut short when somebody looks again."""
        with self._lock:
            self._working, child = False, self._child
        if child is not None:
            child[1].stop()
        with self._lock:
            for name, state in self._states.items():
                with suppress(AllocatorError):  # there may be room by now
                    self._write(name, state)
        self._owner.release()

    def _begin_working(self, folder: Path) -> bool:
        """Whether this is the server that works here; then nothing can be going on, whatever the states say."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._owner.acquire(timeout=0)
        except (Timeout, OSError):
            return False
        with suppress(StoreError):  # they are shown to have been cut all the same
            for name in self.shelf.names():
                run = self.shelf.get(name)
                if not run.state.stage.over:
                    self.shelf.put(name, replace(run.state, stage=Stage.CUT, doing=None))
        return True

    def _next(self) -> None:
        """Begin the one that has waited longest, if nothing goes on; one that cannot begin makes way for the next."""
        while self._child is None and self._working:
            waiting = [(state.asked, name) for name, state in self._states.items() if state.stage is Stage.WAITING]
            if not waiting:
                return
            _, name = min(waiting)
            try:
                self._launch(name)
            except Exception as error:  # noqa: BLE001 -- whatever it is, the next one has its turn
                self._close(name, _failed(self._states[name], _said(error), self._now()))

    def _launch(self, name: str) -> None:
        """Raises: `StoreError` when the disk refuses the state; `AllocatorError` when no process can be started."""
        state = replace(self._states[name], stage=Stage.RUNNING, began=self._now())
        self.shelf.put(name, state)
        from allocator.app.runs_work import Order  # noqa: PLC0415 -- all that backtests are made with

        order = Order(self.shelf.folder, name, self._place, self._cache)
        child = self._start(WORK, (order,), report=partial(self._report, name), done=partial(self._done, name))
        self._states[name], self._child = state, (name, child)
        self._tell(name)

    def _report(self, name: str, doing: Text, done: int, total: int) -> None:
        with self._lock:
            state = self._states.get(name)
            if state is not None:
                self._states[name] = replace(state, doing=doing, done=done, total=total)
                self._tell(name)

    def _done(self, name: str, child: Child) -> None:
        """What came of a run is kept, and the next one begins. From the thread of the child."""
        now = self._now()
        with self._lock:
            self._child = None
            try:
                if name in self._states:  # else it was removed
                    self._close(name, self._ended(replace(self._states[name], doing=None, ended=now), child))
            finally:
                self._next()

    def _ended(self, state: State, child: Child) -> State:
        try:
            found: Outcome = child.result(0)
        except Stopped:
            return replace(state, stage=Stage.STOPPED if self._working else Stage.CUT)
        except AllocatorError as error:
            return _failed(state, error, state.ended)
        return replace(state, stage=Stage.DONE, verdict=found.verdict, figures=found.figures, notes=found.notes)

    def _close(self, name: str, state: State) -> None:
        """Keep the end of a run: in memory where the disk does not take it, and that it did not is a failure, too."""
        self._states[name] = state
        try:
            self._write(name, state)
        except Gone:
            del self._states[name]
        except StoreError as error:
            stage = Stage.FAILED if state.stage is Stage.DONE else state.stage
            unsaid = tuple(line for line in _lines(error) if line not in state.errors)
            self._states[name] = replace(state, stage=stage, errors=state.errors + unsaid)
            self._tell(name)
        else:
            self._told(Run(name, self._states.pop(name)))

    def _write(self, name: str, state: State) -> None:
        """Raises: `Gone` when it was removed; `StoreError`."""
        self.shelf.of(name)
        self.shelf.put(name, state)

    def _tell(self, name: str) -> None:
        self._told(Run(name, self._states[name]))


def _failed(state: State, error: AllocatorError, now: datetime | None) -> State:
    return replace(state, stage=Stage.FAILED, doing=None, ended=now, errors=_lines(error))


def _said(error: Exception) -> AllocatorError:
    if isinstance(error, AllocatorError):
        return error
    return AllocatorError(text("internal error: {kind}: {message}", kind=type(error).__name__, message=str(error)))


def _lines(error: AllocatorError) -> tuple[Line, ...]:
    return tuple(Line(message, hint) for message, hint in error.lines)
