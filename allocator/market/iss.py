"""ISS, the exchange's information server: its address, its blocks of rows, and its ways of saying no.

A block is a table: `{"block": {"columns": [...], "data": [[...], ...]}}`, or with `iss.json=extended` a list of
objects. Columns come and go over the years, so rows are read by name and a column is missed only when it
is needed. An error may come inside an answer of status 200.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from allocator.core.errors import MarketError
from allocator.core.text import text
from allocator.market.failures import NOT_THE_SERVICE, TRY_LATER, Failure, NotServed, host_of
from allocator.market.http import Http

ISS_URL = "https://iss.moex.com/iss"

Row = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Block:
    """The rows of one block, by column name, and the columns that every row has."""

    columns: frozenset[str]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """A piece of a long block: each column's values, how many rows, and of how many in all, if the exchange says."""

    columns: Mapping[str, tuple[object, ...]]
    count: int
    total: int | None = None

    def rows(self) -> Iterator[Row]:
        names = list(self.columns)
        return (dict(zip(names, row, strict=True)) for row in zip(*self.columns.values(), strict=True))


class Iss:
    """Requests to ISS at `base_url`, through one HTTP session."""

    def __init__(self, http: Http, base_url: str = ISS_URL) -> None:
        self._http = http
        self._base_url = base_url.rstrip("/")

    @property
    def host(self) -> str:
        return host_of(self._base_url)

    def blocks(
        self, path: str, wanted: Mapping[str, Sequence[str]], params: Mapping[str, str] | None = None
    ) -> dict[str, Block]:
        """The wanted blocks of one answer: `wanted` maps each block to its columns (none: all of them).

        Raises: `MarketError`, also when a block is not in the answer.
        """
        query = {"iss.meta": "off", "iss.only": ",".join(wanted)}
        query |= {f"{block}.columns": ",".join(columns) for block, columns in wanted.items() if columns}
        document = self._http.json(f"{self._base_url}{path}.json", query | dict(params or {}), self._told_inside)
        return {name: self._block(name, document) for name in wanted}

    def page(
        self, path: str, block: str, columns: Sequence[str], params: Mapping[str, str], *, exact: bool = True
    ) -> Page:
        """One page of a block, by columns; `params` says from which row on. Numbers are floats unless `exact`.

        The block's cursor is asked for by name, for `iss.only` drops it otherwise.
        Raises: `MarketError`; `NotServed` when the block is not in the answer.
        """
        cursor = f"{block}.cursor"
        query = {"iss.meta": "off", "iss.only": f"{block},{cursor}", f"{block}.columns": ",".join(columns)}
        document = self._http.json(f"{self._base_url}{path}.json", {**query, **params}, self._told_inside, exact=exact)
        blocks = _all_blocks(document)
        found = _columns(blocks.get(block))
        if found is None:
            message = text("{host}: no block {block} in the answer.", host=self.host, block=block)
            raise NotServed(message, NOT_THE_SERVICE)
        count = len(next(iter(found.values()), ()))
        totals = (_columns(blocks.get(cursor)) or {}).get("TOTAL", ())
        total = totals[0] if totals and isinstance(totals[0], int) else None
        return Page(found, count, total)

    def required(self, name: str, block: Block, columns: Sequence[str]) -> None:
        """Raises: `MarketError` when rows came without one of these columns."""
        for column in columns:
            if block.rows and column not in block.columns:
                raise MarketError(
                    text("{host}: block {block} has no column {column}.", host=self.host, block=name, column=column),
                    text("The exchange has changed its format: update allocator, or use provider = FILE quotes.csv."),
                )

    def _told_inside(self, document: object) -> Failure | None:
        """An error inside a good answer; the exchange is busy, as a rule."""
        for rows in _all_blocks(document).values():
            first = rows[0] if isinstance(rows, list) and rows else None
            if isinstance(first, dict) and isinstance(first.get("error"), str):
                said = " ".join(first["error"].split())[:200]
                message = text('{host} says "{said}"', host=self.host, said=said)
                return Failure(message, TRY_LATER, transient=True)
        return None

    def _block(self, name: str, document: object) -> Block:
        rows = _rows(_all_blocks(document).get(name))
        if rows is None:
            message = text("{host}: no block {block} in the answer.", host=self.host, block=name)
            raise NotServed(message, NOT_THE_SERVICE)
        common = frozenset.intersection(*(frozenset(row) for row in rows)) if rows else frozenset()
        return Block(common, rows)


def _rows(block: object) -> tuple[Row, ...] | None:
    """The rows of a block of either shape; None when it has neither."""
    match block:
        case {"columns": [*columns], "data": [*data]}:
            names = [str(column) for column in columns]
            if all(isinstance(row, list) and len(row) == len(names) for row in data):
                return tuple(dict(zip(names, row, strict=True)) for row in data if isinstance(row, list))
        case [*objects]:
            rows = tuple(row for row in objects if isinstance(row, dict))
            return rows if len(rows) == len(objects) else None
    return None


def _columns(block: object) -> dict[str, tuple[object, ...]] | None:
    """The columns of a compact block; None when it is none, or its rows are of unequal length."""
    if not isinstance(block, dict):
        return None
    names, rows = block.get("columns"), block.get("data")
    if not isinstance(names, list) or not isinstance(rows, list):
        return None
    if not rows:
        return {str(name): () for name in names}
    if set(map(type, rows)) != {list} or set(map(len, rows)) != {len(names)}:
        return None
    return dict(zip(map(str, names), zip(*rows, strict=True), strict=True))


def _all_blocks(document: object) -> dict[str, object]:
    """Blocks by name, of either shape of answer."""
    if isinstance(document, list):
        return {name: block for part in document if isinstance(part, dict) for name, block in part.items()}
    return document if isinstance(document, dict) else {}
