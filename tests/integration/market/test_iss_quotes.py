"""Quotes of the exchange, from its recorded answers over real HTTP, in every mood of its."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from fixtures_iss import LocalIss

from allocator.core.errors import MarketError
from allocator.core.portfolio import Provider
from allocator.core.quote import Quotes, Rung
from allocator.market import QuoteProvider, provider
from allocator.market.http import Http, Limits
from allocator.market.iss import Iss
from allocator.market.moex import Moex
from allocator.market.numbers import MOSCOW

RECORDED = datetime(2024, 2, 15, 18, 9, 30, tzinfo=MOSCOW)
WELL_KNOWN = ["SBER", "GAZP", "LKOH", "GMKN", "VTBR", "YNDX", "TCSG", "TMOS", "EQMX", "LQDT"]


@pytest.fixture
def moex(iss: LocalIss) -> Callable[..., Quotes]:
    """Ask the local exchange, at the recorded moment unless another is given."""

    def ask(*tickers: str, now: datetime = RECORDED) -> Quotes:
        http = Http(limits=Limits(spacing_s=0), sleep=lambda _: None)
        return Moex(Iss(http, iss.url), now=lambda: now).quotes(tickers)

    return ask


def refusals(ask: Callable[[], object]) -> list[str]:
    with pytest.raises(MarketError) as caught:
        ask()
    return [f"{message} {hint or ''}".strip() for message, hint in caught.value.lines]


def notes(quotes: Quotes) -> list[str]:
    return [str(note) for note in quotes.notes]


def test_a_quote_of_an_open_session(moex: Callable[..., Quotes], iss: LocalIss):
    """Everything that a rebalance needs to know of a paper, exactly."""
    quotes = moex("VTBR")
    quote = quotes.by_ticker["VTBR"]
    assert (Decimal("0.024425"), Decimal("0.02443"), Decimal("0.02443")) == (quote.bid, quote.ask, quote.last)
    assert (10_000, Decimal("0.000005"), 6) == (quote.lot_size, quote.price_step, quote.decimals)
    assert ("TQBR", "ВТБ ао", "RUB") == (quote.board, quote.name, quote.currency)
    assert (Rung.LIVE, False, datetime(2024, 2, 15, 17, 54, 6, tzinfo=MOSCOW)) == (quote.rung, quote.stale, quote.time)
    assert ("MOEX", iss.address, 15, quote.time, ()) == (
        quotes.provider,
        quotes.source,
        quotes.delay_minutes,
        quotes.time,
        quotes.notes,
    )


@pytest.mark.parametrize("count", [1, 10, 331])
def test_one_request_serves_any_portfolio(moex: Callable[..., Quotes], iss: LocalIss, count: int):
    """Shares and funds, ten of them or the whole market: one request, of the columns that are used."""
    blocks = iss.exchange.quotes()
    tickers = [row["SECID"] for row in blocks["securities"].rows if row["BOARDID"] in {"TQBR", "TQTF"}]
    quotes = moex(*tickers[:count])
    assert tickers[:count] == list(quotes.by_ticker)
    assert all(0 < quote.bid <= quote.ask for quote in quotes.by_ticker.values())
    assert ["/iss/engines/stock/markets/shares/securities"] == [request.path for request in iss.requests]
    assert {"iss.meta", "iss.only", "securities.columns", "marketdata.columns"} == set(iss.requests[0].query)


def test_no_ticker_needs_no_request(moex: Callable[..., Quotes], iss: LocalIss):
    """A portfolio of cash alone asks the exchange for nothing."""
    assert {} == moex().by_ticker
    assert [] == iss.requests


def test_the_factory_opens_this_provider(iss: LocalIss):
    """`base_url` is where it asks, `now` is what the age is judged by."""
    found: QuoteProvider = provider(Provider("MOEX"), base_url=f"{iss.url}/", now=lambda: RECORDED.astimezone(UTC))
    assert ["SBER"] == list(found.quotes(["SBER"]).by_ticker)


def test_a_ticker_is_keyed_as_the_portfolio_names_it(moex: Callable[..., Quotes]):
    """With its board or without; a paper on several boards has the row of the board asked for."""
    quotes = moex("SBER", "SMAL:SBER", "TQBR:SBER", "gazp")
    assert ["SBER", "SMAL:SBER", "TQBR:SBER", "gazp"] == list(quotes.by_ticker)
    lots = [quote.lot_size for quote in quotes.by_ticker.values()]
    assert [10, 1, 10, 10] == lots
    assert Decimal("288.43") == quotes.by_ticker["SMAL:SBER"].bid


def test_another_currency_is_noted(moex: Callable[..., Quotes]):
    """A board in dollars is quoted in dollars, and nothing is converted; MARKETPRICE in roubles is not mistaken."""
    quotes = moex("TQTD:MTEK")
    quote = quotes.by_ticker["TQTD:MTEK"]
    assert "USD" == quote.currency
    assert quote.bid < 100
    assert "TQTD:MTEK (USD): not quoted in roubles; no exchange rate is applied." in notes(quotes)


@pytest.mark.parametrize(
    ("phase", "rung", "price"),
    [("before", Rung.PREVIOUS, "289.7"), ("opening", Rung.PREVIOUS, "289.7"), ("closed", Rung.CLOSE, "289.83")],
)
def test_outside_the_session_a_fallback_is_marked(
    moex: Callable[..., Quotes], iss: LocalIss, phase: str, rung: Rung, price: str
):
    """Before the opening, in the opening auction with its crossed books, and after the close."""
    iss.phase(phase)
    quotes = moex("SBER", "TMOS")
    quote = quotes.by_ticker["SBER"]
    assert (Decimal(price), Decimal(price), rung) == (quote.bid, quote.ask, quote.rung)
    assert ["TQBR, TQTF: no trading now; the prices are not a live bid and ask."] == notes(quotes)


@pytest.mark.parametrize(
    ("cells", "bid", "ask", "rung"),
    [
        ({"BID": None}, "289.83", "289.83", Rung.LAST),
        ({"OFFER": None}, "289.82", "289.83", Rung.LAST),
        ({"BID": None, "OFFER": None}, "289.83", "289.83", Rung.LAST),
        ({"BID": 290, "OFFER": 289}, "289.83", "289.83", Rung.LAST),
        ({"BID": 0, "OFFER": None, "LAST": None}, "289.65", "289.65", Rung.CURRENT),
        ({"BID": None, "OFFER": None, "LAST": None, "LCURRENTPRICE": None}, "289.27", "289.27", Rung.MARKET),
    ],
)
def test_a_book_that_is_not_whole(
    moex: Callable[..., Quotes], iss: LocalIss, cells: dict[str, object], bid: str, ask: str, rung: Rung
):
    """Empty, one-sided, crossed: the price ladder fills it, and says by which rung."""
    iss.edit("SBER", "TQBR", **cells)
    quote = moex("SBER").by_ticker["SBER"]
    assert (Decimal(bid), Decimal(ask), rung) == (quote.bid, quote.ask, quote.rung)


def test_a_paper_that_is_not_traded_is_noted(moex: Callable[..., Quotes]):
    """Suspended by the exchange, or halted while the session is open; both keep their last known price."""
    quotes = moex("GPBR", "ACKO", "SBER")
    assert [
        "GPBR: suspended by the exchange; write KEEP in [trade].",
        "ACKO: not traded at the moment, though the session is open.",
    ] == notes(quotes)
    assert Rung.PREVIOUS is quotes.by_ticker["ACKO"].rung


def test_papers_without_any_price_are_refused(moex: Callable[..., Quotes], iss: LocalIss):
    """All of them in one error, the suspended ones called so."""
    iss.fail("null prices")
    hint = "Leave it out of the portfolio file, or give its price with provider = FILE quotes.csv."
    assert [
        f"SBER: the exchange gives no price at all. {hint}",
        f"GPBR: trading is suspended and there is no price at all. {hint}",
    ] == refusals(lambda: moex("SBER", "GPBR"))


@pytest.mark.parametrize("lot", [None, 0, -1, 1.5])
def test_a_paper_without_a_lot_is_refused(moex: Callable[..., Quotes], iss: LocalIss, lot: object):
    """A guess could be a thousand times wrong."""
    iss.edit("SBER", "TQBR", LOTSIZE=lot)
    (said,) = refusals(lambda: moex("SBER"))
    assert f"SBER: the exchange gives lot size {lot}. Use provider = FILE" in said


def test_a_lot_that_changes_is_seen(moex: Callable[..., Quotes], iss: LocalIss):
    """VTBR went from 10 000 to 1 overnight; the lot is read at each call."""
    assert 10_000 == moex("VTBR").by_ticker["VTBR"].lot_size
    iss.edit("VTBR", "TQBR", LOTSIZE=1)
    assert 1 == moex("VTBR").by_ticker["VTBR"].lot_size


@pytest.mark.parametrize(
    ("ticker", "said"),
    [
        ("SBRE", "SBRE: the exchange has no such ticker. Did you mean SBER,"),
        ("TQBR:SBRE", "TQBR:SBRE: the exchange has no such ticker. Did you mean TQBR:SBER,"),
        ("RU0009029540", "RU0009029540: the exchange has no such ticker. Did you mean SBER?"),
        ("СБЕРБАНК", "СБЕРБАНК: the exchange has no such ticker. Did you mean SBER?"),
        ("LUKOIL", "LUKOIL: the exchange has no such ticker. Did you mean LKOH?"),
        ("MAIL", "MAIL: the exchange has no such ticker. MAIL became VKCO: check how many units you hold"),
        ("ZZZZZZ", "ZZZZZZ: the exchange has no such ticker."),
        ("TGLDD", "TGLDD: the exchange has no such ticker. Did you mean TGLD?"),
        ("TQTD:SBER", "TQTD:SBER: not on TQTD. It trades on TQBR, SMAL, SPEQ: write SBER."),
        ("RU000A1007R9", "RU000A1007R9: not on TQBR, TQTF. It trades on TQFD: write TQFD:RU000A1007R9."),
        ("TQOB:SU26238", "TQOB:SU26238: the share market has no board TQOB. The boards are TQBR, TQTF, SMAL,"),
    ],
)
def test_an_unknown_ticker_gets_a_hint(moex: Callable[..., Quotes], ticker: str, said: str):
    """From the exchange's own list: by spelling, ISIN, name, rename, or the board where it trades."""
    (line,) = refusals(lambda: moex("SBER", ticker))
    assert line.startswith(said)


