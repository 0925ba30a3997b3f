"""TSMixer (S.-A. Chen, C.-L. Li, N. Yoder, S. O. Arik, T. Pfister, arXiv 2303.06053): perceptrons only.

A block mixes each channel over time, then each row over channels; a weighted sum of the rows of channel 0 is the
answer. It is Google's model of this name (`tsmixer_basic`), without RevIN, as the inputs are free of scale; another
TSMixer (arXiv 2306.09364) is a different network.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from allocator.forecast.networks.heads import bounded, hide_channels, martingale
from allocator.forecast.sizes import TsmixerSize

EPS, MOMENTUM = 1e-3, 0.01  # of the normalisation, as published


class Norm(nn.Module):
    """(B, L, C) -> the same: a (row, channel) by its mean and deviation in the batch, or a window by its own."""

    def __init__(self, window: int, channels: int, *, by_batch: bool) -> None:
        super().__init__()
        self.by_batch = by_batch
        self.norm = (
            nn.BatchNorm1d(window * channels, eps=EPS, momentum=MOMENTUM)
            if by_batch
            else nn.LayerNorm((window, channels), eps=EPS)
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.norm(x.flatten(1)).view_as(x) if self.by_batch else self.norm(x)


class Block(nn.Module):
    """x + relu(W n + b), n = norm(x), W (L, L): over time; then x + perceptron(norm(x)): over channels.

    Multiplied from the left, window by window, W needs no transposition, which is 1.7 times as fast. The last block's
    perceptron answers for channel 0 alone (`targets` = 1), as nobody reads the others.
    """

    def __init__(self, window: int, channels: int, targets: int, size: TsmixerSize) -> None:
        super().__init__()
        self.dropout, self.targets = size.dropout, targets
        self.norm_time = Norm(window, channels, by_batch=size.batch_norm)
        self.time = nn.Linear(window, window)
        self.norm_channels = Norm(window, channels, by_batch=size.batch_norm)
        self.widen = nn.Linear(channels, size.feedforward)
        self.narrow = nn.Linear(size.feedforward, targets)

    def forward(self, x: Tensor) -> Tensor:
        """(B, L, C) -> (B, L, targets)."""
        weight, bias = self.time.weight.expand(x.shape[0], -1, -1), self.time.bias[:, None]
        x = x + functional.relu(torch.baddbmm(bias, weight, self.norm_time(x)))
        hidden = functional.relu(self.widen(self.norm_channels(x)))
        hidden = hide_channels(hidden, self.dropout, self.training)
        return x[..., : self.targets] + self.narrow(hidden)


class Tsmixer(nn.Module):
    """x (B, L, C), sigma (B,) -> r̂ (B,); channel 0 is the security's own return."""

    def __init__(self, channels: int, window: int, size: TsmixerSize) -> None:
        super().__init__()
        targets = [channels] * (size.blocks - 1) + [1]
        self.blocks = nn.Sequential(*(Block(window, channels, each, size) for each in targets))
        self.out = martingale(nn.Linear(window, 1))

    def forward(self, x: Tensor, sigma: Tensor) -> Tensor:
        u = self.out(self.blocks(x)[..., 0])  # (B, L) -> (B, 1)
        return bounded(u[:, 0].float(), sigma)
