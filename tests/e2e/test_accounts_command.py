"""`allocator accounts` as a person types it, over a store of its own."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from shell import ROOT, run

GUIDE = (ROOT / "docs" / "accounts.md").read_text(encoding="utf-8")
FILES = re.compile(r"^```ini\n; (\S+\.ini)\n((?:.*\n)*?)```$", re.MULTILINE)
EXAMPLES = re.compile(r"^```text\n\$ allocator (.*)\n((?:.*\n)*?)```$", re.MULTILINE)
QUOTES = "ticker,bid,ask,lot\nSBER,300,300.1,1\nLKOH,7000,7005,1\nGMKN,120,120.2,10\n"
Command = Callable[..., CompletedProcess[str]]


@pytest.fixture
def accounts(tmp_path: Path) -> Command:
    """Run `allocator accounts ...` beside the files of the guide, over a store in the same folder."""
    for name, content in FILES.findall(GUIDE):
        (tmp_path / name).write_text(content, encoding="utf-8")
    (tmp_path / "quotes.csv").write_text(QUOTES, encoding="utf-8")

    def command(*words: str, **env: str) -> CompletedProcess[str]:
        here = {"ALLOCATOR_STORE": str(tmp_path / "store.db"), "XDG_CONFIG_HOME": str(tmp_path), "HOME": str(tmp_path)}
        return run("accounts", *words, cwd=tmp_path, env={**here, **env})

    return command


def test_the_guide_shows_what_is_printed(accounts: Command) -> None:
    """The examples of docs/accounts.md, one after another, over a new store."""
    examples = EXAMPLES.findall(GUIDE)
    assert 4 == len(examples)
    for words, shown in examples:
        done = accounts(*shlex.split(words)[1:])
        assert (shown, "") == (done.stdout, done.stderr), words


def test_there_and_back(accounts: Command, tmp_path: Path) -> None:
    """What is exported and imported again is the same, word for word; a file in the way is not overwritten."""
    accounts("import", "broker.ini")
    accounts("export", "broker", "first.ini")
    assert "is as first.ini says already" in accounts("import", "first.ini", "--name", "broker").stdout
    assert "is there already" in accounts("export", "broker", "first.ini").stderr
    accounts("export", "--all", "second.ini")
    first, second = ((tmp_path / name).read_text(encoding="utf-8") for name in ("first.ini", "second.ini"))
    assert first.split("\n", 1)[1] == second.split("\n", 1)[1]


def test_an_import_again_is_a_trade(accounts: Command, tmp_path: Path) -> None:
    """The log has what changed, in the language that was asked for."""
    accounts("import", "broker.ini")
    path = tmp_path / "broker.ini"
    path.write_text(path.read_text(encoding="utf-8").replace("600", "500"), encoding="utf-8")
    accounts("import", "broker.ini")
    shown = accounts("show", "broker", "--lang", "ru").stdout
    assert "версия 2" in shown
    assert re.search(r"SBER +600 +500 +-100$", shown, re.MULTILINE)
    found = json.loads(accounts("show", "broker", "--json").stdout)
    assert ("SBER", 600, 500, "traded") == tuple(
        found["changes"][-1][key] for key in ("ticker", "before", "after", "kind")
    )


def test_what_is_excluded_is_not_bought(accounts: Command) -> None:
    """By no account, whatever the targets say; until it is taken back."""
    accounts("import", "broker.ini")
    said = "Not to be bought: SBER.\nWanted, though not to be bought: SBER.\n"
    assert said == accounts("exclude", "sber").stdout

    def bought() -> list[str]:
        split = json.loads(accounts("rebalance", "--quotes", "quotes.csv", "--json").stdout)["accounts"]
        return [deal["asset"] for each in split["accounts"] for deal in each["deals"] if deal["lots"] > 0]

    assert "SBER" not in bought()
    assert "Nothing is excluded" in accounts("exclude", "SBER", "--undo").stdout
    assert "SBER" in bought()


def test_json(accounts: Command) -> None:
    """Each account and the whole, with a split that adds up."""
    accounts("import", "broker.ini")
    accounts("import", "pension.ini", "--name", "Pension")
    found = json.loads(accounts("--json").stdout)
    assert [("broker", 1), ("Pension", 1)] == [(each["name"], each["version"]) for each in found["accounts"]]
    assert [640, 22, 10.5] == [each["units"] for each in found["all"]["holdings"]]
    assert {"horizon": 1, "age": 0.0} == {key: found["pace"][key] for key in ("horizon", "age")}
    split = json.loads(accounts("rebalance", "--quotes", "quotes.csv", "--json").stdout)["accounts"]
    for each in split["accounts"]:
        assert each["cash_after"] == pytest.approx(each["cash_before"] + sum(deal["cash"] for deal in each["deals"]))
        assert each["cash_after"] >= 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("show", "nobody"), "There is no account nobody. Import one: allocator accounts import FILE.ini"),
        (("export", "x.ini"), "Type: allocator accounts export NAME FILE.ini"),
        (("export", "--all", "x.ini"), "no asset is held or wanted"),
        (("import", "broker.ini", "--name", "a/b"), "without slashes"),
        (("exclude", "СБЕR"), "the ticker mixes alphabets"),
        (("rebalance",), "no asset is held or wanted"),
    ],
)
def test_mistakes_are_told(accounts: Command, words: tuple[str, ...], said: str) -> None:
    """What is wrong and what to type next; the exit code is that of a wrong command line."""
    done = accounts(*words)
    assert (2, "") == (done.returncode, done.stdout)
    assert said in done.stderr
