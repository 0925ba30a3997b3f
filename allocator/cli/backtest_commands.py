"""`allocator backtest` and its options. As in `commands`, its body loads when it runs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from allocator.cli.options import SETTINGS, json_option, lang_option, store_options, workers_option
from allocator.cli.talk import Talk


@click.command(context_settings=SETTINGS)
@click.argument("file", metavar="CONFIG.ini", type=click.Path(path_type=Path))
@click.argument("more", metavar="", nargs=-1, type=click.Path(path_type=Path))
@click.option("--data", "data", metavar="FILE...", type=click.Path(path_type=Path), multiple=True,
              help="Test on these histories (CSV, CSV.gz, Parquet) in place of the store.")  # fmt: skip
@workers_option("Trainings and trials at once, here or on Ray's machines. [cores]")
@click.option("--device", type=click.Choice(["cpu", "cuda", "mps", "auto"]), default="cpu",
              help="What networks are trained on. [cpu]")  # fmt: skip
@click.option("--cache", metavar="FOLDER", type=click.Path(path_type=Path),
              help="Where models and trials are kept, to go on from. [the user's cache]")  # fmt: skip
@click.option("--check-leaks", is_flag=True,
              help="Change what comes after, and see that no strategy decides otherwise before.")  # fmt: skip
@json_option
@click.option("--series", is_flag=True, help="With --json: each strategy bar by bar too.")
@click.option("--csv", "as_csv", is_flag=True, help="Print the answer as CSV.")
@click.option("--html", metavar="FILE.html", type=click.Path(path_type=Path), help="Write one page with charts.")
@click.option("--plot", metavar="FILE.png", type=click.Path(path_type=Path), help="Draw the charts as a picture.")
@click.option("--markdown", metavar="FILE.md", type=click.Path(path_type=Path),
              help="Write the tables into a page, between marks that name CONFIG.")  # fmt: skip
@click.option("--beside", metavar="FILE.csv", type=click.Path(path_type=Path),
              help="With --markdown: a column of figures from elsewhere, by row.")  # fmt: skip
@store_options
@click.option("-q", "--quiet", is_flag=True, help="Print the answer alone.")
@lang_option
@click.pass_obj
def backtest(talk: Talk, /, quiet: bool, data: tuple[Path, ...], more: tuple[Path, ...], **asked: Any) -> int:  # noqa: ANN401 -- click's values
    """Say what the strategies of CONFIG.ini would have made of the past, after costs.

    At each step they see only what was known then. It may be stopped at any time; the same command goes on where it
    was. docs/backtest.md has the file's keys and how to read the answer.
    """
    from allocator.cli.backtesting import Asked, run  # noqa: PLC0415

    if more and not data:
        raise click.UsageError(f"Got unexpected extra argument ({more[0]})")
    talk.quiet = quiet
    return run(talk, Asked(data=(*data, *more), **asked))


BACKTEST_COMMANDS: Sequence[click.Command] = (backtest,)
