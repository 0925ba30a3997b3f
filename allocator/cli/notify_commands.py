"""The commands about messages and their options. As in `commands`, bodies load when they run."""

from __future__ import annotations

from typing import Any

import click

from allocator.cli.dividend_commands import Described
from allocator.cli.options import SETTINGS, json_option, lang_option, store_options
from allocator.cli.talk import Talk


@click.group(cls=Described, context_settings=SETTINGS, no_args_is_help=False)
def notify() -> None:
    """Try, send and look after messages: Telegram, e-mail, console.

    Where they go stands in the settings; docs/messages.md tells how to set a bot or a mailbox up.
    """


@notify.command(context_settings=SETTINGS)
@store_options
@json_option
@lang_option
@click.pass_obj
def test(talk: Talk, /, **asked: Any) -> int:  # noqa: ANN401 -- click's values
    """Send a test message on each channel now, and say what came of it."""
    from allocator.cli.notifying import run_test  # noqa: PLC0415 -- see the module's docstring

    return run_test(talk, **asked)


@notify.command(context_settings=SETTINGS)
@click.option("--now", "at_once", is_flag=True, help="Do not wait: also what failed or was given up, in quiet hours.")
@store_options
@json_option
@click.option("-q", "--quiet", is_flag=True, help="Print nothing but errors.")
@lang_option
@click.pass_obj
def send(talk: Talk, /, quiet: bool, **asked: Any) -> int:  # noqa: ANN401
    """Send what waits in the outbox. Made for cron: what fails is tried again later, and less and less often."""
    from allocator.cli.notifying import run_send  # noqa: PLC0415

    talk.quiet = quiet
    return run_send(talk, **asked)


@notify.command(context_settings=SETTINGS)
@store_options
@json_option
@lang_option
@click.pass_obj
def status(talk: Talk, /, **asked: Any) -> int:  # noqa: ANN401
    """Show what waits in the outbox, and what failed and why."""
    from allocator.cli.notifying import run_status  # noqa: PLC0415

    return run_status(talk, **asked)


NOTIFY_COMMANDS = (notify,)
