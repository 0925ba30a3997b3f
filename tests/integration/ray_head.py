"""Ray on this machine as if on another: a head on the loopback, met through its server of clients."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from e2e.shell import environment

PATIENCE_S = 120.0
CPUS = 2


@contextmanager
def head() -> Iterator[str]:
    """The address for clients; at the end everything that was started is gone."""
    folder = Path(tempfile.mkdtemp(prefix="rayt-"))  # a short path: Ray's sockets lie in it
    port = free_port()
    command = [
        str(Path(sys.executable).parent / "ray"), "start", "--head", "--block", "--port=0",
        "--node-ip-address=127.0.0.1", f"--ray-client-server-port={port}", f"--num-cpus={CPUS}",
        "--object-store-memory=80000000", "--include-dashboard=false", "--disable-usage-stats", f"--temp-dir={folder}",
    ]  # fmt: skip
    os.environ["RAY_AUTH_TOKEN"] = "ab" * 32  # who shows none is turned away
    env = environment(
        TMPDIR=str(folder),  # where features are unpacked
        RAY_AUTH_MODE="token",
        RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER="0",  # by which it keeps to the loopback
        RAY_USAGE_STATS_ENABLED="0",
        RAY_CLIENT_SERVER_CHECK_CHANNEL_TIMEOUT_S="60",  # a machine that runs many tests is slow to start a server
        GRPC_ENABLE_FORK_SUPPORT="0",  # its handlers may kill the server of a client where that is forked
    )
    with (folder / "said.txt").open("w") as said:
        process = subprocess.Popen(command, env=env, stdout=said, stderr=said, cwd=folder)
    try:
        wait_for(port, process, folder / "said.txt")
        yield f"ray://127.0.0.1:{port}"
    finally:
        process.terminate()  # it ends all that it started
        process.wait(PATIENCE_S)
        left = [pid for pid, words in processes() if str(folder) in words]
        shutil.rmtree(folder, ignore_errors=True)
    assert [] == left


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as one:
        return int(one.getsockname()[1])


def wait_for(port: int, process: subprocess.Popen[bytes], said: Path) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    pytest.fail(f"Ray did not start: {said.read_text()}", pytrace=False)


def processes() -> Iterator[tuple[int, str]]:
    """Each process of this machine with its command line."""
    for place in Path("/proc").glob("[0-9]*"):
        try:
            yield int(place.name), (place / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue


def children(pid: int) -> list[int]:
    """The processes that a process has started."""
    return [other for other, _ in processes() if parent(other) == pid]


def parent(pid: int) -> int:
    """Who started a process; 0 when it is gone."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def ray_workers() -> list[int]:
    """The processes of Ray that do a task of this program's, below this process: no other test's."""
    return [pid for pid, words in processes() if words.startswith("ray::run") and ours(pid)]


def ours(pid: int) -> bool:
    """Whether this process started it, itself or through others."""
    while pid > 1 and pid != os.getpid():
        pid = parent(pid)
    return pid == os.getpid()
