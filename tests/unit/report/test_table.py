from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal

import answers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.core.quote import Quote
from allocator.report import table
from allocator.report.layout import ANSI, ruled

Golden = Callable[[str, str], None]


@pytest.mark.parametrize("name", ["us", "moex"])
def test_the_table(name: str, golden: Golden) -> None:
    """The table of the original program: every column, cash, sums, mean deviations, marks."""
    golden(f"table-{name}.txt", table(getattr(answers, name)()) + "\n")


def test_the_table_in_russian(golden: Golden) -> None:
    """Columns and numbers stay as they are; only yes and no are words."""
    golden("table-moex-ru.txt", table(answers.moex(), lang="ru") + "\n")


def test_colour_paints_the_deals_and_moves_nothing() -> None:
    """Purchases are green, sales red; without its codes the painted table is the plain one."""
    painted = table(answers.us(), colour=True)
    assert table(answers.us()) == ANSI.sub("", painted)
    assert ["\x1b[31m", "\x1b[32m", "\x1b[32m"] == re.findall(r"\x1b\[3\dm", painted)
    assert "\x1b" not in table(answers.us())


@given(
    st.lists(
        st.tuples(st.decimals("0.000001", "9999", places=6), st.decimals(0, 1000, places=3), st.integers(0, 3)),
        min_size=1,
        max_size=5,
    ),
    st.decimals(0, 10**7, places=4),
)
def test_what_is_printed_adds_up(assets: list[tuple[Decimal, Decimal, int]], cash: Decimal) -> None:
    """The printed sums are the sums of the printed figures, to the hundredth, whatever is rounded away."""
    names = [f"A{at}" for at in range(len(assets))]
    lines = "\n".join(f"{name} = {have}" for name, (_, have, _) in zip(names, assets, strict=True))
    ini = f"[have]\n{lines}\n[cash]\nhave = {cash + 10**6}\n[options]\ncommission = 0.333%"
    quotes = [Quote(name, bid, bid) for name, (bid, _, _) in zip(names, assets, strict=True)]
    printed = table(answers.answer(ini, quotes, [lots for _, _, lots in assets])).splitlines()
    *rows, total = [line for line in printed[2:] if not line.startswith("-")]
    spans = [match.span() for match in re.finditer("-+", printed[1])]
    for column in (3, 5, 9):
        start, end = spans[column]
        figures = [_first_figure(row[start:end]) for row in rows]
        assert _first_figure(total[start:end]) == sum(figures)


def _first_figure(cell: str) -> Decimal:
    found = re.match(r"\s*(-?\d[\d ]*\.\d\d)", cell)
    return Decimal(found[1].replace(" ", "")) if found else Decimal(0)


def test_cash_never_shows_more_than_there_is() -> None:
    """204.965 of cash is printed as 204.96: the last half cent cannot be spent."""
    assert "204.96 " in table(answers.us()) + " "
    assert "204.97" not in table(answers.us())


@pytest.mark.parametrize(("name", "most"), [("us", 125), ("moex", 145)])
def test_usual_portfolios_fit_a_wide_terminal(name: str, most: int) -> None:
    """About 120 columns for American prices, 140 for Moscow's, which run from 0.02 to 7000."""
    assert most >= max(map(len, table(getattr(answers, name)()).splitlines()))


def test_a_portfolio_without_wealth_has_no_mean_deviation() -> None:
    """Nothing held, no cash: shares and means are left blank rather than printed as zero."""
    empty = answers.answer("[want]\nSPY = 100%", answers.US_QUOTES[:1], (0,))
    assert "%)" not in table(empty)


def test_columns_take_the_room_of_their_cells() -> None:
    """A heading is centred over its column and makes it no wider than itself."""
    assert "A  Long\n-  ----\nx     1\n-  ----\ny     2" == ruled(["A", "Long"], [["x", "y"], ["1", "2"]], summed=True)
