"""A network together with the scale of its inputs, so that neither is ever used without the other."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from allocator.forecast.features.scaling import CLIP
from allocator.forecast.networks.heads import Mixture


class Standardised(nn.Module):
    """x (B, L, C) unscaled -> (x - mean) / scale, clipped as `features.Scaler` does -> the network. `x` is overwritten.

    `mean` and `scale` (C,) are those of a `Scaler` fitted on rows of the training windows only.
    """

    mean: Tensor
    scale: Tensor

    def __init__(self, network: nn.Module, mean: Tensor, scale: Tensor) -> None:
        super().__init__()
        self.network = network
        self.register_buffer("mean", mean)
        self.register_buffer("scale", scale)

    def forward(self, x: Tensor, sigma: Tensor) -> Tensor | Mixture:
        x = torch.sub(x, self.mean, out=x).div_(self.scale).clamp_(-CLIP, CLIP)
        return self.network(x, sigma)
