"""The lines of a forecast as a page sorts and draws them."""

from __future__ import annotations

import pytest

from allocator.report.outlook import COLUMNS, Expected, Outlook, in_order, outlook_document


def line(ticker: str, mean: float | None, width: float | None = 0.1, **more: float | None) -> Expected:
    known = mean is not None and width is not None
    given: dict[str, float | None] = {
        "weight": 0.0,
        "mean": mean,
        "kept": mean,
        "deviation": 0.3,
        "lower": mean - width if known else None,
        "upper": mean + width if known else None,
        "beta": None,
        "agreement": 1.0,
    }
    return Expected(ticker, None, **{**given, **more})  # type: ignore[arg-type]


LINES = (line("A", 0.2, beta=1.5), line("B", -0.1), line("C", None), line("D", 0.3, beta=0.5))


@pytest.mark.parametrize(
    ("expected", "column", "down"),
    [
        ("DABC", "mean", True),
        ("BADC", "mean", False),
        ("ABCD", "ticker", False),
        ("DCBA", "ticker", True),
        ("ADBC", "beta", True),
        ("DABC", "beta", False),
    ],
)
def test_lines_in_order(expected: str, column: str, *, down: bool) -> None:
    """What is not known stands at the end, whichever way; equals by their tickers."""
    assert expected == "".join(each.ticker for each in in_order(LINES, column, down=down))


def test_every_column_sorts() -> None:
    """None of them fails for what is not known."""
    for column in COLUMNS:
        assert len(LINES) == len(in_order(LINES, column, down=True))


def outlook(*lines: Expected) -> Outlook:
    empty = dict.fromkeys(Outlook.__dataclass_fields__, None)
    return Outlook(**{**empty, "lines": lines, "notes": ()})  # type: ignore[arg-type]


def test_a_picture_has_zero_in_it() -> None:
    """And the bounds of nearly all; without any it has some width."""
    assert (0.0, 0.3) == pytest.approx(outlook(line("A", 0.2)).scale)
    assert (0.0, 0.3) == outlook(line("A", 0.3, None)).scale
    assert (-0.2, 0.0) == pytest.approx(outlook(line("A", -0.1)).scale)
    assert (-1.0, 1.0) == outlook(line("C", None)).scale == outlook().scale


def test_one_that_is_far_out_does_not_flatten_the_others() -> None:
    """Of twenty, the outermost is cut off."""
    lines = [line(f"T{n}", 0.1) for n in range(19)]
    low, high = outlook(*lines, line("FAR", 50.0)).scale
    assert (0.0, 0.2) == pytest.approx((low, high))


def test_without_a_forecast_there_is_null() -> None:
    """A program can tell that from a forecast of nothing."""
    assert {"forecast": None} == outlook_document(None)
