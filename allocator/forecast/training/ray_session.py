"""Ray itself, behind the few words that are spoken with it: quiet, bounded in time, its errors in words."""

from __future__ import annotations

import logging
import os
import secrets
import shutil
import socket
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import Enum
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from allocator.core.text import text
from allocator.core.workers import HERE, Workers
from allocator.forecast.training.pool import cores
from allocator.forecast.training.ray_box import box
from allocator.forecast.training.ray_errand import there
from allocator.forecast.training.ray_errors import ClusterError, unreachable

SLOW = "Starting Ray client server failed"
REASON = "Received when checking init: "
REACH_S = 5.0  # for a connection to be accepted
STORE_BYTES = 256 << 20  # of a Ray that is started here: features are read from their files, only results pass through
QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0",  # it tells nobody that it was used
    "RAY_CLIENT_INITIAL_CONNECTION_TIMEOUT_S": "5",  # three attempts
    "RAY_CLIENT_MAX_CONNECTION_TIMEOUT_S": "5",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "RAY_DEDUP_LOGS_SKIP_REGEX": ".",  # what it would print on stdout of workers that died, where the answer belongs
    "GRPC_VERBOSITY": "NONE",
    "GRPC_ENABLE_FORK_SUPPORT": "0",  # its handlers of a fork kill Ray's processes now and then
}
MODE, TOKEN, TOKEN_PATH = "RAY_AUTH_MODE", "RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH"
LOOPBACK = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}  # by which Ray keeps to 127.0.0.1, as it does on those systems


class Failure(Enum):
    """Its process was ended for memory, stopped, or lost with or without its machine; or it met another program."""

    MEMORY = "memory"
    STOPPED = "stopped"
    LOST = "lost"
    FOREIGN = "foreign"


class Session:
    """A connection to Ray; for one thread. Raises: `ClusterError`."""

    def __init__(self, workers: Workers) -> None:
        self._where = workers
        self._folder: Path | None = None
        self._ray = _library(here=workers.address == HERE)
        if self._ray.is_initialized():
            raise ClusterError(text("This process is connected with Ray already."))
        try:
            if workers.address == HERE:
                self._start(workers.count or cores())
            else:
                _reach(workers)
                self._connect(workers.address or "")
            self._run = self._remote()
            self.processors = int(self._ray.cluster_resources().get("CPU", 0))
        except BaseException as error:
            self.close()
            raise unreachable(error, workers) from error
        if not self.processors and workers.count is None:
            self.close()
            raise ClusterError(
                text("{address}: Ray has no machine with a processor to give.", address=workers.address),
                text("Type there: ray start --address=HEAD:6379"),
            )

    def put(self, content: bytes) -> Any:  # noqa: ANN401 -- a reference of Ray's
        """Keep bytes where every machine can get them, for as long as the reference lives."""
        return self._ray.put(content)

    def box(self) -> Any:  # noqa: ANN401
        """A `ray_box.box` on some machine."""
        return self._ray.remote(num_cpus=0)(box()).remote()

    def run(self, *arguments: object) -> Any:  # noqa: ANN401
        """Start `ray_errand.there` on some machine: a reference to what it will give."""
        return self._run.remote(*arguments)

    def ready(self, refs: list[Any], seconds: float) -> list[Any]:
        """Those of the references that are there, as soon as there is one."""
        if not refs:
            return []
        found, _ = self._ray.wait(refs, num_returns=1, timeout=seconds)
        return list(found)

    def get(self, ref: Any, seconds: float | None = None) -> Any:  # noqa: ANN401
        return self._ray.get(ref, timeout=seconds)

    def cancel(self, ref: Any) -> None:  # noqa: ANN401
        """Kill the process that works on this."""
        with suppress(Exception):
            self._ray.cancel(ref, force=True)

    def close(self) -> None:
        """Part; a Ray that was started here is ended."""
        with suppress(Exception):
            self._ray.shutdown()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def lost(self, error: BaseException) -> bool:
        """Whether this error is one of the connection, and all else would meet it, too."""
        grpc = sys.modules.get("grpc")
        broken = (ConnectionError, grpc.RpcError) if grpc else (ConnectionError,)
        return isinstance(error, broken)

    def failure(self, error: BaseException) -> Failure:
        """What became of a task that gave nothing, when it is not its own fault."""
        known = self._ray.exceptions
        if isinstance(error, known.OutOfMemoryError):
            return Failure.MEMORY
        if isinstance(error, known.TaskCancelledError):
            return Failure.STOPPED
        always = known.RayTaskError, known.RuntimeEnvSetupError, known.TaskUnschedulableError
        if isinstance(error, always) or not isinstance(error, known.RayError):
            return Failure.FOREIGN
        return Failure.LOST

    def _remote(self) -> Any:  # noqa: ANN401
        """What is lost is begun anew by who asked, from where it was then; Ray would do it from its beginning."""
        return self._ray.remote(num_cpus=1, max_retries=0)(there())

    def _connect(self, address: str) -> None:
        """Ray starts a server for each client, and gives it half a minute; a busy machine needs another try."""
        try:
            with _overheard():
                self._ray.init(address, log_to_driver=False, logging_level=logging.CRITICAL)
        except ConnectionError as error:
            if SLOW not in str(error):
                raise
            self._ray.init(address, log_to_driver=False, logging_level=logging.CRITICAL)

    def _start(self, count: int) -> None:
        """A Ray for this process alone: on the loopback, without its web page, gone with the process."""
        short = "/tmp" if Path("/tmp").is_dir() else None  # noqa: S108 -- mkdtemp's; paths of sockets have 107 bytes
        self._folder = Path(tempfile.mkdtemp(prefix="ray-", dir=short))
        self._ray.init(
            "local",
            num_cpus=count,
            object_store_memory=STORE_BYTES,
            include_dashboard=False,
            log_to_driver=False,
            logging_level=logging.CRITICAL,
            _temp_dir=str(self._folder),
            _node_ip_address="127.0.0.1",
        )


