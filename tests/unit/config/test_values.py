"""Values one by one: what each reader takes, exactly, and what it refuses."""

from __future__ import annotations

from decimal import Decimal, localcontext
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from allocator.config import BadValueError, values
from allocator.core.portfolio import Auto, Fee, Model, Money, Percent, Permission, Provider, Units

D = Decimal


@pytest.mark.parametrize(
    ("expected", "raw"),
    [
        ("0", "0"),
        ("5.1", "5.1"),
        ("5.1", "+5.1"),
        ("0.5", ".5"),
        ("5", "5."),
        ("1500000.25", "1500000.25"),
        ("1500000.25", "1_500_000.25"),
        ("1500000.25", "1 500 000.25"),
        ("1500000.25", "1\u00a0500\u00a0000.25"),
        ("1500000.25", "1\u202f500\u2009000.25"),
        ("100000", "1e5"),
        ("0.00012", "1.2E-4"),
        ("0", "-0"),
        ("0", "0e999999999999"),
        ("999999999999999.999999999999999999", "999999999999999.999999999999999999"),
        ("1E-18", "1e-18"),
    ],
)
def test_a_number_is_read_to_the_last_digit(expected, raw):
    """Thousands may be parted by _ or a space of any kind, and an exponent may follow."""
    assert D(expected) == values.number(raw)


def test_a_number_keeps_its_digits_whatever_the_context():
    """A caller's narrow decimal context rounds nothing."""
    with localcontext(prec=3):
        number = values.number("123456.789")
    assert str(number) == "123456.789"


def test_a_number_with_an_exponent_has_none_afterwards():
    """1e5 is shown as the 100000 that it is."""
    assert str(values.number("1e5")) == "100000"


@pytest.mark.parametrize(
    ("expected", "raw"),
    [
        ("is negative", "-1"),
        ("is negative", "−1"),
        ("is negative", "-1e-18"),
        ("is not a finite number", "inf"),
        ("is not a finite number", "-Infinity"),
        ("is not a finite number", "NaN"),
        ("is not a finite number", "∞"),
        ("has a comma", "1,5"),
        ("has a comma", "1,500,000"),
        ("does not part thousands", "1 00"),
        ("does not part thousands", "1__000"),
        ("does not part thousands", "1 0000"),
        ("does not part thousands", "1000 000"),
        ("is too large", "1e15"),
        ("is too large", "1e400"),
        ("is too large", "1e99999999999999999999"),
        ("is too large", "1" + "0" * 60),
        ("is too fine", "1e-19"),
        ("is too fine", "1e-99999999999999999999"),
        ("is not a number", "ten"),
        ("is not a number", "1.2.3"),
        ("is not a number", "0x10"),
        ("is not a number", "٣"),
        ("is not a number", "100 ₽"),
        ("is not a number", "e5"),
        ("is not a number", "."),
    ],
)
def test_what_is_no_number_is_refused_with_its_reason(expected, raw):
    """Negative, infinite, ambiguous and oversized numbers each have their own sentence."""
    with pytest.raises(BadValueError, match=expected):
        values.number(raw)


@pytest.mark.parametrize(
    ("expected", "raw"),
    [
        ("Write 1.5: the decimal separator is a point.", "1,5"),
        ("Write 1.500 or 1500: the decimal separator is a point.", "1,500"),
        ("Write 1500000: a space or _ parts thousands.", "1,500,000"),
        ("Write 1500.25: a space or _ parts thousands.", "1,500.25"),
    ],
)
def test_a_comma_is_explained_by_what_to_write(expected, raw):
    """One comma may mean decimals or thousands; the hint shows each meaning that is possible."""
    with pytest.raises(BadValueError) as caught:
        values.number(raw)
    assert expected == str(caught.value.hint)


@given(st.decimals(min_value=0, max_value=D(10) ** 15 - 1, allow_nan=False, allow_infinity=False, places=18))
@example(D("0.000000000000000000"))
def test_every_number_in_range_survives(number):
    """What is written is what is read, digit for digit."""
    assert number == values.number(f"{number:f}")
    assert number == values.number(f"{number:,f}".replace(",", "_"))


@given(st.text())
def test_any_text_is_a_number_or_a_bad_value(raw):
    """A number that is read is finite, not negative and within bounds."""
    try:
        number = values.number(raw)
    except BadValueError:
        return
    assert 0 <= number < D(10) ** 15


