"""The pages over HTTP: a real uvicorn on a free port of the loopback, over a real store, and a browser.

    def test_it(web_site):
        page = web_site.get("/accounts").text
        answer = web_site.browser.submit("/accounts", {"name": "Broker"})  # a form
        answer = web_site.browser.change("PUT", "/api/accounts/Broker", json={...})  # htmx, or a client of the API

`Browser` is a session of `requests` that fetches the token of forms by itself, as a reader's page has it.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests

if TYPE_CHECKING:  # most tests have no pages
    from fastapi import FastAPI

    from allocator.config.settings import Settings
    from allocator.core.bars import Bars
    from allocator.store import Store
    from allocator.web.door import Door
    from allocator.web.site import Site

NOW = datetime(2026, 3, 3, 9, tzinfo=UTC)  # noon of a Tuesday in Moscow
LAST_DAY = "2026-03-02"
ROWS = 504  # two years of trading
TICKERS = {"SBER": 300.0, "GAZP": 150.0, "LKOH": 7000.0, "TATN": 650.0}
LOTS = {"SBER": 1, "GAZP": 10, "LKOH": 1, "TATN": 1}
PATIENCE_S = 60


class Browser(requests.Session):
    """One reader's browser at one server."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.trust_env = False
        self.url = url

    @property
    def csrf(self) -> str:
        """The token of this browser's forms."""
        return str(self.get("/api/session").json()["csrf"])

    def request(self, method: str, path: str, *args: Any, **kwargs: Any) -> requests.Response:  # type: ignore[override]
        """Of a path of the server. Redirects are not followed."""
        kwargs.setdefault("timeout", PATIENCE_S)
        kwargs.setdefault("allow_redirects", False)
        url = path if path.startswith("http") else self.url + path
        return super().request(method, url, *args, **kwargs)

    def get(self, path: str, **kwargs: Any) -> requests.Response:  # type: ignore[override]
        return self.request("GET", path, **kwargs)

    def change(self, method: str, path: str, data: Mapping[str, Any] | None = None, **kwargs: Any) -> requests.Response:
        """A change, as htmx or a client of the API asks for it: the token is in a header."""
        headers = {"X-CSRF-Token": self.csrf, **kwargs.pop("headers", {})}
        return self.request(method, path, data=data, headers=headers, **kwargs)

    def submit(self, path: str, data: Mapping[str, Any] | None = None, **kwargs: Any) -> requests.Response:
        """A form, as a browser without scripts sends it: the token is a field."""
        return self.request("POST", path, data={"csrf": self.csrf, **(data or {})}, **kwargs)


@dataclass
class WebSite:
    """A server that runs; `site` is what its pages stand on."""

    url: str
    site: Site
    app: FastAPI
    browser: Browser = field(init=False)

    def __post_init__(self) -> None:
        self.browser = self.new_browser()

    @property
    def store(self) -> Store:
        return self.site.store

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def new_browser(self) -> Browser:
        return Browser(self.url)

    def get(self, path: str, **kwargs: Any) -> requests.Response:
        return self.browser.get(path, **kwargs)


