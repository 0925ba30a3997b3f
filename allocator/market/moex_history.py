"""History of the Moscow Exchange over ISS, free or paid (ALGOPACK): the same paths on two hosts.

Two routes tell of the past, and differ (seen in recorded data): `candles` scale prices before a split to the units
after it (volume and value stay) and give weekend sessions their own dates; `history` is as traded, with weekend
sessions merged into Monday and days without deals as nulls. Bars come from `candles`, which have hours too, joined
over the main boards; `history` is the judge where candles leave a doubt.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from urllib.parse import quote, urlsplit

import numpy as np

from allocator.core.bars import Bars, Interval
from allocator.core.calendar import CalendarDay
from allocator.core.errors import MarketError
from allocator.core.instrument import Dividend, Instrument, Member, Rename, Split
from allocator.core.text import Text, text
from allocator.market import lists
from allocator.market.failures import CHECK_NETWORK, TRY_LATER, NotServed
from allocator.market.history import Progress
from allocator.market.http import Http, Limits
from allocator.market.iss import ISS_URL, Iss, Page
from allocator.market.paging import LATER, pages
from allocator.market.registers import REGISTERS_URL, closings
from allocator.market.series import CANDLE, DAY, bars_of

ALGOPACK_URL = "https://apim.moex.com/iss"
INTERVALS = {Interval.DAY: "24", Interval.HOUR: "60"}
FULL = 100  # rows; no page that the exchange cuts is known to be shorter
LAST_BAR = {Interval.DAY: timedelta(0), Interval.HOUR: timedelta(hours=23)}  # when a day's last possible bar begins
WEIGHTS_BACK = 14  # days: New Year's holidays are the longest time without an index
OF_SESSIONS = "SBER"  # traded on every day that the exchange was open
FORBIDDEN = "Too many requests may be the reason: wait a few minutes."

ADVICE = {
    TRY_LATER.template: LATER,
    CHECK_NETWORK.template: text("Check the network; behind a proxy, give its address in HTTPS_PROXY."),
}
PAID_ADVICE = ADVICE | {FORBIDDEN: text("Check the token of ALGOPACK, and what it gives the right to.")}


def open_history(
    *,
    base_url: str | None,
    registers_url: str | None,
    proxy: str | None,
    token: str | None,
    rate: float,
    burst: int,
    connections: int,
) -> MoexHistory:
    """See `allocator.market.history.history_provider`."""
    url = base_url or (ALGOPACK_URL if token else ISS_URL)
    if token and urlsplit(url).scheme != "https" and urlsplit(url).hostname not in {"127.0.0.1", "localhost", "::1"}:
        raise MarketError(
            text("{host}: a token is not sent over an open connection.", host=urlsplit(url).hostname or url),
            text("Write https:// in front of the address."),
        )
    limits = Limits(spacing_s=0, rate=rate, burst=burst, in_flight=connections)
    http = Http(proxy=proxy, token=token, limits=limits, advice=PAID_ADVICE if token else ADVICE)
    aside = Http(proxy=proxy, limits=limits, advice=ADVICE) if token else http  # no token to another service
    return MoexHistory(http, url, name="ALGOPACK" if token else "MOEX", aside=aside, registers_url=registers_url)


class MoexHistory:
    """The provider of history, `allocator.market.history.HistoryProvider`."""

    def __init__(
        self,
        http: Http,
        base_url: str = ISS_URL,
        *,
        name: str = "MOEX",
        aside: Http | None = None,
        registers_url: str | None = None,
    ) -> None:
        self.name = name
        self._http = http
        self._aside = aside or http  # for what is not ISS
        self._iss = Iss(http, base_url)
        self._registers_url = registers_url or REGISTERS_URL
        self._books = threading.Lock()
        self._pages = self._rows = self._longest = 0
        self._notes: list[Text] = []

    @property
    def pages(self) -> int:
        return self._pages

    @property
    def progress(self) -> Progress:
        traffic = self._http.traffic
        return Progress(traffic.requests, traffic.retries, traffic.bytes, self._pages, self._rows, traffic.waited_s)

    @property
    def notes(self) -> tuple[Text, ...]:
        return tuple(self._notes)

    def instruments(self) -> list[Instrument]:
        return lists.instruments(self._iss)

    def listing(self) -> list[Instrument]:
        return lists.listing(self._iss)

    def candles(self, ticker: str, interval: Interval, since: date, till: date, *, market: str = "shares") -> Bars:
        last = np.datetime64(datetime.combine(till, datetime.min.time()) + LAST_BAR[interval], "s")
        parts: list[Bars] = []
        start = str(since)
        while start[:10] <= str(till):
            more = list(self._candles(ticker, interval, start, till, market, last))
            parts += more
            again = self._doubtful(more, interval, last)
            if again <= start:  # "" too
                break
            start = again
        return Bars.joined(parts)

    def _candles(
        self, ticker: str, interval: Interval, since: str, till: date, market: str, last: np.datetime64
    ) -> Iterator[Bars]:
        """The pages up to an empty one, or to one that proves that no bar can follow."""
        path = f"/engines/stock/markets/{market}/securities/{quote(ticker, safe='')}/candles"
        params = {"from": since, "till": f"{till} 23:59:59", "interval": INTERVALS[interval]}
        days = (till - date.fromisoformat(since[:10])).days + 1
        most = 10_000 + 2 * days * 86_400 // interval.seconds
        for page in pages(self._iss, path, "candles", list(CANDLE.values()), params, most=most, exact=False):
            part = bars_of(ticker, page, CANDLE)
            self._count(page)
            yield part
            if part.begin[-1] == last and np.all(part.begin[1:] > part.begin[:-1]):
                return

    def _doubtful(self, parts: Sequence[Bars], interval: Interval, last: np.datetime64) -> str:
        """From when on to ask again, "" if need not be.

        Nothing after a full page may be the end, or a hiccup that would cost years of history: one question more.
        """
        if not parts or len(parts[-1]) < max(FULL, self._longest) or parts[-1].begin[-1] >= last:
            return ""
        after = parts[-1].begin.max() + np.timedelta64(interval.seconds, "s")
        return str(after).replace("T", " ") if interval is Interval.HOUR else str(after.astype("datetime64[D]"))

    def daily_history(
        self, ticker: str, since: date, till: date, *, board: str = "TQBR", market: str = "shares"
    ) -> Bars:
        path = f"/history/engines/stock/markets/{market}/boards/{board}/securities/{quote(ticker, safe='')}"
        params = {"from": str(since), "till": str(till)}
        most = 10_000 + 2 * (till - since).days
        parts: list[Bars] = []
        for page in pages(self._iss, path, "history", list(DAY.values()), params, most=most, exact=False):
            parts.append(bars_of(ticker, page, DAY))
            self._count(page)
        return Bars.joined(parts)

    def members(self, index: str) -> list[Member]:
        return lists.members(self._iss, index)

    def weights(self, index: str, day: date) -> dict[str, float]:
        for back in range(WEIGHTS_BACK + 1):
            if found := lists.weights(self._iss, index, day - timedelta(days=back)):
                return found
        return {}

    def splits(self) -> list[Split]:
        return lists.splits(self._iss)

    def renames(self) -> list[Rename]:
        return lists.renames(self._iss)

    def dividends(self, ticker: str) -> list[Dividend]:
        return lists.dividends(self._iss, ticker, self._notes.append)

    def calendar(self, since: date, till: date) -> list[CalendarDay]:
        """As declared; where the exchange declares nothing (the free service may not), as traded.

        Then a day is one of a session if the most liquid share has a row in `history`, where weekend sessions have
        none of their own; nothing is known of days after the last row.
        """
        try:
            return lists.calendar(self._iss, since, till)
        except NotServed:
            self._notes.append(
                text(
                    "{host} gives no trading calendar; days with deals in {ticker} stand for it.",
                    host=self._iss.host,
                    ticker=OF_SESSIONS,
                )
            )
            bars = self.daily_history(OF_SESSIONS, since, till)
        traded: list[date] = sorted(set(bars[bars.volume > 0].days.tolist()))
        if not traded:
            return []
        sessions = set(traded)
        first, last = traded[0], traded[-1]
        days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        return [CalendarDay(day, day in sessions, day if day in sessions else None) for day in days]

    def register_closings(self) -> list[tuple[str, date]]:
        return closings(self._aside, self._registers_url)

    def clock_skew_s(self) -> float:
        return self._http.skew_s

    def stop(self) -> None:
        self._http.stop()
        self._aside.stop()

    def close(self) -> None:
        self._http.close()
        self._aside.close()

    def _count(self, page: Page) -> None:
        with self._books:
            self._pages += 1
            self._longest = max(self._longest, page.count)
            self._rows += page.count