@pytest.mark.parametrize(
    ("expected", "raw"),
    [
        (Units(D(10)), "10"),
        (Percent(D("12.5")), "12.5%"),
        (Percent(D("12.5")), "12.5 %"),
        (Percent(D(0)), "0%"),
        (Auto(), "auto"),
        (Auto(), "AUTO"),
    ],
)
def test_a_target_is_units_a_percentage_or_auto(expected, raw):
    """What is wanted of an asset."""
    assert expected == values.target(raw)


def test_cash_is_wanted_in_money_or_percent():
    """What is wanted of cash; `auto` is not."""
    assert Money(D(100)) == values.cash_target("100")
    assert Percent(D(5)) == values.cash_target("5%")
    with pytest.raises(BadValueError, match="auto is not a number"):
        values.cash_target("auto")


@pytest.mark.parametrize(
    ("expected", "raw"),
    [
        (Fee(D(2)), "2"),
        (Fee(D(0), D("0.003")), "0.3%"),
        (Fee(D(1), D("0.0005")), "1 + 0.05%"),
        (Fee(D(1), D("0.0005")), "1+0.05%"),
        (Fee(D(1), D("0.0005")), "0.05% + 1"),
        (Fee(D(10), D("0.001")), "1e+1 + 1e-1%"),
        (Fee(D(0), D(1)), "100%"),
    ],
)
def test_a_fee_is_money_a_percentage_or_both(expected, raw):
    """Percentages become rates, exactly."""
    assert expected == values.fee(raw)


@pytest.mark.parametrize("raw", ["1 + 2", "1% + 2%", "1 +", "+", "1 + 2 + 3%", "100.1%", "1 - 0.1%"])
def test_other_sums_are_no_fee(raw):
    """One money and one percentage, which is no more than the deal itself."""
    with pytest.raises(BadValueError):
        values.fee(raw)


def test_a_gap_is_a_share_of_the_portfolio():
    """0.01% is 0.0001 of W; without the sign it could be either."""
    assert D("0.0001") == values.gap("0.01%")
    assert D(0) == values.gap("0%")
    for raw in ("0.01", "101%"):
        with pytest.raises(BadValueError):
            values.gap(raw)


@pytest.mark.parametrize(("expected", "raw"), [(4, "4"), (1000, "1 000"), (4, "4.0"), (None, "0")])
def test_a_limit_is_whole_and_0_is_none(expected, raw):
    """`max deals = 0` sets no limit."""
    assert expected == values.limit(raw)


def test_a_lot_has_at_least_one_unit():
    """A lot is a whole number from 1."""
    assert values.lot("10 000") == 10000
    for raw in ("0", "1.5", "-1"):
        with pytest.raises(BadValueError):
            values.lot(raw)


def test_a_time_limit_is_above_zero():
    """Fractions of a second are allowed, no time at all is not."""
    assert values.seconds("0.5") == 0.5
    with pytest.raises(BadValueError, match="above 0"):
        values.seconds("0.0")


@pytest.mark.parametrize(
    ("expected", "raw"),
    [(True, "Yes"), (True, "TRUE"), (True, "1"), (False, "no"), (False, "False"), (False, "0")],
)
def test_yes_and_no_have_three_spellings(expected, raw):
    """Case does not matter."""
    assert expected is values.yes_or_no(raw)


def test_words_are_read_in_any_case():
    """Permissions and models; a near miss names its neighbour."""
    assert values.permission("keep") is Permission.KEEP
    assert values.model("LsApprox") is Model.LSAPPROX
    with pytest.raises(BadValueError) as caught:
        values.model("lsaprox")
    assert str(caught.value.hint) == "Did you mean LSAPPROX?"


@pytest.mark.parametrize(
    ("expected", "raw"),
    [
        (Provider("MOEX"), "moex"),
        (Provider("YAHOO FINANCE"), "Yahoo  Finance"),
        (Provider("FILE", Path("Quotes/My File.csv")), "file Quotes/My File.csv"),
        (Provider("FILE", Path("My File.csv")), 'FILE "My File.csv"'),
    ],
)
def test_a_provider_is_known_and_a_path_keeps_its_case(expected, raw):
    """The rest of the content is case-insensitive; file systems are not."""
    assert expected == values.provider(raw)


@pytest.mark.parametrize("raw", ["IEX TRADING", "iex", "FILE", "bloomberg"])
def test_other_providers_are_refused(raw):
    """IEX closed; FILE needs a path; the rest is unknown."""
    with pytest.raises(BadValueError):
        values.provider(raw)
