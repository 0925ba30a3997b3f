"""The provider of history against the local exchange: what arrives is what the market did."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from fractions import Fraction

import numpy as np
import pytest
from fixtures_iss import LocalIss
from iss_market import Market, Raw
from iss_universe import SHARED, made, real

from allocator.core.bars import FIELDS, Bars, Interval
from allocator.core.errors import MarketError
from allocator.core.instrument import Kind
from allocator.market.failures import NotServed
from allocator.market.history import INDEXES, SECTORS, HistoryFault, HistoryProvider, history_provider

SINCE, TILL = date(2019, 1, 1), date(2025, 11, 28)
CANDLES = "/iss/engines/stock/markets/shares/securities/SBER/candles"


@pytest.fixture
def market(iss: LocalIss) -> Market:
    return iss.serve(made(12, 6))


@pytest.fixture
def provider(iss: LocalIss, market: Market) -> Iterator[HistoryProvider]:
    provider = history_provider(base_url=iss.url, registers_url=iss.registers_url, rate=1e6, burst=1000)
    yield provider
    provider.close()


def same(raw: Raw, bars: Bars, fields: tuple[str, ...] = FIELDS) -> bool:
    return bool(
        np.array_equal(raw.begin, bars.begin)
        and all(np.allclose(getattr(raw, name), getattr(bars, name), rtol=1e-12) for name in fields)
    )


def known(market: Market, raw: Raw) -> Raw:
    """Bars that the exchange has by now."""
    return raw[raw.begin.astype("M8[D]") <= np.datetime64(market.day)]


def of(bars: Bars, day: str) -> dict[str, float]:
    """The one bar of a day."""
    [position] = np.flatnonzero(bars.days == np.datetime64(day))
    return {name: float(getattr(bars, name)[position]) for name in FIELDS}


def paths(iss: LocalIss) -> list[str]:
    return [seen.path for seen in iss.requests]


# --- candles


@pytest.mark.parametrize("interval", [Interval.DAY, Interval.HOUR])
def test_all_pages_of_candles_arrive(provider: HistoryProvider, market: Market, interval: Interval):
    """Six years of days and of hours, every bar once and in order."""
    paper = market.papers["SBER"]
    raw = paper.bars if interval is Interval.DAY else market.hours_of(paper)
    assert same(known(market, raw), provider.candles("SBER", interval, SINCE, TILL))


def test_pages_are_asked_by_rows_received(provider: HistoryProvider, market: Market, iss: LocalIss):
    """The last bar of the last day proves that none follows, so no empty page is asked for."""
    count = len(provider.candles("SBER", Interval.DAY, SINCE, TILL))
    assert [str(start) for start in range(0, count, 500)] == [seen.query["start"] for seen in iss.requests]
    assert -(-count // 500) == provider.pages


def test_a_quiet_paper_is_asked_until_an_empty_page(provider: HistoryProvider, market: Market, iss: LocalIss):
    """Its last deal may be any day's, so only nothing at all is the end."""
    paper = market.papers["RSTI"]
    assert same(paper.bars, provider.candles("RSTI", Interval.DAY, SINCE, TILL))
    assert str(len(paper.bars.begin)) == iss.requests[-1].query["start"]


@pytest.mark.parametrize(("size", "cursor"), [(100, False), (1000, False), (500, True), (7, True)])
def test_any_size_of_page_will_do(provider: HistoryProvider, market: Market, iss: LocalIss, size: int, cursor: bool):
    """The exchange promises none; some have seen a cursor."""
    iss.exchange.candle_page, iss.exchange.candle_cursor = size, cursor
    since = date(2024, 11, 1)
    raw = known(market, market.papers["LKOH"].bars)
    raw = raw[raw.begin >= np.datetime64(since)]
    assert same(raw, provider.candles("LKOH", Interval.DAY, since, TILL))


def test_both_ends_of_the_time_asked_for_are_included(provider: HistoryProvider, market: Market):
    """All hours of the last day too."""
    day = date(2025, 11, 27)
    bars = provider.candles("SBER", Interval.HOUR, day, day)
    assert {np.datetime64(day)} == set(bars.days)
    assert ["2025-11-27T06:00:00", "2025-11-27T23:00:00"] == bars.begin[[0, -1]].astype(str).tolist()


