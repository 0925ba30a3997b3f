"""What is worth telling: facts compared with what was told last. Pure; `messaging` puts what comes of it in the outbox.

Each function takes the state of what was told last of its thing (None before the first time) and gives `News` with the
state of now, or None where there is nothing new. States are what JSON can say.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from pathlib import Path

from allocator.core.errors import AllocatorError
from allocator.core.portfolio import ZERO
from allocator.core.text import Text, text
from allocator.history.dividends import Missing
from allocator.report import numbers

State = None | str | Sequence[str]
BUY, SELL = "buy ", "sell "
ACCOUNTS = "--accounts"  # what all accounts of the store together are told as: `allocator recommend --accounts`
GONE = {BUY: text("Not to buy any more"), SELL: text("Not to sell any more")}


class Kind(Enum):
    """Kinds of news; those of one kind about the same thing share a cooldown."""

    FAILURE = "failure"
    EVENT = "event"
    VALUE = "value"
    RECOMMENDATION = "recommendation"
    DIVIDENDS = "dividends"
    LEAVE = "leave"


@dataclass(frozen=True, slots=True)
class News:
    """Something to tell. `quiet`: only to be remembered; `urgent`: whatever was told a moment ago."""

    kind: Kind
    about: str
    state: State
    subject: Text
    lines: tuple[Text, ...] = ()
    quiet: bool = False
    urgent: bool = False

    def key(self, before: str) -> str:
        """Names this change: the same news after the same message (of key `before`) has the same key.

        So what is told twice by two processes, or by one that was killed, is one message; and what comes back after it
        had gone is another.
        """
        said = json.dumps([self.kind.value, self.about, self.state, before], ensure_ascii=True)
        return hashlib.sha256(said.encode()).hexdigest()[:40]


@dataclass(frozen=True, slots=True)
class Deal:
    """What is recommended of a security: `lots` to buy (above 0) or to sell (below), `price` of a unit."""

    ticker: str
    lots: int
    units: Decimal
    price: Decimal

    @property
    def state(self) -> str:
        return (BUY if self.lots > 0 else SELL) + self.ticker


def _name(about: str) -> Text | str:
    return text("Portfolio") if about == ACCOUNTS else Path(about).name


def value_changed(previous: State, now: Decimal, threshold: Decimal, *, about: str) -> News | None:
    """The portfolio's value moved by at least this share of the value that was told last.

    The first value is remembered and not told; so is one after a value of 0.
    """
    state, name = str(now), _name(about)
    before = Decimal(previous) if isinstance(previous, str) else ZERO
    if before <= 0:
        return News(Kind.VALUE, about, state, text("{name}", name=name), quiet=True)
    change = now / before - 1
    if not change or abs(change) < threshold:
        return None
    percent = ("+" if change > 0 else "") + numbers.percent(change)
    said = text("The value was {before}, now it is {now}.", before=numbers.money(before), now=numbers.money(now))
    return News(Kind.VALUE, about, state, text("{name}: {change}", name=name, change=percent), (said,))


def recommendation_changed(previous: State, deals: Sequence[Deal], *, about: str) -> News | None:
    """Other securities are to be bought or sold than was told last; how many of them may change without a word."""
    state, name = sorted(deal.state for deal in deals), _name(about)
    before = _listed(previous)
    if state == sorted(before):
        return None
    subject = text("{name}: recommendations have changed", name=name)
    if not deals:
        lines = [text("Nothing is recommended any more.")]
    else:
        lines = [_of_deal(deal) for deal in sorted(deals, key=lambda deal: (deal.lots > 0, deal.ticker))]
        for side, said in GONE.items():
            gone = sorted(each.removeprefix(side) for each in {*before} - {*state} if each.startswith(side))
            lines += [text("{what}: {tickers}.", what=said, tickers=", ".join(gone))] if gone else []
    lines.append(text("The reasons: allocator recommend {path}", path=about))
    return News(Kind.RECOMMENDATION, about, state, subject, tuple(lines))


def dividends_missing(previous: State, missing: Sequence[Missing], *, about: str) -> News | None:
    """Registers of held securities of which no source knows a dividend, and which were not told of yet."""
    state = sorted(f"{each.ticker} {each.record_date}" for each in missing)
    new = [each for each in missing if f"{each.ticker} {each.record_date}" not in _listed(previous)]
    subject = text("Dividends are missing: {tickers}", tickers=_short([each.ticker for each in new]))
    lines = [
        text("{ticker}, register of {day}: {command}", ticker=each.ticker, day=each.record_date, command=each.command)
        for each in new
    ]
    return _of_list(Kind.DIVIDENDS, about, previous, state, subject, lines)


def should_leave(previous: State, leaving: Mapping[str, Text | None], *, about: str) -> News | None:
    """Held securities that do not qualify any more, with the reasons, and which were not told of yet."""
    state = sorted(leaving)
    new = {ticker: leaving[ticker] for ticker in state if ticker not in _listed(previous)}
    subject = text("{name}: should leave: {tickers}", name=_name(about), tickers=_short(list(new)))
    lines = [
        text("{ticker}: {reason}.", ticker=ticker, reason=reason or text("it does not qualify"))
        for ticker, reason in new.items()
    ]
    return _of_list(Kind.LEAVE, about, previous, state, subject, lines)


def failed(previous: State, step: str, error: AllocatorError) -> News | None:
    """A step failed in another way than was told last: reported once, however often it is tried again."""
    state = " / ".join(dict.fromkeys(_shape(message) for message, _ in error.lines))
    if state == previous:
        return None
    lines = [part for pair in error.lines for part in pair if part is not None]
    return News(Kind.FAILURE, step, state, text("{step} failed", step=step), tuple(lines))


def recovered(previous: State, step: str) -> News | None:
    """A step that was told to fail has succeeded."""
    if not previous:
        return None
    lines = (text("It went through again."),)
    return News(Kind.FAILURE, step, None, text("{step} works again", step=step), lines, urgent=True)


def happened(previous: State, about: str, mark: str, subject: Text, lines: Sequence[Text] = ()) -> News | None:
    """A key event; `mark` tells it from others of its thing: the number of a run, the day of a backup."""
    if mark == previous:
        return None
    return News(Kind.EVENT, about, mark, subject, tuple(lines), urgent=True)


def _of_list(
    kind: Kind, about: str, previous: State, state: list[str], subject: Text, lines: Sequence[Text]
) -> News | None:
    """News of what came; what only went is remembered in silence, so that it is told when it comes back."""
    if not lines and state == sorted(_listed(previous)):
        return None
    return News(kind, about, state, subject, tuple(lines), quiet=not lines)


def _listed(state: State) -> Sequence[str]:
    return () if state is None or isinstance(state, str) else state


def _of_deal(deal: Deal) -> Text:
    figures = {
        "ticker": deal.ticker,
        "lots": abs(deal.lots),
        "units": numbers.units(abs(deal.units)),
        "price": numbers.units(deal.price),
    }
    if deal.lots > 0:
        return text("Buy {ticker}: lots {lots} (units {units}) at {price}", **figures)
    return text("Sell {ticker}: lots {lots} (units {units}) at {price}", **figures)


def _short(tickers: Sequence[str], most: int = 5) -> str:
    names = list(dict.fromkeys(tickers))
    return ", ".join(names[:most]) + (", ..." if len(names) > most else "")


def _shape(sentence: Text) -> str:
    """What a sentence says, but for its figures, which differ from one try to the next; words of no template count."""
    inner = [_shape(value) for value in sentence.values.values() if isinstance(value, Text)]
    if sentence.template == "{message}":
        return str(sentence)
    return " < ".join([sentence.template, *inner])
