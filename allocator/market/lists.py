"""Lists of ISS: securities, corporate actions, index members, the calendar. A row that makes no sense is left out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from urllib.parse import quote

from allocator.core.calendar import CalendarDay
from allocator.core.errors import MarketError
from allocator.core.instrument import Dividend, Instrument, Kind, Member, Rename, Split
from allocator.core.text import Text, text
from allocator.market.iss import Iss, Row
from allocator.market.numbers import DEAREST, price, whole
from allocator.market.paging import LATER, rows

BOARDS = ("TQBR", "TQTF")  # shares and receipts, then funds
SECURITIES = ("SECID", "BOARDID", "SHORTNAME", "LOTSIZE", "ISIN", "SECTYPE", "INSTRID")
LISTING = ("SECID", "SHORTNAME", "NAME", "BOARDID", "history_from", "history_till")
KINDS = {"1": Kind.SHARE, "2": Kind.PREFERRED, "D": Kind.RECEIPT, "J": Kind.FUND}  # SECTYPE
FUND_BOARD = "TQTF"
PREFERRED = re.compile(r"(?:\bап|-п|\bпривилегир\w*|\bpref)\b", re.IGNORECASE)
RECEIPT = re.compile(r"\b(?:[АA]?[гГ]?др|адр|гдр|gdr|adr|депозитарн\w*)\b", re.IGNORECASE)
DIVIDENDS = ("registryclosedate", "value", "currencyid")
TRADES_STILL = timedelta(days=14)  # a quiet paper has rows without deals; nothing at all for so long means it is gone
OFF_DAYS = (
    *("tradedate", "stock_workday", "stock_trade_session_date", "stock_reason"),
    *("is_traded", "trade_session_date", "reason"),
)
TICKER = re.compile(r"[A-Z0-9][A-Z0-9@._-]{0,50}")  # goes into addresses, files and tables; all real ones are such
CURRENCY = re.compile(r"[A-Z]{3}")
LARGEST_LOT = 2**31 - 1
LARGEST_SPLIT = 100_000  # one to so many, or the reverse; VTBR's 5000:1 is the largest known
WEEKEND = "W"  # reason: an extra session, booked on another day
ROUBLES = {"SUR", "RUR", "RUB"}


def instruments(iss: Iss) -> list[Instrument]:
    """What trades on the two boards today, sorted. One request for all boards.

    Raises: `MarketError` when the list is empty, which it never is.
    """
    blocks = iss.blocks("/engines/stock/markets/shares/securities", {"securities": SECURITIES})
    iss.required("securities", blocks["securities"], ("SECID", "BOARDID"))
    found = [
        _instrument(row) for row in blocks["securities"].rows if row["BOARDID"] in BOARDS and _ticker(row["SECID"])
    ]
    if not found:
        raise MarketError(text("{host}: the list of securities is empty.", host=iss.host), LATER)
    return sorted(found, key=lambda each: each.ticker)


def listing(iss: Iss) -> list[Instrument]:
    """Every ticker that ever traded on the two boards, sorted, with its first and last day there.

    The list tells neither ISIN nor lot; the kind is read from the name. A ticker without a last day still trades.
    """
    found: dict[str, Instrument] = {}
    newest = date.min
    for row in rows(iss, "/history/engines/stock/markets/shares/listing", "securities", LISTING):
        first, last = _day(row["history_from"]), _day(row["history_till"])
        newest = max(newest, last or date.min)
        ticker, board = _ticker(row["SECID"]), str(row["BOARDID"])
        if board not in BOARDS or ticker is None:
            continue
        before = found.get(ticker)
        if before is not None:
            first = min(filter(None, (first, before.listed)), default=None)
            last = max(filter(None, (last, before.delisted)), default=None)
        found[ticker] = Instrument(
            ticker, _kind_by_name(row), board, name=_word(row["SHORTNAME"]), listed=first, delisted=last
        )
    return [
        _still_traded(each) if each.delisted is None or newest - each.delisted <= TRADES_STILL else each
        for _, each in sorted(found.items())
    ]


def splits(iss: Iss) -> list[Split]:
    """Splits as the exchange lists them, oldest first."""
    found = []
    columns = ("tradedate", "secid", "before", "after")
    for row in rows(iss, "/statistics/engines/stock/splits", "splits", columns):
        ticker, day = _ticker(row["secid"]), _day(row["tradedate"])
        before, after = whole(row["before"]), whole(row["after"])
        if ticker and day and before and after and before != after and _is_split(Fraction(after, before)):
            found.append(Split(ticker, day, before, after, "iss"))
    return sorted(set(found), key=lambda split: (split.day, split.ticker))


def renames(iss: Iss) -> list[Rename]:
    """Changes of ticker, oldest first. The day is the first of the new one, or since 2021 the last of the old one."""
    found = []
    path = "/history/engines/stock/markets/shares/securities/changeover"
    for row in rows(iss, path, "changeover", ("action_date", "old_secid", "new_secid")):
        day, old, new = _day(row["action_date"]), _ticker(row["old_secid"]), _ticker(row["new_secid"])
        if day and old and new and old != new:
            found.append(Rename(old, new, day, Fraction(1), "iss"))
    return sorted(set(found), key=lambda rename: (rename.day, rename.old))


def dividends(iss: Iss, ticker: str, note: Callable[[Text], None]) -> list[Dividend]:
    """Sums by record date and currency, oldest first. An identical row is a second payment of that day, not a slip.

    Rows without a date, a currency or a positive amount are left out with a note.
    """
    path = f"/securities/{quote(ticker, safe='')}/dividends"
    sums: dict[tuple[date, str], Decimal] = {}
    for row in rows(iss, path, "dividends", DIVIDENDS, paged=False):
        day, amount, currency = _day(row["registryclosedate"]), _amount(row["value"]), _word(row["currencyid"])
        if day and amount and currency and CURRENCY.fullmatch(currency):
            key = day, "RUB" if currency in ROUBLES else currency
            sums[key] = sums.get(key, Decimal(0)) + amount
        else:
            shown = ", ".join(str(row[column]) for column in DIVIDENDS)
            note(text("{ticker}: the exchange's dividend ({row}) is left out.", ticker=ticker, row=shown))
    return [Dividend(ticker, day, amount, currency, "iss") for (day, currency), amount in sorted(sums.items())]


def members(iss: Iss, index: str) -> list[Member]:
    """Stays in an index; the exchange repeats them for each session of the day."""
    path = f"/statistics/engines/stock/markets/index/analytics/{quote(index, safe='')}/tickers"
    stays: dict[tuple[str, date | None], date | None] = {}
    for row in rows(iss, path, "tickers", ("ticker", "from", "till")):
        ticker = _ticker(row["ticker"])
        if ticker is None:
            continue
        key = ticker, _day(row["from"])
        stays[key] = max(filter(None, (stays.get(key), _day(row["till"]))), default=None)
    return [
        Member(ticker, since, till)
        for (ticker, since), till in sorted(stays.items(), key=lambda item: (item[0][0], item[0][1] or date.min))
    ]


def weights(iss: Iss, index: str, day: date) -> dict[str, float]:
    """Percent by ticker on that day, of its last session; empty on a day without one."""
    path = f"/statistics/engines/stock/markets/index/analytics/{quote(index, safe='')}"
    found: dict[str, tuple[int, float]] = {}
    params = {"date": str(day), "limit": "100"}
    columns = ("tradedate", "ticker", "weight", "tradingsession")
    for row in rows(iss, path, "analytics", columns, params):
        weight, session = price(row["weight"]), whole(row["tradingsession"]) or 0
        ticker = _ticker(row["ticker"])
        if (
            ticker
            and weight is not None
            and _day(row["tradedate"]) == day
            and found.get(ticker, (-1, 0.0))[0] < session
        ):
            found[ticker] = session, float(weight)
    return {ticker: weight for ticker, (_, weight) in sorted(found.items())}


def calendar(iss: Iss, since: date, till: date) -> list[CalendarDay]:
    """What is declared of each day; the exchange answers for one calendar year at a time."""
    found: dict[date, CalendarDay] = {}
    for year in range(since.year, till.year + 1):
        first, last = max(since, date(year, 1, 1)), min(till, date(year, 12, 31))
        params = {"from": str(first), "till": str(last), "show_all_days": "1"}
        for row in _declared(iss, params):
            day = _calendar_day(row)
            if day is not None and first <= day.day <= last:
                found[day.day] = day
    return [found[day] for day in sorted(found)]


def _declared(iss: Iss, params: dict[str, str]) -> Iterator[Row]:
    """Rows of `off_days`, whose columns are spelled with or without the name of the market."""
    start = 0
    before = None
    while True:
        page = iss.page("/calendars", "off_days", OFF_DAYS, {**params, "start": str(start)})
        if not page.count or page.columns == before:
            return
        yield from page.rows()
        start += page.count
        before = page.columns


def _calendar_day(row: Row) -> CalendarDay | None:
    day = _day(row.get("tradedate"))
    works = row.get("stock_workday", row.get("is_traded"))
    if day is None or works is None:  # null: the exchange has not decided yet
        return None
    if not works:
        return CalendarDay(day, is_session=False)
    if row.get("stock_reason", row.get("reason")) != WEEKEND:
        return CalendarDay(day, is_session=True, session=day)
    booked = _day(row.get("stock_trade_session_date", row.get("trade_session_date")))
    return CalendarDay(day, is_session=booked == day, session=booked)


def _instrument(row: Row) -> Instrument:
    board = str(row["BOARDID"])
    kind = Kind.FUND if board == FUND_BOARD else KINDS.get(str(row.get("SECTYPE")), Kind.SHARE)
    lot_size = whole(row.get("LOTSIZE"))
    return Instrument(
        ticker=str(row["SECID"]),
        kind=kind,
        board=board,
        isin=_word(row.get("ISIN")),
        name=_word(row.get("SHORTNAME")),
        lot_size=lot_size if lot_size and lot_size <= LARGEST_LOT else None,
    )


def _kind_by_name(row: Row) -> Kind:
    name = f"{row['SHORTNAME']} {row['NAME']}"
    if row["BOARDID"] == FUND_BOARD:
        return Kind.FUND
    if RECEIPT.search(name):
        return Kind.RECEIPT
    ticker = str(row["SECID"])
    return Kind.PREFERRED if PREFERRED.search(name) and ticker.endswith("P") else Kind.SHARE


def _still_traded(each: Instrument) -> Instrument:
    return Instrument(each.ticker, each.kind, each.board, name=each.name, listed=each.listed)


def _ticker(value: object) -> str | None:
    """A ticker, if it looks like one."""
    return value if isinstance(value, str) and TICKER.fullmatch(value) else None


def _is_split(factor: Fraction) -> bool:
    return Fraction(1, LARGEST_SPLIT) <= factor <= LARGEST_SPLIT


def _word(value: object) -> str | None:
    """Words on one line, without what no table or terminal should get: NULs, escapes, halves of surrogate pairs."""
    if not isinstance(value, str):
        return None
    return "".join(letter if letter.isprintable() else " " for letter in value).strip() or None


def _amount(value: object) -> Decimal | None:
    """Money for one share, of any number of digits; None when it is not positive, or is more than any price."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    amount = Decimal(value)
    return amount if amount.is_finite() and 0 < amount < DEAREST else None


def _day(value: object) -> date | None:
    """A day as ISS spells it; None for null, nonsense and 0000-00-00."""
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        return None
