"""Transformer encoder (A. Vaswani et al., arXiv 1706.03762): every row of the window looks at every other one.

The output is read from the last row, so the last layer is computed for that row only: the same numbers, for less.
"""

from __future__ import annotations

from torch import Tensor, nn

from allocator.forecast.networks.attention import Layer, positions
from allocator.forecast.networks.heads import bounded, hide_channels, martingale
from allocator.forecast.sizes import EncoderSize


class Encoder(nn.Module):
    """x (B, L, C), sigma (B,) -> r̂ (B,)."""

    def __init__(self, channels: int, window: int, size: EncoderSize) -> None:
        super().__init__()
        self.dropout = size.dropout
        self.embed = nn.Linear(channels, size.width)
        self.register_buffer("places", positions(window, size.width), persistent=False)
        self.layers = nn.ModuleList(Layer(size.width, size.heads, size.feedforward) for _ in range(size.layers))
        self.out = nn.Sequential(nn.LayerNorm(size.width), martingale(nn.Linear(size.width, 1)))

    def forward(self, x: Tensor, sigma: Tensor) -> Tensor:
        x = hide_channels(self.embed(x) + self.places, self.dropout, self.training)
        for layer in self.layers[:-1]:
            x = layer(x)
        last = hide_channels(self.layers[-1].last(x), self.dropout, self.training)
        return bounded(self.out(last)[:, 0].float(), sigma)
