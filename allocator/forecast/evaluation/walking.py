"""Walking forward: train, stop, test, a step on, and a last stretch that no choice ever sees."""

from __future__ import annotations

from dataclasses import dataclass

from allocator.core.errors import ForecastError
from allocator.core.text import text
from allocator.forecast.training.split import Range, Split


@dataclass(frozen=True, slots=True)
class WalkForward:
    """`folds`, oldest first, whose tests do not overlap; `holdout` (start, end) is for the verdict alone.

    All ranges are of times at which forecasts are made, half-open. Every return that a fold trains, stops or tests on
    is over before the holdout begins. The holdout is empty when none was asked for.
    """

    folds: tuple[Split, ...]
    holdout: Range


def walk_forward(
    rows: int,
    *,
    train: int,
    validation: int,
    test: int,
    horizon: int = 1,
    embargo: int = 0,
    holdout: int = 0,
    folds: int | None = None,
    rolling: bool = False,
) -> WalkForward:
    """As many folds as fit into `rows` times (or the last `folds` of them), with tests that end next to the holdout.

    Between training, validation, test and holdout there are `horizon` rows (purge: a return that training saw is over)
    and `embargo` rows besides; take a window's length for it, and no row that a test's first window reads was a
    training target. `train` is the least number of rows to train on: training begins at row 0, or with `rolling`
    exactly so far before its end.

    Raises: `ForecastError` when not one fold fits.
    """
    sizes = {"train": train, "test": test, "horizon": horizon, "rows": rows}
    if min(sizes.values()) < 1 or min(validation, embargo, holdout) < 0 or (folds is not None and folds < 1):
        raise ValueError(sizes, validation, embargo, holdout, folds)
    gap = horizon + embargo
    end = rows - holdout - gap if holdout else rows
    before = train + gap + (validation + gap if validation else 0)  # rows that must precede the first test
    fitting = (end - before) // test
    if fitting < 1:
        raise ForecastError(
            text(
                "{rows} bars are too few to walk forward: {needed} are needed for training, validation, one test, the "
                "holdout and the gaps between them.",
                rows=rows,
                needed=before + test + rows - end,
            ),
            text("Give a longer history, or shorten one of them."),
        )
    count = fitting if folds is None else min(folds, fitting)
    starts = range(end - count * test, end, test)
    return WalkForward(
        tuple(_fold(at, test, train if rolling else None, validation, gap) for at in starts),
        (rows - holdout, rows),
    )


def _fold(at: int, test: int, train: int | None, validation: int, gap: int) -> Split:
    stop = at - gap  # of validation
    begin = stop - validation
    trained = begin - gap if validation else stop
    return Split((0 if train is None else trained - train, trained), (begin, stop), (at, at + test))
