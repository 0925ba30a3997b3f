"""A portfolio file that a person is writing on a page, before it is one: what is wrong with it, where its prices are.

What comes from a page names no file of this machine. `extends` is refused; `provider = FILE ...` means the table of
quotes that was pasted beside the text, whatever its path, and is refused without one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path

from allocator import config
from allocator.app.advice_quotes import Closes
from allocator.app.auto_targets import AutoTargets
from allocator.app.check import check
from allocator.app.rebalance import Rebalancer
from allocator.config.findings import Findings, Place
from allocator.config.layers import one_layer
from allocator.config.reading import NO_FILES, read_nothing
from allocator.core.errors import AllocatorError, ConfigError, MarketError, UsageError
from allocator.core.portfolio import Portfolio, Provider
from allocator.core.quote import Quotes
from allocator.core.text import Text, text
from allocator.market import QuoteProvider, pasted
from allocator.market.findings import MarketErrors
from allocator.store import Store

NAME = Path("portfolio.ini")
QUOTES = "quotes.csv"
LONGEST_SOLVE_S = 60.0
"""However long a text wants the solver to look: somebody waits for the page."""

_LINE = re.compile(r"^[a-z]+\.ini:([0-9]+)")


class Source(Enum):
    """Where prices come from: as the text says, the last closes of the store, the pasted table."""

    TEXT = "text"
    CLOSES = "closes"
    TABLE = "table"


@dataclass(frozen=True, slots=True)
class Draft:
    """What stands in the form: the text, a table of quotes as CSV, and which prices are asked for."""

    ini: str
    quotes: str = ""
    source: Source = Source.TEXT


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing that is wrong; `line` of the text, None where it is of the whole or of the quotes."""

    message: Text
    hint: Text | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Checked:
    """What `allocator check` would say: mistakes, or else the summary and its notes."""

    mistakes: tuple[Mistake, ...] = ()
    words: tuple[Text, ...] = ()

    @property
    def sound(self) -> bool:
        return not self.mistakes


def read(draft: Draft) -> Portfolio:
    """The portfolio of the text, with the source of quotes that was asked for: "STORE" are closes, "FILE" the table.

    Raises: `ConfigError` with every mistake at once; `UsageError` when the table is asked for and empty.
    """
    portfolio = config.parse(draft.ini, NAME, read=read_nothing)
    options, notes = portfolio.options, portfolio.notes
    if options.time_limit_s > LONGEST_SOLVE_S:
        options = replace(options, time_limit_s=LONGEST_SOLVE_S)
        notes = (
            *notes,
            text("the time limit is {seconds} {seconds:second|seconds} here", seconds=f"{LONGEST_SOLVE_S:g}"),
        )
    return replace(portfolio, options=replace(options, provider=_provider(draft, options.provider)), notes=notes)


def _provider(draft: Draft, named: Provider) -> Provider:
    table = Provider("FILE", Path(QUOTES))
    match draft.source:
        case Source.CLOSES:
            return Provider("STORE")
        case Source.TABLE if not draft.quotes.strip():
            raise UsageError(
                text("There is no table of quotes."), text("Paste one: its first line is ticker,bid,ask,lot.")
            )
        case Source.TABLE:
            return table
    if named.name != "FILE":
        return named
    if draft.quotes.strip():
        return table
    raise ConfigError(
        text("{place}: {what}.", place=str(_place_of_provider(draft.ini)), what=NO_FILES),
        text("Paste its table of quotes beneath the text, or take another source of quotes."),
    )


def _place_of_provider(ini: str) -> Place:
    layer = one_layer(ini, Place(NAME), Findings())
    return layer.entries["options", "market info provider"].place


def check_draft(draft: Draft, cases: Rebalancer) -> Checked:
    """What is wrong with the text, as far as that is known without the exchange. Quotes that were pasted are read.

    `cases` are those of `checking`.
    """
    try:
        portfolio = read(draft)
        first, *notes = check(cases, portfolio)
    except AllocatorError as error:
        return Checked(tuple(mistakes_of(error.lines)))
    return Checked(words=(first, *notes))


def mistakes_of(lines: Iterable[tuple[Text, Text | None]]) -> Iterable[Mistake]:
    """Findings of an error, each with its line of the text."""
    for message, hint in lines:
        place = _LINE.match(str(message))
        yield Mistake(message, hint, int(place[1]) if place else None)


class TableError(MarketErrors):
    """A table of quotes that was pasted beside the text is wrong: the mistake of its writer, not of the exchange."""

    http_status = ConfigError.http_status


@dataclass(frozen=True, slots=True)
class Table:
    """The pasted table of quotes."""

    content: str
    name: str = "FILE"

    def quotes(self, tickers: Sequence[str]) -> Quotes:
        """Raises: `TableError`, with all that is wrong in it."""
        try:
            return pasted(self.content, QUOTES).quotes(tickers)
        except MarketError as error:
            raise TableError(error.lines) from error


def local(spec: Provider, draft: Draft, store: Store) -> Table | Closes | None:
    """The source of quotes that asks nobody outside: the pasted table, the store's closes; None for any other."""
    match spec.name:
        case "FILE":
            return Table(draft.quotes)
        case "STORE":
            return Closes(store)
    return None


def checking(draft: Draft, store: Store, auto: AutoTargets) -> Rebalancer:
    """Use cases for `check_draft`: of sources of quotes they know the local ones."""

    def provider_of(spec: Provider) -> QuoteProvider:
        found = local(spec, draft, store)
        assert found is not None  # a check asks for the quotes of a file alone
        return found

    return Rebalancer(provider_of, auto=lambda: auto)