@contextmanager
def serving(site: Site, door: Door | None = None) -> Iterator[WebSite]:
    """A server over this site until the end of the block; the port of the door is replaced by a free one."""
    import uvicorn  # noqa: PLC0415 -- most tests have no pages

    from allocator.web.app import create_app  # noqa: PLC0415
    from allocator.web.door import Door  # noqa: PLC0415
    from allocator.web.protocol import Protocol  # noqa: PLC0415
    from allocator.web.server import bind  # noqa: PLC0415

    with bind("127.0.0.1", 0) as listening:
        port = listening.getsockname()[1]
        app = create_app(site, replace(door or Door(), port=port))
        config = uvicorn.Config(
            app, http=Protocol, log_level="error", lifespan="off", ws="none", timeout_graceful_shutdown=1
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        running = WebSite(f"http://127.0.0.1:{port}", site, app)  # who comes before it accepts waits in the queue
        try:
            yield running
        finally:
            running.browser.close()
            server.should_exit = True
            thread.join(PATIENCE_S)


def site_over(store: Store, folder: Path, settings: Settings | None = None, now: datetime = NOW) -> Site:
    """What pages stand on, with a clock that stands still."""
    from allocator.app import wire  # noqa: PLC0415
    from allocator.config.settings import Settings  # noqa: PLC0415
    from allocator.web.site import Site  # noqa: PLC0415

    return Site(store, settings or Settings(), lambda: now, wire.rebalancer, folder)


def quickly_hashed(password: str) -> str:
    """A hash of the least cost that the program reads: most tests are not about how slow it is to guess."""
    from allocator.app.passwords import SALT_BYTES, hashed  # noqa: PLC0415

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("allocator.app.passwords.LOG_N", 10)
        return hashed(password, bytes(SALT_BYTES))


@pytest.fixture(scope="session")
def filled_web_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with what `fill` puts in, to be copied."""
    from allocator.store import open_store  # noqa: PLC0415

    path = tmp_path_factory.mktemp("web") / "web.db"
    with open_store(str(path)) as store:
        fill(store)
    return path


@pytest.fixture
def web_store(filled_web_store: Path, tmp_path: Path) -> Iterator[Store]:
    """A store in a file with what `fill` puts in."""
    from allocator.store import open_store  # noqa: PLC0415

    with open_store(str(shutil.copy(filled_web_store, tmp_path / "web.db"))) as store:
        yield store


@pytest.fixture
def web_site(web_store: Store, tmp_path: Path) -> Iterator[WebSite]:
    """A server without a password over two accounts and two years of bars; its clock stands at `NOW`."""
    with serving(site_over(web_store, tmp_path)) as running:
        yield running


@pytest.fixture
def empty_web_site(tmp_path: Path) -> Iterator[WebSite]:
    """A server over a store with nothing in it, as a newcomer has it."""
    from allocator.store import open_store  # noqa: PLC0415

    with open_store(str(tmp_path / "empty.db")) as store, serving(site_over(store, tmp_path)) as running:
        yield running


@pytest.fixture
def served() -> Iterator[Callable[..., WebSite]]:
    """`served(site, door)`: servers that run until the end of the test."""
    from contextlib import ExitStack  # noqa: PLC0415

    with ExitStack() as stack:
        yield lambda site, door=None: stack.enter_context(serving(site, door))


def fill(store: Store) -> None:
    """Two accounts ("Broker" and "IIS"), their targets and an exclusion, four shares with an index, their dividends."""
    from allocator.core.bars import Interval  # noqa: PLC0415
    from allocator.core.instrument import Dividend, Instrument, Kind  # noqa: PLC0415

    instruments = [
        Instrument(ticker, Kind.SHARE, "TQBR", name=f"{ticker} PLC", lot_size=LOTS[ticker]) for ticker in TICKERS
    ]
    paid = [(date(2025, 7, 18), "34.84"), (date(2024, 7, 11), "33.3"), (date(2026, 3, 20), "36.5")]
    dividends = [Dividend("SBER", day, Decimal(amount), "RUB", "iss") for day, amount in paid]
    dividends.append(Dividend("LKOH", date(2025, 12, 17), Decimal(514), "RUB", "manual"))
    with store.transaction() as tx:
        tx.instruments.put([*instruments, Instrument("IMOEX", Kind.INDEX, "SNDX", name="IMOEX")])
        for seed, (ticker, price) in enumerate({**TICKERS, "IMOEX": 2800.0}.items()):
            tx.bars.put(ticker, Interval.DAY, daily_bars(seed, price))
        tx.dividends.put(dividends)
    _open_accounts(store)


def _open_accounts(store: Store) -> None:
    from allocator.core.accounts import Account, Holding, Policy  # noqa: PLC0415
    from allocator.core.portfolio import Fee, Percent  # noqa: PLC0415

    fee = Fee(rate=Decimal("0.0005"))
    broker = (Holding("SBER", Decimal(1200)), Holding("GAZP", Decimal(500)), Holding("LKOH", Decimal(10)))
    iis = (Holding("SBER", Decimal(100)), Holding("TATN", Decimal(40)))
    parts = {"SBER": 40, "GAZP": 10, "LKOH": 30, "TATN": 20}
    wanted = tuple((ticker, Percent(Decimal(part))) for ticker, part in parts.items())
    opened = datetime(2025, 6, 2, 9, tzinfo=UTC)
    with store.transaction() as tx:
        tx.accounts.put(Account("Broker", broker, Decimal("25000.50"), fee=fee), opened)
        tx.accounts.put(Account("IIS", iis, Decimal(1000), fee=fee), opened)
        tx.accounts.put_policy(Policy(wanted, exclude=("VTBR",)), opened)


def daily_bars(seed: int, price: float, rows: int = ROWS, last: str = LAST_DAY) -> Bars:
    """Days of a random walk that ends near a price."""
    import numpy as np  # noqa: PLC0415

    from allocator.core.bars import Bars  # noqa: PLC0415

    rng = np.random.default_rng(seed)
    walk = np.cumsum(rng.normal(0, 0.015, rows))
    close = np.round(price * np.exp(walk - walk[-1]), 2)
    begin = np.busday_offset(last, np.arange(1 - rows, 1), roll="backward").astype("datetime64[s]")
    volume = np.full(rows, 100_000.0)
    return Bars(begin, close, close * 1.01, close * 0.99, close, volume, volume * close)
