"""One session, many threads: the exchange's refusals hold for all of them, and all of them can be stopped."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from fixtures_iss import LocalIss
from iss_server import Exchange, IssServer

from allocator.core.errors import MarketError
from allocator.core.text import text
from allocator.market.failures import TRY_LATER, NotServed, Stopped
from allocator.market.history import history_provider
from allocator.market.http import Http, Limits, Traffic

PATH = "/engines/stock/markets/shares/boards/TQBR/securities/SBER.json"


class Patience:
    """A clock that only sleeping moves, and all the sleeps."""

    def __init__(self) -> None:
        self.slept: list[float] = []
        self.time = 0.0

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds

    def http(self, limits: Limits) -> Http:
        return Http(limits=limits, sleep=self.sleep, random=lambda: 1.0, monotonic=lambda: self.time)


@pytest.fixture
def patience() -> Patience:
    return Patience()


@pytest.fixture
def in_thread() -> Callable[[Callable[[], object]], Callable[[], BaseException | None]]:
    """Start something in a thread; what comes back waits for its end and tells how it ended."""

    def start(work: Callable[[], object]) -> Callable[[], BaseException | None]:
        caught: list[BaseException | None] = []

        def run() -> None:
            try:
                work()
                caught.append(None)
            except BaseException as error:  # noqa: BLE001 -- whatever it is, the test looks at it
                caught.append(error)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()

        def ended() -> BaseException | None:
            thread.join(20)
            assert caught, "it did not end"
            return caught[0]

        return ended

    return start


def test_a_refusal_of_one_thread_pauses_all(iss: LocalIss, patience: Patience):
    """Who asks next waits as long as the server told somebody else to."""
    iss.fail("too many", 1, retry_after="7")
    http = patience.http(Limits(spacing_s=0, tries=1))
    with pytest.raises(MarketError, match="too many requests"):
        http.json(f"{iss.url}{PATH}")
    assert not patience.slept
    http.json(f"{iss.url}{PATH}")
    assert [7.0] == patience.slept


def test_after_a_long_refusal_nobody_asks_again(iss: LocalIss, patience: Patience):
    """An hour is told, not slept, and told again without troubling the server."""
    iss.fail("busy", None, retry_after="3600")
    http = patience.http(Limits(spacing_s=0))
    for _ in range(3):
        with pytest.raises(MarketError, match=r"out of order \(503\)\. It asks to wait 3600 s\."):
            http.json(f"{iss.url}{PATH}")
    assert 1 == len(iss.requests)
    assert not patience.slept


def test_a_pause_costs_no_request_its_time(iss: LocalIss, patience: Patience):
    """The budget of one answer starts when its turn has come, however long others made it wait."""
    iss.fail("too many", 1, retry_after="30")
    http = patience.http(Limits(spacing_s=0, tries=1, total_s=10))
    with pytest.raises(MarketError):
        http.json(f"{iss.url}{PATH}")
    assert "securities" in http.json(f"{iss.url}{PATH}")


def test_the_rate_is_kept(iss: LocalIss, patience: Patience):
    """A burst of two, then four a second."""
    http = patience.http(Limits(spacing_s=0, rate=4, burst=2))
    for _ in range(5):
        http.json(f"{iss.url}{PATH}")
    assert [0.25, 0.25, 0.25] == patience.slept


def test_the_books_are_kept(iss: LocalIss, patience: Patience):
    """Requests, retries among them, bytes as they came, and the seconds waited."""
    iss.fail("busy", 1)
    http = patience.http(Limits(spacing_s=0))
    assert Traffic() == http.traffic
    http.json(f"{iss.url}{PATH}")
    assert (2, 1, 0.5) == (http.traffic.requests, http.traffic.retries, http.traffic.waited_s)
    assert 100 < http.traffic.bytes < 3_000  # packed


def test_no_more_connections_than_allowed(iss: LocalIss, in_thread: Callable):
    """Eight threads, two at a time."""
    at_once, most, lock = 0, 0, threading.Lock()

    def answer(exchange: object, where: object, query: object) -> bytes:
        nonlocal at_once, most
        with lock:
            at_once += 1
            most = max(most, at_once)
        time.sleep(0.02)
        with lock:
            at_once -= 1
        return b"{}"

    iss.exchange.add("/crowd", answer)
    http = Http(limits=Limits(spacing_s=0, in_flight=2))
    ends = [in_thread(lambda: http.json(f"{iss.url}/crowd.json")) for _ in range(8)]
    assert [None] * 8 == [ended() for ended in ends]
    assert most <= 2


def test_stop_ends_a_wait_for_a_turn(iss: LocalIss, in_thread: Callable):
    """A turn a quarter of an hour away is given up at once."""
    http = Http(limits=Limits(spacing_s=900))
    http.json(f"{iss.url}{PATH}")
    ended = in_thread(lambda: http.json(f"{iss.url}{PATH}"))
    http.stop()
    assert isinstance(ended(), Stopped)
    assert 1 == len(iss.requests)


def test_stop_ends_a_wait_before_a_retry(iss: LocalIss, in_thread: Callable):
    """As it ends the sleep that the server asked for."""
    iss.fail("busy", None, retry_after="25")
    http = Http(limits=Limits(spacing_s=0))
    ended = in_thread(lambda: http.json(f"{iss.url}{PATH}"))
    while not iss.requests:
        time.sleep(0.001)
    http.stop()
    assert isinstance(ended(), Stopped)


@pytest.mark.parametrize("fault", ["slow", "drip"])
def test_stop_ends_a_wait_for_an_answer(iss: LocalIss, in_thread: Callable, fault: str):
    """The line is cut while the server is silent, and the failure is not taken for the server's."""
    iss.fail(fault, None)
    http = Http(limits=Limits(spacing_s=0, read_s=600, total_s=600))
    ended = in_thread(lambda: http.json(f"{iss.url}{PATH}"))
    while not iss.requests:
        time.sleep(0.001)
    time.sleep(0.05)  # it waits for the answer now
    http.stop()
    assert isinstance(ended(), Stopped)
    assert 1 == len(iss.requests)


