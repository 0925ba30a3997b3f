"""Record dates from the exchange's list of closed registers: who pays, and when; not how much.

A CSV in cp1251: issuer, date of the event (month/day/year), site, kind of the event. Issuers of the last years end in
", TICKER [kind of share]"; older ones name no ticker. A date that is only recommended may move.
"""

from __future__ import annotations

import csv
import io
import re
from datetime import date, datetime

from allocator.core.errors import MarketError
from allocator.core.text import text
from allocator.market.failures import NOT_THE_SERVICE, host_of
from allocator.market.http import Http

REGISTERS_URL = "https://web.moex.com/moex-web-icdb-api/api/v1/export/register-closing-dates/csv"
QUERY = {"separator": "1", "language": "1"}  # a comma, Russian
TICKER = re.compile(r", ([A-Z][A-Z0-9-]{0,11}) \[")


def closings(http: Http, url: str) -> list[tuple[str, date]]:
    """(ticker, record date), sorted, each once.

    Raises: `MarketError` when not a single row can be understood.
    """
    content = http.content(url, QUERY)
    for encoding in ("utf-8-sig", "cp1251"):
        try:
            lines = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        lines = content.decode("cp1251", "replace")
    rows = [row for row in csv.reader(io.StringIO(lines, newline="")) if len(row) >= 2]
    found = {
        (ticker[1], day) for row in rows if (ticker := TICKER.search(row[0])) and (day := _day(row[1])) is not None
    }
    if not found:
        message = text("{host}: no record date can be read in the list of closed registers.", host=host_of(url))
        raise MarketError(message, NOT_THE_SERVICE)
    return sorted(found)


def _day(cell: str) -> date | None:
    try:
        return datetime.strptime(cell.strip().partition(" ")[0], "%m/%d/%Y").date()  # noqa: DTZ007 -- a day has no zone
    except ValueError:
        return None
