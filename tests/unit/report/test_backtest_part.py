"""A backtest as a part of a page: what stands in it, and how it is put in its place."""

from __future__ import annotations

import math

import backtest_results as given
import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st

from allocator.backtest.result import Trial
from allocator.core.errors import UsageError
from allocator.core.text import text
from allocator.report.backtest_part import backtest_part, marks, overview_markdown, placed, t_value


def test_the_t_value_is_of_the_periods_that_there_were():
    """A Sharpe ratio of a year over a quarter of it is worth half as many standard errors."""
    run = given.run(periods=60)
    expected = run.metrics.sharpe_ratio * math.sqrt(60 / run.metrics.periods_a_year)
    assert expected == pytest.approx(t_value(run))
    excess = run.path.excess_returns
    errors = excess.mean() / (excess.std() / math.sqrt(60))
    assert errors == pytest.approx(t_value(run), rel=0.03)  # the ratio of a year is of returns before compounding


def test_each_strategy_has_a_line_with_what_was_chosen():
    """In the order of the runs; what was not tuned has no settings."""
    tuned = Trial({"lambda": 5.0, "risk_aversion": 0.5}, 1.25)
    lines = overview_markdown([given.run("a|b", tuned=tuned), given.run("equal", seed=2)]).splitlines()
    assert 4 == len(lines)
    assert "| a\\|b | λ = 5, γ = 0.5 | 1.25 |" in lines[2]
    assert "| equal | - | - |" in lines[3]
    assert {lines[0].count("|")} == {line.replace("\\|", "").count("|") for line in lines}


def test_where_nothing_was_tuned_nothing_was_chosen():
    """The two columns are left out."""
    assert "Chosen" not in overview_markdown([given.run("a"), given.run("equal", seed=2)])


def test_few_strategies_are_shown_whole_and_many_in_lines():
    """Four stand side by side with all rows; of five there are lines, unless figures stand beside them."""
    four = [given.run(f"s{n}", seed=n) for n in range(4)]
    five = [*four, given.run("s4", seed=4)]
    row = "| Average turnover |"
    assert row in backtest_part(given.result(*four))
    assert row not in backtest_part(given.result(*five))
    beside = backtest_part(given.result(*five), beside={"average_turnover": "87.2%"}, beside_name="theirs")
    assert row in beside
    assert "| theirs |" in beside
    assert "87.2%" in beside


def test_what_happened_to_several_is_told_once():
    """With all their names, in the order of time."""
    happened = (given.event("2023-02-01", text("{ticker} is unknown", ticker="TICK1")),)
    part = backtest_part(given.result(given.run("a", events=happened), given.run("b", seed=2, events=happened)))
    assert "- 2023-02-01 a; b: TICK1 is unknown" in part.splitlines()


def test_luck_is_told_once_and_the_grid_names_its_strategy():
    """Beside whole tables and beside lines alike."""
    grid = given.grid()
    tuned = given.run("S P O", tuned=grid.best)
    for others in (0, 5):
        runs = [tuned, *(given.run(f"s{n}", seed=n) for n in range(others))]
        part = backtest_part(given.result(*runs, grid=grid))
        assert 1 == part.count("Deflated Sharpe ratio")
        assert "Sharpe ratios of S P O on the tuning period" in part


def test_a_part_says_all_that_a_reader_must_know():
    """The verdict, the settings, the grid with the chosen cell, what luck is in it, events and notes."""
    happened = (given.event("2023-02-01", text("{ticker} is unknown", ticker="TICK1")),)
    part = backtest_part(given.result(given.run(events=happened), grid=given.grid(), notes=(text("yes"),)))
    for found in ("SPO earned less than the index", "- Commission: 0.02%", "**0.34**", "Deflated Sharpe ratio",
                  "Probability of backtest overfitting", "TICK1 is unknown", "- Note: yes"):  # fmt: skip
        assert found in part


@drawn(st.text(max_size=20), st.text(max_size=20), st.text(st.characters(categories=["L", "N"]), max_size=20))
def test_a_part_takes_the_place_of_what_stood_there(before, after, old):
    """What stands around the marks stays; another part may take its place again."""
    begin, end = marks("x")
    page = f"{before}{begin}{old}{end}{after}"
    once = placed(page, "x", "| new |")
    assert f"{before}{begin}\n| new |\n{end}{after}" == once
    assert once == placed(placed(page, "x", "other"), "x", "| new |")


def test_a_page_without_the_marks_is_refused():
    """With the lines to put there; marks of another backtest are not those."""
    with pytest.raises(UsageError, match="no place for x") as caught:
        placed("\n".join(marks("y")), "x", "")
    assert "<!-- backtest x: begin -->" in str(caught.value.hint)
