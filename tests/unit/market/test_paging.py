"""Long answers in pages, by an exchange of a few lines that pages as it likes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.core.errors import MarketError
from allocator.market.iss import Page
from allocator.market.paging import pages, rows


class Pager:
    """Serves the numbers 0, 1, ... `size` at a time; what else it does is said by its arguments."""

    host = "HOST"

    def __init__(
        self, count: int, size: int = 3, *, cursor: bool = False, total: int | None = None, deaf: int | None = None
    ) -> None:
        self.count, self.size, self.cursor, self.total, self.deaf = count, size, cursor, total, deaf
        self.asked: list[int] = []

    def page(
        self, path: str, block: str, columns: Sequence[str], params: Mapping[str, str], *, exact: bool = True
    ) -> Page:
        start = int(params["start"])
        self.asked.append(start)
        if self.deaf is not None:  # deaf to `start` from there on
            start = min(start, self.deaf)
        numbers = tuple(range(self.count)[start : start + self.size])
        total = self.total if self.total is not None else self.count
        return Page({"n": numbers}, len(numbers), total if self.cursor else None)


def all_of(pager: Pager, most: int = 1000) -> list[object]:
    return [n for page in pages(pager, "/x", "block", ["n"], {}, most=most) for n in page.columns["n"]]


@given(count=st.integers(0, 40), size=st.integers(1, 12), cursor=st.booleans())
def test_every_row_comes_once_whatever_the_size_of_a_page(count: int, size: int, cursor: bool):
    """Pages of 500 today, of 100 tomorrow, with a cursor or without."""
    assert list(range(count)) == all_of(Pager(count, size, cursor=cursor))
    assert list(range(count)) == [row["n"] for row in rows(Pager(count, size, cursor=cursor), "/x", "block", ["n"])]


def test_without_a_cursor_an_empty_page_is_the_end():
    """A short page proves nothing."""
    pager = Pager(7)
    all_of(pager)
    assert [0, 3, 6, 7] == pager.asked


def test_a_cursor_saves_the_empty_page():
    """Its total is reached, so there is no more."""
    pager = Pager(7, cursor=True)
    all_of(pager)
    assert [0, 3, 6] == pager.asked


def test_the_same_page_again_is_no_data():
    """An exchange that is deaf to `start` would be asked for ever, or half of the history lost."""
    with pytest.raises(MarketError, match="HOST sends the same page of block again"):
        all_of(Pager(7, deaf=0))


def test_rows_that_never_end_are_given_up():
    """More rows than there is time between two dates."""
    with pytest.raises(MarketError, match="HOST sends rows of block without end"):
        all_of(Pager(10**9, 50), most=200)


def test_a_total_that_is_not_reached_is_told():
    """What is missing would be taken for a gap in trading."""
    with pytest.raises(MarketError, match="HOST sent 7 of 9 rows of block"):
        all_of(Pager(7, cursor=True, total=9))


def test_a_list_without_pages_is_read_once():
    """Some routes send everything whatever `start` says."""
    assert [0, 1, 2] == [row["n"] for row in rows(Pager(3, deaf=0), "/x", "block", ["n"])]


def test_a_list_that_sticks_later_is_told():
    """Then its rest would be lost."""
    with pytest.raises(MarketError, match="HOST sends the same page of block again"):
        list(rows(Pager(9, deaf=3), "/x", "block", ["n"]))


def test_a_list_that_is_never_long_takes_one_question():
    """Dividends of 250 tickers: 250 requests, not 500."""
    pager = Pager(3)
    assert [0, 1, 2] == [row["n"] for row in rows(pager, "/x", "block", ["n"], paged=False)]
    assert [0] == pager.asked


def test_a_missing_column_is_named():
    """A list without it is of another format."""
    with pytest.raises(MarketError, match=r"HOST: block block has no column m\. The exchange has changed its format"):
        list(rows(Pager(3), "/x", "block", ["m"]))
