"""`allocator password`, as a person runs it."""

from __future__ import annotations

import os
import pty
import subprocess
from pathlib import Path

import pytest
from shell import COMMAND, PATIENCE_S, environment, one_line, run

from allocator.app.passwords import matches


def test_the_hash_of_the_standard_input_is_printed(tmp_path: Path) -> None:
    """Where nobody types, the first line is the password; stdout is the hash alone."""
    done = run("password", cwd=tmp_path, stdin="correct horse\n")
    assert 0 == done.returncode
    assert matches("correct horse", done.stdout.rstrip("\n"))
    assert "horse" not in done.stdout + done.stderr


def test_the_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    """Others cannot read it; one that is there is kept, but for --force, and then it is the owner's alone too."""
    path = tmp_path / "hash"
    path.write_text("mine")
    path.chmod(0o644)
    refused = run("password", "hash", cwd=tmp_path, stdin="correct horse\n")
    assert (2, "mine") == (refused.returncode, path.read_text())
    assert one_line(refused.stderr)
    done = run("password", "hash", "--force", cwd=tmp_path, stdin="correct horse\n")
    assert 0 == done.returncode
    assert "password = file:hash" in done.stdout
    assert 0o600 == path.stat().st_mode & 0o777
    assert matches("correct horse", path.read_text().rstrip("\n"))


def test_a_folder_that_is_not_there_is_made(tmp_path: Path) -> None:
    """A newcomer has none for settings yet; it is the owner's alone."""
    done = run("password", "config/allocator/password", cwd=tmp_path, stdin="correct horse\n")
    assert (0, "") == (done.returncode, done.stderr)
    folder = tmp_path / "config" / "allocator"
    assert 0o700 == folder.stat().st_mode & 0o777
    assert matches("correct horse", (folder / "password").read_text().rstrip("\n"))


@pytest.mark.parametrize("stdin", ["", "\n", "short\n"])
def test_what_is_no_password_is_refused(tmp_path: Path, stdin: str) -> None:
    """Nothing, or too little, makes no file; the line says what to do."""
    done = run("password", "hash", cwd=tmp_path, stdin=stdin)
    assert 2 == done.returncode
    assert one_line(done.stderr)
    assert not (tmp_path / "hash").exists()


@pytest.mark.parametrize(("second", "code"), [("correct horse", 0), ("another horse", 2)])
def test_a_person_is_asked_twice_without_an_echo(tmp_path: Path, second: str, code: int) -> None:
    """What is typed at a terminal does not appear on it, and two different passwords are none."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, "password", "hash"], cwd=tmp_path, stdin=theirs, stdout=theirs, stderr=theirs, env=environment(),
        start_new_session=True,
    )  # fmt: skip
    os.close(theirs)
    shown = b""
    for asked, typed in ((b"Password: ", "correct horse"), (b"again: ", second)):
        while asked not in shown:
            shown += os.read(ours, 1000)
        os.write(ours, f"{typed}\n".encode())
    assert code == process.wait(PATIENCE_S)
    try:
        while more := os.read(ours, 1000):
            shown += more
    except OSError:  # the end of a terminal
        pass
    os.close(ours)
    assert b"horse" not in shown
    assert (code == 0) is (tmp_path / "hash").exists()
