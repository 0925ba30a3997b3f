"""`[file] extends`: files laid over each other."""

from __future__ import annotations

import os
from decimal import Decimal
from pathlib import Path

import pytest

from allocator.config import parse
from allocator.core.errors import ConfigError
from allocator.core.portfolio import Model, Percent, Portfolio, Provider, Units

D = Decimal


def parsed(first: str, **others: str) -> Portfolio:
    """The portfolio of `mine.ini` beside files of these names."""
    files = {Path(f"folder/{name}.ini"): content.encode() for name, content in others.items()}

    def read(path: Path) -> bytes:
        if path not in files:
            raise FileNotFoundError(path)
        return files[path]

    return parse(first, Path("folder/mine.ini"), read=read)


def mistakes(first: str, **others: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        parsed(first, **others)
    return [str(message).replace(os.sep, "/") for message, _ in caught.value.lines]


def test_the_base_holds_where_the_file_is_silent():
    """Key by key, in every section; the file's own assets come first."""
    portfolio = parsed(
        "[file]\nextends = base.ini\n[have]\nC = 7\n[want]\nB = 70%\n[options]\nmodel = LAD\n",
        base="[want]\nA = 30%\nB = 50%\n[options]\nmodel = LSAPPROX\nmax deals = 3\n[cash]\nhave = 5\n",
    )
    expected = [("C", D(7), Units(D(0))), ("B", D(0), Percent(D(70))), ("A", D(0), Percent(D(30)))]
    assert expected == [(asset.ticker, asset.have, asset.target) for asset in portfolio.assets]
    assert (Model.LAD, 3, D(5)) == (portfolio.options.model, portfolio.options.max_deals, portfolio.cash.have)


def test_a_file_can_take_a_limit_of_its_base_away():
    """`max deals = 0` is a word, not silence."""
    assert (
        parsed(
            "[file]\nextends = base.ini\n[have]\nA = 1\n[options]\nmax deals = 0\n", base="[options]\nmax deals = 3\n"
        ).options.max_deals
        is None
    )


def test_two_names_are_one_key_across_files():
    """The file's `provider` overrides the base's `market info provider`."""
    portfolio = parsed(
        "[file]\nextends = base.ini\n[have]\nA = 1\n[options]\nprovider = MOEX\n",
        base="[options]\nmarket info provider = YAHOO FINANCE\n",
    )
    assert Provider("MOEX") == portfolio.options.provider


def test_a_chain_of_bases_is_followed():
    """The nearest file that speaks is believed."""
    portfolio = parsed(
        "[file]\nextends = one.ini\n[have]\nA = 1\n",
        one="[file]\nextends = two.ini\n[cash]\nhave = 1\n",
        two="[cash]\nhave = 2\nwithdraw = 3\n",
    )
    assert (D(1), D(3)) == (portfolio.cash.have, portfolio.cash.withdraw)


def test_paths_belong_to_the_file_that_they_stand_in(tmp_path):
    """A base in another folder names its quotes, and its own base, from there."""
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "one.ini").write_text("[file]\nextends = two.ini\n", encoding="utf-8")
    (tmp_path / "base" / "two.ini").write_text("[options]\nprovider = FILE q.csv\n", encoding="utf-8")
    portfolio = parse('[file]\nextends = "base/one.ini"\n[have]\nA = 1\n', tmp_path / "mine.ini")
    assert Provider("FILE", tmp_path / "base" / "q.csv") == portfolio.options.provider


def test_mistakes_name_the_file_that_they_stand_in():
    """First those of the file, then those of its base."""
    expected = [
        "folder/mine.ini:4: [have] A: x is not a number.",
        "folder/base.ini:2: [cash] have: y is not a number.",
    ]
    assert expected == mistakes("[file]\nextends = base.ini\n[have]\nA = x\n", base="[cash]\nhave = y\n")


def test_a_value_of_the_base_that_is_overridden_need_not_be_right():
    """Nobody reads it."""
    assert (
        D(5)
        == parsed("[file]\nextends = base.ini\n[have]\nA = 1\n[cash]\nhave = 5\n", base="[cash]\nhave = y\n").cash.have
    )


@pytest.mark.parametrize("others", [{}, {"base": "[file]\nextends = mine.ini\n"}, {"base": "[file]\nextends=base.ini"}])
def test_a_missing_base_and_a_circle_are_one_mistake_each(others):
    """Nothing is concluded from what the base would have said."""
    (said,) = mistakes("[file]\nextends = base.ini\n[trade]\nA = keep\n[want]\nB = 50%\n", **others)
    assert "[file] extends: folder/" in said


def test_the_missing_base_is_named():
    """At the line that asks for it."""
    expected = ["folder/mine.ini:2: [file] extends: folder/none.ini: there is no such file."]
    assert expected == mistakes("[file]\nextends = none.ini\n[have]\nA = 1\n")


def test_a_chain_has_an_end():
    """Files that extend each other without end are refused, even if each has another name."""
    others = {f"f{i}": f"[file]\nextends = f{i + 1}.ini\n" for i in range(100)}
    (said,) = mistakes("[file]\nextends = f0.ini\n[have]\nA = 1\n", **others)
    assert "16 files extend one another" in said


@pytest.mark.skipif(os.name == "nt", reason="links are a privilege there")
def test_a_link_to_itself_is_a_circle(tmp_path):
    """Another name of the same file does not hide it."""
    mine = tmp_path / "mine.ini"
    mine.write_text("[file]\nextends = other.ini\n[have]\nA = 1\n", encoding="utf-8")
    (tmp_path / "other.ini").symlink_to(mine)
    with pytest.raises(ConfigError, match="circle"):
        parse(mine.read_bytes(), mine)
