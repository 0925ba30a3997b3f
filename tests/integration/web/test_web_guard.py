"""The guard over HTTP: which requests reach a page, and which headers leave with it."""

from __future__ import annotations

import http.client

import pytest
from web_site import WebSite


def answer_to(site: WebSite, method: str = "GET", path: str = "/", **headers: str) -> http.client.HTTPResponse:
    """The answer to a request with exactly these headers, as no client library would let one write them."""
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=30)
    try:
        connection.putrequest(method, path, skip_host="Host" in headers)
        for name, value in headers.items():
            connection.putheader(name.replace("_", "-"), value)
        connection.endheaders()
        answer = connection.getresponse()
        answer.read()
        return answer
    finally:
        connection.close()


def test_a_page_knows_the_token_of_its_browser(web_site: WebSite) -> None:
    """The front page carries the token that the API tells the same browser."""
    assert f'<meta name="csrf" content="{web_site.browser.csrf}">' in web_site.get("/").text


@pytest.mark.parametrize(
    "host", ["evil.example:{port}", "127.0.0.1", "127.0.0.1:1", "127.0.0.1.evil.example:{port}", "localhost@e:{port}"]
)
def test_a_strange_host_is_refused(web_site: WebSite, host: str) -> None:
    """A name that is not ours, as DNS rebinding has it, gets neither a page nor a token."""
    answer = answer_to(web_site, Host=host.format(port=web_site.port))
    assert (421, "text/plain; charset=utf-8") == (answer.status, answer.headers["Content-Type"])
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("host", ["127.0.0.1:{port}", "localhost:{port}", "LOCALHOST:{port}", "[::1]:{port}"])
def test_our_names_are_admitted(web_site: WebSite, host: str) -> None:
    """The loopback's names with the port are ours, in any case of letters."""
    assert 200 == answer_to(web_site, path="/api/session", Host=host.format(port=web_site.port)).status
