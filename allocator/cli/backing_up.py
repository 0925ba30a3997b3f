"""`allocator backup` and `allocator restore`."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import click

from allocator.app import wire
from allocator.app.backup import Backups, check
from allocator.cli.progress import ProgressBar
from allocator.cli.talk import Talk
from allocator.config.settings import Settings
from allocator.core.errors import UsageError
from allocator.core.text import Text, text
from allocator.report import backup as report
from allocator.report import dumps
from allocator.report.document import Json
from allocator.store import Store


def run_backup(
    talk: Talk,
    *,
    file: Path | None,
    again: bool,
    force: bool,
    store: str | None,
    config_file: Path | None,
    as_json: bool,
) -> int:
    if file is not None and again:
        raise UsageError(text("--again is for the folder of backups."), text("Leave out FILE, or --again."))
    settings = wire.settings(config_file)
    with wire.store(store, settings, create=False) as opened, ProgressBar(talk) as bar:
        backups = _backups(opened, settings, bar)
        done = backups.make(again=again) if file is None else backups.write(file, force=force)
    return _answer(talk, report.backed_up(done), report.backed_up_document(done), as_json=as_json)


def run_restore(
    talk: Talk,
    *,
    file: Path | None,
    check: bool,
    yes: bool,
    discard: bool,
    store: str | None,
    config_file: Path | None,
    as_json: bool,
) -> int:
    if file is None and (check or yes or discard):
        raise UsageError(text("No FILE to restore."), text("See what backups there are: allocator restore"))
    if file is None:
        return _list(talk, store, config_file, as_json=as_json)
    if check:
        return _check(talk, file, as_json=as_json)
    if not yes and not (sys.stdin and sys.stdin.isatty()):
        raise UsageError(text("Nobody is here to be asked."), text("Add --yes to replace what the store holds."))
    _verify(talk, file)  # before a store comes to be for its sake
    settings = wire.settings(config_file)
    with wire.store(store, settings) as opened, ProgressBar(talk) as bar:
        backups = _backups(opened, settings, bar)
        if not yes:
            intended = backups.ask(file)
            bar.clear()
            _confirm(talk, report.intended(intended))
        done = backups.restore(file, keep=not discard)
        done = replace(done, weightless=_weightless(opened, settings))
    return _answer(talk, report.restored(done), report.restored_document(done), as_json=as_json)


def _list(talk: Talk, store: str | None, config_file: Path | None, *, as_json: bool) -> int:
    settings = wire.settings(config_file)
    with wire.store(store, settings, create=False) as opened, ProgressBar(talk) as bar:
        listed = _backups(opened, settings, bar).all()
    talk.answer(dumps(report.listing_document(listed)) if as_json else report.listing(listed, talk.lang))
    return 0


def _check(talk: Talk, file: Path, *, as_json: bool) -> int:
    found = _verify(talk, file)
    return _answer(talk, report.checked(found), report.checked_document(found), as_json=as_json)


def _verify(talk: Talk, file: Path) -> report.Backup:
    with ProgressBar(talk) as bar:
        return check(file, bar.show)


def _confirm(talk: Talk, said: Iterable[Text]) -> None:
    """Raises: `click.Abort` for any answer but yes."""
    for line in said:
        click.echo(talk.say(line), err=True)
    click.confirm(talk.say(text("Replace them?")), abort=True, err=True)


def _backups(store: Store, settings: Settings, bar: ProgressBar) -> Backups:
    return Backups(store, settings.backup, lambda: datetime.now(UTC), time.monotonic, bar.show)


def _weightless(store: Store, settings: Settings) -> int:
    """How many living models have no weights in the folder of models."""
    with store.reading() as transaction:
        alive = [each for each in transaction.models.all() if each.alive and each.file]
    if not alive:
        return 0
    from allocator.app.forecast_material import models_folder  # noqa: PLC0415 -- only where there are models

    folder = models_folder(store.name, settings.forecast.models)
    return sum(not (folder / f"{each.file}.safetensors").exists() for each in alive)


def _answer(talk: Talk, lines: Iterable[Text], document: Json, *, as_json: bool) -> int:
    if as_json:
        talk.answer(dumps(document))
    elif not talk.quiet:
        for line in lines:
            talk.answer(talk.say(line))
    return 0
