"""The rebalancing problem solved by trying everything: the judge that the optimiser is measured against.

Written from the statement of the problem alone (`docs/portfolio-file.md`), never from `allocator.optimize`: it knows
only the nouns of `core`, and counts in exact fractions, so an error would have to be made twice to go unseen.
Small problems only: the work is the product of the lot counts that each asset may have.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from allocator.core.portfolio import Asset, Model, Money, Percent, Permission, Portfolio, Units
from allocator.core.quote import Quote, Quotes

NOTHING = Fraction(0)


@dataclass(frozen=True)
class Best:
    """What the best plans share, and one of them."""

    objective: Fraction
    cost: Fraction  # fees and spread
    deals: int
    lots: tuple[int, ...]
    tied: int  # plans as good as this one by the objective alone


@dataclass(frozen=True)
class Deal:
    """One asset after one choice of lots: bought > 0, sold < 0."""

    lots: int
    value: Fraction  # at bid
    cash: Fraction  # what the deal adds to cash, fee taken
    cost: Fraction  # fee and spread


@dataclass(frozen=True)
class Line:
    """One asset: its ideal value, all its possible deals, and what `use all cash` asks of it."""

    ideal: Fraction
    deals: tuple[Deal, ...]
    must_spend: bool  # has a positive target and may be bought
    lot_price: Fraction  # one more lot, percent fee included
    fixed_fee: Fraction


def best(portfolio: Portfolio, quotes: Quotes) -> Best | None:
    """The best plan by objective, then total cost, then number of deals; None when no plan is possible."""
    lines, cash_before, cash_ideal = _lines(portfolio, quotes)
    options = portfolio.options
    power = 1 if options.model is Model.LAD else 2
    scale = _common_denominator(lines, cash_before, cash_ideal)

    def whole(amount: Fraction) -> int:
        scaled = amount * scale
        assert scaled.denominator == 1
        return int(scaled)

    cash = whole(cash_before) + _sums([[whole(deal.cash) for deal in line.deals] for line in lines])
    deals = _sums([[int(deal.lots != 0) for deal in line.deals] for line in lines])
    allowed = cash >= 0
    if options.max_deals is not None:
        allowed &= deals <= options.max_deals
    choices = np.indices([len(line.deals) for line in lines]).reshape(len(lines), -1)
    if options.use_all_cash:
        for line, choice in zip(lines, choices, strict=True):
            if line.must_spend:
                lots = np.array([deal.lots for deal in line.deals])[choice]
                exempt = (lots == 0) & (options.max_deals is not None and deals >= options.max_deals)
                prices = [whole(line.lot_price), whole(line.lot_price + line.fixed_fee)]
                price = np.array(prices, dtype=object)[(lots <= 0).astype(int)]
                allowed &= exempt | (cash < price)
    if not allowed.any():
        return None
    score = _sums([[abs(whole(deal.value - line.ideal)) ** power for deal in line.deals] for line in lines])
    if cash_ideal is not None:
        score = score + abs(cash - whole(cash_ideal)) ** power
    cost = _sums([[whole(deal.cost) for deal in line.deals] for line in lines])
    at = np.flatnonzero(allowed)
    at = at[score[at] == score[at].min()]
    tied = len(at)
    at = at[cost[at] == cost[at].min()]
    at = at[deals[at] == deals[at].min()]
    winner = at[0]
    return Best(
        objective=Fraction(int(score[winner]), scale**power),
        cost=Fraction(int(cost[winner]), scale),
        deals=int(deals[winner]),
        lots=tuple(line.deals[choice[winner]].lots for line, choice in zip(lines, choices, strict=True)),
        tied=tied,
    )


def combinations(portfolio: Portfolio, quotes: Quotes) -> int:
    """How many plans `best` would look at."""
    return math.prod(len(line.deals) for line in _lines(portfolio, quotes)[0])


def reach(portfolio: Portfolio, quotes: Quotes) -> list[range]:
    """The lots that each asset may have in any plan at all."""
    lines = _lines(portfolio, quotes)[0]
    return [range(line.deals[0].lots, line.deals[-1].lots + 1) for line in lines]


def _sums(tables: Sequence[Sequence[int]]) -> np.ndarray:
    """The sum of one entry per table for every choice of entries, in the order of `np.indices`; exact integers."""
    total = np.array([0], dtype=object)
    for table in tables:
        total = np.add.outer(total, np.array(table, dtype=object)).ravel()
    return total


def _common_denominator(lines: Iterable[Line], *others: Fraction | None) -> int:
    amounts = [amount for amount in others if amount is not None]
    for line in lines:
        amounts += [line.ideal, line.lot_price, line.fixed_fee]
        amounts += [amount for deal in line.deals for amount in (deal.value, deal.cash, deal.cost)]
    return math.lcm(*(amount.denominator for amount in amounts))


def _lines(portfolio: Portfolio, quotes: Quotes) -> tuple[list[Line], Fraction, Fraction | None]:
    """Every asset's line, cash before the deals, and the ideal cash (None when it is not scored)."""
    cash = portfolio.cash
    cash_before = Fraction(cash.have) - Fraction(cash.withdraw)
    cash_target = None if portfolio.options.use_all_cash else cash.want
    assets = [(asset, quotes.by_ticker[asset.ticker]) for asset in portfolio.assets]
    wealth = cash_before + sum((Fraction(asset.have) * Fraction(quote.bid) for asset, quote in assets), NOTHING)
    in_units = sum((_reachable_units(asset) * Fraction(quote.bid) for asset, quote in assets), NOTHING)
    in_cash = Fraction(cash_target.money) if isinstance(cash_target, Money) else NOTHING
    part = max(NOTHING, wealth - in_units - in_cash)
    shares = [Fraction(asset.target.percent) for asset, _ in assets if isinstance(asset.target, Percent)]
    if isinstance(cash_target, Percent):
        shares.append(Fraction(cash_target.percent))
    all_shares = sum(shares, NOTHING)
    selling = [_sales(asset, quote) for asset, quote in assets]
    raised = [max(deal.cash for deal in (*sales, Deal(0, NOTHING, NOTHING, NOTHING))) for sales in selling]
    lines = []
    for (asset, quote), sales, own in zip(assets, selling, raised, strict=True):
        if isinstance(asset.target, Percent):
            ideal = part * Fraction(asset.target.percent) / all_shares if asset.target.percent else NOTHING
            wanted = asset.target.percent > 0
        else:
            assert isinstance(asset.target, Units)
            ideal = Fraction(asset.target.units) * Fraction(quote.bid)
            wanted = asset.target.units > 0
        most_cash = cash_before + sum(raised, NOTHING) - own
        keep = Deal(0, Fraction(asset.have) * Fraction(quote.bid), NOTHING, NOTHING)
        lines.append(
            Line(
                ideal=ideal,
                deals=(*sales, keep, *_purchases(asset, quote, most_cash)),
                must_spend=wanted and asset.permission in {Permission.TRADE, Permission.BUY},
                lot_price=Fraction(quote.ask) * _lot(asset, quote) * (1 + Fraction(asset.fee.rate)),
                fixed_fee=Fraction(asset.fee.fixed),
            )
        )
    if cash_target is None:
        return lines, cash_before, None
    if isinstance(cash_target, Money):
        return lines, cash_before, Fraction(cash_target.money)
    return lines, cash_before, part * Fraction(cash_target.percent) / all_shares if cash_target.percent else NOTHING


