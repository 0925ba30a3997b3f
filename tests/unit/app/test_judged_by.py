"""What prices are judged by is read for the papers that were asked for, under all names that they had."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from allocator.app.judging import Known
from allocator.core.instrument import Dividend, Instrument, Kind, Rename
from allocator.store import Transaction, open_store


@pytest.fixture
def transaction(tmp_path: Path) -> Iterator[Transaction]:
    """YNDX became YDEX after its first dividend; SBER paid, too."""
    with open_store(str(tmp_path / "store.db")) as store, store.transaction() as found:
        found.instruments.put([Instrument(each, Kind.SHARE) for each in ("YNDX", "YDEX", "SBER")])
        found.renames.put([Rename("YNDX", "YDEX", date(2024, 7, 24))])
        paid = ("YNDX", date(2023, 5, 2)), ("YDEX", date(2025, 4, 28)), ("SBER", date(2025, 7, 18))
        found.dividends.put([Dividend(ticker, day, Decimal(80), "RUB", "manual") for ticker, day in paid])
        yield found


@pytest.mark.parametrize("asked", ["YDEX", "YNDX"])
def test_a_paper_has_paid_under_all_its_names(transaction: Transaction, asked: str) -> None:
    """Whichever of them is asked for; what others paid is not read."""
    known = Known.of(transaction, [asked])
    days = [each.record_date for each in known.paid(asked)]
    assert [date(2023, 5, 2), date(2025, 4, 28)] == days
    assert [each.record_date for each in known.paid("YDEX")] == days
    assert () == known.paid("SBER")


def test_it_is_that_of_all_papers_together(transaction: Transaction) -> None:
    """For those that were asked for."""
    whole = Known.of(transaction, ["YDEX", "SBER"])
    for ticker in ("YDEX", "YNDX", "SBER"):
        assert whole.paid(ticker) == Known.of(transaction, [ticker]).paid(ticker)
        assert whole.paid(ticker)
