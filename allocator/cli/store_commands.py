"""The commands over the store and their options. As in `commands`, bodies load when they run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from allocator.cli.options import (
    SETTINGS,
    day_option,
    interval_option,
    json_option,
    lang_option,
    store_options,
    tickers_option,
)
from allocator.cli.talk import Talk


@click.command(context_settings=SETTINGS)
@day_option("--from", "since", "Load from this day on, older days too. [settings' from: 2015-01-01]")
@tickers_option
@interval_option
@click.option("--force", is_flag=True, help="Ask the exchange even when its data is not ready, or is all here.")
@click.option("--proxy", metavar="URL", help="Proxy to the exchange. [settings' proxy, or $HTTPS_PROXY]")
@store_options
@json_option
@click.option("-q", "--quiet", is_flag=True, help="Print nothing but errors.")
@lang_option
@click.pass_obj
def refresh(talk: Talk, /, quiet: bool, **asked: Any) -> int:  # noqa: ANN401 -- click's values
    """Bring the store up to the last finished day of the Moscow Exchange.

    Only what is missing is asked for, so it may be stopped and started at any time. Made for cron: it does nothing
    before the day's data is ready (01:00 Moscow time), and nothing when all of it is here.
    """
    from allocator.cli.refreshing import Asked, run  # noqa: PLC0415 -- see the module's docstring

    talk.quiet = quiet
    return run(talk, Asked(**asked))


STORE_COMMANDS: Sequence[click.Command] = (refresh,)
