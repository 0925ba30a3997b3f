"""The command `allocator recommend` and its options. As in `commands`, its body loads when it runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from allocator.cli.options import SETTINGS, interval_option, json_option, lang_option, store_options
from allocator.cli.talk import Talk


def _aversion(ctx: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    """A check that an aversion is a number above 0, or `models`."""
    if value is None or value.lower() == "models":
        return value and value.lower()
    try:
        if 0.01 <= float(value) <= 10_000:
            return value
    except ValueError:
        pass
    raise click.BadParameter(f"{value} is neither a number from 0.01 to 10000 nor models.", ctx, parameter)


@click.command(context_settings=SETTINGS)
@click.argument("file", metavar="[FILE.ini]", required=False, type=click.Path(path_type=Path))
@click.option("--risk-aversion", "aversion", metavar="N|models", callback=_aversion,
              help="Weight of variance against return, or that of each model. [file's: 5]")  # fmt: skip
@interval_option
@click.option("--provider", metavar="NAME", help="Source of quotes, as in the file: MOEX, 'FILE quotes.csv', ...")
@click.option("--quotes", metavar="FILE.csv", type=click.Path(path_type=Path),
              help="Take quotes from this file; short for --provider 'FILE FILE.csv'.")  # fmt: skip
@click.option("--proxy", metavar="URL", help="Proxy for quotes.")
@store_options
@json_option
@click.option("--csv", "as_csv", is_flag=True, help="Print the answer as CSV.")
@click.option("-q", "--quiet", is_flag=True, help="Print the table alone: no verdict, no notes, no progress.")
@lang_option
@click.pass_obj
def recommend(talk: Talk, /, quiet: bool, **asked: Any) -> int:  # noqa: ANN401 -- click's values
    """Say what to buy and what to sell in the portfolio of FILE.ini, by the newest forecast of the store.

    Without a file it is about the accounts of the store, all as one, and says which account makes which deals. Only
    what pays for its costs with 95% certainty is recommended, in whole lots. docs/recommend.md tells how.
    """
    from allocator.cli.recommending import Asked, run  # noqa: PLC0415

    talk.quiet = quiet
    return run(talk, Asked(**asked))


RECOMMEND_COMMANDS = (recommend,)
