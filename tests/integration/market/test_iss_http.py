"""The one HTTP session, over real connections: what it retries, how long it waits, and what it says in the end."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from fixtures_iss import LocalIss

from allocator.core.errors import MarketError
from allocator.core.text import text
from allocator.market.failures import Failure
from allocator.market.http import Http, Limits

PATH = "/engines/stock/markets/shares/boards/TQBR/securities/SBER.json"
PATIENT = Limits(spacing_s=0)  # a slow machine is no slow exchange
HASTY = Limits(spacing_s=0, read_s=0.2)
NOW = datetime(2024, 2, 15, 15, 0, tzinfo=UTC)


class Patience:
    """A clock that only sleeping moves, and all the sleeps."""

    def __init__(self) -> None:
        self.slept: list[float] = []
        self.time = 0.0

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds

    def http(self, limits: Limits = PATIENT, proxy: str | None = None) -> Http:
        return Http(
            proxy=proxy,
            limits=limits,
            sleep=self.sleep,
            random=lambda: 1.0,
            monotonic=lambda: self.time,
            now=lambda: NOW,
        )


@pytest.fixture
def patience() -> Patience:
    return Patience()


@pytest.fixture
def refusal(iss: LocalIss, patience: Patience) -> Callable[..., str]:
    """Ask with this fault for good (or so many times), and get the error's one line."""

    def ask(fault: str | None, times: int | None = None, **how: str) -> str:
        if fault:
            iss.fail(fault, times, **how)
        with pytest.raises(MarketError) as caught:
            patience.http(HASTY if fault == "slow" else PATIENT).json(f"{iss.url}{PATH}")
        assert 4 == caught.value.exit_code
        assert 1 == len(caught.value.lines)
        return str(caught.value).replace(iss.address, "HOST")

    return ask


def test_numbers_arrive_exact(iss: LocalIss, patience: Patience):
    """Whole prices are sent as integers, fractions are decimals: no float comes between."""
    iss.edit("SBER", BID=162, OFFER=5e-06)
    document = patience.http().json(f"{iss.url}{PATH}", {"marketdata.columns": "BID,OFFER", "iss.meta": "off"})
    assert {"columns": ["BID", "OFFER"], "data": [[162, Decimal("0.000005")]]} == document["marketdata"]
    assert not patience.slept


def test_it_says_who_it_is(iss: LocalIss, patience: Patience):
    """A User-Agent with the version, as a polite client has."""
    patience.http().json(f"{iss.url}{PATH}")
    assert iss.requests[0].headers["User-Agent"].startswith("allocator/")


@pytest.mark.parametrize(
    "fault", ["out of order", "busy", "too many", "error inside", "halved", "not json", "truncated", "reset"]
)
def test_what_passes_is_tried_again(iss: LocalIss, patience: Patience, fault: str):
    """Three failures in a row are outlived, with waits that double."""
    iss.fail(fault, 3)

    def told_inside(document: object):
        return Failure(text("told inside"), transient=True) if isinstance(document, list) else None

    assert isinstance(patience.http().json(f"{iss.url}{PATH}", check=told_inside), dict)
    assert [0.5, 1.0, 2.0] == patience.slept
    assert 4 == len(iss.requests)


