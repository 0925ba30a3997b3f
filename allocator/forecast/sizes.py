"""How large each network is. The defaults are small enough for one core of a laptop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from allocator.core.errors import ForecastError
from allocator.core.text import text
from allocator.forecast.knobs import Knobs, knob

DROPOUT = "share of channels hidden at random while training, the same ones in all rows of a window"


@dataclass(frozen=True)
class LstmSize(Knobs):
    """`networks.lstm`."""

    section: ClassVar[str] = "size of lstm"

    width: int = knob(64, 1, 1024, "numbers in the memory of a layer")
    layers: int = knob(2, 1, 8, "layers on top of each other")
    dropout: float = knob(0.0, 0, 0.9, DROPOUT)


@dataclass(frozen=True)
class EncoderSize(Knobs):
    """`networks.encoder`."""

    section: ClassVar[str] = "size of encoder"

    width: int = knob(64, 2, 1024, "numbers that stand for one row; a multiple of heads, even")
    layers: int = knob(2, 1, 12, "layers on top of each other; the last looks from the last row only")
    heads: int = knob(4, 1, 64, "attentions side by side in a layer")
    feedforward: int = knob(256, 1, 8192, "hidden units of the perceptron of a layer")
    dropout: float = knob(0.0, 0, 0.9, DROPOUT)

    def __post_init__(self) -> None:
        super().__post_init__()
        _divisible(self.section, self.width, self.heads)


@dataclass(frozen=True)
class EncoderDecoderSize(Knobs):
    """`networks.encoder_decoder`."""

    section: ClassVar[str] = "size of encoder_decoder"

    width: int = knob(64, 2, 1024, "numbers that stand for one row; a multiple of heads, even")
    encoder_layers: int = knob(2, 1, 12, "layers that read the window")
    decoder_layers: int = knob(1, 1, 12, "layers that write the row to come")
    heads: int = knob(4, 1, 64, "attentions side by side in a layer")
    feedforward: int = knob(256, 1, 8192, "hidden units of the perceptron of a layer")
    known: int = knob(32, 0, 4096, "last rows of the window that the decoder is shown; at most the window")
    dropout: float = knob(0.0, 0, 0.9, DROPOUT)

    def __post_init__(self) -> None:
        super().__post_init__()
        _divisible(self.section, self.width, self.heads)


@dataclass(frozen=True)
class TsmixerSize(Knobs):
    """`networks.tsmixer`."""

    section: ClassVar[str] = "size of tsmixer"

    blocks: int = knob(2, 1, 16, "pairs of a mix over time and a mix over channels")
    feedforward: int = knob(64, 1, 8192, "hidden units of the mix over channels")
    batch_norm: bool = True  # normalise by the batch, as published; false: by the window
    dropout: float = knob(0.0, 0, 0.9, DROPOUT)


@dataclass(frozen=True)
class WavenetSize(Knobs):
    """`networks.wavenet`."""

    section: ClassVar[str] = "size of wavenet"

    residual: int = knob(16, 1, 512, "channels that run through the network")
    gate: int = knob(16, 1, 512, "channels inside a gated convolution")
    skip: int = knob(16, 1, 512, "channels that each block adds to the answer")
    head: int = knob(16, 1, 512, "hidden units before the parameters of the mixture")
    kernel: int = knob(3, 2, 16, "rows that a convolution sees at once")
    sub_blocks: int = knob(1, 1, 8, "gated convolutions between two halvings of the window")
    mixture: int = knob(3, 1, 16, "log-normal distributions that are mixed")
    dropout: float = knob(0.0, 0, 0.9, DROPOUT)


Size = LstmSize | EncoderSize | EncoderDecoderSize | TsmixerSize | WavenetSize


def _divisible(section: str, width: int, heads: int) -> None:
    if width % heads or width % 2:
        raise ForecastError(
            text("{section}: width = {width} is not even or not a multiple of heads.", section=section, width=width),
            text("Write width = {good}.", good=max(1, round(width / heads)) * heads * (2 if heads % 2 else 1)),
        )
