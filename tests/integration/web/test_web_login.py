"""The password over HTTP: who gets in, how long they stay, and who does not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from web_site import Browser, WebSite, quickly_hashed, site_over

from allocator.store import Store
from allocator.web.door import Door
from allocator.web.throttle import ONE, Throttle

PASSWORD = "correct horse battery"
HASH = quickly_hashed(PASSWORD)


@pytest.fixture
def locked(served: Callable[..., WebSite], web_store: Store, tmp_path: Path) -> WebSite:
    """A server with a password before it, on which time stands still for who guesses."""
    site = served(site_over(web_store, tmp_path), Door(password=HASH))
    site.app.state.throttle = Throttle(lambda: 0.0)
    return site


def sign_in(browser: Browser, password: str = PASSWORD, **fields: str) -> int:
    return browser.submit("/login", {"password": password, **fields}).status_code


def test_without_a_password_nobody_is_asked(web_site: WebSite) -> None:
    """Where there is none, its page leads on to what was wanted."""
    answer = web_site.get("/login?next=/data")
    assert (303, "/data") == (answer.status_code, answer.headers["location"])
    assert 303 == sign_in(web_site.browser, "anything")
    session = web_site.get("/api/session").json()
    assert (False, False) == (session["password_needed"], session["signed_in"])


def test_with_a_password_a_page_leads_to_its_page_and_back(locked: WebSite) -> None:
    """Who opens a page is asked for the password, and then is where they wanted to be."""
    first = locked.get("/?a=1&b=2")
    assert (303, "/login?next=%2F%3Fa%3D1%26b%3D2") == (first.status_code, first.headers["location"])
    asking = locked.get(first.headers["location"]).text
    assert 'name="next" value="/?a=1&amp;b=2"' in asking
    assert 'href="/accounts"' not in asking  # no menu of pages that nobody may open yet
    done = locked.browser.submit("/login", {"password": PASSWORD, "next": "/?a=1&b=2"})
    assert (303, "/?a=1&b=2") == (done.status_code, done.headers["location"])
    assert 200 == locked.get("/").status_code
    assert 303 == locked.get("/login").status_code


def test_a_wrong_password_opens_nothing(locked: WebSite) -> None:
    """The page says so, keeps where one wanted to go, and repeats nothing of the password."""
    answer = locked.browser.submit("/login", {"password": "hunter2 hunter2", "next": "/data"})
    assert 403 == answer.status_code
    assert "This is not the password." in answer.text
    assert 'name="next" value="/data"' in answer.text
    assert "hunter2" not in answer.text
    assert 303 == locked.get("/").status_code


@pytest.mark.parametrize("password", ["", " " + PASSWORD, PASSWORD.upper(), "x" * 100_000, "\x00", "\ud800", HASH])
def test_what_is_not_the_password_is_refused(locked: WebSite, password: str) -> None:
    """Neither nothing, nor something alike, nor its hash, nor what is no text gets in."""
    typed = password.encode("utf-8", "surrogatepass").decode("latin-1")
    assert 403 == sign_in(locked.browser, typed)


def test_the_name_of_a_session_is_new_at_every_login(locked: WebSite) -> None:
    """A name that somebody planted in the browser before is not the one that is signed in (session fixation)."""
    name = f"visit_{locked.port}"
    planted = "A" * 43
    locked.browser.cookies.set(name, planted, domain="127.0.0.1", path="/")
    assert 303 == sign_in(locked.browser)
    thief = locked.new_browser()
    thief.cookies.set(name, planted, domain="127.0.0.1", path="/")
    assert 401 == thief.get("/api/openapi.json").status_code
    first = {each.value for each in locked.browser.cookies if each.name == name} - {planted}
    locked.browser.submit("/logout")
    sign_in(locked.browser)
    assert not first & {each.value for each in locked.browser.cookies if each.name == name}


def test_after_a_logout_the_old_cookie_is_worth_nothing(locked: WebSite) -> None:
    """Signing out ends the session on this side, not only in the browser."""
    sign_in(locked.browser)
    copy = locked.new_browser()
    copy.cookies.update(locked.browser.cookies)
    assert 200 == copy.get("/").status_code
    assert 303 == locked.browser.submit("/logout").status_code
    assert 303 == copy.get("/").status_code
    assert 303 == locked.get("/").status_code


def test_cookies_are_out_of_reach(locked: WebSite) -> None:
    """No script and no other site gets them; over TLS they are never sent without."""
    answer = locked.browser.submit("/login", {"password": PASSWORD})
    cookies = answer.raw.headers.getlist("Set-Cookie")
    assert 2 == len(cookies)
    assert all("HttpOnly" in each and "SameSite=Strict" in each and "Path=/" in each for each in cookies)


def test_behind_tls_cookies_are_secure(served: Callable[..., WebSite], web_store: Store, tmp_path: Path) -> None:
    """With `https = yes` each cookie is for encrypted lines only."""
    site = served(site_over(web_store, tmp_path), Door(https=True))
    first = site.get("/").raw.headers.getlist("Set-Cookie")
    assert first
    assert all("Secure" in each for each in first)


def test_guesses_are_slowed_down(locked: WebSite) -> None:
    """After a few wrong passwords not even the right one is looked at before its time, which the answer tells."""
    assert [403] * ONE.free == [sign_in(locked.browser, f"guess number {n}") for n in range(ONE.free)]
    answer = locked.browser.submit("/login", {"password": PASSWORD})
    assert 429 == answer.status_code
    assert 1 <= int(answer.headers["Retry-After"]) <= 2
    assert "try again in" in answer.text


def test_a_guesser_does_not_keep_a_known_browser_out(locked: WebSite) -> None:
    """A browser that was signed in before is let in while the others of its address wait."""
    sign_in(locked.browser)
    locked.browser.submit("/logout")
    guesser = locked.new_browser()
    for n in range(ONE.free + 1):
        sign_in(guesser, f"guess number {n}")
    assert 429 == sign_in(guesser)
    assert 303 == sign_in(locked.browser)


def test_a_client_of_the_api_signs_in_and_out(locked: WebSite) -> None:
    """With a token and a password it gets a session and a new token; the old token is no more."""
    browser = locked.browser
    before = browser.csrf
    refused = browser.change("POST", "/api/session", json={"password": "wrong password"})
    assert (403, "This is not the password.") == (refused.status_code, refused.json()["errors"][0]["message"])
    session = browser.change("POST", "/api/session", json={"password": PASSWORD}).json()
    assert session["signed_in"]
    assert before != session["csrf"] == browser.csrf
    assert 403 == browser.delete("/api/session", headers={"X-CSRF-Token": before}).status_code
    assert 204 == browser.change("DELETE", "/api/session").status_code
    assert not browser.get("/api/session").json()["signed_in"]


def test_who_is_not_signed_in_is_told_in_the_way_they_asked(locked: WebSite) -> None:
    """The API says 401, htmx goes to the page of the password, a form too, and a stream is none."""
    browser = locked.browser
    assert 401 == browser.get("/api/openapi.json").status_code
    assert 401 == browser.change("PUT", "/api/accounts/x").status_code
    by_htmx = browser.get("/data", headers={"HX-Request": "true"})
    assert (204, "/login") == (by_htmx.status_code, by_htmx.headers["HX-Redirect"])
    assert 303 == browser.submit("/look", {"theme": "dark"}).status_code
    assert "theme" not in browser.cookies
    assert 303 == browser.get("/stream").status_code


@pytest.mark.parametrize(
    "path",
    [
        "/static/../",
        "/static/..%2f",
        "/login/../api/openapi.json",
        "//api/openapi.json",
        "/LOGIN",
        "/login/",
        "/healthz/x",
    ],
)
def test_no_spelling_of_a_path_goes_around_the_password(locked: WebSite, path: str) -> None:
    """A path that looks like an open one and is another one is not open, or is nothing."""
    import http.client  # noqa: PLC0415

    connection = http.client.HTTPConnection("127.0.0.1", locked.port, timeout=30)
    connection.request("GET", path)  # sent as it is
    answer = connection.getresponse()
    body = answer.read().decode()
    connection.close()
    assert answer.status in {303, 307, 401, 404}
    assert "openapi" not in body
    assert "Portfolio</h1>" not in body
