"""`allocator dividends` as a person types it, over a store of its own."""

from __future__ import annotations

import gzip
import json
import re
import shlex
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from shell import ROOT, one_line, run

GUIDE = re.compile(r"^```text\n\$ allocator (.*)\n((?:.*\n)*?)```$", re.MULTILINE)
LKOH = ("LKOH", "2022-12-21")
Command = Callable[..., CompletedProcess[str]]


@pytest.fixture
def dividends(tmp_path: Path) -> Command:
    """Run `allocator dividends ...` over a store in a temporary folder."""

    def command(*words: str, **env: str) -> CompletedProcess[str]:
        here = {"ALLOCATOR_STORE": str(tmp_path / "store.db"), "XDG_CONFIG_HOME": str(tmp_path), "HOME": str(tmp_path)}
        return run("dividends", *words, cwd=tmp_path, env={**here, **env})

    return command


def test_the_guide_shows_what_is_printed(dividends: Command) -> None:
    """The examples of docs/dividends.md, one after another, over a new store."""
    examples = GUIDE.findall((ROOT / "docs" / "dividends.md").read_text(encoding="utf-8"))
    assert len(examples) >= 5
    for words, shown in examples:
        assert shown == dividends(*shlex.split(words)[1:]).stdout, words


@pytest.fixture(scope="module")
def unchanged(tmp_path_factory: pytest.TempPathFactory) -> Command:
    """Likewise, over one store for all who change nothing; what ships is in it."""
    folder = tmp_path_factory.mktemp("unchanged")
    env: dict[str, str | None] = {"ALLOCATOR_STORE": str(folder / "store.db"), "XDG_CONFIG_HOME": str(folder)}

    def command(*words: str) -> CompletedProcess[str]:
        return run("dividends", *words, cwd=folder, env=env)

    command("list", "LKOH")
    return command


def test_a_new_store_knows_what_ships(dividends: Command) -> None:
    """Said once, on stderr; no network is needed."""
    first, second = dividends("list", *LKOH[:1]), dividends("list", *LKOH[:1])
    assert (0, 0) == (first.returncode, second.returncode)
    assert first.stderr.startswith("the data that ships with the program is in the store: ")
    assert ("", first.stdout) == (second.stderr, second.stdout)
    assert "2022-12-21  2022-12-20" in first.stdout


def test_json_and_csv(unchanged: Command) -> None:
    """The same rows in three forms."""
    words = ("list", "LKOH", "--from", "2022-01-01", "--to", "2022-12-31")
    (row,) = json.loads(unchanged(*words, "--json").stdout)["dividends"]
    assert ("LKOH", "2022-12-21", "2022-12-20", 793, "RUB", "shipped", True, True, None) == tuple(row.values())
    assert unchanged(*words, "--csv").stdout == (
        "ticker,record_date,ex_date,amount,currency,source,counts,disputed,yield\n"
        "LKOH,2022-12-21,2022-12-20,793,RUB,shipped,1,1,\n"
    )


def test_a_portfolio(dividends: Command, tmp_path: Path) -> None:
    """Income of what is held, before and after tax."""
    (tmp_path / "p.ini").write_text("[have]\nLKOH = 10\n[want]\nLKOH = 100%\n", encoding="utf-8")
    done = dividends("list", "--portfolio", "p.ini", "--from", "2022-01-01", "--to", "2022-12-31", "--json")
    found = json.loads(done.stdout)
    assert {"RUB": {"before_tax": 7930, "after_tax": 6899.1}} == found["income"]
    assert [10] == [row["units"] for row in found["dividends"]]


def test_there_and_back(dividends: Command, tmp_path: Path) -> None:
    """A change, its backup, and the way back."""
    dividends("add", *LKOH, "1")
    (backup,) = (tmp_path / "backups").iterdir()
    assert b"LKOH,2022-12-21,793,RUB,shipped" in gzip.decompress(backup.read_bytes())
    assert str(backup) in dividends("restore").stdout
    assert 0 == dividends("restore", str(backup)).returncode
    assert "793" in dividends("list", "LKOH", "--from", "2022-12-01", "--to", "2022-12-31").stdout
    assert 2 == len(list((tmp_path / "backups").iterdir()))


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("list", "SBRE"), 2, "SBRE: the store has no such ticker. Did you mean SBER?"),
        (("list", "--from", "2024-02-30"), 2, "Write it as 2024-02-15"),
        (("list", "--from", "2024-02-02", "--to", "2024-01-01"), 2, "--from 2024-02-02 is after --to 2024-01-01."),
        (("list", "--json", "--csv"), 2, "--json and --csv do not go together."),
        (("list", "--portfolio", "none.ini"), 3, "none.ini"),
        (("add", "LKOH", "yesterday", "1"), 2, "'yesterday' is no day. Write it as 2026-07-18."),
        (("add", "LKOH", "2022-12-21", "1,5"), 2, "Write 1.5: the decimal separator is a point."),
        (("add", "LKOH", "2022-12-21", "many"), 2, "many is not a number"),
        (("add", "LKOH", "2022-12-21", "1", "--currency", "rouble"), 2, "is no currency"),
        (("add", "SBRE", "2022-12-21", "1"), 2, "Did you mean SBER?"),
        (("remove", "LKOH", "2022-12-22"), 2, "Record dates nearby: 2022-12-21"),
        (("restore", "none.csv.gz"), 1, "none.csv.gz cannot be read: No such file or directory."),
        (("list", "--store", "."), 1, "."),
    ],
)
def test_mistakes(unchanged: Command, words: tuple[str, ...], code: int, said: str) -> None:
    """One line on stderr with the next thing to type, and the exit code of the table."""
    done = unchanged(*words)
    assert (code, "") == (done.returncode, done.stdout)
    assert one_line(done.stderr), done.stderr
    assert said in done.stderr


def test_a_damaged_backup(dividends: Command, tmp_path: Path) -> None:
    """Names the line; the store stays as it is."""
    dividends("backup", "mine.csv.gz")
    content = gzip.decompress((tmp_path / "mine.csv.gz").read_bytes()).replace(b",793,", b",7,")
    (tmp_path / "mine.csv").write_bytes(content)
    done = dividends("restore", "mine.csv")
    assert 1 == done.returncode
    assert re.search(r"mine\.csv:\d+: the checksum is of other lines: the file was changed\.", done.stderr)
    assert "793" in dividends("list", "LKOH", "--from", "2022-12-01", "--to", "2022-12-31").stdout


def test_a_folder_that_cannot_hold_backups(dividends: Command, tmp_path: Path) -> None:
    """Nothing changes without a way back."""
    dividends("list", "LKOH")
    (tmp_path / "backups").write_text("in the way")
    done = dividends("add", *LKOH, "1")
    assert 1 == done.returncode
    assert "Nothing was changed" in done.stderr
    assert "manual" not in dividends("list", "LKOH").stdout


def test_without_a_command_the_help(dividends: Command) -> None:
    """On stderr, as a mistake of the command line."""
    done = dividends()
    assert (2, "") == (done.returncode, done.stdout)
    assert "Put in a dividend by hand" in done.stderr


def test_help_is_quick(tmp_path: Path) -> None:
    """No library is loaded for it."""
    from test_imports import loaded  # noqa: PLC0415 -- beside this file

    assert set() == loaded(tmp_path, "dividends", "list", "--help")
