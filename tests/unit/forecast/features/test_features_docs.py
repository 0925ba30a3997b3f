"""docs/features.md says what the code does."""

import re
from pathlib import Path

import pytest

from allocator.core.bars import Interval
from allocator.forecast.features.context import SECTORS, Context, channels
from allocator.forecast.features.indicators import TA57
from allocator.forecast.features.stretches import CLOSED_DAYS, DEAD_ROWS, LONGEST_FILL, WARM_UP
from allocator.forecast.features.supercandles import METRICS

PAGE = Path(__file__).parents[4] / "docs" / "features.md"


def ta57() -> str:
    rows = ["| # | column | group | what it is | range | neutral |", "|---:|---|---|---|---|---|"]
    for number, each in enumerate(TA57, start=1):
        ends = ["" if end is None else f"{end:g}" for end in (each.low, each.high)]
        bounds = " to ".join(ends) if all(ends) else f"{ends[0]} and up" if ends[0] else ""
        rows.append(f"| {number} | `{each.name}` | {each.group} | {each.formula} | {bounds} | {each.neutral} |")
    return "\n".join(rows)


def supercandles57() -> str:
    rows = ["| # | field | group | an hour | in units of | when not given |", "|---:|---|---|---|---|---|"]
    for number, each in enumerate(METRICS, start=1):
        unit = {"plain": "itself", "spread": "basis points"}.get(each.unit, each.unit)
        rows.append(f"| {number} | `{each.name}` | {each.table} | {each.hour} | {unit} | {each.absent} |")
    return "\n".join(rows)


@pytest.mark.parametrize("table", [ta57, supercandles57], ids=lambda table: table.__name__)
def test_tables_are_those_of_the_code(table, request):
    """Each table of the page is written from the code (pytest --update-golden writes it)."""
    mark = table.__name__
    pattern = re.compile(rf"(<!-- {mark} -->\n).*(<!-- /{mark} -->)", re.DOTALL)
    page = PAGE.read_text(encoding="utf-8")
    expected = pattern.sub(lambda found: f"{found[1]}\n{table()}\n\n{found[2]}", page)
    if request.config.getoption("--update-golden"):
        PAGE.write_text(expected, encoding="utf-8", newline="\n")
    assert expected == PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "sentence",
    [
        f"up to {LONGEST_FILL[Interval.HOUR]} hours missing in a row",
        f"or {LONGEST_FILL[Interval.DAY]} days",
        f"closed for more than {CLOSED_DAYS} days",
        f"the first {WARM_UP} rows of a stretch",
        f"the last {DEAD_ROWS} closes",
        "the exchange's ten sector indexes",
    ],
)
def test_bounds_are_those_of_the_code(sentence):
    """The page states the numbers of the rules that are in force."""
    assert sentence in PAGE.read_text(encoding="utf-8")
    assert len(SECTORS) == 10


@pytest.mark.parametrize(("interval", "rest"), [(Interval.HOUR, 27), (Interval.DAY, 25)])
def test_count_of_context_is_that_of_the_code(interval, rest):
    """7 numeric channels of bars, the indexes, and the rest of the table of modes."""
    names, groups = channels(Context(), interval)
    assert 6 + rest == len(names) == len(groups)
    assert f"{rest}" in next(line for line in PAGE.read_text(encoding="utf-8").splitlines() if "| `context` |" in line)
