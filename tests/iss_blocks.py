"""Blocks of ISS and the ways it writes them: the shape that all routes of the local exchange share."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Row = dict[str, Any]
Blocks = dict[str, "Block"]


@dataclass
class Block:
    columns: list[str]
    rows: list[Row]
    metadata: dict[str, Any] = field(default_factory=dict)


def rendered(blocks: Blocks, query: Mapping[str, str]) -> bytes:
    """The blocks as ISS writes them, cut to what the query asks for."""
    only = [name for name in query.get("iss.only", "").split(",") if name]
    whole: dict[str, object] = {}
    extended = query.get("iss.json") == "extended"
    for name, block in blocks.items():
        if only and name not in only:
            continue
        asked = [column for column in query.get(f"{name}.columns", "").split(",") if column]
        columns = [column for column in block.columns if not asked or column in asked]
        if extended:
            whole[name] = [{column: row[column] for column in columns} for row in block.rows]
            continue
        metadata = {column: block.metadata[column] for column in columns if column in block.metadata}
        shown = {} if query.get("iss.meta") == "off" else {"metadata": metadata}
        whole[name] = shown | {"columns": columns, "data": [[row[column] for column in columns] for row in block.rows]}
    document = [{"charsetinfo": {"name": "utf-8"}}, whole] if extended else whole
    return json.dumps(document, ensure_ascii=False).encode()


def table(columns: str, rows: Sequence[Sequence[object]]) -> Block:
    """A block from "a b c" and rows of as many values."""
    names = columns.split()
    return Block(names, [dict(zip(names, row, strict=True)) for row in rows])


def paged(block: Block, query: Mapping[str, str], size: int) -> Block:
    """The rows from `start` on, at most `size` of them."""
    start = int(query.get("start", 0))
    return Block(block.columns, block.rows[start : start + size], block.metadata)


def parsed(body: bytes) -> Blocks:
    """Blocks again, from a page that was rendered compact."""
    return {
        name: Block(raw["columns"], [dict(zip(raw["columns"], row, strict=True)) for row in raw["data"]])
        for name, raw in json.loads(body).items()
    }
