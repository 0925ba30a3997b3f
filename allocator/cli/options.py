"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from allocator.cli.talk import LANG_VARIABLE, Talk, language
from allocator.core.workers import MOST, Workers

SETTINGS: dict[str, Any] = {"help_option_names": ["-h", "--help"], "max_content_width": 110}

F = TypeVar("F", bound=Callable[..., Any])


def _speak(ctx: click.Context, _: click.Parameter, value: str) -> str:
    ctx.ensure_object(Talk).lang = value
    return value


def lang_option(command: F) -> F:
    return click.option(
        "--lang",
        type=click.Choice(["en", "ru"]),
        default=language,
        envvar=LANG_VARIABLE,
        is_eager=True,
        expose_value=False,
        callback=_speak,
        help="Language of the answer. [that of the locale, or $ALLOCATOR_LANG]",
    )(command)


def store_options(command: F) -> F:
    """Where the store is, for every command that reads or writes it: `store` and `config_file`."""
    command = click.option(
        "--store", metavar="URL", help="The store: a file, or postgresql://... [$ALLOCATOR_STORE, or the settings' url]"
    )(command)
    return click.option(
        "--config",
        "config_file",
        metavar="FILE.ini",
        type=click.Path(path_type=Path),
        help="Settings of the application. [$ALLOCATOR_CONFIG, or allocator.ini in the user's configuration folder]",
    )(command)


def json_option(command: F) -> F:
    return click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")(command)


def interval_option(command: F) -> F:
    return click.option("--interval", type=click.Choice(["day", "hour"]), help="Daily or hourly bars only.")(command)


class Tickers(click.ParamType):  # type: ignore[type-arg]  # generic since click 8.2
    """Tickers between commas."""

    name = "tickers"

    def convert(
        self, value: str | tuple[str, ...], param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        if isinstance(value, tuple):
            return value
        found = tuple(word.strip().upper() for word in value.split(",") if word.strip())
        return found or self.fail("no ticker. Write tickers between commas: SBER,GAZP.", param, ctx)


def tickers_option(command: F) -> F:
    return click.option("--tickers", metavar="A,B,...", type=Tickers(), help="These tickers only.")(command)


class Day(click.ParamType):  # type: ignore[type-arg]
    """A calendar day."""

    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:  # noqa: ANN401
        from datetime import date  # noqa: PLC0415 -- --help reads no dates

        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(value)
        except ValueError:
            return self.fail(f"{value!r} is no day. Write it as 2024-02-15.", param, ctx)


def day_option(flag: str, name: str, words: str) -> Callable[[F], F]:
    """An option that takes a day."""

    def decorated(command: F) -> F:
        return click.option(flag, name, metavar="YYYY-MM-DD", type=Day(), help=words)(command)

    return decorated


class WorkersType(click.ParamType):  # type: ignore[type-arg]
    """A number of processes, `ray`, `ray:N`, or `ray://HOST:PORT`, with `/N` for so many at once."""

    name = "workers"

    def __init__(self, least: int = 1) -> None:
        self._least = least

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int | str | None:  # noqa: ANN401
        if str(value) == "0" and self._least == 0:
            return 0
        try:
            return Workers.of(value).plain
        except ValueError:
            return self.fail(
                f"{value!r} is neither {self._least} to {MOST} nor ray, ray:N, ray://HOST:PORT.", param, ctx
            )


def workers_option(words: str, *, least: int = 1) -> Callable[[F], F]:
    """How many work at once, and where: `docs/machines.md`."""

    def decorated(command: F) -> F:
        return click.option("--workers", metavar="N|ray://HOST:PORT", type=WorkersType(least), help=words)(command)

    return decorated
