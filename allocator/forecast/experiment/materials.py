"""What a cell is trained on: a panel of main-session hours, its features in a folder, and the rows of each part."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from allocator.core.bars import FIELDS, Bars, Interval, Mask, Times
from allocator.core.errors import ForecastError
from allocator.core.panel import Panel
from allocator.core.text import text
from allocator.forecast.experiment.grid import Iteration, Scale
from allocator.forecast.features import Features, load, save
from allocator.forecast.metrics import Winrate, winrate
from allocator.forecast.spec import Inputs
from allocator.forecast.training.split import Split, ends

# Hours that begin in the main session. The paper has 4,098 rows of each ticker for 2020-2021, about 8 a day: no
# evening session, which its papers had since June 2020.
SESSION = (10, 18)
# The month that the paper leaves out: "the data of 2022 were cut from 1 March ... to the beginning of April".
CUT = (np.datetime64("2022-03-01"), np.datetime64("2022-04-01"))
LEAST_TICKERS = 2  # one ticker has no others
VALIDATION = 0.15  # of the rows to train on, the last ones: they choose the epoch


@dataclass(frozen=True, slots=True)
class Arrays:
    """Features in a folder, what names them, how their rows are split, and what `reversal` scores there."""

    folder: Path
    digest: str
    split: Split
    reversal: Winrate


def panel(histories: Mapping[str, Bars], iteration: Iteration, scale: Scale) -> Panel:
    """The hours of an iteration. `histories` has sound bars by ticker, sorted, adjusted for splits.

    Raises: `ForecastError` when too few tickers have enough bars to train on, or none has one to be judged on.
    """
    kept = {ticker: bars[_wanted(bars.begin, iteration)] for ticker, bars in histories.items()}
    chosen = _chosen(kept, iteration, scale)
    times = np.unique(np.concatenate([kept[ticker].begin for ticker in chosen]))
    if times[-1] < np.datetime64(iteration.test):
        raise ForecastError(
            text(
                "Iteration {number} is judged on {since} to {till}, and there are no hours of these days.",
                number=iteration.number,
                since=iteration.test,
                till=iteration.end,
            ),
            text("Give files with hourly bars of these years, or another of --iterations."),
        )
    fields = {name: np.full((len(times), len(chosen)), np.nan) for name in FIELDS}
    valid = np.zeros((len(times), len(chosen)), dtype=bool)
    for column, ticker in enumerate(chosen):
        rows = np.searchsorted(times, kept[ticker].begin)
        valid[rows, column] = True
        for name in FIELDS:
            fields[name][rows, column] = getattr(kept[ticker], name)
    return Panel(Interval.HOUR, times, chosen, fields, valid, adjust="splits")


def _wanted(begin: Times, iteration: Iteration) -> Mask:
    hours = (begin - begin.astype("datetime64[D]")) // np.timedelta64(3600, "s")
    inside = (begin >= np.datetime64(iteration.train)) & (begin < np.datetime64(iteration.end))
    wanted: Mask = inside & (hours >= SESSION[0]) & (hours <= SESSION[1]) & ~((begin >= CUT[0]) & (begin < CUT[1]))
    return wanted


def _chosen(kept: Mapping[str, Bars], iteration: Iteration, scale: Scale) -> tuple[str, ...]:
    """The tickers of a scale, by name: judged by the last year to train on, as nobody knew the later rows then."""
    since, before = (np.datetime64(day) for day in (iteration.chosen, iteration.test))
    train = {ticker: bars[(bars.begin >= since) & (bars.begin < before)] for ticker, bars in kept.items()}
    counts = [bars.begin for bars in train.values()]
    hours = len(np.unique(np.concatenate(counts))) if counts else 0
    enough = [ticker for ticker, bars in train.items() if len(bars) >= max(1.0, scale.coverage * hours)]
    if len(enough) < LEAST_TICKERS:
        raise ForecastError(
            text(
                "Iteration {number} chooses by {since} to {till}: {found} of {tickers} tickers have enough hours.",
                number=iteration.number,
                since=iteration.chosen,
                till=iteration.test,
                found=len(enough),
                tickers=len(kept),
            ),
            text("Give files with hourly bars of these years, or another of --iterations."),
        )
    turnover = {ticker: float(np.nansum(train[ticker].close * train[ticker].volume)) for ticker in enough}
    most = sorted(enough, key=lambda ticker: (-turnover[ticker], ticker))[: scale.tickers]
    return tuple(sorted(most))


def split_of(times: Times, test: date, window: int) -> Split:
    """Train, validation (the last 15 % of the rows before `test`) and test rows, a window and a bar between them."""
    first = int(np.searchsorted(times, np.datetime64(test)))
    return Split.purged((0, int(first * (1 - VALIDATION)), first, len(times)), horizon=1, embargo=window)


def reversal(made: Features, split: Split, window: int) -> Winrate:
    """How the rule "the opposite of the last move" would have done on the bars that judge and whose price changed.

    It needs no network: a deal at the bid after one at the ask is a move, and its opposite follows (R. Roll, Journal
    of Finance 39(4), 1984). Nobody earns it, as who deals pays the spread.
    """
    known = np.isfinite(made.returns(1)) & (made.returns(1) != 0)
    n, t = np.divmod(ends(made, window, split.test, known), made.shape[1])
    signs = np.sign(np.nan_to_num(made.values[:, :, 0]))
    rows = np.maximum.accumulate(np.where(signs != 0, np.arange(made.shape[1]), 0), axis=1)
    last = np.take_along_axis(signs, rows, axis=1)
    return winrate(-last[n, t].astype(np.float64), made.returns(1)[n, t].astype(np.float64), t)


def arrays(bars: Panel, inputs: Inputs, iteration: Iteration, scale: Scale, cache: Path) -> Arrays:
    """The features of a panel, from the cache where they are there and whole. Raises: `ForecastError`."""
    from allocator.forecast.features.building import build, digest  # noqa: PLC0415 -- TA-Lib
    from allocator.forecast.features.modes import mode  # noqa: PLC0415

    expected = digest(bars, inputs, mode(bars, inputs, (), None, None))
    folder = cache / "features" / f"{inputs.value}-{expected[:16]}"
    try:
        made = load(folder)
    except ForecastError:  # not there, or torn
        made = None
    if made is None or made.digest != expected:
        made = build(bars, inputs)
        save(made, folder)
    split = split_of(made.times, iteration.test, scale.window)
    return Arrays(folder, made.digest, split, reversal(made, split, scale.window))
