"""What is begun, and ended in one of two ways."""

from __future__ import annotations

from abc import ABC, abstractmethod
from types import TracebackType
from typing import Self


class Scope(ABC):
    """As a context: at its end it waits for its work; left by an exception (Ctrl+C) it ends the work at once."""

    @abstractmethod
    def close(self) -> None:
        """Wait for all that was submitted."""

    @abstractmethod
    def stop(self) -> None:
        """End what runs, and forget what waits."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if kind is None:
            self.close()
        else:
            self.stop()
