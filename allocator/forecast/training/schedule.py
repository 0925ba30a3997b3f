"""How the learning rate goes: a function of the step alone, so that a training resumed is the training."""

from __future__ import annotations

import math

from allocator.forecast.spec import Schedule, Training

FIRST, LAST = 25.0, 1e4  # the rate begins at lr / FIRST and ends at lr / FIRST / LAST


def learning_rate(training: Training, step: int, steps: int) -> float:
    """The rate of a step in 0..steps-1: up in the share `warm_up`, then down (Smith & Topin, arXiv 1708.07120)."""
    if training.schedule is Schedule.CONSTANT:
        return training.lr
    low, end = training.lr / FIRST, training.lr / FIRST / LAST
    top = max(training.warm_up * steps - 1, 1e-9)
    if step <= top:
        return _between(low, training.lr, step / top, training.schedule)
    return _between(training.lr, end, (step - top) / max(steps - 1 - top, 1e-9), training.schedule)


def _between(start: float, stop: float, share: float, schedule: Schedule) -> float:
    if schedule is Schedule.ONE_CYCLE_LINEAR:
        return start + (stop - start) * share
    return stop + (start - stop) / 2 * (1 + math.cos(math.pi * share))
