"""Readers of values: the text after `=` to a number, a target, a fee, an option.

Each raises `BadValueError` for text that it cannot take. Numbers are exact and bounded, so that sums and products
of them fit the decimals in which plans are computed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import TypeVar

from allocator.config.findings import BadValueError, shown
from allocator.config.words import nearest
from allocator.core.portfolio import (
    ZERO,
    Auto,
    CashTarget,
    Fallback,
    Fee,
    Model,
    Money,
    Percent,
    Permission,
    Provider,
    Target,
    Units,
)
from allocator.core.text import Text, text

WHOLE_DIGITS = 15
DECIMALS = 18  # crypto-currencies are held to this many
LARGEST_AVERSION = 1000  # the risk alone decides long before
LONGEST_DAYS = 10_000

_SPACES = re.compile("[\t\u00a0\u2009\u202f]")
_NUMBER = re.compile(
    r"(?P<sign>[+\-−]?)"
    r"(?P<digits>(?:[0-9]{1,3}(?:[ _][0-9]{3})+|[0-9]+)(?:\.[0-9]*)?|\.[0-9]+)"
    r"(?:[eE](?P<exponent>[+-]?[0-9]+))?"
)
_NOT_FINITE = frozenset({"inf", "infinity", "∞", "nan"})
_PLUS = re.compile(r"(?<![eE])\+")

E = TypeVar("E", bound=Enum)


def number(raw: str) -> Decimal:
    """A real number, 0 or more: below 10^15, with at most 18 decimals."""
    return _number(raw, shown(raw))


def _number(raw: str, said: str) -> Decimal:
    """The number; errors repeat `said`."""
    spaced = _SPACES.sub(" ", raw).strip()
    found = _NUMBER.fullmatch(spaced)
    if not found:
        raise _not_a_number(spaced, said)
    value = _bounded(found["digits"], found["exponent"] or "0", said)
    if value and found["sign"] not in {"", "+"}:
        raise BadValueError(text("{value} is negative", value=said))
    return value


def _bounded(digits: str, exponent: str, said: str) -> Decimal:
    plain = digits.replace(" ", "").replace("_", "")
    if not plain.strip("0."):
        return ZERO
    if len(exponent.lstrip("+-0")) > 3:
        exponent = "-999" if exponent.startswith("-") else "999"
    value = Decimal(f"{plain}e{exponent}")
    if value.adjusted() >= WHOLE_DIGITS:
        raise BadValueError(
            text("{value} is too large", value=said),
            text("Numbers have at most {count} digits before the point.", count=WHOLE_DIGITS),
        )
    places = value.as_tuple().exponent
    if isinstance(places, int) and places < -DECIMALS:
        raise BadValueError(
            text("{value} is too fine", value=said),
            text("Numbers have at most {count} digits after the point.", count=DECIMALS),
        )
    return Decimal(format(value, "f"))  # 1e5 as 100000


def _not_a_number(raw: str, said: str) -> BadValueError:
    if raw.lstrip("+-−").lower() in _NOT_FINITE:
        return BadValueError(text("{value} is not a finite number", value=said))
    if "," in raw and _NUMBER.fullmatch(raw.replace(",", "")):
        return BadValueError(text("{value} has a comma", value=said), _without_comma(said))
    if _NUMBER.fullmatch(raw.replace(" ", "").replace("_", "")):
        return BadValueError(
            text("{value} has a separator that does not part thousands", value=said),
            text("Write thousands as 1 000 000 or 1_000_000."),
        )
    return BadValueError(text("{value} is not a number", value=said))


def _without_comma(said: str) -> Text:
    plain = said.replace(",", "")
    if said.count(",") > 1 or "." in said:
        return text("Write {plain}: a space or _ parts thousands.", plain=plain)
    point = said.replace(",", ".")
    if re.search(",[0-9]{3} ?%?$", said):
        return text("Write {point} or {plain}: the decimal separator is a point.", point=point, plain=plain)
    return text("Write {point}: the decimal separator is a point.", point=point)


def percentage(raw: str) -> Decimal | None:
    """The number before a `%` sign; None without the sign."""
    return _number(raw[:-1], shown(raw)) if raw.endswith("%") else None


def held(raw: str) -> Decimal:
    """How many units are held."""
    if raw.endswith("%"):
        raise BadValueError(
            text("{value} is not a number of units", value=shown(raw)), text("Write percentages in [want].")
        )
    return number(raw)


def target(raw: str) -> Target:
    """What is wanted of an asset."""
    if raw.lower() == "auto":
        return Auto()
    percent = percentage(raw)
    return Units(number(raw)) if percent is None else Percent(percent)


def cash_target(raw: str) -> CashTarget:
    """What is wanted of cash."""
    percent = percentage(raw)
    return Money(number(raw)) if percent is None else Percent(percent)


def fee(raw: str) -> Fee:
    """Money, `N%` of the deal, or one of each with a plus between."""
    parts = [part.strip() for part in _PLUS.split(raw)]
    percents = [part for part in parts if part.endswith("%")]
    if len(percents) > 1 or len(parts) - len(percents) > 1 or "" in parts:
        raise BadValueError(text("{value} is not a fee", value=shown(raw)))
    fixed, rate = ZERO, ZERO
    for part in parts:
        percent = percentage(part)
        if percent is None:
            fixed = number(part)
        else:
            rate = _share(percent, raw)
    return Fee(fixed, rate)


def gap(raw: str) -> Decimal:
    """A percentage of the portfolio's value, as a share of it."""
    return share(raw)


