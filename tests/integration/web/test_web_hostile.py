"""Hostile input over HTTP: names that are code, paths that lead out, bodies that are too much or never end."""

from __future__ import annotations

import http.client
import json
import logging
import socket
from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial

import pytest
from web_routes import changing, page_of, reading
from web_site import WebSite

from allocator.core.accounts import Account, Holding
from allocator.core.instrument import Dividend, Instrument, Kind
from allocator.store import Store
from allocator.web import guard
from allocator.web.bodies import LARGEST, Body

NAMES = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "{{ 7 * 7 }}{% raw %}${7*7}",
    "javascript:alert(1)",
    "\N{RIGHT-TO-LEFT OVERRIDE}RBES",
    "</script><!--",
    "%s %00 ' OR 1=1 --",
    "x" * 40,
    "..",
)
TICKERS = ("<B>SBER", "A'B\"C", "{{7*7}}", "=CMD()", "\N{RIGHT-TO-LEFT OVERRIDE}X", "T" * 200, "А" * 30)


def poison(store: Store) -> None:
    """Put all of it where pages read, past the checks of what is typed."""
    now = datetime(2026, 3, 2, 9, tzinfo=UTC)
    with store.transaction() as tx:
        tx.instruments.put([Instrument(ticker, Kind.SHARE, "TQBR", name=NAMES[n]) for n, ticker in enumerate(TICKERS)])
        for name in NAMES:
            tx.accounts.put(Account(name, tuple(Holding(ticker, Decimal(10)) for ticker in TICKERS)), now)
        policy = tx.accounts.policy()
        tx.accounts.put_policy(type(policy)(**{**_fields(policy), "exclude": TICKERS}), now)
        tx.dividends.put([Dividend(ticker, date(2026, 3, 20), Decimal(5), "RUB", NAMES[0]) for ticker in TICKERS])


def _fields(policy: object) -> dict[str, object]:
    return {name: getattr(policy, name) for name in policy.__slots__}  # type: ignore[attr-defined]


def test_no_name_becomes_code(web_site: WebSite) -> None:
    """Every page shows names of accounts, tickers and papers as text: no tag, no script, no address comes of them."""
    poison(web_site.store)
    shown = 0
    for route in reading():
        for name in NAMES if route.fields else NAMES[:1]:
            answer = web_site.get(route.named(name))
            assert answer.status_code < 500 or route.path == "/healthz", (route, name, answer.text[:500])
            if answer.headers.get("Content-Type", "").startswith("text/html"):
                page = page_of(answer.text)
                assert [] == page.wrong, route
                assert not {"b", "marquee"} & page.tags, route
                assert "\N{RIGHT-TO-LEFT OVERRIDE}" not in answer.text, route
                shown += any(NAMES[0] in each for each in page.text)
    assert shown


def test_every_form_of_every_page_has_a_token(web_site: WebSite) -> None:
    """A form that changes something and forgot it would be refused."""
    for route in reading():
        answer = web_site.get(route.named("Broker"))
        if answer.headers.get("Content-Type", "").startswith("text/html"):
            page = page_of(answer.text)
            posting = [form for form in page.forms if (form.get("method") or "get").lower() != "get"]
            assert len(posting) <= page.tokens, route


OUT = ("..%2f..%2f..%2fetc%2fpasswd", "%2e%2e", "..", "..%5c..%5cx", "%00", "x" * 5000, "%ff%fe", "a%0d%0aX-Evil:%201")


@pytest.mark.parametrize("value", OUT)
def test_no_parameter_of_a_path_leads_out(web_site: WebSite, value: str) -> None:
    """Whatever stands in place of a name is a name that there is not: an answer of ours, without a file of others."""
    for route in [*reading(), *changing()]:
        if route.fields:
            answer = raw(web_site, route.method, route.filled(value), token(web_site))
            assert answer.status < 500, (route, value)
            assert "root:" not in answer.said
            assert "X-Evil" not in answer.headers


