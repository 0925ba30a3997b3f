"""What is wrong with several tickers at once, and what their names may have been meant to be."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from allocator.core.errors import MarketError
from allocator.core.text import Text, text

LONGEST_SHOWN = 40
MOST_COMPARED = 5_000  # words; in a longer list only those with the same first letter are looked at

Finding = tuple[Text, Text | None]  # message, hint


class MarketErrors(MarketError):  # noqa: N818 -- the plural of MarketError
    """Every finding about a portfolio's tickers, together: nobody mends a file one run at a time."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        self._findings = tuple(findings)
        super().__init__(*self._findings[0])

    @property
    def lines(self) -> Sequence[Finding]:
        return self._findings

    def __str__(self) -> str:
        return "\n".join(" ".join(str(part) for part in finding if part) for finding in self._findings)


def near(word: str, words: Iterable[str], count: int = 3) -> list[str]:
    """The words that this one may be a slip of, best first; empty when none is near. Letter case aside."""
    word = word.upper()
    reach = max(1, len(word) // 3)
    words = list(words)
    if len(words) > MOST_COMPARED:
        words = [known for known in words if known[:1].upper() == word[:1]][:MOST_COMPARED]

    def rank(known: str) -> tuple[float, bool, str]:
        # The same letters in another order is the likelier slip, so it goes before another letter.
        return slips(word, known.upper(), reach), sorted(word) != sorted(known.upper()), known

    return [known for distance, _, known in sorted(rank(known) for known in words) if distance <= reach][:count]


def slips(one: str, other: str, reach: int) -> int:
    """How many letters were left out, added, mistaken or swapped with their neighbour; above `reach` it only says so.

    Optimal string alignment distance.
    """
    if abs(len(one) - len(other)) > reach:
        return reach + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        earlier, before, row = before, row, [i]
        for j, wanted in enumerate(other, 1):
            best = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != wanted))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == wanted:
                best = min(best, earlier[j - 2] + 1)
            row.append(best)
    return row[-1]


def shown(value: str) -> str:
    """The user's own text as a one-line message may repeat it: short, every character visible."""
    visible = "".join(letter if letter.isprintable() else " " for letter in value[:LONGEST_SHOWN])
    return visible if len(value) <= LONGEST_SHOWN else f"{visible[:-1]}…"


def did_you_mean(words: Sequence[str]) -> Text | None:
    """The hint that offers these words; None when there are none."""
    return text("Did you mean {words}?", words=listed(words)) if words else None


def listed(words: Iterable[str]) -> str:
    return ", ".join(words)
