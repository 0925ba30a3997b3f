"""Whether the store and the loop are well, and how old what they have is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from allocator.app.loop.board import Last, last_of
from allocator.app.loop.steps import STEPS
from allocator.app.loop.supervisor import Standing, Supervisor
from allocator.app.refresh.refresher import DONE_TILL
from allocator.config.settings import Settings
from allocator.core.errors import StoreError
from allocator.core.moscow import MOSCOW
from allocator.core.text import Text
from allocator.store import Store

SILENT = timedelta(minutes=5)  # without a heartbeat: it hangs


@dataclass(frozen=True, slots=True)
class Health:
    """`trouble`: why the store cannot be used, None while it can. `standing`: None without a loop.

    `till`: the day up to which all data is here (before the first refresh, that of the last bar), None without any;
    `forecast`: of which bar the newest forecast is, None without one. `days` have passed since `till` (in Moscow).
    `waiting` messages are in the outbox.
    """

    now: datetime
    trouble: Text | None = None
    standing: Standing | None = None
    till: date | None = None
    forecast: datetime | None = None
    models: int = 0
    waiting: int = 0
    steps: Mapping[str, Last] = field(default_factory=dict)

    @property
    def days(self) -> int | None:
        return None if self.till is None else (self.now.astimezone(MOSCOW).date() - self.till).days

    @property
    def looping(self) -> bool:
        """Whether the loop lives, or none is wanted."""
        if self.standing is None:
            return True
        beat = self.standing.beat
        return self.standing.alive and (beat is None or self.now - beat < SILENT)

    @property
    def well(self) -> bool:
        return self.trouble is None and self.looping


def health(store: Store, settings: Settings, supervisor: Supervisor | None, now: datetime) -> Health:
    """A quick look; what is wrong is in the answer."""
    standing = supervisor.standing() if supervisor is not None else None
    steps = standing.last if standing is not None else {}
    try:
        store.examine()
        with store.reading() as tx:
            tx.accounts.all()  # what pages edit
            tx.accounts.policy()
            told = last_of([step.name for step in STEPS], tx)
            done = tx.facts.get(DONE_TILL)
            till = date.fromisoformat(done) if done else tx.calendar.seen()
            newest = tx.forecasts.newest(settings.forecast.interval)
            models = len(tx.models.all())
            waiting = len(tx.messages.all("waiting"))
    except StoreError as error:
        return Health(now, error.message, standing, steps=steps)
    # Another server may do the steps, on this store or before this one: then only the store knows of them.
    steps = {name: last if (last := steps.get(name)) and last != Last() else each for name, each in told.items()}
    return Health(
        now,
        standing.trouble.message if standing is not None and standing.trouble is not None else None,
        standing,
        till,
        newest[1] if newest else None,
        models,
        waiting,
        steps,
    )
