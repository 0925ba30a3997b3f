"""The commands of backups and their options. As in `commands`, bodies load when they run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from allocator.cli.options import SETTINGS, json_option, lang_option, store_options
from allocator.cli.talk import Talk


@click.command(context_settings=SETTINGS)
@click.argument("file", metavar="[FILE]", type=click.Path(path_type=Path), required=False)
@click.option("--again", is_flag=True, help="Another one, though the day has one already.")
@click.option("--force", is_flag=True, help="Overwrite FILE even when it is no backup.")
@store_options
@json_option
@click.option("-q", "--quiet", is_flag=True, help="Print nothing but errors.")
@lang_option
@click.pass_obj
def backup(talk: Talk, /, quiet: bool, **asked: Any) -> int:  # noqa: ANN401 -- click's values
    """Copy the whole store to FILE, or to the folder of backups once a day.

    It may run while others read and write. The file is verified before it takes its name, and restores into a store
    of either kind. Of the folder the newest 14 are kept.
    """
    from allocator.cli.backing_up import run_backup  # noqa: PLC0415 -- see the module's docstring

    talk.quiet = quiet
    return run_backup(talk, **asked)


@click.command(context_settings=SETTINGS)
@click.argument("file", metavar="[FILE]", type=click.Path(path_type=Path), required=False)
@click.option("--check", is_flag=True, help="Verify the backup, and change nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--discard", is_flag=True, help="Make no backup of what is there now.")
@store_options
@json_option
@click.option("-q", "--quiet", is_flag=True, help="Print nothing but errors.")
@lang_option
@click.pass_obj
def restore(talk: Talk, /, quiet: bool, **asked: Any) -> int:  # noqa: ANN401
    """Make the store what it was in the backup FILE; without FILE, list the backups.

    All of it is replaced, or nothing. Weights of models are in no backup: allocator train --again makes them anew.
    """
    from allocator.cli.backing_up import run_restore  # noqa: PLC0415

    talk.quiet = quiet
    return run_restore(talk, **asked)


BACKUP_COMMANDS: Sequence[click.Command] = (backup, restore)
