"""One gene: a number in 0..1, and what it means.

The unit interval makes all genes alike to a mutation: a step of 0.1 is a tenth of the range of a window, of a learning
rate (by its logarithm) or of a preference for a network.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import Field, dataclass, fields
from enum import Enum
from functools import cache
from typing import Any, get_type_hints

from allocator.forecast.knobs import Knobs
from allocator.forecast.sizes import EncoderDecoderSize, EncoderSize, LstmSize, TsmixerSize, WavenetSize
from allocator.forecast.spec import ModelSpec, Training

CUBE = 3.0


class Scale(Enum):
    """How 0..1 becomes a number."""

    LINEAR = "linear"
    LOG = "log"
    CUBIC = "cubic"  # from zero: fine near it, coarse away from it


@dataclass(frozen=True, slots=True)
class Number:
    """A number from `low` to `high`; a whole one has each of its values on a share of 0..1."""

    name: str
    low: float
    high: float
    scale: Scale = Scale.LINEAR
    whole: bool = False

    def decode(self, x: float) -> float:
        value = self._bend(x)
        if self.whole:
            return min(max(round(value), int(self.low)), int(self.high))
        return min(max(float(f"{value:.6g}"), self.low), self.high)  # six digits: more are never told apart

    def encode(self, value: float) -> float:
        """The inverse; a value outside of the range counts as its nearer end."""
        low, high = self._ends
        value = min(max(value, self.low), self.high)
        match self.scale:
            case Scale.LOG:
                x = math.log(value / low) / math.log(high / low)
            case Scale.CUBIC:
                x = max(0.0, (value - low) / (high - low)) ** (1 / CUBE)
            case _:
                x = (value - low) / (high - low)
        return min(max(x, 0.0), 1.0)

    def _bend(self, x: float) -> float:
        low, high = self._ends
        match self.scale:
            case Scale.LOG:
                return low * (high / low) ** x
            case Scale.CUBIC:
                return low + (high - low) * x**CUBE
        return low + (high - low) * x

    @property
    def _ends(self) -> tuple[float, float]:
        """Half a unit wider for whole numbers, so that the first and the last are as frequent as the others."""
        if not self.whole or self.scale is Scale.CUBIC:
            return self.low, self.high
        return (max(self.low - 0.5, 0.5) if self.scale is Scale.LOG else self.low - 0.5), self.high + 0.5


@dataclass(frozen=True, slots=True)
class Switch:
    """On from a half upwards."""

    name: str

    def decode(self, x: float) -> bool:
        return x >= 0.5

    def encode(self, value: bool) -> float:
        return 0.75 if value else 0.25


@dataclass(frozen=True, slots=True)
class Choice:
    """A preference for each option; the strongest is taken, of equals the first."""

    name: str
    options: tuple[Enum, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(f"{self.name}:{option.value}" for option in self.options)

    def decode(self, preferences: Sequence[float]) -> Enum:
        return self.options[max(range(len(self.options)), key=lambda at: preferences[at])]

    def encode(self, chosen: Enum) -> tuple[float, ...]:
        return tuple(0.75 if option is chosen else 0.25 for option in self.options)


# Where a search goes, inside of what the knobs allow: networks that one core trains in minutes.
SEARCHED: Mapping[type[Knobs], Mapping[str, tuple[float, float, Scale]]] = {
    ModelSpec: {
        "window": (8, 256, Scale.LOG),
        "lam": (0, 50, Scale.CUBIC),  # the paper's range; below 1 it is a matter of degree, above all are alike
        "risk_aversion": (0.1, 100, Scale.LOG),
    },
    Training: {
        "epochs": (1, 12, Scale.LOG),
        "batch": (32, 1024, Scale.LOG),
        "lr": (1e-4, 2e-2, Scale.LOG),
        "weight_decay": (1e-4, 1, Scale.LOG),
        "beta1": (0.8, 0.98, Scale.LINEAR),
        "beta2": (0.95, 0.9999, Scale.LINEAR),
        "clip": (0.1, 10, Scale.LOG),
        "warm_up": (0.05, 0.6, Scale.LINEAR),
        "patience": (1, 5, Scale.LINEAR),
    },
    LstmSize: {"width": (8, 128, Scale.LOG), "layers": (1, 3, Scale.LINEAR), "dropout": (0, 0.5, Scale.LINEAR)},
    EncoderSize: {
        "width": (8, 128, Scale.LOG),
        "layers": (1, 3, Scale.LINEAR),
        "heads": (1, 8, Scale.LOG),
        "feedforward": (16, 512, Scale.LOG),
        "dropout": (0, 0.5, Scale.LINEAR),
    },
    EncoderDecoderSize: {
        "width": (8, 128, Scale.LOG),
        "encoder_layers": (1, 3, Scale.LINEAR),
        "decoder_layers": (1, 2, Scale.LINEAR),
        "heads": (1, 8, Scale.LOG),
        "feedforward": (16, 512, Scale.LOG),
        "known": (0, 128, Scale.CUBIC),
        "dropout": (0, 0.5, Scale.LINEAR),
    },
    TsmixerSize: {
        "blocks": (1, 4, Scale.LINEAR),
        "feedforward": (8, 256, Scale.LOG),
        "dropout": (0, 0.5, Scale.LINEAR),
    },
    WavenetSize: {
        "residual": (4, 64, Scale.LOG),
        "gate": (4, 64, Scale.LOG),
        "skip": (4, 64, Scale.LOG),
        "head": (4, 64, Scale.LOG),
        "kernel": (2, 8, Scale.LINEAR),
        "sub_blocks": (1, 2, Scale.LINEAR),
        "mixture": (1, 5, Scale.LINEAR),
        "dropout": (0, 0.5, Scale.LINEAR),
    },
}
KINDS = tuple(SEARCHED)
FIXED = frozenset({"horizon", "seed"})  # the portfolio's, and chance's


def genes_of(kind: type[Knobs], prefix: str = "") -> Mapping[str, Number | Switch | Choice]:
    """A gene for each number, switch and enum of a dataclass, by the name of its field."""
    return _genes_of(KINDS.index(kind), prefix)


@cache
def _genes_of(at: int, prefix: str) -> Mapping[str, Number | Switch | Choice]:
    kind = KINDS[at]
    types = get_type_hints(kind)
    found = {each.name: _gene(kind, each, types[each.name], prefix) for each in fields(kind)}
    return {name: gene for name, gene in found.items() if gene is not None}


def _gene(kind: type[Knobs], each: Field[Any], held: object, prefix: str) -> Number | Switch | Choice | None:
    name = f"{prefix}{each.name}"
    if held is bool:
        return Switch(name)
    if isinstance(held, type) and issubclass(held, Enum):
        return Choice(name, tuple(held))
    if held not in {int, float} or each.name in FIXED:
        return None
    low, high, scale = SEARCHED[kind][each.name]
    bounds = each.metadata
    return Number(name, max(low, bounds["low"]), min(high, bounds["high"]), scale, whole=held is int)
