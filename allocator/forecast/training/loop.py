"""One training, from seed to file: a plain loop over shuffled batches of windows."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

import allocator
from allocator.core.errors import ForecastError
from allocator.core.text import text
from allocator.forecast.features import Features
from allocator.forecast.losses import loss
from allocator.forecast.metrics import score
from allocator.forecast.networks import build
from allocator.forecast.networks.heads import REACH
from allocator.forecast.networks.standard import Standardised
from allocator.forecast.recalibration import LEAST_HOURS, recalibrate
from allocator.forecast.spec import ModelSpec, Optimizer
from allocator.forecast.training import weights
from allocator.forecast.training.answers import Answers, question_of
from allocator.forecast.training.checkpoint import Course, keep, resume
from allocator.forecast.training.material import Material, prepare
from allocator.forecast.training.memory import peak_bytes
from allocator.forecast.training.model import AT_ONCE, cast, device_of, forecast, halved, named
from allocator.forecast.training.results import Forecasts, Progress, Trained, finished, paths
from allocator.forecast.training.schedule import learning_rate
from allocator.forecast.training.split import Split
from allocator.forecast.training.weights import Provenance

TELL_S = 1.0  # between two reports of progress
SATURATED = 0.99  # of the head's bound
Report = Callable[[Progress], None]


def train(
    spec: ModelSpec,
    features: Features,
    split: Split,
    folder: Path,
    *,
    clock: Callable[[], float],
    device: str = "cpu",
    report: Report | None = None,
) -> Trained:
    """Train the model of a spec, or go on with its training, or take it as it is if it is finished already.

    The weights of the epoch with the least validation loss are kept. Equal specs, data and splits give equal numbers
    on machines of one kind, however often the training was stopped in between.

    Raises: `ForecastError` for too little data, a number that is none, a loss that runs away, a full disk.
    """
    key = weights.key(spec, features.digest, split)
    done = finished(folder, key)
    if done is not None:
        return done
    material = prepare(spec, features, split, device_of(device))
    run = _Run(spec, material, folder, key, clock, report or _silent)
    run.learn()
    return run.finish()


class _Run:
    """The state of one training."""

    def __init__(
        self, spec: ModelSpec, material: Material, folder: Path, key: str, clock: Callable[[], float], report: Report
    ) -> None:
        self.spec, self.material, self.folder, self.key = spec, material, folder, key
        self.clock, self.report = clock, report
        self.device = material.windows.rows.device
        self.half = halved(spec, self.device)
        self._begin()
        found = resume(paths(folder, key)[2], key, self.model, self.optimizer, self.order)
        if found is None:
            self._begin()
        self.course = found or Course()

    def _begin(self) -> None:
        """First weights and generators, all from the seed."""
        torch.manual_seed(self.spec.seed)
        network = build(self.spec, len(self.material.columns))
        mean, scale = (torch.from_numpy(each) for each in (self.material.scaler.mean, self.material.scaler.scale))
        self.model = Standardised(network, mean.float(), scale.float()).to(self.device)
        self.order = torch.Generator().manual_seed(self.spec.seed)
        self.optimizer = optimizer_of(self.spec, self.model)

    def learn(self) -> None:
        """Epochs, until all are done or `patience` of them brought nothing."""
        plan, course = self.spec.training, self.course
        while len(course.history) < plan.epochs and len(course.history) - course.best < plan.patience:
            began = self.clock()
            trained = self._epoch(len(course.history), began)
            validated = self._validate() if len(self.material.validation) else None
            self._refuse_divergence(trained, validated)
            course.history.append((trained, validated))
            course.seconds += self.clock() - began
            if course.best == 0 or _judged(course.history[-1]) < _judged(course.history[course.best - 1]):
                course.best = len(course.history)
                course.weights = {name: value.clone() for name, value in self.model.state_dict().items()}
            keep(paths(self.folder, self.key)[2], self.key, course, self.model, self.optimizer, self.order)
            self._tell(0.0, 0.0)

    def _epoch(self, epoch: int, began: float) -> float:
        """One pass over the training windows; its mean loss."""
        plan, places = self.spec.training, torch.from_numpy(self.material.train)
        batches = places[torch.randperm(len(places), generator=self.order)].to(self.device).split(plan.batch)
        if len(batches) > 1 and len(batches[-1]) < plan.batch:
            batches = batches[:-1]  # a small last one would weigh more; another epoch leaves others out
        steps, told = len(batches) * plan.epochs, began
        total = torch.zeros((), device=self.device)
        self.model.train()
        for at, some in enumerate(batches):
            rate = learning_rate(plan, epoch * len(batches) + at, steps)
            total += self._step(some, rate)
            if self.clock() - told > TELL_S:
                told = self.clock()
                self._tell((at + 1) / len(batches), told - began)
        return float(total) / len(batches)

    def _step(self, some: Tensor, rate: float) -> Tensor:
        batch = self.material.windows.batch(some)
        with cast(self.device, half=self.half):
            output = self.model(batch.x, batch.sigma)
        found = loss(self.spec, output, batch.r, batch.close)
        self.optimizer.zero_grad(set_to_none=True)
        found.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.spec.training.clip)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.step()
        return found.detach()

    def _validate(self) -> float:
        """The mean loss over the validation windows."""
        self.model.eval()
        total = torch.zeros((), device=self.device)
        with torch.inference_mode(), cast(self.device, half=self.half):
            for some in torch.from_numpy(self.material.validation).to(self.device).split(AT_ONCE):
                batch = self.material.windows.batch(some)
                total += loss(self.spec, self.model(batch.x, batch.sigma), batch.r, batch.close) * len(some)
        return float(total) / len(self.material.validation)

    def _refuse_divergence(self, trained: float, validated: float | None) -> None:
        whole = math.isfinite(trained) and (validated is None or math.isfinite(validated))
        if whole and all(bool(torch.isfinite(each).all()) for each in self.model.state_dict().values()):
            return
        paths(self.folder, self.key)[2].unlink(missing_ok=True)
        raise ForecastError(
            text(
                "{model} diverged in epoch {epoch}: its loss or its weights are no numbers any more.",
                model=self.spec.name,
                epoch=len(self.course.history) + 1,
            ),
            text("Look for prices that cannot be among those it learns from (allocator data status), or train another:"
                 " --seed."),
        )  # fmt: skip

    def _tell(self, share: float, spent: float) -> None:
        """Report whole epochs and a share of the next one, which has taken so many seconds."""
        whole, epochs = len(self.course.history), self.spec.training.epochs
        done = (whole + share) / epochs
        left = (self.course.seconds + spent) / done * (1 - done) if done else None
        last = self.course.history[-1] if whole else (None, None)
        self.report(Progress(self.key, min(epochs, whole + 1), epochs, done, last[0], last[1], left))

    def finish(self) -> Trained:
        """Forecast both ranges with the best weights, judge them, write both files, and forget the checkpoint."""
        path, where, unfinished = paths(self.folder, self.key)
        self.model.load_state_dict(self.course.weights)
        every = np.concatenate((self.material.validation, self.material.test))
        forecasts = forecast(self.model, self.material.windows, every, half=self.half)
        made = self._provenance(forecasts)
        forecasts.save(where)
        tensors = {name: value.detach().cpu().numpy() for name, value in self.model.state_dict().items()}
        weights.save(path, tensors, made)
        device = self.material.windows.rows.device
        shown = named(path, self.spec, self.material.features, self.material.columns, every, device)
        Answers.of(question_of(path, self.material.features, every), shown, forecasts).save(path)
        unfinished.unlink(missing_ok=True)
        return Trained(path, where, made)

    def _provenance(self, forecasts: Forecasts) -> Provenance:
        material, spec = self.material, self.spec
        validation = forecasts.within(*material.split.validation)
        scores = {
            name: score(part.mean, part.actual, part.t, horizon=spec.horizon).plain()
            for name, part in (("validation", validation), ("test", forecasts.within(*material.split.test)))
            if np.isfinite(part.actual).any()
        }
        at_bound = np.abs(validation.mean) > SATURATED * REACH * validation.sigma
        return Provenance(
            spec=spec,
            data=material.features.digest,
            names=material.scaler.names,
            split=material.split,
            code=allocator.__version__,
            torch=str(torch.__version__),  # a str of its own class, which another process would load torch to read
            precision="bfloat16" if self.half else "float32",
            windows=len(material.train),
            seconds=self.course.seconds,
            best=self.course.best,
            history=tuple(self.course.history),
            scores=scores,
            recalibration=_line(validation, spec.horizon),
            dead=material.dead,
            saturated=float(at_bound.mean()) if len(validation) else None,
            peak_bytes=peak_bytes(),
        )


def _line(validation: Forecasts, horizon: int) -> dict[str, float] | None:
    """The recalibration, where there are bars enough for one; an error that is infinite (no slope) is left out."""
    if len(np.unique(validation.t)) < LEAST_HOURS:
        return None
    fitted = recalibrate(validation.mean, validation.actual, validation.t, validation.sigma, horizon=horizon)
    return {name: value for name, value in asdict(fitted).items() if math.isfinite(value)}


def optimizer_of(spec: ModelSpec, model: torch.nn.Module) -> torch.optim.Optimizer:
    """AdamW in one fused kernel (a sixth of the time of the plain one on a CPU), or NAdam with the same decay."""
    plan = spec.training
    common = {"lr": plan.lr, "betas": (plan.beta1, plan.beta2), "weight_decay": plan.weight_decay}
    if plan.optimizer is Optimizer.ADAMW:
        return torch.optim.AdamW(model.parameters(), fused=True, **common)
    return torch.optim.NAdam(model.parameters(), decoupled_weight_decay=True, foreach=True, **common)


def _judged(losses: tuple[float, float | None]) -> float:
    trained, validated = losses
    return trained if validated is None else validated


def _silent(_: Progress) -> None:
    pass
