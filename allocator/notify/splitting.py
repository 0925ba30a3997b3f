"""Text cut into pieces that a server takes, where a reader minds it least."""

from __future__ import annotations

import re

_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_LINE_ENDS = re.compile("\r\n?|\u2028|\u2029|\x85")


def cleaned(words: str) -> str:
    r"""The words without what servers refuse or what lies to the eye.

    Control characters other than \n and \t, halves of surrogate pairs, and the marks that turn the direction of
    writing, by which a hostile name shows something else than it is.
    """
    return _UNSEEN.sub("\N{REPLACEMENT CHARACTER}", _LINE_ENDS.sub("\n", words))


def one_line(words: str, longest: int) -> str:
    """The words on one line of at most so many code points."""
    line = " ".join(cleaned(words).split())
    return line if len(line) <= longest else line[: longest - 1] + "…"


def units(words: str) -> int:
    """The length in UTF-16 code units, in which Telegram counts."""
    return len(words) + sum(character > "\uffff" for character in words)


def pieces(words: str, limit: int) -> list[str]:
    """The words in pieces of 1 to `limit` (2 or more) UTF-16 code units, without blanks around them.

    Cut at the end of a line, else at a space, else between two characters.
    """
    found = []
    rest = words.strip()
    while units(rest) > limit:
        head = _head(rest, limit)
        cut = _end(head, rest[len(head)])
        found.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [*found, rest] if rest else found


def _end(head: str, after: str) -> int:
    """Where a piece that may be as long as `head` ends best, `after` being the character that follows."""
    for kind in ("\n", " "):
        if after == kind:
            return len(head)
        if (at := head.rfind(kind)) > 0:
            return at
    return len(head)


def _head(words: str, limit: int) -> str:
    """As much of the beginning as fits. Never half a character: Python's are whole."""
    head = words[:limit]
    while units(head) > limit:
        head = head[: len(head) - max(1, (units(head) - limit) // 2)]
    return head
