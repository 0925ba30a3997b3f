"""Each network: shapes, the martingale at its start, and shortcuts that change no number."""

from __future__ import annotations

from dataclasses import replace

import pytest
from torches import torch

from allocator.forecast.losses import loss
from allocator.forecast.networks import Mixture, build
from allocator.forecast.networks.attention import Attention, Layer, positions
from allocator.forecast.networks.heads import bounded, hide_channels
from allocator.forecast.networks.recurrence import Recurrence
from allocator.forecast.networks.standard import Standardised
from allocator.forecast.sizes import EncoderDecoderSize, EncoderSize, LstmSize, TsmixerSize, WavenetSize
from allocator.forecast.spec import Architecture, ModelSpec

SMALL = {
    Architecture.LSTM: LstmSize(width=6, dropout=0.3),
    Architecture.ENCODER: EncoderSize(width=8, heads=2, feedforward=10, dropout=0.3),
    Architecture.ENCODER_DECODER: EncoderDecoderSize(
        width=8, heads=2, feedforward=10, known=3, decoder_layers=2, dropout=0.3
    ),
    Architecture.TSMIXER: TsmixerSize(feedforward=7, dropout=0.3),
    Architecture.WAVENET: WavenetSize(residual=4, gate=3, skip=5, head=6, sub_blocks=2, dropout=0.3),
}
SPECS = [
    ModelSpec(network, window=window, size=size)
    for network, size in SMALL.items()
    for window in ((4, 9) if network is Architecture.ENCODER_DECODER else (2, 9))
]
specs = pytest.mark.parametrize("spec", SPECS, ids=lambda spec: f"{spec.name}-{spec.window}")


def made(spec: ModelSpec, channels: int = 3, rows: int = 5):
    torch.manual_seed(0)
    network = build(spec, channels)
    return network, torch.randn(rows, spec.window, channels), torch.rand(rows) * 0.01 + 0.005


def shaken(network):
    """The network with every weight moved, as its last layer starts at zero."""
    with torch.no_grad():
        for each in network.parameters():
            each.add_(torch.randn_like(each), alpha=0.3)
    return network


@specs
def test_a_batch_of_windows_gives_a_forecast_each(spec: ModelSpec):
    """(B, L, C) and (B,) give (B,), or (B, K) of each parameter; one channel and one window will do."""
    for channels, rows in ((3, 5), (1, 1)):
        network, x, sigma = made(spec, channels, rows)
        said = network.eval()(x, sigma)
        shape = (rows, 3) if isinstance(said, Mixture) else (rows,)
        assert all(shape == each.shape for each in (said if isinstance(said, Mixture) else [said]))


@specs
def test_training_starts_at_the_martingale(spec: ModelSpec):
    """Before the first step a point network forecasts no change, and a mixture stays within its three σ."""
    network, x, sigma = made(spec)
    said = network.eval()(x, sigma)
    if isinstance(said, Mixture):
        assert (said.mu.abs() < 3 * sigma[:, None]).all()
        assert (said.sigma > 0).all()
    else:
        assert torch.equal(torch.zeros(5), said)


@specs
def test_every_weight_learns(spec: ModelSpec):
    """No parameter is left without a gradient: none is dead weight in the file."""
    network, x, sigma = made(spec)
    shaken(network)
    loss(spec, network.train()(x, sigma), torch.randn(5) * 0.01, torch.ones(5)).backward()
    dead = [name for name, each in network.named_parameters() if each.grad is None or not each.grad.abs().sum() > 0]
    assert [] == dead


@specs
def test_a_window_is_judged_alone_when_asked(spec: ModelSpec):
    """In use, the other windows of a batch and chance change no forecast."""
    network, x, sigma = made(spec)
    shaken(network).eval()
    together = network(x, sigma)
    alone = network(x[2:3], sigma[2:3])
    for one, other in zip(
        *((each if isinstance(each, Mixture) else (each,)) for each in (together, alone)), strict=True
    ):
        torch.testing.assert_close(one[2:3], other)


@specs
def test_every_row_and_channel_counts(spec: ModelSpec):
    """The first row of the window moves the forecast as the last one does, in any channel."""
    network, x, sigma = made(spec)
    shaken(network).eval()
    x.requires_grad_()
    said = network(x, sigma)
    (said.mean() if isinstance(said, Mixture) else said).sum().backward()
    assert (x.grad.abs().sum(dim=0) > 0).all()


@specs
def test_a_seed_makes_a_network(spec: ModelSpec):
    """Equal seeds, equal weights, to the bit."""
    one, other = (made(spec)[0].state_dict() for _ in range(2))
    assert all(torch.equal(value, other[name]) for name, value in one.items())


def test_the_bounded_head():
    """Near zero it is uσ, and no u is more than 3σ."""
    sigma = torch.tensor([0.01])
    assert pytest.approx(0.001, rel=1e-3) == float(bounded(torch.tensor([0.1]), sigma))
    assert pytest.approx(0.03) == float(bounded(torch.tensor([1e6]), sigma))


@pytest.mark.parametrize("crossed", [False, True])
def test_the_last_row_alone_is_the_last_row_of_all(crossed: bool):
    """The shortcut without keys and values gives the numbers of the whole layer, in an encoder and in a decoder."""
    torch.manual_seed(1)
    layer = shaken(Layer(8, 2, 12, crossed=crossed)).double()
    x, memory = torch.randn(3, 5, 8).double(), torch.randn(3, 7, 8).double()
    torch.testing.assert_close(layer(x, memory)[:, -1], layer.last(x, memory))


