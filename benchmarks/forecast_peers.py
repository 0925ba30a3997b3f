"""Who training is measured against: the plain way to write it in torch, and neuralforecast where that is installed."""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Callable
from importlib.util import find_spec

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from allocator.forecast.features import Features
from allocator.forecast.spec import Architecture, ModelSpec

WIDTH = 64


class Slices(Dataset):
    """A window and its return at a time, as tutorials have it."""

    def __init__(self, features: Features, spec: ModelSpec, ends: np.ndarray) -> None:
        self.values = torch.from_numpy(features.values.copy())
        self.returns = torch.from_numpy(features.returns(spec.horizon))
        self.ends, self.window = ends, spec.window

    def __len__(self) -> int:
        return len(self.ends)

    def __getitem__(self, at: int) -> tuple[Tensor, Tensor]:
        n, t = divmod(int(self.ends[at]), self.values.shape[1])
        return self.values[n, t - self.window + 1 : t + 1], self.returns[n, t]


class PlainLstm(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.memory, self.out = nn.LSTM(channels, WIDTH, 2, batch_first=True), nn.Linear(WIDTH, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.out(self.memory(x)[0][:, -1])[:, 0]


class PlainEncoder(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.embed, self.out = nn.Linear(channels, WIDTH), nn.Linear(WIDTH, 1)
        layer = nn.TransformerEncoderLayer(WIDTH, 4, 4 * WIDTH, dropout=0.0, batch_first=True, norm_first=True)
        self.layers = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.out(self.layers(self.embed(x))[:, -1])[:, 0]


class PlainEncoderDecoder(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.embed, self.ahead, self.out = (nn.Linear(a, b) for a, b in ((channels, WIDTH),) * 2 + ((WIDTH, 1),))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it says that it does not use a speed-up that it does not have here
            self.both = nn.Transformer(WIDTH, 4, 2, 1, 4 * WIDTH, 0.0, batch_first=True, norm_first=True)

    def forward(self, x: Tensor) -> Tensor:
        ahead = torch.cat((x[:, -32:], torch.zeros_like(x[:, :1])), dim=1)
        mask = nn.Transformer.generate_square_subsequent_mask(ahead.shape[1])
        return self.out(self.both(self.embed(x), self.ahead(ahead), tgt_mask=mask, tgt_is_causal=True)[:, -1])[:, 0]


class PlainMixerBlock(nn.Module):
    def __init__(self, window: int, channels: int) -> None:
        super().__init__()
        self.norms = nn.ModuleList(nn.BatchNorm1d(window * channels, eps=1e-3, momentum=0.01) for _ in range(2))
        self.time, self.widen, self.narrow = (
            nn.Linear(window, window), nn.Linear(channels, WIDTH), nn.Linear(WIDTH, channels)
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        normed = self.norms[0](x.flatten(1)).view_as(x)
        x = x + torch.relu(self.time(normed.transpose(1, 2))).transpose(1, 2)
        return x + self.narrow(torch.relu(self.widen(self.norms[1](x.flatten(1)).view_as(x))))


class PlainMixer(nn.Module):
    def __init__(self, channels: int, window: int = 64) -> None:
        super().__init__()
        self.blocks = nn.Sequential(*(PlainMixerBlock(window, channels) for _ in range(2)))
        self.out = nn.Linear(window, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.out(self.blocks(x).transpose(1, 2))[:, 0, 0]


PLAIN: dict[Architecture, Callable[[int], nn.Module]] = {
    Architecture.LSTM: PlainLstm,
    Architecture.ENCODER: PlainEncoder,
    Architecture.ENCODER_DECODER: PlainEncoderDecoder,
    Architecture.TSMIXER: PlainMixer,
}


def plain_steps(features: Features, spec: ModelSpec, ends: np.ndarray, steps: int) -> float:
    """Processor seconds of so many steps, after two that do not count: a DataLoader of slices, stock layers, AdamW."""
    torch.manual_seed(spec.seed)
    model = PLAIN[spec.architecture](len(features.names))
    optimizer = torch.optim.AdamW(model.parameters(), lr=spec.training.lr)
    batches = iter(DataLoader(Slices(features, spec, ends), batch_size=spec.training.batch, shuffle=True))
    began = 0.0
    for step in range(steps + 2):
        if step == 2:
            began = time.process_time()
        x, r = next(batches)
        optimizer.zero_grad()
        (100 * (model(x) - r).abs()).mean().backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
    return time.process_time() - began


def there() -> bool:
    """Whether neuralforecast can be imported."""
    return find_spec("neuralforecast") is not None


def nixtla_steps(features: Features, spec: ModelSpec, steps: int) -> float:
    """Processor seconds of so many steps of neuralforecast's network of the same kind and sizes.

    Two fits of different length: their difference has no preparation in it. One series a batch, as with its default
    of 32 every step copies all windows of 32 series. Its VanillaTransformer takes no other column than the price's.
    """
    frame, exogenous = _frame(features), list(features.names[1:])
    long, short = (_fit(frame, exogenous, spec, count, len(features.tickers)) for count in (steps + 2, 2))
    return max(long - short, math.ulp(1.0))


def _frame(features: Features) -> object:
    import pandas as pd  # noqa: PLC0415

    tickers, rows, channels = features.shape
    numbers = np.reshape(features.values, (-1, channels))
    frame = pd.DataFrame(numbers, columns=list(features.names))
    frame.insert(0, "unique_id", np.repeat(features.tickers, rows))
    frame.insert(1, "ds", np.tile(np.arange(rows), tickers))
    return frame.rename(columns={features.names[0]: "y"})


def _fit(frame: object, exogenous: list[str], spec: ModelSpec, steps: int, series: int) -> float:
    from neuralforecast import NeuralForecast  # noqa: PLC0415
    from neuralforecast.losses.pytorch import MAE  # noqa: PLC0415
    from neuralforecast.models import LSTM, TSMixerx, VanillaTransformer  # noqa: PLC0415

    common = {
        "h": 1, "input_size": spec.window, "max_steps": steps, "learning_rate": spec.training.lr, "loss": MAE(),
        "scaler_type": "identity", "accelerator": "cpu", "enable_progress_bar": False, "logger": False,
        "enable_checkpointing": False, "random_seed": 1,
    }  # fmt: skip
    one = {"batch_size": 1, "windows_batch_size": spec.training.batch}
    match spec.architecture:
        case Architecture.LSTM:
            model = LSTM(**common, **one, hist_exog_list=exogenous, encoder_hidden_size=WIDTH, encoder_n_layers=2,
                         decoder_hidden_size=WIDTH, decoder_layers=1)  # fmt: skip
        case Architecture.TSMIXER:
            windows = {"n_series": series, "batch_size": series, "windows_batch_size": spec.training.batch // series}
            model = TSMixerx(**common, **windows, hist_exog_list=exogenous, n_block=2, ff_dim=WIDTH, dropout=0.0,
                             revin=False)  # fmt: skip
        case _:
            model = VanillaTransformer(**common, **one, hidden_size=WIDTH, n_head=4, encoder_layers=2, decoder_layers=1,
                                       conv_hidden_size=4 * WIDTH, dropout=0.0)  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        began = time.process_time()
        NeuralForecast(models=[model], freq=1).fit(df=frame)
        return time.process_time() - began
