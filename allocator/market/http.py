"""The one way out to the network: polite, patient within limits, and clear when it gives up."""

from __future__ import annotations

import json
import math
import random as _random
import re
import threading
import time
import zlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from itertools import count
from typing import Any

import requests
import urllib3

from allocator.core.errors import MarketError
from allocator.core.text import Text, text
from allocator.market.failures import Failure, Stopped, host_of, of_exception, of_json, of_status, of_type, too_big
from allocator.market.pace import Pace
from allocator.market.session import Lines, opened

PROXY = re.compile(r"(?:(?:https?|socks[45][ah]?)://)?(?:[^\s/@]+@)?[^\s/@:]+(?::\d{1,5})?/?", re.IGNORECASE)
CHUNK = 1 << 16
GZIP_OR_ZLIB = zlib.MAX_WBITS | 32  # either header
FOREIGN = (requests.RequestException, urllib3.exceptions.HTTPError, zlib.error, OSError, ValueError)


@dataclass(frozen=True, slots=True)
class Limits:
    """How long and how hard to try. ISS publishes no rate: four at a time, a tenth of a second apart, is safe."""

    connect_s: float = 5.0
    read_s: float = 15.0
    total_s: float = 45.0  # of one answer, with all its retries, the waits for a turn aside
    tries: int = 4
    longest_wait_s: float = 30.0  # a Retry-After beyond this is reported, not slept
    first_wait_s: float = 0.5  # doubles with each try
    spacing_s: float = 0.1
    rate: float = math.inf  # requests a second in the long run,
    burst: int = 1  # and how many may start at once after a rest
    in_flight: int = 4
    max_bytes: int = 32 << 20


@dataclass(frozen=True, slots=True)
class Traffic:
    """What a session has done so far."""

    requests: int = 0
    retries: int = 0  # of them
    bytes: int = 0  # received bodies, packed as they came
    waited_s: float = 0.0  # for turns and before retries, all threads together


def _now() -> datetime:
    return datetime.now(UTC)


Decode = Callable[[bytes], "_Answer | Failure"]


