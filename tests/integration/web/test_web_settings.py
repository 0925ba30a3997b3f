"""The page of settings over HTTP: its edits, what it shows of the file, and its JSON."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from telegram_server import CHAT, TOKEN, TelegramServer
from web_site import WebSite, site_over

from allocator.config.settings import parse_settings
from allocator.store import Store


def accounts(site: WebSite) -> list[str]:
    with site.store.reading() as tx:
        return [each.name for each in tx.accounts.all()]


def excluded(site: WebSite) -> tuple[str, ...]:
    with site.store.reading() as tx:
        return tx.accounts.policy().exclude


def finished(site: WebSite) -> None:
    """Wait until the test message is out, up to a time after which a test is surely broken."""
    for _ in range(3000):
        if site.get("/api/settings/test").json()["state"] == "done":
            return
        time.sleep(0.01)
    pytest.fail("the test message is still on its way")


def test_an_account_is_created_and_removed(web_site: WebSite) -> None:
    """A new account is in the list; an empty one goes by its button."""
    done = web_site.browser.submit("/settings/accounts", {"name": "ИИС & co"})
    assert (303, "/settings#accounts") == (done.status_code, done.headers["location"])
    assert ["Broker", "IIS", "ИИС & co"] == accounts(web_site)
    assert "ИИС &amp; co" in web_site.get("/settings").text
    gone = web_site.browser.submit("/settings/accounts/remove", {"name": "ИИС & co", "version": 1})
    assert 303 == gone.status_code
    assert ["Broker", "IIS"] == accounts(web_site)


@pytest.mark.parametrize(("name", "status"), [("", 400), ("a/b", 400), ("x" * 41, 400), ("Broker", 409)])
def test_a_name_that_cannot_be_is_told_and_kept(web_site: WebSite, name: str, status: int) -> None:
    """The page says what is wrong and keeps what was typed; nothing is created."""
    answer = web_site.browser.submit("/settings/accounts", {"name": name})
    assert status == answer.status_code
    assert 'role="alert"' in answer.text
    assert f'value="{name}"' in answer.text
    assert ["Broker", "IIS"] == accounts(web_site)


def test_an_account_that_holds_something_stays(web_site: WebSite) -> None:
    """It has no button; who asks all the same is refused, and so is who has seen an older version."""
    assert "Remove account Broker" not in web_site.get("/settings").text
    assert 400 == web_site.browser.submit("/settings/accounts/remove", {"name": "Broker", "version": 1}).status_code
    web_site.browser.submit("/settings/accounts", {"name": "New"})
    assert 409 == web_site.browser.submit("/settings/accounts/remove", {"name": "New", "version": 7}).status_code
    assert ["Broker", "IIS", "New"] == accounts(web_site)


def test_exclusions_are_added_and_taken_back(web_site: WebSite) -> None:
    """By the forms and by the API; what is no ticker is refused."""
    assert 303 == web_site.browser.submit("/settings/exclusions", {"ticker": " gazp "}).status_code
    assert ("GAZP", "VTBR") == excluded(web_site)
    assert 303 == web_site.browser.submit("/settings/exclusions", {"allow": "VTBR"}).status_code
    assert ("GAZP",) == excluded(web_site)
    assert ["GAZP", "LKOH"] == web_site.browser.change("PUT", "/api/exclusions/LKOH").json()["exclude"]
    assert ["LKOH"] == web_site.browser.change("DELETE", "/api/exclusions/GAZP").json()["exclude"]
    refused = web_site.browser.submit("/settings/exclusions", {"ticker": "<b>"})
    assert 400 == refused.status_code
    assert 'value="&lt;b&gt;"' in refused.text
    assert ("LKOH",) == excluded(web_site)


def test_the_look_is_chosen_and_kept(web_site: WebSite) -> None:
    """Language, theme and hidden amounts are the browser's; the page that one came from is shown anew."""
    chosen = {"lang": "ru", "theme": "dark", "discreet": "yes", "back": "/settings?x=1"}
    done = web_site.browser.submit("/look", chosen)
    assert (303, "/settings?x=1") == (done.status_code, done.headers["location"])
    page = web_site.get("/settings").text
    assert '<html lang="ru" data-theme="dark">' in page
    assert "Настройки" in page
    assert all("HttpOnly" in each and "SameSite=strict" in each for each in done.raw.headers.getlist("Set-Cookie"))


