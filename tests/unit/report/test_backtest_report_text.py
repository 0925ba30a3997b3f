"""A backtest as text, as Markdown beside a paper's table, as JSON and as CSV."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Callable
from dataclasses import fields, replace
from decimal import Decimal

import backtest_results as given
import numpy as np
import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st

from allocator.backtest.metrics import FORMULAS, Metrics
from allocator.backtest.result import Run
from allocator.core.errors import UsageError
from allocator.core.text import text
from allocator.report import dumps
from allocator.report.backtest import backtest_markdown, backtest_text, grid_markdown
from allocator.report.backtest_document import backtest_csv, backtest_document
from allocator.report.backtest_rows import GROUPS, LINES, duration, moment, said

HOSTILE = "<b>|\x1b[31mred\x1b[0m\n`code` $x$ [a](http://b) \u202e"


def money(cell: str) -> Decimal:
    return Decimal(cell.replace(" ", ""))


def points(cell: str) -> Decimal:
    return Decimal(cell.removesuffix(" bp"))


def with_metrics(run: Run, **changed: float) -> Run:
    return replace(run, metrics=replace(run.metrics, **changed))  # type: ignore[arg-type]


@pytest.mark.parametrize("lang", ["en", "ru"])
def test_the_whole_report(lang: str, golden: Callable[[str, str], None]) -> None:
    """Verdict, settings, rows side by side, grid, events and notes, in both languages."""
    happened = (given.event("2023-02-01", text("{ticker} is unknown", ticker="TICK1")),)
    whole = given.result(
        given.run(events=happened, tuned=given.grid().best),
        given.run("Equal weight", seed=2, benchmark=False),
        grid=given.grid(),
        notes=(text("yes"),),
    )
    golden(f"backtest-{lang}.txt", backtest_text(whole, lang=lang, formulas=False) + "\n")


def test_every_metric_has_its_row_and_formula():
    """What `Metrics` knows is printed, and each printed row says how it is worked out."""
    assert set() == {each.name for each in fields(Metrics)} - set(LINES)
    said_all = backtest_text(given.result())
    assert [] == [
        key for key, line in LINES.items() if key in FORMULAS and f"{line.title}: {FORMULAS[key]}"[:60] not in said_all
    ]


@pytest.mark.parametrize("width", [80, 100])
@pytest.mark.parametrize("count", [1, 2, 9])
def test_it_fits_the_screen(width: int, count: int) -> None:
    """No line is wider, however many strategies there are: they go on in further tables."""
    runs = [given.run(f"A strategy with a long name, the {n}th", seed=n, periods=10) for n in range(count)]
    lines = backtest_text(given.result(*runs, grid=given.grid()), width=width).splitlines()
    assert width >= max(map(len, lines))
    assert count == sum(line.count("1 000 000.00") for line in lines if line.startswith("Initial value"))


def test_many_strategies_are_compared_first():
    """In one table, the best Sharpe ratio on top; two need no such table."""
    runs = [given.run(f"S{n}", seed=n, periods=10) for n in range(9)]
    found = backtest_text(given.result(*runs)).splitlines()
    start = next(at for at, line in enumerate(found) if "Strategy" in line)
    best = sorted(runs, key=lambda run: -run.metrics.sharpe_ratio)
    assert [run.name for run in best] == [line.split()[0] for line in found[start + 2 : start + 11]]
    assert "Strategy" not in backtest_text(given.result(), formulas=False)


@drawn(st.floats(1, 1e12), st.floats(0, 1e12), st.lists(st.floats(0, 1e9), min_size=3, max_size=3))
def test_what_is_printed_adds_up(initial: float, final: float, paid: list[float]) -> None:
    """Initial value + profit = final value, and all costs are the sum of their kinds, to the last digit printed."""
    one = given.run(periods=3)
    costs = dict(zip(("fees", "spread", "impact"), (np.array([each, 0.0, 0.0]) for each in paid), strict=True))
    run = replace(with_metrics(one, initial_value=initial, final_value=final), path=replace(one.path, **costs))
    cell = {key: said(run, LINES[key]) for key in LINES}
    assert money(cell["final_value"]) == money(cell["initial_value"]) + money(cell["profit"])
    assert money(cell["total_cost"]) == sum(money(cell[f"paid_{kind}"]) for kind in costs)


@drawn(st.lists(st.floats(0, 0.1), min_size=3, max_size=3))
def test_average_costs_add_up(parts: list[float]) -> None:
    """In basis points, as printed."""
    run = with_metrics(
        given.run(periods=3), **dict(zip(("average_fees", "average_spread", "average_impact"), parts, strict=True))
    )
    kinds = sum(points(said(run, LINES[f"average_{kind}"])) for kind in ("fees", "spread", "impact"))
    assert kinds == points(said(run, LINES["average_cost"]))


def test_a_figure_that_there_is_none_of():
    """A dash for a person, null with its reason for a program, nothing in CSV; never NaN."""
    run = with_metrics(given.run(), sharpe_ratio=math.nan, information_ratio=math.inf)
    whole = given.result(run)
    assert "-" == said(run, LINES["sharpe_ratio"])
    found = json.loads(dumps(backtest_document(whole, series=True)))["strategies"][0]
    assert None is found["metrics"]["sharpe_ratio"]
    assert {
        "sharpe_ratio": "there is nothing to work it out from",
        "information_ratio": "it is infinite: what it is divided by is zero",
    } == found["unknown"]
    row = next(csv.DictReader(io.StringIO(backtest_csv(whole))))
    assert "" == row["sharpe_ratio"]
    for said_all in (backtest_text(whole), backtest_csv(whole), dumps(backtest_document(whole, series=True))):
        assert "nan" not in said_all.lower()


def test_no_minus_zero():
    """A ratio or a percentage that rounds to zero has no sign."""
    run = with_metrics(given.run(), sharpe_ratio=-0.0004, average_return=-1e-9)
    assert "0.00" == said(run, LINES["sharpe_ratio"])
    assert "0.00%" == said(run, LINES["average_return"])


@pytest.mark.parametrize(
    ("expected", "seconds"),
    [("1 µs", 1e-6), ("0 µs", 0.0), ("95.0 µs", 9.5e-5), ("2.50 ms", 2.5e-3), ("1.00 s", 1.0), ("3600 s", 3600.0)],
)
def test_computing_time(expected: str, seconds: float) -> None:
    """Three digits, in the unit that suits."""
    assert expected.replace("95.0", "95") == str(duration(seconds))


@pytest.mark.parametrize(("expected", "time"), [("2023-01-03", "2023-01-03"), ("2023-01-03 10:00", "2023-01-03T10:00")])
def test_times_to_the_minute(expected: str, time: str) -> None:
    """And of days only the day."""
    assert expected == moment(np.datetime64(time, "s"))


def test_the_chosen_cell_is_marked():
    """Only that one, and the lines under the grid say what it is worth."""
    found = backtest_text(given.result(grid=given.grid()), formulas=False, width=400)
    assert 1 == found.count("[0.34]")
    assert 1 == sum("[" in line and "[ ]" not in line for line in found.splitlines())
    assert "λ = 5, γ = 5, Sharpe ratio 0.34" in found
    assert "Deflated Sharpe ratio: 31.0% is" in found
    assert "Not above 95%: it may be luck." in found
    assert "Probability of backtest overfitting: 42.0%" in found


def test_luck_is_of_a_year():
    """The ratio of a period that luck would show, times the root of the periods of a year."""
    run = with_metrics(given.run(), periods_a_year=2500)  # type: ignore[arg-type]
    assert f"would show {0.0941 * 50:.2f} by luck" in backtest_text(given.result(run, grid=given.grid()), width=300)


def test_a_grid_that_could_not_be_judged():
    """Says why in its notes, and nothing of luck."""
    grid = given.grid(deflated=None, overfitting=None, notes=(text("{bars} bars are too few.", bars=4),))
    found = backtest_text(given.result(grid=grid))
    assert "4 bars are too few." in found
    assert "Deflated" not in found


def test_names_cannot_move_the_cursor():
    """Control characters of names are gone from the text; each name stays on its line."""
    run = given.run(HOSTILE, events=(given.event("2023-02-01", text("{x}", x="\x1b[2J\x07")),))
    found = backtest_text(given.result(run, title=HOSTILE, verdict=text("{x}", x=HOSTILE)))
    assert [] == [each for each in found if not each.isprintable() and each != "\n"]


def test_markdown_beside_the_papers_table():
    """Each row has the paper's figure, or nothing where it prints none."""
    lines = backtest_markdown(given.result(), paper={"sharpe_ratio": "1.37"}, paper_name="[3]").splitlines()
    assert "|  | SPO | Equal weight | \\[3\\] |" == lines[0]
    assert "|---|---:|---:|---:|" == lines[1]
    row = next(line for line in lines if line.startswith("| Sharpe ratio"))
    assert "1.37" == row.split(" | ")[-1].removesuffix(" |")
    assert {5} == {line.count("|") for line in lines}
    assert not any("policy time" in line for line in lines)


