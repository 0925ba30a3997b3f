"""`allocator accounts ...`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from allocator.app import wire
from allocator.app.accounts import Bookkeeper, Whose
from allocator.cli.talk import Talk
from allocator.core.errors import TimeLimit, UsageError
from allocator.core.text import text
from allocator.report import accounts as report
from allocator.report import dumps


@contextmanager
def _opened(store: str | None, config_file: Path | None) -> Iterator[Bookkeeper]:
    """The accounts of the store; it is closed at the end."""
    with wire.store(store, wire.settings(config_file)) as opened:
        yield Bookkeeper(opened, lambda: datetime.now(UTC))


def run_list(talk: Talk, *, store: str | None, config_file: Path | None, as_json: bool) -> int:
    with _opened(store, config_file) as books:
        found = books.listing()
    talk.answer(dumps(report.listing_document(found)) if as_json else report.listing_text(found, talk.lang))
    return 0


def run_show(talk: Talk, *, name: str, store: str | None, config_file: Path | None, as_json: bool) -> int:
    with _opened(store, config_file) as books:
        found = books.shown(name)
    talk.answer(dumps(report.shown_document(found)) if as_json else report.shown_text(found, talk.lang))
    return 0


def run_import(
    talk: Talk, *, file: Path, name: str | None, targets: Whose | None, store: str | None, config_file: Path | None
) -> int:
    with _opened(store, config_file) as books:
        said = list(books.bring(file, name, targets))
    for line in said:
        talk.answer(talk.say(line))
    return 0


def run_export(
    talk: Talk, *, words: tuple[str, ...], everything: bool, force: bool, store: str | None, config_file: Path | None
) -> int:
    expected = 1 if everything else 2
    if len(words) != expected:
        raise UsageError(
            text("It is not clear what to write where."),
            text("Type: allocator accounts export NAME FILE.ini, or: allocator accounts export --all FILE.ini"),
        )
    *name, path = words
    with _opened(store, config_file) as books:
        said = books.take_out(name[0] if name else None, Path(path), talk.say, force=force)
    talk.answer(talk.say(said))
    return 0


def run_exclude(
    talk: Talk, *, tickers: tuple[str, ...], undo: bool, store: str | None, config_file: Path | None
) -> int:
    with _opened(store, config_file) as books:
        said = books.exclude(tickers, undo=undo)
    talk.answer("\n".join(map(talk.say, said)))
    return 0


def run_remove(talk: Talk, *, name: str, force: bool, store: str | None, config_file: Path | None) -> int:
    with _opened(store, config_file) as books:
        said = books.remove(name, force=force)
    talk.answer(talk.say(said))
    return 0


def run_rebalance(
    talk: Talk, *, quotes: Path | None, store: str | None, config_file: Path | None, as_json: bool
) -> int:
    from allocator import report as answers  # noqa: PLC0415 -- numpy and a solver: the other commands do without
    from allocator.app import asked  # noqa: PLC0415
    from allocator.cli.rebalancing import exit_code  # noqa: PLC0415
    from allocator.optimize import Status  # noqa: PLC0415
    from allocator.optimize.splitting import deals_of, split  # noqa: PLC0415
    from allocator.report import accounts_split  # noqa: PLC0415

    with _opened(store, config_file) as books:
        accounts, portfolio = books.whole(talk.say)
    with talk.working() as progress:
        cases = wire.rebalancer(
            overrides=asked.overrides(quotes=quotes), progress=progress, store_url=store, config_file=config_file
        )
        answer = cases.rebalance(cases.overrides.over(portfolio))
        found = split(deals_of(answer.plan), accounts, time_limit_s=portfolio.options.time_limit_s)
    if as_json:
        parts = {
            **answers.document(answer, lang=talk.lang),
            "accounts": accounts_split.split_document(found, talk.lang),
        }
        talk.answer(dumps(parts))
    else:
        talk.answer(answers.table(answer, lang=talk.lang, colour=talk.colour))
        talk.answer("")
        talk.answer(answers.summary(answer, lang=talk.lang))
        talk.answer("")
        talk.answer(accounts_split.split_text(found, talk.lang))
    return TimeLimit.exit_code if found.status is Status.FEASIBLE else exit_code([answer.plan])
