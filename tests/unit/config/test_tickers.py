"""What may name an asset."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.config import BadValueError, ticker


@pytest.mark.parametrize(
    ("expected", "raw"),
    [
        ("SBER", "sber"),
        ("TQTF:FXRU", "tqtf:fxru"),
        ("BRK.B", "BRK.b"),
        ("BTC-USD", "btc-usd"),
        ("^GSPC", "^gspc"),
        ("USD000UTSTOM", "USD000UTSTOM"),
        ("CNYRUB_TOM", "cnyrub_tom"),
        ("0700.HK", "0700.hk"),
        ("M&M.NS", "M&M.NS"),
        ("BRK/B", "brk/b"),
        ("ЗОЛОТО", "Золото"),
        ("A" * 40, "a" * 40),
    ],
)
def test_a_ticker_is_read_in_upper_case(expected, raw):
    """Boards, share classes, indices, currencies, and names of one's own."""
    assert expected == ticker(raw)


@pytest.mark.parametrize(
    ("expected", "raw"),
    [
        ("a space does not belong", "SBER P"),
        ("! does not belong", "SBER!"),
        (r"\\u200b does not belong", "SBER\u200b"),
        ("mixes alphabets: Latin SBR, Cyrillic Е", "SBЕR"),
        ("at most 40 characters", "A" * 41),
        ("not a ticker", "TQBR:"),
        ("not a ticker", ":SBER"),
        ("not a ticker", "A:B:C"),
        ("not a ticker", ".SBER"),
        ("not a ticker", ""),
    ],
)
def test_what_is_no_ticker_is_refused_with_its_reason(expected, raw):
    """The odd character is named, even one that cannot be seen."""
    with pytest.raises(BadValueError, match=expected):
        ticker(raw)


@given(st.text())
def test_any_text_is_a_ticker_or_a_bad_value(raw):
    """A ticker that is read reads the same again."""
    try:
        name = ticker(raw)
    except BadValueError:
        return
    assert name == ticker(name)
