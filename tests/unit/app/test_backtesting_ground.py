"""The market that a backtest walks through: raw prices, splits and dividends on their days, who qualified then."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from allocator.app.backtesting_cash import cash_returns
from allocator.app.backtesting_files import digest_of, recorded
from allocator.app.backtesting_ground import digest_of as market_digest
from allocator.app.backtesting_ground import read_ground
from allocator.config.backtest_file import BacktestFile, parse_backtest
from allocator.config.settings import Settings, UniverseSettings
from allocator.core.bars import Bars, Interval
from allocator.core.errors import ConfigError, MarketError, StoreError
from allocator.core.instrument import Dividend, Instrument, Kind, Rename, Split
from allocator.store import Store, open_store

SETTINGS = Settings(universe=UniverseSettings(min_history=20, holding_days=5))
DAYS = np.arange(np.datetime64("2023-01-02"), np.datetime64("2023-06-30"))
DAYS = DAYS[np.is_busday(DAYS)].astype("datetime64[s]")


def bars(close, begin=DAYS, volume=1000.0) -> Bars:
    """Opens a rouble below the close."""
    close = np.asarray(close, dtype=float)
    filled = np.full(len(close), float(volume))
    return Bars(begin, close - 1, close + 1, close - 2, close, filled, filled * close)


@pytest.fixture
def store(tmp_path: Path):
    """A rises by a rouble a day and is split 1:10, B pays a dividend, GONE leaves in March, IMX is an index."""
    rising = 100.0 + np.arange(len(DAYS))
    split_day = DAYS[60].astype("datetime64[D]").item()
    raw = np.where(np.arange(len(DAYS)) >= 60, rising / 10, rising)
    steady = np.full(len(DAYS), 50.0)
    with open_store(str(tmp_path / "store.db")) as opened:
        with opened.transaction() as tx:
            tx.instruments.put([
                Instrument("A", Kind.SHARE, "TQBR", lot_size=10),
                Instrument("B", Kind.SHARE, "TQBR"),
                Instrument("GONE", Kind.SHARE, "TQBR", delisted=DAYS[50].item().date()),
                Instrument("THIN", Kind.SHARE, "TQBR"),
                Instrument("IMX", Kind.INDEX, "SNDX"),
            ])  # fmt: skip
            tx.bars.put("A", Interval.DAY, bars(raw))
            tx.bars.put("B", Interval.DAY, bars(steady))
            tx.bars.put("GONE", Interval.DAY, bars(steady[:50], DAYS[:50]))
            tx.bars.put("THIN", Interval.DAY, bars(steady, volume=1))
            tx.bars.put("IMX", Interval.DAY, bars(1000.0 + np.arange(len(DAYS))))
            tx.splits.put([Split("A", split_day, 1, 10, "manual")])
            tx.dividends.put([Dividend("B", DAYS[70].item().date(), Decimal(10), "RUB", "manual")])
        yield opened


def plan(**changed) -> BacktestFile:
    found = parse_backtest("[strategy equal]\nkind = equal\n", Path("test.ini"))
    return replace(found, **{"tickers": ("A", "B"), **changed})


def test_prices_are_as_they_traded_and_a_split_changes_units(store: Store):
    """On its day and on no other; the open of that day is in the same units as its close."""
    market = read_ground(store, SETTINGS, plan()).market
    assert ("A", "B") == market.tickers
    assert [159.0, 16.0] == market.close[59:61, 0].tolist()
    assert [(60, 0)] == list(zip(*np.nonzero(market.ratio != 1), strict=True))
    assert 10.0 == market.ratio[60, 0]
    assert 15.0 == pytest.approx(market.open[60, 0])
    assert [10, 1] == market.lots.tolist()
    assert 1000 * 159.0 == market.turnover[59, 0]


def test_a_dividend_is_money_after_tax_on_its_ex_date(store: Store):
    """The session before the record date while deals took two days to settle."""
    market = read_ground(store, SETTINGS, plan()).market
    assert [(69, 1)] == list(zip(*np.nonzero(market.dividend), strict=True))
    assert 8.7 == pytest.approx(market.dividend[69, 1])


def test_what_qualified_is_told_by_the_days_before(store: Store):
    """One that left since is among them, one that hardly traded is not, an index never."""
    found = read_ground(store, SETTINGS, plan(tickers=None, since=DAYS[40].item().date(), cash=10_000.0))
    assert ("A", "B", "GONE") == found.market.tickers
    assert "of 4 securities 3 qualified by 2023-02-27" in map(str, found.notes)
    later = read_ground(store, SETTINGS, plan(tickers=None, since=DAYS[80].item().date(), cash=10_000.0))
    assert ("A", "B") == later.market.tickers


def test_nothing_qualifies_too_early(store: Store):
    """The error says what was asked for."""
    with pytest.raises(ConfigError, match="not one security qualified by 2023-01-04: 20 days"):
        read_ground(store, SETTINGS, plan(tickers=None, since=date(2023, 1, 4)))
    with pytest.raises(ConfigError, match="Write from = DATE"):
        read_ground(store, SETTINGS, plan(tickers=None))


def test_the_test_begins_where_the_tuning_ends(store: Store):
    """No decision is in both periods."""
    found = read_ground(store, SETTINGS, plan(since=DAYS[20].item().date(), tune_until=DAYS[59].item().date()))
    assert ((20, 59), (60, len(DAYS) - 1)) == (found.tuning, found.test)


def test_hours_alone_keep_what_happened_between_them(store: Store):
    """A split and a dividend of an hour that is left out come with the next one that is not."""
    begin = (DAYS[:40, None] + np.array([10, 19]) * np.timedelta64(3600, "s")).ravel()
    close = np.where(begin >= begin[41], 10.0, 100.0)
    with store.transaction() as tx:
        tx.bars.put("A", Interval.HOUR, bars(close, begin))
        tx.splits.put([Split("A", begin[41].astype("datetime64[D]").item(), 1, 10, "manual")])
    with store.transaction() as tx:
        tx.bars.put("A", Interval.HOUR, bars(np.where(begin >= begin[40], 10.0, 100.0), begin))
    hourly = plan(tickers=("A",), interval=Interval.HOUR, hours=(12, 20), step=1)
    market = read_ground(store, SETTINGS, hourly).market
    assert 40 == len(market.times)
    assert [20] == np.flatnonzero(market.ratio[:, 0] != 1).tolist()


def test_a_benchmark_is_known_on_every_bar(store: Store):
    """Its level is that of the day; one that is not there, or ends early, is refused by name."""
    found = read_ground(store, SETTINGS, plan(benchmark="IMX"))
    assert 1000.0 == found.market.benchmark[0]
    assert "IMX" == found.market.benchmark_name
    with pytest.raises(ConfigError, match="the benchmark NONE is not in the store"):
        read_ground(store, SETTINGS, plan(benchmark="NONE"))
    with pytest.raises(ConfigError, match="The benchmark GONE has no level of 2023-0"):
        read_ground(store, SETTINGS, plan(benchmark="GONE"))


def test_an_old_ticker_names_its_paper(store: Store):
    """The column is that of today's ticker, and the plan's word for it leads there."""
    with store.transaction() as tx:
        tx.instruments.put([Instrument("OLD", Kind.SHARE, "TQBR")])
        tx.renames.put([Rename("OLD", "B", DAYS[2].item().date())])
    content = "[strategy a]\nkind = targets\ntargets = OLD 50%\n"
    found = read_ground(store, SETTINGS, parse_backtest(content, Path("test.ini")))
    assert (("B",), {"OLD": "B"}) == (found.market.tickers, found.names)


@pytest.mark.parametrize("day", [date(2021, 1, 1), date(2025, 1, 1)])
def test_dates_outside_of_the_store_are_told_with_those_inside(store: Store, day):
    """The first and the last day that there are."""
    with pytest.raises(ConfigError, match="2023-01-02"):
        read_ground(store, SETTINGS, plan(since=day))


def test_unknown_tickers_and_absent_bars(store: Store):
    """Each has its name."""
    with pytest.raises(ConfigError, match="not in the store: NONE"):
        read_ground(store, SETTINGS, plan(tickers=("NONE",)))
    with pytest.raises(StoreError, match="no bars of hour"):
        read_ground(store, SETTINGS, plan(interval=Interval.HOUR))
    with pytest.raises(ConfigError, match="IMX cannot be bought"):
        read_ground(store, SETTINGS, plan(tickers=("A", "IMX")))
    with pytest.raises(ConfigError, match="outside of the data"):
        read_ground(store, SETTINGS, plan(tickers=("GONE",), since=DAYS[80].item().date()))


def test_a_price_that_moves_fourfold_without_a_split_is_left_out(store: Store):
    """With a note while there are others, with an error when it was the only one."""
    with store.transaction() as tx:
        tx.instruments.put([Instrument("JUMP", Kind.SHARE, "TQBR")])
        tx.bars.put("JUMP", Interval.DAY, bars(np.where(np.arange(len(DAYS)) < 30, 500.0, 50.0)))
    found = read_ground(store, SETTINGS, plan(tickers=("A", "JUMP")))
    assert any(str(note).startswith("JUMP is left out") for note in found.notes)
    assert not any("without a bar" in str(note) for note in found.notes)
    assert not found.panel.valid[:, found.panel.tickers.index("JUMP")].any()
    assert found.panel.valid.any()
    with pytest.raises(ConfigError, match="not one security has a bar"):
        read_ground(store, SETTINGS, plan(tickers=("JUMP",)))


def test_a_security_without_a_bar_in_the_period_is_told(store: Store):
    """And the others are tested."""
    found = read_ground(store, SETTINGS, plan(tickers=("A", "GONE"), since=DAYS[80].item().date()))
    assert "without a bar in the period: GONE" in map(str, found.notes)


def test_cash_earns_simple_interest_by_the_days():
    """Three days over a weekend; nothing before the first bar."""
    times = np.array(["2023-01-05", "2023-01-06", "2023-01-09"], dtype="datetime64[s]")
    assert [0.0, 0.073 / 365, 3 * 0.073 / 365] == pytest.approx(cash_returns(times, 0.073).tolist())


def test_a_rate_holds_from_its_date_on(tmp_path: Path):
    """By the date of the bar before: nobody is paid the new rate for yesterday."""
    path = tmp_path / "rates.csv"
    path.write_text("date,rate\n2023-01-06,7.3\n2023-01-01,3.65%\n")
    times = np.array(["2023-01-05", "2023-01-06", "2023-01-09"], dtype="datetime64[s]")
    assert [0.0, 0.0001, 3 * 0.0002] == pytest.approx(cash_returns(times, path).tolist())


def test_rates_may_begin_with_the_backtest(tmp_path: Path):
    """Bars before `from` earn nobody anything, so no rate of theirs is asked for; bars after it have theirs."""
    path = tmp_path / "rates.csv"
    path.write_text("2023-01-06,7.3\n")
    times = np.array(["2022-12-30", "2023-01-06", "2023-01-09"], dtype="datetime64[s]")
    assert 3 * 0.0002 == pytest.approx(cash_returns(times, path, date(2023, 1, 6))[-1])
    with pytest.raises(ConfigError, match="the first rate is of 2023-01-06, and the bars begin on 2022-12-30"):
        cash_returns(times, path, date(2022, 12, 1))


@pytest.mark.parametrize(
    ("said", "content"),
    [
        ("rates.csv:2: this is not a date and a percentage", "date,rate\n2023-01-06,x\n"),
        ("rates.csv:2: this is not a date and a percentage", "date,rate\n2023-01-06,nan\n"),
        ("rates.csv:1: this is not a date and a percentage", "2023-01-06,1e9\n"),
        ("this is not a text", "2023-01-06,7\n\udcff"),
        ("there are no rates in it", "date,rate\n"),
        ("the first rate is of 2024-01-01", "2024-01-01,5\n"),
    ],
)
def test_rates_that_cannot_be_read(said, content, tmp_path: Path):
    """With the line, or what is missing."""
    path = tmp_path / "rates.csv"
    path.write_bytes(content.encode(errors="surrogateescape"))
    with pytest.raises(ConfigError, match=said):
        cash_returns(np.array(["2023-01-05"], dtype="datetime64[s]"), path)
    with pytest.raises(ConfigError, match="cannot be read"):
        cash_returns(np.array(["2023-01-05"], dtype="datetime64[s]"), tmp_path / "none.csv")


def test_a_digest_names_every_figure(store: Store):
    """Another price, another name."""
    market = read_ground(store, SETTINGS, plan()).market
    close = market.close.copy()
    close[3, 1] += 0.01
    assert market_digest(market) == market_digest(replace(market))
    assert market_digest(market) != market_digest(replace(market, close=close))


def test_files_become_a_store_once(tmp_path: Path):
    """The same contents are found again; a file that is no history leaves nothing behind."""
    rows = "".join(f"A,{day},10,11,9,10,5,50\n" for day in DAYS.astype("datetime64[D]"))
    first = tmp_path / "a.csv"
    first.write_text(f"ticker,date,open,high,low,close,volume,value\n{rows}")

    def opened(*files):
        return recorded(files, tmp_path / "cache", now=lambda: datetime(2024, 1, 1, tzinfo=UTC), clock=lambda: 0.0,
                        step=lambda *_: None)  # fmt: skip

    with opened(first) as one, one.reading() as tx:
        assert len(DAYS) == len(tx.bars.read("A", Interval.DAY))
    kept = list((tmp_path / "cache" / "data").glob("*.db"))
    with opened(first):
        assert kept == list((tmp_path / "cache" / "data").glob("*.db"))
    kept[0].write_bytes(b"no database" * 99)
    with opened(first) as again, again.reading() as tx:  # a damaged copy is made anew
        assert len(DAYS) == len(tx.bars.read("A", Interval.DAY))
    bad = tmp_path / "bad.csv"
    bad.write_text("nothing\n")
    with pytest.raises(MarketError, match=r"bad\.csv"):
        opened(first, bad)
    assert not list((tmp_path / "cache" / "data").glob("*unfinished*"))
    with pytest.raises(MarketError, match="no such file"):
        digest_of([tmp_path / "none.csv"])
