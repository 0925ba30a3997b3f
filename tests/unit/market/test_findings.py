"""Tickers that may have been meant, and several findings told as one error."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from allocator.core.text import text
from allocator.market.findings import MarketErrors, did_you_mean, near, shown, slips

TICKERS = ["GAZP", "GMKN", "LKOH", "SBER", "SBERP", "SPBE", "SBRI"]


def test_swapped_letters_come_before_other_letters():
    """SBRE is likelier SBER with two keys swapped than another paper."""
    assert ["SBER", "SBRI"] == near("SBRE", TICKERS)


def test_letter_case_is_no_difference():
    """What is typed in small letters finds the ticker as the exchange spells it."""
    assert ["GAZP"] == near("gazpp", TICKERS)


def test_nothing_near_is_nothing_said():
    """No hint is better than a silly one."""
    assert [] == near("YDEX", TICKERS)
    assert None is did_you_mean([])


def test_a_huge_list_is_searched_by_first_letter():
    """A file of a hundred thousand tickers does not keep the user waiting for a hint."""
    crowd = [f"A{number:06d}" for number in range(20_000)]
    assert ["SBER"] == near("SBRE", [*crowd, "SBER"])


@given(st.text("ABCD", min_size=1, max_size=6), st.text("ABCD", min_size=1, max_size=6))
def test_slips_are_a_distance(one: str, other: str):
    """It is symmetric, zero only for equal words, and one for any single slip."""
    reach = 12
    assert slips(other, one, reach) == slips(one, other, reach)
    assert (one == other) == (slips(one, other, reach) == 0)
    assert 1 == slips(one, one + "E", reach)
    if len(one) > 1 and one[0] != one[1]:
        assert 1 == slips(one, one[1] + one[0] + one[2:], reach)


def test_every_finding_is_told():
    """The error's lines hold all findings, its text one line for each."""
    error = MarketErrors([(text("one."), text("Mend it.")), (text("two."), None)])
    assert ["one.", "two."] == [str(message) for message, _ in error.lines]
    assert "one. Mend it.\ntwo." == str(error)
    assert 4 == error.exit_code


@given(st.text())
def test_text_of_a_file_cannot_disturb_a_message(value: str):
    """Whatever a cell holds is shown short and visible."""
    assert shown(value).isprintable()
    assert len(shown(value)) <= 40
