"""After any sequence of nights, splits, corrections, faults and quarantines the store says what the exchange says.

`ALLOCATOR_SEEDS=200 pytest tests/integration/app/test_refresh_random.py` tries two hundred sequences.
"""

from __future__ import annotations

import os
import random
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pytest
from fixtures_iss import LocalIss
from integration.app.refreshing import Night, night_after
from iss_history import merged
from iss_market import FIELDS, Raw
from iss_universe import made

from allocator.app.data import DataDesk
from allocator.core.bars import Interval
from allocator.core.errors import MarketError
from allocator.core.finding import Fault
from allocator.store import open_store, read_panel

SEEDS = int(os.environ.get("ALLOCATOR_SEEDS", "3"))
NIGHTS = 8
SINCE = date(2025, 8, 1)
COLUMNS = (*FIELDS, "volume", "value")
RATIOS = [(1, 10), (10, 1), (1, 100), (1, 2), (2, 1), (1, 5), (100, 1), (1, 4), (5000, 1)]
OF_BARS = ["html", "busy", "truncated", "empty", "null candle", "zero price", "high below low", "conflicting candles"]
OF_BARS += ["tenfold price", "negative volume", "bad time", "future candle", "missing columns", "shuffled candles"]
OF_LISTS = ["busy", "reset", "html", "forbidden", "empty"]


@dataclass
class Game:
    """What happens at the exchange, by dice; `told` is what did, for whoever reads a failure."""

    night: Night
    dice: random.Random
    told: list[object] = field(default_factory=list)
    away: dict[str, Raw] = field(default_factory=dict)  # papers that left, with the bars of after their return
    split_on: dict[str, date] = field(default_factory=dict)

    def step(self) -> None:
        market = self.night.iss.market
        ticker = self.dice.choice([name for name, paper in market.papers.items() if paper.listed])
        action = self.dice.choice([self.split, self.split, self.rewrite, self.accept, self.fault, self.down])
        action = self.dice.choice([action, action, self.mend, self.volume, self.leave, self.come_back])
        if action(ticker):
            self.told.append((market.day, action.__name__, ticker))

    def split(self, ticker: str) -> bool:
        """Some are not declared, some begin on a weekend; one a month, for two at once are beyond anybody."""
        market = self.night.iss.market
        if (market.day - self.split_on.get(ticker, date.min)).days < 30 or ticker == "ILLQ":
            return False
        weekend = min(day for day in market.days.weekend if day > market.day)
        day = weekend if self.dice.random() < 0.3 else None
        ratio = self.dice.choice(RATIOS)
        self.told.append((ratio, day))
        market.split(ticker, *ratio, day=day, listed=self.dice.random() < 0.6)
        self.split_on[ticker] = market.day
        return True

    def rewrite(self, ticker: str) -> bool:
        market = self.night.iss.market
        if not any(each.ticker == ticker for each in market.rewrites):
            market.rewrite(ticker, self.dice.choice([1.03, 0.77, 1.0001]))
            market.changed(ticker)
        return True

    def mend(self, ticker: str) -> bool:
        market = self.night.iss.market
        for each in market.rewrites:
            market.changed(each.ticker)
        market.rewrites.clear()
        return True

    def accept(self, ticker: str) -> bool:
        """A person believes the exchange: what it says is the truth from now on."""
        market, store = self.night.iss.market, self.night.store
        with store.reading() as transaction:
            doubts = {each.ticker for each in transaction.findings.all(accepted=False) if each.fault is Fault.REWRITTEN}
        for name in doubts:
            DataDesk(store, lambda: night_after(market.day)).accept(name, None, Interval)
            bars = market.papers[name].bars
            for each in [each for each in market.rewrites if each.ticker == name]:
                early = bars.begin.astype("M8[D]") <= np.datetime64(each.till)
                for column in FIELDS:
                    getattr(bars, column)[early] *= each.factor
                market.rewrites.remove(each)
            market.changed(name)
        return bool(doubts)

    def fault(self, ticker: str) -> bool:
        kind = self.dice.choice(OF_BARS)
        self.night.iss.fail(kind, self.dice.choice([1, None]), path=f"/{ticker}/candles")
        self.told.append(kind)
        return True

    def down(self, ticker: str) -> bool:
        path = self.dice.choice(["", "securities", "splits", "calendars", "candles", "listing"])
        self.night.iss.fail(self.dice.choice(OF_LISTS), self.dice.choice([3, 30, None]), path=path)
        self.told.append(path)
        return True

    def volume(self, ticker: str) -> bool:
        """The exchange corrects its last days."""
        market = self.night.iss.market
        bars = market.papers[ticker].bars
        known = np.flatnonzero(bars.begin.astype("M8[D]") <= np.datetime64(market.day))[-2:]
        bars.volume[known] += 10
        bars.value[known] = np.round(bars.volume[known] * bars.close[known], 2)
        market.changed(ticker)
        return True

    def leave(self, ticker: str) -> bool:
        if self.away:
            return False
        market = self.night.iss.market
        paper = market.papers[ticker]
        later = paper.bars.begin.astype("M8[D]") > np.datetime64(market.day)
        self.away[ticker], paper.bars = paper.bars[later], paper.bars[~later]
        market.vanish(ticker)
        return True

    def come_back(self, ticker: str) -> bool:
        market = self.night.iss.market
        for name, kept in self.away.items():
            paper = market.papers[name]
            later = kept[kept.begin.astype("M8[D]") > np.datetime64(market.day)]
            columns = (
                np.concatenate([getattr(paper.bars, each), getattr(later, each)]) for each in ("begin", *COLUMNS)
            )
            paper.bars, paper.listed = Raw(*columns), True
            market.changed(name)
        return bool(self.away.pop(next(iter(self.away)), None) is not None) if self.away else False

    def sleep(self) -> None:
        """A refresh some nights later, whatever comes of it; then the faults are over."""
        self.night.iss.market.night(self.dice.choice([1, 1, 1, 2, 5]))
        with suppress(MarketError):
            self.night.run()
        self.night.iss.exchange.faults.clear()


