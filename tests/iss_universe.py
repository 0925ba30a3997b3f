"""Markets to test against: one made from a seed, with a case of every kind, and the recorded one."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
from iss_days import Days
from iss_market import AHEAD, FIELDS, Action, Market, Paper, Raw, cut, renamed, walk

SHARED = Path(__file__).parents[2] / "shared" / "data"
SPECIAL = ("SBER", "GMKN", "T", "YDEX", "ILLQ", "RSTI", "VTBR", "BELU", "SBERP", "LQDT", "AGRO", "LKOH")
LAST = date(2025, 11, 28)
INDEXES = {"IMOEX": 2500.0, "MCFTR": 5000.0, "MCFTRR": 4000.0, "RVI": 30.0, "RGBITR": 500.0}
MCF2TRR_SINCE = date(2025, 1, 27)
SECTORS = ("MOEXOG", "MOEXEU", "MOEXTL", "MOEXMM", "MOEXFN", "MOEXCN", "MOEXCH", "MOEXTN", "MOEXIT", "MOEXRE")


def made(tickers: int = 20, years: float = 3, *, day: date = LAST, seed: int = 1) -> Market:
    """A market of so many tickers in today's list over so many years up to `day`; predecessors come on top."""
    since = day - timedelta(days=round(365.25 * years))
    market = Market(Days(since, day + timedelta(days=AHEAD)), day)
    for name in names(tickers):
        build(market, name, seed)
    gone = [name for name, paper in market.papers.items() if not len(paper.bars.begin)]
    for name in gone:  # renamed or delisted before all this
        del market.papers[name]
    for name, level in INDEXES.items():
        market.indexes[name] = Paper(name, walk(name, np.array(market.days.sessions, dtype="M8[D]"), seed, price=level))
    older = market.indexes["MCFTRR"]
    market.indexes["MCF2TRR"] = replace(older, ticker="MCF2TRR", bars=cut(older, MCF2TRR_SINCE, None))
    shares = [paper.ticker for paper in market.papers.values() if paper.board == "TQBR" and paper.listed]
    market.members["IMOEX"] = [(ticker, since, round(100 / len(shares[:40]), 2)) for ticker in shares[:40]]
    for position, index in enumerate(SECTORS):
        market.members[index] = [(ticker, since, 10.0) for ticker in shares[position :: len(SECTORS)]]
    return market


