"""Pure functions in processes of this machine: the same answers, one thread each, and nobody left behind."""

from __future__ import annotations

import math
import operator
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from e2e.shell import ROOT, environment

from allocator.app.spreading import executor
from allocator.core.errors import AllocatorError, UsageError

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals, and a server that forks")


def test_answers_and_errors_are_the_functions_own():
    """In the order of what was asked, whichever process was quicker; an error is that of its call alone."""
    with executor(2) as pool:
        assert [math.sqrt(n) for n in range(20)] == list(pool.map(math.sqrt, range(20)))
        wrong, right = pool.submit(math.sqrt, -1), pool.submit(pow, 2, exp=5)
        with pytest.raises(ValueError, match="math domain"):
            wrong.result()
        assert 32 == right.result()


def test_each_is_single_threaded():
    """Linear algebra is told so before it is loaded: two threads beside a busy core are slower than one."""
    with executor(1) as pool:
        assert ["1", "1", "1"] == [
            pool.submit(os.getenv, name).result()
            for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
        ]


def test_a_process_that_dies_is_told_in_words():
    """What was at work and what waits says so; nothing hangs."""
    with executor(1) as pool:
        died, waits = pool.submit(os._exit, 3), pool.submit(math.sqrt, 4)
        for each in (died, waits):
            with pytest.raises(AllocatorError, match=r"ended before its work was done.*fewer workers"):
                each.result()


def test_workers_that_cannot_be_are_refused():
    """With what to type."""
    with pytest.raises(UsageError, match=r"rays is neither .* Type --workers 4"):
        executor("rays")


def test_stopped_it_leaves_no_thread():
    """One that still closed pipes at Python's end would end in a traceback there; what waits is cancelled."""
    before = threading.enumerate()
    with pytest.raises(KeyboardInterrupt), executor(1) as pool:  # noqa: PT012
        pool.submit(os.getpid).result()
        waits = [pool.submit(time.sleep, 60) for _ in range(20)]
        raise KeyboardInterrupt
    assert {*threading.enumerate()} <= {*before}
    assert waits[-1].cancelled()


SUPERVISOR = """
import os, sys, time
from allocator.app.spreading import executor

def pid(_):
    time.sleep(0.1)
    return os.getpid()

if __name__ == "__main__":
    try:
        with executor(2) as pool:
            begun = set()
            while len(begun) < 2:
                begun |= set(pool.map(pid, range(4)))
            print(*begun, flush=True)
            [each.result() for each in [pool.submit(time.sleep, 600) for _ in range(4)]]
    except KeyboardInterrupt:
        print("stopped", flush=True)
"""


@pytest.mark.parametrize(("number", "said"), [(signal.SIGINT, "stopped\n"), (signal.SIGKILL, "")])
def test_nobody_outlives_the_supervisor(tmp_path: Path, number: signal.Signals, said: str):
    """Neither Ctrl+C, which the terminal sends to all of them, nor a kill by force leaves a process or a traceback."""
    script = tmp_path / "supervisor.py"
    script.write_text(SUPERVISOR)
    with subprocess.Popen(
        [sys.executable, str(script)], env=environment(), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, start_new_session=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stderr is not None
        workers = [int(word) for word in process.stdout.readline().split()]
        assert workers
        time.sleep(1)  # it waits for what it submitted; Python may keep a lock where it is stopped on the way there
        send = operator.methodcaller("killpg" if number is signal.SIGINT else "kill", process.pid, number)
        send(os)
        assert said == process.stdout.read()  # to the end of the pipe, which comes when its last writer is gone
        assert "Traceback" not in process.stderr.read()
    assert [] == [pid for pid in workers if lives(pid)]


def lives(pid: int) -> bool:
    """A process that has ended, and that nobody has asked how, does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] != "Z"
    except OSError:
        return False
