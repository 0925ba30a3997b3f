"""The commands about dividends and their options. As in `commands`, bodies load when they run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from allocator.cli.options import SETTINGS, day_option, json_option, lang_option, store_options
from allocator.cli.talk import Talk, complain

F = TypeVar("F", bound=Callable[..., Any])


class Described(click.Group):
    """A group that describes itself when it is asked for nothing."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args and not ctx.resilient_parsing:
            complain(ctx.get_help())
            ctx.exit(2)
        return super().parse_args(ctx, args)


@click.group(cls=Described, context_settings=SETTINGS, no_args_is_help=False)
def dividends() -> None:
    """List, mend, check and back up dividends.

    Sources are weighed: what you type goes before what ships with the program, and that before the exchange.
    """


def portfolio_option(command: F) -> F:
    return click.option(
        "--portfolio",
        "portfolios",
        metavar="FILE.ini",
        type=click.Path(path_type=Path),
        multiple=True,
        help="What is held; may be given several times.",
    )(command)


@dividends.command("list", context_settings=SETTINGS)
@click.argument("tickers", metavar="[TICKER]...", nargs=-1)
@day_option("--from", "since", "First record date. [a year ago; with tickers, all]")
@day_option("--to", "till", "Last record date.")
@click.option("--all-sources", is_flag=True, help="Show what every source says, not only what counts.")
@portfolio_option
@store_options
@json_option
@click.option("--csv", "as_csv", is_flag=True, help="Print the answer as CSV.")
@lang_option
@click.pass_obj
def list_(talk: Talk, /, **asked: Any) -> int:  # noqa: ANN401 -- click's values
    """List dividends by record date.

    With --portfolio, those that held assets are still to bring, with the income before and after tax.
    """
    from allocator.cli.dividends import run_list  # noqa: PLC0415 -- see the module's docstring

    return run_list(talk, **asked)


@dividends.command(context_settings=SETTINGS)
@click.argument("ticker")
@click.argument("date")
@click.argument("amount")
@click.option("--currency", default="RUB", help="Currency of the amount. [RUB]")
@store_options
@lang_option
@click.pass_obj
def add(talk: Talk, /, **asked: Any) -> int:  # noqa: ANN401
    """Put in a dividend by hand: AMOUNT before tax for one share, DATE of the register.

    It goes before all other sources. Two payments of one date are one sum; 0 says that nothing is paid.
    """
    from allocator.cli.dividends import run_add  # noqa: PLC0415

    return run_add(talk, **asked)


@dividends.command(context_settings=SETTINGS)
@click.argument("ticker")
@click.argument("date")
@store_options
@lang_option
@click.pass_obj
def remove(talk: Talk, /, **asked: Any) -> int:  # noqa: ANN401
    """Take out what was typed; where nothing was, overrule the other sources."""
    from allocator.cli.dividends import run_remove  # noqa: PLC0415

    return run_remove(talk, **asked)


@dividends.command(context_settings=SETTINGS)
@click.argument("tickers", metavar="[TICKER]...", nargs=-1)
@day_option("--from", "since", "First record date to look at. [a year ago]")
@portfolio_option
@store_options
@json_option
@lang_option
@click.pass_obj
def check(talk: Talk, /, **asked: Any) -> int:  # noqa: ANN401
    """Show what is missing, what looks wrong, and where sources disagree."""
    from allocator.cli.dividends import run_check  # noqa: PLC0415

    return run_check(talk, **asked)


@dividends.command(context_settings=SETTINGS)
@click.argument("file", metavar="[FILE.csv.gz]", type=click.Path(path_type=Path), required=False)
@store_options
@lang_option
@click.pass_obj
def backup(talk: Talk, /, **asked: Any) -> int:  # noqa: ANN401
    """Write a backup of all dividends, to the folder of backups or to a file.

    One is made before every change anyway; the newest 30 are kept.
    """
    from allocator.cli.dividends import run_backup  # noqa: PLC0415

    return run_backup(talk, **asked)


@dividends.command(context_settings=SETTINGS)
@click.argument("file", metavar="[FILE.csv.gz]", type=click.Path(path_type=Path), required=False)
@store_options
@lang_option
@click.pass_obj
def restore(talk: Talk, /, **asked: Any) -> int:  # noqa: ANN401
    """Put back all dividends of a backup; without a file, list the backups."""
    from allocator.cli.dividends import run_restore  # noqa: PLC0415

    return run_restore(talk, **asked)
