"""Every way in which a request can fail, in words: the one place that knows requests' exceptions."""

from __future__ import annotations

import re
import socket
import ssl
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

import requests
import urllib3

from allocator.core.errors import MarketError
from allocator.core.text import Text, text
from allocator.market.errors import NotServed, Stopped

__all__ = ["Failure", "NotServed", "Stopped", "host_of"]

TRY_LATER = text("Try again later, or use provider = FILE quotes.csv, which needs no network.")
CHECK_NETWORK = text("Check the network; behind a proxy, give its address with --proxy or in HTTPS_PROXY.")
CHECK_PROXY = text("Check the address: that of --proxy, or of the variables HTTP_PROXY and HTTPS_PROXY.")
NO_ADDRESS = (
    requests.exceptions.InvalidURL,
    requests.exceptions.MissingSchema,
    requests.exceptions.InvalidSchema,
    urllib3.exceptions.LocationValueError,
    ValueError,
)
NOT_THE_SERVICE = text("Something else answers at this address: a login page, a proxy or a wrong path.")


@dataclass(frozen=True, slots=True)
class Failure:
    """One failed try, told without a full stop. `transient` failures are worth another."""

    message: Text
    hint: Text | None = None
    transient: bool = False
    retry_after_s: float | None = None
    cause: BaseException | None = None
    raises: type[MarketError] = MarketError

    def after(self, seconds: float | None) -> Failure:
        """The same, with the wait that the server asks for; whoever asks for one is to be tried again."""
        if seconds is None:
            return self
        hint = text("It asks to wait {seconds} s.", seconds=round(seconds))
        return replace(self, retry_after_s=seconds, transient=True, hint=hint)

    def error(self, tries: int) -> MarketError:
        if tries == 1:
            return self.raises(text("{failure}.", failure=self.message), self.hint)
        return self.raises(
            text("{failure}, after {tries} {tries:try|tries}.", failure=self.message, tries=tries), self.hint
        )


