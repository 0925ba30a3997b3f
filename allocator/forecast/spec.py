"""Every number that makes a model: which network on which inputs, how large, by which loss, how trained.

A `ModelSpec` is a value: equal specs, data and split give equal models, `digest` names it in files and caches, JSON
carries it between processes, machines and years. The bounds of each number are in its `knob`.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, ClassVar, Self, cast

from allocator.core.errors import ForecastError
from allocator.core.text import text
from allocator.forecast.knobs import Knobs, knob, member
from allocator.forecast.sizes import EncoderDecoderSize, EncoderSize, LstmSize, Size, TsmixerSize, WavenetSize

FORMAT = 1  # of the JSON; it grows when a field changes its meaning


class Architecture(Enum):
    """The networks of `allocator.forecast.networks`."""

    LSTM = "lstm"
    ENCODER = "encoder"
    ENCODER_DECODER = "encoder_decoder"
    TSMIXER = "tsmixer"
    WAVENET = "wavenet"


class Inputs(Enum):
    """What a network sees of each bar; `allocator.forecast.features` makes them."""

    UNIVARIATE = "univariate"  # the security's own close
    TA57 = "ta57"  # and 57 classic indicators of its bars
    SUPERCANDLES57 = "supercandles57"  # and the 57 other fields of the exchange's Super Candles
    OTHERS = "others"  # and the closes of the other securities
    CONTEXT = "context"  # POptimizer's kind: bars, dividends, turnover, indexes, calendar, sector


class Loss(Enum):
    """What training makes small; see `allocator.forecast.losses`."""

    PCT = "pct"  # the paper's loss on returns in percent
    RAW = "raw"  # the paper's loss to the letter, on prices
    NLL = "nll"  # minus the log-likelihood of a mixture


class Optimizer(Enum):
    """How a gradient becomes a step."""

    ADAMW = "adamw"
    NADAM = "nadam"


class Schedule(Enum):
    """How the learning rate goes over a training."""

    ONE_CYCLE = "one_cycle"  # up from lr/25 over the first 30 %, then down to almost nothing, by cosines
    ONE_CYCLE_LINEAR = "one_cycle_linear"  # the same by straight lines
    CONSTANT = "constant"


SIZES: dict[Architecture, type[Size]] = {
    Architecture.LSTM: LstmSize,
    Architecture.ENCODER: EncoderSize,
    Architecture.ENCODER_DECODER: EncoderDecoderSize,
    Architecture.TSMIXER: TsmixerSize,
    Architecture.WAVENET: WavenetSize,
}


@dataclass(frozen=True)
class Training(Knobs):
    """How the weights are found."""

    section: ClassVar[str] = "training"

    epochs: int = knob(10, 1, 1000, "passes over the training windows, at most")
    batch: int = knob(256, 1, 65536, "windows behind one step")
    lr: float = knob(1e-3, 1e-7, 1.0, "the learning rate, its peak where a schedule moves it")
    weight_decay: float = knob(1e-2, 0, 10, "pull of the weights to zero, per unit of learning rate")
    beta1: float = knob(0.9, 0, 0.9999, "memory of the gradient")
    beta2: float = knob(0.999, 0, 0.99999, "memory of the gradient's square")
    clip: float = knob(1.0, 1e-6, 1e9, "largest length of a gradient; longer ones are shortened to it")
    warm_up: float = knob(0.3, 0.01, 0.99, "share of the steps in which a one-cycle schedule rises")
    patience: int = knob(3, 1, 1000, "epochs without a better validation loss after which training stops")
    optimizer: Optimizer = Optimizer.ADAMW
    schedule: Schedule = Schedule.ONE_CYCLE

    def __post_init__(self) -> None:
        object.__setattr__(self, "optimizer", member(self.section, "optimizer", Optimizer, self.optimizer))
        object.__setattr__(self, "schedule", member(self.section, "schedule", Schedule, self.schedule))
        super().__post_init__()


def _settle(spec: ModelSpec, name: str, value: object) -> None:
    object.__setattr__(spec, name, value)  # the class is frozen, and not yet made


@dataclass(frozen=True)
class ModelSpec(Knobs):
    """One model. Without a `size` the network has its default one; without a `loss`, the one of its head.

    `without` names features (columns or groups of `Features.names`) that the model is not shown.
    `lam` is the paper's λ, in the units of the loss (per percent squared for `pct`, per rouble squared for `raw`).
    `risk_aversion` is what the optimiser of a portfolio multiplies the variance with; training does not use it.
    """

    architecture: Architecture
    inputs: Inputs = Inputs.TA57
    window: int = knob(64, 2, 4096, "bars that a forecast looks back on, the last known one among them")
    horizon: int = knob(1, 1, 1024, "bars ahead that it looks")
    loss: Loss | None = None
    lam: float = knob(0.0, 0, 1e6, "weight of a right direction in the loss")
    size: Size | None = None
    training: Training = field(default_factory=Training)
    without: tuple[str, ...] = ()
    risk_aversion: float = knob(1.0, 0, 1e6, "weight of variance against return in a portfolio made by this model")
    seed: int = knob(0, 0, 2**31 - 1, "of the first weights, the order of windows, and dropout")

    def __post_init__(self) -> None:
        _settle(self, "architecture", member(self.section, "architecture", Architecture, self.architecture))
        _settle(self, "inputs", member(self.section, "inputs", Inputs, self.inputs))
        mixture = self.architecture is Architecture.WAVENET
        default = Loss.NLL if mixture else Loss.PCT
        _settle(self, "loss", default if self.loss is None else member(self.section, "loss", Loss, self.loss))
        _settle(self, "size", self._default_size() if self.size is None else self.size)
        _settle(self, "without", tuple(sorted(set(self.without))))
        super().__post_init__()
        self._agree()

    def _default_size(self) -> Size:
        if self.architecture is Architecture.ENCODER_DECODER:
            return EncoderDecoderSize(known=min(EncoderDecoderSize.known, self.window // 2))
        return SIZES[self.architecture]()

    def _agree(self) -> None:
        """Refuse what is right field by field and wrong together."""
        if not isinstance(self.size, SIZES[self.architecture]):
            raise ForecastError(
                text("model: a {size} is no size of {name}.", size=type(self.size).__name__, name=self.name),
                text("Write the size of {name}, or none.", name=self.name),
            )
        if (self.architecture is Architecture.WAVENET) != (self.loss is Loss.NLL):
            good = "nll" if self.architecture is Architecture.WAVENET else "pct or raw"
            raise ForecastError(
                text("model: {name} cannot be trained by the loss {loss}.", name=self.name, loss=self.trained_by.value),
                text("Write loss = {good}: only wavenet forecasts a distribution.", good=good),
            )
        if self.loss is Loss.NLL and self.lam:
            raise ForecastError(
                text("model: lam = {lam} means nothing to the loss nll.", lam=self.lam), text("Write lam = 0.")
            )
        if isinstance(self.size, EncoderDecoderSize) and self.size.known > self.window:
            raise ForecastError(
                text("model: known = {known} rows are more than the window has.", known=self.size.known),
                text("Write known from 0 to {window}.", window=self.window),
            )

    @property
    def name(self) -> str:
        return self.architecture.value

    @property
    def trained_by(self) -> Loss:
        """`loss`, which is never None once the spec is made."""
        return cast("Loss", self.loss)

    @property
    def sized(self) -> Size:
        """`size`, likewise."""
        return cast("Size", self.size)

    def digest(self) -> str:
        """64 hexadecimal digits that name this spec, the same in every process and on every machine."""
        return hashlib.sha256(self.json().encode()).hexdigest()

    def json(self) -> str:
        """One line of JSON, keys sorted; `from_json` is its inverse."""
        return json.dumps({"format": FORMAT, **self.plain()}, sort_keys=True, separators=(",", ":"), allow_nan=False)

    @classmethod
    def from_json(cls, source: str | bytes) -> Self:
        """Raises: `ForecastError` for what is no JSON, of another format, or no model."""
        try:
            values = json.loads(source)
        except (ValueError, RecursionError) as error:
            raise ForecastError(text("A model's description is not JSON: {reason}.", reason=error)) from error
        if not isinstance(values, dict) or values.pop("format", FORMAT) != FORMAT:
            raise ForecastError(
                text("A model's description has another format than this program's ({format}).", format=FORMAT),
                text("Train the model again."),
            )
        return cls.of(values)

    @classmethod
    def of(cls, values: dict[str, Any]) -> Self:  # type: ignore[override]
        """As `Knobs.of`, with `size` and `training` as objects."""
        values = dict(values)
        if "architecture" not in values:
            raise ForecastError(
                text("model: the architecture is missing."),
                text("Write one of {names}.", names=", ".join(each.value for each in Architecture)),
            )
        network = member(cls.section, "architecture", Architecture, values["architecture"])
        for name, kind in (("size", SIZES[network]), ("training", Training)):
            if isinstance(values.get(name), dict):
                values[name] = kind.of(values[name])
            elif values.get(name) is None:
                values.pop(name, None)
            elif not isinstance(values[name], kind):
                raise ForecastError(text("model: {name} = {value!r} cannot be.", name=name, value=values[name]))
        without = values.get("without", ())
        if not isinstance(without, list | tuple) or not all(isinstance(each, str) for each in without):
            raise ForecastError(text("model: {name} = {value!r} cannot be.", name="without", value=without))
        return super().of(values)
