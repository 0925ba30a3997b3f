"""What models are trained on and asked about: the store's bars as features in a folder, and which rows are for what."""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np

from allocator.app.daily import turnover
from allocator.app.universe import Size, select
from allocator.config.settings import Settings
from allocator.core.bars import FIELDS, Floats, Interval, Times
from allocator.core.errors import ForecastError
from allocator.core.instrument import Instrument, Kind
from allocator.core.panel import Panel, filled
from allocator.core.text import Text, text
from allocator.forecast.features import Context, Features, load, save
from allocator.forecast.spec import Inputs
from allocator.forecast.training import Split
from allocator.store import Store, read_panel
from allocator.store.backup_folder import place_of

FOLDER = "models"
MOST_OTHERS = 40  # channels of the inputs `others`: the securities that trade most
TEST_DAYS, VALIDATION_DAYS = 60, 120  # at the end of the history; less of a short one
LEAST_BARS = 40  # of validation and of test, and more for a long horizon
EMBARGO = {Interval.DAY: 5, Interval.HOUR: 14}  # bars besides the horizon, between what trains and what judges
WARM_UP = 200  # rows that features begin with (`forecast.features.stretches`)
KEPT_S = 2 * 86_400.0  # for which features that no longer hold are kept, as somebody may still train on them


@dataclass(frozen=True, slots=True)
class Arrays:
    """Features in a folder, as workers read them, and as a memory map."""

    folder: Path
    features: Features


class Material:
    """The securities that are forecast, and those that only teach: their bars, adjusted for splits and dividends.

    `living` are the tickers that qualify by their history; the other columns of `panel` left the exchange.
    """

    def __init__(
        self,
        store: Store,
        settings: Settings,
        folder: Path,
        panel: Panel,
        living: Sequence[str],
        securities: Mapping[str, Instrument],
        notes: tuple[Text, ...] = (),
    ) -> None:
        self.folder, self.panel, self.living, self.notes = folder, panel, tuple(living), notes
        self.securities = securities
        self._store, self._settings = store, settings
        self._context: Context | None = None
        self._arrays: dict[tuple[Inputs, tuple[str, ...]], Arrays] = {}

    @classmethod
    def read(cls, store: Store, settings: Settings, interval: Interval, *, folder: Path, today: date) -> Material:
        """From a store. Raises: `StoreError`; `ForecastError` when no security has history enough."""
        chosen = select(store, settings.universe, Size(), today=today)
        least = settings.universe.min_history
        living = chosen.universe.qualified
        gone = [
            each.ticker
            for each in chosen.universe.verdicts
            if each.bars_count >= least
            and (paper := chosen.securities.get(each.ticker)) is not None
            and paper.delisted is not None
            and each.ticker not in settings.universe.exclude
        ]
        if not living:
            raise ForecastError(
                text("No security has a history of {days} days.", days=least),
                text("See why: allocator universe --all"),
            )
        with store.reading() as tx:
            panel = read_panel(
                tx, FIELDS, interval, sorted({*living, *gone}), adjust="total", tax=settings.dividends.tax
            )
        if not len(panel.times):
            raise ForecastError(
                text("{name}: there are no bars to forecast from.", name=store.name),
                text("Load them: allocator refresh --interval {interval}", interval=interval.value),
            )
        panel = _there(replace(panel, fields={**panel.fields, "value": turnover(panel)}))
        living = tuple(ticker for ticker in living if ticker in panel.tickers)
        notes = tuple(each for each in chosen.notes if "newest" in each.template)
        return cls(store, settings, folder, panel, living, chosen.securities, notes)

    @property
    def interval(self) -> Interval:
        return self.panel.interval

    @property
    def others(self) -> tuple[str, ...]:
        """The securities whose closes are the channels of `Inputs.OTHERS`: by the turnover of the last year."""
        recent = np.nan_to_num(self.panel["value"][-250 * bars_a_day(self.panel.times) :])
        turnover = dict(zip(self.panel.tickers, recent.sum(axis=0).tolist(), strict=True))
        most = sorted(self.living, key=lambda ticker: (-turnover.get(ticker, 0.0), ticker))[:MOST_OTHERS]
        return tuple(sorted(most))

    def arrays(self, inputs: Inputs, others: Sequence[str] = ()) -> Arrays:
        """The features of some inputs, made when the folder lacks them. `others`: as a trained model names them.

        Raises: `ForecastError`.
        """
        named = tuple(others or self.others) if inputs is Inputs.OTHERS else ()
        if (inputs, named) not in self._arrays:
            self._arrays[inputs, named] = self._made(inputs, named)
        return self._arrays[inputs, named]

    @property
    def refused(self) -> dict[str, Text]:
        """Securities that teach nothing to any inputs that were made so far, each with its reason."""
        every = [made.features.refused for made in self._arrays.values()]
        return (
            {ticker: why for ticker, why in every[0].items() if all(ticker in each for each in every)} if every else {}
        )

    def split(self, horizon: int) -> Split:
        """The last bars to judge by, those before them to stop training by, all earlier ones to train on.

        Raises: `ForecastError` for too short a history.
        """
        return split_of(self.panel.times, self.interval, horizon)

    def _made(self, inputs: Inputs, others: tuple[str, ...]) -> Arrays:
        from allocator.forecast.features.building import build, digest  # noqa: PLC0415 -- TA-Lib
        from allocator.forecast.features.modes import mode  # noqa: PLC0415

        context = self._surroundings() if inputs is Inputs.CONTEXT else None
        expected = digest(self.panel, inputs, mode(self.panel, inputs, others, None, context))
        place = self.folder / "features"
        folder = place / f"{self.interval.value}-{inputs.value}-{expected[:16]}"
        try:
            found = load(folder)
        except ForecastError:  # not there, or torn
            found = None
        if found is None or found.digest != expected:
            save(build(self.panel, inputs, others=others, context=context), folder)
            found = load(folder)
        with suppress(OSError):
            (folder / "manifest.json").touch()
        _sweep(place, folder)
        return Arrays(folder, found)

    def _surroundings(self) -> Context:
        """Dividends, indexes, sectors and kinds, as bars do not say them."""
        if self._context is not None:
            return self._context
        from allocator.forecast.features.context import INDEXES, Context, as_of  # noqa: PLC0415 -- TA-Lib

        panel, tax = self.panel, self._settings.dividends.tax
        with self._store.reading() as tx:
            known = {each.ticker: each for each in tx.instruments.all()}
            names = [name for name in INDEXES if name in known]
            levels = read_panel(tx, ("close",), Interval.DAY, names, merge_weekends=False)
            end = panel.times[-1].astype("datetime64[D]").item()
            plain = read_panel(tx, ("close",), panel.interval, panel.tickers, end=end, adjust="splits", tax=tax)
            sectors = tx.members.sectors()
        there = np.isin(plain.times, panel.times)  # of hours a panel may have a part of the day
        if plain.tickers != panel.tickers or not np.array_equal(plain.times[there], panel.times):
            raise ForecastError(text("The store changed while it was read."), text("Run the same command again."))
        told = levels.times + np.timedelta64(1, "D")  # the evening of its day, when a daily close is known
        indexes = {}
        for column, name in enumerate(names):
            valid = levels.valid[:, column]
            indexes[name] = as_of(panel.times, panel.interval, told[valid], levels["close"][valid, column])
        kinds = {ticker: paper.kind for ticker, paper in known.items() if paper.kind is not Kind.INDEX}
        paid = _dividends(plain["close"][there], panel["close"])
        self._context = Context(paid, indexes, sectors, kinds)
        return self._context


