"""`allocator check` and `allocator init`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import click

from allocator.app import starter
from allocator.cli.files import exists
from allocator.cli.talk import Talk
from allocator.core.text import Text, text


def run_check(
    talk: Talk, path: Path, *, as_json: bool, store: str | None = None, config_file: Path | None = None
) -> int:
    from allocator.app.check import check  # noqa: PLC0415 -- numpy
    from allocator.app.wire import rebalancer  # noqa: PLC0415
    from allocator.report import dumps  # noqa: PLC0415

    cases = rebalancer(store_url=store, config_file=config_file)
    portfolio = cases.read(path)
    summary, *notes = check(cases, portfolio)
    if as_json:
        said = {
            "file": str(path),
            "assets": [asset.ticker for asset in portfolio.assets],
            "notes": [talk.say(note) for note in notes],
        }
        talk.answer(dumps(said))
        return 0
    talk.answer(talk.say(summary))
    for note in notes:
        talk.answer(talk.say(text("Note: {note}", note=note)))
    return 0


def run_init(talk: Talk, path: Path, *, interactive: bool, force: bool) -> int:
    if exists(path) and not force:  # before a person has answered all the questions
        starter.write("", path, force=False)
    first = _asked(talk) if interactive else starter.Starter()
    starter.write(first.content(talk.say), path, force=force)
    if interactive:
        from allocator.config import load  # noqa: PLC0415

        load(path)  # percentages, say, that do not add up: the file is kept, to be mended rather than typed again
    talk.answer(talk.say(text("{path} is written. Edit it, then: allocator check {path}", path=path)))
    return 0


def _asked(talk: Talk) -> starter.Starter:
    """The answers of a person, each asked for again until the file could hold it."""
    from allocator.config import values  # noqa: PLC0415

    default = starter.Starter()
    click.echo(talk.say(text("Assets one by one; an empty line ends the list.")), err=True)
    lines = list(_assets(talk))
    return starter.Starter(
        lines=lines or default.lines,
        cash=_ask(talk, text("Money on the account"), "0", values.number),
        commission=_ask(talk, text("Fee of a deal, such as 0.05% or 2"), default.commission, values.fee),
        provider=_ask(talk, text("Source of quotes"), default.provider, values.provider),
    )


def _assets(talk: Talk) -> Iterator[starter.Line]:
    from allocator.config import values  # noqa: PLC0415

    while ticker := _ask(talk, text("Ticker"), "", str).strip().upper():
        yield starter.Line(
            ticker,
            _ask(talk, text("Wanted, such as 40% or 10 units"), None, values.target),
            _ask(talk, text("Units held"), "0", values.number),
        )


def _ask(talk: Talk, question: Text, default: str | None, reader: Callable[[str], object]) -> str:
    def read(raw: str) -> str:
        from allocator.config.findings import BadValueError  # noqa: PLC0415

        try:
            reader(raw.strip())
        except BadValueError as error:
            raise click.BadParameter(" ".join(talk.say(part) for part in (error.what, error.hint) if part)) from error
        return raw.strip()

    answer: str = click.prompt(
        talk.say(question), default=default, show_default=bool(default), value_proc=read, err=True
    )
    return answer
