"""The five networks, one readable file each; `build` makes the one that a `ModelSpec` describes.

Each is a `torch.nn.Module` with `forward(x (B, L, C), sigma (B,))`: a window of inputs up to now and the security's own
volatility over the horizon give a return r̂ (B,), or the parameters of its distribution (`heads.Mixture`).
"""

from __future__ import annotations

from torch import nn

from allocator.forecast.networks.encoder import Encoder
from allocator.forecast.networks.encoder_decoder import EncoderDecoder
from allocator.forecast.networks.heads import Mixture
from allocator.forecast.networks.lstm import Lstm
from allocator.forecast.networks.tsmixer import Tsmixer
from allocator.forecast.networks.wavenet import Wavenet
from allocator.forecast.sizes import EncoderDecoderSize, EncoderSize, LstmSize, TsmixerSize
from allocator.forecast.spec import ModelSpec

__all__ = ["Encoder", "EncoderDecoder", "Lstm", "Mixture", "Tsmixer", "Wavenet", "build"]


def build(spec: ModelSpec, channels: int) -> nn.Module:
    """The network of the spec, with first weights drawn from torch's global generator."""
    size = spec.sized
    if isinstance(size, LstmSize):
        return Lstm(channels, size)
    if isinstance(size, EncoderSize):
        return Encoder(channels, spec.window, size)
    if isinstance(size, EncoderDecoderSize):
        return EncoderDecoder(channels, spec.window, size)
    if isinstance(size, TsmixerSize):
        return Tsmixer(channels, spec.window, size)
    return Wavenet(channels, spec.window, size)
