"""What training makes small. All are means over a batch, and differentiable.

The paper's loss (D. Zelezetsky, "Deep learning in financial time series forecasting", 2024, formula 1) is

    CustomLoss = |y - ŷ| / y  -  λ (ŷ - y_t) (y - y_t)

with y the price to come, ŷ its forecast and y_t the last known price. Its first term has no unit and its second is
in squared roubles, so that on raw prices of 0.03 to 150,000 the second term of the dearest securities is all that
training sees for any λ >= 1. `pct` is the same formula with y_t := 100, hence on returns in percent.

What it asks for: with r̂, r relative and μ(x) = E[r|x], the derivative of E[loss] by r̂ is 2 F(r̂|x) - 1 - λμ (λ per
percent squared, μ in percent, the weight 1/(1+r) taken for 1). So the best forecast is the conditional quantile at
τ(x) = (1 + λ μ(x)) / 2: the median for λ = 0, no expected return for λ > 0 (see `recalibration`), and unbounded once
λ |μ| >= 1 (hence the bounded head of `networks.heads`).
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional

from allocator.forecast.networks.heads import Mixture
from allocator.forecast.spec import Loss, ModelSpec

TINY = 1e-6  # of a price to come relative to the last one; nothing that is traded falls so far in a bar


def raw(y_hat: Tensor, y: Tensor, y_t: Tensor, lam: float) -> Tensor:
    """The paper's loss to the letter. (B,) forecast, true and last price -> ()."""
    return ((y - y_hat).abs() / y - lam * (y_hat - y_t) * (y - y_t)).mean()


def pct(r_hat: Tensor, r: Tensor, lam: float) -> Tensor:
    """The paper's loss on percents: 100 |r̂ - r| / (1 + r) - λ (100 r̂) (100 r). (B,) returns as fractions -> ()."""
    return (100 * (r_hat - r).abs() / (1 + r) - (1e4 * lam) * r_hat * r).mean()


def nll(mixture: Mixture, r: Tensor) -> Tensor:
    """Minus the mean log-likelihood of the returns r (B,) under a mixture of log-normal distributions of 1 + r."""
    return -log_likelihood(mixture, r).mean()


def log_likelihood(mixture: Mixture, r: Tensor) -> Tensor:
    """(B,) log density of 1 + r: finite whatever the parameters, as they are summed in logarithms."""
    log_y = torch.log1p(r.clamp(min=TINY - 1))[:, None]
    z = (log_y - mixture.mu) / mixture.sigma
    each = -0.5 * z * z - mixture.sigma.log() - log_y - 0.5 * math.log(2 * math.pi)
    return torch.logsumexp(functional.log_softmax(mixture.logits, dim=-1) + each, dim=-1)


def loss(spec: ModelSpec, output: Tensor | Mixture, r: Tensor, close: Tensor) -> Tensor:
    """The loss of the spec for what its network says. r (B,) fractions; close (B,) is the last price, for `raw`."""
    if isinstance(output, Mixture):
        return nll(output, r)
    if spec.loss is Loss.RAW:
        return raw(close * (1 + output), close * (1 + r), close, spec.lam)
    return pct(output, r, spec.lam)