def _reachable_units(asset: Asset) -> Fraction:
    """The units that count against the percent part: what the permission lets an asset wanted in units reach."""
    if isinstance(asset.target, Percent):
        return NOTHING
    assert isinstance(asset.target, Units)
    have, wanted = Fraction(asset.have), Fraction(asset.target.units)
    return {
        Permission.KEEP: have,
        Permission.BUY: max(have, wanted),
        Permission.SELL: min(have, wanted),
        Permission.TRADE: wanted,
    }[asset.permission]


def _lot(asset: Asset, quote: Quote) -> int:
    return quote.lot_size if asset.lot_size is None else asset.lot_size


def _sales(asset: Asset, quote: Quote) -> list[Deal]:
    """Every sale that the holding and the permission allow, largest first."""
    if asset.permission in {Permission.BUY, Permission.KEEP}:
        return []
    have, bid, lot = Fraction(asset.have), Fraction(quote.bid), _lot(asset, quote)
    whole = math.floor(have)
    deals = []
    for lots in range(whole // lot, 0, -1):
        units = have if lots * lot == whole else Fraction(lots * lot)
        fee = Fraction(asset.fee.fixed) + Fraction(asset.fee.rate) * units * bid
        deals.append(Deal(-lots, (have - units) * bid, units * bid - fee, fee))
    return deals


def _purchases(asset: Asset, quote: Quote, most_cash: Fraction) -> list[Deal]:
    """Every purchase that could be paid for if all else that may be sold were sold."""
    if asset.permission in {Permission.SELL, Permission.KEEP}:
        return []
    have, bid, ask, lot = Fraction(asset.have), Fraction(quote.bid), Fraction(quote.ask), _lot(asset, quote)
    deals: list[Deal] = []
    while True:
        units = (len(deals) + 1) * lot
        fee = Fraction(asset.fee.fixed) + Fraction(asset.fee.rate) * units * ask
        if units * ask + fee > most_cash:
            return deals
        deals.append(Deal(len(deals) + 1, (have + units) * bid, -(units * ask + fee), fee + units * (ask - bid)))
