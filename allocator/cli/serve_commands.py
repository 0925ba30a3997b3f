"""The command of the pages and its options. As in `commands`, bodies load when they run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from allocator.cli.options import SETTINGS, lang_option, store_options
from allocator.cli.talk import Talk


@click.command(context_settings=SETTINGS)
@click.option("--host", metavar="ADDRESS", help="Address to listen on; another than 127.0.0.1 demands a password.")
@click.option("--port", metavar="N", type=click.IntRange(1, 65535), help="Port to listen on. [settings' port: 5000]")
@click.option("--no-loop", is_flag=True, help="Pages alone: no refresh, no training, no messages.")
@store_options
@click.option("-q", "--quiet", is_flag=True, help="Print nothing but errors.")
@lang_option
@click.pass_obj
def serve(talk: Talk, /, quiet: bool, **asked: Any) -> int:  # noqa: ANN401 -- click's values
    """Show everything in a browser, and do the night's work, until Ctrl-C.

    The loop backs up, loads new data, trains and judges models, forecasts, recommends and sends messages, by itself
    and for ever; it goes on where it was stopped. docs/loop.md tells more.
    """
    from allocator.cli.serving import Asked, run  # noqa: PLC0415 -- see the module's docstring

    talk.quiet = quiet
    return run(talk, Asked(**asked))


SERVE_COMMANDS: Sequence[click.Command] = (serve,)
