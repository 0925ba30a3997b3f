# ruff: noqa: INP001 -- a script beside its data, not a package
"""Cuts the history of the backtest's sample from a longer one: `python make_history.py bars_2014_2024.csv.gz`.

The source is the daily bars of the Moscow Exchange in the repository XCemaXX/moex-momentum (MIT), raw as the exchange
gave them.
"""

from __future__ import annotations

import csv
import gzip
import io
import sys
from pathlib import Path

TICKERS = ("GAZP", "GMKN", "LKOH", "SBER", "TATN")
SINCE, TILL = "2017-01-01", "2019-12-31"
COLUMNS = ("ticker", "date", "open", "high", "low", "close", "volume", "value", "board")
TARGET = Path(__file__).with_name("leaders-2017-2019.csv.gz")


def cut(source: Path) -> str:
    """The rows of these tickers and days, as CSV."""
    found = io.StringIO()
    writer = csv.DictWriter(found, COLUMNS, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    with gzip.open(source, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["ticker"] in TICKERS and SINCE <= row["date"] <= TILL:
                writer.writerow(row)
    return found.getvalue()


if __name__ == "__main__":
    TARGET.write_bytes(gzip.compress(cut(Path(sys.argv[1])).encode(), mtime=0))
