"""The experiment as tables, as a part of a page, as JSON and as a picture."""

from __future__ import annotations

import json
from datetime import date

import pytest

from allocator.core.errors import ForecastError, UsageError
from allocator.core.text import text
from allocator.forecast.experiment.grid import SCALES, Cell, Grid
from allocator.forecast.experiment.results import Result
from allocator.forecast.experiment.running import Market, Outcome
from allocator.forecast.metrics import Scores, Winrate
from allocator.forecast.spec import Architecture, Inputs
from allocator.report import dumps
from allocator.report import experiment_picture as experiment_picture_module
from allocator.report.experiment import BEGIN, END, experiment_document, experiment_markdown, experiment_text, placed
from allocator.report.experiment_picture import experiment_picture

GRID = Grid((1,), (Architecture.LSTM, Architecture.TSMIXER), (Inputs.UNIVARIATE, Inputs.TA57), (0.0, 50.0))
HALF = Winrate(0.5, 0.45, 0.55, 0.52, 400)


def result(cell: Cell, rate: float) -> Result:
    """Two bars moved in each of 100 hours."""
    right = tuple(1 + (hour % 2) * round(4 * rate - 2) for hour in range(100))
    skill = Winrate(rate, rate - 0.02, rate + 0.02, 0.52, 200)
    return Result(
        cell=cell, key=str(cell), loss=0.4 + cell.lam / 100, naive_loss=0.45, error=0.01,
        scores=Scores(HALF, skill, 0.6, 0.45, 0.01, 400, 100), saturated=0.0, windows=1000, epochs=3, best=2,
        seconds=1.0, precision="float32", torch="2", hours=tuple(range(100)), moved=(2,) * 100, right=right,
        excess=(0.0,) * 100,
    )  # fmt: skip


def outcome(fall: float = 0.25, missing: int = 0) -> Outcome:
    """Winrates of 75 % at λ = 0, and so much less at λ = 50."""
    cells = list(GRID.cells())
    results = tuple(result(cell, 0.75 - (fall if cell.lam else 0)) for cell in cells[missing:])
    market = Market(("A", "B"), 5000, date(2020, 1, 3), date(2022, 12, 30), dict.fromkeys(GRID.inputs, HALF))
    return Outcome(GRID, SCALES["small"], {1: market}, results, tuple(cells[:missing]))


def test_the_papers_figures_stand_beside():
    """In the row of each network, by inputs; and under them what no forecast at all has."""
    lines = experiment_text(outcome()).splitlines()
    lstm = next(line.split() for line in lines if line.startswith("LSTM"))
    assert ["LSTM", "0.6500", "±", "0.0000", "24.55", "0.6500", "±", "0.0000", "19.47"] == lstm
    assert ["0.4500", "0.4500"] == next(line for line in lines if line.startswith("no change")).split()[-2:]


@pytest.mark.parametrize(
    ("fall", "said"),
    [
        (0.25, "Winrate falls with λ: -5.000 points"),
        (-0.25, "Winrate rises with λ: +5.000 points"),
        (0.0, "Winrate does not visibly change with λ: +0.000 points"),
    ],
)
def test_whether_winrate_rises_is_said_in_words(fall, said):
    """25 points over a λ of 50 are 5 for each 10."""
    assert said in experiment_text(outcome(fall))


def test_what_is_better_than_nothing_is_counted():
    """At λ = 0 only, where the loss is that of prices."""
    assert "4 of 4 models have less than the forecast of no change, 4 of them by more" in experiment_text(outcome())


def test_what_is_missing_is_said():
    """A mean that lacks cells has a mark, and they are counted."""
    said = experiment_text(outcome(missing=1))
    assert "0.9000 ± 0.0000*" in said
    assert "* some λ are missing yet." in said
    assert "Not trained yet: 1 cell. The same command without --workers 0 trains them." in said


def test_nothing_at_all_is_no_table():
    """Only the count of what there will be."""
    assert experiment_text(outcome(missing=8)).strip().startswith("Not trained yet: 8 cells.")


def test_a_page_has_the_tables_between_its_marks():
    """What is around them stays; a second time nothing changes."""
    page = f"# Title\n\n{BEGIN}\nold\n{END}\n\nafter\n"
    tables = experiment_markdown(outcome())
    found = placed(page, tables)
    assert found.startswith("# Title\n\n")
    assert found.endswith("\n\nafter\n")
    assert "old" not in found
    assert "| LSTM | 0.6500 ± 0.0000 | 24.55 |" in found
    assert found == placed(found, tables)


@pytest.mark.parametrize("page", ["", BEGIN, END + BEGIN])
def test_a_page_without_marks_is_refused(page):
    """With the two lines to put there."""
    with pytest.raises(UsageError) as caught:
        placed(page, "tables")
    assert BEGIN in str(caught.value.hint)


def test_the_document_has_every_cell():
    """As JSON without NaN: means, cells, and what failed with its reason."""
    cell = Cell(1, Architecture.ENCODER, Inputs.OTHERS, 5.0)
    whole = outcome()
    failed = ((cell, ForecastError(text("{model} diverged.", model="encoder"))),)
    found = json.loads(dumps(experiment_document(Outcome(**{**_fields(whole), "failed": failed}))))
    assert 8 == len(found["cells"])
    assert {"lstm", "tsmixer"} == {each["network"] for each in found["cells"]}
    assert 24.55 == found["iterations"][0]["losses"][0]["paper"]
    assert -0.05 == pytest.approx(found["iterations"][0]["winrate_for_10_lambda"]["value"])
    assert [("encoder", "encoder diverged.")] == [(each["network"], each["reason"]) for each in found["failed"]]


def _fields(some: Outcome) -> dict[str, object]:
    return {name: getattr(some, name) for name in ("grid", "scale", "markets", "results", "missing")}


def test_the_markers_of_mape_are_whole(monkeypatch):
    """The axis goes on above the highest of them, also where all are nearly as high."""
    pytest.importorskip("matplotlib")
    figures = []
    usual = experiment_picture_module.need_matplotlib()
    monkeypatch.setattr(
        experiment_picture_module,
        "need_matplotlib",
        lambda: lambda **asked: figures.append(usual(**asked)) or figures[-1],
    )
    experiment_picture(outcome())
    mape = figures[0].axes[1]
    highest = max(max(line.get_ydata()) for line in mape.lines)
    assert 0 < highest
    assert 0 == mape.get_ylim()[0]
    assert 1.05 * highest < mape.get_ylim()[1]


def test_the_picture_is_a_png():
    """Also when nothing is there to draw yet."""
    pytest.importorskip("matplotlib")
    for some in (outcome(), outcome(missing=8)):
        assert b"\x89PNG" == experiment_picture(some)[:4]


def test_it_speaks_russian():
    """Headings, rows and sentences."""
    said = experiment_text(outcome(), lang="ru")
    assert "Итерация 1" in said
    assert "Winrate падает с ростом λ" in said
