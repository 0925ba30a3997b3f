"""How the shares of `auto` assets came about, as text and as JSON."""

from __future__ import annotations

import math
from datetime import datetime
from decimal import Decimal

from allocator.core.portfolio import Fallback
from allocator.report import dumps
from allocator.report.auto import AutoShare, AutoShares, auto_document, auto_text

D = Decimal
SHARES = AutoShares(
    (
        AutoShare("SBER", D("0.366944"), D("40.26151719"), D("30.071"), 0.3, 0.2, 0.4, 1.0, 0.25, -0.0281, 0.479),
        AutoShare("GMKN", D(0), D("12.95"), D("1174.384"), -0.05, math.nan, math.nan, 0.6, 0.35, -0.0000001, 0.169),
        AutoShare("NEW", D("0.05"), D(5), D(0)),
    ),
    (),
    D(5),
    21,
    as_of=datetime(2026, 11, 20),
    models=5,
    bars_ahead=5,
    kept=0.125,
)
WITHOUT = AutoShares((AutoShare("SBER", D("0.4"), D(80), D("1.5")),), (), D("2.5"), 21, fallback=Fallback.KEEP)


def test_as_a_table(golden):
    """Blank where there is no forecast; sums under what can be summed; no minus before a zero."""
    golden("auto-shares-en.txt", auto_text(SHARES) + "\n\n" + auto_text(WITHOUT) + "\n")
    golden("auto-shares-ru.txt", auto_text(SHARES, lang="ru") + "\n\n" + auto_text(WITHOUT, lang="ru") + "\n")


def test_as_an_object():
    """Every digit; null for what nobody knows."""
    found = auto_document(SHARES)
    assert {"as_of": "2026-11-20T00:00:00", "models": 5, "horizon": 5, "kept": 0.125} == found["forecast"]
    assert "40.26151719" in dumps(found)
    assert '"lower": null' in dumps(found)
    shares = found["shares"]
    assert isinstance(shares, list)
    assert ["SBER", "GMKN", "NEW"] == [each["asset"] for each in shares]
    assert {"mean": None, "risk": None, "percent": D(5)}.items() <= shares[2].items()
    assert (None, "KEEP", D("2.5")) == tuple(
        auto_document(WITHOUT)[key] for key in ("forecast", "fallback", "risk_aversion")
    )


def test_what_all_are_given():
    """The sum of the percentages."""
    assert D("58.21151719") == SHARES.percent
