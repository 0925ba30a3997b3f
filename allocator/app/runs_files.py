"""What is kept of a backtest that a page began: a folder for each, with its text, its state, and what came of it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from pathlib import Path

from allocator.app.desk import Gone
from allocator.app.frozen import packed, unpacked
from allocator.core.errors import StoreError
from allocator.core.text import Text, text

NAME = re.compile(r"[0-9]{8}-[0-9]{6}-[0-9a-f]{8}")
CONFIG, STATE, CHART = "config.ini", "state.json", "chart.json"
RESULTS = {
    "page.en.html": "report.html",
    "page.ru.html": "report.html",
    "result.en.json": "backtest.json",
    "result.ru.json": "backtest.json",
    "charts.en.png": "backtest.png",
    "charts.ru.png": "backtest.png",
    "result.csv": "backtest.csv",
    CONFIG: "backtest.ini",
}
"""Files that may be had, and the names under which a reader keeps them."""


class Stage(Enum):
    """How far a run is. CUT: the server ended before it did."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"
    CUT = "cut"

    @property
    def over(self) -> bool:
        return self not in {Stage.WAITING, Stage.RUNNING}


@dataclass(frozen=True, slots=True)
class Figures:
    """A strategy in short: fractions of a year, `final` a multiple of the money at the beginning; None: unknown."""

    strategy: str
    growth: float | None
    volatility: float | None
    sharpe: float | None
    drawdown: float | None
    final: float | None


@dataclass(frozen=True, slots=True)
class Line:
    """A line of what went wrong."""

    message: Text
    hint: Text | None = None


@dataclass(frozen=True, slots=True)
class State:
    """A run from its beginning to its end. Times are aware; `done` of `total` steps, `total` 0 while unknown."""

    title: str
    stage: Stage
    asked: datetime
    began: datetime | None = None
    ended: datetime | None = None
    doing: Text | None = None
    done: int = 0
    total: int = 0
    verdict: Text | None = None
    figures: tuple[Figures, ...] = ()
    notes: tuple[Text, ...] = ()
    errors: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class Run:
    """A run under its name, which is a moment and a few random digits; `files` of `RESULTS` that are there."""

    name: str
    state: State
    files: frozenset[str] = frozenset()

    @property
    def path(self) -> str:
        return f"/backtest/{self.name}"


class Shelf:
    """The folders of runs. No name but those that it made leads anywhere.

    Its methods raise `Gone` for a run that is not there, `StoreError` when the disk refuses.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def add(self, name: str, ini: str, state: State) -> None:
        """A new folder with the text and the state; nothing where the disk refuses."""
        folder = self.folder / name
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            folder.mkdir()
        except OSError as error:
            raise _refused(folder, error) from error
        try:
            self.write(name, CONFIG, ini.encode())
            self.put(name, state)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise

    def names(self) -> Iterator[str]:
        """The newest first."""
        try:
            found = sorted((each.name for each in self.folder.iterdir() if NAME.fullmatch(each.name)), reverse=True)
        except FileNotFoundError:
            return
        except OSError as error:
            raise _refused(self.folder, error) from error
        yield from found

    def get(self, name: str) -> Run:
        """The run as the disk has it; one whose state cannot be read was cut short."""
        folder = self.of(name)
        try:
            state = unpacked(State, (folder / STATE).read_text("utf-8"))
        except (OSError, ValueError):
            state = State(name, Stage.CUT, asked=_moment(name))
        return Run(name, state, frozenset(each for each in RESULTS if (folder / each).is_file()))

    def put(self, name: str, state: State) -> None:
        """Keep the state in place of the one before."""
        self.write(name, STATE, packed(state).encode())

    def text_of(self, name: str) -> str:
        return self.read(name, CONFIG).decode("utf-8", "replace")

    def read(self, name: str, file: str) -> bytes:
        """A file of `RESULTS`, or the chart."""
        path = self.of(name) / file
        if file not in RESULTS and file != CHART:
            raise _gone()
        try:
            return path.read_bytes()
        except OSError:
            raise _gone() from None

    def write(self, name: str, file: str, content: bytes) -> None:
        """Whole or not at all."""
        path = self.folder / name / file
        unfinished = path.with_name(f"{file}.unfinished")
        try:
            unfinished.write_bytes(content)
            unfinished.replace(path)
        except OSError as error:
            with suppress(OSError):  # half a file takes room that is wanted
                unfinished.unlink(missing_ok=True)
            raise _refused(path, error) from error

    def remove(self, name: str) -> None:
        """The folder with all that is in it."""
        folder = self.of(name)
        try:
            shutil.rmtree(folder)
        except OSError as error:
            raise _refused(folder, error) from error

    def of(self, name: str) -> Path:
        """The folder of a run. Raises: `Gone` for whatever is no name of one, too."""
        folder = self.folder / name if NAME.fullmatch(name) else None
        if folder is None or folder.is_symlink() or not folder.is_dir():
            raise _gone()
        return folder


def _moment(name: str) -> datetime:
    """When a run was asked for, by its name."""
    return datetime.strptime(f"{name[:15]}+0000", "%Y%m%d-%H%M%S%z")


def _gone() -> Gone:
    return Gone(text("There is no such run of a backtest."), text("The page of backtests has those that there are."))


def _refused(path: Path, error: OSError) -> StoreError:
    reason = error.strerror or type(error).__name__
    return StoreError(
        text("{path}: {reason}.", path=path.name, reason=reason), text("Look at the disk and at whose folder it is.")
    )
