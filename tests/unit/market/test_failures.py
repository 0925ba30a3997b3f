"""Every foreign exception becomes one clear line."""

from __future__ import annotations

import inspect
import socket

import pytest
import requests
import urllib3

from allocator.market.failures import host_of, of_exception, of_status

KINDS = [
    kind
    for library in (requests.exceptions, urllib3.exceptions)
    for _, kind in inspect.getmembers(library, inspect.isclass)
    if issubclass(kind, Exception) and not issubclass(kind, Warning) and kind.__module__ == library.__name__
]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: f"{kind.__module__}.{kind.__name__}")
def test_no_exception_is_left_unmapped(kind: type[Exception]):
    """Each exception of requests and urllib3 has a sentence that names the host or the proxy."""
    error = kind.__new__(kind)
    error.args = ("told",)
    error.__dict__.update(partial=0, expected=0, length=0, response=None)  # what some need to be printed
    failure = of_exception(error, "iss.moex.com", "http://me:secret@proxy:3128")
    said = str(failure.error(1))
    assert any(name in said for name in ("iss.moex.com", "proxy:3128"))
    assert "secret" not in said
    assert error is failure.cause


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (socket.gaierror(-2, "Name or service not known"), "iss.moex.com: no such host, or no network."),
        (ConnectionRefusedError(), "iss.moex.com refused the connection."),
        (ConnectionResetError(), "iss.moex.com broke the connection off."),
        (TimeoutError(), "iss.moex.com did not answer in time."),
        (OSError("Could not find a suitable TLS CA certificate bundle"), "REQUESTS_CA_BUNDLE names a file"),
        (OSError("disk"), "iss.moex.com: the request failed (OSError)."),
    ],
)
@pytest.mark.parametrize("depth", [0, 1, 2])
def test_the_deepest_cause_is_told(error: Exception, message: str, depth: int):
    """Wrapped once, twice or not at all, the reason is the same."""
    for _ in range(depth):
        wrapped = requests.ConnectionError(error) if "request failed" not in message else OSError(error)
        wrapped.__context__ = error
        error = wrapped
    assert str(of_exception(error, "iss.moex.com", None).error(1)).startswith(message)


def test_a_chain_that_bites_its_tail_ends():
    """Exceptions that name each other as causes do not hang the explanation."""
    one, other = OSError("one"), OSError("other")
    one.__context__, other.__context__ = other, one
    assert "request failed" in str(of_exception(one, "host", None).error(1))


def test_a_socks_proxy_needs_a_library():
    """requests' own sentence is turned into what to install."""
    error = requests.exceptions.InvalidSchema("Missing dependencies for SOCKS support.")
    assert "pip install 'requests[socks]'" in str(of_exception(error, "host", "socks5://p:1").error(1))


def test_only_200_is_an_answer():
    """Every other status is a failure; only the exchange's own trouble is worth another try."""
    assert None is of_status(200, "iss.moex.com", None)
    for status in range(201, 600):
        failure = of_status(status, "iss.moex.com", None)
        assert failure is not None
        assert failure.transient == (status >= 500 or status in {408, 429})


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://iss.moex.com/iss", "iss.moex.com"),
        ("http://me:secret@127.0.0.1:8089/iss", "127.0.0.1:8089"),
        ("nowhere", "nowhere"),
        ("http://host:port/", "http://host:port/"),
        ("", ""),
    ],
)
def test_a_host_is_named_without_secrets(url: str, host: str):
    """What cannot be taken apart is shown as it is."""
    assert host == host_of(url)
