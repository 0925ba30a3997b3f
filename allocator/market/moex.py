"""Quotes of the Moscow Exchange, all boards of the share market in one request.

One request rather than one per board: its size does not depend on the portfolio, the prices are of one moment,
no list of tickers has to be sent (how long such a list may be is not documented), and the same answer says
which tickers exist when one is misspelled, and on which other board a paper trades. What the fields mean: the
glossary at `/engines/stock/markets/shares/securities/columns`, and recorded answers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from allocator.core.errors import MarketError
from allocator.core.quote import Quote, Quotes, Rung
from allocator.core.text import Text, text
from allocator.market.failures import TRY_LATER
from allocator.market.findings import Finding, MarketErrors, did_you_mean, listed, near
from allocator.market.iss import Iss, Row
from allocator.market.ladder import OPEN, climb
from allocator.market.numbers import MOSCOW, price, whole
from allocator.market.provider import now_utc

SHARES = "/engines/stock/markets/shares/securities"
BOARDS = ("TQBR", "TQTF")  # shares and receipts, then funds: where a bare ticker is looked for
ADMITTED = "A"  # STATUS of a paper that may be traded
OLD = timedelta(minutes=30)  # twice the delay of the free service
FREE_DELAY = timedelta(minutes=15)

SECURITIES = (
    *("SECID", "BOARDID", "SHORTNAME", "LATNAME", "ISIN", "LOTSIZE", "MINSTEP", "DECIMALS"),
    *("PREVPRICE", "PREVLEGALCLOSEPRICE", "STATUS", "CURRENCYID"),
)
MARKETDATA = (
    *("SECID", "BOARDID", "BID", "OFFER", "LAST", "LCURRENTPRICE", "MARKETPRICE", "LCLOSEPRICE", "CLOSEPRICE"),
    *("TRADINGSTATUS", "UPDATETIME", "SYSTIME"),
)
NEEDED = {
    "securities": ("SECID", "BOARDID", "LOTSIZE"),
    "marketdata": ("SECID", "BOARDID", "BID", "OFFER", "LAST", "TRADINGSTATUS"),
}

# Papers that trade under another name now, for the hint only: some are new papers of a redomiciled company.
RENAMED = {
    "ENRU": "ELFV",
    "FIVE": "X5",
    "HHRU": "HEAD",
    "ISKJ": "ABIO",
    "MAIL": "VKCO",
    "TCSG": "T",
    "YNDX": "YDEX",
}


class Moex:
    """The provider MOEX. A ticker may name its board: `TQTD:TGLD`; a bare one is of TQBR or TQTF."""

    name = "MOEX"

    def __init__(self, iss: Iss, *, now: Callable[[], datetime] = now_utc) -> None:
        self._iss = iss
        self._now = now

    def quotes(self, tickers: Sequence[str]) -> Quotes:
        """Quotes of now (the free service is 15 minutes late), however few or many tickers: one request.

        Raises: `MarketError` for the network; for tickers that are unknown or have no price or lot, all in one.
        """
        if not tickers:
            return Quotes(self.name, {}, source=self._iss.host)
        market = Market(self._rows())
        found: dict[str, Row] = {}
        findings: list[Finding] = []
        for ticker in dict.fromkeys(tickers):
            row = market.find(ticker)
            if row is None:
                findings.append(market.unknown(ticker))
            else:
                found[ticker] = row
        old_boards = market.old_boards({str(row["BOARDID"]) for row in found.values()}, self._now())
        by_ticker: dict[str, Quote] = {}
        for ticker, row in found.items():
            quote = _quote(ticker, row, old=row["BOARDID"] in old_boards)
            if isinstance(quote, Quote):
                by_ticker[ticker] = quote
            else:
                findings.append(quote)
        if findings:
            raise MarketErrors(findings)
        boards = {str(row["BOARDID"]) for row in found.values()}
        return Quotes(
            provider=self.name,
            by_ticker=by_ticker,
            time=max((time for board in boards if (time := market.quoted(board))), default=None),
            source=self._iss.host,
            delay_minutes=market.delay_minutes(boards),
            notes=tuple(_notes(market, found, by_ticker, old_boards)),
        )

    def _rows(self) -> list[Row]:
        """Every paper on every board, what is known of it and its market joined; no two of one key."""
        blocks = self._iss.blocks(SHARES, {"securities": SECURITIES, "marketdata": MARKETDATA})
        for name, columns in NEEDED.items():
            self._iss.required(name, blocks[name], columns)
        if not blocks["securities"].rows:
            raise MarketError(text("{host}: the list of securities is empty.", host=self._iss.host), TRY_LATER)
        market = {_key(row): row for row in blocks["marketdata"].rows}
        joined = {_key(row): {**market.get(_key(row), {}), **row} for row in blocks["securities"].rows}
        return list(joined.values())


class Market:
    """One answer of the exchange, to be searched."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self.boards: dict[str, dict[str, Row]] = {}
        for row in rows:
            board, ticker = _key(row)
            self.boards.setdefault(board, {})[ticker] = row

    def find(self, ticker: str) -> Row | None:
        board, code = _split(ticker)
        boards = [board] if board else BOARDS
        return next((row for name in boards if (row := self.boards.get(name, {}).get(code))), None)

    def unknown(self, ticker: str) -> Finding:
        """Why a ticker is not found, and what to write instead."""
        board, code = _split(ticker)
        if elsewhere := [name for name in sorted(self.boards, key=_rank) if code in self.boards[name]]:
            message = text("{ticker}: not on {boards}.", ticker=ticker, boards=board or listed(BOARDS))
            word = code if elsewhere[0] in BOARDS else f"{elsewhere[0]}:{code}"
            return message, text("It trades on {boards}: write {word}.", boards=listed(elsewhere), word=word)
        if board and board not in self.boards:
            message = text("{ticker}: the share market has no board {board}.", ticker=ticker, board=board)
            return message, text("The boards are {boards}.", boards=listed(sorted(self.boards, key=_rank)))
        message = text("{ticker}: the exchange has no such ticker.", ticker=ticker)
        name = RENAMED.get(code, "")
        if any(name in self.boards.get(usual, {}) for usual in BOARDS):
            return message, text(
                "{code} became {name}: check how many units you hold, and write {name}.", code=code, name=name
            )
        names = self._like(code, [board] if board else BOARDS)
        return message, did_you_mean([f"{board}:{name}" for name in names] if board else names)

    def _like(self, code: str, boards: Iterable[str]) -> list[str]:
        """Tickers that may have been meant: by ISIN, name of the paper, or spelling."""
        rows = {ticker: row for board in boards for ticker, row in self.boards.get(board, {}).items()}
        called = [
            ticker
            for ticker, row in rows.items()
            if code in {str(row.get("ISIN")), *(_word(row, column) for column in ("SHORTNAME", "LATNAME"))}
        ]
        return (called or near(code, rows))[:3]

    def is_open(self, board: str) -> bool:
        """Whether anything trades continuously on the board."""
        return any(row.get("TRADINGSTATUS") == OPEN for row in self.boards[board].values())

    def loaded(self, board: str) -> datetime | None:
        """When the board's newest row was loaded. Quiet papers keep a row of the morning, so one row tells nothing."""
        return max((time for row in self.boards[board].values() if (time := _systime(row))), default=None)

    def quoted(self, board: str) -> datetime | None:
        """The moment that the board's quotes are of."""
        return max((time for row in self.boards[board].values() if (time := _quote_time(row))), default=None)

    def old_boards(self, boards: Iterable[str], now: datetime) -> dict[str, datetime]:
        """Boards that call themselves open with nothing new for half an hour: a stuck feed, or a wrong clock."""
        times = {board: time for board in sorted(boards) if self.is_open(board) and (time := self.loaded(board))}
        return {board: time for board, time in times.items() if now - time > OLD}

    def delay_minutes(self, boards: Iterable[str]) -> int:
        """How late the service is by its own two clocks: 15 for the free one, 0 for subscribers."""
        rows = [row for board in boards for row in self.boards[board].values()]
        times = [(loaded, time) for row in rows if (loaded := _systime(row)) and (time := _quote_time(row))]
        return int(min((loaded - time for loaded, time in times), default=FREE_DELAY) / timedelta(minutes=1))


