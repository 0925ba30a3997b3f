"""What the local exchange tells of its past, as ISS does: pages of 500 candles, of 100 days of history, lists.

Rows of bars are rendered once and pages are joined of them, so that a benchmark measures its client.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
from iss_blocks import Block, Blocks, paged, table
from iss_market import FIELDS, Market, Paper, Raw

if TYPE_CHECKING:
    from iss_server import Exchange

CANDLE_PAGE, HISTORY_PAGE, LIST_PAGE = 500, 100, 100
CANDLE = ("open", "close", "high", "low", "value", "volume", "begin", "end")
DAY = (
    *("BOARDID", "TRADEDATE", "SHORTNAME", "SECID", "NUMTRADES", "VALUE", "OPEN", "LOW", "HIGH", "LEGALCLOSEPRICE"),
    *("WAPRICE", "CLOSE", "VOLUME", "MARKETPRICE2", "MARKETPRICE3", "ADMITTEDQUOTE", "TRADINGSESSION"),
)
TYPES = {"begin": "datetime", "end": "datetime", "TRADEDATE": "date", "BOARDID": "string", "SECID": "string"}
Series = tuple[np.ndarray, list[str]]  # days of the rows, the rows as JSON


class Rendered:
    """Rows of JSON by what they depend on, kept until the market changes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[tuple[object, ...], Series] = {}

    def series(self, key: tuple[object, ...], make: Callable[[], Series]) -> Series:
        with self._lock:  # one thread renders, the others wait for the same rows
            if key not in self._kept:
                self._kept[key] = make()
            return self._kept[key]


def number(value: float) -> str:
    """Whole doubles come as integers, as ISS has them."""
    return f"{value:.15g}" if value == value else "null"


def template(columns: tuple[str, ...], quoted: frozenset[str], *, extended: bool) -> str:
    cells = [f'"%({name})s"' if name in quoted else f"%({name})s" for name in columns]
    if extended:
        return "{" + ", ".join(f'"{name}": {cell}' for name, cell in zip(columns, cells, strict=True)) + "}"
    return "[" + ", ".join(cells) + "]"


def rows_of(
    columns: Mapping[str, list[str]], wanted: tuple[str, ...], quoted: frozenset[str], *, extended: bool
) -> list[str]:
    """One JSON text for each row, with the wanted columns."""
    form = template(wanted, quoted, extended=extended)
    for name in wanted:
        form = form.replace(f"%({name})s", "%s")
    return [form % cells for cells in zip(*(columns[name] for name in wanted), strict=True)]


def page(
    block: str, all_columns: tuple[str, ...], rows: list[str], query: Mapping[str, str], cursor: str = ""
) -> bytes:
    """A whole answer of one block, and its cursor where the route has one."""
    only = [name for name in query.get("iss.only", "").split(",") if name]
    wanted = chosen_columns(block, all_columns, query)
    extended = query.get("iss.json") == "extended"
    parts = []
    if not only or block in only:
        meta = ""
        if query.get("iss.meta") != "off":
            types = ", ".join(f'"{name}": {{"type": "{TYPES.get(name, "double")}"}}' for name in wanted)
            meta = f'"metadata": {{{types}}}, '
        head = f'"{block}": [' if extended else f'"{block}": {{{meta}"columns": {quoted_list(wanted)}, "data": ['
        parts.append(head + ",\n".join(rows) + ("]" if extended else "]}"))
    if cursor and (not only or f"{block}.cursor" in only):
        index, total, size = cursor.split()
        if extended:
            parts.append(f'"{block}.cursor": [{{"INDEX": {index}, "TOTAL": {total}, "PAGESIZE": {size}}}]')
        else:
            data = f'"columns": ["INDEX", "TOTAL", "PAGESIZE"], "data": [[{index}, {total}, {size}]]'
            parts.append(f'"{block}.cursor": {{{data}}}')
    body = "{" + ",\n".join(parts) + "}"
    return (f'[{{"charsetinfo": {{"name": "utf-8"}}}},\n{body}]' if extended else body).encode()


def chosen_columns(block: str, columns: tuple[str, ...], query: Mapping[str, str]) -> tuple[str, ...]:
    asked = {column for column in query.get(f"{block}.columns", "").split(",") if column}
    return tuple(column for column in columns if not asked or column in asked)


def quoted_list(names: tuple[str, ...]) -> str:
    return "[" + ", ".join(f'"{name}"' for name in names) + "]"


# --- candles: split-adjusted in price once the exchange knows, weekend sessions under their own dates


