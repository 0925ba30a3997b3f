"""What a network says last: a bounded return, or a mixture of log-normal distributions.

Both speak in units of σ, the security's own recent volatility (causal, of returns over the horizon). A network whose
last layer says nothing (zeros) forecasts no change: the martingale is where training starts, not what it must find.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

REACH = 3.0  # a forecast is within this many σ of no change
NARROW, WIDE = 0.01, 10.0  # a component's own deviation is within these many σ


class Mixture(NamedTuple):
    """(B, K) parameters of Σ softmax(logits)_k LogNormal(mu_k, sigma_k), the distribution of 1 + r."""

    logits: Tensor
    mu: Tensor
    sigma: Tensor

    def mean(self) -> Tensor:
        """(B,) expected return."""
        weights = self.logits.softmax(dim=-1)
        return (weights * torch.expm1(self.mu + self.sigma**2 / 2)).sum(dim=-1)

    def deviation(self) -> Tensor:
        """(B,) standard deviation of the return."""
        weights, m = self.logits.softmax(dim=-1), torch.expm1(self.mu + self.sigma**2 / 2)
        within = (m + 1) ** 2 * torch.expm1(self.sigma**2)
        between = (m - (weights * m).sum(dim=-1, keepdim=True)) ** 2
        return (weights * (within + between)).sum(dim=-1).sqrt()


def bounded(u: Tensor, sigma: Tensor) -> Tensor:
    """r̂ = 3σ tanh(u/3): u near zero is a forecast of uσ, and no u forecasts more than 3σ. (B,), (B,) -> (B,)."""
    return REACH * sigma * torch.tanh(u / REACH)


class MixtureHead(nn.Module):
    """(B, width) -> `Mixture` of K components around no change."""

    def __init__(self, width: int, components: int) -> None:
        super().__init__()
        self.out = nn.Linear(width, 3 * components)

    def forward(self, x: Tensor, sigma: Tensor) -> Mixture:
        logits, mu, spread = self.out(x).float().chunk(3, dim=-1)
        sigma = sigma[:, None]
        own = (functional.softplus(spread) + NARROW).clamp(max=WIDE)
        return Mixture(logits, bounded(mu, sigma), own * sigma)


def martingale(layer: nn.Linear) -> nn.Linear:
    """The layer with zero weights: what it feeds starts as the martingale."""
    nn.init.zeros_(layer.weight)
    nn.init.zeros_(layer.bias)
    return layer


def hide_channels(x: Tensor, share: float, training: bool) -> Tensor:
    """Dropout that hides the same channels in all rows of a window: (B, L, C) -> (B, L, C).

    It draws B * C random numbers, not B * L * C: on a CPU these were up to half of a training step (Gal & Ghahramani,
    arXiv 1512.05287, give the reason to do so besides).
    """
    if not training or share == 0:
        return x
    return x * functional.dropout(x.new_ones(x.shape[0], *(1,) * (x.dim() - 2), x.shape[-1]), share)