def test_all_unknown_tickers_are_named(moex: Callable[..., Quotes], iss: LocalIss):
    """A file is mended in one go."""
    assert ["SBRE", "GASP", "ZZZZZZ"] == [
        line.partition(":")[0] for line in refusals(lambda: moex("SBRE", "LKOH", "GASP", "ZZZZZZ"))
    ]
    assert 1 == len(iss.requests)


@pytest.mark.parametrize("fault", ["reordered", "new columns"])
def test_columns_come_and_go(moex: Callable[..., Quotes], iss: LocalIss, fault: str):
    """Rows are read by the names of their columns, wherever they stand."""
    expected = moex(*WELL_KNOWN)
    iss.fail(fault)
    assert expected == moex(*WELL_KNOWN)


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("missing columns", "HOST: block securities has no column LOTSIZE. The exchange has changed its format"),
        ("missing blocks", "HOST: no block marketdata in the answer."),
        ("wrong json", "HOST: no block securities in the answer."),
        ("bare json", "HOST: no block securities in the answer."),
        ("empty", "HOST: the list of securities is empty. Try again later"),
        ("error inside", 'HOST says "Error while acquiring data.", after 4 tries. Try again later'),
        ("html", "HOST answered text/html instead of JSON."),
        ("busy", "HOST is out of order (503), after 4 tries."),
    ],
)
def test_an_answer_that_is_none_is_one_line(moex: Callable[..., Quotes], iss: LocalIss, fault: str, said: str):
    """Valid JSON of another shape is no traceback either."""
    iss.fail(fault, None)
    (line,) = refusals(lambda: moex("SBER"))
    assert line.replace(iss.address, "HOST").startswith(said)


