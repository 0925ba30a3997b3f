"""Whatever is fed to the reader: a portfolio or a `ConfigError`, nothing else, and soon."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from allocator.config import parse
from allocator.config.reading import LARGEST
from allocator.core.errors import ConfigError
from allocator.core.portfolio import Portfolio

VALID = """\
[file]
[have]
SBER = 600.5
GMKN = 3
[want]
SBER = 60%  ; of the rest
TQTF:SBGB = 35 %
GMKN = 2
LKOH = auto
[commission]
SBER = 1 + 0.05%
[trade]
GMKN = keep
[lot]
SBER = 10
[cash]
have = 50 000.25
want = 5%
withdraw = 1_000
[options]
use all cash = yes
max deals = 4
provider = FILE Quotes.csv
model = lsapprox
time limit = 2.5
gap = 0.01%
[forecast]
risk aversion = 2.5
horizon = 5
minimum agreement = 60%
cap = 80%
shrink = off
fallback = keep
maximum age = 3
"""


def answer(content: str | bytes) -> Portfolio | ConfigError:
    def read(path: Path) -> bytes:
        raise FileNotFoundError(path)

    try:
        return parse(content, Path("mine.ini"), read=read)
    except ConfigError as error:
        refusal = error
    for message, hint in refusal.lines:
        assert b"\n" not in f"{message}{hint}".encode()  # which also shows that it can be printed
    return refusal


@given(st.text())
@example("[have]\n\ud800 = 1")
def test_any_text_is_answered(content):
    """Text of any characters, lone surrogates too."""
    answer(content)


@given(st.binary())
def test_any_bytes_are_answered(content):
    """Bytes of no encoding at all."""
    answer(content)


@given(st.lists(st.text("[]=;#%., \t\n\r_:+-eE019haveSBER\u00a0\"'"), max_size=30).map("\n".join))
def test_any_lines_of_the_grammar_are_answered(content):
    """Text made of the characters that mean something here."""
    answer(content)


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """The valid file with one stretch of it replaced by something else."""
    start = draw(st.integers(0, len(VALID)))
    end = draw(st.integers(start, min(len(VALID), start + 12)))
    words = st.sampled_from([*VALID.split(), "1e400", "nan", "-1", "1,5", "[have]", "extends = x.ini", "\0", "=", "%"])
    return VALID[:start] + draw(st.one_of(words, st.text(max_size=8))) + VALID[end:]


@given(mutated())
def test_a_valid_file_with_one_mutation_is_answered(content):
    """Read, or refused with a place."""
    found = answer(content)
    if isinstance(found, ConfigError):
        assert all(str(message).startswith("mine.ini") for message, _ in found.lines)


def test_the_file_that_is_mutated_is_valid():
    """Otherwise the mutations would prove little."""
    assert isinstance(answer(VALID), Portfolio)


@pytest.mark.parametrize(
    "unit",
    [
        "a=\n",
        "a" + " " * 990 + "b\n",
        "a" + " " * 490 + "b" + " " * 490 + "=\n",
        "[a]\n",
        "[" * 900 + "\n",
        "[x" + "] ;" * 300 + "\n",
        "a = " + ";" * 990 + "\n",
        "a = " + "1 " * 490 + "x\n",
        "a = " + "1+" * 490 + "\n",
        "\n",
        ";\n",
        " " * 5000 + "\n",
    ],
    ids=lambda unit: unit[:8].strip() or "blank",
)
@pytest.mark.parametrize("section", ["[have]\n", "[commission]\n", "[options]\n"])
def test_the_largest_file_of_any_kind_is_answered(unit, section):
    """No line makes the reader's time grow faster than the file; a quadratic one would take minutes here."""
    answer((section + unit * (LARGEST // len(unit)))[:LARGEST])
