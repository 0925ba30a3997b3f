"""A training that was stopped, as a file: it goes on from the last whole epoch as if nothing had been."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch
import torch
from torch import Tensor, nn

from allocator.forecast.training.files import sum_of, write_whole

State = dict[str, Tensor]


@dataclass
class Course:
    """How far a training is: (training, validation) losses of its whole epochs, the best of them and its weights."""

    history: list[tuple[float, float | None]] = field(default_factory=list)
    best: int = 0  # from 1; 0 is none yet
    weights: State = field(default_factory=dict)
    seconds: float = 0.0


def keep(
    path: Path, key: str, course: Course, model: nn.Module, optimizer: torch.optim.Optimizer, order: torch.Generator
) -> None:
    """Write all that decides how the training goes on. Raises: `ForecastError` when the disk is full."""
    tensors: State = {f"model.{name}": value for name, value in model.state_dict().items()}
    tensors |= {f"best.{name}": value for name, value in course.weights.items()}
    for at, state in optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer.{at}.{name}": value for name, value in state.items()}
    tensors |= {"random.torch": torch.get_rng_state(), "random.order": order.get_state()}
    if torch.cuda.is_available():
        tensors["random.cuda"] = torch.cuda.get_rng_state()
    about = {"key": key, "best": course.best, "history": course.history, "seconds": course.seconds}
    whole = {name: value.detach().cpu().contiguous().clone() for name, value in tensors.items()}
    told = json.dumps(about)
    content = safetensors.torch.save(whole, metadata={"course": told, "sum": _sum(whole, told)})
    write_whole(path, lambda file: file.write(content))


def resume(
    path: Path, key: str, model: nn.Module, optimizer: torch.optim.Optimizer, order: torch.Generator
) -> Course | None:
    """Put the model, the optimiser and the generators where they were.

    None when there is no whole file of this key: then they are to be made anew, as some may have been put already.
    """
    try:
        with safetensors.safe_open(path, framework="pt") as file:
            said = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 -- it is no mapping
        about = json.loads(said["course"])
        if about["key"] != key or said["sum"] != _sum(tensors, said["course"]):
            return None
        course = Course(
            [(a, b) for a, b in about["history"]], about["best"], _under("best.", tensors), about["seconds"]
        )
        _restore(tensors, model, optimizer, order)
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, safetensors.SafetensorError):
        return None
    return course


def _restore(
    tensors: Mapping[str, Tensor], model: nn.Module, optimizer: torch.optim.Optimizer, order: torch.Generator
) -> None:
    state: dict[int, dict[str, Tensor]] = {}
    for name, value in _under("optimizer.", tensors).items():
        at, _, what = name.partition(".")
        state.setdefault(int(at), {})[what] = value
    model.load_state_dict(_under("model.", tensors))
    groups: Any = optimizer.state_dict()["param_groups"]
    optimizer.load_state_dict({"state": state, "param_groups": groups})
    order.set_state(tensors["random.order"])
    torch.set_rng_state(tensors["random.torch"])
    if "random.cuda" in tensors and torch.cuda.is_available():
        torch.cuda.set_rng_state(tensors["random.cuda"])


def _sum(tensors: State, told: str) -> str:
    return sum_of({name: value.numpy() for name, value in tensors.items()}, told)


def _under(prefix: str, tensors: Mapping[str, Tensor]) -> State:
    return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}
