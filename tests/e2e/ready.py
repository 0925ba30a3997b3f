"""An interpreter that has the program imported already, and forks for each command that it is asked to run.

Starting Python and importing SQLAlchemy and numpy takes a second of a busy core, which a thousand commands of the tests
need not pay a thousand times. What runs is a process of its own all the same: its own streams, folder, environment
and end; and those that it starts are new ones.
"""

from __future__ import annotations

import atexit
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

MODULES = (
    "allocator.cli.entry", "allocator.cli.accounts", "allocator.cli.backing_up", "allocator.cli.data",
    "allocator.cli.dividends", "allocator.cli.filing", "allocator.cli.notifying", "allocator.cli.rebalancing",
    "allocator.cli.recommending", "allocator.cli.universe", "allocator.app.auto_targets", "allocator.store.migrate",
    "alembic.command", "sqlalchemy.dialects.sqlite",
)  # fmt: skip
EXTRA = (  # of the extras, which may not be installed
    "allocator.cli.backtesting", "allocator.cli.experimenting", "allocator.cli.forecasting", "allocator.cli.evolving",
    "allocator.cli.serving", "allocator.app.backtesting_leaks", "matplotlib.figure", "matplotlib.backends.backend_agg",
    "matplotlib.backends.backend_svg",
)  # fmt: skip
LENGTH = 8  # bytes that say how long a request is
ONLY = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}  # a fork takes no threads along


class Ready:
    """The client's side: one server for each process of pytest, which ends with it."""

    def __init__(self, env: Mapping[str, str]) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, __file__, str(theirs.fileno())],
                env={**env, **ONLY},
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
            )
        self._socket = ours

    def run(
        self, words: Sequence[str], *, cwd: Path, env: Mapping[str, str], stdin: str, timeout: float
    ) -> tuple[int, str, str]:
        """The exit code and both streams of `allocator WORDS`. Raises: `subprocess.TimeoutExpired`."""
        asked = json.dumps({"words": list(words), "cwd": str(cwd), "env": dict(env), "timeout": timeout}).encode()
        streams = [os.memfd_create(name) for name in ("stdin", "stdout", "stderr")]
        try:
            os.write(streams[0], stdin.encode())
            os.lseek(streams[0], 0, os.SEEK_SET)
            socket.send_fds(self._socket, [len(asked).to_bytes(LENGTH, "big")], streams)
            self._socket.sendall(asked)
            answer = self._socket.recv(LENGTH)
            code = int.from_bytes(answer, "big", signed=True)
            if code == TIMED_OUT:
                raise subprocess.TimeoutExpired(list(words), timeout)
            assert answer, "the server of commands has died"
            out, err = (os.pread(fd, os.fstat(fd).st_size, 0).decode() for fd in streams[1:])
            return code, out, err
        finally:
            for fd in streams:
                os.close(fd)


TIMED_OUT = 1000


def serve(connection: socket.socket) -> None:
    """One command after another, until the other side closes."""
    for name in MODULES:
        __import__(name)
    for name in EXTRA:
        with suppress(ImportError):
            __import__(name)
    while True:
        head, fds, _, _ = socket.recv_fds(connection, LENGTH, 3)
        if not head:
            return
        size, asked = int.from_bytes(head, "big"), b""
        while len(asked) < size:
            asked += connection.recv(size - len(asked))
        said = json.loads(asked)
        pid = os.fork()
        if not pid:
            connection.close()
            _become(said, fds)
        for fd in fds:
            os.close(fd)
        connection.sendall(_ended(pid, said["timeout"]).to_bytes(LENGTH, "big", signed=True))


def _ended(pid: int, timeout: float) -> int:
    last = time.monotonic() + timeout
    while time.monotonic() < last:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.005)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return TIMED_OUT


def _become(said: dict[str, object], fds: Sequence[int]) -> None:
    """The process of the command, to its end."""
    code = 70
    try:
        for number, fd in enumerate(fds):
            os.dup2(fd, number)
        os.environ.clear()
        os.environ.update(said["env"])  # type: ignore[arg-type]
        time.tzset()
        os.chdir(str(said["cwd"]))
        sys.argv = ["allocator", *said["words"]]  # type: ignore[misc]
        sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 -- as Python opens them at its start
        sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
        sys.stderr = open(2, "w", buffering=1, encoding="utf-8", closefd=False)  # noqa: SIM115
        code = sys.modules["allocator.cli"].main()
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 1
    finally:
        threading._shutdown()  # what Python does at its end, too
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
