from __future__ import annotations

import pytest

from allocator.app import wire
from allocator.core.errors import MarketError
from allocator.core.portfolio import Provider


def test_the_address_of_the_exchange_may_come_from_the_environment(iss, monkeypatch: pytest.MonkeyPatch) -> None:
    """$ALLOCATOR_ISS_URL stands in for the exchange's address."""
    monkeypatch.setenv("ALLOCATOR_ISS_URL", iss.url)
    quotes = wire.rebalancer().provider_of(Provider("MOEX")).quotes(["SBER"])
    assert "SBER" in quotes.by_ticker
    assert iss.requests


def test_a_source_is_opened_once() -> None:
    """--watch keeps its connections: the same source serves every look."""
    cases = wire.rebalancer()
    assert cases.provider_of(Provider("MOEX")) is cases.provider_of(Provider("MOEX"))


def test_the_proxy_reaches_the_source() -> None:
    """A proxy that is no address is refused by the source."""
    with pytest.raises(MarketError, match="proxy"):
        wire.rebalancer(proxy="http://").provider_of(Provider("MOEX")).quotes(["SBER"])
