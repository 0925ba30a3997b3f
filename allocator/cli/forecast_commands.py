"""The commands about forecasts and their options. As in `commands`, bodies load when they run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from allocator.cli.dividend_commands import Described
from allocator.cli.options import SETTINGS, interval_option, json_option, lang_option, store_options, workers_option
from allocator.cli.talk import Talk
from allocator.cli.usage import refuse_together

Option = Callable[[Callable[..., Any]], Callable[..., Any]]
Check = Callable[[click.Context, click.Parameter, str | None], tuple[Any, ...] | None]


def _listed(kind: type[int | float | str]) -> Check:
    """A check that an option is values of a kind between commas."""

    def checked(ctx: click.Context, parameter: click.Parameter, value: str | None) -> tuple[Any, ...] | None:
        if value is None:
            return None
        try:
            return tuple(kind(word) for word in value.split(","))
        except ValueError:
            raise click.BadParameter(f"{value} is not numbers between commas.", ctx, parameter) from None

    return checked


@click.group(cls=Described, context_settings=SETTINGS, no_args_is_help=False)
def experiment() -> None:
    """Repeat published experiments with networks on your own data."""


@experiment.command(context_settings=SETTINGS)
@click.option("--data", "data", metavar="FILE...", type=click.Path(path_type=Path), multiple=True,
              help="Histories of hourly bars: CSV, CSV.gz or Parquet.")  # fmt: skip
@click.argument("more", metavar="", nargs=-1, type=click.Path(path_type=Path))
@click.option("--iterations", metavar="1,2", callback=_listed(int), default="1,2",
              help="1: trained on 2020-2021, judged on 2022; 2: on 2020-2022, on 2023. [1,2]")  # fmt: skip
@click.option("--size", type=click.Choice(["small", "full"]), default="small",
              help="Small: two cores, two hours; full: as the paper, for a graphics card. [small]")  # fmt: skip
@click.option("--networks", metavar="A,B,...", callback=_listed(str),
              help="Of lstm, encoder, encoder-decoder, tsmixer. [all]")  # fmt: skip
@click.option("--inputs", metavar="A,B,...", callback=_listed(str),
              help="Of univariate, ta57, others. [all]")  # fmt: skip
@click.option("--lambdas", metavar="A,B,...", callback=_listed(float),
              help="The λ of the loss. [0,1,5,10,12,25,35,45,50]")  # fmt: skip
@click.option(
    "--seeds", metavar="N", type=click.IntRange(1, 1000), default=1, help="Trainings of each cell, to average. [1]"
)
@workers_option("Trainings at once, here or on Ray's machines; 0 shows what is there. [cores]", least=0)
@click.option("--device", type=click.Choice(["cpu", "cuda", "mps", "auto"]), default="cpu", help="[cpu]")
@click.option("--cache", metavar="FOLDER", type=click.Path(path_type=Path),
              help="Where finished cells are kept, to go on from. [the user's cache]")  # fmt: skip
@json_option
@click.option("--plot", metavar="FILE.png", type=click.Path(path_type=Path), help="Draw Winrate and MAPE against λ.")
@click.option("--markdown", metavar="FILE.md", type=click.Path(path_type=Path),
              help="Put the tables into this page, between its marks.")  # fmt: skip
@click.option("-q", "--quiet", is_flag=True, help="Print the answer alone.")
@lang_option
@click.pass_obj
def paper(talk: Talk, /, quiet: bool, data: tuple[Path, ...], more: tuple[Path, ...], **asked: Any) -> int:  # noqa: ANN401 -- click's values
    """Train four networks on three inputs for nine λ, and print the tables of D. Zelezetsky's paper beside his.

    It may be stopped at any time; the same command goes on where it was. docs/paper.md tells what is the same as in
    the paper and what differs.
    """
    from allocator.cli.experimenting import Asked, run  # noqa: PLC0415

    talk.quiet = quiet
    return run(talk, Asked(data=(*data, *more), **asked))


def shared_options(*, scope: Sequence[Option] = (), forms: Sequence[Option] = ()) -> Option:
    """What train, evolve and forecast have in common; with a command's own options about what and in which form."""
    options: tuple[Option, ...] = (
        interval_option,
        click.option("--horizon", metavar="N", type=click.IntRange(1, 1024),
                     help="Bars ahead. [settings' horizon, else by the log of trades]"),
        *scope,
        click.option("--device", type=click.Choice(["cpu", "cuda", "mps", "auto"]),
                     help="What networks compute on. [settings' device: cpu]"),
        workers_option("Models at work at once, here or on Ray's machines. [settings' workers, or one for each core]"),
        store_options,
        json_option,
        *forms,
        click.option("-q", "--quiet", is_flag=True, help="Print the answer alone: no notes, no progress."),
        lang_option,
        click.pass_obj,
    )  # fmt: skip

    def decorated(command: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(options):
            command = option(command)
        return command

    return decorated


def _refuse_beside_again() -> None:
    """The models of the store have what describes them already. Raises: `UsageError`."""
    context = click.get_current_context()
    for option in context.command.params:
        typed = context.get_parameter_source(option.name or "") is click.core.ParameterSource.COMMANDLINE
        described = option.name in {"network", "inputs", "lam", "window", "epochs", "seed", "count"}
        refuse_together((typed and described, "--again", option.opts[0]))


@click.command(context_settings=SETTINGS)
@click.option("--network", type=click.Choice(["lstm", "encoder", "encoder-decoder", "tsmixer", "wavenet"]),
              help="Of one kind. [each kind in turn]")  # fmt: skip
@click.option("--inputs", type=click.Choice(["univariate", "ta57", "supercandles57", "others", "context"]),
              default="ta57", help="What is seen of a bar: docs/features.md. [ta57]")  # fmt: skip
@click.option("--lambda", "lam", metavar="X", type=click.FloatRange(0, 1e6), default=0.0,
              help="Weight of a right direction in the loss. [0]")  # fmt: skip
@click.option("--window", metavar="N", type=click.IntRange(2, 4096), default=64, help="Bars looked back on. [64]")
@click.option("--epochs", metavar="N", type=click.IntRange(1, 1000), default=10,
              help="Passes over the history, at most. [10]")  # fmt: skip
@click.option("--seed", metavar="N", type=click.IntRange(0, 2**31 - 1001), default=0, help="Of the first model. [0]")
@click.option("--count", metavar="N", type=click.IntRange(1, 1000), default=1, help="Models to train. [1]")
@click.option("--again", is_flag=True, help="Train the models of the store again, on the newest bars.")
@shared_options()
def train(talk: Talk, /, quiet: bool, **asked: Any) -> int:  # noqa: ANN401
    """Train networks on the bars of the store, and keep them for forecasts.

    It may be stopped at any time; the same command goes on where it was. docs/forecast.md leads from an empty store to
    a forecast.
    """
    from allocator.cli.forecasting import TrainAsked, run_train  # noqa: PLC0415

    if asked["again"]:
        _refuse_beside_again()
    talk.quiet = quiet
    return run_train(talk, TrainAsked(**asked))


@click.command(context_settings=SETTINGS)
@shared_options(
    scope=[click.option("--portfolio", metavar="FILE.ini", type=click.Path(path_type=Path),
                        help="What is held: it is marked, and forecast even where it does not qualify."),
           click.option("--accounts", is_flag=True, help="What is held is what the accounts of the store hold.")],
    forms=[click.option("--csv", "as_csv", is_flag=True, help="Print the answer as CSV."),
           click.option("--plot", metavar="FILE.png", type=click.Path(path_type=Path),
                        help="Draw returns and their bounds.")],
)  # fmt: skip
def forecast(talk: Talk, /, quiet: bool, **asked: Any) -> int:  # noqa: ANN401
    """Forecast the returns of the securities that qualify, and say whether the forecast is worth anything.

    The models that `allocator train` left are asked together; their medians are printed as figures of a year.
    """
    from allocator.cli.forecasting import ForecastAsked, run_forecast  # noqa: PLC0415

    talk.quiet = quiet
    return run_forecast(talk, ForecastAsked(**asked))


@click.command(context_settings=SETTINGS)
@click.option("--steps", metavar="N", type=click.IntRange(min=1), help="So many trainings. [until stopped]")
@click.option("--minutes", metavar="M", type=click.FloatRange(min=0, min_open=True), help="So long. [until stopped]")
@click.option("--night", metavar="HOURS", type=click.FloatRange(min=0, min_open=True), default=8.0,
              help="As many models live as can be trained again in so long. [8]")  # fmt: skip
@click.option("--seed", metavar="N", type=click.IntRange(0, 2**31 - 1), help="Of chance. [that of the run before]")
@click.option("--holdout", is_flag=True, help="Show at the end how the best do on days that no choice has seen.")
@click.option("--anew", is_flag=True, help="Forget the state of the search; the models stay.")
@shared_options()
def evolve(talk: Talk, /, quiet: bool, **asked: Any) -> int:  # noqa: ANN401
    """Breed models: train a new one or an old one again, judge it beside the best, keep it or give it up.

    It may be stopped at any time (Ctrl+C): what was judged is kept, and the same command goes on where it was.
    docs/evolution.md has the rules.
    """
    from allocator.cli.evolving import Asked, run  # noqa: PLC0415

    talk.quiet = quiet
    return run(talk, Asked(**asked))


FORECAST_COMMANDS: Sequence[click.Command] = (train, evolve, forecast, experiment)
