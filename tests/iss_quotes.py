"""The quotes of the local exchange: the recorded share market at any hour of its day."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from iss_blocks import Block, Blocks, Row

RECORDED = Path(__file__).parent / "data" / "iss" / "shares.json.gz"
DELAY = timedelta(minutes=15)
Edit = tuple[str, str | None, Row]  # ticker, board or all, cells


@cache
def recorded() -> Mapping[str, Any]:
    """The whole share market at 2024-02-15 18:09 Moscow time."""
    return json.loads(gzip.decompress(RECORDED.read_bytes()))


# --- the hour of the exchange


def before_opening(row: Row) -> Row:
    """No deal and no book yet."""
    return row | no_deals() | {"BID": None, "OFFER": None, "TRADINGSTATUS": "N"} | clocks("09:14:00", "09:29:00")


def opening(row: Row) -> Row:
    """The opening auction: the book is crossed, and no deal is made yet."""
    crossed = {"BID": row["OFFER"], "OFFER": row["BID"], "TRADINGSTATUS": "S"}
    return row | no_deals() | crossed | clocks("09:55:00", "10:10:00")


def closed(row: Row) -> Row:
    """The book is gone; the closing prices have come."""
    closing = dict.fromkeys(("CLOSEPRICE", "LCLOSEPRICE", "MARKETPRICETODAY"), row["LAST"])
    return row | closing | {"BID": None, "OFFER": None, "TRADINGSTATUS": "N"} | clocks("18:50:00", "19:05:00")


def no_deals() -> Row:
    return dict.fromkeys(("LAST", "OPEN", "HIGH", "LOW", "WAPRICE", "CHANGE"))


def clocks(quoted: str, loaded: str) -> Row:
    return {"UPDATETIME": quoted, "TIME": quoted, "SYSTIME": f"2024-02-15 {loaded}"}


PHASES: dict[str, Callable[[Row], Row]] = {
    "recorded": lambda row: row,
    "before": before_opening,
    "opening": opening,
    "closed": closed,
}


def recorded_blocks() -> Blocks:
    """A copy to be changed."""
    return {
        name: Block(
            list(raw["columns"]),
            [dict(zip(raw["columns"], row, strict=True)) for row in raw["data"]],
            raw.get("metadata", {}),
        )
        for name, raw in recorded().items()
    }


def at_this_hour(blocks: Blocks, phase: str, edits: Sequence[Edit], *, today: bool) -> Blocks:
    """The share market at its phase, with edited cells, and moved to now if asked."""
    market = blocks["marketdata"]
    market.rows = [PHASES[phase](row) for row in market.rows]
    for ticker, board, cells in edits:
        for block in blocks.values():
            for row in block.rows:
                if row.get("SECID") == ticker and board in {None, row["BOARDID"]}:
                    row.update({name: value for name, value in cells.items() if name in row})
    if today:
        move_to(datetime.now(UTC) + timedelta(hours=3), market.rows)
    return blocks


def chosen(blocks: Blocks, where: Mapping[str, str], query: Mapping[str, str]) -> Blocks:
    """The share market, one board of it, one ticker of it."""
    tickers = {where["ticker"]} if "ticker" in where else set(filter(None, query.get("securities", "").split(",")))
    for name in ("securities", "marketdata"):
        blocks[name].rows = [
            row
            for row in blocks[name].rows
            if where.get("board") in {None, row["BOARDID"]} and (not tickers or row["SECID"] in tickers)
        ]
    return blocks


def move_to(moment: datetime, rows: Iterable[Row]) -> None:
    """Shift the clocks of all rows so that the newest is loaded at this moment."""
    loaded = [datetime.fromisoformat(row["SYSTIME"]) for row in rows]
    shift = moment.replace(tzinfo=None, microsecond=0) - max(loaded)
    for row, time in zip(rows, loaded, strict=True):
        row["SYSTIME"] = str(time + shift)
        row["UPDATETIME"] = str((time + shift - DELAY).time())