def _library(*, here: bool) -> Any:  # noqa: ANN401 -- a module without types
    """Ray, told to be quiet before it is loaded, which is when it listens. Raises: `ClusterError`."""
    for name, value in (QUIET | LOOPBACK | _locked() if here else QUIET | _unlocked()).items():
        os.environ.setdefault(name, value)
    warnings.filterwarnings("ignore", module=r"ray(\..*)?$")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = import_module("ray")
            if not here:
                import_module("grpc")
    except ImportError as error:
        name = error.name or "ray"
        raise ClusterError(
            text("Work is spread over machines with {library}, which is not installed.", library=name.split(".")[0]),
            text('With the Python that runs allocator: python -m pip install "ray[client]"'),
        ) from error
    for name in ("ray", "ray.util.client"):  # the second for itself, as a connection sets the first to another level
        logging.getLogger(name).setLevel(logging.CRITICAL)
    logging.getLogger("ray.util.client.logsclient").disabled = True  # that one it sets, too
    return found


def _locked() -> dict[str, str]:
    """Nobody else of this machine may use the Ray that is started: a token for it alone, written nowhere."""
    return {MODE: "token", TOKEN: secrets.token_hex(32)}


def _unlocked() -> dict[str, str]:
    """A token is shown where the user has one, as Ray's own commands do; its server of clients asks for it then."""
    known = any(os.environ.get(name) for name in (TOKEN, TOKEN_PATH)) or (Path.home() / ".ray" / "auth_token").exists()
    return {MODE: "token"} if known else {}


@contextmanager
def _overheard() -> Iterator[None]:
    """Why a server turned a client away, which Ray says to its log only. Raises: `ConnectionError` with that."""
    said: list[str] = []
    logger = logging.getLogger("ray.util.client.worker")
    listener = logging.Handler()
    listener.emit = lambda record: said.append(record.getMessage())  # type: ignore[method-assign]
    level, propagate = logger.level, logger.propagate
    logger.addHandler(listener)
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    try:
        yield
    except ConnectionError as error:
        reasons = [each.removeprefix(REASON) for each in said if each.startswith(REASON)]
        raise ConnectionError(reasons[-1] if reasons else str(error)) from error
    finally:
        logger.removeHandler(listener)
        logger.setLevel(level)
        logger.propagate = propagate


def _reach(workers: Workers) -> None:
    """Raises: `ClusterError` when nobody listens at the address; Ray itself would try for a minute."""
    there = urlsplit(workers.address or "")
    try:
        socket.create_connection((there.hostname or "", there.port or 0), timeout=REACH_S).close()
    except OSError as error:
        reason = text("it takes too long") if isinstance(error, TimeoutError) else error.strerror or error
        raise ClusterError(
            text("{address}: nobody answers there: {reason}.", address=workers.address, reason=reason),
            text(
                "Correct the address, or type there: ray start --head --ray-client-server-port={port}", port=there.port
            ),
        ) from error