def share(raw: str) -> Decimal:
    """A percentage as a share, 0..1."""
    percent = percentage(raw)
    if percent is None:
        raise BadValueError(text("{value} has no % sign", value=shown(raw)))
    return _share(percent, raw)


def _share(percent: Decimal, raw: str) -> Decimal:
    if percent > 100:
        raise BadValueError(text("{value} is more than 100%", value=shown(raw)))
    return percent.scaleb(-2)


def count(raw: str) -> int:
    """A whole number, 0 or more."""
    value = number(raw)
    if value != int(value):
        raise BadValueError(text("{value} is not a whole number", value=shown(raw)))
    return int(value)


def limit(raw: str) -> int | None:
    """A whole number, or 0 for no limit."""
    return count(raw) or None


def days(raw: str) -> int:
    """A whole number of days, from 1."""
    value = count(raw)
    if not 1 <= value <= LONGEST_DAYS:
        raise BadValueError(
            text("{value} is not between 1 and {most} days", value=shown(raw), most=LONGEST_DAYS),
        )
    return value


def aversion(raw: str) -> Decimal:
    """What variance is multiplied by: above 0."""
    value = number(raw)
    if not 0 < value <= LARGEST_AVERSION:
        raise BadValueError(text("{value} is not above 0 and at most {most}", value=shown(raw), most=LARGEST_AVERSION))
    return value


def cap(raw: str) -> Decimal:
    """A percentage above 0, as a share."""
    value = share(raw)
    if not value:
        raise BadValueError(text("a cap of {value} leaves nothing to give out", value=shown(raw)))
    return value


def kept(raw: str) -> Decimal | None:
    """How much of a forecast to keep: `off` all of it, `on` what its verdict says, which is None."""
    words = {"on": None, "off": Decimal(1)}
    if raw.lower() in words:
        return words[raw.lower()]
    if not raw.endswith("%"):
        raise BadValueError(text("{value} is neither on nor off nor a percentage", value=shown(raw)))
    return share(raw)


def fallback(raw: str) -> Fallback:
    """What `auto` means without a forecast."""
    return _member(raw, Fallback)


def lot(raw: str) -> int:
    """Units per lot."""
    units = count(raw)
    if not units:
        raise BadValueError(text("a lot has at least 1 unit"))
    return units


def seconds(raw: str) -> float:
    """A time above 0."""
    value = number(raw)
    if not value:
        raise BadValueError(text("a time limit is above 0"))
    return float(value)


def yes_or_no(raw: str) -> bool:
    """A yes or a no in any of their spellings."""
    words = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
    if raw.lower() not in words:
        raise BadValueError(text("{value} is neither yes nor no", value=shown(raw)))
    return words[raw.lower()]


def permission(raw: str) -> Permission:
    """Which deals are allowed."""
    return _member(raw, Permission)


def model(raw: str) -> Model:
    """How deviations are counted."""
    return _member(raw, Model)


def _member(raw: str, kind: type[E]) -> E:
    words = {str(member.value): member for member in kind}
    word = raw.upper()
    if word not in words:
        raise _unknown(raw, words)
    return words[word]


def provider(raw: str) -> Provider:
    """Where quotes come from; the path of `FILE` is as written."""
    words = raw.split(None, 1)
    name = " ".join(raw.upper().split())
    if words[0].upper() == "FILE":
        if len(words) == 1:
            raise BadValueError(
                text("FILE needs the path of a CSV file"),
                text("Write FILE quotes.csv: the path is relative to this file."),
            )
        return Provider("FILE", path(words[1]))
    if name in {"IEX TRADING", "IEX"}:
        raise BadValueError(text("{name} closed in 2024 and gives no quotes", name="IEX TRADING"))
    if name not in {"MOEX", "YAHOO FINANCE"}:
        raise _unknown(raw, ("MOEX", "YAHOO FINANCE", "FILE"))
    return Provider(name)


def path(raw: str) -> Path:
    """A path as written, in its own case; quotes around it are dropped."""
    if len(raw) > 2 and raw[0] == raw[-1] and raw[0] in "\"'":
        raw = raw[1:-1]
    return Path(raw)


def _unknown(raw: str, words: Iterable[str]) -> BadValueError:
    near = nearest(raw.upper(), words)
    return BadValueError(
        text("{value} is unknown", value=shown(raw)), text("Did you mean {word}?", word=near) if near else None
    )
