"""How many workers there are and where, as a person says it: 4, ray, ray:4, ray://host:10001, ray://host:10001/4."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

MOST = 1024
HERE = "ray"  # the address of a Ray that is started on this machine, for as long as the work takes

_HOST = r"[A-Za-z0-9_-][A-Za-z0-9._-]*|\[[0-9A-Fa-f:.]+\]"
_RAY = re.compile(rf"ray(?::(?P<here>[0-9]+))?|ray://(?P<host>{_HOST}):(?P<port>[0-9]+)(?:/(?P<there>[0-9]+))?")


@dataclass(frozen=True, slots=True)
class Workers:
    """`count` at once, None for as many as there are processors.

    `address`: None for processes of this machine, else "ray" or "ray://host:port".
    """

    count: int | None = None
    address: str | None = None

    @classmethod
    def of(cls, said: int | str | None) -> Self:
        """Raises: `ValueError` for what is none of these."""
        if said is None or isinstance(said, int):
            return cls(None if said is None else _count(str(said)))
        said = said.strip()
        if said.isascii() and said.isdecimal():
            return cls(_count(said))
        found = _RAY.fullmatch(said)
        if not found:
            raise ValueError(said)
        number = found["here"] or found["there"]
        if found["host"] is None:
            return cls(_count(number), HERE)
        if not 1 <= int(found["port"]) <= 65535:
            raise ValueError(said)
        return cls(_count(number), f"ray://{found['host']}:{int(found['port'])}")

    @property
    def plain(self) -> int | str | None:
        """As it would be said; `of` is the inverse."""
        if self.address is None:
            return self.count
        if self.count is None:
            return self.address
        return f"{self.address}{':' if self.address == HERE else '/'}{self.count}"


def _count(number: str | None) -> int | None:
    if number is None:
        return None
    if not 1 <= int(number) <= MOST:
        raise ValueError(number)
    return int(number)
