"""What may name an asset."""

from __future__ import annotations

import re

from allocator.config.findings import BadValueError, shown
from allocator.core.text import Text, text

LONGEST = 40

_TICKER = re.compile(r"(?:\w+:)?[\w^][\w.&/^-]*")
_LATIN = re.compile("[A-Za-z]")
_CYRILLIC = re.compile("[А-Яа-яЁё]")
_ODD = re.compile("[^A-Za-zА-Яа-яЁё0-9_.:&/^-]")


def ticker(raw: str) -> str:
    """The asset's name in upper case: `SBER`, `TQTF:FXRU`, `BRK.B`, `BTC-USD`, `^GSPC`.

    Cyrillic names serve quotes of one's own (`FILE`). A mixture is refused: no exchange has one, and a Cyrillic С
    in a Latin ticker cannot be seen.

    Raises: `BadValueError`.
    """
    odd = _ODD.search(raw)
    if odd:
        raise _refused(text("{character} does not belong in a ticker", character=_named(odd[0])))
    if len(raw) > LONGEST:
        raise _refused(text("a ticker has at most {count} characters", count=LONGEST))
    if not _TICKER.fullmatch(raw):
        raise _refused(text("this is not a ticker"))
    latin, cyrillic = _LATIN.findall(raw), _CYRILLIC.findall(raw)
    if latin and cyrillic:
        raise BadValueError(
            text(
                "the ticker mixes alphabets: Latin {latin}, Cyrillic {cyrillic}",
                latin="".join(latin),
                cyrillic="".join(cyrillic),
            ),
            text("Type all of it in Latin letters."),
        )
    return raw.upper()


def _named(character: str) -> Text | str:
    return text("a space") if character.isspace() else shown(character)


def _refused(what: Text) -> BadValueError:
    return BadValueError(what, text("Tickers look like SBER, TQTF:FXRU, BRK.B, BTC-USD or ^GSPC."))
