"""Transformer encoder and decoder (A. Vaswani et al., arXiv 1706.03762), one row ahead.

The decoder is given, by the convention of Informer (H. Zhou et al., arXiv 2012.07436), the last `known` rows of the
window and after them one for the bar to come; that row looks back at the known ones (causal attention) and at what
the encoder made of the whole window. It begins as a copy of the last row, the martingale's guess. Informer leaves it
empty: then it must first learn where to look, which took four to six epochs of autoregressive returns in place of
one. Rows are embedded one by one: the circular convolution that some implementations embed with would show the first
rows of a window to the last.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from allocator.forecast.networks.attention import Layer, positions
from allocator.forecast.networks.heads import bounded, hide_channels, martingale
from allocator.forecast.sizes import EncoderDecoderSize


class EncoderDecoder(nn.Module):
    """x (B, L, C), sigma (B,) -> r̂ (B,)."""

    def __init__(self, channels: int, window: int, size: EncoderDecoderSize) -> None:
        super().__init__()
        width, heads, feedforward = size.width, size.heads, size.feedforward
        self.known, self.dropout = size.known, size.dropout
        self.embed = nn.Linear(channels, width)
        self.embed_decoder = nn.Linear(channels, width)
        self.register_buffer("places", positions(window + 1, width), persistent=False)
        self.encoder = nn.ModuleList(Layer(width, heads, feedforward) for _ in range(size.encoder_layers))
        self.norm = nn.LayerNorm(width)
        self.decoder = nn.ModuleList(Layer(width, heads, feedforward, crossed=True) for _ in range(size.decoder_layers))
        self.out = nn.Sequential(nn.LayerNorm(width), martingale(nn.Linear(width, 1)))

    def forward(self, x: Tensor, sigma: Tensor) -> Tensor:
        rows = x.shape[1]
        memory = hide_channels(self.embed(x) + self.places[:rows], self.dropout, self.training)
        for layer in self.encoder:
            memory = layer(memory)
        memory = self.norm(memory)
        ahead = torch.cat((x[:, rows - self.known :], x[:, -1:]), dim=1)
        ahead = self.embed_decoder(ahead) + self.places[rows - self.known : rows + 1]
        for layer in self.decoder[:-1]:
            ahead = layer(ahead, memory)
        last = hide_channels(self.decoder[-1].last(ahead, memory), self.dropout, self.training)
        return bounded(self.out(last)[:, 0].float(), sigma)
