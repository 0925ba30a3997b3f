"""All genes of a recipe: an array of numbers in 0..1, with a name each, to a `ModelSpec` and back.

Every genome has the genes of every network: those of networks that it is not are silent, and come into use when a
descendant changes its network.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

import numpy as np

from allocator.core.bars import Floats
from allocator.forecast.evolution.genes import Choice, Number, Switch, genes_of
from allocator.forecast.knobs import Knobs
from allocator.forecast.sizes import EncoderDecoderSize, EncoderSize, Size
from allocator.forecast.spec import SIZES, Architecture, Inputs, ModelSpec, Training

Genes = Mapping[str, float]  # by name
DEFAULTS: Mapping[Architecture, Size] = {name: kind() for name, kind in SIZES.items()}
CLOSE = "close"  # the group that no model goes without


@dataclass(frozen=True)
class Space:
    """What can be searched: the inputs that there are, each with the groups of its features.

    `longest` bounds windows, for short histories. All recipes of a space look `horizon` bars ahead.
    """

    groups: Mapping[Inputs, tuple[str, ...]]
    horizon: int = 1
    longest: int = 256
    genes: tuple[Number | Switch | Choice, ...] = field(init=False)
    names: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "genes", self._genes())
        parts = (gene.names if isinstance(gene, Choice) else (gene.name,) for gene in self.genes)
        object.__setattr__(self, "names", tuple(name for part in parts for name in part))

    def _genes(self) -> tuple[Number | Switch | Choice, ...]:
        own = dict(genes_of(ModelSpec))
        own["inputs"] = Choice("inputs", tuple(self.groups))
        window = own["window"]
        assert isinstance(window, Number)
        own["window"] = Number(
            "window", window.low, max(window.low + 1, min(window.high, self.longest)), window.scale, whole=True
        )
        sizes = (gene for name, kind in SIZES.items() for gene in genes_of(kind, f"{name.value}.").values())
        uses = (
            Switch(f"uses:{inputs.value}:{group}")
            for inputs, groups in self.groups.items()
            for group in groups
            if group != CLOSE
        )
        return (*own.values(), *genes_of(Training, "training.").values(), *sizes, *uses)

    def decode(self, genome: Floats, seed: int = 0) -> ModelSpec:
        """The recipe of a (G,) genome; any genome of the unit cube has a valid one."""
        said = self._meanings(genome)
        network, inputs = said["architecture"], said["inputs"]
        mixture = network is Architecture.WAVENET
        window = said["window"]
        without = tuple(
            group for group in self.groups[inputs] if group != CLOSE and not said[f"uses:{inputs.value}:{group}"]
        )
        return ModelSpec(
            network,
            inputs,
            window=window,
            horizon=self.horizon,
            lam=0.0 if mixture else said["lam"],
            size=_size(SIZES[network], _under(said, f"{network.value}."), window),
            training=Training(**_under(said, "training.")),
            without=without,
            risk_aversion=said["risk_aversion"],
            seed=seed,
        )

    def encode(self, spec: ModelSpec) -> Floats:
        """A genome of a recipe: `decode` gives it back as far as its numbers are in the range of the search.

        Genes that the recipe is silent about are those of default networks, with all features on.
        """
        sizes = {**DEFAULTS, spec.architecture: spec.sized}
        values: dict[str, Any] = {**_held(spec), **_prefixed("training.", spec.training)}
        for name, size in sizes.items():
            values |= _prefixed(f"{name.value}.", size)
        for inputs, groups in self.groups.items():
            off = spec.without if inputs is spec.inputs else ()
            values |= {f"uses:{inputs.value}:{group}": group not in off for group in groups}
        parts: list[float] = []
        for gene in self.genes:
            coded = gene.encode(values[gene.name])
            parts += coded if isinstance(coded, tuple) else (coded,)
        return np.array(parts)

    def named(self, genome: Floats) -> dict[str, float]:
        return dict(zip(self.names, map(float, genome), strict=True))

    def genome(self, genes: Genes, spec: ModelSpec) -> Floats:
        """The genome with these genes; those that are missing (a feature is new) are as in its recipe."""
        coded = self.encode(spec)
        return np.array([genes.get(name, x) for name, x in zip(self.names, coded, strict=True)])

    def random(self, rng: np.random.Generator) -> Floats:
        return rng.random(len(self.names))

    def first(self, at: int) -> Floats:
        """Each network as it is by default, on the richest inputs: where a search begins."""
        richest = max(self.groups, key=lambda inputs: len(self.groups[inputs]))
        network = tuple(Architecture)[at]
        return self.encode(ModelSpec(network, richest, horizon=self.horizon, window=min(64, self.longest)))

    def _meanings(self, genome: Floats) -> dict[str, Any]:
        values: Sequence[float] = [float(x) for x in genome]
        said: dict[str, Any] = {}
        at = 0
        for gene in self.genes:
            if isinstance(gene, Choice):
                width = len(gene.options)
                said[gene.name] = gene.decode(values[at : at + width])
            else:
                width = 1
                said[gene.name] = gene.decode(values[at])
            at += width
        return said


def _size(kind: type[Size], said: dict[str, Any], window: int) -> Size:
    """The numbers of a network, those that depend on each other made to agree."""
    if kind in {EncoderSize, EncoderDecoderSize}:
        unit = math.lcm(said["heads"], 2)
        said["width"] = max(1, round(said["width"] / unit)) * unit
    if kind is EncoderDecoderSize:
        said["known"] = min(said["known"], window)
    return kind(**said)


def _under(said: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    return {name.removeprefix(prefix): value for name, value in said.items() if name.startswith(prefix)}


def _prefixed(prefix: str, knobs: Knobs) -> dict[str, Any]:
    return {prefix + name: value for name, value in _held(knobs).items()}


def _held(knobs: Knobs) -> dict[str, float | bool | Enum | Any]:
    return {name: getattr(knobs, name) for name in genes_of(type(knobs))}
