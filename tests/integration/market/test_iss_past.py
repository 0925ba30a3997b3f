"""The past of the local exchange is told as the real one tells it, so that what passes here has met the truth."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import ProxyHandler, build_opener

import numpy as np
import pytest
import requests
from fixtures_iss import LocalIss
from iss_days import Days
from iss_market import Market
from iss_universe import SPECIAL, made

SBER = "/engines/stock/markets/shares/securities/SBER"
DAYS = "/history/engines/stock/markets/shares/boards/TQBR/securities"


@pytest.fixture
def market(iss: LocalIss) -> Market:
    return iss.serve(made(12, 3))


def get(iss: LocalIss, path: str, **query: object) -> dict:
    spelled = urlencode({name.replace("_", "."): value for name, value in query.items()})
    with build_opener(ProxyHandler({})).open(f"{iss.url}{path}.json?{spelled}", timeout=10) as response:
        return json.loads(response.read())


def rows(block: dict) -> list[dict]:
    return [dict(zip(block["columns"], row, strict=True)) for row in block["data"]]


def test_candles_come_five_hundred_at_a_time_without_a_cursor(iss: LocalIss, market: Market):
    """Their columns in the order of the real ones; a page beyond the end is empty."""
    answer = get(iss, f"{SBER}/candles", interval=24)
    assert ["candles"] == list(answer)
    assert ["open", "close", "high", "low", "value", "volume", "begin", "end"] == answer["candles"]["columns"]
    assert 500 == len(answer["candles"]["data"])
    assert [] == get(iss, f"{SBER}/candles", interval=24, start=5000)["candles"]["data"]


def test_history_comes_a_hundred_at_a_time_with_a_cursor(iss: LocalIss, market: Market):
    """Which `iss.only` drops unless it is named."""
    answer = get(iss, f"{DAYS}/SBER", start=100)
    [cursor] = rows(answer["history.cursor"])
    assert (100, 100, len(answer["history"]["data"])) == (cursor["INDEX"], cursor["PAGESIZE"], 100)
    assert cursor["TOTAL"] == sum(day <= market.day for day in market.days.sessions)
    assert ["history"] == list(get(iss, f"{DAYS}/SBER", iss_only="history"))
    assert ["history", "history.cursor"] == list(get(iss, f"{DAYS}/SBER", iss_only="history,history.cursor"))


def test_whole_numbers_are_sent_as_integers(iss: LocalIss, market: Market):
    """As ISS does, so that a reader that looks for floats finds out."""
    market.papers["SBER"].bars.close[-200:] = 300.0
    market.changed("SBER")
    candle = get(iss, f"{SBER}/candles", **{"interval": 24, "from": market.day})["candles"]["data"][0]
    assert isinstance(candle[1], int)


def test_a_public_client_reads_it(iss: LocalIss, market: Market, monkeypatch: pytest.MonkeyPatch):
    """apimoex asks for extended JSON and pages in its own way; it gets every bar."""
    apimoex = pytest.importorskip("apimoex")
    real = requests.Session.get

    def here(session: requests.Session, url: str, **how: object) -> requests.Response:
        return real(session, url.replace("https://iss.moex.com/iss", iss.url), **how)

    monkeypatch.setattr(requests.Session, "get", here)
    with requests.Session() as session:
        candles = apimoex.get_market_candles(session, "SBER", interval=24, end=str(market.day))
        days = apimoex.get_board_history(session, "SBER")
        securities = apimoex.get_board_securities(session)
    known = market.papers["SBER"].bars.begin <= np.datetime64(market.day)
    assert np.count_nonzero(known) == len(candles)
    assert pytest.approx(market.papers["SBER"].bars.close[0]) == candles[0]["close"]
    assert sum(day <= market.day for day in market.days.sessions) == len(days)
    assert "SBER" in {row["SECID"] for row in securities}


def test_ends_of_candles_are_not_all_alike(iss: LocalIss, market: Market):
    """Nor are they to be a key."""
    ends = {row["end"][-8:] for row in rows(get(iss, f"{SBER}/candles", interval=60)["candles"])}
    assert {"59:59"} < {end[3:] for end in ends}


def test_listing_has_a_row_for_each_board(iss: LocalIss, market: Market):
    """With the first and the last day; who trades still has the newest day for a last one."""
    listing = rows(get(iss, "/history/engines/stock/markets/shares/listing")["securities"])
    assert {("SBER", "TQBR"), ("SBER", "SMAL")} == {
        (row["SECID"], row["BOARDID"]) for row in listing if row["SECID"] == "SBER"
    }
    last = {row["SECID"]: row["history_till"] for row in listing}
    assert (str(market.day), "2024-11-27") == (last["SBER"], last["TCSG"])


def test_a_free_service_has_no_calendar(iss: LocalIss, market: Market):
    """A page instead of data, when told to."""
    assert "off_days" in get(iss, "/calendars", show_all_days=1)
    market.serves_calendar = False
    with pytest.raises(json.JSONDecodeError):
        get(iss, "/calendars")


def test_withdrawn_dividends_are_the_card_of_the_security(iss: LocalIss, market: Market):
    """As the path answers since 2025: of status 200."""
    market.serves_dividends = False
    assert ["description", "boards"] == list(get(iss, "/securities/SBER/dividends"))


def test_quotes_are_of_the_market_that_is_served(iss: LocalIss, market: Market):
    """In the columns of the recorded ones, so that a portfolio can be rebalanced with them."""
    answer = get(iss, "/engines/stock/markets/shares/boards/TQBR/securities")
    assert 27 == len(answer["securities"]["columns"])
    tickers = {row["SECID"] for row in rows(answer["marketdata"])}
    assert {"SBER", "T", "YDEX"} <= tickers
    assert not {"TCSG", "YNDX", "LQDT"} & tickers


def test_a_ticker_vanishes(iss: LocalIss, market: Market):
    """From the list of today; its past stays."""
    market.vanish("SBER")
    assert [] == get(iss, SBER)["securities"]["data"]
    assert 500 == len(get(iss, f"{SBER}/candles", interval=24)["candles"]["data"])
    market.drop("SBER")
    assert [] == get(iss, f"{SBER}/candles", interval=24)["candles"]["data"]


def test_history_may_be_rewritten_without_a_reason(iss: LocalIss, market: Market):
    """From one call to the next, and no list tells why."""
    query = {"interval": 24, "candles_columns": "close,volume", "till": "2023-12-29"}
    before = rows(get(iss, f"{SBER}/candles", **query)["candles"])
    market.rewrite("SBER", 1.05)
    after = rows(get(iss, f"{SBER}/candles", **query)["candles"])
    assert [row["close"] * 1.05 for row in before] == pytest.approx([row["close"] for row in after])
    assert [row["volume"] for row in before] == [row["volume"] for row in after]


def test_a_fault_may_be_of_one_address(iss: LocalIss, market: Market):
    """The others are answered meanwhile; it lasts for so many requests."""
    iss.fail("empty", 2, path="/SBER/candles")
    assert 500 == len(get(iss, f"{SBER.replace('SBER', 'LKOH')}/candles", interval=24)["candles"]["data"])
    counts = [len(get(iss, f"{SBER}/candles", interval=24)["candles"]["data"]) for _ in range(3)]
    assert [0, 0, 500] == counts
    iss.exchange.fail("empty", None, path="start=500")
    assert [] == get(iss, f"{SBER}/candles", interval=24, start=500)["candles"]["data"]
    iss.exchange.faults.clear()
    assert [] != get(iss, f"{SBER}/candles", interval=24, start=500)["candles"]["data"]


def test_a_market_is_the_same_for_the_same_seed():
    """Tests and benchmarks of two runs see the same bars; another seed makes others."""
    one, same, other = made(14, 2), made(14, 2), made(14, 2, seed=2)
    assert list(one.papers) == list(same.papers)
    assert np.array_equal(one.papers["SBER"].bars.close, same.papers["SBER"].bars.close)
    assert not np.array_equal(one.papers["SBER"].bars.close, other.papers["SBER"].bars.close)


@pytest.mark.parametrize("count", [1, 12, 40])
def test_a_market_has_as_many_tickers_as_asked_for(count: int):
    """Those of today; predecessors and the gone come on top."""
    market = made(count, 4)
    today = [paper for paper in market.papers.values() if paper.listed]
    assert count - ("RSTI" in SPECIAL[:count]) == len(today)


def test_bars_of_the_model_are_sane():
    """What a sieve would find in them, somebody put in with `fail`."""
    market = made(20, 8)
    for paper in market.papers.values():
        for raw in (paper.bars, market.hours_of(paper)):
            low, high = np.minimum(raw.open, raw.close), np.maximum(raw.open, raw.close)
            assert (np.diff(raw.begin) > np.timedelta64(0)).all(), paper.ticker
            assert (raw.low > 0).all(), paper.ticker
            assert ((raw.low <= low) & (high <= raw.high)).all(), paper.ticker
            assert ((raw.volume > 0) & (raw.value > 0)).all(), paper.ticker
            assert (raw.volume == np.rint(raw.volume)).all(), paper.ticker
        assert pytest.approx(paper.bars.volume.sum()) == market.hours_of(paper).volume.sum()


def test_value_over_volume_is_a_price_of_the_day():
    """The average price, in the units of its time: what tells whether a candle has a split worked in."""
    for paper in made(12, 8).papers.values():
        mean = paper.bars.value / paper.bars.volume
        assert (paper.bars.low * 0.999 <= mean).all(), paper.ticker
        assert (mean <= paper.bars.high * 1.001).all(), paper.ticker


def test_days_have_the_oddities_of_the_real_ones():
    """The long pause, working Saturdays, weekends since March 2025, holidays."""
    days = Days(date(2022, 1, 1), date(2025, 12, 31))
    assert date(2022, 3, 24) == days.next_session(date(2022, 2, 25))
    assert days.is_session(date(2024, 4, 27))
    assert date(2025, 6, 2) == days.weekend[date(2025, 5, 31)] == days.weekend[date(2025, 6, 1)]
    assert date(2025, 2, 22) not in days.weekend
    assert date(2025, 11, 1) not in days.weekend
    assert not days.is_session(date(2025, 1, 1))


def test_it_runs_by_itself_with_a_market():
    """For a trial by hand of a refresh."""
    script = Path(__file__).parents[2] / "iss_server.py"
    command = [sys.executable, str(script), "--port", "0", "--market", "3x1", "--day", "2025-06-02", "--quiet"]
    command += ["--fault", "zero price", "--path", "/SBER/"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            url = process.stdout.readline().strip().partition("=")[2]
            query = "interval=24&iss.meta=off&candles.columns=close,begin"
            with build_opener(ProxyHandler({})).open(f"{url}{SBER}/candles.json?{query}", timeout=10) as response:
                data = json.loads(response.read())["candles"]["data"]
        finally:
            process.kill()
    assert "2025-06-02 00:00:00" == data[-1][1]
    assert 1 == [close for close, _ in data].count(0)
