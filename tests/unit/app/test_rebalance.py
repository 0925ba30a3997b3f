from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import pytest

from allocator.app import asked
from allocator.app.check import check
from allocator.app.rebalance import Overrides, Rebalancer
from allocator.core.errors import ConfigError, MarketError, UsageError
from allocator.core.portfolio import Model, Provider
from allocator.core.quote import Quote, Quotes

INI = """
[have]
SBER = 100
[want]
SBER = 50%
LKOH = 50%
[cash]
have = 100 000
"""


@dataclass
class Prices:
    """A source of quotes that remembers what it was asked for."""

    name: str = "MOEX"
    asked: list[list[str]] = field(default_factory=list)

    def quotes(self, tickers: Sequence[str]) -> Quotes:
        self.asked.append(list(tickers))
        prices = {"SBER": "289.82", "LKOH": "7288"}
        return Quotes(self.name, {t: Quote(t, Decimal(prices[t]), Decimal(prices[t])) for t in tickers})


@pytest.fixture
def ini(tmp_path: Path) -> Path:
    path = tmp_path / "p.ini"
    path.write_text(INI, encoding="utf-8")
    return path


def test_from_file_to_plan(ini: Path) -> None:
    """The file is read, quotes are asked for once and for all assets, the best plan comes back."""
    prices, opened, said = Prices(), [], []
    cases = Rebalancer(lambda spec: opened.append(spec) or prices, progress=lambda text: said.append(str(text)))
    answer = cases.rebalance(cases.read(ini))
    assert [Provider("MOEX")] == opened
    assert [["SBER", "LKOH"]] == prices.asked
    assert (218, 9) == tuple(int(row.units_after) for row in answer.plan.rows)
    assert "asking MOEX for quotes" in said


def test_overrides_go_before_the_file(ini: Path) -> None:
    """What the command line says holds over [options]; what it leaves out stays the file's."""
    path = Path("q.csv")
    overrides = Overrides(Provider("FILE", path), Model.LSAPPROX, 5.0, Decimal("0.001"))
    options = Rebalancer(lambda _: Prices(), overrides).read(ini).options
    assert (Provider("FILE", path), Model.LSAPPROX, 5.0, Decimal("0.001")) == (
        options.provider,
        options.model,
        options.time_limit_s,
        options.gap,
    )
    untouched = Rebalancer(lambda _: Prices()).read(ini).options
    assert (Provider("MOEX"), Model.LAD, 30.0, None) == (
        untouched.provider,
        untouched.model,
        untouched.time_limit_s,
        untouched.gap,
    )


def test_the_frontier_falls(ini: Path) -> None:
    """Each further deal brings the portfolio closer; no deal leaves it as it is."""
    cases = Rebalancer(lambda _: Prices())
    points = cases.frontier(cases.read(ini))
    assert [0, 1, 2] == [point.max_deals for point in points]
    objectives = [point.plan.objective for point in points if point.plan]
    assert sorted(objectives, reverse=True) == objectives


def test_the_reasons_are_those_of_the_deals(ini: Path) -> None:
    """Each deal of the plan has its reason."""
    cases = Rebalancer(lambda _: Prices())
    answer = cases.rebalance(cases.read(ini))
    dealt = [row.position.ticker for row in answer.plan.rows if row.lots]
    assert dealt == [trade.ticker for trade in cases.explain(answer).trades]


def test_check_asks_no_exchange(ini: Path) -> None:
    """A file that names the exchange is checked without a single request."""
    prices = Prices()
    cases = Rebalancer(lambda _: prices)
    said = check(cases, cases.read(ini))
    assert [] == prices.asked
    assert f"{ini} is in order: assets wanted in percent: 2, in units: 0, not wanted: 0; quotes: MOEX." == str(said[0])


def test_check_reads_a_file_of_quotes(ini: Path) -> None:
    """Quotes in a file are there to be looked at."""
    prices = Prices("FILE")
    cases = Rebalancer(lambda _: prices, Overrides(provider=Provider("FILE", Path("q.csv"))))
    check(cases, cases.read(ini))
    assert [["SBER", "LKOH"]] == prices.asked


def test_check_passes_on_what_is_wrong_with_the_quotes(ini: Path) -> None:
    """A file of quotes without one of the assets fails the check."""

    class Empty(Prices):
        def quotes(self, tickers: Sequence[str]) -> Quotes:
            return Quotes("FILE", {})

    cases = Rebalancer(lambda _: Empty(), Overrides(provider=Provider("FILE", Path("q.csv"))))
    with pytest.raises(MarketError, match="SBER"):
        check(cases, cases.read(ini))


def test_check_refuses_what_no_price_can_serve(tmp_path: Path) -> None:
    """`auto` needs a forecast; the check says so before any quote is asked for."""
    path = tmp_path / "p.ini"
    path.write_text("[want]\nSBER = auto\n", encoding="utf-8")
    cases = Rebalancer(lambda _: Prices())
    with pytest.raises(ConfigError, match="forecast"):
        check(cases, cases.read(path))


@pytest.mark.parametrize(
    ("expected", "said"),
    [
        (Overrides(), {}),
        (Overrides(provider=Provider("FILE", Path("a b.csv"))), {"provider": "file a b.csv"}),
        (Overrides(provider=Provider("FILE", Path("q.csv"))), {"quotes": Path("q.csv")}),
        (Overrides(provider=Provider("YAHOO FINANCE")), {"provider": " yahoo  finance"}),
        (Overrides(model=Model.LSAPPROX), {"model": "LSAPPROX"}),
        (Overrides(gap=Decimal("0.0001")), {"gap": "0.01%"}),
        (Overrides(gap=Decimal("0.0001")), {"gap": "0.01"}),
        (Overrides(gap=Decimal(0)), {"gap": "0"}),
    ],
)
def test_options_in_the_words_of_the_file(expected: Overrides, said: dict[str, object]) -> None:
    """Providers and gaps are written on the command line as in the file; the % of a gap may be left out."""
    assert expected == asked.overrides(**said)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("expected", "said"),
    [
        ("--provider: IEX TRADING closed in 2024", {"provider": "iex trading"}),
        ("--provider: NASDAQ is unknown", {"provider": "NASDAQ"}),
        ("--provider has no value", {"provider": " "}),
        ("--gap: x% is not a number", {"gap": "x"}),
        ("--gap: 101% is more than 100%", {"gap": "101"}),
        ("--provider and --quotes both say", {"provider": "MOEX", "quotes": Path("q.csv")}),
    ],
)
def test_options_that_cannot_be(expected: str, said: dict[str, object]) -> None:
    """A wrong value is an error of usage that names the option."""
    with pytest.raises(UsageError) as caught:
        asked.overrides(**said)  # type: ignore[arg-type]
    assert expected in str(caught.value).replace("'", "").replace('"', "")
