"""Forecasts of returns: features, networks, losses, training, and what says how good they are.

Torch is met under `networks`, in `losses` and in the worker's half of `training` only; whoever imports this room's
other modules (`spec`, `metrics`, `recalibration`, `training`'s pool) never loads it.
"""