def test_a_slow_answer_is_asked_for_again(iss: LocalIss, patience: Patience):
    """The first one never comes; the second does."""
    iss.fail("slow")
    limits = Limits(spacing_s=0, read_s=1, tries=10)
    assert "securities" in patience.http(limits).json(f"{iss.url}{PATH}")


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("too many", "HOST: too many requests (429), after 4 tries. Wait a minute before the next run."),
        ("busy", "HOST is out of order (503), after 4 tries. Try again later, or use provider = FILE"),
        ("halved", "HOST: the answer is not whole JSON, after 4 tries."),
        ("not gzip", "HOST: the answer is not whole JSON, after 4 tries."),
        ("not utf-8", "HOST: the answer is not whole JSON, after 4 tries."),
        ("nan", "HOST: the answer is not whole JSON, after 4 tries."),
        ("deep", "HOST: the answer is not whole JSON, after 4 tries."),
        ("truncated", "HOST broke the connection off, after 4 tries."),
        ("reset", "HOST broke the connection off, after 4 tries."),
        ("slow", "HOST did not answer in time, after 4 tries."),
    ],
)
def test_what_does_not_pass_is_told(
    refusal: Callable[..., str], iss: LocalIss, patience: Patience, fault: str, message: str
):
    """After four tries one line says what is wrong with whom."""
    assert refusal(fault).startswith(message)
    assert 4 == len(iss.requests)
    assert 3 == len(patience.slept)


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("forbidden", "HOST forbids the request (403). Too many requests may be the reason"),
        ("unauthorised", "HOST forbids the request (401)."),
        ("missing", "HOST answered 404. Something else answers at this address"),
        ("html", "HOST answered text/html instead of JSON. Something else answers"),
        ("proxy password", "proxy HOST asks for a name and a password. Write http://name:password@host:port."),
        ("bomb", "HOST: the answer is over 32 MB."),
    ],
)
def test_what_will_not_change_is_told_at_once(
    refusal: Callable[..., str], iss: LocalIss, patience: Patience, fault: str, message: str
):
    """A second try would be rude and useless."""
    assert refusal(fault).startswith(message)
    assert 1 == len(iss.requests)
    assert not patience.slept


@pytest.mark.parametrize(
    ("retry_after", "waits"),
    [
        ("7", 7.0),
        ("0", 0.0),
        ("Thu, 15 Feb 2024 15:00:12 GMT", 12.0),
        ("Thu, 15 Feb 2024 14:00:00 GMT", 0.0),  # past: at once
        ("soon", 0.5),  # nonsense: as without it
        ("-1", 0.5),
    ],
)
@pytest.mark.parametrize("fault", ["too many", "busy"])
def test_retry_after_is_obeyed(iss: LocalIss, patience: Patience, fault: str, retry_after: str, waits: float):
    """In seconds or as a date; without sense in it, the usual wait holds."""
    iss.fail(fault, 1, retry_after=retry_after)
    patience.http().json(f"{iss.url}{PATH}")
    assert [waits] == patience.slept


def test_a_block_that_names_its_end_is_waited_for(iss: LocalIss, patience: Patience):
    """A 403 with Retry-After is the exchange's other way of saying "too many requests"."""
    iss.fail("forbidden", 1, retry_after="7")
    patience.http().json(f"{iss.url}{PATH}")
    assert [7.0] == patience.slept


def test_a_long_retry_after_is_told_not_slept(refusal: Callable[..., str], patience: Patience):
    """Nobody wants a program that is silent for an hour, nor one that ignores the exchange."""
    assert "HOST: too many requests (429). It asks to wait 3600 s." == refusal("too many", retry_after="3600")
    assert not patience.slept


def test_all_tries_end_at_the_deadline(iss: LocalIss, patience: Patience):
    """Waits that would pass it are not begun."""
    iss.fail("busy", None)
    limits = Limits(tries=100, total_s=10, spacing_s=0)
    with pytest.raises(MarketError, match="after 5 tries"):
        patience.http(limits).json(f"{iss.url}{PATH}")
    assert [0.5, 1.0, 2.0, 4.0] == patience.slept


def test_an_answer_that_drips_is_cut_at_the_deadline(iss: LocalIss):
    """Each byte comes in time, the whole never would."""
    iss.fail("drip", None)
    http = Http(limits=Limits(connect_s=1, read_s=1, total_s=0.3, tries=2, spacing_s=0), random=lambda: 0.0)
    with pytest.raises(MarketError, match="did not answer in time"):
        http.json(f"{iss.url}{PATH}")


def test_nobody_listens(closed_port: int, patience: Patience):
    """A refused connection is told at once."""
    with pytest.raises(MarketError, match=rf"127\.0\.0\.1:{closed_port} refused the connection\. Check the network"):
        patience.http().json(f"http://127.0.0.1:{closed_port}/iss/x.json")
    assert not patience.slept


