"""Tickers that follow each other are one paper."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from allocator.core.instrument import Rename
from allocator.store.lineage import Lineage, Part


def rename(old: str, new: str, year: int, ratio: Fraction = Fraction(1)) -> Rename:
    return Rename(old, new, date(year, 1, 1), ratio)


def test_a_chain_leads_to_its_last_ticker() -> None:
    """Each part says what its unit became, and until when the ticker was this paper."""
    lineage = Lineage([rename("B", "C", 2023, Fraction(1, 3)), rename("A", "B", 2020, Fraction(2))], {"A", "B", "C"})

    assert ["C", "C", "C", "X"] == [lineage.head(ticker) for ticker in ("A", "B", "C", "X")]
    assert [
        Part("A", Fraction(2, 3), date(2020, 1, 1)),
        Part("B", Fraction(1, 3), date(2023, 1, 1)),
        Part("C"),
    ] == lineage.parts("C")
    assert [Part("X")] == lineage.parts("X")


def test_a_rename_to_a_ticker_that_is_not_stored_has_not_happened() -> None:
    """An announced ticker, or one that was not loaded, does not hide the paper that is there."""
    lineage = Lineage([rename("A", "B", 2030)], {"A"})

    assert "A" == lineage.head("A")
    assert [Part("A")] == lineage.parts("A")


def test_a_paper_may_take_its_first_ticker_back() -> None:
    """A to B and back to A: both names mean A, its early bars are before B's."""
    lineage = Lineage([rename("A", "B", 2015), rename("B", "A", 2020)], {"A", "B"})

    assert "A" == lineage.head("B")
    assert "A" == lineage.head("A")
    assert [Part("A", until=date(2015, 1, 1)), Part("B", until=date(2020, 1, 1)), Part("A")] == lineage.parts("A")


def test_renames_in_a_circle_end() -> None:
    """Whatever a list says, the answer comes."""
    lineage = Lineage([rename("A", "B", 2015), rename("B", "A", 2015), rename("A", "A", 2016)], {"A", "B"})

    assert {"A", "B"} >= {lineage.head("A"), lineage.head("B")}
    assert "A" == lineage.parts("A")[-1].ticker


def test_two_papers_that_became_one_are_both_its_past() -> None:
    """The earlier change comes first, so that bars of the later one are believed where both have some."""
    lineage = Lineage([rename("B", "C", 2021), rename("A", "C", 2020)], {"A", "B", "C"})

    assert ["A", "B", "C"] == [part.ticker for part in lineage.parts("C")]
