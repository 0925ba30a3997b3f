"""Records made up: days with losses and returns, as much alike as asked."""

from __future__ import annotations

import numpy as np

from allocator.forecast.evolution import Record


def days(count, start="2024-01-01"):
    return (np.datetime64(start) + np.arange(count)).astype("datetime64[s]")


def made(loss, excess=None, net=None, *, start="2024-01-01"):
    loss = np.asarray(loss, dtype=np.float64)
    excess = np.full(len(loss), 0.001) if excess is None else np.asarray(excess, dtype=np.float64)
    return Record(days(len(loss), start), loss, excess if net is None else np.asarray(net, dtype=np.float64), excess)
