"""What the experiment trains: iterations, cells, and two sizes of everything that the paper leaves open."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from allocator.core.errors import UsageError
from allocator.core.text import text
from allocator.forecast.sizes import EncoderDecoderSize, EncoderSize, LstmSize, TsmixerSize
from allocator.forecast.sizes import Size as NetworkSize
from allocator.forecast.spec import Architecture, Inputs, ModelSpec, Training

# In the order of the paper's tables.
NETWORKS = (Architecture.LSTM, Architecture.ENCODER, Architecture.ENCODER_DECODER, Architecture.TSMIXER)
INPUTS = (Inputs.UNIVARIATE, Inputs.TA57, Inputs.OTHERS)
LAMBDAS = (0.0, 1.0, 5.0, 10.0, 12.0, 25.0, 35.0, 45.0, 50.0)


@dataclass(frozen=True, slots=True)
class Iteration:
    """Trained from `train` on until `test`, judged from `test` until `end`; the first day of each, `end` not in it."""

    number: int
    train: date
    test: date
    end: date

    @property
    def chosen(self) -> date:
        """The first day of the year that tickers are chosen by: the last one to train on."""
        return self.test.replace(year=self.test.year - 1)


ITERATIONS = {
    1: Iteration(1, date(2020, 1, 1), date(2022, 1, 1), date(2023, 1, 1)),
    2: Iteration(2, date(2020, 1, 1), date(2023, 1, 1), date(2024, 1, 1)),
}


@dataclass(frozen=True)
class Scale:
    """How much of everything.

    Tickers are those that trade in a share `coverage` of the hours of the last year to train on, the `tickers` most
    traded ones of them by turnover there (None: all). `networks` are the sizes of the networks.
    """

    name: str
    tickers: int | None
    coverage: float
    window: int
    networks: tuple[NetworkSize, ...]
    training: Training

    def spec(self, cell: Cell) -> ModelSpec:
        """The model of a cell."""
        size = dict(zip(NETWORKS, self.networks, strict=True))[cell.network]
        return ModelSpec(
            cell.network,
            cell.inputs,
            window=self.window,
            lam=cell.lam,
            size=size,
            training=self.training,
            seed=cell.seed,
        )


SCALES = {
    # Two cores, about two hours: docs/paper.md tells how that is known.
    "small": Scale(
        "small",
        tickers=16,
        coverage=2 / 3,
        window=32,
        networks=(
            LstmSize(width=32, layers=2),
            EncoderSize(width=32, layers=2, heads=4, feedforward=128),
            EncoderDecoderSize(width=32, encoder_layers=2, decoder_layers=1, heads=4, feedforward=128, known=16),
            TsmixerSize(blocks=2, feedforward=32),
        ),
        training=Training(epochs=4, batch=512, lr=2e-3, patience=2),
    ),
    # All that the data have, as the paper: a graphics card, or a day of two cores.
    "full": Scale(
        "full",
        tickers=None,
        coverage=0.15,
        window=64,
        networks=(
            LstmSize(width=64, layers=2),
            EncoderSize(width=64, layers=2, heads=4, feedforward=256),
            EncoderDecoderSize(width=64, encoder_layers=2, decoder_layers=1, heads=4, feedforward=256, known=32),
            TsmixerSize(blocks=2, feedforward=64),
        ),
        training=Training(epochs=10, batch=2048, lr=2e-3, patience=3),
    ),
}


@dataclass(frozen=True, slots=True)
class Cell:
    """One training of the grid."""

    iteration: int
    network: Architecture
    inputs: Inputs
    lam: float
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Grid:
    """What of the experiment is wanted. Raises: `UsageError` for what is not of it."""

    iterations: tuple[int, ...] = (1, 2)
    networks: tuple[Architecture, ...] = NETWORKS
    inputs: tuple[Inputs, ...] = INPUTS
    lambdas: tuple[float, ...] = LAMBDAS
    seeds: int = 1

    def __post_init__(self) -> None:
        for name, asked, known in (
            ("iterations", self.iterations, tuple(ITERATIONS)),
            ("networks", self.networks, NETWORKS),
            ("inputs", self.inputs, INPUTS),
        ):
            strange = [each for each in asked if each not in known]
            if strange or not asked or len(set(asked)) < len(asked):
                raise UsageError(
                    text("{asked} are no {name} of the experiment.", asked=_listed(asked), name=name),
                    text("Write some of {known}, each once.", known=_listed(known)),
                )
        if not self.lambdas or len(set(self.lambdas)) < len(self.lambdas):
            raise UsageError(text("The λ must be numbers, each once."), text("Write --lambdas 0,10,50, say."))

    def cells(self) -> Iterator[Cell]:
        """Every cell: whole grids one after another, and in each the slowest network first, so that no worker is left
        with a long training when the others are done.
        """
        slowest = (Architecture.ENCODER_DECODER, Architecture.ENCODER, Architecture.LSTM, Architecture.TSMIXER)
        for seed in range(self.seeds):
            for iteration in self.iterations:
                for network in (each for each in slowest if each in self.networks):
                    for inputs in self.inputs:
                        for lam in self.lambdas:
                            yield Cell(iteration, network, inputs, lam, seed)


def _listed(values: Sequence[object]) -> str:
    return ", ".join(str(getattr(each, "value", each)) for each in values)
