"""neuralforecast at the same work: the same network, sizes, windows, batch, loss and optimiser, its own training loop.

Its settings are the best that were found for this work. One series a batch: with its default of 32, each step copies
all windows of 32 series. No progress bar, log, checkpoint or validation while it trains; the fused AdamW in place of
its plain Adam; gradients clipped as ours; a learning rate that stays. What differs is said beside the figures.
"""

from __future__ import annotations

import logging
import time
import warnings
from importlib.util import find_spec

import numpy as np
import torch
from torch import Tensor, nn

from allocator.forecast.features import Features
from allocator.forecast.sizes import EncoderDecoderSize, LstmSize, TsmixerSize
from allocator.forecast.spec import Architecture, ModelSpec
from benchmarks.forecast_material import SIGMA
from benchmarks.forecast_training import Outcome

AT_ONCE = 256


def there() -> bool:
    """Whether neuralforecast can be imported."""
    return find_spec("neuralforecast") is not None


def settle() -> None:
    """One thread and no chatter, for the process that it has to itself."""
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    for name in ("lightning.pytorch", "pytorch_lightning", "lightning.fabric"):
        logging.getLogger(name).setLevel(logging.ERROR)


def train(spec: ModelSpec, features: Features, train: np.ndarray, validation: np.ndarray, epochs: int) -> Outcome:
    """Fit the rows behind the training windows; the seconds of each step are taken between the ends of batches."""
    settle()
    steps = epochs * (len(train) // spec.training.batch)
    watch = _watch()
    model = _model(spec, features.shape[2], steps, watch)
    rows = int(train.max()) + 2  # the last training window's return ends there
    _fit(model, features, rows)
    return Outcome(watch.seconds, _said(model, spec, features, validation), sum(p.numel() for p in model.parameters()))


def _watch():
    from pytorch_lightning import Callback  # noqa: PLC0415

    class Watch(Callback):
        """The processor's time from the end of one step to the end of the next: drawing windows is in it."""

        def __init__(self) -> None:
            self.ends: list[float] = []

        def on_train_batch_end(self, *_: object) -> None:
            self.ends.append(time.process_time())

        @property
        def seconds(self) -> list[float]:
            return list(np.diff(self.ends))

    return Watch()


def _loss():
    from neuralforecast.losses.pytorch import MAE  # noqa: PLC0415

    class Pct(MAE):
        """Our `losses.pct` with λ = 0, of channel 0 alone; y is a return in units of σ."""

        def __call__(self, y: Tensor, y_hat: Tensor, mask: object = None, y_insample: object = None) -> Tensor:  # noqa: ARG002
            r = SIGMA * y[..., 0]
            return (100 * (SIGMA * y_hat[..., 0] - r).abs() / (1 + r)).mean()

    return Pct()


def _model(spec: ModelSpec, channels: int, steps: int, watch: object) -> nn.Module:
    from neuralforecast.models import LSTM, TSMixer, VanillaTransformer  # noqa: PLC0415

    plan = spec.training
    common = {
        "h": 1, "input_size": spec.window, "max_steps": steps, "learning_rate": plan.lr, "loss": _loss(),
        "scaler_type": "identity", "accelerator": "cpu", "enable_progress_bar": False, "logger": False,
        "enable_checkpointing": False, "enable_model_summary": False, "random_seed": 1 + spec.seed,
        "optimizer": torch.optim.AdamW, "gradient_clip_val": plan.clip, "num_lr_decays": 0, "callbacks": [watch],
        "optimizer_kwargs": {"fused": True, "weight_decay": plan.weight_decay}, "windows_batch_size": plan.batch,
    }  # fmt: skip
    size = spec.size
    if isinstance(size, LstmSize):
        return LSTM(
            **common, batch_size=1, hist_exog_list=[f"c{c}" for c in range(1, channels)], decoder_layers=1,
            encoder_hidden_size=size.width, encoder_n_layers=size.layers, encoder_dropout=0.0,
        )  # fmt: skip
    if isinstance(size, TsmixerSize):
        return TSMixer(
            **common, n_series=channels, batch_size=channels, n_block=size.blocks, ff_dim=size.feedforward, dropout=0.0,
            revin=False,
        )  # fmt: skip
    assert isinstance(size, EncoderDecoderSize)
    return VanillaTransformer(
        **common, batch_size=1, hidden_size=size.width, n_head=size.heads, encoder_layers=size.encoder_layers,
        decoder_layers=size.decoder_layers, conv_hidden_size=size.feedforward, activation="relu", dropout=0.0,
        decoder_input_size_multiplier=size.known / spec.window,
    )  # fmt: skip


def _fit(model: nn.Module, features: Features, rows: int) -> None:
    """LSTM and Transformer read one series, with its other columns beside it; TSMixer reads each column as a series."""
    import pandas as pd  # noqa: PLC0415
    from neuralforecast.tsdataset import TimeSeriesDataset  # noqa: PLC0415

    values = features.values[0, :rows]  # noqa: PD011
    at = np.arange(rows)
    if model.MULTIVARIATE:
        count = values.shape[1]
        frame = pd.DataFrame({
            "unique_id": np.repeat([f"c{c:02}" for c in range(count)], rows), "ds": np.tile(at, count),
            "y": values.T.reshape(-1),
        })  # fmt: skip
    else:
        frame = pd.DataFrame(values[:, 1:], columns=list(features.names[1:]))
        frame.insert(0, "y", values[:, 0])
        frame.insert(0, "ds", at)
        frame.insert(0, "unique_id", "one")
    dataset, *_ = TimeSeriesDataset.from_df(frame)
    model.fit(dataset)


def _said(model: nn.Module, spec: ModelSpec, features: Features, ends: np.ndarray) -> np.ndarray:
    """(K,) returns that it forecasts for windows, by its network's own `forward`."""
    model.eval()
    values = torch.from_numpy(features.values[0])  # noqa: PD011
    found = []
    with torch.inference_mode():
        for some in torch.from_numpy(ends).split(AT_ONCE):
            x = values[some[:, None] + torch.arange(1 - spec.window, 1)]
            whole = model.MULTIVARIATE
            given = {"insample_y": x if whole else x[..., :1], "hist_exog": x[..., 1:]}
            found.append(model({**given, "futr_exog": None, "stat_exog": None})[:, -1, 0])
    return SIGMA * torch.cat(found).double().numpy()


TAKEN = (Architecture.LSTM, Architecture.ENCODER_DECODER, Architecture.TSMIXER)