def _quote(ticker: str, row: Row, *, old: bool) -> Quote | Finding:
    """A row as a quote, or why it is none."""
    currency = _currency(row)
    sides = climb(row, roubles=currency in {"RUB", None})
    if sides is None:
        message = text("{ticker}: the exchange gives no price at all.", ticker=ticker)
        if row.get("STATUS", ADMITTED) != ADMITTED:
            message = text("{ticker}: trading is suspended and there is no price at all.", ticker=ticker)
        return message, text("Leave it out of the portfolio file, or give its price with provider = FILE quotes.csv.")
    lot_size = whole(row.get("LOTSIZE"))
    if lot_size is None:
        message = text("{ticker}: the exchange gives lot size {lot}.", ticker=ticker, lot=row.get("LOTSIZE"))
        return message, text("Use provider = FILE quotes.csv with a lot column.")
    decimals = row.get("DECIMALS")
    return Quote(
        ticker=ticker,
        bid=sides.bid,
        ask=sides.ask,
        lot_size=lot_size,
        last=price(row.get("LAST")),
        price_step=price(row.get("MINSTEP")),
        decimals=decimals if isinstance(decimals, int) else None,
        time=_quote_time(row),
        rung=sides.rung,
        stale=old and sides.rung is Rung.LIVE,
        board=str(row["BOARDID"]),
        name=str(row["SHORTNAME"]) if row.get("SHORTNAME") else None,
        currency=currency,
    )


