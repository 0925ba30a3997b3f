"""Long short-term memory (S. Hochreiter, J. Schmidhuber, Neural Computation 9(8), 1997), as in the paper's test 1.

The rows of a window pass through `layers` of memories one after another; what the top one holds after the last row
is the forecast's only source.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from allocator.forecast.networks.heads import bounded, hide_channels, martingale
from allocator.forecast.networks.recurrence import Recurrence
from allocator.forecast.sizes import LstmSize


class Lstm(nn.Module):
    """x (B, L, C), sigma (B,) -> r̂ (B,)."""

    def __init__(self, channels: int, size: LstmSize) -> None:
        super().__init__()
        self.dropout = size.dropout
        self.memory = nn.LSTM(channels, size.width, size.layers, batch_first=True)
        self.out = martingale(nn.Linear(size.width, 1))

    def forward(self, x: Tensor, sigma: Tensor) -> Tensor:
        last = self._remember(hide_channels(x, self.dropout, self.training))
        u = self.out(hide_channels(last, self.dropout, self.training))
        return bounded(u[:, 0].float(), sigma)

    def _remember(self, x: Tensor) -> Tensor:
        """(B, L, C) -> (B, width), what the top layer holds after the last row; see `recurrence` for the detour."""
        if not (x.is_cpu and torch.is_grad_enabled()) or torch.is_autocast_enabled("cpu"):
            return self.memory(x)[1][0][-1]
        weights = []
        for of_layer in self.memory.all_weights:
            of_input, of_memory, bias, other_bias = (_reordered(each) for each in of_layer)
            weights.append(torch.cat((of_input, (bias + other_bias)[:, None], of_memory), dim=1))
        return Recurrence.apply(x.permute(1, 2, 0), *weights).t()


def _reordered(weight: Tensor) -> Tensor:
    """The gates of torch (i, f, g, o) in the order i, f, o, g."""
    i, f, g, o = weight.chunk(4)
    return torch.cat((i, f, o, g))
