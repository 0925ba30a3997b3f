"""Multi-head attention (A. Vaswani et al., "Attention is all you need", arXiv 1706.03762), and a layer made of it."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional


def positions(rows: int, width: int) -> Tensor:
    """(rows, width) sines and cosines of waves of 2π to 10,000·2π rows: how a row says where it stands."""
    at = torch.arange(rows, dtype=torch.float32)[:, None]
    wave = torch.exp(torch.arange(0, width, 2, dtype=torch.float32) * (-math.log(10_000.0) / width))
    return torch.stack((torch.sin(at * wave), torch.cos(at * wave)), dim=-1).flatten(1)


class Attention(nn.Module):
    """Each row of `x` looks at the rows of `memory` and takes a mean of what it finds there, `heads` times.

    Without dropout inside: on a CPU that would turn the fused kernel off, and cost half of a training step.
    """

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(width, width)
        self.key_value = nn.Linear(width, 2 * width)
        self.out = nn.Linear(width, width)

    def forward(self, x: Tensor, memory: Tensor, *, causal: bool = False) -> Tensor:
        """(B, Q, D), memory (B, L, D) -> (B, Q, D); with `causal` a row looks at no later one (Q = L)."""
        query = self.query(x).unflatten(-1, (self.heads, -1)).transpose(1, 2)  # (B, H, Q, D/H)
        both = self.key_value(memory).unflatten(-1, (2, self.heads, -1)).permute(2, 0, 3, 1, 4)
        found = functional.scaled_dot_product_attention(query, both[0], both[1], is_causal=causal)
        return self.out(found.transpose(1, 2).flatten(2))

    def last(self, x: Tensor, memory: Tensor) -> Tensor:
        """(B, D), memory (B, L, D) -> (B, D): the same for one row that looks, without keys and values.

        A score is q·(K m) = (K'q)·m, and Σ a (V m + b) = V Σ a m + b as Σ a = 1; so K and V meet one vector per head
        in place of L rows. (The bias of K adds the same to each score of a head, which the softmax does not see.)
        """
        heads, part = self.heads, x.shape[-1] // self.heads
        key, value = self.key_value.weight.view(2, heads, part, -1)  # (H, D/H, D) each
        bias = self.key_value.bias.view(2, heads, part)[1]
        query = self.query(x).view(-1, heads, part) / math.sqrt(part)
        seen = torch.einsum("bhp,hpd->bhd", query, key)
        share = (seen @ memory.transpose(1, 2)).softmax(dim=-1)  # (B, H, L)
        found = torch.einsum("bhd,hpd->bhp", share @ memory, value) + bias
        return self.out(found.flatten(1))


class Layer(nn.Module):
    """x + attention(norm x), then x + perceptron(norm x): "pre-norm", which trains without a slow start.

    With `crossed` a second attention between the two looks at `memory`: a layer of a decoder.
    """

    def __init__(self, width: int, heads: int, feedforward: int, *, crossed: bool = False) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.attention = Attention(width, heads)
        self.crossed_norm = nn.LayerNorm(width) if crossed else None
        self.crossed = Attention(width, heads) if crossed else None
        self.perceptron = nn.Sequential(
            nn.LayerNorm(width), nn.Linear(width, feedforward), nn.ReLU(), nn.Linear(feedforward, width)
        )

    def forward(self, x: Tensor, memory: Tensor | None = None) -> Tensor:
        """(B, Q, D), memory (B, L, D) -> (B, Q, D). In a decoder a row of x looks at no later one."""
        normed = self.norm(x)
        x = x + self.attention(normed, normed, causal=self.crossed is not None)
        if self.crossed is not None and self.crossed_norm is not None and memory is not None:
            x = x + self.crossed(self.crossed_norm(x), memory)
        return x + self.perceptron(x)

    def last(self, x: Tensor, memory: Tensor | None = None) -> Tensor:
        """What `forward` says of the last row, and nothing else is computed: (B, Q, D) -> (B, D)."""
        normed = self.norm(x)
        one = x[:, -1] + self.attention.last(normed[:, -1], normed)
        if self.crossed is not None and self.crossed_norm is not None and memory is not None:
            one = one + self.crossed.last(self.crossed_norm(one), memory)
        return one + self.perceptron(one)
