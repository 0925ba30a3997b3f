"""Panels, splits and findings: small nouns, their few promises."""

from datetime import date, datetime
from fractions import Fraction

import numpy as np

from allocator.core.bars import Interval
from allocator.core.finding import Fault, Finding
from allocator.core.instrument import Split
from allocator.core.panel import Panel
from allocator.core.text import text


def test_panel_gives_a_field_by_its_name():
    """times x tickers, under the names asked for."""
    close = np.array([[1.0, 2.0]])
    times = np.array(["2024-01-03"], dtype="datetime64[s]")
    panel = Panel(Interval.DAY, times, ("GAZP", "SBER"), {"close": close}, ~np.isnan(close))
    assert close is panel["close"]
    assert (1, 2) == panel.shape


def test_factor_of_a_split_is_what_earlier_prices_are_multiplied_by():
    """1:100 makes earlier prices a hundredth, 5000:1 makes them 5000 times; exactly."""
    assert Fraction(1, 100) == Split("GMKN", date(2024, 4, 8), 1, 100, "iss").factor
    assert Fraction(5000) == Split("VTBR", date(2024, 7, 15), 5000, 1, "iss").factor


def test_finding_waits_for_a_person():
    """What is found is not accepted by itself; equal findings are equal."""
    when = datetime(2024, 1, 3)
    one, other = (Finding("SBER", Interval.DAY, when, Fault.JUMP, text("{x}", x=1)) for _ in range(2))
    assert not one.accepted
    assert one == other
