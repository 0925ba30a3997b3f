"""The picture of a forecast: what stands above what, how far the axis goes, how many columns there are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from allocator.core.bars import Interval
from allocator.core.text import text
from allocator.forecast.ensemble import Forecast
from allocator.report import forecast_picture as drawing
from allocator.report.forecast import ForecastView

pytest.importorskip("matplotlib")
Draw = Callable[..., Any]


def view(mean: Sequence[float], spread: float) -> ForecastView:
    """Securities of these returns a year, nobody has judged: nothing of them is kept."""
    each, count = np.array(mean), len(mean)
    made = Forecast(
        tuple(f"T{n:03}" for n in range(count)), each, np.full(count, 0.3), each - spread, each + spread,
        np.ones(count), np.eye(count), 5, datetime(2024, 5, 2), 5, 0.5, 1.7, 0.95, {},
    )  # fmt: skip
    now = datetime(2024, 5, 3, tzinfo=UTC)
    return ForecastView(
        forecast=made, interval=Interval.DAY, made=now, sentence=text("Nobody has judged this forecast.")
    )


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> Draw:
    """The figure behind a picture, which is checked to be a PNG."""
    figures: list[Any] = []
    usual = drawing.need_matplotlib()

    def kept(**asked: Any) -> Any:
        figures.append(usual(**asked))
        return figures[-1]

    monkeypatch.setattr(drawing, "need_matplotlib", lambda: kept)

    def draw(*asked: Any, lang: str = "en") -> Any:
        assert b"\x89PNG" == drawing.forecast_picture(view(*asked), lang=lang)[:4]
        return figures[-1]

    return draw


@pytest.mark.parametrize("mean", [[0.12], [0.0] * 12, [0.3, 0.1, -0.2], [0.1] * 11 + [40.0]])
@pytest.mark.parametrize("spread", [0.2, 0.0, np.nan])
def test_what_is_kept_is_seen_on_the_line_of_zero(drawn: Draw, mean: list[float], spread: float) -> None:
    """Nothing is kept, so every mark of it stands at zero: above the line, the bounds and the returns."""
    (axes,) = drawn(mean, spread).axes
    zero, _, marks = axes.lines[:3]
    assert [0, 0] == list(zero.get_xdata())
    assert [0.0] * len(mean) == list(marks.get_xdata())
    assert all(marks.get_zorder() > each.get_zorder() for each in (*axes.lines[:2], *axes.collections))
    low, high = axes.get_xlim()
    assert low < 0 < high


def test_one_huge_return_does_not_hide_the_others(drawn: Draw) -> None:
    """The axis is of the others; an arrow and its figure at the edge tell of it, whatever its sign."""
    for sign, said in ((1, "+4000%"), (-1, "-4000%")):
        (axes,) = drawn([*np.linspace(-0.3, 0.3, 11), sign * 40.0], 0.1).axes
        assert 60 > max(np.abs(axes.get_xlim()))
        assert [said] == [each.get_text() for each in axes.texts]
    (axes,) = drawn([0.1, 40.0], 0.1).axes  # of two neither is usual
    assert 4000 < axes.get_xlim()[1]
    assert [] == list(axes.texts)


def test_many_securities_stand_in_columns_of_one_scale(drawn: Draw) -> None:
    """The best on top of the first; the last column may be shorter, its rows are as high."""
    columns = drawn(list(np.linspace(0.5, -0.5, 243)), 0.1).axes
    assert [49, 49, 49, 49, 47] == [len(axes.get_yticks()) for axes in columns]
    assert "T000" == columns[0].get_yticklabels()[0].get_text()
    assert 1 == len({axes.get_xlim() for axes in columns})
    assert 1 == len({axes.get_ylim() for axes in columns})


def test_bounds_that_nobody_knows_are_not_in_the_legend(drawn: Draw) -> None:
    """In Russian, too."""

    def names(spread: float) -> list[str]:
        return [each.get_text() for each in drawn([0.1, 0.2], spread, lang="ru").legends[0].get_texts()]

    assert ["Ожидаемый доход", "Остаётся: чему следуют"] == names(np.nan)
    assert "Границы ожидаемого дохода" == names(0.1)[0]
