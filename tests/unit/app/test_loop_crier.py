"""What the console of the server hears of."""

from __future__ import annotations

from datetime import UTC, datetime

from allocator.app.loop.crier import Crier
from allocator.app.loop.events import StepEnded
from allocator.core.text import Text, text
from allocator.store.events import DONE, FAILED, SKIPPED

AT = datetime(2026, 11, 20, tzinfo=UTC)


def test_a_failure_is_said_once_and_its_end_once() -> None:
    """Whatever lies between; what never failed is not praised."""
    said: list[Text] = []
    crier = Crier(said.append)
    for step, outcome in (
        ("forecast", DONE),
        ("refresh", FAILED),
        ("refresh", FAILED),
        ("refresh", SKIPPED),
        ("refresh", DONE),
        ("refresh", DONE),
        ("refresh", FAILED),
    ):
        crier.ended(StepEnded(step, AT, AT, outcome, text("no network")))
    expected = ["Refresh failed: no network", "Refresh works again.", "Refresh failed: no network"]
    assert expected == [str(each) for each in said]
