"""`allocator universe`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from allocator.cli.talk import Talk


@dataclass(frozen=True, slots=True)
class Asked:
    """The options of the command."""

    portfolio: Path | None
    position: str | None
    cash: str | None
    everything: bool
    store: str | None
    config_file: Path | None
    as_json: bool


def run(talk: Talk, asked: Asked) -> int:
    from datetime import datetime  # noqa: PLC0415 -- with the rest: --help needs none of it

    from allocator import config, report  # noqa: PLC0415 -- numpy, SQLAlchemy
    from allocator.app import wire  # noqa: PLC0415
    from allocator.app.asked import money  # noqa: PLC0415
    from allocator.app.universe import Size, select  # noqa: PLC0415
    from allocator.core.moscow import MOSCOW  # noqa: PLC0415
    from allocator.report import universe  # noqa: PLC0415

    size = Size(
        portfolio=config.load(asked.portfolio) if asked.portfolio else None,
        position=money("--position", asked.position),
        cash=money("--cash", asked.cash),
    )
    settings = wire.settings(asked.config_file)
    today = datetime.now(MOSCOW).date()
    with wire.store(asked.store, settings, create=False) as store:
        selection = select(store, settings.universe, size, today=today)
    if asked.as_json:
        talk.answer(report.dumps(universe.universe_document(selection, lang=talk.lang)))
        for warning in universe.warnings(selection):
            talk.remark(warning)
    else:
        talk.answer(universe.universe_text(selection, lang=talk.lang, everything=asked.everything))
    return 0
