# ruff: noqa: INP001 -- a script beside its data, not a package
"""Cut the samples' quotes from a recorded answer of the exchange.

    python samples/quotes/make.py [SHARES.json[.gz]] > samples/quotes/moex-2024-02-15.csv

The answer is that of `/iss/engines/stock/markets/shares/securities.json`; by default the one that the tests use.
Every share of TQBR and fund of TQTF is kept, sorted by ticker. A bid and an ask are written only when both
stand in an open, uncrossed book; `last` is the last deal of the day or, without one, the previous close. Times are
Moscow times of the quote, fifteen minutes before the answer was given.
"""

from __future__ import annotations

import csv
import gzip
import json
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

RECORDED = Path(__file__).parents[2] / "tests" / "data" / "iss" / "shares.json.gz"
BOARDS = ("TQBR", "TQTF")
COLUMNS = ("ticker", "bid", "ask", "last", "lot", "time", "board", "step", "decimals", "name")


def main() -> None:
    """Read the recorded answer, write the CSV on standard output."""
    source = Path(sys.argv[1]) if len(sys.argv) > 1 else RECORDED
    data = source.read_bytes()
    answer = json.loads(gzip.decompress(data) if source.suffix == ".gz" else data, parse_float=Decimal)
    market = {(row["SECID"], row["BOARDID"]): row for row in rows(answer["marketdata"])}
    sys.stdout.reconfigure(encoding="utf-8", newline="")  # type: ignore[union-attr] # a real stream
    table = csv.writer(sys.stdout, lineterminator="\n")
    table.writerow(COLUMNS)
    for security in sorted(rows(answer["securities"]), key=lambda row: str(row["SECID"])):
        if security["BOARDID"] in BOARDS:
            table.writerow(line(security, market[security["SECID"], security["BOARDID"]]))


def rows(block: dict[str, Any]) -> list[dict[str, Any]]:
    return [dict(zip(block["columns"], row, strict=True)) for row in block["data"]]


def line(security: dict[str, Any], market: dict[str, Any]) -> list[str]:
    bid, ask = market["BID"], market["OFFER"]
    if market["TRADINGSTATUS"] != "T" or bid is None or ask is None or bid >= ask:
        bid = ask = None
    last = security["PREVPRICE"] if market["LAST"] is None else market["LAST"]
    time = f"{market['SYSTIME'][:10]}T{market['UPDATETIME']}"
    step, decimals = security["MINSTEP"], security["DECIMALS"]
    return [
        security["SECID"],
        plain(bid),
        plain(ask),
        plain(last),
        str(security["LOTSIZE"]),
        time,
        security["BOARDID"],
        plain(step),
        str(decimals),
        security["SHORTNAME"],
    ]


def plain(number: Decimal | int | None) -> str:
    """The number in full, never as 5E-6; nothing for None."""
    return "" if number is None else format(Decimal(number), "f")


if __name__ == "__main__":
    main()
