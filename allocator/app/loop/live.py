"""What open pages hear at once: the status line, which pages show other things now, how far jobs are."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

MOST_READERS = 200
MOST_WAITING = 500  # words that a reader may be behind
Said = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Word:
    """Something to hear: its kind is "status", "changed" or "job"; what is said JSON or `Text`."""

    kind: str
    said: Said


@dataclass(eq=False, slots=True)
class Reader:
    """Somebody who listens. `wake` is called, from any thread, when there is something to `take`, or the end."""

    wake: Callable[[], None]
    gone: bool = False
    _words: deque[Word] = field(default_factory=deque)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self) -> list[Word]:
        """All that has come since the last time."""
        with self._lock:
            words = list(self._words)
            self._words.clear()
        return words

    def give(self, word: Word) -> bool:
        """False: this one does not keep up, and is dropped."""
        with self._lock:
            if word.kind == "status" and self._words and self._words[-1].kind == "status":
                self._words.pop()  # only the newest is of interest
            self._words.append(word)
            return len(self._words) <= MOST_WAITING


class Live:
    """Tells everything to every reader; one who does not keep up is dropped, and comes again. For many threads."""

    def __init__(self) -> None:
        self._readers: tuple[Reader, ...] = ()
        self._lock = threading.Lock()
        self._status: Said = {}
        self._jobs: dict[str, Said] = {}
        self._closed = False

    def status(self, said: Said) -> None:
        """The line of all pages; who comes later hears the last one first."""
        self._status = said
        self._tell(Word("status", said))

    def changed(self, pages: Iterable[str]) -> None:
        """These pages show other things now than a moment ago."""
        names = list(pages)
        if names:
            self._tell(Word("changed", {"pages": names}))

    def job(self, name: str, said: Said, *, over: bool = False) -> None:
        """How far something is that a page has begun; who comes later hears of it until it is `over`."""
        told = {**said, "job": name, "over": over}
        with self._lock:
            if over:
                self._jobs.pop(name, None)
            else:
                self._jobs[name] = told
        self._tell(Word("job", told))

    def join(self, wake: Callable[[], None]) -> Reader | None:
        """A new reader, who hears at once how things stand; None when there are too many, or it is over."""
        reader = Reader(wake)
        with self._lock:
            if self.full:
                return None
            for word in (Word("status", self._status), *(Word("job", said) for said in self._jobs.values())):
                reader.give(word)
            self._readers = (*self._readers, reader)
        return reader

    def leave(self, reader: Reader) -> None:
        with self._lock:
            self._readers = tuple(each for each in self._readers if each is not reader)

    def close(self) -> None:
        """Everybody hears that it is over."""
        with self._lock:
            self._closed, readers, self._readers = True, self._readers, ()
        for reader in readers:
            _drop(reader)

    @property
    def readers(self) -> int:
        return len(self._readers)

    @property
    def full(self) -> bool:
        """Whether nobody else can join."""
        return self._closed or len(self._readers) >= MOST_READERS

    def _tell(self, word: Word) -> None:
        for reader in self._readers:
            if not reader.give(word):
                self.leave(reader)
                _drop(reader)
            else:
                _wake(reader)


def _drop(reader: Reader) -> None:
    reader.gone = True
    _wake(reader)


def _wake(reader: Reader) -> None:
    with suppress(RuntimeError):  # its event loop is closed: it is gone anyway
        reader.wake()
