"""The command of the pages' password and its options. As in `commands`, bodies load when they run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from allocator.cli.options import SETTINGS, lang_option
from allocator.cli.talk import Talk


@click.command(context_settings=SETTINGS)
@click.argument("file", metavar="[FILE]", type=click.Path(path_type=Path), required=False)
@click.option("--force", is_flag=True, help="Overwrite a file that is there.")
@lang_option
@click.pass_obj
def password(talk: Talk, /, file: Path | None, force: bool) -> int:
    """Make the hash of a password for the pages of `allocator serve`, and write it to FILE or print it.

    The password is asked for twice and shown nowhere; where nobody types, it is the first line of the standard input.
    """
    from allocator.cli.password import run  # noqa: PLC0415 -- see the module's docstring

    return run(talk, file, force=force)


PASSWORD_COMMANDS: Sequence[click.Command] = (password,)
"""`allocator password`."""
