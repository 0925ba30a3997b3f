"""The one way out to the network: polite, patient within limits, and clear when it gives up."""

from __future__ import annotations

import json
import random as _random
import re
import threading
import time
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from itertools import count

import requests
import urllib3

from allocator import __version__
from allocator.core.errors import MarketError
from allocator.core.text import text
from allocator.market.failures import Failure, host_of, of_exception, of_json, of_status, of_type, too_big

PROXY = re.compile(r"(?:(?:https?|socks[45][ah]?)://)?(?:[^\s/@]+@)?[^\s/@:]+(?::\d{1,5})?/?", re.IGNORECASE)
CHUNK = 1 << 16
GZIP_OR_ZLIB = zlib.MAX_WBITS | 32  # either header
FOREIGN = (requests.RequestException, urllib3.exceptions.HTTPError, zlib.error, OSError, ValueError)


@dataclass(frozen=True, slots=True)
class Limits:
    """How long and how hard to try. ISS publishes no rate: four at a time, a tenth of a second apart, is safe."""

    connect_s: float = 5.0
    read_s: float = 15.0
    total_s: float = 45.0  # of one answer, with all its retries
    tries: int = 4
    longest_wait_s: float = 30.0  # a Retry-After beyond this is reported, not slept
    first_wait_s: float = 0.5  # doubles with each try
    spacing_s: float = 0.1
    in_flight: int = 4
    max_bytes: int = 32 << 20


def _now() -> datetime:
    return datetime.now(UTC)


class Http:
    """A session shared by all requests to one service; may be used from several threads.

    `proxy` goes before HTTP_PROXY and HTTPS_PROXY of the environment. `sleep`, `random` (0..1), `monotonic`
    (seconds) and `now` (aware) are the world outside, replaced in tests.
    Raises: `MarketError` when `proxy` is no address.
    """

    def __init__(
        self,
        *,
        proxy: str | None = None,
        limits: Limits = Limits(),
        sleep: Callable[[float], None] = time.sleep,
        random: Callable[[], float] = _random.random,
        monotonic: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = _now,
    ) -> None:
        self.limits = limits
        self._proxy = _address(proxy) if proxy else None
        self._sleep, self._random, self._monotonic, self._now = sleep, random, monotonic, now
        self._session = requests.Session()
        self._session.headers["User-Agent"] = f"allocator/{__version__}"
        self._session.headers["Accept"] = "application/json"
        self._session.headers["Accept-Encoding"] = "gzip"
        self._session.max_redirects = 5
        self._in_flight = threading.BoundedSemaphore(limits.in_flight)
        self._turn = threading.Lock()
        self._next_start = -float("inf")

    def json(
        self, url: str, params: Mapping[str, str] | None = None, check: Callable[[object], Failure | None] | None = None
    ) -> object:
        """The JSON at this address; its numbers are `int` or `Decimal`, never `float`.

        `check` looks at the document and may call it a failure (an error told inside a good answer).
        Raises: `MarketError` for everything that can go wrong on the way.
        """
        deadline = self._monotonic() + self.limits.total_s
        for attempt in count(1):
            outcome = self._try(url, params or {}, check, deadline)
            if not isinstance(outcome, Failure):
                return outcome.value
            wait = self._wait(attempt, outcome)
            patience = min(self.limits.longest_wait_s, deadline - self._monotonic())
            if not outcome.transient or attempt >= self.limits.tries or wait > patience:
                raise outcome.error(attempt) from outcome.cause
            self._sleep(wait)
        raise AssertionError  # pragma: no cover -- count() never ends

    def close(self) -> None:
        self._session.close()

    def _try(
        self,
        url: str,
        params: Mapping[str, str],
        check: Callable[[object], Failure | None] | None,
        deadline: float,
    ) -> _Document | Failure:
        """One request: the document, or what went wrong."""
        host = host_of(url)
        with self._in_flight:
            self._await_turn()
            left = max(0.001, deadline - self._monotonic())
            timeout = (min(self.limits.connect_s, left), min(self.limits.read_s, left))
            proxies = {"http": self._proxy, "https": self._proxy} if self._proxy else None
            try:
                with self._session.get(
                    url, params=dict(params), timeout=timeout, proxies=proxies, stream=True
                ) as response:
                    failure = of_status(response.status_code, host, self._proxy_of(url))
                    if failure is not None:
                        return failure.after(self._retry_after(response.headers.get("Retry-After")))
                    kind = response.headers.get("Content-Type", "")
                    if not kind.lower().startswith("application/json"):
                        return of_type(kind, host)
                    body = self._body(response, deadline, host)
            except FOREIGN as error:
                return of_exception(error, host, self._proxy_of(url))
        if isinstance(body, Failure):
            return body
        try:
            document = _Document(json.loads(body, parse_float=Decimal, parse_constant=_refuse))
        except (ValueError, RecursionError) as error:  # UnicodeDecodeError is a ValueError
            return of_json(error, host)
        return (check(document.value) if check else None) or document

    def _body(self, response: requests.Response, deadline: float, host: str) -> bytes | Failure:
        """The whole body. Read as it comes, so that an answer that drips cannot outlive the deadline.

        It is unpacked only then: a stream that unpacks as it goes waits for more when a piece yields nothing yet.
        """
        read = getattr(response.raw, "read1", response.raw.read)  # urllib3 1 has only the one that waits for all
        body = bytearray()
        while piece := read(CHUNK, decode_content=False):
            body += piece
            if len(body) > self.limits.max_bytes:
                return too_big(self.limits.max_bytes, host)
            if self._monotonic() > deadline:
                raise requests.Timeout
        if response.headers.get("Content-Encoding", "identity") == "identity":
            return bytes(body)
        unpacked = zlib.decompressobj(GZIP_OR_ZLIB).decompress(body, self.limits.max_bytes + 1)
        return unpacked if len(unpacked) <= self.limits.max_bytes else too_big(self.limits.max_bytes, host)

    def _await_turn(self) -> None:
        """Keep requests apart."""
        with self._turn:
            now = self._monotonic()
            start = max(now, self._next_start)
            self._next_start = start + self.limits.spacing_s
        if start > now:
            self._sleep(start - now)

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
            moment = parsedate_to_datetime(header)
        except ValueError:
            return None
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return max(0.0, (moment - self._now()).total_seconds())

    def _proxy_of(self, url: str) -> str | None:
        """The proxy that a request to this address goes through."""
        try:
            environment = requests.utils.get_environ_proxies(url)
            return self._proxy or requests.utils.select_proxy(url, environment)
        except ValueError:  # the address is none
            return self._proxy


@dataclass(frozen=True, slots=True)
class _Document:
    value: object


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
