"""Ctrl-C and SIGTERM at every moment of a run: quiet, with the codes that shells give them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from shell import PATIENCE_S, environment, write

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")

# The command `allocator WORDS`, to which a signal comes as it begins to import its N-th module; 0 counts them.
STOPPED = """
import os, sys
from allocator.cli import main
number, stop = int(sys.argv[1]), int(sys.argv[2])

class Imports:
    count = 0

    def find_spec(self, name, path=None, target=None):
        Imports.count += 1
        if Imports.count == number:
            os.kill(os.getpid(), stop)

sys.argv = ["allocator", *sys.argv[3:]]
sys.meta_path.insert(0, Imports())
code = main()
sys.exit(code if number else f"imports: {Imports.count}")
"""


def stopped(folder: Path, number: int, stop: signal.Signals, *words: str) -> subprocess.CompletedProcess[str]:
    """The end of `allocator WORDS` that got the signal at its N-th import."""
    command = [sys.executable, "-c", STOPPED, str(number), str(int(stop)), *words]
    env = environment(ALLOCATOR_LANG="ru")
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=PATIENCE_S, check=False)


@pytest.mark.parametrize("words", [("--help",), ("p.ini",)])
def test_a_stop_while_modules_load(words: tuple[str, ...], tmp_path: Path) -> None:
    """From the first import to the last, of click, of a command's body or of numpy: no traceback, 130 or 143."""
    write(tmp_path)
    counted = stopped(tmp_path, 0, signal.SIGINT, *words).stderr
    last = int(counted.rsplit("imports: ", 1)[1])
    for number in (1, 2, *(max(3, last * part // 5) for part in range(1, 5)), last):
        for stop in (signal.SIGINT, signal.SIGTERM):
            done = stopped(tmp_path, number, stop, *words)
            assert (128 + stop, False) == (done.returncode, "Traceback" in done.stderr), (number, done.stderr)


def test_background_jobs_ignore_what_they_are_told_to(tmp_path: Path) -> None:
    """Where a script started it deaf to Ctrl-C, as with `nohup` or `&`, it stays so."""
    write(tmp_path)
    deaf = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\n" + STOPPED
    command = [sys.executable, "-c", deaf, "9", str(int(signal.SIGINT)), "p.ini"]
    done = subprocess.run(
        command, cwd=tmp_path, env=environment(), capture_output=True, timeout=PATIENCE_S, check=False
    )
    assert (0, b"") == (done.returncode, done.stderr)