def _notes(
    market: Market, found: Mapping[str, Row], quotes: Mapping[str, Quote], old_boards: Mapping[str, datetime]
) -> Iterable[Text]:
    """What the reader of the plan must know about the prices, one sentence each."""
    boards = sorted({str(row["BOARDID"]) for row in found.values()})
    closed = [board for board in boards if not market.is_open(board)]
    if closed:
        yield text("{boards}: no trading now; the prices are not a live bid and ask.", boards=listed(closed))
    suspended = [ticker for ticker, row in found.items() if row.get("STATUS", ADMITTED) != ADMITTED]
    if suspended:
        yield text("{tickers}: suspended by the exchange; write KEEP in [trade].", tickers=listed(suspended))
    halted = [
        ticker
        for ticker, row in found.items()
        if row["BOARDID"] not in closed and row.get("TRADINGSTATUS") != OPEN and ticker not in suspended
    ]
    if halted:
        yield text("{tickers}: not traded at the moment, though the session is open.", tickers=listed(halted))
    for board, time in old_boards.items():
        yield text(
            "{board}: the newest data of the exchange is of {time}, the quotes may be old.",
            board=board,
            time=f"{time:%Y-%m-%d %H:%M}",
        )
    foreign = [
        f"{ticker} ({quote.currency})" for ticker, quote in quotes.items() if quote.currency not in {"RUB", None}
    ]
    if foreign:
        yield text("{tickers}: not quoted in roubles; no exchange rate is applied.", tickers=listed(foreign))


def _split(ticker: str) -> tuple[str | None, str]:
    """The board, if the ticker names one, and the exchange's own ticker."""
    board, colon, code = ticker.upper().partition(":")
    return (board, code) if colon else (None, board)


def _rank(board: str) -> tuple[bool, str]:
    """Order of boards in a sentence: the usual ones first."""
    return board not in BOARDS, board


def _key(row: Row) -> tuple[str, str]:
    return str(row["BOARDID"]).upper(), str(row["SECID"]).upper()


def _currency(row: Row) -> str | None:
    code = row.get("CURRENCYID")
    if not isinstance(code, str) or not code:
        return None
    return "RUB" if code in {"SUR", "RUR"} else code


def _word(row: Row, column: str) -> str:
    """The first word of a paper's name, in capitals: "Сбербанк-п" is not "СБЕРБАНК", "ГАЗПРОМ ао" is "ГАЗПРОМ"."""
    return next(iter(str(row.get(column) or "").upper().split()), "")


def _systime(row: Row) -> datetime | None:
    """When the row was loaded, Moscow time."""
    try:
        return datetime.fromisoformat(str(row.get("SYSTIME"))).replace(tzinfo=MOSCOW)
    except ValueError:
        return None


def _quote_time(row: Row) -> datetime | None:
    """When the quote was made: the day comes from SYSTIME, the hour from UPDATETIME, which may be before midnight."""
    loaded = _systime(row)
    if loaded is None:
        return None
    try:
        time = datetime.fromisoformat(f"{loaded:%Y-%m-%d}T{row.get('UPDATETIME')}").replace(tzinfo=MOSCOW)
    except ValueError:
        return None
    return time if time <= loaded else time - timedelta(days=1)
