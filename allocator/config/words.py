"""The words that a file may use in one table: sections, keys, their values and defaults.

The reader checks files against it, errors draw their hints from it, and a test holds `docs/portfolio-file.md`
to it. The table of the portfolio file stands here, that of the settings in `settings_words.py`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from allocator.core.text import Text, text

TICKER = "TICKER"
"""Stands in the table where a section's keys are the names of assets."""

LONGEST_WORD = 60
LONGEST_KEY = 20
MANY = 1000


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a section; `value` completes "Write ..."."""

    section: str
    name: str
    value: Text
    default: Text | str
    other_name: str | None = None


_FEE = text("money (2), a percentage of the deal (0.3%) or both (1 + 0.05%)")
_MONEY = text("an amount of money, such as 104.26")
_ZERO = text("0")

KEYS = (
    Key("have", TICKER, text("a number of units, such as 12 or 5.1"), _ZERO),
    Key("want", TICKER, text("units (10), a percentage (12.5%) or auto"), text("0 units")),
    Key("commission", TICKER, _FEE, text("commission of [options]")),
    Key("trade", TICKER, text("BUY, SELL, KEEP or TRADE"), text("TRADE")),
    Key("lot", TICKER, text("units per lot, a whole number from 1"), text("the exchange's lot, else 1")),
    Key("cash", "have", _MONEY, _ZERO),
    Key("cash", "want", text("an amount of money (100) or a percentage (5%)"), text("none: cash is free")),
    Key("cash", "withdraw", _MONEY, _ZERO),
    Key("options", "commission", _FEE, _ZERO),
    Key("options", "use all cash", text("yes or no"), text("no"), "no more deals"),
    Key("options", "max deals", text("a whole number; 0 sets no limit"), _ZERO),
    Key("options", "market info provider", text("MOEX, YAHOO FINANCE or FILE path.csv"), text("MOEX"), "provider"),
    Key("options", "model", text("LAD or LSAPPROX"), text("LAD")),
    Key("options", "time limit", text("seconds above 0, such as 30"), text("30")),
    Key("options", "gap", text("a percentage of the portfolio's value, such as 0.01%"), text("exact")),
    Key("forecast", "risk aversion", text("a number above 0, such as 5"), text("5")),
    Key("forecast", "horizon", text("a whole number of trading days from 1"), text("21")),
    Key("forecast", "minimum agreement", text("a percentage of the models, such as 60%"), text("0%")),
    Key("forecast", "cap", text("a percentage above 0%, such as 25%"), text("none")),
    Key("forecast", "shrink", text("on, off, or the percentage of the forecast to keep, such as 30%"), text("on")),
    Key("forecast", "fallback", text("EQUAL, MARKET or KEEP"), text("none")),
    Key("forecast", "maximum age", text("a whole number of days from 1"), text("7")),
    Key("file", "extends", text("the path of another portfolio file, relative to this one"), text("none")),
)


@dataclass(frozen=True, slots=True)
class Words:
    """What one kind of file may say. A `discreet` one may hold what is nobody's business: errors repeat little."""

    keys: tuple[Key, ...]
    discreet: bool = False

    @property
    def sections(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(key.section for key in self.keys))

    def key_of(self, section: str, name: str) -> Key | None:
        """The key that either of its names stands for; None for a name that the section does not know."""
        for key in self.keys:
            if key.section == section and (key.name in (TICKER, name) or key.other_name == name):
                return key
        return None

    def of_tickers(self, section: str) -> bool:
        """Whether the section's keys are the names of assets."""
        return any(key.section == section and key.name == TICKER for key in self.keys)

    def expected(self, section: str, name: str) -> Text:
        """The hint that says what to write as a key's value."""
        key = self.key_of(section, name)
        assert key
        return text("Write {value}.", value=key.value)

    def names_in(self, section: str) -> list[str]:
        """The keys of a section by all their names."""
        return [name for key in self.keys if key.section == section for name in (key.name, key.other_name) if name]

    def sections_with(self, name: str) -> list[str]:
        """The sections that know a key of this name."""
        return [key.section for key in self.keys if name in (key.name, key.other_name)]

    def repeated_key(self, key: str) -> str:
        """As much of an unknown key as an error may repeat: what is long is a secret without its key, as a rule."""
        return "" if self.discreet and len(key) > LONGEST_KEY else key

    def repeated_line(self, line: str) -> str:
        """As much of a line that is no `key = value` as an error may repeat: the key that it begins with."""
        if not self.discreet:
            return line
        return next((key.name for key in self.keys if line.lower().startswith(key.name)), "")


PORTFOLIO = Words(KEYS)
SECTIONS = PORTFOLIO.sections
BY_TICKER = frozenset(section for section in SECTIONS if PORTFOLIO.of_tickers(section))


def nearest(word: str, choices: Iterable[str]) -> str | None:
    """The choice that was probably meant: one that begins with the word, or the most alike."""
    if len(word) > LONGEST_WORD:
        return None
    some = [choice for choice, _ in zip(choices, range(MANY), strict=False)]
    if len(word) > 2 and (longer := [choice for choice in some if choice.startswith(word)]):
        return longer[0]
    return next(iter(get_close_matches(word, some, n=1)), None)


def did_you_mean(word: str, choices: Iterable[str], otherwise: Text) -> Text:
    """A hint that names the nearest valid word, or says what is valid."""
    near = nearest(word, choices)
    return text("Did you mean {word}?", word=near) if near else otherwise
