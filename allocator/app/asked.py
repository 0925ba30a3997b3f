"""What the command line says, in the words of the portfolio file, as values."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

from allocator.app.rebalance import Overrides
from allocator.config import values
from allocator.config.findings import BadValueError
from allocator.core.errors import UsageError
from allocator.core.portfolio import Model, Provider
from allocator.core.text import text

T = TypeVar("T")


def overrides(
    *,
    provider: str | None = None,
    quotes: Path | None = None,
    model: str | None = None,
    time_limit_s: float | None = None,
    gap: str | None = None,
) -> Overrides:
    """The options as values. Paths are relative to the working directory.

    Raises: `UsageError` for a value that the option cannot take, or two sources of quotes.
    """
    if provider is not None and quotes is not None:
        raise UsageError(text("--provider and --quotes both say where quotes come from."), text("Give one of them."))
    return Overrides(
        provider=Provider("FILE", quotes) if quotes else _read("--provider", values.provider, provider),
        model=Model(model) if model else None,
        time_limit_s=time_limit_s,
        gap=_read("--gap", _gap, gap),
    )


def money(option: str, raw: str | None) -> Decimal | None:
    """An amount of money; None for an option that is not given.

    Raises: `UsageError`.
    """
    return _read(option, values.number, raw)


def _gap(raw: str) -> Decimal:
    return values.gap(raw if raw.endswith("%") else f"{raw}%")


def _read(option: str, reader: Callable[[str], T], raw: str | None) -> T | None:
    if raw is None:
        return None
    if not raw.strip():
        raise UsageError(text("{option} has no value.", option=option))
    try:
        return reader(raw.strip())
    except BadValueError as error:
        raise UsageError(text("{option}: {what}.", option=option, what=error.what), error.hint) from error
