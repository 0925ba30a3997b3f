"""The plain way to write training in torch, which it is measured against; `forecast_nixtla` has neuralforecast."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from allocator.forecast.features import Features
from allocator.forecast.spec import Architecture, ModelSpec

WIDTH = 64


class Slices(Dataset):
    """A window and its return at a time, as tutorials have it."""

    def __init__(self, features: Features, spec: ModelSpec, ends: np.ndarray) -> None:
        self.values = torch.from_numpy(features.values.copy())
        self.returns = torch.from_numpy(features.returns(spec.horizon))
        self.ends, self.window = ends, spec.window

    def __len__(self) -> int:
        return len(self.ends)

    def __getitem__(self, at: int) -> tuple[Tensor, Tensor]:
        n, t = divmod(int(self.ends[at]), self.values.shape[1])
        return self.values[n, t - self.window + 1 : t + 1], self.returns[n, t]


class PlainLstm(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.memory, self.out = nn.LSTM(channels, WIDTH, 2, batch_first=True), nn.Linear(WIDTH, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.out(self.memory(x)[0][:, -1])[:, 0]


class PlainEncoder(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.embed, self.out = nn.Linear(channels, WIDTH), nn.Linear(WIDTH, 1)
        layer = nn.TransformerEncoderLayer(WIDTH, 4, 4 * WIDTH, dropout=0.0, batch_first=True, norm_first=True)
        self.layers = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.out(self.layers(self.embed(x))[:, -1])[:, 0]


class PlainEncoderDecoder(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.embed, self.ahead, self.out = (nn.Linear(a, b) for a, b in ((channels, WIDTH),) * 2 + ((WIDTH, 1),))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it says that it does not use a speed-up that it does not have here
            self.both = nn.Transformer(WIDTH, 4, 2, 1, 4 * WIDTH, 0.0, batch_first=True, norm_first=True)

    def forward(self, x: Tensor) -> Tensor:
        ahead = torch.cat((x[:, -32:], torch.zeros_like(x[:, :1])), dim=1)
        mask = nn.Transformer.generate_square_subsequent_mask(ahead.shape[1])
        return self.out(self.both(self.embed(x), self.ahead(ahead), tgt_mask=mask, tgt_is_causal=True)[:, -1])[:, 0]


class PlainMixerBlock(nn.Module):
    def __init__(self, window: int, channels: int) -> None:
        super().__init__()
        self.norms = nn.ModuleList(nn.BatchNorm1d(window * channels, eps=1e-3, momentum=0.01) for _ in range(2))
        self.time, self.widen, self.narrow = (
            nn.Linear(window, window), nn.Linear(channels, WIDTH), nn.Linear(WIDTH, channels)
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        normed = self.norms[0](x.flatten(1)).view_as(x)
        x = x + torch.relu(self.time(normed.transpose(1, 2))).transpose(1, 2)
        return x + self.narrow(torch.relu(self.widen(self.norms[1](x.flatten(1)).view_as(x))))


class PlainMixer(nn.Module):
    def __init__(self, channels: int, window: int = 64) -> None:
        super().__init__()
        self.blocks = nn.Sequential(*(PlainMixerBlock(window, channels) for _ in range(2)))
        self.out = nn.Linear(window, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.out(self.blocks(x).transpose(1, 2))[:, 0, 0]


PLAIN: dict[Architecture, Callable[[int], nn.Module]] = {
    Architecture.LSTM: PlainLstm,
    Architecture.ENCODER: PlainEncoder,
    Architecture.ENCODER_DECODER: PlainEncoderDecoder,
    Architecture.TSMIXER: PlainMixer,
}


def plain_steps(features: Features, spec: ModelSpec, ends: np.ndarray, steps: int) -> float:
    """Processor seconds of so many steps, after two that do not count: a DataLoader of slices, stock layers, AdamW."""
    torch.manual_seed(spec.seed)
    model = PLAIN[spec.architecture](len(features.names))
    optimizer = torch.optim.AdamW(model.parameters(), lr=spec.training.lr)
    batches = iter(DataLoader(Slices(features, spec, ends), batch_size=spec.training.batch, shuffle=True))
    began = 0.0
    for step in range(steps + 2):
        if step == 2:
            began = time.process_time()
        x, r = next(batches)
        optimizer.zero_grad()
        (100 * (model(x) - r).abs()).mean().backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
    return time.process_time() - began