@pytest.mark.parametrize(
    "path",
    [
        "/static/../app.py",
        "/static/../../core/text.py",
        "/static/%2e%2e/app.py",
        "/static/..%2fapp.py",
        "/static/..%5capp.py",
        "/static//etc/passwd",
        "/static/%2fetc%2fpasswd",
        "/static/vendor/../../site.py",
        "/static/app.js%00.py",
        "/static/",
        "/static/vendor",
        "/static/" + "a/" * 2000,
        "/../../etc/passwd",
    ],
)
def test_only_files_of_ours_are_served(web_site: WebSite, path: str) -> None:
    """Nothing beside the folder of static files, and no list of it."""
    answer = raw(web_site, "GET", path)
    assert answer.status in {404, 405, 307}
    assert "import" not in answer.said
    assert "root:" not in answer.said


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain"])
def test_a_body_that_is_too_much_is_refused(web_site: WebSite, kind: str) -> None:
    """One that says so is refused before it is read; one that does not say, when it is too much."""
    headers = {"Content-Type": kind, **token(web_site)}
    assert 413 == raw(web_site, "POST", "/look", {**headers, "Content-Length": str(LARGEST + 1)}).status
    chunks = (b"a=" + b"x" * 2**20 for _ in range(LARGEST // 2**20 + 2))
    assert 413 == sent_in_pieces(web_site, "/look", headers, chunks)
    without = {**headers, "X-CSRF-Token": ""}
    assert sent_in_pieces(web_site, "/look", without, iter([b"x" * (LARGEST + 1)])) in {403, 413}


def sent_in_pieces(site: WebSite, path: str, headers: dict[str, str], chunks: object) -> int:
    """The status of a body without a length, of which the server may not wait for the end."""
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=60)
    with suppress(BrokenPipeError, ConnectionResetError):  # it has hung up; what it said is there all the same
        connection.request("POST", path, chunks, headers, encode_chunked=True)  # type: ignore[arg-type]
    try:
        return connection.getresponse().status
    except ConnectionResetError:
        return 413  # the answer got lost with the connection
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", b"[" * 100_000),
        ("application/json", b'{"password": ' + b"9" * 5000 + b"}"),
        ("application/json", b"\xff\xfe"),
        ("application/json", json.dumps({"password": "\ud800"}).encode()),
        ("application/x-www-form-urlencoded", b"&".join(b"a%d=1" % n for n in range(20_000))),
        ("application/x-www-form-urlencoded", b"%ff%fe=%00&csrf=%ff"),
        ("multipart/form-data", b"x"),
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data; name=csrf"),
        ("multipart/form-data; boundary=" + "x" * 3000, b"x"),
        ("multipart/form-data; boundary=x", b"--x\r\n" + b"A: b\r\n" * 50_000),
        ("\x80", b"x"),
    ],
)
def test_a_body_that_is_no_body_breaks_nothing(web_site: WebSite, kind: str, body: bytes) -> None:
    """Nested, endless, of the wrong letters, cut off: refused, with and without a token, and nothing inside fails."""
    for headers in ({}, token(web_site)):
        for path in ("/look", "/settings/exclusions", "/api/session", "/login"):
            status = raw(web_site, "POST", path, {"Content-Type": kind, **headers}, body).status
            assert 200 <= status < 500, (path, headers)


def test_a_slow_body_is_not_waited_for(web_site: WebSite, monkeypatch: pytest.MonkeyPatch) -> None:
    """A body that drips is given up, and meanwhile others are served."""
    monkeypatch.setattr(guard, "Body", partial(Body, slowest_s=1.0))
    slow = []
    for _ in range(50):
        line = socket.create_connection(("127.0.0.1", web_site.port), timeout=60)
        head = f"POST /look HTTP/1.1\r\nHost: 127.0.0.1:{web_site.port}\r\nContent-Length: 100\r\n"
        line.sendall(f"{head}Content-Type: application/x-www-form-urlencoded\r\n\r\na=".encode())
        slow.append(line)
    assert 200 == web_site.get("/api/settings").status_code
    assert {b"HTTP/1.1 408"} == {line.recv(12) for line in slow}
    for line in slow:
        line.close()