@pytest.mark.parametrize("seed", range(SEEDS))
def test_any_history_ends_in_the_truth(iss: LocalIss, tmp_path, seed: int) -> None:
    """Two good nights later every bar is as traded, nothing is in doubt, and a panel is in units of the last split."""
    market = iss.serve(made(5, 0.4, day=date(2025, 11, 13)))
    with open_store(str(tmp_path / "store.db")) as store:
        night = Night(iss, store, since=SINCE)
        game = Game(night, random.Random(seed))
        night.run()
        for _ in range(NIGHTS):
            for _ in range(game.dice.choice([0, 1, 1, 2])):
                game.step()
            game.sleep()
        game.mend("")
        night.next()
        assert "done" == night.next().outcome, game.told
        with store.reading() as transaction:
            assert [] == transaction.findings.all(accepted=False), game.told
            for ticker in [name for name, paper in market.papers.items() if paper.sectype == "1"]:
                truth = market.papers[ticker].bars
                days = truth.begin.astype("M8[D]")
                truth = truth[(days >= np.datetime64(SINCE)) & (days <= np.datetime64(market.day))]
                stored = transaction.bars.read(ticker, Interval.DAY)
                assert truth.begin.tolist() == stored.begin.tolist(), (ticker, game.told)
                for name in COLUMNS:
                    expected = pytest.approx(getattr(truth, name), rel=1e-6)
                    assert expected == getattr(stored, name), (ticker, name, game.told)
            for ticker in game.split_on:
                truth, days = merged(market.papers[ticker].bars, market)
                later = np.ones(len(days))
                for action in market.actions:
                    if action.ticker == ticker and action.day <= market.day:
                        later[days < np.datetime64(action.day)] *= action.before / action.after
                inside = (days >= np.datetime64(date(2025, 8, 8))) & (days <= np.datetime64(market.day))
                panel = read_panel(transaction, tickers=[ticker], start=date(2025, 8, 8), adjust="splits")
                assert days[inside].tolist() == panel.times.astype("M8[D]").tolist(), (ticker, game.told)
                assert pytest.approx((truth.close * later)[inside], rel=1e-6) == panel["close"][:, 0], game.told
