"""The choice of a source of quotes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from allocator.core.errors import MarketError
from allocator.core.portfolio import Provider
from allocator.market import QuoteProvider, provider

SAMPLES = Path(__file__).parents[3] / "samples" / "quotes"


def test_a_file_needs_no_library_of_the_network():
    """Quotes from a file come without loading requests, which takes a tenth of a second."""
    code = (
        "import sys; from pathlib import Path; from allocator.core.portfolio import Provider; "
        "from allocator.market import provider; "
        f"quotes = provider(Provider('FILE', Path({str(SAMPLES / 'moex-2024-02-15.csv')!r}))).quotes(['SBER']); "
        "print(quotes.by_ticker['SBER'].bid, sorted({'requests', 'urllib3', 'yfinance', 'ssl'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "289.82 []" == done.stdout.strip()


@pytest.mark.parametrize("spec", [Provider("MOEX"), Provider("FILE", Path("quotes.csv"))])
def test_a_provider_is_called_as_the_file_spells_it(spec: Provider):
    """Opening a source asks it nothing yet."""
    found: QuoteProvider = provider(spec)
    assert spec.name == found.name


@pytest.mark.parametrize("spec", [Provider("IEX TRADING"), Provider("FILE"), Provider("")])
def test_an_unknown_provider_is_refused(spec: Provider):
    """With the names that exist."""
    with pytest.raises(MarketError, match="provider = MOEX"):
        provider(spec)


@pytest.mark.parametrize("proxy", ["a b", "http://", "ftp://host", "host:port", "http://host:1/path", "http://a@b@c:1"])
def test_a_proxy_that_is_no_address_is_refused(proxy: str):
    """Before any request is made."""
    with pytest.raises(MarketError, match="not an address"):
        provider(Provider("MOEX"), proxy=proxy)


@pytest.mark.parametrize("proxy", ["host:3128", "host", "http://me:secret@host:3128", "socks5h://127.0.0.1:9050"])
def test_a_proxy_may_be_short_or_full(proxy: str):
    """With or without scheme, port, name and password."""
    assert "MOEX" == provider(Provider("MOEX"), proxy=proxy).name