def test_an_unknown_ticker_has_no_candles(provider: HistoryProvider):
    """The exchange says 200 and nothing, not 404."""
    assert 0 == len(provider.candles("NOPE", Interval.DAY, SINCE, TILL))
    assert 0 == len(provider.daily_history("NOPE", SINCE, TILL))


def test_candles_have_a_split_worked_in_in_price_only(provider: HistoryProvider, market: Market):
    """GMKN, 1:100 on 2024-04-08: yesterday's price is a hundredth of what was paid, its volume is not."""
    before = of(provider.candles("GMKN", Interval.DAY, date(2024, 3, 25), date(2024, 4, 12)), "2024-04-01")
    raw = of(provider.daily_history("GMKN", date(2024, 3, 25), date(2024, 4, 12)), "2024-04-01")
    assert raw["close"] / 100 == pytest.approx(before["close"])
    assert (raw["volume"], raw["value"]) == (before["volume"], before["value"])
    assert 60 < raw["close"] / before["close"]


def test_a_split_is_worked_in_once_the_exchange_knows(provider: HistoryProvider, market: Market):
    """The day before, candles are as traded; then all history is another."""
    day = market.day
    old = provider.candles("SBER", Interval.DAY, SINCE, day)
    market.split("SBER", 1, 10)
    assert same(
        Raw(*(getattr(old, name) for name in ("begin", *FIELDS))), provider.candles("SBER", Interval.DAY, SINCE, day)
    )
    market.night()
    new = provider.candles("SBER", Interval.DAY, SINCE, day)
    assert np.allclose(old.close / 10, new.close, rtol=1e-9)
    assert np.array_equal(old.volume, new.volume)
    [split] = [each for each in provider.splits() if each.ticker == "SBER"]
    assert (Fraction(1, 10), market.day) == (split.factor, split.day)


def test_weekend_sessions_have_their_own_candles(provider: HistoryProvider, market: Market):
    """Since 2025-03-01; in `history` they are part of the next session day, to the last unit."""
    since, till = date(2025, 5, 30), date(2025, 6, 2)
    candles = provider.candles("SBER", Interval.DAY, since, till)
    merged = provider.daily_history("SBER", since, till)
    assert ["2025-05-30", "2025-05-31", "2025-06-01", "2025-06-02"] == candles.days.astype(str).tolist()
    assert ["2025-05-30", "2025-06-02"] == merged.days.astype(str).tolist()
    monday = of(merged, "2025-06-02")
    assert candles.volume[1:].sum() == monday["volume"]
    assert candles.high[1:].max() == monday["high"]
    assert (candles.open[1], candles.close[-1]) == (monday["open"], monday["close"])


@pytest.mark.parametrize("day", [date(2024, 4, 27), date(2024, 11, 2), date(2024, 12, 28), date(2025, 11, 1)])
def test_working_saturdays_are_ordinary_days(provider: HistoryProvider, day: date):
    """In both routes."""
    assert 1 == len(provider.candles("SBER", Interval.DAY, day, day))
    assert 1 == len(provider.daily_history("SBER", day, day))


def test_days_differ_in_their_hours(provider: HistoryProvider):
    """The first day after the long pause had few; evenings came and went: no count is the right one."""
    days = (date(2022, 2, 24), date(2022, 3, 24), date(2022, 5, 16), date(2022, 9, 12), date(2025, 5, 31))
    assert [18, 5, 10, 15, 10] == [len(provider.candles("SBER", Interval.HOUR, day, day)) for day in days]
    assert 0 == len(provider.candles("SBER", Interval.HOUR, date(2022, 2, 26), date(2022, 3, 23)))


def test_bars_are_keyed_by_their_begin(provider: HistoryProvider, iss: LocalIss):
    """The end is 18:48:03 as well as :59, so it is not even asked for."""
    provider.candles("SBER", Interval.HOUR, date(2025, 11, 27), TILL)
    assert "begin,open,high,low,close,volume,value" == iss.requests[0].query["candles.columns"]


# --- days of history


