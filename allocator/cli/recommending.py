"""`allocator recommend`: from options to the answer in the form that was asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TypedDict

from allocator.app import advice, wire
from allocator.app import asked as words
from allocator.app.recommending import Recommender
from allocator.cli.talk import Talk
from allocator.cli.usage import refuse_together
from allocator.core.bars import Interval
from allocator.core.errors import TimeLimit
from allocator.core.moscow import MOSCOW
from allocator.optimize import Status
from allocator.optimize.splitting import Split
from allocator.report import dumps
from allocator.report import recommendation as shown
from allocator.report.accounts_split import split_document, split_text
from allocator.report.recommendation import RecommendationView


@dataclass(frozen=True, slots=True)
class Asked:
    """The options of `allocator recommend`."""

    file: Path | None  # None: the accounts of the store
    aversion: str | None
    interval: str | None
    provider: str | None
    quotes: Path | None
    proxy: str | None
    store: str | None
    config_file: Path | None
    as_json: bool
    as_csv: bool

    @property
    def usual(self) -> bool:
        """Whether nothing is asked for but what the pages would show too."""
        given = (self.aversion, self.interval, self.provider, self.quotes)
        return not any(each is not None for each in given)


class Ways(TypedDict):
    """How to recommend, beside what the portfolio says."""

    interval: Interval | None
    aversion: Decimal | None
    of_models: bool


def run(talk: Talk, asked: Asked) -> int:
    """Print what is recommended; 6 when time ran out before the lots were proven to be the best."""
    refuse_together((asked.as_json and asked.as_csv, "--json", "--csv"))
    settings = wire.settings(asked.config_file)
    with talk.working() as progress:
        cases = wire.rebalancer(
            overrides=words.overrides(provider=asked.provider, quotes=asked.quotes),
            proxy=asked.proxy,
            progress=progress,
        )
        portfolio = None if asked.file is None else cases.read(asked.file)
        with wire.store(asked.store, settings, create=False) as store:
            of_models = asked.aversion == "models"
            ways: Ways = {
                "interval": Interval(asked.interval) if asked.interval else None,
                "aversion": Decimal(asked.aversion) if asked.aversion and not of_models else None,
                "of_models": of_models,
            }
            if portfolio is not None:
                view, split = Recommender(store, settings, cases, now=_now, **ways).recommend(portfolio), None
            else:
                found = advice.considered(store, settings, cases, _now, **ways)
                view, split = found.view, found.split
                if asked.usual:
                    advice.keep(store, found, _now())
    _tell(talk, asked, view, split)
    unproven = view.plan is not None and view.plan.status is Status.FEASIBLE
    return TimeLimit.exit_code if unproven or (split is not None and split.status is Status.FEASIBLE) else 0


def _tell(talk: Talk, asked: Asked, view: RecommendationView, split: Split | None) -> None:
    if asked.as_json:
        accounts = {} if split is None else {"accounts": split_document(split, talk.lang)}
        talk.answer(dumps({**shown.recommendation_document(view, lang=talk.lang), **accounts}))
    elif asked.as_csv:
        talk.answer(shown.recommendation_csv(view).rstrip("\n"))
        for line in (view.sentence, *shown.headline(view), *shown.warnings(view), *view.notes):
            talk.remark(line)
    else:
        talk.answer(shown.recommendation_text(view, lang=talk.lang, quiet=talk.quiet))
        if split is not None:
            talk.answer("")
            talk.answer(split_text(split, talk.lang))


def _now() -> datetime:
    return datetime.now(MOSCOW)
