"""The command as a person runs it: another process, real streams, real files."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cache
from pathlib import Path

from e2e.ready import Ready

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "allocator"]
SPECIAL = {"PYTHONPATH", "PYTHONIOENCODING", "PYTHONUTF8", "LC_ALL", "PYTHONWARNINGS"}  # read at the start of Python
PATIENCE_S = 300.0  # before a test is surely broken: torch alone may load for half a minute on a busy machine

PRICES = "ticker,bid,ask,lot\nSBER,289.82,289.83,10\nLKOH,7288,7288.5,1\nLQDT,1.3462,1.3463,1\n"
INI = """
[have]
SBER = 100
[want]
SBER = 50%
LKOH = 50%
[cash]
have = 100 000
[options]
commission = 0.05%
provider = FILE prices.csv
"""


@cache
def ready() -> Ready:
    """The interpreter that has everything imported."""
    return Ready(environment())


def environment(**more: str | None) -> dict[str, str]:
    """This process's environment, with the repository on the path of modules; None takes a variable away."""
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    merged: dict[str, str | None] = {**os.environ, "PYTHONPATH": path, **more}
    return {name: value for name, value in merged.items() if value is not None}


def run(
    *words: str | Path, cwd: Path, stdin: str = "", env: dict[str, str | None] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run `allocator WORDS` in a folder and wait for its end."""
    command, settings = [*COMMAND, *map(str, words)], environment(**(env or {}))
    if sys.platform == "linux" and SPECIAL.isdisjoint(env or ()):
        asked = command[len(COMMAND) :]
        return subprocess.CompletedProcess(
            command, *ready().run(asked, cwd=cwd, env=settings, stdin=stdin, timeout=PATIENCE_S)
        )
    return subprocess.run(
        command,
        cwd=cwd,
        env=settings,
        input=stdin,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=PATIENCE_S,
        check=False,
    )


def one_line(stderr: str) -> bool:
    """Whether stderr is a single line of this program's, and no traceback."""
    return stderr.startswith("allocator: ") and stderr.count("\n") == 1


def write(folder: Path, ini: str = INI, prices: str = PRICES) -> Path:
    """A portfolio file beside its prices."""
    (folder / "prices.csv").write_text(prices, encoding="utf-8")
    path = folder / "p.ini"
    path.write_text(ini, encoding="utf-8")
    return path


def popen(*words: str | Path, cwd: Path, env: dict[str, str | None] | None = None, **more: object) -> subprocess.Popen:
    return subprocess.Popen([*COMMAND, *map(str, words)], cwd=cwd, env=environment(**(env or {})), **more)  # type: ignore[call-overload, no-any-return]
