"""`allocator refresh`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from allocator.cli.progress import ProgressBar
from allocator.cli.talk import Talk


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
            refreshed = refresher.run(request)
    for warning in refresh.warnings(refreshed):
        talk.remark(warning)
    if asked.as_json:
        talk.answer(dumps(refresh.document(refreshed, lang=talk.lang)))
    elif not talk.quiet:
        for line in refresh.summary(refreshed):
            talk.answer(talk.say(line))
    return 0