def test_a_transient_fault_is_outlived(moex: Callable[..., Quotes], iss: LocalIss):
    """Twice busy, then an answer: the user sees nothing of it."""
    iss.fail("busy")
    iss.fail("error inside")
    assert ["SBER"] == list(moex("SBER").by_ticker)
    assert 3 == len(iss.requests)


def test_a_paper_without_market_data_falls_back(moex: Callable[..., Quotes], iss: LocalIss):
    """Its row of securities still knows the previous close."""
    market = iss.exchange.quotes

    def without_sber():
        blocks = market()
        blocks["marketdata"].rows = [row for row in blocks["marketdata"].rows if row["SECID"] != "SBER"]
        return blocks

    iss.exchange.quotes = without_sber
    quote = moex("SBER").by_ticker["SBER"]
    assert (Decimal("289.7"), Rung.PREVIOUS, None) == (quote.bid, quote.rung, quote.time)


@pytest.mark.parametrize(("minutes", "old"), [(0, False), (29, False), (31, True), (60 * 24 * 700, True)])
def test_the_age_is_that_of_the_board(moex: Callable[..., Quotes], minutes: int, old: bool):
    """Live quotes are stale when the board's newest row is; a quiet paper's row of the morning proves nothing."""
    quotes = moex(
        "SBER", "GPBM", "TRNFP", now=datetime(2024, 2, 15, 18, 9, 7, tzinfo=MOSCOW) + timedelta(minutes=minutes)
    )
    assert datetime(2024, 2, 15, 10, 56, 17, tzinfo=MOSCOW) == quotes.by_ticker["GPBM"].time
    assert [old, old, False] == [quote.stale for quote in quotes.by_ticker.values()]  # TRNFP is a fallback anyway
    expected = [
        f"{board}: the newest data of the exchange is of 2024-02-15 18:09, the quotes may be old."
        for board in ("TQBR", "TQTF")
    ]
    assert (expected if old else []) == notes(quotes)


