"""What is worth telling: on change, not again, and again after it had gone."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.app.news import (
    Deal,
    Kind,
    News,
    dividends_missing,
    failed,
    happened,
    recommendation_changed,
    recovered,
    should_leave,
    value_changed,
)
from allocator.core.errors import ConfigError, MarketError
from allocator.core.text import text
from allocator.history.dividends import Missing

TWO = Decimal("0.02")
FILE = "/home/me/p.ini"


def words(found: News | None) -> list[str]:
    assert found is not None
    return [str(found.subject), *map(str, found.lines)]


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        ("100000", "102000", ["p.ini: +2.00%", "The value was 100 000.00, now it is 102 000.00."]),
        ("100000", "98000", ["p.ini: -2.00%", "The value was 100 000.00, now it is 98 000.00."]),
        ("100000", "101999.99", None),
        ("100000", "98000.01", None),
        ("100000", "100000", None),
        ("100000", "0", ["p.ini: -100.00%", "The value was 100 000.00, now it is 0.00."]),
    ],
)
def test_a_change_of_value_is_told_from_the_threshold_on(before, now, expected):
    """Up or down; against what was told last."""
    found = value_changed(before, Decimal(now), TWO, about=FILE)
    assert expected == (found and words(found))
    if found:
        assert (Kind.VALUE, FILE, now, False) == (found.kind, found.about, found.state, found.quiet)


@pytest.mark.parametrize("before", [None, "0"])
def test_the_first_value_is_remembered_in_silence(before):
    """There is nothing to compare it with."""
    found = value_changed(before, Decimal(5), TWO, about=FILE)
    assert found is not None
    assert (True, "5") == (found.quiet, found.state)


def test_without_a_threshold_every_change_is_told_and_no_other():
    """A threshold of 0%."""
    assert value_changed("5", Decimal(5), Decimal(0), about=FILE) is None
    assert value_changed("5", Decimal("5.01"), Decimal(0), about=FILE) is not None


@given(st.decimals(1, 10**9, places=2), st.lists(st.decimals(1, 10**9, places=2), max_size=20))
def test_small_steps_add_up(first, values):
    """A slow slide is told once it has come as far as the threshold: each change is against what was told last."""
    told = str(first)
    for value in values:
        found = value_changed(told, value, TWO, about=FILE)
        if found is None:
            assert abs(value / Decimal(told) - 1) < TWO
        else:
            told = found.state


def deal(ticker: str, lots: int) -> Deal:
    return Deal(ticker, lots, Decimal(lots * 10), Decimal("289.830"))


def test_recommendations_are_told_when_names_or_sides_change():
    """Sales first; what is not recommended any more is told, too."""
    before = ["buy LKOH", "buy SBER"]
    assert recommendation_changed(before, [deal("SBER", 9), deal("LKOH", 1)], about=FILE) is None
    found = recommendation_changed(before, [deal("SBER", -9), deal("GAZP", 2)], about=FILE)
    assert [
        "p.ini: recommendations have changed",
        "Sell SBER: lots 9 (units 90) at 289.83",
        "Buy GAZP: lots 2 (units 20) at 289.83",
        "Not to buy any more: LKOH, SBER.",
        "The reasons: allocator recommend /home/me/p.ini",
    ] == words(found)
    assert "Nothing is recommended any more." in words(recommendation_changed(before, [], about=FILE))


def test_nothing_to_recommend_is_no_news_at_first():
    """Nor when it stays so."""
    assert recommendation_changed(None, [], about=FILE) is None
    assert recommendation_changed([], [], about=FILE) is None


def test_each_missing_dividend_is_told_once():
    """New ones only; those that were found are forgotten in silence, and told again if they come back."""
    gazp, sber = Missing("GAZP", date(2026, 7, 18)), Missing("SBER", date(2026, 7, 20))
    found = dividends_missing(None, [gazp], about="held")
    assert ["Dividends are missing: GAZP", f"GAZP, register of 2026-07-18: {gazp.command}"] == words(found)
    assert dividends_missing(found.state, [gazp], about="held") is None
    more = dividends_missing(found.state, [gazp, sber], about="held")
    assert "Dividends are missing: SBER" == words(more)[0]
    fewer = dividends_missing(more.state, [sber], about="held")
    assert (True, ["SBER 2026-07-20"]) == (fewer.quiet, fewer.state)
    assert not dividends_missing(fewer.state, [sber, gazp], about="held").quiet
    assert dividends_missing(None, [], about="held") is None


def test_what_should_leave_is_told_with_its_reason():
    """Once."""
    reason = text("turnover {value} is too small", value=5)
    found = should_leave(None, {"MRSB": reason, "ABRD": None}, about=FILE)
    assert [
        "p.ini: should leave: ABRD, MRSB",
        "ABRD: it does not qualify.",
        "MRSB: turnover 5 is too small.",
    ] == words(found)
    assert should_leave(found.state, {"MRSB": text("other words"), "ABRD": None}, about=FILE) is None


def error(seconds: int, host: str = "iss.moex.com") -> MarketError:
    failure = text("{host} does not answer within {seconds} s", host=host, seconds=seconds)
    return MarketError(text("{failure}.", failure=failure), text("Try again later."))


def test_a_failure_is_told_once_however_often_it_comes():
    """Figures in its words make no other failure of it; other words do."""
    found = failed(None, "refresh", error(5))
    assert ["refresh failed", "iss.moex.com does not answer within 5 s.", "Try again later."] == words(found)
    assert failed(found.state, "refresh", error(6)) is None
    other = MarketError(text("{failure}.", failure=text("{host} is out of order", host="x")))
    assert failed(found.state, "refresh", other) is not None
    assert failed(failed(None, "x", MarketError("plain")).state, "x", MarketError("other")) is not None
    two = ConfigError("a", others=[ConfigError("b", "hint")])
    assert ["check failed", "a", "b", "hint"] == words(failed(None, "check", two))


def test_a_recovery_is_told_of_what_was_told_to_fail():
    """And the failure after it is news again."""
    found = failed(None, "refresh", error(5))
    back = recovered(found.state, "refresh")
    assert (["refresh works again", "It went through again."], True, None) == (words(back), back.urgent, back.state)
    assert recovered(back.state, "refresh") is None
    assert failed(back.state, "refresh", error(5)) is not None


def test_an_event_is_told_by_its_mark():
    """Once for each."""
    found = happened(None, "models", "run 7", text("{count} models were trained", count=3))
    assert ["3 models were trained"] == words(found)
    assert happened(found.state, "models", "run 7", text("x")) is None
    assert happened(found.state, "models", "run 8", text("x")) is not None


def test_a_key_is_of_the_content_and_of_what_came_before():
    """The same twice has one key; the same after something else has another."""
    found = failed(None, "refresh", error(5))
    assert found.key("") == failed(None, "refresh", error(6)).key("")
    assert found.key("") != found.key("k")
    assert found.key("") != failed(None, "forecast", error(5)).key("")