def test_markdown_of_some_rows():
    """Only those asked for, in that order; an unknown one is refused by name."""
    lines = backtest_markdown(given.result(), rows=("sharpe_ratio", "profit")).splitlines()
    assert ["Sharpe ratio", "Profit, ₽"] == [line.split(" | ")[0].removeprefix("| ") for line in lines[2:]]
    with pytest.raises(UsageError, match="luck"):
        backtest_markdown(given.result(), paper={"luck": "1"})


def test_markdown_is_not_broken_by_names():
    """A name is shown as it is: it makes no column, no code, no link and no HTML."""
    found = backtest_markdown(given.result(given.run(HOSTILE)), rows=("profit",))
    assert 3 == len(found.splitlines())
    assert "&lt;b&gt;\\|" in found
    assert "\\`code\\` \\$x\\$ \\[a\\](http://b)" in found


def test_the_grid_as_markdown():
    """A row for each λ, the chosen cell bold."""
    lines = grid_markdown(given.grid()).splitlines()
    assert 11 == len(lines)
    assert ["**0.34**"] == [cell for line in lines for cell in line.split(" | ") if "**" in cell]


def test_the_document():
    """Every key of every row with all digits, the grid, events, formulas; bar by bar only if asked for."""
    one = given.run(events=(given.event("2023-02-01", text("yes")),), tuned=given.grid().best)
    whole = given.result(one, grid=given.grid())
    found = json.loads(dumps(backtest_document(whole)))
    strategy = found["strategies"][0]
    assert set(LINES) == set(strategy["metrics"]) == set(found["formulas"])
    assert one.metrics.average_return == strategy["metrics"]["average_return"]
    assert "2023-01-03T00:00:00" == strategy["metrics"]["initial_time"]
    assert {"settings": {"lambda": 5.0, "risk_aversion": 5.0}, "sharpe": 0.345} == strategy["tuned"]
    assert [{"time": "2023-02-01T00:00:00", "event": "yes"}] == strategy["events"]
    assert (9, 7) == np.array(found["grid"]["sharpe"]).shape
    assert {"probability", "alone", "luck"} == set(found["grid"]["deflated"])
    assert "series" not in strategy
    series = backtest_document(whole, series=True)["strategies"][0]["series"]  # type: ignore[index,call-overload]
    assert {61} == {len(series[key]) for key in ("times", "value", "cash", "benchmark", "drawdown")}
    assert {60} == {len(series[key]) for key in ("turnover", "fees", "spread", "impact")}