def test_no_network(monkeypatch: pytest.MonkeyPatch, patience: Patience):
    """Without DNS the host is not found, whatever the reason."""
    import socket  # noqa: PLC0415

    def nowhere(*args: object, **kwargs: object) -> None:
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", nowhere)
    with pytest.raises(MarketError, match=r"iss\.moex\.com: no such host, or no network\."):
        patience.http().json("https://iss.moex.com/iss/x.json")
    assert not patience.slept


def test_a_server_without_tls(iss: LocalIss, patience: Patience):
    """A secure connection to a plain server fails in one line."""
    with pytest.raises(MarketError, match="no secure connection"):
        patience.http().json(f"{iss.url}{PATH}".replace("http:", "https:"))


@pytest.mark.parametrize(
    "url",
    ["iss.moex.com/iss", "ftp://iss.moex.com", "http://", "http://[::1", "", "http://.a", "http://127.0.0.1:99999"],
)
def test_a_wrong_address(url: str, patience: Patience):
    """A mistyped ALLOCATOR_ISS_URL is no traceback."""
    with pytest.raises(MarketError, match="not an address of a web service"):
        patience.http().json(url)


def test_requests_go_through_the_proxy(iss: LocalIss, patience: Patience):
    """Whole addresses are asked of it, and the exchange is not reached for."""
    document = patience.http(proxy=iss.address).json(f"http://exchange.invalid/iss{PATH}")
    assert "securities" in document
    assert [True] == [request.proxied for request in iss.requests]
    assert ["exchange.invalid"] == [request.headers["Host"] for request in iss.requests]


def test_the_environment_names_a_proxy(iss: LocalIss, patience: Patience, monkeypatch: pytest.MonkeyPatch):
    """HTTP_PROXY is used, and a proxy of the command line goes before it."""
    monkeypatch.setenv("HTTP_PROXY", f"http://{iss.address}")
    patience.http().json(f"http://exchange.invalid/iss{PATH}")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    patience.http(proxy=iss.address).json(f"http://exchange.invalid/iss{PATH}")
    assert [True, True] == [request.proxied for request in iss.requests]


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_that_is_not_there(closed_port: int, patience: Patience, scheme: str):
    """It is the proxy that is named, without its password."""
    proxy = f"http://me:secret@127.0.0.1:{closed_port}"
    with pytest.raises(MarketError) as caught:
        patience.http(proxy=proxy).json(f"{scheme}://exchange.invalid/x.json")
    assert f"proxy 127.0.0.1:{closed_port} refused the connection. Check the address: that of --proxy" in str(
        caught.value
    )
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("fault", "message"),
    [("proxy password", "asks for a name and a password"), ("forbidden", "does not let the request through")],
)
def test_a_proxy_that_lets_nothing_secure_through(iss: LocalIss, patience: Patience, fault: str, message: str):
    """The tunnel is refused: by the password, or by its rules."""
    iss.fail(fault)
    with pytest.raises(MarketError, match=rf"proxy {iss.address} {message}"):
        patience.http(proxy=iss.address).json("https://exchange.invalid/x.json")
    assert ["CONNECT"] == [request.method for request in iss.requests]


def test_requests_keep_their_distance(iss: LocalIss, patience: Patience):
    """A tenth of a second between two starts, whoever asks."""
    http = patience.http(Limits(spacing_s=0.1))
    for _ in range(3):
        http.json(f"{iss.url}{PATH}")
    assert [0.1, 0.1] == pytest.approx(patience.slept)


def test_at_most_four_are_in_flight(iss: LocalIss):
    """Of eight threads four wait for their turn."""
    busy, most, lock = 0, 0, threading.Lock()
    arrived = threading.Barrier(4)
    counter = itertools.count(1)

    def slow(exchange: object, where: object, query: object):
        nonlocal busy, most
        with lock:
            busy += 1
            most = max(most, busy)
        arrived.wait(10)  # all four at once, or the test fails
        with lock:
            busy -= 1
        return {}

    iss.exchange.add("/slow", slow)
    http = Http(limits=Limits(spacing_s=0))
    threads = [threading.Thread(target=lambda: (http.json(f"{iss.url}/slow.json"), next(counter))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert 9 == next(counter)  # eight are done
    assert 4 == most
