"""The deals as CSV, one a line, ready for a spreadsheet or a broker's importer."""

from __future__ import annotations

import csv
import io

from allocator.optimize import Plan
from allocator.optimize.problem import exact
from allocator.report.numbers import plain

HEADER = ("ticker", "side", "lots", "units", "price", "money")


def orders(plan: Plan) -> str:
    """Sales first, since they raise the money for the purchases; `money` is units × price, before commission."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEADER)
    with exact():
        for row in sorted((row for row in plan.rows if row.lots), key=lambda row: row.lots > 0):
            price, units = row.position.price(row.lots), abs(row.change)
            side = "buy" if row.lots > 0 else "sell"
            writer.writerow(
                [row.position.ticker, side, abs(row.lots), plain(units), plain(price), plain(units * price)]
            )
    return out.getvalue()
