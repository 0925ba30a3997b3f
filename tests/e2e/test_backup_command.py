"""`allocator backup` and `allocator restore` as a person types them."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from e2e.shell import COMMAND, PATIENCE_S, environment, one_line, run

from allocator.core.instrument import Instrument, Kind
from allocator.store import open_store

HOME = {"ALLOCATOR_STORE": "store.db", "ALLOCATOR_CONFIG": None, "ALLOCATOR_LANG": "en"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a store of one instrument."""
    with open_store(str(tmp_path / "store.db")) as store, store.transaction() as transaction:
        transaction.instruments.put([Instrument("SBER", Kind.SHARE)])
    return tmp_path


def tickers(folder: Path) -> list[str]:
    with open_store(str(folder / "store.db")) as store, store.reading() as transaction:
        return [each.ticker for each in transaction.instruments.all()]


def add(folder: Path, ticker: str) -> None:
    with open_store(str(folder / "store.db")) as store, store.transaction() as transaction:
        transaction.instruments.put([Instrument(ticker, Kind.SHARE)])


def test_there_and_back(folder: Path) -> None:
    """A backup, a change, a restore: the change is gone, and in a backup of its own."""
    done = run("backup", "one.backup", cwd=folder, env=HOME)
    assert (0, "") == (done.returncode, done.stderr)
    assert f"{folder / 'one.backup'}: 1 row, " in done.stdout
    add(folder, "GAZP")
    done = run("restore", "one.backup", "--yes", "--json", cwd=folder, env=HOME)
    assert (0, "") == (done.returncode, done.stderr)
    document = json.loads(done.stdout)
    assert (1, 2) == (document["rows"]["instruments"], document["before"]["instruments"])
    assert ["SBER"] == tickers(folder)
    done = run("restore", document["kept"], "--yes", "--discard", "--lang", "ru", cwd=folder, env=HOME)
    assert "2 строки" in done.stdout
    assert ["GAZP", "SBER"] == sorted(tickers(folder))


def test_a_day_and_a_list(folder: Path) -> None:
    """The second one of a day is only made when it is asked for; the list has all."""
    first = run("backup", cwd=folder, env=HOME)
    assert (0, "") == (first.returncode, first.stderr)
    assert "allocator backup --again" in run("backup", cwd=folder, env=HOME).stdout
    assert json.loads(run("backup", "--again", "--json", cwd=folder, env=HOME).stdout)["fresh"]
    listed = json.loads(run("restore", "--json", cwd=folder, env=HOME).stdout)
    assert [1, 1] == [sum(each["rows"].values()) for each in listed["backups"]]
    assert all(each["file"] in run("restore", cwd=folder, env=HOME).stdout for each in listed["backups"])


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["restore", "one.backup"], 2, "Add --yes"),
        (["restore", "--yes"], 2, "No FILE to restore"),
        (["restore", "absent.backup", "--yes"], 1, "cannot be read"),
        (["restore", "cut.backup", "--yes"], 1, "Nothing was changed"),
        (["restore", "cut.backup", "--check"], 1, "Nothing was changed"),
        (["restore", "letter.txt", "--yes"], 2, "is no backup of a store"),
        (["backup", "letter.txt"], 2, "--force"),
        (["backup", "one.backup", "--again"], 2, "Leave out FILE, or --again"),
        (["backup", "--store", "absent.db"], 1, "there is no store yet"),
    ],
)
def test_what_is_refused(folder: Path, words: list[str], code: int, said: str) -> None:
    """In one line, with what to type; and nothing has changed."""
    run("backup", "one.backup", cwd=folder, env=HOME)
    (folder / "cut.backup").write_bytes((folder / "one.backup").read_bytes()[:-9])
    (folder / "letter.txt").write_text("Dear", encoding="utf-8")
    before = sorted(each.name for each in folder.iterdir())
    done = run(*words, cwd=folder, env=HOME)
    assert (code, "") == (done.returncode, done.stdout)
    assert one_line(done.stderr), done.stderr
    assert said in done.stderr
    assert before == sorted(each.name for each in folder.iterdir())
    assert ["SBER"] == tickers(folder)


def test_a_damaged_backup_makes_no_store(folder: Path) -> None:
    """Where there was none."""
    (folder / "cut.backup").write_bytes(b"allocator backup 1\n{}\n")
    done = run("restore", "cut.backup", "--yes", "--store", "new/store.db", cwd=folder, env=HOME)
    assert 1 == done.returncode
    assert not (folder / "new").exists()


def test_a_person_is_asked(folder: Path) -> None:
    """On a terminal, what is about to happen is said first; anything but yes changes nothing."""
    pty = pytest.importorskip("pty")
    run("backup", "one.backup", cwd=folder, env=HOME)
    add(folder, "GAZP")
    asked, refused = on_terminal(pty, folder, "n\n")
    assert "holds 2 rows; all of it is replaced" in asked
    assert 1 == refused
    assert 2 == len(tickers(folder))
    assert 0 == on_terminal(pty, folder, "y\n")[1]
    assert ["SBER"] == tickers(folder)


def on_terminal(pty, folder: Path, answer: str) -> tuple[str, int]:
    """What a restore says to a person who gives this answer, and its exit code."""
    main, side = pty.openpty()
    os.write(main, answer.encode())
    done = subprocess.run(
        [*COMMAND, "restore", "one.backup"],
        cwd=folder,
        env=environment(**HOME),
        stdin=side,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    os.close(side)
    os.close(main)
    return done.stderr, done.returncode
