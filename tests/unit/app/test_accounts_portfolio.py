"""A portfolio taken apart into an account and what is wanted, put together again, written and read."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from account_portfolios import PATH, TICKERS, decimals, fees, portfolios
from hypothesis import given, settings
from hypothesis import strategies as st

from allocator import config
from allocator.app.accounts_file import written
from allocator.app.accounts_portfolio import apart, of_account, of_all, same_wishes
from allocator.core.accounts import Account, Holding, Policy
from allocator.core.errors import UsageError
from allocator.core.portfolio import Asset, Auto, Fee, ForecastRules, Percent, Permission, Portfolio, Units
from allocator.core.text import text
from allocator.report.catalogue import render

D = Decimal
HEADING = text("All accounts as one.")


def read_back(portfolio: Portfolio, lang: str = "en") -> Portfolio:
    """What is read from what is written, without the notes on percentages."""
    content = written(portfolio, HEADING, lambda sentence: render(sentence, lang))
    return replace(config.parse(content, portfolio.path), notes=())


@given(portfolios(), st.sampled_from(["en", "ru"]))
@settings(deadline=None)
def test_a_written_file_is_read_as_the_same_portfolio(portfolio: Portfolio, lang: str) -> None:
    """Every value to its last digit, the order of assets too, whatever language the comments are in."""
    assert portfolio == read_back(portfolio, lang)


@given(portfolios())
@settings(deadline=None)
def test_a_portfolio_taken_apart_is_the_same_when_put_together(portfolio: Portfolio) -> None:
    """By itself, and as all accounts when it is the only one."""
    account, policy = apart(portfolio, "mine")
    assert portfolio == of_account(account, policy, PATH) == of_all([account], policy, PATH)


@given(portfolios())
@settings(deadline=None, max_examples=30)
def test_import_export_import(portfolio: Portfolio) -> None:
    """The second import changes nothing."""
    first = apart(portfolio, "mine")
    assert first == apart(read_back(of_account(*first, PATH)), "mine")


def test_a_cap_survives() -> None:
    """The one rule of [forecast] that the drawn portfolios leave out."""
    rules = ForecastRules(cap=D("0.375"))
    portfolio = Portfolio(PATH, (Asset("A", target=Auto()), Asset("B", target=Percent(D(70)))), forecast=rules)
    assert portfolio == read_back(portfolio)


accounts = st.lists(
    st.builds(
        Account,
        name=st.text(min_size=1),
        holdings=st.lists(
            st.builds(
                Holding,
                ticker=st.sampled_from(TICKERS),
                units=decimals(),
                fee=st.none() | fees,
                permission=st.sampled_from(Permission),
                lot_size=st.none() | st.integers(1, 100),
            ),
            unique_by=lambda each: each.ticker,
        ).map(tuple),
        cash=decimals(),
        withdraw=decimals(),
        fee=fees,
    ),
    max_size=4,
)


@given(accounts)
@settings(deadline=None)
def test_all_accounts_are_sums(found: list[Account]) -> None:
    """Units of each asset and money add up exactly, however many digits they have; nothing is left out."""
    whole = of_all(found, Policy(), PATH)
    expected: dict[str, Fraction] = {}
    for each in (each for account in found for each in account.holdings):
        expected[each.ticker] = expected.get(each.ticker, Fraction(0)) + Fraction(each.units)
    assert expected == {asset.ticker: Fraction(asset.have) for asset in whole.assets}
    assert sum(Fraction(each.cash) for each in found) == Fraction(whole.cash.have)
    assert sum(Fraction(each.withdraw) for each in found) == Fraction(whole.cash.withdraw)


def one(name: str, **changed: object) -> Account:
    return Account(name, (Holding("A", **{"units": D(1), **changed}),), fee=Fee(D(9)))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("permissions", "expected"),
    [
        (("TRADE", "KEEP"), "TRADE"),
        (("BUY", "SELL"), "TRADE"),
        (("BUY", "KEEP"), "BUY"),
        (("SELL", "KEEP"), "SELL"),
        (("KEEP", "KEEP"), "KEEP"),
    ],
)
def test_what_one_account_may_do_all_may(permissions: tuple[str, str], expected: str) -> None:
    """A purchase is possible where one account may buy, a sale where a holder may sell."""
    found = [one(str(n), permission=Permission(word)) for n, word in enumerate(permissions)]
    assert [Permission(expected)] == [each.permission for each in of_all(found, Policy(), PATH).assets]


def test_who_holds_nothing_cannot_sell() -> None:
    """An account that may sell, but has none, does not make the others' holding one for sale."""
    found = [one("holder", permission=Permission.KEEP), one("other", units=D(0)), Account("third")]
    assert [Permission.BUY] == [each.permission for each in of_all(found, Policy(), PATH).assets]


def test_the_cheapest_fee_of_those_that_name_the_asset() -> None:
    """A broker that has never heard of it says nothing of its price."""
    found = [one("dear", fee=Fee(rate=D("0.003"))), one("less", fee=Fee(rate=D("0.002"))), Account("free")]
    whole = of_all(found, Policy((("B", Units(D(1))),)), PATH)
    assert {"A": Fee(rate=D("0.002")), "B": Fee()} == {each.ticker: each.fee for each in whole.assets}


@pytest.mark.parametrize(("permission", "expected"), [("TRADE", "SELL"), ("BUY", "KEEP"), ("SELL", "SELL")])
def test_what_is_excluded_is_not_bought(permission: str, expected: str) -> None:
    """It may still be sold by who may sell it."""
    found = [one("mine", permission=Permission(permission))]
    whole = of_all(found, Policy(exclude=("A",)), PATH)
    assert [Permission(expected)] == [each.permission for each in whole.assets]


def test_targets_are_the_same_in_any_order() -> None:
    """What is wanted at 0 units is as good as not named."""
    first = Policy((("A", Percent(D(40))), ("B", Percent(D(60)))))
    second = Policy((("B", Percent(D("60.0"))), ("C", Units(D(0))), ("A", Percent(D(40)))), version=3)
    assert same_wishes(first, second)
    assert not same_wishes(first, replace(second, forecast=ForecastRules(horizon=1)))


def test_nothing_to_write_is_said() -> None:
    """A file without an asset could not be read again."""
    with pytest.raises(UsageError, match="no asset is held or wanted"):
        written(of_all([Account("empty")], Policy(), PATH), HEADING, str)


def test_a_path_that_a_file_cannot_say() -> None:
    """It is told rather than lost."""
    portfolio = Portfolio(PATH, (Asset("A", D(1)),))
    provider = replace(portfolio.options.provider, name="FILE", path=Path("/a ; b/q.csv").absolute())
    odd = replace(portfolio, options=replace(portfolio.options, provider=provider))
    with pytest.raises(UsageError, match="cannot say one with ;"):
        written(odd, HEADING, str)
