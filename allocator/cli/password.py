"""A password, asked for and hashed: only the hash is kept."""

from __future__ import annotations

import os
import secrets
import sys
from pathlib import Path

import click

from allocator.app.passwords import SALT_BYTES, hashed
from allocator.app.starter import cannot_write
from allocator.cli.files import exists
from allocator.cli.talk import Talk
from allocator.core.errors import UsageError
from allocator.core.text import text


def run(talk: Talk, path: Path | None, *, force: bool) -> int:
    """Raises: `UsageError` for a password that will not do, or a file that is there or cannot be written."""
    if path is not None and exists(path) and not force:
        raise _there(path)
    made = hashed(_asked(talk), secrets.token_bytes(SALT_BYTES))
    if path is None:
        talk.answer(made)
        talk.remark(text("Keep it in a file that others cannot read, and write password = file:FILE in [serve]."))
    else:
        _write(path, made, force=force)
        talk.answer(talk.say(text("{path} is written. In the settings: [serve] password = file:{path}", path=path)))
    return 0


def _asked(talk: Talk) -> str:
    """Raises: `UsageError` when nothing was typed, or two different things."""
    if sys.stdin is None or not sys.stdin.isatty():
        line = sys.stdin.readline() if sys.stdin else ""
        if not line.rstrip("\r\n"):
            raise UsageError(text("No password was given."), text("Type it, or give it on the standard input."))
        return line.rstrip("\r\n")
    first, second = (
        click.prompt(talk.say(question), hide_input=True, err=True, default="", show_default=False)
        for question in (text("Password"), text("The same again"))
    )
    if first != second:
        raise UsageError(text("These were two different passwords."), text("Repeat the command."))
    return str(first)


def _write(path: Path, made: str, *, force: bool) -> None:
    """A file that nobody else may read, from its first byte on; a folder that is not there is made, as private."""
    flags = os.O_WRONLY | os.O_CREAT | (os.O_TRUNC if force else os.O_EXCL)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(path, flags, 0o600), "w", encoding="ascii", newline="\n") as stream:
            if os.name == "posix":
                os.fchmod(stream.fileno(), 0o600)
            stream.write(f"{made}\n")
    except FileExistsError as error:
        raise _there(path) from error
    except (OSError, ValueError) as error:
        raise cannot_write(path, error) from error


def _there(path: Path) -> UsageError:
    return UsageError(
        text("{path} is there already.", path=path), text("Give another name, or --force to overwrite it.")
    )
