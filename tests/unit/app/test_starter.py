from __future__ import annotations

from pathlib import Path

import pytest

from allocator import config
from allocator.app.starter import Line, Starter, write
from allocator.core.errors import UsageError
from allocator.report import LANGUAGES, render


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_first_file_is_in_order(lang: str) -> None:
    """It is read without a finding, in each language; every section of the format is in it."""
    content = Starter().content(lambda comment: render(comment, lang))
    portfolio = config.parse(content, Path("first.ini"))
    assert 4 == len(portfolio.assets)
    assert () == portfolio.notes
    sections = {"[want]", "[have]", "[cash]", "[trade]", "[commission]", "[options]"}
    assert sections == {line for line in content.splitlines() if line.startswith("[")}


def test_each_setting_that_is_commented_out_is_in_order_too() -> None:
    """Taking the semicolon off a setting gives a valid file."""
    content = Starter().content(str)
    lines = content.splitlines()
    for at, line in enumerate(lines):
        if line.startswith("; ") and " = " in line:
            config.parse("\n".join([*lines[:at], line[2:], *lines[at + 1 :]]), Path("first.ini"))


def test_what_was_answered_stands_in_the_file() -> None:
    """Assets, cash, fee and source as they were given."""
    answers = Starter([Line("BND", "100%", "4.5")], cash="7", commission="1 + 0.3%", provider="YAHOO FINANCE")
    portfolio = config.parse(answers.content(str), Path("first.ini"))
    assert ["BND"] == [asset.ticker for asset in portfolio.assets]
    assert ("4.5", "7") == (str(portfolio.assets[0].have), str(portfolio.cash.have))
    assert "YAHOO FINANCE" == portfolio.options.provider.name


def test_a_file_is_not_overwritten_by_mistake(tmp_path: Path) -> None:
    """A file that is there stays as it is, unless forced."""
    path = tmp_path / "p.ini"
    write("mine", path, force=False)
    with pytest.raises(UsageError, match="--force"):
        write("other", path, force=False)
    assert "mine" == path.read_text(encoding="utf-8")
    write("other", path, force=True)
    assert "other" == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["no/such/folder.ini", ".", "a\0b"])
def test_a_place_that_takes_no_file(name: str, tmp_path: Path) -> None:
    """The error names the path and the reason."""
    with pytest.raises(UsageError, match=r"cannot be written|is there already"):
        write("", tmp_path / name, force=False)
    with pytest.raises(UsageError, match="cannot be written"):
        write("", tmp_path / name, force=True)