def test_attention_is_torchs():
    """Our heads compute what nn.MultiheadAttention does with the same weights."""
    torch.manual_seed(2)
    ours, theirs = Attention(8, 2), torch.nn.MultiheadAttention(8, 2, batch_first=True)
    with torch.no_grad():
        theirs.in_proj_weight.copy_(torch.cat((ours.query.weight, ours.key_value.weight)))
        theirs.in_proj_bias.copy_(torch.cat((ours.query.bias, ours.key_value.bias)))
        theirs.out_proj.load_state_dict(ours.out.state_dict())
    x, memory = torch.randn(3, 4, 8), torch.randn(3, 6, 8)
    torch.testing.assert_close(theirs(x, memory, memory, need_weights=False)[0], ours(x, memory))


def test_a_decoders_known_rows_look_at_no_later_one():
    """Changing the last row changes nothing in the rows before it."""
    layer, memory = shaken(Layer(8, 2, 12, crossed=True)), torch.randn(2, 3, 8)
    x = torch.randn(2, 5, 8)
    other = x.clone()
    other[:, -1] += 1
    torch.testing.assert_close(layer(x, memory)[:, :-1], layer(other, memory)[:, :-1])


def test_the_recurrence_is_torchs():
    """Our layers of memory hold what nn.LSTM's hold, and their gradients are its own, with and without the inputs'."""
    spec = ModelSpec(Architecture.LSTM, window=5, size=LstmSize(width=6, layers=3))
    network, x, _ = made(spec)
    shaken(network).double()
    x, weight = x.double().requires_grad_(), torch.randn(5).double()
    found = []
    for theirs in (False, True):
        network.zero_grad()
        x.grad = None
        last = network.memory(x)[1][0][-1] if theirs else network._remember(x)
        (last.square().sum(dim=1) * weight).sum().backward()
        found.append([last, x.grad, *(each.grad for each in network.memory.parameters())])
    for ours, theirs in zip(*found, strict=True):
        torch.testing.assert_close(theirs, ours)
    with torch.no_grad():
        torch.testing.assert_close(network._remember(x), found[0][0])


def test_gradients_of_the_recurrence_by_differences():
    """Of every input, by differences, with one layer and with two; one row will do."""
    for rows, layers in ((1, 1), (4, 1), (3, 2)):
        shapes = [(rows, 3, 5), (8, 3 + 1 + 2), *[(8, 2 + 1 + 2)] * (layers - 1)]
        parts = [torch.randn(shape, dtype=torch.float64, requires_grad=True) for shape in shapes]
        assert torch.autograd.gradcheck(Recurrence.apply, parts)


def test_positions_are_vaswanis():
    """PE(pos, 2i) = sin(pos / 10000^(2i/d)), PE(pos, 2i+1) = cos of the same."""
    found = positions(5, 6)
    assert (5, 6) == tuple(found.shape)
    assert pytest.approx(float(torch.sin(torch.tensor(3 / 10_000 ** (2 / 6))))) == float(found[3, 2])
    assert pytest.approx(float(torch.cos(torch.tensor(4 / 10_000 ** (4 / 6))))) == float(found[4, 5])


def test_tsmixer_is_googles():
    """The last block's short cut to channel 0 is the published model, read off at channel 0."""
    spec = ModelSpec(Architecture.TSMIXER, window=6, size=TsmixerSize(feedforward=7))
    network, x, sigma = made(spec)
    shaken(network).eval()
    h = x
    functional = torch.nn.functional
    for block in network.blocks:
        mixed = functional.relu(block.time(block.norm_time(h).transpose(1, 2))).transpose(1, 2)
        h = h + mixed
        found = block.narrow(functional.relu(block.widen(block.norm_channels(h))))
        h = h[..., : found.shape[-1]] + found
    u = network.out(h[..., 0])[:, 0]
    torch.testing.assert_close(bounded(u, sigma), network(x, sigma))


def test_hidden_channels_are_hidden_in_all_rows():
    """A channel is away from a whole window or there in all of it, and the mean is kept."""
    torch.manual_seed(0)
    x = hide_channels(torch.ones(2000, 4, 3), 0.25, training=True)
    assert torch.equal(x[:, :1].expand_as(x), x)
    assert [0.0, pytest.approx(4 / 3)] == sorted(x.unique().tolist())
    assert pytest.approx(1.0, abs=0.03) == float(x.mean())
    assert torch.equal(torch.ones(2, 4, 3), hide_channels(torch.ones(2, 4, 3), 0.25, training=False))


def test_inputs_are_scaled_and_clipped_by_the_model():
    """(x - mean) / scale, no further than 5, before the network sees it."""
    seen = []
    network = torch.nn.Module()
    network.forward = lambda x, sigma: seen.append(x.clone()) or sigma
    model = Standardised(network, torch.tensor([1.0, 0.0]), torch.tensor([2.0, 0.5]))
    model(torch.tensor([[[3.0, -100.0]]]), torch.ones(1))
    assert torch.equal(torch.tensor([[[1.0, -5.0]]]), seen[0])


def test_a_window_longer_than_it_needs_no_other_spec():
    """Every network is made for any window that its spec allows."""
    for window in (2, 3, 5, 64, 65):
        for network in Architecture:
            spec = ModelSpec(network, window=window)
            spec = replace(spec, size=SMALL[network]) if network is not Architecture.ENCODER_DECODER else spec
            model, x, sigma = made(spec)
            model.eval()(x, sigma)
