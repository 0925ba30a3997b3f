"""Portfolios drawn at random: all that a portfolio file can say."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from hypothesis import strategies as st

from allocator.core.portfolio import (
    Asset,
    Auto,
    Cash,
    CashTarget,
    Fallback,
    Fee,
    ForecastRules,
    Model,
    Money,
    Options,
    Percent,
    Permission,
    Portfolio,
    Provider,
    Target,
    Units,
)

PATH = Path("/somewhere/portfolio.ini").absolute()
TICKERS = ("SBER", "LKOH", "TQTD:FXRU", "BRK.B", "BTC-USD", "^GSPC", "ЁЖ", "A_1", "X&Y", "7")
HUNDRED = Decimal(100)


def decimals(most: int = 10**15 - 1, places: int = 18) -> st.SearchStrategy[Decimal]:
    """From 0 to `most`, with up to so many digits after the point: wider than decimals are by default."""
    whole, rest = st.integers(0, most), st.integers(0, 10**places - 1)
    exact = st.tuples(whole, rest).map(lambda parts: Decimal(f"{parts[0]}.{parts[1]:0{places}d}"))
    return st.one_of(
        st.integers(0, most).map(Decimal), st.integers(0, 10**4).map(lambda n: Decimal(n).scaleb(-2)), exact
    )


def shares(least: int = 0) -> st.SearchStrategy[Decimal]:
    """Percentages as shares, 0..1; hundredths of a percent."""
    return st.integers(least, 10_000).map(lambda n: Decimal(n).scaleb(-4))


fees = st.builds(Fee, fixed=decimals(1000), rate=shares())
rules = st.builds(
    ForecastRules,
    risk_aversion=st.integers(1, 10**6).map(lambda n: Decimal(n).scaleb(-3)),
    horizon=st.integers(1, 10_000),
    agreement=shares(),
    cap=st.none(),  # a cap must leave room for all that is left to auto assets
    shrink=st.none() | shares(),
    fallback=st.none() | st.sampled_from(Fallback),
    maximum_age=st.integers(1, 10_000),
)
providers = st.sampled_from(
    [Provider(), Provider("YAHOO FINANCE"), Provider("FILE", PATH.parent / "Quotes of mine.csv")]
)
options = st.builds(
    Options,
    use_all_cash=st.booleans(),
    max_deals=st.none() | st.integers(1, 10**9),
    provider=providers,
    model=st.sampled_from(Model),
    time_limit_s=st.floats(0.001, 1e6).map(lambda seconds: round(seconds, 6)),
    gap=st.none() | shares(),
)


@st.composite
def targets(draw: st.DrawFn, count: int) -> tuple[list[Target], CashTarget | None]:
    """Of so many assets, and of cash; percentages share out the whole, or leave something for auto."""
    chosen: list[Target] = [draw(st.sampled_from([Units(Decimal(0)), Units(draw(decimals()))])) for _ in range(count)]
    in_percent = draw(st.lists(st.integers(0, count - 1), unique=True))
    cash: CashTarget | None = draw(st.one_of(st.none(), decimals().map(Money)))
    if in_percent:
        cuts = sorted(draw(st.lists(st.integers(0, 10_000), min_size=len(in_percent), max_size=len(in_percent))))
        parts = [Decimal(b - a).scaleb(-2) for a, b in zip([0, *cuts], cuts, strict=False)]
        last = HUNDRED - sum(parts)
        for position, part in zip(in_percent, parts, strict=True):
            chosen[position] = Percent(part)
        if draw(st.booleans()):
            cash = Percent(last)
        elif draw(st.booleans()):
            chosen[in_percent[0]] = Auto()
        else:
            chosen[in_percent[0]] = Percent(parts[0] + last)
    return chosen, cash


@st.composite
def portfolios(draw: st.DrawFn) -> Portfolio:
    """Any portfolio of one to ten assets."""
    names = draw(st.lists(st.sampled_from(TICKERS), min_size=1, unique=True))
    wanted, cash = draw(targets(len(names)))
    fee = draw(fees)
    assets = tuple(
        Asset(
            name,
            draw(decimals()),
            target,
            draw(st.one_of(st.just(fee), fees)),
            draw(st.sampled_from(Permission)),
            draw(st.none() | st.integers(1, 10**9)),
        )
        for name, target in zip(names, wanted, strict=True)
    )
    money = Cash(draw(decimals()), cash, draw(decimals()))
    return Portfolio(PATH, assets, money, draw(options), (), draw(rules), fee)
