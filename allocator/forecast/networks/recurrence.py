"""Long short-term memory on a CPU, all layers of it, with its derivatives written by hand.

`nn.LSTM` took 1.6 times as long to train (batch 256, 64 rows, 58 channels, 2 x 64, one thread without AVX-512). Here
input, bias and memory meet in one product a row, windows are the last dimension, so that each gate is one block of
memory, and what is done to a row is done while it is in the cache: only what the derivatives need leaves it.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd import Function

sigmoid_backward = torch.ops.aten.sigmoid_backward.grad_input  # g s (1 - s)
tanh_backward = torch.ops.aten.tanh_backward.grad_input  # g (1 - y²)


class Recurrence(Function):
    """(L, C, B) inputs, (4D, C + 1 + D) weights, (4D, D + 1 + D) of each further layer -> (D, B), the top's last h.

    The gates are in the order i, f, o, g: i, f, o = σ(W (x, 1, h)), g = tanh(...); c' = f c + i g; h' = o tanh c'; h
    and c begin at zero. tanh z is computed as 2σ(2z) - 1, as σ takes a quarter of its time.

    What a row of a layer sees, (its input, 1, its memory before), must lie together. So layer k is k places behind:
    place t + k of `seen` has in it what layer k sees in row t, and a memory is written once, where both layers find it.
    """

    @staticmethod
    def forward(context: Any, x: Tensor, *weights: Tensor) -> Tensor:  # noqa: ANN401
        rows, channels, batch = x.shape
        layers, width = len(weights), weights[0].shape[0] // 4
        seen = x.new_empty(rows + layers, channels + layers * (1 + width), batch)
        seen[:rows, :channels] = x
        z, minus, twice = x.new_empty(4 * width, batch), x.new_tensor(-1.0), x.new_ones(4 * width, 1)
        twice[3 * width :] = 2
        kept = []
        for k, own in enumerate(weights):
            weight, end = own * twice, _end(channels, k, width)
            gates, cells = x.new_empty(rows, 4 * width, batch), x.new_empty(rows + 1, width, batch)
            bent = x.new_empty(rows, width, batch)
            cells[0] = seen[k, end - width : end] = 0
            seen[:, end - width - 1] = 1
            each_row = (
                seen[k : k + rows, end - weight.shape[1] : end], gates, *gates.chunk(4, dim=1), cells[:-1], cells[1:],
                bent, seen[k + 1 : k + 1 + rows, end - width : end],
            )  # fmt: skip
            for before, four, i, f, o, g, c, c_after, tanh_c, h in zip(*map(torch.unbind, each_row), strict=True):
                torch.mm(weight, before, out=z)
                torch.sigmoid(z, out=four)
                torch.add(minus, g, alpha=2, out=g)
                torch.mul(i, g, out=c_after).addcmul_(f, c)
                torch.add(c_after, c_after, out=tanh_c).sigmoid_()
                torch.add(minus, tanh_c, alpha=2, out=tanh_c)
                torch.mul(o, tanh_c, out=h)
            kept += [gates, cells, bent]
        context.save_for_backward(seen, *weights, *kept)
        return seen[-1, -width:].clone()

    @staticmethod
    def backward(context: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:  # noqa: ANN401
        seen, *saved = context.saved_tensors
        layers = len(saved) // 4
        weights, kept = saved[:layers], saved[layers:]
        width, batch = gradient.shape
        d_z, (d_h, spare) = seen.new_empty(4 * width, batch), seen.new_empty(2, width, batch)
        d_i, d_f, d_o, d_g = d_z.split(width)
        d_s, d_z_t = d_z[: 3 * width], d_z.t()
        zero, rows = torch.zeros_like(gradient), len(kept[0])
        above = [zero] * (rows - 1) + [gradient]  # of each row's memory, by the layer above
        found = []
        for k in range(layers - 1, -1, -1):
            gates, cells, bent = kept[3 * k : 3 * k + 3]
            wanted = k > 0 or context.needs_input_grad[0]  # the derivatives by the layer's inputs
            inputs, _, memory = weights[k].split((weights[k].shape[1] - 1 - width, 1, width), dim=1)
            back = torch.cat((inputs, memory) if wanted else (memory,), dim=1).t().contiguous()
            d_weight, end = weights[k].new_zeros(weights[k].t().shape), _end(seen.shape[1], k - layers, width)
            d_c, d_seen = torch.zeros_like(zero), seen.new_empty(len(back), batch)
            d_inputs, d_before = d_seen.split((len(back) - width, width))
            d_x = d_inputs.new_empty(rows if wanted else 1, *d_inputs.shape).expand(rows, -1, -1)
            below = d_x.unbind()
            each_row = (
                seen[k : k + rows, end - len(d_weight) : end], gates[:, : 3 * width], *gates.chunk(4, dim=1),
                cells[:-1], bent,
            )  # fmt: skip
            last_first = zip(*(each.unbind()[::-1] for each in each_row), above[::-1], below[::-1], strict=True)
            d_before.zero_()
            for before, s, i, f, o, g, c, tanh_c, d_above, d_below in last_first:
                torch.add(d_before, d_above, out=d_h)
                torch.mul(d_h, tanh_c, out=d_o)
                torch.mul(d_h, o, out=spare)
                d_c.add_(tanh_backward(spare, tanh_c, grad_input=spare))
                torch.mul(d_c, g, out=d_i)
                torch.mul(d_c, c, out=d_f)
                sigmoid_backward(d_s, s, grad_input=d_s)
                torch.mul(d_c, i, out=d_g)
                tanh_backward(d_g, g, grad_input=d_g)
                d_c.mul_(f)
                d_weight.addmm_(before, d_z_t)  # a fifth faster than its transpose
                torch.mm(back, d_z, out=d_seen)
                if wanted:
                    d_below.copy_(d_inputs)
            found.append(d_weight.t())
            above = below
        return d_x if context.needs_input_grad[0] else None, *found[::-1]


def _end(channels: int, layer: int, width: int) -> int:
    """Where what a layer sees ends, in a place of `seen` whose first layer finds so many channels before it."""
    return channels + (layer + 1) * (1 + width)
