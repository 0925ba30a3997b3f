"""Which of several sources is believed about a dividend."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.core.instrument import Dividend, Rename
from allocator.history.dividends import (
    RANK,
    SAME_PAYMENT,
    Doubt,
    agree,
    disagreements,
    effective,
    joined,
    suspicions,
)

DAY = date(2022, 12, 21)


def row(amount: str, source: str = "shipped", day: date = DAY, ticker: str = "LKOH", currency: str = "RUB") -> Dividend:
    return Dividend(ticker, day, Decimal(amount), currency, source)


rows = st.builds(
    Dividend,
    st.sampled_from(["LKOH", "SBER"]),
    st.dates(date(2022, 12, 1), date(2023, 1, 15)),
    st.sampled_from([Decimal(0), Decimal("1.5"), Decimal("1.501"), Decimal(15), Decimal(7)]),
    st.sampled_from(["RUB", "USD"]),
    st.sampled_from([*RANK, "momentum"]),
)
collections = st.lists(
    rows, max_size=14, unique_by=lambda each: (each.ticker, each.record_date, each.currency, each.source)
)


def test_a_typed_amount_goes_before_all() -> None:
    """Manual, shipped, the exchange, others: in this order."""
    given = [row("4", "momentum"), row("3", "iss"), row("2"), row("1", "manual")]
    believed = [effective(given[:count]) for count in (1, 2, 3, 4)]
    assert [[row("4", "momentum")], [row("3", "iss")], [row("2")], [row("1", "manual")]] == believed


def test_a_zero_says_that_nothing_is_paid() -> None:
    """Whatever sources below it say; a source above it says otherwise."""
    assert [] == effective([row("0", "manual"), row("793"), row("537", "iss")])
    assert [row("1", "manual")] == effective([row("1", "manual"), row("0")])


def test_the_winner_speaks_for_all_currencies() -> None:
    """Dollars of one source and roubles of another are one payment told twice; of one source they are two legs."""
    assert [row("16.55")] == effective([row("16.55"), row("0.21", "iss", currency="USD")])
    legs = [row("10"), row("0.2", currency="USD")]
    assert legs == effective(legs)


def test_another_day_of_the_same_amount_is_the_same_payment() -> None:
    """TATN of 2024: the exchange listed the 4th of July, the register closed on the 9th."""
    mine, theirs = row("25.17", day=date(2024, 7, 9)), row("25.17", "iss", date(2024, 7, 4))
    assert [mine] == effective([mine, theirs])
    (found,) = disagreements([mine, theirs])
    assert (mine.record_date, (mine, theirs)) == (found.record_date, found.rows)


def test_another_day_of_another_amount_is_another_payment() -> None:
    """So is the same amount on two days of one source, and a week and a day apart."""
    for second in (row("26", "iss", DAY + timedelta(2)), row("25.17", "iss", DAY + SAME_PAYMENT + timedelta(1))):
        both = [row("25.17"), second]
        assert both == effective(both)
    thrice = [row("25.17"), row("25.17", "iss"), row("25.17", "iss", DAY + timedelta(2))]
    assert [thrice[0], thrice[2]] == effective(thrice)


@given(collections)
def test_one_source_answers_for_a_day(found: Sequence[Dividend]) -> None:
    """The answer is part of what was given, without zeros, and no day mixes sources."""
    believed = effective(found)
    assert set(believed) <= set(found)
    assert all(each.amount > 0 for each in believed)
    sources = defaultdict(set)
    for each in believed:
        sources[each.ticker, each.record_date].add(each.source)
    assert all(len(each) == 1 for each in sources.values())


@given(collections, st.randoms())
def test_the_order_of_rows_is_nothing(found: list[Dividend], random: object) -> None:
    """Databases give rows in any order."""
    shuffled = found.copy()
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert effective(found) == effective(shuffled)
    assert disagreements(found) == disagreements(shuffled)


@given(collections)
def test_only_a_neighbour_takes_away(found: Sequence[Dividend]) -> None:
    """A day whose best source names an amount is answered, unless a better source has it a few days off."""
    believed = effective(found)
    for each in found:
        rank = RANK.get(each.source, len(RANK))
        same_day = [one for one in found if (one.ticker, one.record_date) == (each.ticker, each.record_date)]
        if each.amount and rank == min(RANK.get(one.source, len(RANK)) for one in same_day):
            near = [
                one
                for one in found
                if one.ticker == each.ticker
                and timedelta(0) < abs(one.record_date - each.record_date) <= SAME_PAYMENT
                and RANK.get(one.source, len(RANK)) < rank
                and agree(one, each)
            ]
            assert each in believed or near


@given(collections)
def test_a_manual_row_always_counts(found: Sequence[Dividend]) -> None:
    """No other source can push out what a person typed."""
    typed = [each for each in found if each.source == "manual" and each.amount]
    assert set(typed) <= set(effective(found))


@given(collections)
def test_disagreements_show_the_believed_row_first(found: Sequence[Dividend]) -> None:
    """And at least two rows, of one ticker."""
    for each in disagreements(found):
        ranks = [RANK.get(one.source, len(RANK)) for one in each.rows]
        assert len(each.rows) > 1
        assert sorted(ranks) == ranks
        assert {each.ticker} == {one.ticker for one in each.rows}


@pytest.mark.parametrize(("one", "other"), [("0.47", "0.467"), ("20.60", "20.6000025"), ("0", "0")])
def test_rounding_is_agreement(one: str, other: str) -> None:
    """The exchange rounds some amounts to kopecks: up to half a percent is no quarrel, and only one row is shown."""
    if one != "0.47":
        assert agree(row(one), row(other, "iss"))
        assert [] == disagreements([row(one), row(other, "iss")])
    else:
        assert not agree(row(one), row(other, "iss"))


def test_other_currencies_cannot_disagree() -> None:
    """Without a rate nobody can say."""
    assert [] == disagreements([row("16.55"), row("0.21", "iss", currency="USD")])


def test_a_new_ticker_takes_the_payments_of_the_old() -> None:
    """Through a chain of changes, per unit of today's paper; later payments under an old code are left."""
    renames = [
        Rename("OGKE", "ENRU", date(2014, 12, 1)),
        Rename("ENRU", "ELFV", date(2023, 3, 29), Fraction(2)),
    ]
    old = row("0.1", day=date(2014, 6, 1), ticker="OGKE")
    late = row("3", day=date(2024, 1, 1), ticker="ENRU")
    assert [row("0.05", day=date(2014, 6, 1), ticker="ELFV"), late] == joined([old, late], renames)