def test_a_session_of_now_is_fresh(iss: LocalIss):
    """The local exchange can move its recorded moment to now, as a live one would answer."""
    iss.today()
    quotes = provider(Provider("MOEX"), base_url=iss.url).quotes(["SBER", "GPBM"])
    assert [False, False] == [quote.stale for quote in quotes.by_ticker.values()]
    assert (15, ()) == (quotes.delay_minutes, quotes.notes)


@pytest.mark.parametrize(("quoted", "delay"), [("18:09:07", 0), ("18:04:07", 5)])
def test_a_subscriber_is_not_late(moex: Callable[..., Quotes], iss: LocalIss, quoted: str, delay: int):
    """The delay is read off the exchange's two clocks."""
    iss.edit("SBER", "TQBR", SYSTIME="2024-02-15 18:09:07", UPDATETIME=quoted)
    assert delay == moex("SBER").delay_minutes


def test_a_quote_from_before_midnight(moex: Callable[..., Quotes], iss: LocalIss):
    """Loaded at 00:05, quoted at 23:49: of the day before."""
    iss.edit("SBER", "TQBR", SYSTIME="2024-02-16 00:04:30", UPDATETIME="23:49:29")
    assert datetime(2024, 2, 15, 23, 49, 29, tzinfo=MOSCOW) == moex("SBER").by_ticker["SBER"].time


@pytest.mark.parametrize(
    "cells", [{"SYSTIME": None}, {"SYSTIME": "soon"}, {"UPDATETIME": None}, {"UPDATETIME": "25:00"}]
)
def test_a_time_that_is_none(moex: Callable[..., Quotes], iss: LocalIss, cells: dict[str, object]):
    """A quote without a time is a quote all the same."""
    iss.edit("SBER", "TQBR", **cells)
    quote = moex("SBER").by_ticker["SBER"]
    assert (Decimal("289.82"), None) == (quote.bid, quote.time)