def candles(exchange: Exchange, where: Mapping[str, str], query: Mapping[str, str]) -> bytes:
    market = exchange.model
    paper = (market.indexes if where["market"] == "index" else market.papers).get(where["ticker"])
    hours, wanted = query.get("interval", "10") == "60", chosen_columns("candles", CANDLE, query)
    days: np.ndarray = np.array([], dtype="M8[s]")
    rows: list[str] = []
    if paper is not None and query.get("interval") in {"24", "60"} and where.get("board", paper.board) == paper.board:
        extended = query.get("iss.json") == "extended"
        known = known_changes(market, paper.ticker)
        key = ("candles", market.edited(paper.ticker), where["market"], paper.ticker, hours, wanted, extended, known)
        days, rows = exchange.rendered.series(key, lambda: candle_rows(market, paper, hours, wanted, extended))
    low = moment(query.get("from"), market.days.since)
    high = min(moment(query.get("till"), market.day, end=True), moment(None, market.day, end=True))
    first, last = np.searchsorted(days, low), np.searchsorted(days, high, side="right")
    start = first + int(query.get("start", 0))
    cursor = f"{start - first} {last - first} {CANDLE_PAGE}" if exchange.candle_cursor else ""
    return page("candles", CANDLE, rows[start : max(start, min(start + exchange.candle_page, last))], query, cursor)


def candle_rows(market: Market, paper: Paper, hours: bool, wanted: tuple[str, ...], extended: bool) -> Series:
    raw = market.hours_of(paper) if hours else paper.bars
    factors = candle_factors(market, paper.ticker, raw)
    seconds = 3_599 if hours else 86_399
    ends = raw.begin + np.where(np.arange(len(raw.begin)) % 7 == 3, seconds - 2, seconds).astype("m8[s]")
    columns = {name: list(map(number, (getattr(raw, name) * factors).tolist())) for name in FIELDS if name in wanted}
    columns |= {name: list(map(number, getattr(raw, name).tolist())) for name in ("volume", "value") if name in wanted}
    for name, times in (("begin", raw.begin), ("end", ends)):
        if name in wanted:
            columns[name] = [text.replace("T", " ") for text in np.datetime_as_string(times).tolist()]
    return raw.begin, rows_of(columns, wanted, frozenset({"begin", "end"}), extended=extended)


def known_changes(market: Market, ticker: str) -> tuple[object, ...]:
    """What the exchange has worked in the candles by now."""
    actions = [
        each for each in market.actions if each.ticker == ticker and each.rewritten and each.rewritten <= market.day
    ]
    return *actions, *(each for each in market.rewrites if each.ticker == ticker and each.known <= market.day)


def candle_factors(market: Market, ticker: str, raw: Raw) -> np.ndarray:
    days = raw.begin.astype("M8[D]")
    factors = np.ones(len(days))
    for change in known_changes(market, ticker):
        if hasattr(change, "factor"):
            factors[days <= np.datetime64(change.till)] *= change.factor
        else:
            factors[days < np.datetime64(change.day)] *= change.before / change.after
    return factors


def moment(asked: str | None, default: date, *, end: bool = False) -> np.datetime64:
    """A day or a moment of the query."""
    if asked and len(asked) > 10:
        return np.datetime64(asked.replace(" ", "T"), "s")
    last = np.timedelta64(86_399 if end else 0, "s")
    return np.datetime64(asked or str(default), "s") + last


# --- history: raw, weekend sessions merged into the next session day, nulls on days without deals


def history(exchange: Exchange, where: Mapping[str, str], query: Mapping[str, str]) -> bytes:
    market = exchange.model
    paper = (market.indexes if where["market"] == "index" else market.papers).get(where["ticker"])
    wanted = chosen_columns("history", DAY, query)
    days: np.ndarray = np.array([], dtype="M8[D]")
    rows: list[str] = []
    if paper is not None and where.get("board", paper.board) in {paper.board, "SNDX", "RTSI"}:
        extended = query.get("iss.json") == "extended"
        key = ("history", market.edited(paper.ticker), where["market"], paper.ticker, wanted, extended)
        days, rows = exchange.rendered.series(key, lambda: history_rows(market, paper, wanted, extended))
    low = np.datetime64(query.get("from", str(market.days.since)), "D")
    high = min(np.datetime64(query.get("till", str(market.day)), "D"), np.datetime64(market.day))
    first, last = np.searchsorted(days, low), np.searchsorted(days, high, side="right")
    start = first + int(query.get("start", 0))
    cursor = f"{start - first} {max(0, last - first)} {HISTORY_PAGE}"
    return page("history", DAY, rows[start : max(start, min(start + HISTORY_PAGE, last))], query, cursor)


