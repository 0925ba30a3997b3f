"""The password's page in a real browser, on a server of its own that demands one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from browser_server import serving
from reader import PHONE, Look, Reader
from selenium.webdriver.common.keys import Keys

from allocator.app.passwords import SALT_BYTES, hashed

PASSWORD = "four correct horses"


@pytest.fixture(scope="module")
def guarded(exchange: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server that asks for the password: its URL."""
    folder = tmp_path_factory.mktemp("guarded")
    (folder / "hash").write_text(hashed(PASSWORD, b"s" * SALT_BYTES), encoding="utf-8")
    (folder / "hash").chmod(0o600)
    settings = folder / "allocator.ini"
    settings.write_text(f"[serve]\npassword = file:{folder / 'hash'}\n", encoding="utf-8")
    with serving(folder / "store.db", exchange, "--config", str(settings)) as url:
        yield url


def sign_in(reader: Reader, password: str) -> None:
    reader.type('input[name="password"]', password)
    with reader.leaving():
        reader.press(Keys.ENTER)


@pytest.mark.parametrize("look", [Look("light", "ru", PHONE), Look("dark", "en")], ids=str)
def test_who_knows_the_password_gets_where_they_wanted(reader: Reader, guarded: str, look: Look):
    """Not without it, nor with a wrong one; and signing out ends it."""
    guest = Reader(reader.driver, guarded)
    guest.driver.delete_all_cookies()
    guest.looks(look)
    guest.open("/data")
    assert "/login" in guest.driver.current_url
    guest.shoot(f"login-{look}")
    assert [] == guest.axe()
    sign_in(guest, "three wrong horses")
    assert guest.find("#wrong").text
    assert [] == guest.axe()
    sign_in(guest, PASSWORD)
    assert guest.driver.current_url.endswith("/data")
    assert [] == guest.sideways()
    with guest.leaving():
        guest.find('form[action="/logout"] button').click()
    guest.open("/data")
    assert "/login" in guest.driver.current_url
