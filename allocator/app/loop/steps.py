"""The steps of the loop: what each is called, what it waits for, and how often it is tried again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from allocator.core.text import Text, text

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Step:
    """A piece of work for a child. Steps of one `lane` never run at once; the earlier in `STEPS` goes first.

    It does not begin while one of `after` is at work or due. What fails is tried again after `first`, then twice that,
    to `longest` at most; the failure is told when it is the `patience`th in a row. After `limit` it is ended.
    `pages` show other things when it is done. `rest` passes between two beginnings, unless a person changed something.
    """

    name: str
    title: Text
    call: str
    lane: str
    pages: tuple[str, ...]
    after: tuple[str, ...] = ()
    first: timedelta = MINUTE
    longest: timedelta = HOUR
    limit: timedelta = 2 * HOUR
    patience: int = 1
    rest: timedelta = timedelta(0)

    def wait(self, failures: int) -> timedelta:
        """How long to wait after so many failures in a row."""
        return min(self.longest, self.first * 2.0 ** min(failures - 1, 30))


_WORK, _MODELS = "allocator.app.loop.work", "allocator.app.loop.work_models"

STEPS = (
    Step("backup", text("Backup"), f"{_WORK}:backup", "data", ("data",), first=10 * MINUTE),
    Step(
        "refresh",
        text("Refresh"),
        f"{_WORK}:refresh",
        "data",
        ("data", "dividends", "portfolio"),
        first=5 * MINUTE,
        longest=4 * HOUR,  # the exchange is asked politely, also while it is away
        limit=24 * HOUR,  # the first one, of all history
    ),
    Step("universe", text("Universe"), f"{_WORK}:universe", "data", ("data",), after=("refresh",)),
    Step(
        "forecast",
        text("Forecast"),
        f"{_MODELS}:forecast",
        "data",
        ("forecast", "optimization", "models"),
        after=("refresh",),
        limit=6 * HOUR,
    ),
    Step(
        "recommend",
        text("Recommendation"),
        f"{_WORK}:recommend",
        "advice",
        ("optimization", "portfolio"),
        after=("forecast",),
        patience=2,  # an answer of the exchange that did not come is no news
        rest=5 * MINUTE,  # it asks for quotes
    ),
    Step(
        "train",
        text("Training"),
        f"{_MODELS}:train",
        "training",
        ("models",),
        after=("refresh", "universe", "forecast"),
        first=5 * SECOND,
        longest=6 * HOUR,
        limit=48 * HOUR,
        patience=5,  # one recipe that cannot be trained is the search's way
    ),
    Step("deliver", text("Messages"), f"{_WORK}:deliver", "messages", ("settings",), limit=HOUR, patience=3),
)