def test_all_pages_of_history_arrive(provider: HistoryProvider, market: Market, iss: LocalIss):
    """A hundred rows at a time, by the cursor: no request more than that takes."""
    bars = provider.daily_history("LKOH", SINCE, TILL)
    sessions = [day for day in market.days.sessions if day <= market.day]
    assert sessions == bars.days.tolist()
    assert -(-len(sessions) // 100) == len(iss.requests)
    assert {"history,history.cursor"} == {seen.query["iss.only"] for seen in iss.requests}


def test_suspension_days_are_unknown_not_zero(provider: HistoryProvider):
    """GMKN did not trade on 2-5 April 2024: nulls in history, no candles."""
    since, till = date(2024, 4, 2), date(2024, 4, 5)
    bars = provider.daily_history("GMKN", since, till)
    assert 4 == len(bars)
    assert np.isnan(bars.close).all()
    assert [0, 0, 0, 0] == bars.volume.tolist()
    assert 0 == len(provider.candles("GMKN", Interval.DAY, since, till))


def test_days_without_deals_have_no_candle(provider: HistoryProvider, market: Market):
    """An illiquid paper: fewer candles than sessions, and a row of nulls for each of the others."""
    candles, days = (
        provider.candles("ILLQ", Interval.DAY, date(2024, 1, 1), date(2025, 2, 1)),
        provider.daily_history("ILLQ", date(2024, 1, 1), date(2025, 2, 1)),
    )
    assert len(candles) == np.count_nonzero(~np.isnan(days.close)) < len(days)


def test_history_is_of_one_board(provider: HistoryProvider):
    """A fund has no row on the board of shares."""
    assert 0 == len(provider.daily_history("LQDT", SINCE, TILL))
    assert 0 < len(provider.daily_history("LQDT", SINCE, TILL, board="TQTF"))


# --- lists


def test_today_and_ever(provider: HistoryProvider, market: Market):
    """The listing has those too who left the list of today, with their last day."""
    today = {each.ticker: each for each in provider.instruments()}
    ever = {each.ticker: each for each in provider.listing()}
    assert {"TCSG", "YNDX", "RSTI"} == ever.keys() - today.keys()
    assert not today.keys() - ever.keys()
    assert [date(2024, 11, 27), date(2024, 6, 14), date(2022, 12, 20)] == [
        ever[ticker].delisted for ticker in ("TCSG", "YNDX", "RSTI")
    ]
    assert {None} == {ever[ticker].delisted for ticker in today}
    assert [Kind.PREFERRED, Kind.FUND, Kind.RECEIPT] == [today[ticker].kind for ticker in ("SBERP", "LQDT", "AGRO")]
    assert [Kind.PREFERRED, Kind.FUND, Kind.RECEIPT] == [ever[ticker].kind for ticker in ("SBERP", "LQDT", "AGRO")]
    assert (market.papers["SBER"].isin, 10) == (today["SBER"].isin, today["SBER"].lot_size)


def test_one_request_for_the_list_of_all_boards(provider: HistoryProvider, iss: LocalIss):
    """The recorded market, as any other."""
    iss.exchange.market = None
    assert 331 == len(provider.instruments())
    assert ["/iss/engines/stock/markets/shares/securities"] == paths(iss)


def test_renames_know_tickers_not_companies(provider: HistoryProvider):
    """TCSG became T; YNDX and YDEX are two papers of two companies."""
    assert [("TCSG", "T", date(2024, 11, 27))] == [(each.old, each.new, each.day) for each in provider.renames()]


def test_splits_know_no_bonus_issues(provider: HistoryProvider):
    """BELU's seven for one is nowhere told."""
    assert [("GMKN", Fraction(1, 100)), ("VTBR", Fraction(5000))] == [
        (each.ticker, each.factor) for each in provider.splits()
    ]


def test_dividends_are_summed_by_record_date(provider: HistoryProvider, market: Market, iss: LocalIss):
    """One request a ticker, however many rows."""
    rows = market.dividends["SBER"]
    assert rows[0][0] == rows[1][0]
    found = provider.dividends("SBER")
    assert len(rows) - 1 == len(found)
    assert 2 * rows[0][1] == pytest.approx(float(found[0].amount))
    assert [{"RUB"}, {"USD"}] == [{each.currency for each in provider.dividends(name)} for name in ("LKOH", "AGRO")]
    assert [] == provider.dividends("LQDT")
    assert 4 == len(iss.requests)


def test_withdrawn_dividends_are_no_empty_ones(provider: HistoryProvider, market: Market):
    """Since 2025 the path answers with the card of the security: that is told, not taken for "never paid"."""
    market.serves_dividends = False
    with pytest.raises(NotServed, match="no block dividends in the answer"):
        provider.dividends("SBER")


def test_the_calendar_is_declared(provider: HistoryProvider):
    """Weekend sessions with the day that they are booked on, holidays, working Saturdays."""
    days = {each.day: each for each in provider.calendar(date(2024, 12, 28), date(2025, 11, 28))}
    assert 336 == len(days)
    assert days[date(2024, 12, 28)].is_session
    assert not days[date(2025, 1, 1)].is_session
    assert (False, date(2025, 6, 2)) == (days[date(2025, 5, 31)].is_session, days[date(2025, 5, 31)].session)


def test_an_exchange_without_a_calendar_is_watched(provider: HistoryProvider, market: Market):
    """The free service answers with a page: days with deals in the most liquid share are the sessions, with a note."""
    since, till = date(2024, 12, 28), date(2025, 11, 28)
    declared = {each.day for each in provider.calendar(since, till) if each.is_session}
    market.serves_calendar = False
    found = provider.calendar(since, till)
    assert declared == {each.day for each in found if each.is_session}
    assert 336 == len(found)
    assert ["gives no trading calendar; days with deals in SBER stand for it."] == [
        str(note).partition(" ")[2] for note in provider.notes
    ]
    assert [] == provider.calendar(date(2025, 6, 1), date(2025, 6, 1))  # a Sunday, merged into Monday


def test_members_and_sectors(provider: HistoryProvider):
    """Every share of the market has one sector."""
    sectors = [member.ticker for index in SECTORS for member in provider.members(index)]
    assert sorted(member.ticker for member in provider.members("IMOEX")) == sorted(sectors)


def test_weights_of_a_holiday_are_of_the_day_before(provider: HistoryProvider, iss: LocalIss):
    """The exchange tells none on a day without a session."""
    friday = provider.weights("IMOEX", date(2025, 5, 30))
    assert 99 < sum(friday.values()) < 101
    asked = len(iss.requests)
    assert friday == provider.weights("IMOEX", date(2025, 6, 1))
    assert ["2025-06-01", "2025-05-31", "2025-05-30"] == list(
        dict.fromkeys(seen.query["date"] for seen in iss.requests[asked:])
    )
    assert {} == provider.weights("NOPE", date(2025, 6, 1))


def test_indexes_have_candles_and_ancestors(provider: HistoryProvider, market: Market):
    """MCF2TRR begins where MCFTRR is known, and on its level."""
    for name in INDEXES:
        bars = provider.candles(name, Interval.DAY, SINCE, TILL, market="index")
        assert same(known(market, market.indexes[name].bars), bars)
    new = provider.candles("MCF2TRR", Interval.DAY, SINCE, TILL, market="index")
    [older] = INDEXES["MCF2TRR"]
    old = provider.candles(older, Interval.DAY, SINCE, TILL, market="index")
    assert old.begin[0] < new.begin[0]
    assert np.array_equal(new.close, old.close[np.isin(old.begin, new.begin)])


def test_record_dates_are_read_from_the_list_of_registers(provider: HistoryProvider, market: Market):
    """In cp1251, month before day, the ticker inside the issuer's name."""
    assert sorted(set(market.closings)) == provider.register_closings()


def test_registers_without_any_ticker_are_a_fault(provider: HistoryProvider, market: Market):
    """An empty or foreign list must not look like "nobody pays"."""
    market.closings = []
    with pytest.raises(MarketError, match="no record date can be read"):
        provider.register_closings()


def test_the_registers_never_see_the_token(iss: LocalIss, market: Market):
    """Another service of the exchange, another host."""
    paid = history_provider(base_url=iss.url, registers_url=iss.registers_url, token="open-sesame")
    paid.register_closings()
    paid.splits()
    assert [None, *["Bearer open-sesame"] * 2] == [seen.headers.get("Authorization") for seen in iss.requests]


def test_progress_is_told(provider: HistoryProvider, market: Market, iss: LocalIss):
    """For the summary: requests, retries, bytes, pages and rows of bars."""
    iss.fail("busy", 1)
    bars = provider.candles("SBER", Interval.DAY, SINCE, TILL)
    progress = provider.progress
    assert (len(iss.requests), 1, len(bars)) == (progress.requests, progress.retries, progress.rows)
    assert progress.requests - 1 == progress.pages == provider.pages
    assert 10_000 < progress.bytes


def test_the_clock_of_the_exchange_is_told(provider: HistoryProvider, iss: LocalIss):
    """A machine whose date is wrong would ask for the wrong days."""
    assert 0 == provider.clock_skew_s()
    iss.exchange.clock_off = timedelta(days=3)
    provider.splits()
    assert abs(provider.clock_skew_s() - 3 * 86_400) < 30


def test_nights_bring_new_bars(provider: HistoryProvider, market: Market):
    """The weekend's sessions come with Monday."""
    before = market.day
    assert date(2025, 12, 1) == market.night()
    bars = provider.candles("SBER", Interval.DAY, before, market.day)
    assert ["2025-11-28", "2025-11-29", "2025-11-30", "2025-12-01"] == bars.days.astype(str).tolist()


# --- faults: of data here, those of the answer itself in test_iss_http


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("missing columns", "SBER: the exchange sends no column close"),
        ("text price", "SBER: a row of the exchange has close = NaN, which is no number"),
        ("bad time", "SBER: a row of the exchange has begin = 2024-02-31 00:00:00, which is no time"),
    ],
)
def test_data_that_can_be_no_bar_is_a_fault_of_its_ticker(
    provider: HistoryProvider, iss: LocalIss, fault: str, message: str
):
    """The others are loaded as if nothing were."""
    iss.fail(fault, None, path="/SBER/")
    with pytest.raises(HistoryFault, match=message) as caught:
        provider.candles("SBER", Interval.DAY, SINCE, TILL)
    assert ("SBER", 4) == (caught.value.ticker, caught.value.exit_code)
    assert 0 < len(provider.candles("LKOH", Interval.DAY, SINCE, TILL))


