"""Training with a watch: our steps, one at a time, and what any contender's training leaves behind."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass

import numpy as np
import torch

from allocator.forecast.features import Features
from allocator.forecast.losses import loss
from allocator.forecast.networks import build
from allocator.forecast.networks.standard import Standardised
from allocator.forecast.spec import ModelSpec
from allocator.forecast.training.loop import optimizer_of
from allocator.forecast.training.windows import Windows

UNTIMED = 2  # first steps of a training
CPU = torch.device("cpu")


@dataclass
class Outcome:
    """Processor seconds of each step, (K,) forecasts for the validation windows, and how many weights learn."""

    seconds: list[float]
    said: np.ndarray
    weights: int

    @property
    def step_s(self) -> float:
        return statistics.median(self.seconds[UNTIMED:])


def validated(said: np.ndarray, features: Features, ends: np.ndarray) -> float:
    """Our loss with λ = 0, in percent."""
    r = features.returns(1).reshape(-1)[ends].astype(float)
    return float(np.mean(100 * np.abs(said - r) / (1 + r)))


class Ours:
    """The steps of `training.loop`, with a rate that stays."""

    def __init__(self, spec: ModelSpec, features: Features) -> None:
        channels = len(features.names)
        torch.manual_seed(spec.seed)
        self.spec = spec
        self.model = Standardised(build(spec, channels), torch.zeros(channels), torch.ones(channels))
        self.optimizer = optimizer_of(spec, self.model)
        self.windows = Windows(features, list(range(channels)), spec.window, spec.horizon, CPU)
        self.fed: list[float] = []
        self.spent: list[float] = []

    def step(self, some: torch.Tensor) -> None:
        began = time.process_time()
        batch = self.windows.batch(some)
        fed = time.process_time()
        found = loss(self.spec, self.model(batch.x, batch.sigma), batch.r, batch.close)
        self.optimizer.zero_grad(set_to_none=True)
        found.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.spec.training.clip)
        self.optimizer.step()
        self.fed.append(fed - began)
        self.spent.append(time.process_time() - began)

    def train(self, ends: np.ndarray, epochs: int) -> None:
        """Whole epochs, as `training.loop` draws them."""
        places, order = torch.from_numpy(ends), torch.Generator().manual_seed(self.spec.seed)
        self.model.train()
        for _ in range(epochs):
            for some in places[torch.randperm(len(places), generator=order)].split(self.spec.training.batch):
                self.step(some)

    def outcome(self, ends: np.ndarray) -> Outcome:
        self.model.eval()
        found = []
        with torch.inference_mode():
            for some in torch.from_numpy(ends).split(1024):
                batch = self.windows.batch(some)
                found.append(self.model(batch.x, batch.sigma))
        weights = sum(each.numel() for each in self.model.parameters())
        return Outcome(self.spent, torch.cat(found).double().numpy(), weights)

    @property
    def feeding(self) -> float:
        """The share of a step that feeding it takes."""
        return statistics.median(self.fed[UNTIMED:]) / statistics.median(self.spent[UNTIMED:])