def test_after_stop_nothing_is_asked(iss: LocalIss):
    """Threads that have not begun their request never do."""
    http = Http()
    http.stop()
    with pytest.raises(Stopped, match="Stopped before the exchange answered"):
        http.json(f"{iss.url}{PATH}")
    assert not iss.requests


def test_the_clocks_are_compared(iss: LocalIss):
    """The header Date tells how far off one of the two clocks is; its resolution is a second."""
    http = Http(limits=Limits(spacing_s=0))
    assert 0 == http.skew_s
    http.json(f"{iss.url}{PATH}")
    assert abs(http.skew_s) < 30
    iss.exchange.clock_off = timedelta(days=-2)
    http.json(f"{iss.url}{PATH}")
    assert abs(http.skew_s + 2 * 86_400) < 30


def test_a_clock_of_ours_that_is_wrong_shows_too(iss: LocalIss):
    """The machine lives in 2020."""
    http = Http(now=lambda: datetime(2020, 1, 1, tzinfo=UTC))
    http.json(f"{iss.url}{PATH}")
    assert http.skew_s > 5 * 365 * 86_400


def test_a_hint_may_be_of_the_callers_use(iss: LocalIss):
    """A refresh does not advise to write another provider in a portfolio file."""
    iss.fail("out of order", None)
    http = Http(limits=Limits(tries=1), advice={TRY_LATER.template: text("Come back tomorrow.")})
    with pytest.raises(MarketError, match=r"\(500\)\. Come back tomorrow\."):
        http.json(f"{iss.url}{PATH}")


def test_a_page_instead_of_data_is_known_by_its_kind(iss: LocalIss):
    """So that whoever asked can do without a thing that the exchange does not give."""
    with pytest.raises(NotServed, match="text/html instead of JSON"):
        Http().json(f"{iss.url}/nowhere.json")


# --- the token of the paid service


def test_a_token_is_sent(iss: LocalIss):
    """As ALGOPACK wants it; without it the answer is 401, and the hint is about the token."""
    iss.exchange.token = "open-sesame"
    Http(token=" open-sesame\n").json(f"{iss.url}{PATH}")
    provider = history_provider(base_url=iss.url, token="wrong")
    assert "ALGOPACK" == provider.name
    with pytest.raises(MarketError, match=r"forbids the request \(401\)\. Check the token of ALGOPACK") as caught:
        provider.instruments()
    assert "wrong" not in str(caught.value)


def test_a_token_stays_with_its_host(iss: LocalIss):
    """A redirect to another host goes without it."""
    other = IssServer(Exchange())
    thread = threading.Thread(target=other.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        iss.exchange.elsewhere = f"http://localhost:{other.server_port}"
        Http(token="open-sesame").json(f"{iss.url}{PATH}")
        assert "Bearer open-sesame" == iss.requests[0].headers["Authorization"]
        assert [None] == [seen.headers.get("Authorization") for seen in other.exchange.requests]
    finally:
        other.shutdown()
        other.server_close()
        thread.join()


@pytest.mark.parametrize("token", ["", "two words", "line\nbreak", "ключ", "x" * 9_000])
def test_what_cannot_be_a_token_is_refused(token: str):
    """Before it is sent, and without showing it."""
    with pytest.raises(MarketError, match="characters that no token has") as caught:
        Http(token=token)
    assert not token or token not in str(caught.value)


def test_a_token_is_not_sent_in_the_open():
    """Only over https, or to this machine."""
    with pytest.raises(MarketError, match=r"apim\.moex\.com: a token is not sent over an open connection"):
        history_provider(base_url="http://apim.moex.com/iss", token="open-sesame")
