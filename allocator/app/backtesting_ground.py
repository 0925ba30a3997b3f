"""What a backtest walks through: the room's `Market` from the bars of a store, and which of its rows are for what.

Prices are as they traded. A store works splits and dividends into prices on reading, so both are read off where the
adjusted series part from the raw one, each at the first bar on or after its day: a split changes the units held, a
dividend after tax is paid in money, and forecasts see the very returns that the money earns.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import numpy as np

from allocator.app.backtesting_cash import cash_returns
from allocator.app.daily import READ, days_of, turnover, valued
from allocator.app.universe import doubts_of, figures_of, rules_of
from allocator.backtest.market import Market
from allocator.config.backtest_file import BacktestFile
from allocator.config.backtest_file_values import BENCHMARK_EQUAL
from allocator.config.settings import Settings
from allocator.core.bars import FIELDS, Floats, Interval, Mask, Times
from allocator.core.errors import ConfigError, StoreError
from allocator.core.instrument import LARGEST_RATIO, Instrument, Kind
from allocator.core.panel import Panel, filled
from allocator.core.text import Text, text
from allocator.history import Candidate, PortfolioSize, universe
from allocator.store import Store, Transaction, read_panel
from allocator.store.lineage import Lineage

LONGEST_GAP = np.timedelta64(40, "D")  # between two levels of a benchmark: the exchange was closed for so long in 2022
PARTED = 1e-9  # by which two series differ for a reason and not for their digits


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """`panel` has the market's rows and columns with prices adjusted for splits and dividends, all fields of bars.

    `names`: the column's ticker of each ticker that the plan names, which may be an older one of the same paper.
    Decisions of the tuning period are on the rows `tuning` (start, stop), None without one; of the test on `test`.
    `digest` names all figures of the market.
    """

    market: Market
    panel: Panel
    securities: Mapping[str, Instrument]
    names: Mapping[str, str]
    tuning: tuple[int, int] | None
    test: tuple[int, int]
    digest: str
    notes: tuple[Text, ...] = ()


def read_ground(store: Store, settings: Settings, plan: BacktestFile) -> Ground:
    """The market of a plan. Raises: `StoreError`, `ConfigError`, `MarketError` for bars that cannot be."""
    with store.reading() as tx:
        securities = {each.ticker: each for each in tx.instruments.all()}
        tickers, notes = _tickers(tx, settings, plan, securities, store.name)
        raw, splits, panel = _panels(tx, settings, plan, tickers)
        levels = _levels(tx, plan, raw.times, settings.dividends.tax)
        lineage = Lineage(tx.renames.all(), securities)
    if not raw.valid.any():
        raise StoreError(
            text("{name}: there are no bars of {interval} to test on.", name=store.name, interval=plan.interval.value),
            text("Load them: allocator refresh, or allocator data import FILE."),
        )
    market = _market(raw, splits, panel, [_lot(securities.get(ticker)) for ticker in raw.tickers])
    market, panel = _of_hours(market, panel, plan.hours)
    if levels is not None:
        market = replace(
            market, benchmark=_as_of(market.times, plan.interval, *levels), benchmark_name=plan.benchmark or ""
        )
    market = replace(market, cash_return=cash_returns(market.times, plan.cash_rate, plan.since))
    market.check()
    whole, (market, left_out) = market, market.without_gaps()
    jumping: Mask = np.logical_and(np.isfinite(whole.close).any(axis=0), np.isnan(market.close).all(axis=0))
    panel = _without(panel, jumping)  # nor does a model learn from such a move
    tuning, test = _spans(market, plan)
    _check_benchmark(market, (tuning or test)[0], test[1])
    empty = [
        ticker for column, ticker in enumerate(market.tickers) if not _traded(market, column, tuning or test, test)
    ]
    if len(empty) == len(market.tickers):
        raise ConfigError(
            text("{path}: not one security has a bar in the period.", path=plan.path),
            text("See what is there: allocator data status"),
        )
    empty = [ticker for ticker in empty if not jumping[market.tickers.index(ticker)]]
    if empty:
        notes.append(text("without a bar in the period: {tickers}", tickers=", ".join(empty)))
    names = {ticker: lineage.head(ticker) for each in plan.strategies for ticker in each.targets or ()}
    return Ground(market, panel, securities, names, tuning, test, digest_of(market), (*notes, *left_out))


def digest_of(market: Market) -> str:
    """64 hexadecimal digits that name all that a market says."""
    found = hashlib.sha256(repr(market.tickers).encode())
    tables = market.open, market.close, market.turnover, market.ratio, market.dividend
    for table in (market.times.astype(np.int64), *tables, market.lots, market.cash_return):
        found.update(np.ascontiguousarray(table).tobytes())
    return found.hexdigest()


def _tickers(
    tx: Transaction, settings: Settings, plan: BacktestFile, securities: Mapping[str, Instrument], name: str
) -> tuple[tuple[str, ...], list[Text]]:
    """What is traded: as the file names it, else what qualified the day before the first decision."""
    if plan.tickers is not None:
        unknown = [each for each in plan.tickers if each not in securities]
        if unknown:
            raise ConfigError(
                text("{path}: not in the store: {tickers}.", path=plan.path, tickers=", ".join(unknown)),
                text(
                    "Load them: allocator refresh --tickers {tickers}; with --data, name files that have them.",
                    tickers=",".join(unknown),
                ),
            )
        indexes = [each for each in plan.tickers if each in securities and securities[each].kind is Kind.INDEX]
        if indexes:
            raise ConfigError(
                text("{path}: {tickers} cannot be bought, being an index.", path=plan.path, tickers=", ".join(indexes)),
                text("Leave it out of tickers; it may be the benchmark."),
            )
        return plan.tickers, []
    if plan.since is None:
        raise ConfigError(
            text("{path}: which securities qualified depends on when the backtest begins.", path=plan.path),
            text("Write from = DATE or tickers = A, B, C in [backtest]."),
        )
    rules = rules_of(settings.universe)
    doubts = doubts_of(tx.findings.all(accepted=False), plan.interval)
    figures = figures_of(_before_start(tx, plan), rules.holding_days)
    candidates = [
        Candidate(
            ticker,
            securities[ticker].kind if ticker in securities else Kind.SHARE,
            bars,
            figures.turnover[ticker],
            figures.last_day[ticker],
            stopped=ticker in figures.stopped,
            quarantined=doubts.get(ticker),
        )
        for ticker, bars in figures.bars.items()
    ]
    chosen = universe(candidates, rules, frozenset(), PortfolioSize(cash=Decimal(int(plan.cash))))
    if not chosen.qualified:
        raise ConfigError(
            text(
                "{name}: not one security qualified by {day}: {days} {days:day|days} of bars must be there, and "
                "a median turnover above {cash}.",
                name=name,
                day=plan.since,
                days=rules.min_history_days,
                cash=f"{plan.cash:,.0f}".replace(",", " "),
            ),
            text("Begin later, with less cash, or write tickers = A, B, C in [backtest]."),
        )
    return chosen.qualified, [text("of {all} {all:security|securities} {count} qualified by {day}", all=len(candidates),
                                   count=len(chosen.qualified), day=plan.since)]  # fmt: skip


def _before_start(tx: Transaction, plan: BacktestFile) -> Panel:
    """The days before the start; of hours put together, where the store has hours alone."""
    assert plan.since is not None
    end = plan.since - timedelta(days=1)
    panel = read_panel(tx, READ, Interval.DAY, end=end)
    if panel.valid.any() or plan.interval is Interval.DAY:
        return valued(panel)
    return days_of(valued(read_panel(tx, READ, Interval.HOUR, end=end)))


def _panels(
    tx: Transaction, settings: Settings, plan: BacktestFile, tickers: Sequence[str]
) -> tuple[Panel, Panel, Panel]:
    """The same bars as traded, adjusted for splits, and for dividends too."""
    raw = read_panel(tx, READ, plan.interval, tickers, end=plan.till)
    splits = read_panel(tx, ("open", "close"), plan.interval, tickers, end=plan.till, adjust="splits")
    total = read_panel(tx, FIELDS, plan.interval, tickers, end=plan.till, adjust="total", tax=settings.dividends.tax)
    if not raw.shape == splits.shape == total.shape:
        raise StoreError(text("The store changed while it was read."), text("Run the same command again."))
    return raw, splits, total


def _market(raw: Panel, splits: Panel, total: Panel, lots: Sequence[int]) -> Market:
    close = raw["close"]
    factor = splits["close"] / close  # of raw prices, to be in units of the last session
    ratio = factor / _before(factor)
    ratio = np.where(np.isfinite(ratio) & (np.abs(ratio - 1) > PARTED), ratio, 1.0)
    for row, column in np.argwhere(ratio != 1.0).tolist():
        ratio[row, column] = float(Fraction(ratio[row, column]).limit_denominator(LARGEST_RATIO))
    kept = total["close"] / splits["close"]
    share = 1.0 - _before(kept) / kept  # of the close before, per unit before
    with np.errstate(invalid="ignore"):
        paid = np.where(np.isfinite(share) & (share > PARTED), share * _before(close) / ratio, 0.0)
    opened = splits["open"] / factor
    opened = np.where(np.isfinite(opened), opened, close)  # sources that know closes alone
    return Market.of(
        raw.times,
        raw.tickers,
        close,
        open=opened,
        turnover=np.nan_to_num(turnover(raw)),
        ratio=ratio,
        dividend=paid,
        lots=lots,
    )


def _without(panel: Panel, columns: Mask) -> Panel:
    """The panel without the bars of some columns."""
    if not columns.any():
        return panel
    fields = {name: np.where(columns, np.nan, table) for name, table in panel.fields.items()}
    return replace(panel, fields=fields, valid=panel.valid & ~columns)


def _before(table: Floats) -> Floats:
    """(T, N) the last known figure above each row, NaN without any."""
    return np.vstack([np.full((1, table.shape[1]), np.nan), filled(table)[:-1]])[: len(table)]


def _of_hours(market: Market, panel: Panel, hours: tuple[int, int] | None) -> tuple[Market, Panel]:
    """Those bars alone that begin in these hours; splits and dividends of other bars come with the next of these."""
    if hours is None:
        return market, panel
    hour = (market.times - market.times.astype("datetime64[D]")) // np.timedelta64(3600, "s")
    kept = np.flatnonzero((hour >= hours[0]) & (hour <= hours[1]))
    if not len(kept):
        raise ConfigError(
            text("No bar begins between {first} and {last} o'clock.", first=hours[0], last=hours[1]),
            text("Write other hours, or none, in [backtest]."),
        )
    ratio, dividend = np.ones((len(kept), len(market.tickers))), np.zeros((len(kept), len(market.tickers)))
    at = np.searchsorted(kept, np.arange(len(market.times)))
    inside = at < len(kept)
    np.multiply.at(ratio, at[inside], market.ratio[inside])
    np.add.at(dividend, at[inside], market.dividend[inside])
    fields = {name: table[kept] for name, table in panel.fields.items()}
    return (
        replace(
            market,
            times=market.times[kept],
            open=market.open[kept],
            close=market.close[kept],
            turnover=market.turnover[kept],
            ratio=ratio,
            dividend=dividend,
            cash_return=market.cash_return[kept],
        ),
        replace(panel, times=panel.times[kept], fields=fields, valid=panel.valid[kept]),
    )


def _levels(tx: Transaction, plan: BacktestFile, times: Times, tax: Decimal) -> tuple[Times, Floats] | None:
    """Days and closes of the benchmark; None without one that has a ticker."""
    if plan.benchmark in (None, BENCHMARK_EQUAL) or not len(times):
        return None
    known = {each.ticker: each for each in tx.instruments.all()}
    if plan.benchmark not in known:
        raise ConfigError(
            text("{path}: the benchmark {ticker} is not in the store.", path=plan.path, ticker=plan.benchmark),
            text("Load it (allocator data import FILE.csv), or write benchmark = equal or cash."),
        )
    index = known[plan.benchmark].kind is Kind.INDEX
    panel = read_panel(
        tx, ("close",), Interval.DAY, [plan.benchmark], end=plan.till, adjust="none" if index else "total",
        merge_weekends=not index, tax=tax,
    )  # fmt: skip
    valid = panel.valid[:, 0]
    return panel.times[valid], panel["close"][valid, 0]


def _as_of(times: Times, interval: Interval, days: Times, closes: Floats) -> Floats:
    """(T,) the level known at the end of each bar: that of a day at its last bar, held until the next."""
    if not len(days):
        return np.full(len(times), np.nan)
    told = days.astype("datetime64[D]")
    own = times.astype("datetime64[D]")
    if interval is Interval.HOUR:
        last = np.r_[own[1:] != own[:-1], True]
        own = np.where(last, own, own - np.timedelta64(1, "D"))
    at = np.searchsorted(told, own, side="right") - 1
    fresh = (at >= 0) & (own - told[np.maximum(at, 0)] <= LONGEST_GAP)
    return np.where(fresh, closes[np.maximum(at, 0)], np.nan)


def _check_benchmark(market: Market, start: int, stop: int) -> None:
    if market.benchmark is None:
        return
    known = np.isfinite(market.benchmark[start : stop + 1])
    if known.all():
        return
    at = start + int(np.argmin(known))
    raise ConfigError(
        text("The benchmark {ticker} has no level of {day}.", ticker=market.benchmark_name,
             day=market.times[at].astype("datetime64[D]")),
        text("Load it (allocator data import FILE.csv), choose dates within it, or write benchmark = equal or cash."),
    )  # fmt: skip


def _spans(market: Market, plan: BacktestFile) -> tuple[tuple[int, int] | None, tuple[int, int]]:
    """Rows of decisions to tune by and to test on: the first test decision is where the last tuning value is."""
    whole = market.rows(plan.since, plan.till)
    if plan.tune_until is None:
        return None, whole
    tuning = market.rows(plan.since, plan.tune_until)
    test = market.rows(plan.tune_until + timedelta(days=1), plan.till)
    return tuning, test


def _traded(market: Market, column: int, begin: tuple[int, int], end: tuple[int, int]) -> bool:
    return bool(np.isfinite(market.close[begin[0] : end[1] + 1, column]).any())


def _lot(paper: Instrument | None) -> int:
    return (paper.lot_size or 1) if paper else 1
