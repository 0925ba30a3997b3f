"""Long short-term memory (S. Hochreiter, J. Schmidhuber, Neural Computation 9(8), 1997), as in the paper's test 1.

The rows of a window pass through `layers` of memories one after another; what the top one holds after the last row
is the forecast's only source.
"""

from __future__ import annotations

from torch import Tensor, nn

from allocator.forecast.networks.heads import bounded, hide_channels, martingale
from allocator.forecast.sizes import LstmSize


class Lstm(nn.Module):
    """x (B, L, C), sigma (B,) -> r̂ (B,)."""

    def __init__(self, channels: int, size: LstmSize) -> None:
        super().__init__()
        self.dropout = size.dropout
        self.memory = nn.LSTM(channels, size.width, size.layers, batch_first=True)
        self.out = martingale(nn.Linear(size.width, 1))

    def forward(self, x: Tensor, sigma: Tensor) -> Tensor:
        _, (hidden, _) = self.memory(hide_channels(x, self.dropout, self.training))  # (layers, B, width)
        u = self.out(hide_channels(hidden[-1], self.dropout, self.training))
        return bounded(u[:, 0].float(), sigma)
