"""The process that trains or asks one model, and exits. Only it loads torch."""

from __future__ import annotations

import os
import signal
import threading
import time
from multiprocessing.connection import Connection, wait
from multiprocessing.process import parent_process

import numpy as np
import torch
import torch._dynamo  # the first optimiser of a process loads it, for seconds: the server does so once for all workers

import allocator.forecast.quiet  # noqa: F401 -- for what importing it does
from allocator.core.errors import ForecastError
from allocator.core.text import text
from allocator.forecast.features import load
from allocator.forecast.training.jobs import Ask, Job
from allocator.forecast.training.loop import train
from allocator.forecast.training.memory import keep_freed_memory
from allocator.forecast.training.model import device_of, predict


def main(job: Job, to: Connection) -> None:
    """Do the job; send `Progress` on the way, and at the end what came of it or the `ForecastError` that stopped it."""
    _behave()
    try:
        to.send(_do(job, to))
    except ForecastError as error:
        to.send(error)
    except MemoryError:
        to.send(ForecastError(text("There is not enough memory for {model}.", model=job.name)))
    except torch.OutOfMemoryError:
        to.send(ForecastError(text("There is not enough memory on the device for {model}.", model=job.name)))


def _do(job: Job, to: Connection) -> object:
    if job.device != "cpu":
        torch.use_deterministic_algorithms(mode=True, warn_only=True)  # on a CPU all that is used here is so already
    features = load(job.arrays, verify=False)  # the supervisor, who wrote them or verified them, pays for that once
    if isinstance(job, Ask):
        return predict(job.weights, features, np.asarray(job.ends, dtype=np.int64), device_of(job.device))
    return train(job.spec, features, job.split, job.folder, clock=time.monotonic, device=job.device, report=to.send)


def _behave() -> None:
    """One thread, reproducible sums, no answer to Ctrl+C (the supervisor decides), no life without the supervisor."""
    torch.set_num_threads(1)
    torch.set_num_interop_threads(1)
    torch.set_flush_denormal(True)
    keep_freed_memory()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_exit_with_parent, daemon=True).start()


def _exit_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
