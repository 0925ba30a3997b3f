"""What the page of rebalancing keeps: answers under their names, each with the reasons and the frontier once asked."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from allocator.app.accounts import paced
from allocator.app.accounts_pace import pace
from allocator.app.auto_forecast import Outlook
from allocator.app.auto_targets import AutoTargets
from allocator.app.desk import Desk, Kept
from allocator.app.draft import Checked, Draft, check_draft, checking, read
from allocator.app.draft_saving import ALL, Origin, split_among
from allocator.app.solving import Solved, outlook_of, task_of
from allocator.config.settings import Settings
from allocator.core.errors import AllocatorError
from allocator.core.text import Text
from allocator.optimize import Explanation, FrontierPoint
from allocator.store import Store

SOLVED, EXPLAINED, FRONTIER = (
    f"allocator.app.solving:{name}" for name in ("solved", "explained", "frontier_of")
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Work:
    """A draft and what came of it. `name`: under which it is kept. `remark`: why the deals are given out to nobody."""

    draft: Draft
    origin: Origin | None
    solved: Solved
    remark: Text | None = None
    reasons: Explanation | None = None
    frontier: tuple[FrontierPoint, ...] | None = None
    name: str = ""

    @property
    def path(self) -> str:
        return f"/rebalance/{self.name}"


class Works:
    """The use cases of the page. For many threads."""

    def __init__(self, store: Store, settings: Settings, now: Callable[[], datetime], desk: Desk) -> None:
        self.desk = desk
        self._store, self._settings, self._now = store, settings, now
        self._kept: Kept[Work] = Kept()

    def check(self, draft: Draft) -> Checked:
        """What is wrong with the text, without asking anybody outside."""
        auto = AutoTargets(functools.partial(self._outlook, draft), self._now)
        return check_draft(draft, checking(draft, self._store, auto))

    def solve(self, reader: str, draft: Draft, origin: Origin | None) -> Work:
        """The best deals; of a text of all accounts also who makes which, and `auto` over the time that deals are kept.

        Raises: as `task_of`, `Desk.run`, `Rebalancer.rebalance`.
        """
        whole = origin is not None and origin.account == ALL
        accounts, remark = split_among(self._store, read(draft)) if whole else ((), None)
        task = task_of(self._store, self._settings, draft, accounts, self._now())
        if whole:
            with self._store.reading() as tx:
                task = replace(task, portfolio=paced(task.portfolio, pace(tx).horizon))
        work = Work(draft, origin, self.desk.run(reader, SOLVED, task), remark)
        return self._put(work)

    def more(self, reader: str, work: Work, show: str) -> Work:
        """With the "reasons" or the "frontier" of the answer; other words add nothing.

        Raises: as `Desk.run`; `PlanError`.
        """
        answer = work.solved.answer
        if show == "reasons" and work.reasons is None:
            work = replace(work, reasons=self.desk.run(reader, EXPLAINED, answer))
        elif show == "frontier" and work.frontier is None:
            work = replace(work, frontier=self.desk.run(reader, FRONTIER, answer))
        self._kept.put(work, work.name)
        return work

    def get(self, name: str) -> Work:
        """Raises: `Gone`."""
        return self._kept.get(name)

    def _put(self, work: Work) -> Work:
        work = replace(work, name=self._kept.put(work))
        self._kept.put(work, work.name)
        return work

    def _outlook(self, draft: Draft, _: object) -> Outlook:
        try:
            found = outlook_of(self._store, self._settings, read(draft))
        except AllocatorError as error:
            return Outlook(trouble=error)
        return found or Outlook()
