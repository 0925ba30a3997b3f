"""The commands about the store's data and their options. As in `commands`, bodies load when they run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from allocator.cli.dividend_commands import Described
from allocator.cli.options import (
    SETTINGS,
    Day,
    day_option,
    interval_option,
    json_option,
    lang_option,
    store_options,
    tickers_option,
)
from allocator.cli.talk import Talk

ADJUST = click.Choice(["none", "splits", "total"])


@click.group(cls=Described, context_settings=SETTINGS, no_args_is_help=False)
def data() -> None:
    """Look at what the store holds, and set it right.

    Prices are kept as they were traded; what is adjusted is worked out when it is read.
    """


@data.command(context_settings=SETTINGS)
@interval_option
@tickers_option
@store_options
@json_option
@lang_option
@click.pass_obj
def status(talk: Talk, /, **asked: Any) -> int:  # noqa: ANN401 -- click's values
    """Say what is there, what is missing, what is in quarantine."""
    from allocator.cli.data import StatusAsked, show_status  # noqa: PLC0415 -- see the module's docstring

    return show_status(talk, StatusAsked(**asked))


@data.command(context_settings=SETTINGS)
@click.argument("ticker")
@interval_option
@day_option("--from", "since", "First day.")
@day_option("--to", "till", "Last day.")
@click.option("--adjust", type=ADJUST, help="Prices as traded, or adjusted. [none; with --plot, splits]")
@click.option("--last", type=click.IntRange(min=0), help="So many bars, 0 for all. [20; with --json and --csv, all]")
@click.option("--plot", metavar="FILE.png", type=click.Path(path_type=Path), help="Draw a picture too.")
@store_options
@json_option
@click.option("--csv", "as_csv", is_flag=True, help="Print the bars as CSV.")
@lang_option
@click.pass_obj
def show(talk: Talk, /, **asked: Any) -> int:  # noqa: ANN401
    """Show a security and its bars.

    --adjust splits joins what a paper traded as under older tickers and makes prices before a split comparable; total
    reinvests dividends after tax, too.
    """
    from allocator.cli.data import ShowAsked, show_series  # noqa: PLC0415

    return show_series(talk, ShowAsked(**asked))


@data.command(context_settings=SETTINGS)
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path, allow_dash=True))
@interval_option
@tickers_option
@day_option("--from", "since", "First day.")
@day_option("--to", "till", "Last day.")
@click.option("--adjust", type=ADJUST, default="none", help="Prices as traded, or adjusted. [none]")
@store_options
@lang_option
@click.pass_obj
def export(talk: Talk, /, **asked: Any) -> int:  # noqa: ANN401
    """Write bars to FILE: .csv, .csv.gz or .parquet; - prints CSV.

    Daily bars unless --interval hour. What is exported as traded can be imported, and is the same to the last digit.
    """
    from allocator.cli.data import ExportAsked, export_bars  # noqa: PLC0415

    return export_bars(talk, ExportAsked(**asked))


@data.command("import", context_settings=SETTINGS)
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@interval_option
@day_option("--adjusted-to", "adjusted_to", "Splits up to this day are worked into the prices, if nothing else tells.")
@click.option("--ticker", help="Whose history a file without a column ticker is. [its name]")
@click.option("--replace", is_flag=True, help="Believe the file where the store has other figures. [the store]")
@store_options
@json_option
@click.option("-q", "--quiet", is_flag=True, help="Print nothing but the answer and errors.")
@lang_option
@click.pass_obj
def import_(talk: Talk, /, quiet: bool, **asked: Any) -> int:  # noqa: ANN401
    """Fill the store from files, without a network.

    They are CSV, CSV.gz or Parquet. The first line names the columns: ticker,date,open,high,low,close,volume,value,
    board, with begin instead of date for hourly bars; date and close must be there. Importing twice changes nothing.
    """
    from allocator.cli.data import ImportAsked, import_files  # noqa: PLC0415

    talk.quiet = quiet
    return import_files(talk, ImportAsked(**asked))


@data.command(context_settings=SETTINGS)
@click.argument("ticker")
@click.argument("day", metavar="[DAY]", required=False, type=Day())
@interval_option
@store_options
@lang_option
@click.pass_obj
def accept(talk: Talk, /, **asked: Any) -> int:  # noqa: ANN401
    """Believe the exchange about TICKER, or its bars of DAY.

    A bar in quarantine is given to readers; a history that the exchange has rewritten is loaded anew.
    """
    from allocator.cli.data import AcceptAsked, accept_findings  # noqa: PLC0415

    return accept_findings(talk, AcceptAsked(**asked))


@data.command(context_settings=SETTINGS)
@click.argument("ticker")
@click.argument("day", type=Day())
@click.argument("ratio", metavar="[BEFORE:AFTER]", required=False)
@click.option("--remove", is_flag=True, help="Take the split of that day back.")
@store_options
@lang_option
@click.pass_obj
def split(talk: Talk, /, **asked: Any) -> int:  # noqa: ANN401
    """Declare that BEFORE shares became AFTER.

    DAY is the first at the new price. 1:100 when one became a hundred, 5000:1 for a consolidation.
    """
    from allocator.cli.data import SplitAsked, declare_split  # noqa: PLC0415

    return declare_split(talk, SplitAsked(**asked))
