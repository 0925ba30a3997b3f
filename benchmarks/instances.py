"""Seeded portfolios as investors have them: last year's portfolio after a year of prices, with some cash come in.

Two markets. US-like: shares of 5 to 1,500, lots of one, spreads of a few cents, at times a fraction of a share.
MOEX-like: prices of 0.02 to 7,000 in lots of 1 to 10,000 whose values spread as on the exchange (half of them between
870 and 5,600, measured on the whole board). No asset's lot is dearer than an equal share of the portfolio: a portfolio
that cannot hold its assets is no problem of rebalancing.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from pathlib import Path

from allocator.core.portfolio import Asset, Cash, CashTarget, Fee, Model, Money, Options, Percent, Portfolio, Units
from allocator.core.quote import Quote, Quotes
from allocator.optimize import Problem, pose

WEALTHS = (100_000, 1_000_000, 10_000_000, 100_000_000)
CENT = Decimal("0.01")


@dataclass(frozen=True)
class Features:
    """What a problem asks beyond whole lots and spreads. `name` heads its row of the results."""

    name: str
    fixed_fee: bool = False
    percent_fee: bool = False
    max_deals: bool = False  # a fifth of the assets
    use_all_cash: bool = False


PLAIN = Features("no fees")
PERCENT = Features("% fees", percent_fee=True)
FIXED = Features("fixed fees", fixed_fee=True)
DEALS = Features("max deals", max_deals=True)
ALL_CASH = Features("use all cash", use_all_cash=True)
TOGETHER = Features("all together", fixed_fee=True, percent_fee=True, max_deals=True, use_all_cash=True)


def problems(count: int, assets: int, features: Features, model: Model = Model.LAD) -> list[Problem]:
    """`count` problems of so many assets, markets and portfolio sizes taking turns; the same ones on every call."""
    sizes = [wealth for wealth in WEALTHS if wealth >= 1_000 * assets]
    return [
        rebalancing(seed, assets, sizes[seed // 2 % len(sizes)], features, model, moex=seed % 2 == 1)
        for seed in range(count)
    ]


def rebalancing(
    seed: int, assets: int, wealth: int, features: Features, model: Model = Model.LAD, *, moex: bool
) -> Problem:
    """One problem of rebalancing some `wealth` (money) among so many assets."""
    rng = random.Random(f"{seed}/{assets}/{wealth}/{moex}")
    quotes = [_quote(rng, f"{'M' if moex else 'U'}{i:04d}", wealth / assets, moex=moex) for i in range(assets)]
    # One asset in twenty is held and no longer wanted.
    weights = [0.0 if i and rng.random() < 0.05 else rng.gammavariate(2, 1) for i in range(assets)]
    percents = _percents(weights)
    cash_share = rng.uniform(0.02, 0.10)
    past = _past_weights(rng, weights)
    held = [_held(rng, quote, wealth * (1 - cash_share) * weight) for quote, weight in zip(quotes, past, strict=True)]
    in_assets = sum((units * quote.bid for units, quote in zip(held, quotes, strict=True)), Decimal(0))
    want: CashTarget | None = rng.choice([None, None, Money((wealth * Decimal("0.01")).quantize(CENT))])
    fee = Fee(
        Decimal(rng.choice([1, 10, 30]) if moex else 1) if features.fixed_fee else Decimal(0),
        Decimal(rng.choice(["0.0003", "0.0005", "0.003"])) if features.percent_fee else Decimal(0),
    )
    portfolio = Portfolio(
        path=Path("benchmark.ini"),
        assets=tuple(
            Asset(quote.ticker, units, Percent(percent) if percent else Units(Decimal(0)), fee)
            for quote, units, percent in zip(quotes, held, percents, strict=True)
        ),
        cash=Cash(have=max(Decimal(0), wealth - in_assets).quantize(CENT), want=want),
        options=Options(
            use_all_cash=features.use_all_cash,
            max_deals=max(1, assets // 5) if features.max_deals else None,
            model=model,
        ),
    )
    return pose(portfolio, Quotes("FILE", {quote.ticker: quote for quote in quotes}))


def purchase(seed: int, assets: int, wealth: int) -> Problem:
    """A portfolio to be bought from cash at one price per asset, every kopeck left scored as a deviation.

    The only problem that PyPortfolioOpt knows; `lp_portfolio` minimises just this sum.
    """
    rng = random.Random(f"purchase/{seed}/{assets}/{wealth}")
    quotes = [_quote(rng, f"U{i:04d}", wealth / assets, moex=False) for i in range(assets)]
    percents = _percents([rng.gammavariate(2, 1) for _ in range(assets)])
    portfolio = Portfolio(
        path=Path("benchmark.ini"),
        assets=tuple(
            Asset(quote.ticker, target=Percent(percent)) for quote, percent in zip(quotes, percents, strict=True)
        ),
        cash=Cash(have=Decimal(wealth), want=Money(Decimal(0))),
    )
    return pose(portfolio, Quotes("FILE", {q.ticker: Quote(q.ticker, q.bid, q.bid) for q in quotes}))


def _quote(rng: random.Random, ticker: str, most: float, *, moex: bool) -> Quote:
    """A quote whose lot costs at most `most`."""
    while True:
        quote = _moex_quote(rng, ticker) if moex else _us_quote(rng, ticker)
        if quote.ask * quote.lot_size <= most:
            return quote


def _us_quote(rng: random.Random, ticker: str) -> Quote:
    price = min(1_500.0, max(5.0, rng.lognormvariate(math.log(80), 0.9)))
    bid = Decimal(price).quantize(CENT)
    return Quote(ticker, bid, bid + CENT * rng.randint(1, 5))


def _moex_quote(rng: random.Random, ticker: str) -> Quote:
    price = math.exp(rng.uniform(math.log(0.02), math.log(7_000)))
    lot_value = rng.lognormvariate(math.log(2_200), 1.2)
    lot = 10 ** min(4, max(0, round(math.log10(lot_value / price))))
    # A price step of some five basis points, on the exchange's ladder of 1, 2 and 5.
    magnitude = math.floor(math.log10(price * 5e-4))
    step = Decimal(rng.choice([1, 2, 5])).scaleb(magnitude)
    bid = max(step, (Decimal(price) / step).to_integral_value(ROUND_FLOOR) * step)
    return Quote(ticker, bid, bid + step * rng.randint(1, 5), lot_size=lot)


def _percents(weights: list[float]) -> list[Decimal]:
    """Weights as percentages to four digits that add up to exactly 100."""
    total = sum(weights)
    percents = [Decimal(weight / total * 100).quantize(Decimal("0.0001")) for weight in weights]
    largest = percents.index(max(percents))
    percents[largest] += 100 - sum(percents)
    return percents


def _past_weights(rng: random.Random, weights: list[float]) -> list[float]:
    """Shares (adding up to 1) before a year of prices; one asset in ten is new, those unwanted now were wanted then."""
    average = sum(weights) / len(weights)
    past = [(weight or average / 2) * rng.lognormvariate(0, 0.25) for weight in weights]
    past = [
        0.0 if weight and i and rng.random() < 0.1 else then
        for i, (weight, then) in enumerate(zip(weights, past, strict=True))
    ]
    return [weight / sum(past) for weight in past]


def _held(rng: random.Random, quote: Quote, value: float) -> Decimal:
    """The whole lots nearest to that value; one holding in ten of a market without lots has a fraction."""
    lots = round(value / (float(quote.bid) * quote.lot_size))
    fraction = Decimal(rng.randint(1, 999)) / 1000 if quote.lot_size == 1 and rng.random() < 0.1 else Decimal(0)
    return lots * quote.lot_size + fraction