@pytest.mark.parametrize(
    "fault",
    [
        *(
            "reordered",
            "new columns",
            "busy",
            "too many",
            "out of order",
            "truncated",
            "halved",
            "reset",
            "error inside",
        ),
        *("wrong clock", "not json", "not gzip"),
    ],
)
def test_what_passes_or_does_not_matter_changes_nothing(
    provider: HistoryProvider, market: Market, iss: LocalIss, fault: str
):
    """A page in the middle comes at the second try, or as good as ever."""
    iss.fail(fault, 1, path="candles.*start=500")
    assert same(known(market, market.papers["SBER"].bars), provider.candles("SBER", Interval.DAY, SINCE, TILL))


@pytest.mark.parametrize(
    ("fault", "check"),
    [
        ("null candle", lambda bars: np.isnan(bars.close).sum() == 1),
        ("zero price", lambda bars: (bars.close == 0).sum() == 1),
        ("negative price", lambda bars: (bars.low < 0).sum() == 1),
        ("high below low", lambda bars: (bars.high < bars.low).sum() == 1),
        ("negative volume", lambda bars: (bars.volume < 0).sum() == 1),
        ("duplicate candle", lambda bars: (np.diff(bars.begin) == np.timedelta64(0)).sum() == 1),
        ("conflicting candles", lambda bars: (np.diff(bars.begin) == np.timedelta64(0)).sum() == 1),
        ("shuffled candles", lambda bars: (np.diff(bars.begin) < np.timedelta64(0)).sum() > 0),
        ("future candle", lambda bars: bars.begin.max() > np.datetime64("2099-01-01")),
        ("tenfold price", lambda bars: (bars.close[1:] / bars.close[:-1] > 5).sum() == 1),
    ],
)
def test_bad_bars_arrive_as_they_are(
    provider: HistoryProvider, market: Market, iss: LocalIss, fault: str, check: Callable[[Bars], bool]
):
    """The provider hides nothing and loses nothing: judging is the sieve's work."""
    count = np.count_nonzero(market.papers["SBER"].bars.begin <= np.datetime64(market.day))
    iss.fail(fault, 1, path="candles.*start=500")
    bars = provider.candles("SBER", Interval.DAY, SINCE, TILL)
    assert check(bars)
    assert count <= len(bars) <= count + 1


