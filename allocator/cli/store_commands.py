"""The commands over the store and their options. As in `commands`, bodies load when they run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from allocator.cli.account_commands import accounts
from allocator.cli.data_commands import data
from allocator.cli.dividend_commands import dividends
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
@click.option(
    "--portfolio",
    "portfolios",
    metavar="FILE.ini",
    type=click.Path(path_type=Path),
    multiple=True,
    help="What is held, to be reminded of its unknown dividends; may be given several times.",
)
@click.option("--notify", is_flag=True, help="Send messages of failures, and of dividends missing for what is held.")
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


@click.command(context_settings=SETTINGS)
@click.option(
    "--portfolio",
    metavar="FILE.ini",
    type=click.Path(path_type=Path),
    help="What is held, for its size and to keep it.",
)
@click.option("--position", metavar="MONEY", help="Value of the largest position. [that of the portfolio]")
@click.option("--cash", metavar="MONEY", help="Cash to be invested. [that of the portfolio]")
@click.option("--all", "everything", is_flag=True, help="Show those left out too, with the reasons.")
@store_options
@json_option
@lang_option
@click.pass_obj
def universe(talk: Talk, /, **asked: Any) -> int:  # noqa: ANN401
    """Show which securities qualify for a portfolio.

    They must have enough history to be forecast, and trade enough that the largest position, or all cash, is less
    than the turnover of a usual day. What is held and does not qualify stays, with a warning.
    """
    from allocator.cli.universe import Asked, run  # noqa: PLC0415

    return run(talk, Asked(**asked))


STORE_COMMANDS: Sequence[click.Command] = (refresh, data, universe, dividends, accounts)