def models_folder(store_name: str, asked: Path | None = None) -> Path:
    """Where models are kept: as asked, else `models` beside the store's file, else in the user's data directory."""
    if asked is not None:
        return asked
    folder, label = place_of(store_name, FOLDER)
    return folder / label if "://" in store_name else folder.absolute()


def split_of(times: Times, interval: Interval, horizon: int) -> Split:
    """`Material.split` of the rows of a panel. Raises: `ForecastError` for too short a history."""
    rows, per_day = len(times), bars_a_day(times)
    days = max(0, rows - WARM_UP) // per_day
    least = max(LEAST_BARS + horizon, 4 * horizon + 5)
    test = max(per_day * min(TEST_DAYS, days // 5), least)
    validation = max(per_day * min(VALIDATION_DAYS, days // 4), least)
    gap = horizon + EMBARGO[interval]
    needed = WARM_UP + 2 * least + 2 * gap + 2 * LEAST_BARS
    if rows < needed:
        raise ForecastError(
            text(
                "The history is too short: {rows} bars, and {least} are the least for a horizon of {horizon}.",
                rows=rows,
                least=needed,
                horizon=horizon,
            ),
            text("Load a longer history: allocator refresh --from 2015-01-01"),
        )
    first = rows - test
    return Split.purged((0, first - gap - validation, first, rows), horizon=horizon, embargo=EMBARGO[interval])


def bars_a_day(times: Times) -> int:
    """How many bars a usual day of the last ones has, 1 at least."""
    days = times[-2000:].astype("datetime64[D]")
    return max(1, round(len(days) / max(1, len(np.unique(days)))))


def bars_a_year(times: Times) -> float:
    """How many bars there were in the last year, or would be at the pace of a shorter history."""
    recent = times[times > times[-1] - np.timedelta64(365, "D")]
    spent = float((recent[-1] - recent[0]) / np.timedelta64(1, "D"))
    return len(recent) * 365.0 / max(spent, 1.0) if spent < 360 else float(len(recent))


def _there(panel: Panel) -> Panel:
    """The columns that have a bar: of hours there may be few."""
    some = panel.valid.any(axis=0)
    if some.all():
        return panel
    tickers = tuple(panel.tickers[n] for n in np.flatnonzero(some))
    fields = {name: values[:, some] for name, values in panel.fields.items()}
    return replace(panel, tickers=tickers, fields=fields, valid=panel.valid[:, some])


def _dividends(plain: Floats, total: Floats) -> Floats:
    """(T, N) what was paid on each ex-date as a share of the close before: where the two series part."""
    with np.errstate(invalid="ignore", divide="ignore"):
        kept = total / plain  # grows at each ex-date by what was paid
    last, paid = filled(kept), np.zeros(kept.shape)
    with np.errstate(invalid="ignore", divide="ignore"):
        paid[1:] = 1.0 - last[:-1] / last[1:]
    return np.where(np.isfinite(paid) & (paid > 1e-9), paid, 0.0)


def _sweep(place: Path, kept: Path) -> None:
    """Remove features of the same kind that newer ones replaced days ago."""
    prefix = kept.name.rpartition("-")[0]
    for old in place.glob(f"{prefix}-*"):
        with suppress(OSError):
            if old != kept and time.time() - (old / "manifest.json").stat().st_mtime > KEPT_S:
                shutil.rmtree(old)
