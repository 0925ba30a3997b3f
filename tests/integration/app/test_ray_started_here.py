"""A Ray that is started for one command: it works, keeps to itself, and leaves nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from e2e.shell import environment
from integration.ray_head import processes

pytestmark = [
    pytest.mark.skipif(find_spec("ray") is None, reason="the extra `ray` is not installed"),
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="processes and ports are looked for in /proc"),
]

SCRIPT = """
import json, os, sys
from pathlib import Path
from allocator.app.spreading import executor
from allocator.core.errors import AllocatorError

def listening():
    "(IPv4, IPv6) addresses, as the kernel writes them, with ports."
    rows = [line.split() for name in ("tcp", "tcp6") for line in Path(f"/proc/net/{name}").read_text().splitlines()[1:]]
    return {row[1] for row in rows if row[3] == "0A"}

if __name__ == "__main__":
    before = listening()
    with executor("ray:1") as pool:
        said = pool.submit(divmod, 7, 2).result(), pool.submit(os.getenv, "OMP_NUM_THREADS").result()
        opened = listening() - before
        try:
            pool.submit(os._exit, 3).result()
        except AllocatorError as error:
            died = str(error)
    print(json.dumps([said, sorted(opened), died]))
"""
LOOPBACK = ("0100007F:", "0000000000000000FFFF00000100007F:")


def test_it_keeps_to_itself_and_leaves_nothing(tmp_path: Path):
    """Only the loopback is listened on; the streams have the answer alone though a worker died; no process, no token
    in the user's folder and no file of it is left."""
    script, home = tmp_path / "script.py", tmp_path / "home"
    home.mkdir()
    script.write_text(SCRIPT)
    before = folders()
    done = subprocess.run(
        [sys.executable, str(script)], env=environment(HOME=str(home), RAY_AUTH_TOKEN=None),
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert (0, "") == (done.returncode, done.stderr)
    said, opened, died = json.loads(done.stdout)
    assert [[3, 1], "1"] == said
    assert opened
    assert [] == [address for address in opened if not address.startswith(LOOPBACK)]
    assert "A worker process of Ray was ended, or its machine was lost." == died
    assert [] == [words for _, words in processes() if "/tmp/ray-" in words]
    assert [] == list(home.iterdir())
    assert before == folders()


def folders() -> set[Path]:
    """Where a Ray that is started keeps its sockets and logs."""
    return set(Path("/tmp").glob("ray-*"))
