"""The losses by hand, their gradients by differences, and what they ask for by theory."""

from __future__ import annotations

import math

import numpy as np
import pytest
from torches import torch

from allocator.forecast.losses import log_likelihood, loss, nll, pct, raw
from allocator.forecast.networks.heads import Mixture
from allocator.forecast.spec import Architecture, Loss, ModelSpec


def tensor(*values: float):
    return torch.tensor(values, dtype=torch.float64)


def test_the_papers_loss_by_hand():
    """|y-ŷ|/y - λ(ŷ-y_t)(y-y_t), figure 1 of the paper: from 100 to 105, said to be 115 or 95."""
    assert pytest.approx(10 / 105 - 0.1 * 15 * 5) == float(raw(tensor(115), tensor(105), tensor(100), 0.1))
    assert pytest.approx(10 / 105 + 0.1 * 5 * 5) == float(raw(tensor(95), tensor(105), tensor(100), 0.1))


def test_without_lambda_it_is_mape():
    """λ = 0 is blind to direction: both of the models above are 9.52 % off."""
    both = [float(pct(tensor(r_hat), tensor(0.05), 0)) for r_hat in (0.15, -0.05)]
    assert [pytest.approx(100 * 10 / 105)] * 2 == both


def test_pct_is_raw_at_a_price_of_a_hundred():
    """The form trained by default is the paper's with y_t := 100, but for the unit of its first term, a percent."""
    r_hat, r = tensor(0.012, -0.003, 0.0), tensor(0.004, 0.02, -0.01)
    y_t = torch.full_like(r, 100)
    parts = [float(raw(y_t * (1 + r_hat), y_t * (1 + r), y_t, lam)) for lam in (0.0, 7.0)]
    assert pytest.approx(100 * parts[0] + (parts[1] - parts[0])) == float(pct(r_hat, r, 7))


def mixture(seed: int = 0, rows: int = 5, components: int = 3) -> Mixture:
    rng = np.random.default_rng(seed)
    logits, mu, sigma = rng.normal(size=(3, rows, components))
    return Mixture(torch.tensor(logits), torch.tensor(0.01 * mu), torch.tensor(0.01 * np.exp(sigma)))


def test_likelihood_is_that_of_torchs_distributions():
    """The density of a mixture of log-normals, as written down by others."""
    found, r = mixture(), tensor(0.01, -0.02, 0.0, 0.3, -0.5)
    distributions = torch.distributions
    other = distributions.MixtureSameFamily(
        distributions.Categorical(logits=found.logits), distributions.LogNormal(found.mu, found.sigma)
    )
    torch.testing.assert_close(other.log_prob(1 + r), log_likelihood(found, r))
    torch.testing.assert_close(other.mean - 1, found.mean())
    torch.testing.assert_close(other.stddev, found.deviation())


def test_likelihood_is_finite_where_densities_vanish():
    """A return of 40 deviations has a density of zero in floats, and a finite logarithm with a finite gradient."""
    mu = torch.zeros(3, 2, requires_grad=True)
    found = Mixture(torch.zeros(3, 2), mu, torch.full((3, 2), 1e-3))
    value = nll(found, torch.tensor([3.0, -1.0, 0.0]))
    value.backward()
    assert torch.isfinite(value)
    assert torch.isfinite(mu.grad).all()


@pytest.mark.parametrize("name", ["raw", "pct", "nll"])
def test_gradients_by_differences(name: str):
    """Autograd's derivatives are those of the function itself."""
    r = tensor(0.011, -0.02, 0.003)
    x = tensor(0.004, 0.01, -0.006).requires_grad_()
    if name == "raw":
        assert torch.autograd.gradcheck(lambda u: raw(100 * (1 + u), 100 * (1 + r), tensor(100, 100, 100), 0.5), x)
    elif name == "pct":
        assert torch.autograd.gradcheck(lambda u: pct(u, r, 5.0), x)
    else:
        parts = [each.requires_grad_() for each in mixture(rows=3)]
        assert torch.autograd.gradcheck(lambda *each: nll(Mixture(*each), r), parts)


@pytest.mark.parametrize("lam", [0.0, 1.0, 5.0, 10.0])
def test_its_best_forecast_is_a_quantile(lam: float):
    """τ = (1 + λμ)/2: the argument of the least mean loss over a sample is that sample's quantile, to a grid step."""
    rng = np.random.default_rng(0)
    percents = rng.standard_t(4, 20_000) * 0.3 + 0.06
    r, weights = percents / 100, 1 / (1 + percents / 100)
    grid = np.linspace(-0.2, 0.8, 51)
    sample = torch.tensor(r)
    losses = [float(pct(torch.full_like(sample, at / 100), sample, lam)) for at in grid]
    best = grid[int(np.argmin(losses))]
    tau = (1 + lam * percents.mean() / weights.mean()) / 2
    assert pytest.approx(float(np.quantile(percents, tau)), abs=0.04) == best


def test_it_is_unbounded_below_beyond_the_critical_lambda():
    """Once λ|μ| >= 1 a larger forecast is always a better one: hence the bound of the head."""
    sample = torch.tensor(np.random.default_rng(0).normal(0.1, 0.5, 10_000) / 100)
    losses = [float(pct(torch.full_like(sample, at), sample, 20.0)) for at in (0.0, 0.1, 1.0, 10.0)]
    assert sorted(losses, reverse=True) == losses


def test_the_loss_of_a_spec():
    """The one that it names: on prices, on returns, or of a distribution."""
    r, r_hat, close = tensor(0.01), tensor(0.02), tensor(250)
    lstm = ModelSpec(Architecture.LSTM, lam=2)
    assert float(pct(r_hat, r, 2)) == float(loss(lstm, r_hat, r, close))
    priced = ModelSpec(Architecture.LSTM, lam=2, loss=Loss.RAW)
    assert math.isclose(float(raw(tensor(255), tensor(252.5), close, 2)), float(loss(priced, r_hat, r, close)))
    assert float(nll(mixture(rows=1), r)) == float(loss(ModelSpec(Architecture.WAVENET), mixture(rows=1), r, close))
