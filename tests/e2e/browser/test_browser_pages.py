"""Every page in a real browser: it shows, on desk and phone, in both themes and languages, and nothing is wrong.

Pictures of all of them are kept in out/screenshots.
"""

from __future__ import annotations

import pytest
from reader import DESK, PHONE, Look, Reader

from allocator.web.templating import MENU

PAGES = {
    "portfolio": "/",
    "accounts": "/accounts",
    "account": "/accounts/Broker",
    "dividends": "/dividends",
    "dividend": "/dividends/LKOH",
    "forecast": "/forecast",
    "optimization": "/optimization",
    "rebalance": "/rebalance",
    "backtest": "/backtest",
    "data": "/data",
    "journal": "/data/journal?run=1",
    "events": "/data/events",
    "models": "/models",
    "model": "/models/" + "4" * 20,
    "settings": "/settings",
    "api": "/api/docs",
}
OF_SOMETHING = {"account", "dividend", "journal", "model"}  # that an empty store does not have
LOOKS = (
    Look("light", "en", DESK),
    Look("dark", "ru", DESK),
    Look("dark", "en", PHONE),
    Look("light", "ru", PHONE),
)


def check(reader: Reader, name: str, path: str, look: Look) -> None:
    """Open a page and look for all that can be wrong with it."""
    reader.looks(look)
    reader.open(path)
    reader.shoot(f"{name}-{look}")
    assert [] == reader.complaints()
    assert "Error 500" not in reader.said
    assert [] == reader.sideways()
    assert look.lang == reader.do("return document.documentElement.lang")
    assert 1 == len(reader.all("h1"))
    assert [] == reader.axe()


def test_all_of_the_menu_is_here():
    """A page that joins the menu is looked at."""
    assert {item.path for item in MENU} <= set(PAGES.values())


@pytest.mark.parametrize("look", LOOKS, ids=str)
@pytest.mark.parametrize("name", PAGES)
def test_a_page_of_a_full_store(reader: Reader, name: str, look: Look):
    """No error in the console, no violation of the policy of content, nothing that axe-core calls serious, no page that
    scrolls sideways."""
    check(reader, name, PAGES[name], look)


@pytest.mark.parametrize("name", [name for name in PAGES if name not in OF_SOMETHING])
def test_a_page_of_an_empty_store(reader: Reader, served_to_a_newcomer: str, name: str):
    """A newcomer sees a page that says what to do, as sound as any."""
    check(reader.at(served_to_a_newcomer), f"empty-{name}", PAGES[name], LOOKS[2])


def test_a_page_that_is_not_there(reader: Reader):
    """It says so with a way back, and is as sound as any; the browser itself notes the status of the answer."""
    reader.looks(LOOKS[0])
    reader.open("/nowhere")
    assert "There is no page /nowhere." in reader.said
    assert [] == [each for each in reader.complaints() if "404" not in each]
    assert [] == reader.axe()