def test_the_new_ticker_is_heard_before_the_old() -> None:
    """One source that gives a payment under both tickers gives it once."""
    rename = Rename("TCSG", "T", date(2024, 11, 28))
    new, old = row("92.5", "iss", date(2024, 11, 25), "T"), row("92", "iss", date(2024, 11, 25), "TCSG")
    assert [new] == joined([old, new], [rename]) == joined([new, old], [rename])


def test_a_circle_of_renames_ends() -> None:
    """Bad data hangs nobody."""
    circle = [Rename("A", "B", date(2024, 1, 1)), Rename("B", "A", date(2024, 1, 1))]
    assert 1 == len(joined([row("1", day=date(2020, 1, 1), ticker="A")], circle))


def test_a_quarter_of_the_price_is_suspicious() -> None:
    """Only of what is believed, in roubles, where a price is known."""
    prices = {("LKOH", DAY): Decimal(1000)}
    (found,) = suspicions([row("251"), row("900", "iss")], prices)
    assert (row("251"), Doubt.PRICE, Decimal("0.251")) == (found.dividend, found.doubt, found.measure)
    assert [] == suspicions([row("250")], prices)
    assert [] == suspicions([row("900", currency="USD")], prices)
    assert [] == suspicions([row("900")], {})


@pytest.mark.parametrize("times", [10, 100, 1000, 10_000])
def test_powers_of_ten_are_suspicious(times: int) -> None:
    """A source that has worked a split in, or counts in kopecks: whichever is believed, the larger one is named."""
    large, small = row(str(3 * times), "iss"), row("3.03")
    (found,) = suspicions([small, large], {})
    assert (large, Doubt.POWER, Decimal(times), small) == (found.dividend, found.doubt, found.measure, found.other)
    assert [] == suspicions([row("3"), row("28", "iss")], {})