@pytest.mark.parametrize("field", ["lang", "theme", "discreet"])
def test_no_other_look_than_there_is(web_site: WebSite, field: str) -> None:
    """Nothing that was made up gets into a cookie."""
    answer = web_site.browser.submit("/look", {field: "x; Domain=evil.example"})
    assert 422 == answer.status_code
    assert field not in web_site.browser.cookies


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file of settings with a way to a chat."""
    (tmp_path / "token").write_text(TOKEN)
    (tmp_path / "token").chmod(0o600)
    path = tmp_path / "allocator.ini"
    path.write_text(f"[telegram]\ntoken = file:token\nchat = {CHAT}\n[dividends]\ntax = 15%\n")
    return path


@pytest.fixture
def with_file(file: Path, served: Callable[..., WebSite], web_store: Store, tmp_path: Path) -> WebSite:
    """A server that read these settings."""
    return served(site_over(web_store, tmp_path, parse_settings(file.read_bytes(), file)))


def test_the_file_is_shown_without_secrets(with_file: WebSite, file: Path) -> None:
    """Each value as it is written, each default beside it; of the token only where it is kept."""
    page = with_file.get("/settings").text
    assert str(file) in page
    assert "15%" in page
    assert "file:token" in page
    assert TOKEN not in page
    assert TOKEN not in with_file.get("/api/settings").text
    assert "restart the server" not in page


def test_a_file_that_has_changed_is_told_of(with_file: WebSite, file: Path) -> None:
    """What the server does not go by yet is said so; what is wrong in it, too."""
    file.write_text(file.read_text().replace("15%", "10%"))
    assert "restart the server" in with_file.get("/settings").text
    file.write_text("[dividends]\ntax = many\n")
    assert "allocator.ini:2: [dividends] tax" in with_file.get("/settings").text
    assert with_file.get("/api/settings").json()["file"]["stale"]


def test_a_test_message_is_sent_in_the_background(with_file: WebSite, monkeypatch: pytest.MonkeyPatch) -> None:
    """The button answers at once; what came of the message is there to be looked at."""
    with TelegramServer() as telegram:
        monkeypatch.setenv("ALLOCATOR_TELEGRAM_URL", telegram.url)
        assert "none" == with_file.get("/api/settings/test").json()["state"]
        assert 202 == with_file.browser.change("POST", "/api/settings/test").status_code
        assert telegram.wait_for(1)
        assert "A test of messages" in telegram.texts[0]
        finished(with_file)
    done = with_file.get("/api/settings/test").json()
    assert [("telegram", True)] == [(each["channel"], each["sent"]) for each in done["channels"]]
    assert "Tried at" in with_file.get("/settings").text


def test_without_a_channel_the_test_says_so(web_site: WebSite) -> None:
    """It tells how to set one up; by htmx the piece of the page comes."""
    piece = web_site.browser.change("POST", "/settings/test", headers={"HX-Request": "true"})
    assert piece.text.startswith('<div id="message-test"')
    finished(web_site)
    assert "no channel is set up" in web_site.get("/settings/test").text


def test_everything_is_json_too(web_site: WebSite) -> None:
    """Accounts, exclusions, channels and the keys of the file."""
    found = web_site.get("/api/settings").json()
    assert [("Broker", 3, False), ("IIS", 2, False)] == [
        (each["name"], each["held"], each["empty"]) for each in found["accounts"]
    ]
    assert ["VTBR"] == found["exclude"]
    assert ["telegram", "email", "console"] == [each["name"] for each in found["messages"]["channels"]]
    assert {"section": "serve", "key": "port", "value": None, "default": "5000"} in found["file"]["values"]


def test_the_api_is_told_of(web_site: WebSite) -> None:
    """Each path of the document of OpenAPI stands on the page, with no script but ours."""
    page = web_site.get("/api/docs").text
    paths = web_site.get("/api/openapi.json").json()["paths"]
    assert paths
    assert [] == [path for path in paths if f" {path}</code>" not in page]
    assert all(src.startswith("/static/") for src in re.findall(r'<script[^>]* src="([^"]+)"', page))
    assert f"{web_site.url}/api/session" in page
