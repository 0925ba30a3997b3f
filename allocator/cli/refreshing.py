"""`allocator refresh`."""

from __future__ import annotations

import sys
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from allocator.cli.progress import ProgressBar
from allocator.cli.talk import Talk

if TYPE_CHECKING:  # numpy, SQLAlchemy
    from allocator.app.refresh import Refresher, Request
    from allocator.report.refresh import Refreshed


@dataclass(frozen=True, slots=True)
class Asked:
    """The options of the command."""

    since: date | None
    tickers: tuple[str, ...] | None
    interval: str | None
    force: bool
    store: str | None
    config_file: Path | None
    proxy: str | None
    portfolios: tuple[Path, ...]
    as_json: bool
    notify: bool = False


def run(talk: Talk, asked: Asked) -> int:
    from allocator.app import wire  # noqa: PLC0415 -- numpy, SQLAlchemy
    from allocator.app.refresh import Progress, Request  # noqa: PLC0415
    from allocator.core.bars import Interval  # noqa: PLC0415
    from allocator.report import dumps, refresh  # noqa: PLC0415

    request = Request(
        since=asked.since,
        tickers=asked.tickers,
        intervals=(Interval(asked.interval),) if asked.interval else None,
        force=asked.force,
    )
    with ProgressBar(talk) as bar:

        def progress(step: Progress) -> None:
            bar.show(step.doing, step.done, step.total)

        with wire.refresher(
            store_url=asked.store,
            config_file=asked.config_file,
            proxy=asked.proxy,
            portfolios=asked.portfolios,
            progress=progress,
        ) as refresher:
            refreshed = _told(talk, refresher, request, asked) if asked.notify else refresher.run(request)
    for warning in refresh.warnings(refreshed):
        talk.remark(warning)
    if asked.as_json:
        talk.answer(dumps(refresh.document(refreshed, lang=talk.lang)))
    elif not talk.quiet:
        for line in refresh.summary(refreshed):
            talk.answer(talk.say(line))
    return 0


def _told(talk: Talk, refresher: Refresher, request: Request, asked: Asked) -> Refreshed:
    """The refresh, with what is worth a message sent; that a message waits is no failure of the refresh."""
    from allocator.app import wire  # noqa: PLC0415
    from allocator.app.messaging import Teller  # noqa: PLC0415
    from allocator.app.refresh_telling import refresh_and_tell  # noqa: PLC0415
    from allocator.core.errors import AllocatorError  # noqa: PLC0415
    from allocator.report.messages import problem_lines  # noqa: PLC0415

    settings = wire.settings(asked.config_file)

    def deliver() -> None:
        for line in problem_lines(wire.courier(refresher.store, settings, console=sys.stderr).deliver()):
            talk.remark(line)

    try:
        refreshed = refresh_and_tell(refresher, request, Teller(settings.messaging, now=refresher.now))
    except AllocatorError:
        with suppress(AllocatorError):  # the first is the one to hear of
            deliver()
        raise
    deliver()
    return refreshed
