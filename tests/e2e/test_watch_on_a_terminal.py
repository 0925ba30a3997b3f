"""--watch as a person sees it, on a pseudo-terminal, and as a program reads it."""

from __future__ import annotations

import json
import os
import re
import select
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from shell import INI, PATIENCE_S, PRICES, environment, popen, write

pytestmark = pytest.mark.skipif(os.name != "posix", reason="a pseudo-terminal of POSIX")


class Terminal:
    """A pseudo-terminal with the command on it; `screen` is all that came so far."""

    def __init__(self, *words: str, cwd: Path, env: dict[str, str | None] | None = None) -> None:
        self.master, slave = os.openpty()
        self.process = popen(
            *words,
            cwd=cwd,
            env={"TERM": "xterm", **(env or {})},
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            preexec_fn=_controlling_terminal,
        )
        os.close(slave)
        self.screen = ""

    def until(self, words: str, *, count: int = 1) -> str:
        """Read until this has come so many times."""
        deadline = time.monotonic() + PATIENCE_S
        while self.screen.count(words) < count:
            left = deadline - time.monotonic()
            assert left > 0, f"{words!r} did not come:\n{self.screen}"
            if select.select([self.master], [], [], left)[0]:
                self.screen += self._read()
        return self.screen

    def _read(self) -> str:
        try:
            return os.read(self.master, 65536).decode("utf-8", "replace")
        except OSError as error:
            raise AssertionError(f"the command has ended:\n{self.screen}") from error

    def press(self, keys: bytes) -> None:
        os.write(self.master, keys)

    def end(self) -> int:
        """Wait for the end, reading what is left; the exit code."""
        deadline = time.monotonic() + PATIENCE_S
        while self.process.poll() is None and time.monotonic() < deadline:
            if select.select([self.master], [], [], 0.05)[0]:
                try:
                    self.screen += self._read()
                except AssertionError:
                    break
        return self.process.wait(PATIENCE_S)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(PATIENCE_S)
        os.close(self.master)


def _controlling_terminal() -> None:
    """Make the pseudo-terminal the one whose Ctrl-C reaches the command."""
    import fcntl  # noqa: PLC0415 -- not on Windows
    import termios  # noqa: PLC0415

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


@pytest.fixture
def terminals() -> Iterator[list[Terminal]]:
    opened: list[Terminal] = []
    yield opened
    for terminal in opened:
        terminal.close()


def test_it_redraws_in_place_and_ends_with_ctrl_c(tmp_path: Path, terminals: list[Terminal]) -> None:
    """Frames are drawn one over the other; new prices show; Ctrl-C ends the watch with exit code 0."""
    write(tmp_path)
    terminal = Terminal("p.ini", "--watch", "1", cwd=tmp_path)
    terminals.append(terminal)
    terminal.until("Next look in 1 s", count=1)
    write(tmp_path, prices=PRICES.replace("289.82,289.83", "300.25,300.5"))
    terminal.until("300.25")
    terminal.press(b"\x03")
    assert 0 == terminal.end()
    assert "Traceback" not in terminal.screen
    assert 1 == terminal.screen.count("\x1b[2J")
    assert 2 <= terminal.screen.count("\x1b[H")


def test_it_survives_lost_quotes_and_a_file_being_edited(tmp_path: Path, terminals: list[Terminal]) -> None:
    """The last table stands with its age and the reason; then everything is well again."""
    path = write(tmp_path)
    terminal = Terminal("p.ini", "--watch", "1", cwd=tmp_path)
    terminals.append(terminal)
    terminal.until("Next look")
    (tmp_path / "prices.csv").unlink()
    terminal.until("NO NEWS: the last answer is 0:0")
    assert "prices.csv" in terminal.screen.rpartition("NO NEWS")[2]
    write(tmp_path)
    path.write_text(INI + "modle = LAD\n", encoding="utf-8")
    terminal.until("modle")
    path.write_text(INI + "model = LSAPPROX\n", encoding="utf-8")
    terminal.until("Model LSAPPROX")
    os.kill(terminal.process.pid, signal.SIGTERM)
    assert 0 == terminal.end()


def test_colours_and_their_refusal(tmp_path: Path, terminals: list[Terminal]) -> None:
    """A terminal gets green and red, unless --no-color or $NO_COLOR says no."""
    write(tmp_path)
    painted = Terminal("p.ini", cwd=tmp_path)
    refused = Terminal("p.ini", "--no-color", cwd=tmp_path)
    by_environment = Terminal("p.ini", cwd=tmp_path, env={"NO_COLOR": "1"})
    terminals += [painted, refused, by_environment]
    for terminal in terminals:
        terminal.until("Optimal")
        assert 0 == terminal.end()
    assert "\x1b[32m" in painted.screen
    assert "\x1b" not in refused.screen + by_environment.screen


def test_a_sign_of_life(tmp_path: Path, terminals: list[Terminal], iss) -> None:
    """After a second of waiting a line turns on the terminal, and leaves nothing behind."""
    write(tmp_path)
    iss.today()
    iss.fail("slow", 1)
    terminal = Terminal("p.ini", "--provider", "MOEX", cwd=tmp_path, env={"ALLOCATOR_ISS_URL": iss.url})
    terminals.append(terminal)
    terminal.until("asking MOEX for quotes (1 s)")
    iss.exchange.released.set()
    terminal.until("Optimal")
    assert 0 == terminal.end()
    assert re.search(r"\r +\rAsset", terminal.screen)


def test_a_program_gets_a_line_for_each_look(tmp_path: Path) -> None:
    """In a pipe --watch --json writes one object a line; troubles go to stderr and repeat nothing."""
    write(tmp_path)
    with popen(
        "p.ini", "--watch", "1", "--json", cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        looks = [json.loads(process.stdout.readline()) for _ in range(2)]
        (tmp_path / "prices.csv").unlink()
        assert process.stderr.readline().startswith("NO NEWS")
        assert "prices.csv" in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE_S)
    assert looks[0]["rows"] == looks[1]["rows"]
    assert 0 == process.returncode


def test_a_file_gets_one_table_after_another(tmp_path: Path) -> None:
    """Not on a terminal nothing is redrawn: no control codes, a blank line between tables."""
    write(tmp_path)
    with popen("p.ini", "--watch", "1", cwd=tmp_path, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        seen = ""
        while seen.count("Asset") < 2:
            seen += process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=PATIENCE_S)
    assert "\n\nAsset" in seen
    assert "\x1b" not in seen
    assert 0 == process.returncode


def test_the_first_look_must_succeed(tmp_path: Path) -> None:
    """A watch that cannot begin ends with the exit code of its reason."""
    process = popen("missing.ini", "--watch", "1", cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    process.communicate(timeout=PATIENCE_S)
    assert 3 == process.returncode


def test_the_environment_of_these_tests_is_the_repositorys() -> None:
    """The command under test is the one of this checkout."""
    assert str(Path(__file__).parents[2]) in environment()["PYTHONPATH"]
