"""Seeded small portfolios with quotes, in flavours that hunt for different errors. Equal seeds give equal problems."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

from oracle import combinations

from allocator.core.portfolio import (
    Asset,
    Cash,
    CashTarget,
    Fee,
    Model,
    Money,
    Options,
    Percent,
    Permission,
    Portfolio,
    Target,
    Units,
)
from allocator.core.quote import Quote, Quotes

MOST_PLANS = 20_000
KOPECK = Decimal("0.01")
# How many lots of the dearest size an asset gets to play with, by the number of assets.
LOTS = {2: 90, 3: 20, 4: 9, 5: 5}


@dataclass(frozen=True)
class Instance:
    """A problem as the user poses it, with the name of its flavour for the report of a failure."""

    flavour: str
    portfolio: Portfolio
    quotes: Quotes


@dataclass(frozen=True)
class Draft:
    """What the flavours change before an instance is made of it."""

    assets: tuple[Asset, ...]
    quotes: tuple[Quote, ...]
    cash: Cash
    options: Options

    @property
    def portfolio(self) -> Portfolio:
        return Portfolio(path=Path("drawn.ini"), assets=self.assets, cash=self.cash, options=self.options)

    @property
    def quoted(self) -> Quotes:
        return Quotes(provider="FILE", by_ticker={quote.ticker: quote for quote in self.quotes})


def draw(seed: int, most_plans: int = MOST_PLANS) -> Instance:
    """The instance of this seed; its flavour goes round with the seed. `most_plans` bounds the work of the oracle."""
    rng = random.Random(seed)
    flavour = FLAVOURS[seed % len(FLAVOURS)]
    while True:
        draft = flavour(rng, _ordinary(rng))
        if combinations(draft.portfolio, draft.quoted) <= most_plans:
            return Instance(flavour.__name__.strip("_"), draft.portfolio, draft.quoted)


def _ordinary(rng: random.Random) -> Draft:
    """Anything that a file may say, nothing pushed to its edge."""
    count = rng.choice([2, 2, 3, 3, 3, 4, 4, 5])
    quotes = tuple(_quote(rng, f"A{i}") for i in range(count))
    lots_each = LOTS[count] * rng.uniform(0.3, 1)
    room = max(quote.bid * quote.lot_size for quote in quotes) * Decimal(round(lots_each, 2))
    invested = rng.choice([0.0, 0.5, 0.8, 0.9, 0.97])
    assets = tuple(_asset(rng, quote, room * Decimal(invested)) for quote in quotes)
    want = rng.choice([None, None, Percent(Decimal(rng.choice([0, 20, 50]))), Money(_money(rng, room / 2))])
    draft = Draft(
        assets=assets,
        quotes=quotes,
        cash=Cash(
            have=_money(rng, room * Decimal(rng.choice([0.1, 0.5, 1.0]))),
            want=want,
            withdraw=_money(rng, room / 4) if rng.random() < 0.15 else Decimal(0),
        ),
        options=Options(
            use_all_cash=rng.random() < 0.4,
            max_deals=rng.randint(1, count) if rng.random() < 0.4 else None,
            model=rng.choice([Model.LAD, Model.LSAPPROX]),
        ),
    )
    return _with_percentages(rng, draft, chance=0.75)


def _quote(rng: random.Random, ticker: str) -> Quote:
    if rng.random() < 0.5:  # a share in New York
        bid = Decimal(rng.randint(5_00, 500_00)).scaleb(-2)
        return Quote(ticker, bid, bid + Decimal(rng.choice([0, 1, 2, 5, 40])).scaleb(-2))
    lot = rng.choice([1, 10, 100, 1_000, 10_000])
    decimals = 5 if lot == 10_000 else 2
    bid = (Decimal(rng.randint(200, 5_000)) / lot).quantize(Decimal(1).scaleb(-decimals))
    return Quote(ticker, bid, bid + Decimal(rng.choice([0, 1, 3, 10])).scaleb(-decimals), lot_size=lot)


def _asset(rng: random.Random, quote: Quote, room: Decimal) -> Asset:
    units = int(room / quote.bid * Decimal(rng.uniform(0, 1)))
    if rng.random() < 0.6:
        units -= units % quote.lot_size
    have = Decimal(units)
    if quote.lot_size == 1 and rng.random() < 0.3:
        have += Decimal(rng.randint(1, 99)).scaleb(-2)
    permission = rng.choice([Permission.TRADE] * 6 + [Permission.BUY, Permission.SELL, Permission.KEEP])
    fee = Fee(
        fixed=rng.choice([Decimal(0), Decimal(0), Decimal(1), Decimal("4.95"), Decimal("0.01")]),
        rate=rng.choice([Decimal(0), Decimal(0), Decimal("0.003"), Decimal("0.0005"), Decimal("0.02")]),
    )
    target = Units(Decimal(rng.choice([0, units, rng.randint(0, 2 * units + 3)])))
    return Asset(quote.ticker, have=have, target=target, fee=fee, permission=permission)


def _money(rng: random.Random, most: Decimal) -> Decimal:
    return (most * Decimal(rng.uniform(0, 1))).quantize(KOPECK)


def _with_percentages(rng: random.Random, draft: Draft, chance: float) -> Draft:
    """Some of the assets wanted in percent, so that all percentages of the file add up to 100.

    When `use all cash` sets a wanted percentage of cash aside, those left add up to 80 or 50: the ideals stay finite
    decimals, so that they can be compared exactly.
    """
    chosen = [rng.random() < chance for _ in draft.assets]
    cash_percent = draft.cash.want.percent if isinstance(draft.cash.want, Percent) else Decimal(0)
    levels = rng.choice([[1], [1, 2, 3], range(1, 21)])
    if not any(chosen):
        want: CashTarget | None = Percent(Decimal(100)) if cash_percent else draft.cash.want
        assets = [
            replace(asset, target=Units(asset.have)) if isinstance(asset.target, Percent) else asset
            for asset in draft.assets
        ]
        return replace(draft, assets=tuple(assets), cash=replace(draft.cash, want=want))
    weights = [rng.choice(levels) if yes else 0 for yes in chosen]
    step = Decimal(rng.choice(["0.1", "1", "5"]))
    left = 100 - cash_percent
    shares = [((left * weight / sum(weights)) / step).to_integral_value(ROUND_HALF_UP) * step for weight in weights]
    shares[chosen.index(True)] += left - sum(shares)
    if min(shares) < 0:
        return _with_percentages(rng, draft, chance)
    targets: list[Target] = [
        Percent(share) if yes else asset.target if isinstance(asset.target, Units) else Units(asset.have)
        for asset, share, yes in zip(draft.assets, shares, chosen, strict=True)
    ]
    assets = [replace(asset, target=target) for asset, target in zip(draft.assets, targets, strict=True)]
    return replace(draft, assets=tuple(assets))


def _equal_prices(rng: random.Random, draft: Draft) -> Draft:
    """Assets that only their names and holdings tell apart: ties everywhere."""
    price = Decimal(rng.choice([10, 25, 100]))
    quotes = tuple(Quote(quote.ticker, price, price) for quote in draft.quotes)
    most = LOTS[len(quotes)] // 2
    held = rng.choice([[rng.randint(0, most)], range(most + 1)])
    assets = tuple(
        replace(asset, have=Decimal(rng.choice(held)), fee=rng.choice([Fee(), Fee(Decimal(1))]))
        for asset in draft.assets
    )
    cash = replace(draft.cash, have=price * rng.randint(0, most), withdraw=Decimal(0))
    return _with_percentages(rng, replace(draft, assets=assets, quotes=quotes, cash=cash), chance=0.9)


def _round_numbers(rng: random.Random, draft: Draft) -> Draft:
    """Prices, holdings and shares that meet on whole lots: ties between the ideal's two neighbours."""
    quotes = tuple(
        Quote(quote.ticker, price, price + rng.choice([0, 0, 1]), lot_size=rng.choice([1, 1, 2, 5]))
        for quote in draft.quotes
        for price in [Decimal(rng.choice([5, 10, 20, 50]))]
    )
    assets = tuple(
        replace(
            asset,
            have=Decimal(rng.choice([0, 1, 2, 5]) * quote.lot_size),
            target=Units(Decimal(rng.randint(0, 8))),
            fee=Fee(Decimal(rng.choice([0, 0, 1]))),
        )
        for asset, quote in zip(draft.assets, quotes, strict=True)
    )
    cash = replace(draft.cash, have=Decimal(rng.choice([50, 100, 200])), withdraw=Decimal(0))
    return _with_percentages(rng, replace(draft, assets=assets, quotes=quotes, cash=cash), chance=0.7)