def names(count: int) -> list[str]:
    """The special ones first, then as many as are wanted: AAAA, BAAA, ..."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    made_up = (letters[n % 26] + letters[n // 26 % 26] + "Z" + letters[n // 676 % 26] for n in range(max(0, count)))
    return [*SPECIAL, *made_up][:count]


def build(market: Market, name: str, seed: int) -> None:
    """One ticker of today, with what happened to it."""
    paper = Paper(name, walk(name, market.days.trading, seed))
    for each in (CASES.get(name) or whole)(market, paper):
        market.papers[each.ticker] = each
    if name in SPLITS:
        past_split(market, SPLITS[name])
    pays(market, name)


def whole(market: Market, paper: Paper) -> tuple[Paper, ...]:
    return (paper,)


def away(first: date, last: date) -> Callable[[Market, Paper], tuple[Paper, ...]]:
    """A paper that did not trade from `first` to `last`."""

    def made(market: Market, paper: Paper) -> tuple[Paper, ...]:
        days = paper.bars.begin.astype("M8[D]")
        return (replace(paper, bars=paper.bars[(days < np.datetime64(first)) | (days > np.datetime64(last))]),)

    return made


def became_t(market: Market, paper: Paper) -> tuple[Paper, ...]:
    """A change of ticker that the exchange lists."""
    market.changeover.append((date(2024, 11, 27), "TCSG", "T"))
    return renamed(replace(paper, ticker="TCSG"), "T", date(2024, 11, 27), date(2024, 11, 28))


def became_ydex(market: Market, paper: Paper) -> tuple[Paper, ...]:
    """A redomiciled company: a new paper after weeks without trading, and no list tells of it."""
    old = replace(paper, ticker="YNDX", isin="NL0009805522")
    return renamed(old, "YDEX", date(2024, 6, 14), date(2024, 7, 24), isin="RU000A107T19")


def gone(market: Market, paper: Paper) -> tuple[Paper, ...]:
    return (replace(paper, bars=cut(paper, None, date(2022, 12, 20)), listed=False),)


def quiet(market: Market, paper: Paper) -> tuple[Paper, ...]:
    """A paper that trades on two days of five."""
    traded = np.random.default_rng(2).random(len(paper.bars.begin)) < 0.4
    return (replace(paper, bars=paper.bars[traded]),)


def kind(**changes: object) -> Callable[[Market, Paper], tuple[Paper, ...]]:
    return lambda market, paper: (replace(paper, **changes),)


CASES: dict[str, Callable[[Market, Paper], tuple[Paper, ...]]] = {
    "GMKN": away(date(2024, 4, 2), date(2024, 4, 5)),
    "VTBR": away(date(2024, 7, 9), date(2024, 7, 12)),
    "BELU": away(date(2024, 8, 16), date(2024, 8, 21)),
    "T": became_t,
    "YDEX": became_ydex,
    "RSTI": gone,
    "ILLQ": quiet,
    "SBERP": kind(sectype="2", name="Сбербанк-п"),
    "LQDT": kind(board="TQTF", sectype="J", name="LQDT ETF", lot=1),
    "AGRO": kind(sectype="D", name="AGRO-гдр", isin="US7496552057", lot=1),
}
SPLITS = {
    "GMKN": Action("GMKN", date(2024, 4, 8), 1, 100, date(2024, 4, 8), date(2024, 4, 8)),
    "VTBR": Action("VTBR", date(2024, 7, 15), 5000, 1, date(2024, 7, 15), date(2024, 7, 15)),
    "BELU": Action("BELU", date(2024, 8, 22), 1, 8, None, None),  # a bonus issue: no list tells, no candle knows
}


def past_split(market: Market, action: Action) -> None:
    """The earlier bars in the units of their time."""
    bars = market.papers[action.ticker].bars
    early = bars.begin.astype("M8[D]") < np.datetime64(action.day)
    if not early.any():
        return
    for name in FIELDS:
        prices = getattr(bars, name)
        prices[early] = [float(f"{price:.12g}") for price in prices[early] * action.after / action.before]
    bars.volume[early] = np.maximum(1, np.rint(bars.volume[early] * action.before / action.after))
    bars.value[early] = np.round(bars.volume[early] * sum(getattr(bars, name)[early] for name in FIELDS) / 4, 2)
    market.actions.append(action)


def pays(market: Market, name: str) -> None:
    """A payment each July; SBER's first is in two rows of one date, LKOH's in another spelling of the rouble."""
    paper = market.papers[name]
    if paper.board != "TQBR" or not len(paper.bars.begin):
        return
    currency = {"AGRO": "USD", "LKOH": "SUR"}.get(name, "RUB")
    days = [date(year, 7, 11) for year in range(market.days.since.year, market.day.year + 1)]
    rows = [(day, round(float(paper.bars.close[0]) * 0.05, 4), currency) for day in days if day >= market.days.since]
    market.dividends[name] = rows[:1] + rows if name == "SBER" else rows
    market.closings += [(name, day) for day, _, _ in rows]


def real(tickers: set[str] | None = None, *, day: date = date(2024, 12, 30)) -> Market:
    """The recorded market: raw daily bars of 2014 to 2024, its splits and renames. Needs ../shared."""
    rows: dict[str, list[list[str]]] = {}
    with gzip.open(SHARED / "daily" / "bars_2014_2024.csv.gz", "rt", encoding="utf-8") as file:
        next(file)
        for line in file:
            ticker = line.partition(",")[0]
            if tickers is None or ticker in tickers:
                rows.setdefault(ticker, []).append(line.rstrip().split(","))
    market = Market(Days(date(2014, 1, 1), day + timedelta(days=AHEAD)), day)
    for ticker, lines in rows.items():
        columns = list(zip(*lines, strict=True))
        begin = np.array(columns[1], dtype="M8[s]")
        order = np.argsort(begin)
        numbers = [np.array([float(cell or "nan") for cell in column])[order] for column in columns[2:8]]
        paper = Paper(ticker, Raw(begin[order], *numbers), board="TQTF" if lines[-1][8] == "TQTF" else "TQBR")
        paper.listed = (day - begin.max().astype("M8[D]").item()).days <= 31
        market.papers[ticker] = paper
    every = np.unique(np.concatenate([paper.bars.begin.astype("M8[D]") for paper in market.papers.values()]))
    market.days.adopt(every)
    with (SHARED / "splits.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            split_day = date.fromisoformat(row["date"])
            known = split_day if row["source"] == "moex_iss" else None
            if row["ticker"] in rows:
                market.actions.append(
                    Action(row["ticker"], split_day, int(row["before"]), int(row["after"]), known, known)
                )
    for ticker, card in json.loads((SHARED / "tickers.json").read_text(encoding="utf-8")).items():
        for change in card.get("history") or []:
            if change.get("source") == "iss_changeover":
                market.changeover.append((date.fromisoformat(change["renamed"]), change["prev_ticker"], ticker))
    return market
