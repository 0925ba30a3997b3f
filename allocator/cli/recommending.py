"""`allocator recommend`: from options to the answer in the form that was asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from allocator.app import asked as words
from allocator.app import wire
from allocator.app.recommending import Recommender
from allocator.cli.talk import Talk
from allocator.core.bars import Interval
from allocator.core.errors import TimeLimit, UsageError
from allocator.core.moscow import MOSCOW
from allocator.core.text import text
from allocator.optimize import Status
from allocator.report import dumps
from allocator.report import recommendation as shown


@dataclass(frozen=True, slots=True)
class Asked:
    """The options of `allocator recommend`."""

    file: Path
    aversion: str | None
    interval: str | None
    provider: str | None
    quotes: Path | None
    proxy: str | None
    store: str | None
    config_file: Path | None
    as_json: bool
    as_csv: bool


def run(talk: Talk, asked: Asked) -> int:
    """Print what is recommended; 6 when time ran out before the lots were proven to be the best."""
    if asked.as_json and asked.as_csv:
        raise UsageError(text("{one} and {other} do not go together.", one="--json", other="--csv"))
    settings = wire.settings(asked.config_file)
    with talk.working() as progress:
        cases = wire.rebalancer(
            overrides=words.overrides(provider=asked.provider, quotes=asked.quotes),
            proxy=asked.proxy,
            progress=progress,
        )
        portfolio = cases.read(asked.file)
        with wire.store(asked.store, settings, create=False) as store:
            of_models = asked.aversion == "models"
            view = Recommender(
                store,
                settings,
                cases,
                now=lambda: datetime.now(MOSCOW),
                interval=Interval(asked.interval) if asked.interval else None,
                aversion=Decimal(asked.aversion) if asked.aversion and not of_models else None,
                of_models=of_models,
            ).recommend(portfolio)
    if asked.as_json:
        talk.answer(dumps(shown.recommendation_document(view, lang=talk.lang)))
    elif asked.as_csv:
        talk.answer(shown.recommendation_csv(view).rstrip("\n"))
        for line in (view.sentence, *shown.headline(view), *shown.warnings(view), *view.notes):
            talk.remark(line)
    else:
        talk.answer(shown.recommendation_text(view, lang=talk.lang, quiet=talk.quiet))
    return TimeLimit.exit_code if view.plan is not None and view.plan.status is Status.FEASIBLE else 0