def test_a_page_that_comes_again_ends_the_ticker(provider: HistoryProvider, iss: LocalIss):
    """Not the program."""
    iss.fail("stuck page", None, path="candles")
    with pytest.raises(MarketError, match="sends the same page of candles again"):
        provider.candles("SBER", Interval.DAY, SINCE, TILL)


def test_an_empty_page_in_the_middle_is_not_believed(provider: HistoryProvider, market: Market, iss: LocalIss):
    """It is asked for once more; a history shorter than its cursor says is a fault."""
    iss.fail("empty", 1, path="candles.*start=500")
    assert same(known(market, market.papers["SBER"].bars), provider.candles("SBER", Interval.DAY, SINCE, TILL))
    since = date(2025, 9, 1)
    hours = market.hours_of(market.papers["SBER"])
    iss.fail("empty", 1, path="candles.*start=1000")
    assert same(
        known(market, hours[hours.begin >= np.datetime64(since)]), provider.candles("SBER", Interval.HOUR, since, TILL)
    )
    iss.fail("short history", None, path="/history/")
    with pytest.raises(MarketError, match=r"sent \d+ of \d+ rows of history"):
        provider.daily_history("SBER", SINCE, TILL)


@pytest.mark.parametrize("fault", ["html", "missing blocks", "forbidden", "missing", "wrong json", "bare json"])
@pytest.mark.parametrize(
    "ask",
    [
        lambda provider: provider.candles("SBER", Interval.DAY, SINCE, TILL),
        lambda provider: provider.daily_history("SBER", SINCE, TILL),
        lambda provider: provider.instruments(),
        lambda provider: provider.listing(),
        lambda provider: provider.members("IMOEX"),
        lambda provider: provider.weights("IMOEX", TILL),
        lambda provider: provider.splits(),
        lambda provider: provider.renames(),
        lambda provider: provider.dividends("SBER"),
        lambda provider: provider.calendar(SINCE, TILL),
    ],
    ids=["candles", "history", "securities", "listing", "members", "weights", "splits", "renames", "dividends", "days"],
)
def test_every_question_can_fail_in_words(
    provider: HistoryProvider, iss: LocalIss, fault: str, ask: Callable[[HistoryProvider], object]
):
    """One error of the market with a hint, from whatever route and whatever answer."""
    if fault == "missing blocks":
        iss.exchange.add(".*", lambda exchange, where, query: {})
    else:
        iss.fail(fault, None)
    with pytest.raises(MarketError) as caught:
        ask(provider)
    assert caught.value.hint is not None
    assert "provider = FILE" not in str(caught.value.hint)


@pytest.mark.skipif(not SHARED.exists(), reason="the recorded data is in ../shared, which is not here")
def test_the_recorded_market_is_served(iss: LocalIss):
    """Real bars come back as they are; GMKN's candles have its split, BELU's bonus issue is in none."""
    market = iss.serve(real({"SBER", "GMKN", "BELU", "YNDX", "YDEX"}))
    provider = history_provider(base_url=iss.url, rate=1e6)
    since, till = date(2014, 1, 1), date(2024, 12, 30)
    assert same(market.papers["SBER"].bars, provider.candles("SBER", Interval.DAY, since, till))
    assert 150.54 == of(provider.candles("GMKN", Interval.DAY, since, till), "2024-04-01")["close"]
    assert 15054 == of(provider.daily_history("GMKN", since, till), "2024-04-01")["close"]
    assert 4680 == of(provider.candles("BELU", Interval.DAY, since, till), "2024-08-15")["close"]
    assert {"YNDX"} == {each.ticker for each in provider.listing() if each.delisted}