def host_of(url: str) -> str:
    """The host of an address, without name and password, for messages."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return url
    return f"{parts.hostname or url}{port}"


def of_status(status: int, host: str, proxy: str | None) -> Failure | None:
    """What an HTTP status means; None when it is a good one."""
    match status:
        case 200:
            return None
        case 401 | 403:
            message = text("{host} forbids the request ({status})", host=host, status=status)
            return Failure(message, text("Too many requests may be the reason: wait a few minutes."))
        case 407:
            return _proxy_password(proxy or host)
        case 408 | 429:
            message = text("{host}: too many requests ({status})", host=host, status=status)
            return Failure(message, text("Wait a minute before the next run."), transient=True)
        case _ if status >= 500:
            message = text("{host} is out of order ({status})", host=host, status=status)
            return Failure(message, TRY_LATER, transient=True)
    return Failure(text("{host} answered {status}", host=host, status=status), NOT_THE_SERVICE)


def of_type(kind: str, host: str) -> Failure:
    """An answer that calls itself something else than JSON."""
    kind = re.sub(r"[^\w/+.-].*", "", kind, flags=re.DOTALL)[:40] or "nothing"
    message = text("{host} answered {kind} instead of JSON", host=host, kind=kind)
    return Failure(message, NOT_THE_SERVICE, raises=NotServed)


def of_json(error: Exception, host: str) -> Failure:
    """An answer that calls itself JSON and is not; broken off on the way, as a rule, so worth another try."""
    return Failure(text("{host}: the answer is not whole JSON", host=host), TRY_LATER, transient=True, cause=error)


def too_big(limit: int, host: str) -> Failure:
    return Failure(text("{host}: the answer is over {megabytes} MB", host=host, megabytes=limit >> 20), NOT_THE_SERVICE)


def of_exception(error: Exception, host: str, proxy: str | None) -> Failure:
    """What an exception of requests, urllib3 or the system means. Total: nothing is left unmapped."""
    causes = list(_chain(error))
    failure = _of_proxy(error, causes, proxy) or _of_address(error, host) or _of_connection(causes, host)
    if failure is None:
        message = text("{host}: the request failed ({reason})", host=host, reason=type(error).__name__)
        failure = Failure(message, CHECK_NETWORK, transient=True)
    return replace(failure, cause=error)


def _of_proxy(error: Exception, causes: list[BaseException], proxy: str | None) -> Failure | None:
    if isinstance(error, requests.exceptions.InvalidProxyURL):
        return Failure(text("proxy {proxy}: not an address", proxy=_shown(proxy)), CHECK_PROXY)
    if not any(isinstance(cause, requests.exceptions.ProxyError | urllib3.exceptions.ProxyError) for cause in causes):
        return None
    if any(" 407" in str(cause) for cause in causes):
        return _proxy_password(proxy)
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return Failure(text("proxy {proxy}: no such host, or no network", proxy=_shown(proxy)), CHECK_PROXY)
    if any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        return Failure(text("proxy {proxy} refused the connection", proxy=_shown(proxy)), CHECK_PROXY)
    return Failure(text("proxy {proxy} does not let the request through", proxy=_shown(proxy)), CHECK_PROXY)


def _of_address(error: Exception, host: str) -> Failure | None:
    if isinstance(error, requests.exceptions.InvalidSchema) and "SOCKS" in str(error):
        return Failure(text("a SOCKS proxy needs one more library"), text("Run: pip install 'requests[socks]'"))
    if isinstance(error, NO_ADDRESS):
        return Failure(text("{host}: not an address of a web service", host=host), text("Write https://host/path."))
    if isinstance(error, requests.TooManyRedirects):
        return Failure(text("{host} redirects without end", host=host), NOT_THE_SERVICE)
    return None


def _of_connection(causes: list[BaseException], host: str) -> Failure | None:
    """By the first row of the table that is met anywhere among the causes: deep reasons say most, so they lead."""
    if any("CA certificate" in str(cause) for cause in causes):
        return Failure(text("REQUESTS_CA_BUNDLE names a file that is not there"), text("Correct or unset it."))
    for kinds, message, hint, transient in CONNECTION:
        if any(isinstance(cause, kinds) for cause in causes):
            return Failure(message(host), hint, transient)
    return None


CONNECTION: tuple[tuple[tuple[type[BaseException], ...], Callable[[str], Text], Text, bool], ...] = (
    (
        (socket.gaierror,),
        lambda host: text("{host}: no such host, or no network", host=host),
        CHECK_NETWORK,
        False,
    ),
    (
        (ConnectionRefusedError,),
        lambda host: text("{host} refused the connection", host=host),
        CHECK_NETWORK,
        False,
    ),
    (
        (ssl.SSLError, requests.exceptions.SSLError, urllib3.exceptions.SSLError),
        lambda host: text("{host}: no secure connection, its certificate or protocol is not trusted", host=host),
        text("Check the clock of this machine; a filtering proxy needs REQUESTS_CA_BUNDLE."),
        False,
    ),
    (
        (requests.Timeout, urllib3.exceptions.TimeoutError, TimeoutError),
        lambda host: text("{host} did not answer in time", host=host),
        TRY_LATER,
        True,
    ),
    (
        (urllib3.exceptions.DecodeError, requests.exceptions.ContentDecodingError, zlib.error),
        lambda host: text("{host}: the answer is not whole JSON", host=host),
        TRY_LATER,
        True,
    ),
    (
        (ConnectionResetError, ConnectionAbortedError, BrokenPipeError, urllib3.exceptions.ProtocolError),
        lambda host: text("{host} broke the connection off", host=host),
        TRY_LATER,
        True,
    ),
    (
        (requests.ConnectionError, urllib3.exceptions.NewConnectionError),
        lambda host: text("{host} cannot be reached", host=host),
        CHECK_NETWORK,
        False,
    ),
)


def _proxy_password(proxy: str | None) -> Failure:
    return Failure(
        text("proxy {proxy} asks for a name and a password", proxy=_shown(proxy)),
        text("Write http://name:password@host:port."),
    )


def _shown(proxy: str | None) -> str:
    """A proxy's address without its password."""
    return host_of(proxy) if proxy else ""


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An exception and all that it was raised from or wraps, each once."""
    found: dict[int, BaseException] = {}
    waiting: list[object] = [error]
    while waiting:
        item = waiting.pop(0)
        if isinstance(item, BaseException) and id(item) not in found:
            found[id(item)] = item
            waiting += [getattr(item, "reason", None), getattr(item, "original_error", None)]
            waiting += [*item.args, item.__cause__, item.__context__]
    return iter(found.values())
