"""The commands about accounts and their options. As in `commands`, bodies load when they run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from allocator.cli.dividend_commands import Described
from allocator.cli.options import SETTINGS, json_option, lang_option, store_options
from allocator.cli.talk import Talk

F = TypeVar("F", bound=Callable[..., Any])


class Listed(Described):
    """A group that lists the accounts when it is asked for nothing, or for nothing but how to show them."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if (not args or args[0].startswith("-")) and not {"-h", "--help"} & set(args):
            args = ["list", *args]
        return super().parse_args(ctx, args)


@click.group(cls=Listed, context_settings=SETTINGS, no_args_is_help=False)
def accounts() -> None:
    """Keep broker accounts in the store: list them, move them in and out of portfolio files.

    Each has its holdings, its cash and its fees; the targets are of all together.
    """


def force_option(words: str) -> Callable[[F], F]:
    return click.option("--force", is_flag=True, help=words)


@accounts.command("list", context_settings=SETTINGS)
@store_options
@json_option
@lang_option
@click.pass_obj
def list_(talk: Talk, /, **asked: Any) -> int:  # noqa: ANN401 -- click's values
    """List the accounts: what each holds, what is wanted of all, how often there are trades."""
    from allocator.cli.accounts import run_list  # noqa: PLC0415 -- see the module's docstring

    return run_list(talk, **asked)


@accounts.command(context_settings=SETTINGS)
@click.argument("name")
@store_options
@json_option
@lang_option
@click.pass_obj
def show(talk: Talk, /, **asked: Any) -> int:  # noqa: ANN401
    """Show one account and its newest trades."""
    from allocator.cli.accounts import run_show  # noqa: PLC0415

    return run_show(talk, **asked)


@accounts.command("import", context_settings=SETTINGS)
@click.argument("file", metavar="FILE.ini", type=click.Path(path_type=Path))
@click.option("--name", help="Name of the account. [that of the file]")
@click.option(
    "--targets",
    type=click.Choice(["file", "store"]),
    help="Whose targets and options count, where the file's are not those of the store.",
)
@store_options
@lang_option
@click.pass_obj
def import_(talk: Talk, /, **asked: Any) -> int:  # noqa: ANN401
    """Make an account what a portfolio file says; what changed in it is kept as trades.

    The first file brings the targets of all accounts too.
    """
    from allocator.cli.accounts import run_import  # noqa: PLC0415

    return run_import(talk, **asked)


@accounts.command(context_settings=SETTINGS)
@click.argument("words", metavar="NAME|--all FILE.ini", nargs=-1, required=True)
@click.option("--all", "everything", is_flag=True, help="All accounts as one portfolio.")
@force_option("Overwrite a file that is there.")
@store_options
@lang_option
@click.pass_obj
def export(talk: Talk, /, **asked: Any) -> int:  # noqa: ANN401
    """Write an account, or all of them as one, to a portfolio file with comments."""
    from allocator.cli.accounts import run_export  # noqa: PLC0415

    return run_export(talk, **asked)


@accounts.command(context_settings=SETTINGS)
@click.option("--quotes", metavar="FILE.csv", type=click.Path(path_type=Path), help="Take quotes from this file.")
@store_options
@json_option
@lang_option
@click.pass_obj
def rebalance(talk: Talk, /, **asked: Any) -> int:  # noqa: ANN401
    """Print the best trades for all accounts as one, and which account makes which.

    Nothing is passed from account to account: what is sold is sold where it is held, and bought where cash lies.
    """
    from allocator.cli.accounts import run_rebalance  # noqa: PLC0415

    return run_rebalance(talk, **asked)


@accounts.command(context_settings=SETTINGS)
@click.argument("tickers", metavar="[TICKER]...", nargs=-1)
@click.option("--undo", is_flag=True, help="Allow their purchase again.")
@store_options
@lang_option
@click.pass_obj
def exclude(talk: Talk, /, **asked: Any) -> int:  # noqa: ANN401
    """Forbid all accounts to buy these; without any, show what is excluded."""
    from allocator.cli.accounts import run_exclude  # noqa: PLC0415

    return run_exclude(talk, **asked)


@accounts.command(context_settings=SETTINGS)
@click.argument("name")
@force_option("Remove it with all that it holds.")
@store_options
@lang_option
@click.pass_obj
def remove(talk: Talk, /, **asked: Any) -> int:  # noqa: ANN401
    """Remove an account; the log of its trades is kept."""
    from allocator.cli.accounts import run_remove  # noqa: PLC0415

    return run_remove(talk, **asked)
