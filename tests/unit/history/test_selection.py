"""Which securities a portfolio of some size may hold."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.core.instrument import Kind
from allocator.core.text import text
from allocator.history import Candidate, PortfolioSize, UniverseRules, universe

SBER = Candidate("SBER", Kind.SHARE, 2500, 10e9, date(2024, 12, 30))
RULES = UniverseRules()
SIZE = PortfolioSize(Decimal(500_000), Decimal(1_000_000))
NOBODY = frozenset[str]()


def verdict(candidate, held=NOBODY, rules=RULES, size=SIZE, before=NOBODY):
    (found,) = universe([candidate], rules, held, size, before).verdicts
    return found


def test_liquid_and_old_enough_is_in():
    """Without a reason, with its figures."""
    found = verdict(SBER)
    assert ("SBER", "in", None, None) == (found.ticker, found.status, found.code, found.reason)
    assert (2500, 10e9, Decimal(1_000_000)) == (found.bars_count, found.median_turnover, found.needed_turnover)


@pytest.mark.parametrize(
    ("code", "candidate", "reason"),
    [
        ("short", replace(SBER, bars_count=420), "its history is short: 420 daily bars of 421"),
        (
            "unknown",
            replace(SBER, bars_count=0),
            "there is no history of it; load it: allocator refresh --tickers SBER",
        ),
        (
            "illiquid",
            replace(SBER, median_turnover=1_000_000.0),
            "it trades too little: 1 000 000 RUB on the median day of 21, and 1 000 000 must fit",
        ),
        (
            "illiquid",
            replace(SBER, median_turnover=None),
            "it trades too little: 0 RUB on the median day of 21, and 1 000 000 must fit",
        ),
        ("delisted", replace(SBER, listed=False), "it no longer trades; its last bar is of 2024-12-30"),
        (
            "stopped",
            replace(SBER, stopped=True, bars_count=7, median_turnover=0.0),
            "its last bar is of 2024-12-30: delisted, halted, or not loaded since",
        ),
        ("doubtful", replace(SBER, quarantined=text("prices changed")), "its history is in doubt: prices changed"),
        ("index", replace(SBER, kind=Kind.INDEX), "an index cannot be bought"),
    ],
)
def test_what_fails_is_out_with_the_reason(code, candidate, reason):
    """Not held: out; in before: leaves; held: stays, with the same reason for a warning."""
    for held, before, status in ((NOBODY, NOBODY, "out"), (NOBODY, {"SBER"}, "leave"), ({"SBER"}, {"SBER"}, "held")):
        found = verdict(candidate, frozenset(held), before=frozenset(before))
        assert (status, code, reason) == (found.status, found.code, str(found.reason))


def test_excluded_is_never_bought_and_stays_when_held():
    """A person's word, the gravest reason."""
    rules = replace(RULES, exclude=frozenset({"SBER"}))
    assert "you excluded it" == str(verdict(replace(SBER, listed=False), rules=rules).reason)
    assert "held" == verdict(SBER, frozenset({"SBER"}), rules).status


def test_the_larger_of_position_and_cash_must_fit():
    """Above it, not equal to it; exactly at the bound it is out."""
    for size in (PortfolioSize(Decimal(100), Decimal(7)), PortfolioSize(Decimal(7), Decimal(100))):
        assert "out" == verdict(replace(SBER, median_turnover=100.0), size=size).status
        assert "in" == verdict(replace(SBER, median_turnover=100.01), size=size).status


def test_empty_portfolio_asks_for_any_trading():
    """Nothing to sell and nothing to invest: whatever trades at all."""
    assert "in" == verdict(replace(SBER, median_turnover=0.01), size=PortfolioSize()).status
    assert "out" == verdict(replace(SBER, median_turnover=0.0), size=PortfolioSize()).status


def test_qualified_and_kept_are_sorted():
    """Who may be bought; and with them who stays because it is held, even when the store does not know it."""
    gazp, thin = replace(SBER, ticker="GAZP"), replace(SBER, ticker="AAAA", median_turnover=1.0)
    found = universe([SBER, thin, gazp], RULES, frozenset({"AAAA", "ZZZZ"}), SIZE)
    assert ("GAZP", "SBER") == found.qualified
    assert ("AAAA", "GAZP", "SBER", "ZZZZ") == found.kept
    assert "there is no history of it; load it: allocator refresh --tickers ZZZZ" == str(found.verdicts[-1].reason)


CANDIDATES = st.lists(
    st.builds(
        Candidate,
        st.sampled_from("ABCDEFGH"),
        st.sampled_from(Kind),
        st.integers(0, 600),
        st.none() | st.floats(0, 1e6),
        st.none() | st.just(date(2024, 12, 30)),
        st.booleans(),
        st.none() | st.just(text("doubt")),
    ),
    max_size=8,
    unique_by=lambda each: each.ticker,
)
HELD = st.frozensets(st.sampled_from("ABCDEFGHIJ"))
MONEY = st.decimals(0, 10**6, places=2)


@given(candidates=CANDIDATES, held=HELD, position=MONEY, cash=MONEY, more=MONEY, history=st.integers(0, 600))
def test_a_bigger_portfolio_never_adds_a_name(candidates, held, position, cash, more, history):
    """More in a position, more cash, or more history asked for: names leave, none comes."""
    rules = replace(RULES, min_history_days=history)
    small = set(universe(candidates, rules, held, PortfolioSize(position, cash)).qualified)
    assert small >= set(universe(candidates, rules, held, PortfolioSize(position + more, cash)).qualified)
    assert small >= set(universe(candidates, rules, held, PortfolioSize(position, cash + more)).qualified)
    stricter = replace(rules, min_history_days=history + 100)
    assert small >= set(universe(candidates, stricter, held, PortfolioSize(position, cash)).qualified)


@given(candidates=CANDIDATES, held=HELD, position=MONEY, cash=MONEY, excluded=HELD)
def test_every_candidate_and_every_held_name_has_one_verdict(candidates, held, position, cash, excluded):
    """Held names never vanish; "in" has no reason, every other word has one; holding never makes a name buyable."""
    rules = replace(RULES, exclude=excluded)
    size = PortfolioSize(position, cash)
    found = universe(candidates, rules, held, size)
    assert sorted({each.ticker for each in candidates} | held) == [each.ticker for each in found.verdicts]
    assert held <= set(found.kept)
    assert all((each.status == "in") == (each.reason is None) for each in found.verdicts)
    assert found.qualified == universe(candidates, rules, NOBODY, size).qualified
    assert not excluded & set(found.qualified)