def test_without_a_grid_or_a_benchmark():
    """Null, and a note that the active figures stand against cash."""
    whole = given.result(given.run(benchmark=False))
    found = backtest_document(whole, series=True)
    assert None is found["grid"]
    assert None is found["strategies"][0]["series"]["benchmark"]  # type: ignore[index,call-overload]
    assert "Note: without a benchmark the active figures stand against cash." in backtest_text(whole)


def test_csv_has_a_row_for_each_strategy():
    """With every digit; a name that a spreadsheet would run is only text."""
    runs = given.run("=1+1"), given.run("B", seed=2)
    rows = list(csv.DictReader(io.StringIO(backtest_csv(given.result(*runs)))))
    assert ["'=1+1", "B"] == [row["strategy"] for row in rows]
    assert [run.metrics.profit for run in runs] == [float(row["profit"]) for row in rows]
    assert {"strategy", "kind", *LINES} == set(rows[0])


def test_the_rows_are_those_of_the_peer():
    """Cvxportfolio's, in its order: what it prints stands in the same sequence here."""
    ours = [line.key for _, lines in GROUPS for line in lines]
    peers = [
        "universe", "initial_time", "final_time", "periods", "initial_value", "final_value", "profit", "average_return",
        "volatility", "average_excess_return", "average_active_return", "excess_volatility", "active_volatility",
        "average_growth_rate", "average_excess_growth_rate", "average_active_growth_rate", "average_fees",
        "greatest_fees", "sharpe_ratio", "information_ratio", "average_drawdown", "deepest_drawdown",
        "average_leverage", "greatest_leverage", "average_turnover", "greatest_turnover", "average_policy_s",
        "average_simulator_s", "average_market_data_s", "average_result_s", "total_s",
    ]  # fmt: skip
    assert peers == [key for key in ours if key in peers]
