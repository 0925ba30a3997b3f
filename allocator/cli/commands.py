"""The commands and their options. Bodies are elsewhere and load when they run, so that --help is quick."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from allocator import __version__
from allocator.cli.backtest_commands import BACKTEST_COMMANDS
from allocator.cli.backup_commands import BACKUP_COMMANDS
from allocator.cli.files import exists
from allocator.cli.forecast_commands import FORECAST_COMMANDS
from allocator.cli.notify_commands import NOTIFY_COMMANDS
from allocator.cli.options import SETTINGS, lang_option, store_options
from allocator.cli.password_commands import PASSWORD_COMMANDS
from allocator.cli.recommend_commands import RECOMMEND_COMMANDS
from allocator.cli.serve_commands import SERVE_COMMANDS
from allocator.cli.store_commands import STORE_COMMANDS
from allocator.cli.talk import Talk, colour_wanted, complain

DEFAULT = "rebalance"
LONGEST_S = 1e6


class FileFirst(click.Group):
    """A group whose first word may be a portfolio file: then it is the file to rebalance.

    A file named like a command is reached as `./check`.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args and not ctx.resilient_parsing:
            complain(self.get_help(ctx))
            ctx.exit(2)
        if args and args[0] not in {"-h", "--help", "--version", *self.commands}:
            named = next((word for word in args if word in self.commands and not exists(Path(word))), None)
            if named and args[0].startswith("-"):
                ctx.fail(f"Options stand after the command: {ctx.command_path} {named} {args[0]} ...")
            self._refuse_misspelt(ctx, args[0])
            args = [DEFAULT, *args]
        return super().parse_args(ctx, args)

    def _refuse_misspelt(self, ctx: click.Context, word: str) -> None:
        """A word that is no file and nearly a command was meant to be that."""
        if Path(word).suffix or exists(Path(word)):
            return
        from difflib import get_close_matches  # noqa: PLC0415 -- of use to a slip alone

        near = get_close_matches(word, self.commands, n=1, cutoff=0.75)
        if near:
            ctx.fail(f"No such command or file '{word}'. Did you mean '{near[0]}'?")

    def get_help(self, ctx: click.Context) -> str:
        """The help of rebalancing, which is what most come for, with the other commands under it."""
        command = self.commands[DEFAULT]
        with click.Context(command, info_name=ctx.info_name, **SETTINGS) as inner:
            formatter = inner.make_formatter()
            command.format_help(inner, formatter)
            others = [(name, each.get_short_help_str(90)) for name, each in self.commands.items() if name != DEFAULT]
            with formatter.section("Other commands"):
                formatter.write_dl(others)
            formatter.write_paragraph()
            formatter.write_text(f"{ctx.info_name} COMMAND -h shows the options of a command.")
        return formatter.getvalue().rstrip("\n")

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Files and the options of rebalancing, beside the names of commands."""
        found = [item for item in super().shell_complete(ctx, incomplete) if item.value != DEFAULT]
        if incomplete.startswith("-"):
            known = {item.value for item in found}
            options = self.commands[DEFAULT].shell_complete(ctx, incomplete)
            return [*found, *(item for item in options if item.value not in known)]
        return [*found, CompletionItem(incomplete, type="file")]


def _seconds(at_least: float) -> Callable[[click.Context, click.Parameter, float | None], float | None]:
    """A check that a length of time is one that a clock can count."""

    def checked(ctx: click.Context, parameter: click.Parameter, value: float | None) -> float | None:
        if value is not None and not at_least <= value <= LONGEST_S:
            limits = f"{value:g} is not between {at_least:g} and {LONGEST_S:.0f} seconds."
            raise click.BadParameter(limits, ctx, parameter)
        return value

    return checked


@click.group(cls=FileFirst, context_settings=SETTINGS, no_args_is_help=False)
@click.version_option(__version__, prog_name="allocator", message="%(prog)s %(version)s")
def root() -> None:
    """The provably best whole-lot trades for a portfolio."""


@root.command(DEFAULT, hidden=True, context_settings=SETTINGS)
@click.argument("file", metavar="FILE.ini", type=click.Path(path_type=Path))
@click.argument("proxy", metavar="[PROXY]", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
@click.option("--csv", "as_csv", is_flag=True, help="Print the orders as CSV.")
@click.option("-q", "--quiet", is_flag=True, help="Print the table alone: no notes, no progress.")
@click.option("--explain", is_flag=True, help="Say why each deal, and what keeps the portfolio from being closer.")
@click.option("--frontier", is_flag=True, help="Show what each further deal buys, for 0, 1, 2, ... deals.")
@click.option("--plot", metavar="FILE.png", type=click.Path(path_type=Path), help="Draw the frontier as a picture.")
@click.option(
    "--watch", metavar="SECONDS", type=float, callback=_seconds(1), help="Look again every so often, until Ctrl-C."
)
@click.option("--provider", metavar="NAME", help="Source of quotes, as in the file: MOEX, 'FILE quotes.csv', ...")
@click.option(
    "--quotes",
    metavar="FILE.csv",
    type=click.Path(path_type=Path),
    help="Take quotes from this file; short for --provider 'FILE FILE.csv'.",
)
@click.option(
    "--model",
    metavar="[LAD|LSAPPROX]",
    type=click.Choice(["LAD", "LSAPPROX"], case_sensitive=False),
    help="Measure of distance. [file's: LAD]",
)
@click.option(
    "--solver", type=click.Choice(["highs", "cbc"], case_sensitive=False), default="highs", help="MILP solver. [highs]"
)
@click.option(
    "--time-limit",
    "time_limit_s",
    metavar="SECONDS",
    type=float,
    callback=_seconds(0.01),
    help="Longest search; then the best plan so far is printed. [file's: 30]",
)
@click.option("--gap", metavar="N%", help="Stop when proven this close to the best, in % of the portfolio.")
@click.option("--proxy", "proxy_option", metavar="URL", help="Proxy for quotes; the same as the second argument.")
@store_options
@click.option("--no-color", "--no-colour", is_flag=True, help="No colours, as with $NO_COLOR.")
@lang_option
@click.version_option(__version__, prog_name="allocator", message="%(prog)s %(version)s")
@click.pass_obj
def rebalance(talk: Talk, /, quiet: bool, no_color: bool, **asked: Any) -> int:  # noqa: ANN401 -- click's values
    """Print the best whole-lot trades for the portfolio of FILE.ini, with a proof that none are better.

    Quotes come from the source that the file names (the Moscow Exchange by default), through PROXY if given.
    """
    from allocator.cli.rebalancing import Asked, run  # noqa: PLC0415 -- see the module's docstring

    talk.quiet = quiet
    talk.colour = colour_wanted(refused=no_color)
    return run(talk, Asked(**asked))


@root.command(context_settings=SETTINGS)
@click.argument("file", metavar="FILE.ini", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
@store_options
@lang_option
@click.pass_obj
def check(talk: Talk, file: Path, as_json: bool, store: str | None, config_file: Path | None) -> int:
    """Check a portfolio file, without network."""
    from allocator.cli.filing import run_check  # noqa: PLC0415

    return run_check(talk, file, as_json=as_json, store=store, config_file=config_file)


@root.command(context_settings=SETTINGS)
@click.argument("file", metavar="[FILE.ini]", type=click.Path(path_type=Path), default="portfolio.ini")
@click.option("-i", "--interactive", is_flag=True, help="Ask for assets, cash and fees.")
@click.option("--force", is_flag=True, help="Overwrite a file that is there.")
@lang_option
@click.pass_obj
def init(talk: Talk, file: Path, interactive: bool, force: bool) -> int:
    """Write a commented portfolio file to start from."""
    from allocator.cli.filing import run_init  # noqa: PLC0415

    return run_init(talk, file, interactive=interactive, force=force)


for each in (
    *STORE_COMMANDS,
    *FORECAST_COMMANDS,
    *RECOMMEND_COMMANDS,
    *BACKTEST_COMMANDS,
    *NOTIFY_COMMANDS,
    *BACKUP_COMMANDS,
    *SERVE_COMMANDS,
    *PASSWORD_COMMANDS,
):
    root.add_command(each)


def parse(args: Sequence[str], talk: Talk) -> int:
    """Run the command that these words ask for.

    Raises: click's exceptions for words that ask for nothing; `AllocatorError` from the command.
    """
    code = root.main(args=list(args), prog_name="allocator", standalone_mode=False, obj=talk)
    return code if isinstance(code, int) else 0
