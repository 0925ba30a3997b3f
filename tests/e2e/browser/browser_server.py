"""`allocator serve` as a person starts it: another process, a free port of the loopback."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

ROOT = Path(__file__).parents[3]
START_S = 60.0  # before a server is surely broken


@contextmanager
def serving(store: Path, exchange: str, *options: str, loop: bool = False) -> Iterator[str]:
    """The command as a person starts it, on a free port, until the end of the block."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "allocator", "serve", "--port", str(port), "--store", str(store)]
    command += options if loop else ("--no-loop", *options)
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    env = {**os.environ, "PYTHONPATH": path, "ALLOCATOR_ISS_URL": exchange}
    said = (store.parent / "said.txt").open("w+", encoding="utf-8")
    with said, subprocess.Popen(command, env=env, cwd=store.parent, stdout=said, stderr=said) as process:
        try:
            yield _ready(process, f"http://127.0.0.1:{port}", Path(said.name))
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                raise


def _ready(process: subprocess.Popen[bytes], url: str, said: Path) -> str:
    """The URL, once it answers."""
    deadline = time.monotonic() + START_S
    while True:
        try:
            with requests.Session() as session:
                session.trust_env = False
                session.get(f"{url}/static/icon.svg", timeout=10)
        except requests.ConnectionError:
            assert process.poll() is None, said.read_text(encoding="utf-8")
            assert time.monotonic() < deadline, "the server does not answer"
            time.sleep(0.05)
        else:
            return url
