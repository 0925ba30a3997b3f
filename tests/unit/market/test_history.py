"""The protocol of history, and the way to open it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from allocator.core.errors import MarketError
from allocator.market.errors import NotServed, Stopped
from allocator.market.failures import of_type
from allocator.market.history import INDEXES, SECTORS, HistoryProvider, history_provider


def test_naming_the_protocol_loads_no_library_of_the_network():
    """A use case may speak of it and of its errors in a process that asks nothing."""
    code = (
        "import sys, allocator.market.history, allocator.market.errors; "
        "print(sorted({'requests', 'urllib3', 'ssl'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "[]" == done.stdout.strip()


@pytest.mark.parametrize(("token", "name"), [(None, "MOEX"), ("open-sesame", "ALGOPACK")])
def test_a_token_opens_the_paid_service(token: str | None, name: str):
    """On a host of its own; nothing is asked yet."""
    provider: HistoryProvider = history_provider(token=token)
    assert name == provider.name
    assert 0 == provider.pages == provider.progress.requests == provider.clock_skew_s()
    assert () == provider.notes


def test_a_proxy_that_is_no_address_is_refused():
    """Before any request is made, as for quotes."""
    with pytest.raises(MarketError, match="not an address"):
        history_provider(proxy="http://")


def test_ten_sectors_and_five_indexes_are_known():
    """Ancestors are no indexes of today."""
    assert 10 == len(SECTORS) == len(set(SECTORS.values()))
    assert ["IMOEX", "MCFTR", "MCF2TRR", "RVI", "RGBITR"] == list(INDEXES)
    assert not {old for ancestors in INDEXES.values() for old in ancestors} & INDEXES.keys()


def test_what_is_not_served_is_an_error_of_its_own():
    """A page instead of data, after however many tries; and both are errors of the market for who does not care."""
    assert isinstance(of_type("text/html", "HOST").error(1), NotServed)
    assert [True, True] == [issubclass(kind, MarketError) for kind in (NotServed, Stopped)]
