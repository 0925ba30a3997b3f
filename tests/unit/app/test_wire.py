from __future__ import annotations

import sys
import types

import pytest

from allocator.app import wire
from allocator.app.refresh import Refresher, Request
from allocator.cli import refreshing
from allocator.cli.talk import Talk
from allocator.config.settings import Settings, StoreSettings
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


@pytest.mark.parametrize(
    ("expected", "asked", "variable", "url"),
    [
        ("asked.db", "asked.db", "variable.db", "settings.db"),
        ("variable.db", None, "variable.db", "settings.db"),
        ("settings.db", None, None, "settings.db"),
        ("settings.db", None, "", "settings.db"),
        (None, None, None, None),
    ],
)
def test_the_most_explicit_store_wins(expected, asked, variable, url, monkeypatch: pytest.MonkeyPatch) -> None:
    """--store over $ALLOCATOR_STORE over the settings; None is the store's own default."""
    opened: list[str | None] = []
    room = types.SimpleNamespace(open_store=lambda url, create: opened.append(url))
    monkeypatch.setitem(sys.modules, "allocator.store", room)
    monkeypatch.delenv("ALLOCATOR_STORE", raising=False)
    if variable is not None:
        monkeypatch.setenv("ALLOCATOR_STORE", variable)
    wire.store(asked, Settings(store=StoreSettings(url)))
    assert [expected] == opened


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    """$ALLOCATOR_CONFIG names their file."""
    (tmp_path / "a.ini").write_text("[dividends]\nbackups = 3\n", encoding="utf-8")
    monkeypatch.setenv("ALLOCATOR_CONFIG", str(tmp_path / "a.ini"))
    assert 3 == wire.settings().dividends.backups


def test_a_refresh_knows_what_is_held(iss, monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    """The assets of `refresh --portfolio` reach it as tickers, so that it reminds of their unknown dividends."""
    (tmp_path / "my.ini").write_text(
        "[have]\nTQBR:SBER = 10\n[want]\nTQBR:SBER = 50%\nLKOH = 50%\n[cash]\nhave = 1\n", encoding="utf-8"
    )
    ran = []

    class Reached(Exception):  # noqa: N818
        """The refresh would begin."""

    def run_it(self: Refresher, request: Request) -> None:
        ran.append(self.held)
        raise Reached

    monkeypatch.setattr(Refresher, "run", run_it)
    monkeypatch.setenv("ALLOCATOR_ISS_URL", iss.url)
    asked = refreshing.Asked(
        since=None, tickers=None, interval=None, force=False, store=str(tmp_path / "store.db"), config_file=None,
        proxy=None, portfolios=(tmp_path / "my.ini",), as_json=False,
    )  # fmt: skip
    with pytest.raises(Reached):
        refreshing.run(Talk(), asked)
    assert [frozenset({"SBER"})] == ran