class Http:
    """A session shared by all requests to one service; may be used from several threads.

    `proxy` goes before HTTP_PROXY and HTTPS_PROXY of the environment. `token` is sent as a bearer token, to the host
    that is asked only: a redirect to another host goes without it. `advice` replaces hints, by their templates, with
    those of the caller's use. `sleep`, `random` (0..1), `monotonic` (seconds) and `now` (aware) are the world
    outside, replaced in tests; without `sleep` every wait ends at `stop()`.
    Raises: `MarketError` when `proxy` is no address or `token` no token.
    """

    def __init__(
        self,
        *,
        proxy: str | None = None,
        token: str | None = None,
        limits: Limits = Limits(),
        advice: Mapping[str, Text] | None = None,
        sleep: Callable[[float], object] | None = None,
        random: Callable[[], float] = _random.random,
        monotonic: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = _now,
    ) -> None:
        self.limits = limits
        self._proxy = _address(proxy) if proxy else None
        self._advice = dict(advice or {})
        self._stopped = threading.Event()
        self._sleep = sleep or self._stopped.wait
        self._random, self._monotonic, self._now = random, monotonic, now
        self._lines = Lines()
        self._session = opened(token, limits.in_flight, self._lines)
        self._environment = requests.Session()  # reads the environment; once for a host, for it takes a millisecond
        self._settings: dict[str, Mapping[str, Any]] = {}
        self._in_flight = threading.BoundedSemaphore(limits.in_flight)
        self._pace = Pace(limits.spacing_s, limits.rate, limits.burst, monotonic)
        self._refusal = Failure(text("too many requests"))  # the reason of the pause, if there is one
        self._books = threading.Lock()
        self._traffic = Traffic()
        self._skew_s = 0.0

    @property
    def traffic(self) -> Traffic:
        return self._traffic

    @property
    def skew_s(self) -> float:
        """The server's clock minus ours at its last answer, seconds; 0 when no answer told."""
        return self._skew_s

    def json(
        self,
        url: str,
        params: Mapping[str, str] | None = None,
        check: Callable[[object], Failure | None] | None = None,
        *,
        exact: bool = True,
    ) -> object:
        """The JSON at this address; its numbers are `int` or `Decimal`, or floats when they need not be exact.

        `check` looks at the document and may call it a failure (an error told inside a good answer).
        Raises: `MarketError` for everything that can go wrong on the way; `Stopped` after `stop()`.
        """
        host = host_of(url)

        def decode(body: bytes) -> _Answer | Failure:
            try:
                value = json.loads(body, parse_float=Decimal if exact else None, parse_constant=_refuse)
            except (ValueError, RecursionError) as error:  # UnicodeDecodeError is a ValueError
                return of_json(error, host)
            return (check(value) if check else None) or _Answer(value)

        return self._ask(url, params or {}, "application/json", decode)

    def content(self, url: str, params: Mapping[str, str] | None = None) -> bytes:
        """The body at this address, whatever its type, a web page aside.

        Raises: as `json`.
        """
        body = self._ask(url, params or {}, "*/*", _Answer)
        assert isinstance(body, bytes)
        return body

    def stop(self) -> None:
        """End all waits at once, in every thread; nothing more is asked of the server."""
        self._stopped.set()
        self._lines.cut()

    def close(self) -> None:
        self._session.close()

    def _ask(self, url: str, params: Mapping[str, str], accept: str, decode: Decode) -> object:
        """Ask until there is an answer or no patience is left."""
        deadline = self._monotonic() + self.limits.total_s
        for attempt in count(1):
            with self._in_flight:
                self._check_stopped()
                deadline += self._await_turn()
                refused = self._refused()
                if refused is None:
                    self._count(requests=1, retries=int(attempt > 1))
                outcome = refused or self._try(url, params, accept, deadline)
            answer = decode(outcome) if isinstance(outcome, bytes) else outcome
            if isinstance(answer, _Answer):
                return answer.value
            self._check_stopped()  # else the cut of its line is taken for the server's fault
            failure = self._advised(answer)
            wait = self._wait(attempt, failure)
            patience = min(self.limits.longest_wait_s, deadline - self._monotonic())
            if not failure.transient or attempt >= self.limits.tries or wait > patience:
                raise failure.error(attempt) from failure.cause
            self._rest(wait)
        raise AssertionError  # pragma: no cover -- count() never ends

    def _try(self, url: str, params: Mapping[str, str], accept: str, deadline: float) -> bytes | Failure:
        """One request: its body, or what went wrong."""
        host = host_of(url)
        left = max(0.001, deadline - self._monotonic())
        timeout = (min(self.limits.connect_s, left), min(self.limits.read_s, left))
        try:
            request = self._session.prepare_request(
                requests.Request("GET", url, params=dict(params), headers={"Accept": accept})
            )
            with self._session.send(request, timeout=timeout, **self._settings_for(url, host)) as response:
                self._compare_clocks(response)
                proxy = None if response.ok else self._proxy_of(url)  # takes a millisecond
                failure = of_status(response.status_code, host, proxy)
                if failure is not None:
                    return self._asked_to_wait(failure, self._retry_after(response.headers.get("Retry-After")))
                kind = response.headers.get("Content-Type", "").lower()
                if kind.startswith("text/html") or not (accept == "*/*" or kind.startswith(accept)):
                    return of_type(kind, host)
                return self._body(response, deadline, host)
        except FOREIGN as error:
            return of_exception(error, host, self._proxy_of(url))

    def _settings_for(self, url: str, host: str) -> Mapping[str, Any]:
        """Proxies and certificates for this host, as the environment has them."""
        if host not in self._settings:
            ours = {"http": self._proxy, "https": self._proxy} if self._proxy else {}
            found = self._environment.merge_environment_settings(url, ours, stream=True, verify=None, cert=None)
            self._settings[host] = {**found, "allow_redirects": True}
        return self._settings[host]

    def _body(self, response: requests.Response, deadline: float, host: str) -> bytes | Failure:
        """The whole body. Read as it comes, so that an answer that drips cannot outlive the deadline.

        It is unpacked only then: a stream that unpacks as it goes waits for more when a piece yields nothing yet.
        """
        read = getattr(response.raw, "read1", response.raw.read)  # urllib3 1 has only the one that waits for all
        body = bytearray()
        while piece := read(CHUNK, decode_content=False):
            body += piece
            self._check_stopped()
            if len(body) > self.limits.max_bytes:
                return too_big(self.limits.max_bytes, host)
            if self._monotonic() > deadline:
                raise requests.Timeout
        self._count(bytes=len(body))
        if response.headers.get("Content-Encoding", "identity") == "identity":
            return bytes(body)
        unpacked = zlib.decompressobj(GZIP_OR_ZLIB).decompress(body, self.limits.max_bytes + 1)
        return unpacked if len(unpacked) <= self.limits.max_bytes else too_big(self.limits.max_bytes, host)

    def _await_turn(self) -> float:
        """Keep requests apart; the seconds that this took, which are no fault of the server."""
        before = self._monotonic()
        self._sit_out_pause()
        if self._refused() is None and (turn := self._pace.turn()) > 0:
            self._rest(turn)
            self._sit_out_pause()  # which the server asked of another thread meanwhile
        return self._monotonic() - before

    def _sit_out_pause(self) -> None:
        while 0 < (left := self._pace.paused_s()) <= self.limits.longest_wait_s:
            self._rest(left)

    def _rest(self, seconds: float) -> None:
        """Wait, or give up when everything is to stop."""
        self._sleep(seconds)
        self._count(waited_s=seconds)
        self._check_stopped()

    def _check_stopped(self) -> None:
        if self._stopped.is_set():
            raise Stopped(text("Stopped before the exchange answered."))

    def _asked_to_wait(self, failure: Failure, seconds: float | None) -> Failure:
        """A refusal with Retry-After holds for every thread, not for the one that met it."""
        if seconds:
            self._refusal = failure
            self._pace.pause(seconds)
        return failure.after(seconds)

    def _refused(self) -> Failure | None:
        """The refusal that still holds, for longer than anybody waits: asking again would be rude."""
        left = self._pace.paused_s()
        return self._refusal.after(left) if left > self.limits.longest_wait_s else None

    def _advised(self, failure: Failure) -> Failure:
        if failure.hint is None:
            return failure
        return replace(failure, hint=self._advice.get(failure.hint.template, failure.hint))

    def _compare_clocks(self, response: requests.Response) -> None:
        """How far the server's clock is from ours. An answer kept by a proxy tells an old time."""
        header = response.headers.get("Date")
        if header is None or response.headers.get("Age", "0") != "0":
            return
        with suppress(ValueError):
            self._skew_s = (_moment(header) - self._now()).total_seconds()

    def _count(self, **more: float) -> None:
        with self._books:
            now = {name: getattr(self._traffic, name) + value for name, value in more.items()}
            self._traffic = replace(self._traffic, **now)

    def _wait(self, attempt: int, failure: Failure) -> float:
        """Seconds before the next try: what the server asks for, else doubling, with jitter against herds."""
        if failure.retry_after_s is not None:
            return failure.retry_after_s
        return float(self.limits.first_wait_s * 2 ** (attempt - 1) * (0.5 + self._random() / 2))

    def _retry_after(self, header: str | None) -> float | None:
        """Seconds that a Retry-After header asks for: a number or a date; None for neither."""
        if header is None:
            return None
        if re.fullmatch(r"[0-9]{1,9}", header.strip()):
            return float(header)
        try:
            return max(0.0, (_moment(header) - self._now()).total_seconds())
        except ValueError:
            return None

    def _proxy_of(self, url: str) -> str | None:
        """The proxy that a request to this address goes through."""
        try:
            environment = requests.utils.get_environ_proxies(url)
            return self._proxy or requests.utils.select_proxy(url, environment)
        except ValueError:  # the address is none
            return self._proxy


@dataclass(frozen=True, slots=True)
class _Answer:
    value: object


def _moment(header: str) -> datetime:
    """The time of a header, aware. Raises: `ValueError` when it is none."""
    moment = parsedate_to_datetime(header)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _refuse(constant: str) -> object:
    """JSON knows no NaN or Infinity, and neither do prices."""
    raise ValueError(constant)


def _address(proxy: str) -> str:
    if not PROXY.fullmatch(proxy.strip()):
        raise MarketError(
            text("proxy {proxy}: not an address.", proxy=proxy),
            text("Write http://host:port, or http://name:password@host:port."),
        )
    return proxy.strip() if "://" in proxy else f"http://{proxy.strip()}"