def history_rows(market: Market, paper: Paper, wanted: tuple[str, ...], extended: bool) -> Series:
    raw, days = merged(paper.bars, market)
    if paper.listed and len(days):  # days without deals are rows of nulls while the paper is listed
        every = np.array(market.days.sessions, dtype="M8[D]")
        every = every[every >= days[0]]
    else:
        every = days
    at = np.searchsorted(days, every)
    traded = np.zeros(len(every), dtype=bool)
    traded[at < len(days)] = days[at[at < len(days)]] == every[at < len(days)]

    def spread(values: np.ndarray, missing: str) -> list[str]:
        texts = list(map(number, values.tolist()))
        return [texts[i] if here else missing for i, here in zip(at.tolist(), traded.tolist(), strict=True)]

    prices = {name: spread(getattr(raw, name), "null") for name in FIELDS}
    volume, value = spread(raw.volume, "0"), spread(raw.value, "0")
    mean = spread(np.round(raw.value / np.maximum(raw.volume, 1), 6), "null")
    columns = {
        "BOARDID": [paper.board] * len(every), "TRADEDATE": np.datetime_as_string(every).tolist(),
        "SHORTNAME": [paper.name] * len(every), "SECID": [paper.ticker] * len(every),
        "NUMTRADES": ["100" if here else "0" for here in traded.tolist()], "VALUE": value,
        "OPEN": prices["open"], "LOW": prices["low"], "HIGH": prices["high"], "LEGALCLOSEPRICE": prices["close"],
        "WAPRICE": mean, "CLOSE": prices["close"], "VOLUME": volume, "MARKETPRICE2": mean, "MARKETPRICE3": mean,
        "ADMITTEDQUOTE": mean, "TRADINGSESSION": ["3"] * len(every),
    }  # fmt: skip
    quoted = frozenset({"BOARDID", "TRADEDATE", "SHORTNAME", "SECID"})
    return every, rows_of(columns, wanted, quoted, extended=extended)


def merged(raw: Raw, market: Market) -> tuple[Raw, np.ndarray]:
    """Bars by the session that they are booked on."""
    booked = market.days.booked(raw.begin.astype("M8[D]"))
    days, first = np.unique(booked, return_index=True)
    if len(days) == len(booked):
        return raw, booked
    last = np.append(first[1:], len(booked)) - 1
    add = np.add.reduceat
    return (
        Raw(
            days.astype("M8[s]"), raw.open[first], np.maximum.reduceat(raw.high, first),
            np.minimum.reduceat(raw.low, first), raw.close[last], add(raw.volume, first), add(raw.value, first),
        ),
        days,
    )  # fmt: skip


# --- lists


def listing(exchange: Exchange, where: Mapping[str, str], query: Mapping[str, str]) -> Blocks:
    market, rows = exchange.model, []
    for paper in market.papers.values():
        days = paper.bars.begin.astype("M8[D]")
        days = days[days <= np.datetime64(market.day)]
        if len(days):
            till = market.day if paper.listed else days[-1].item()
            rows.append([paper.ticker, paper.name, paper.name, paper.board, 2, str(days[0].item()), str(till)])
            rows.append([paper.ticker, paper.name, paper.name, "SMAL", 2, str(days[0].item()), str(till)])
    whole = table("SECID SHORTNAME NAME BOARDID decimals history_from history_till", rows)
    return {"securities": paged(whole, query, LIST_PAGE)}


def splits(exchange: Exchange, where: Mapping[str, str], query: Mapping[str, str]) -> Blocks:
    rows = [
        [str(each.day), each.ticker, each.before, each.after]
        for each in exchange.model.actions
        if each.listed and each.listed <= exchange.model.day and where.get("ticker") in {None, each.ticker}
    ]
    return {"splits": table("tradedate secid before after", rows)}


def changeover(exchange: Exchange, where: Mapping[str, str], query: Mapping[str, str]) -> Blocks:
    rows = [[str(day), old, new] for day, old, new in exchange.model.changeover if day <= exchange.model.day]
    return {"changeover": table("action_date old_secid new_secid", rows)}


def dividends(exchange: Exchange, where: Mapping[str, str], query: Mapping[str, str]) -> Blocks:
    market, ticker = exchange.model, where["ticker"]
    if not market.serves_dividends:
        return security(exchange, where, query)
    paper = market.papers.get(ticker)
    rows = [
        [ticker, paper.isin if paper else None, str(day), value, currency]
        for day, value, currency in market.dividends.get(ticker, [])
        if day <= market.day
    ]
    return {"dividends": table("secid isin registryclosedate value currencyid", rows)}


