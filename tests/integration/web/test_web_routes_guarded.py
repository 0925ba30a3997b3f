"""Every route there is: none changes anything without a token, none shows anything without the password."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from web_routes import changing, reading, routes
from web_site import WebSite, quickly_hashed, site_over

from allocator.store import Store
from allocator.web.door import Door
from allocator.web.guard import OPEN

HASH = quickly_hashed("correct horse battery")
STRANGE = {
    "another origin": {"Origin": "https://evil.example"},
    "no origin": {"Origin": "null"},
    "another port": {"Origin": "http://127.0.0.1:1", "Sec-Fetch-Site": "same-site"},
    "another site": {"Sec-Fetch-Site": "cross-site"},
}


@pytest.fixture
def locked(served: Callable[..., WebSite], web_store: Store, tmp_path: Path) -> WebSite:
    return served(site_over(web_store, tmp_path), Door(password=HASH))


def kept(store: Store) -> tuple[object, ...]:
    """What a page can change."""
    with store.reading() as tx:
        return tx.accounts.all(), tx.accounts.policy(), tx.dividends.all(), tx.accounts.changes()


def test_no_route_changes_anything_without_a_token(web_site: WebSite) -> None:
    """Neither without one, nor with one that is made up, nor with that of another browser; in a field or a header."""
    before, others = kept(web_site.store), web_site.new_browser().csrf
    web_site.get("/api/session")
    passed = []
    for route in changing():
        path = route.named("Broker")
        for token in ("", "0" * 64, others):
            asked = [
                web_site.browser.request(route.method, path, headers={"X-CSRF-Token": token}),
                web_site.browser.request(route.method, path, data={"csrf": token}),
                web_site.browser.request(route.method, path, files={"csrf": (None, token)}),
                web_site.browser.request(route.method, path, params={"csrf": token}, json={"csrf": token}),
            ]
            passed += [(route, token) for answer in asked if answer.status_code != 403]
    assert len(changing()) > 5
    assert [] == passed
    assert before == kept(web_site.store)


@pytest.mark.parametrize("headers", STRANGE.values(), ids=STRANGE)
def test_no_route_listens_to_pages_of_others(web_site: WebSite, headers: dict[str, str]) -> None:
    """A form on another site is refused, even one that has learnt the token."""
    token = web_site.browser.csrf
    answers = [
        web_site.browser.request(
            route.method, route.named("Broker"), data={"csrf": token}, headers={"X-CSRF-Token": token, **headers}
        ).status_code
        for route in changing()
    ]
    assert {403} == set(answers)


def test_with_a_password_every_route_demands_it(locked: WebSite) -> None:
    """But the page of the password itself, the session of the API, and whether the server is well."""
    shown = []
    for route in routes():
        if route.path in OPEN:
            continue
        path = route.named("Broker")
        answer = (
            locked.get(path, stream=True)
            if route.method == "GET"
            else locked.browser.change(route.method, path, {"name": "x"})
        )
        to_login = answer.status_code == 303 and answer.headers["location"].startswith("/login")
        if not (to_login or answer.status_code == 401):
            shown.append((route, answer.status_code))
        answer.close()
    assert [] == shown
    assert 401 == locked.get("/api/openapi.json").status_code
    assert 303 == locked.get("/there-is-no-such-page").status_code


def test_nobody_loads_our_pages_into_theirs(web_site: WebSite) -> None:
    """A page of another site that uses ours as an image, a script or a frame gets nothing; a link may be followed."""
    for route in reading():
        path = route.named("Broker")
        for mode, dest in (("no-cors", "image"), ("cors", "empty"), ("navigate", "iframe")):
            headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": mode, "Sec-Fetch-Dest": dest}
            assert 403 == web_site.get(path, headers=headers).status_code
    link = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    assert 200 == web_site.get("/settings", headers=link).status_code


def test_reading_changes_nothing(web_site: WebSite) -> None:
    """After every page and every JSON was read all is as it was."""
    before = kept(web_site.store)
    answers = {route: web_site.get(route.named("Broker")).status_code for route in reading()}
    assert {} == {route: status for route, status in answers.items() if status >= 500 and route.path != "/healthz"}
    assert before == kept(web_site.store)


def test_every_answer_has_its_headers(web_site: WebSite) -> None:
    """Pages, JSON, files, redirects and refusals: none may be framed, sniffed, or run what is not ours."""
    paths = ["/", "/api/settings", "/static/app.js", "/nothing", "/api/nothing", "/login", "/healthz"]
    answers = [*map(web_site.get, paths), web_site.browser.post("/look", {}), web_site.get("/", headers={"Host": "x"})]
    for answer in answers:
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert "nosniff" == answer.headers["X-Content-Type-Options"]
        assert "same-origin" == answer.headers["Cross-Origin-Resource-Policy"] == answer.headers["Referrer-Policy"]
        assert "Access-Control-Allow-Origin" not in answer.headers
    assert ["no-store", "no-store", "no-cache"] == [answer.headers["Cache-Control"] for answer in answers[:3]]


def test_methods_that_nobody_expects_do_nothing(web_site: WebSite) -> None:
    """Made up methods need a token too, and then are refused; a header that renames a method renames nothing."""
    for method in ("PATCH", "PROPFIND", "TRACE", "FOO"):
        assert 403 == web_site.browser.request(method, "/settings").status_code
        assert 405 == web_site.browser.change(method, "/settings").status_code
    answer = web_site.get("/settings/exclusions?ticker=GAZP", headers={"X-HTTP-Method-Override": "POST"})
    assert 405 == answer.status_code