def _exact_cash(rng: random.Random, draft: Draft) -> Draft:
    """Cash that pays for a certain purchase to the kopeck, or is one kopeck short of it."""
    assets, price = [], Decimal(0)
    for asset, quote in zip(draft.assets, draft.quotes, strict=True):
        fee = Fee(asset.fee.fixed, rng.choice([Decimal(0), Decimal("0.01")]))
        assets.append(replace(asset, have=Decimal(0), permission=Permission.TRADE, fee=fee))
        lots = rng.randint(0, LOTS[len(draft.assets)] // 2)
        if lots:
            price += quote.ask * quote.lot_size * lots * (1 + fee.rate) + fee.fixed
    cash = Cash(have=max(Decimal(0), price - rng.choice([Decimal(0), KOPECK])), want=draft.cash.want)
    return _with_percentages(rng, replace(draft, assets=tuple(assets), cash=cash), chance=1)


def _fee_above_lot(rng: random.Random, draft: Draft) -> Draft:
    """A fixed fee that costs more than the lot it is paid for: many deals are worse than none."""
    assets = [
        replace(asset, fee=Fee((quote.ask * quote.lot_size * Decimal(rng.choice([1, 1.5, 3]))).quantize(KOPECK)))
        for asset, quote in zip(draft.assets, draft.quotes, strict=True)
    ]
    return replace(draft, assets=tuple(assets))


def _no_cash(rng: random.Random, draft: Draft) -> Draft:
    """Every purchase has to be paid for by a sale."""
    return replace(draft, cash=Cash(want=rng.choice([None, Money(Decimal(0)), Money(Decimal(100))])))


def _withdrawal(rng: random.Random, draft: Draft) -> Draft:
    """Money to be raised by sales, at times more than there is to raise."""
    worth = sum((asset.have * quote.bid for asset, quote in zip(draft.assets, draft.quotes, strict=True)), Decimal(0))
    have = (draft.cash.have / 4).quantize(KOPECK)
    out = have + (worth * Decimal(rng.choice([0.1, 0.5, 0.95, 1.01]))).quantize(KOPECK)
    return replace(draft, cash=replace(draft.cash, have=have, withdraw=out))


def _few_deals(rng: random.Random, draft: Draft) -> Draft:
    """A limit of one or two deals together with `use all cash`, where the exemption decides."""
    options = replace(draft.options, max_deals=rng.choice([1, 1, 2]), use_all_cash=True)
    return replace(draft, options=options, cash=replace(draft.cash, withdraw=Decimal(0)))


def _in_units(rng: random.Random, draft: Draft) -> Draft:
    """Targets in units under every permission, which decides what is left for the percentages."""
    assets = [
        replace(
            asset,
            permission=rng.choice(list(Permission)),
            target=asset.target if rng.random() < 0.4 else Units(Decimal(rng.randint(0, int(asset.have) + 4))),
        )
        for asset in draft.assets
    ]
    return _with_percentages(rng, replace(draft, assets=tuple(assets)), chance=0.4)


def _half_lots(rng: random.Random, draft: Draft) -> Draft:
    """Targets in the middle of a lot: two counts are equally near, and costs and deals decide between them."""
    lots, prices = rng.choice([[2], [2, 4]]), rng.choice([[10], [10, 20]])
    quotes = tuple(
        Quote(quote.ticker, price, price + rng.choice([0, 0, 1]), lot_size=rng.choice(lots))
        for quote in draft.quotes
        for price in [Decimal(rng.choice(prices))]
    )
    assets = tuple(
        replace(
            asset,
            have=Decimal(quote.lot_size * rng.randint(0, 4)),
            target=Units(Decimal(quote.lot_size * rng.randint(0, 4) + quote.lot_size // 2)),
            fee=Fee(Decimal(rng.choice([0, 0, 1])), Decimal(rng.choice(["0", "0", "0.01"]))),
            permission=rng.choice([Permission.TRADE, Permission.TRADE, Permission.BUY]),
        )
        for asset, quote in zip(draft.assets, quotes, strict=True)
    )
    cash = Cash(have=Decimal(10 * rng.randint(0, 12)), want=rng.choice([None, None, Money(Decimal(20))]))
    return replace(draft, assets=assets, quotes=quotes, cash=cash)


def _plain(_: random.Random, draft: Draft) -> Draft:
    """As it was drawn."""
    return draft


FLAVOURS: tuple[Callable[[random.Random, Draft], Draft], ...] = (
    _plain,
    _equal_prices,
    _round_numbers,
    _exact_cash,
    _fee_above_lot,
    _no_cash,
    _withdrawal,
    _few_deals,
    _in_units,
    _half_lots,
)
