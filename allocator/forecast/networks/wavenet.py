"""Gated convolutions over a window that halves, with a mixture of log-normal distributions at the end.

The kind of network that the program POptimizer evolves, after WaveNet (A. van den Oord et al., arXiv 1609.03499): a
block is some gated causal convolutions with a residual path; its last row goes to the answer, and a convolution of
stride 2 halves the rows for the next block. Where WaveNet dilates the kernel this thins the rows out: for the last row
both see equally far, and this computes half as much with each block.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from allocator.forecast.networks.heads import Mixture, MixtureHead, hide_channels
from allocator.forecast.sizes import WavenetSize


class Gated(nn.Module):
    """x + narrow(relu(conv x) * sigmoid(conv x)); a row sees itself and earlier ones. (B, R, L) -> same."""

    def __init__(self, size: WavenetSize) -> None:
        super().__init__()
        self.reach = size.kernel - 1
        self.both = nn.Conv1d(size.residual, 2 * size.gate, size.kernel)
        self.narrow = nn.Conv1d(size.gate, size.residual, 1)

    def forward(self, x: Tensor) -> Tensor:
        signal, gate = self.both(functional.pad(x, (self.reach, 0))).chunk(2, dim=1)
        return x + self.narrow(functional.relu(signal) * torch.sigmoid(gate))


class Wavenet(nn.Module):
    """x (B, L, C), sigma (B,) -> `Mixture` with (B, K) parameters."""

    def __init__(self, channels: int, window: int, size: WavenetSize) -> None:
        super().__init__()
        blocks = int(window - 1).bit_length()  # so many halvings leave one row
        self.dropout = size.dropout
        self.embed = nn.Linear(channels, size.residual)
        self.gated = nn.ModuleList(nn.Sequential(*(Gated(size) for _ in range(size.sub_blocks))) for _ in range(blocks))
        self.skip = nn.ModuleList(nn.Linear(size.residual, size.skip) for _ in range(blocks + 1))
        self.halve = nn.ModuleList(nn.Conv1d(size.residual, size.residual, 2, stride=2) for _ in range(blocks))
        self.widen = nn.Linear(size.skip, size.head)
        self.out = MixtureHead(size.head, size.mixture)

    def forward(self, x: Tensor, sigma: Tensor) -> Mixture:
        x = hide_channels(self.embed(x), self.dropout, self.training).transpose(1, 2)  # (B, R, L)
        found = []
        for gated, skip, halve in zip(self.gated, self.skip[:-1], self.halve, strict=True):
            x = gated(x)
            found.append(skip(x[..., -1]))
            x = halve(functional.pad(x, (x.shape[-1] % 2, 0)))
        found.append(self.skip[-1](x[..., -1]))
        answer = functional.relu(torch.stack(found).sum(dim=0))
        return self.out(functional.relu(self.widen(answer)), sigma)