def security(exchange: Exchange, where: Mapping[str, str], query: Mapping[str, str]) -> Blocks:
    paper = exchange.model.papers.get(where["ticker"])
    known = [] if paper is None else [["ISIN", "ISIN код", paper.isin, "string", 1, 0, None]]
    boards = [] if paper is None else [[paper.ticker, paper.board, 1]]
    return {
        "description": table("name title value type sort_order is_hidden precision", known),
        "boards": table("secid boardid is_primary", boards),
    }


def off_days(exchange: Exchange, where: Mapping[str, str], query: Mapping[str, str]) -> Blocks | None:
    market = exchange.model
    if not market.serves_calendar:
        return None
    since = date.fromisoformat(query.get("from", f"{market.day.year}-01-01"))
    till = min(date.fromisoformat(query.get("till", str(market.day))), date(since.year, 12, 31))
    rows: list[list[object]] = []
    for day in (since + timedelta(days=n) for n in range((till - since).days + 1)):
        if day in market.days.weekend:
            rows.append([str(day), 1, "W", str(market.days.weekend[day])])
        elif market.days.is_session(day):
            rows.append([str(day), 1, "T" if day.weekday() >= 5 else "N", None])
        else:
            rows.append(
                [str(day), 0, "H", None] if market.days.since <= day <= market.days.till else [str(day), *[None] * 3]
            )
    block = table("tradedate stock_workday stock_reason stock_trade_session_date", rows)
    return {"off_days": paged(block, query, LIST_PAGE)}


def members(exchange: Exchange, where: Mapping[str, str], query: Mapping[str, str]) -> Blocks:
    market = exchange.model
    asked = query.get("date")
    stays = market.members.get(where["index"], [])
    if asked and not market.days.is_session(date.fromisoformat(asked)):
        stays = []
    rows = [[ticker, str(since), str(market.day), session] for ticker, since, _ in stays for session in (1, 3)]
    return {"tickers": paged(table("ticker from till tradingsession", rows), query, LIST_PAGE)}


def weights(exchange: Exchange, where: Mapping[str, str], query: Mapping[str, str]) -> Blocks:
    market, day = exchange.model, query.get("date") or str(exchange.model.day)
    open_then = market.days.is_session(date.fromisoformat(day)) and date.fromisoformat(day) <= market.day
    rows = [
        [where["index"], day, ticker, ticker, ticker, weight if session == 3 else weight + 1, session, day]
        for ticker, since, weight in market.members.get(where["index"], [])
        for session in (1, 3)
        if open_then and str(since) <= day
    ]
    block = table("indexid tradedate ticker shortnames secids weight tradingsession trade_session_date", rows)
    size = min(LIST_PAGE, int(query.get("limit", 20)))
    cursor = table("INDEX TOTAL PAGESIZE", [[int(query.get("start", 0)), len(rows), size]])
    return {"analytics": paged(block, query, size), "analytics.cursor": cursor}


def market_blocks(market: Market, recorded: Blocks) -> Blocks:
    """The list of today and its quotes, in the columns of the recorded one."""
    blocks = {name: Block(recorded[name].columns, []) for name in ("securities", "marketdata")}
    empty = {name: dict.fromkeys(block.columns) for name, block in blocks.items()}
    stamp = str(datetime.combine(market.day, datetime.min.time()).replace(hour=18, minute=9))
    for paper in market.papers.values():
        known = paper.bars.begin.astype("M8[D]") <= np.datetime64(market.day)
        if not paper.listed or not known.any():
            continue
        last = float(paper.bars.close[known][-1])
        tick = float(f"{10.0 ** (np.floor(np.log10(last)) - 3):.0e}")
        key = {"SECID": paper.ticker, "BOARDID": paper.board}
        static = {
            "SHORTNAME": paper.name, "SECNAME": paper.name, "LATNAME": paper.ticker, "LOTSIZE": paper.lot,
            "ISIN": paper.isin, "SECTYPE": paper.sectype, "INSTRID": "EQIN" if paper.board == "TQBR" else "IFTF",
            "MINSTEP": tick, "DECIMALS": max(0, int(-np.floor(np.log10(tick)))), "PREVPRICE": last, "STATUS": "A",
            "CURRENCYID": "SUR", "LISTLEVEL": 1, "PREVLEGALCLOSEPRICE": last,
        }  # fmt: skip
        live = {
            "BID": last, "OFFER": round(last + tick, 8), "LAST": last, "LCURRENTPRICE": last, "TRADINGSTATUS": "T",
            "UPDATETIME": "17:54:00", "TIME": "17:54:00", "SYSTIME": stamp,
        }  # fmt: skip
        blocks["securities"].rows.append(empty["securities"] | key | static)
        blocks["marketdata"].rows.append(empty["marketdata"] | key | live)
    return blocks
