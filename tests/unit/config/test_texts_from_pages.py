"""A text that came from a page names no file of this machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from allocator import config
from allocator.config.backtest_file import parse_backtest
from allocator.config.reading import read_nothing
from allocator.core.errors import ConfigError

PATH = Path("portfolio.ini")


@pytest.mark.parametrize("named", ["/etc/passwd", ".", "..", "no/such/file.ini", "portfolio.ini", "/dev/zero"])
def test_extending_a_file_is_refused_in_the_same_words_whatever_it_is(named: str) -> None:
    """Neither the content of a file nor whether it is there can be learnt by a text that extends it."""
    with pytest.raises(ConfigError) as refused:
        config.parse(f"[file]\nextends = {named}\n[want]\nSBER = 100%\n", PATH, read=read_nothing)
    [(message, hint)] = refused.value.lines
    assert f"portfolio.ini:2: [file] extends: {PATH.parent / named}: a text from a page reads no file" in str(message)
    assert "Paste the lines of that file here instead." == str(hint)


BACKTEST = "[backtest]\nfrom = 2018-01-01\n{line}\n[strategy one]\nkind = targets\ntargets = {targets}\n"


@pytest.mark.parametrize(
    ("line", "targets", "at"),
    [
        ("portfolio = /etc/passwd", "SBER 100%", "backtest.ini:3: [backtest] portfolio"),
        ("cash rate = /etc/passwd", "SBER 100%", "backtest.ini:3: [backtest] cash rate"),
        ("cash = 1000", "/etc/passwd", "backtest.ini:6: [strategy one] targets"),
        ("cash = 1000", "here.ini", "backtest.ini:6: [strategy one] targets"),
    ],
)
def test_a_backtest_of_a_page_names_no_file(line: str, targets: str, at: str) -> None:
    """Each key that may name a file is refused at its line, and the file is not opened."""
    with pytest.raises(ConfigError) as refused:
        parse_backtest(BACKTEST.format(line=line, targets=targets), Path("backtest.ini"), files=False)
    [(message, _)] = refused.value.lines
    assert f"{at}: a text from a page reads no file of this machine." == str(message)


def test_a_backtest_without_files_is_the_same_either_way() -> None:
    """The rule takes nothing else away."""
    content = BACKTEST.format(line="cash rate = 7%", targets="SBER 60%, GAZP 40%")
    path = Path("backtest.ini")
    assert parse_backtest(content, path) == parse_backtest(content, path, files=False)