@pytest.mark.parametrize(
    "to", ["//evil.example", "https://evil.example", "/\\evil.example", "/\t/evil.example", "/x\r\nX-Evil: 1"]
)
def test_no_redirect_leads_away(web_site: WebSite, to: str) -> None:
    """Neither after a choice of look nor after a login; and no header comes of an address."""
    for answer in (
        web_site.browser.submit("/look", {"theme": "dark", "back": to}),
        web_site.browser.submit("/login", {"next": to}),
        web_site.get("/login", params={"next": to}),
    ):
        assert (303, "/") == (answer.status_code, answer.headers["location"])
        assert "X-Evil" not in answer.headers


def test_lines_of_hosts_that_are_smuggled_are_refused(web_site: WebSite) -> None:
    """Two hosts, none, or one that hides another: no page."""
    ours = f"127.0.0.1:{web_site.port}"
    for lines in (
        ["Host: evil.example", f"Host: {ours}"],
        [],
        [f"Host: {ours}", "Host: evil.example"],
        [f"Host: {ours},x"],
    ):
        with socket.create_connection(("127.0.0.1", web_site.port), timeout=60) as line:
            line.sendall("\r\n".join(["GET /api/session HTTP/1.1", *lines, "Connection: close", "", ""]).encode())
            assert line.recv(12) in {b"HTTP/1.1 421", b"HTTP/1.1 400"}
    forwarded = {"X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"}
    assert "evil" not in web_site.get("/api/docs", headers=forwarded).text


class Raw:
    """An answer, read to its end."""

    def __init__(self, answer: http.client.HTTPResponse) -> None:
        self.status, self.headers = answer.status, answer.headers
        self.said = answer.read().decode("utf-8", "replace")


def raw(site: WebSite, method: str, path: str, headers: dict[str, str] | None = None, body: bytes | None = None) -> Raw:
    """The answer to a path and headers that are sent as they are."""
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=60)
    try:
        connection.putrequest(method, path, skip_accept_encoding=True)
        for name, value in (headers or {}).items():
            connection.putheader(name, value.encode("latin-1"))
        if body is not None:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        return Raw(connection.getresponse())
    finally:
        connection.close()


def token(site: WebSite) -> dict[str, str]:
    """The headers of a browser that may change something."""
    said = site.browser.csrf
    return {"X-CSRF-Token": said, "Cookie": "; ".join(f"{each.name}={each.value}" for each in site.browser.cookies)}


BROKEN = b"Transfer-Encoding: chunked\r\n\r\nzzz\r\n"


@pytest.mark.parametrize(
    ("head", "later"),
    [
        (b"POST /accounts HTTP/1.1\r\nX-CSRF-Token: x\r\n" + BROKEN, b""),
        (b"POST /accounts HTTP/1.1\r\n" + BROKEN, b""),
        (b"POST /accounts HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", b"zzz\r\n"),
        (b"GET / HTTP/1.1\r\n" + BROKEN, b""),
        (b"GET /stream HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", b"zzz\r\n"),
    ],
)
def test_a_body_that_is_broken_leaves_no_traceback(
    web_site: WebSite, caplog, monkeypatch: pytest.MonkeyPatch, head: bytes, later: bytes
) -> None:
    """Whether it is noticed before, after or while there is an answer: the sender gets 400, or is hung up on."""
    monkeypatch.setattr(logging.getLogger("uvicorn"), "propagate", True)
    with socket.create_connection(("127.0.0.1", web_site.port), 60) as sender:
        sender.sendall(head.replace(b"\r\n", f"\r\nHost: 127.0.0.1:{web_site.port}\r\n".encode(), 1))
        said = b""
        if later:
            if head.startswith(b"GET"):
                said = sender.recv(1)
            sender.sendall(later)
        with suppress(ConnectionResetError):
            while more := sender.recv(65536):
                said += more
    assert said == b"" or said.split()[1] in {b"400", b"403"} or head.startswith(b"GET /stream")
    assert 200 == web_site.get("/").status_code
    assert [] == [each.getMessage() for each in caplog.records if each.exc_info or "ASGI" in each.getMessage()]
