"""The frame of every page: its menu, the toggles of the header, the way by keyboard, without scripts, and on paper."""

from __future__ import annotations

import pytest
from reader import DESK, PHONE, Look, Reader
from selenium.webdriver.common.keys import Keys

NARROWEST, BREAK = (320, 640), (1280, 800)  # WCAG 1.4.10; where the menu begins to lie open


def focused(reader: Reader) -> str:
    return str(reader.do("return document.activeElement.outerHTML.slice(0, 90)"))


@pytest.mark.parametrize("size", [NARROWEST, PHONE, (800, 600), (1279, 800), BREAK])
@pytest.mark.parametrize("lang", ["en", "ru"])
def test_the_head_fits(reader: Reader, size: tuple[int, int], lang: str):
    """At every width, in the longer language too: one line, and no page that scrolls sideways."""
    reader.looks(Look("light", lang, size))
    reader.open("/")
    assert [] == reader.sideways()
    assert 60 > reader.do("return document.querySelector('.bar').offsetHeight")


def test_the_menu_of_a_phone_opens_by_touch_and_closes_by_escape(reader: Reader):
    """All pages are in it, each large enough for a finger, and it is as sound as the page beneath."""
    reader.looks(Look("dark", "ru", PHONE))
    reader.open("/")
    assert not reader.all("#menu a")[0].is_displayed()
    reader.find(".opener").click()
    links = reader.wait(lambda: [each for each in reader.all("#menu a") if each.is_displayed()])
    assert 10 == len(links)
    assert all(each.size["height"] >= 44 for each in links)
    reader.shoot("menu-phone-dark-ru")
    assert [] == reader.axe()
    reader.press(Keys.ESCAPE)
    reader.wait(lambda: not links[0].is_displayed())
    reader.find(".opener").click()
    with reader.leaving():
        reader.find('#menu a[href="/settings"]').click()
    assert reader.driver.current_url.endswith("/settings")


def test_the_theme_goes_round(reader: Reader):
    """Light, dark, the system's; the page stays where it was, query and all."""
    reader.looks(Look("light"))
    reader.open("/data?a=1&b=2")
    seen = []
    for _ in range(3):
        with reader.leaving():
            reader.find('.tools button[name="theme"]').click()
        seen.append(reader.do("return [document.documentElement.dataset.theme, location.pathname + location.search]"))
    here = "/data?a=1&b=2"
    assert [["dark", here], ["system", here], ["light", here]] == seen


@pytest.mark.parametrize("dark", [False, True])
def test_the_theme_of_the_system_is_followed(reader: Reader, dark: bool):
    """Whoever chose nothing gets what the system has."""
    wanted = "dark" if dark else "light"
    reader.cdp("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": wanted}])
    try:
        reader.looks(Look("system"))
        reader.open("/")
        ground = reader.do("return getComputedStyle(document.body).backgroundColor")
    finally:
        reader.cdp("Emulation.setEmulatedMedia", features=[])
    assert ("rgb(15, 20, 26)" if dark else "rgb(243, 245, 248)") == ground


def test_the_language_is_changed_by_one_button(reader: Reader):
    """It is named in its own language, and there is a way back."""
    reader.open("/")
    for wanted, said in (("ru", "Портфель"), ("en", "Portfolio")):
        with reader.leaving():
            reader.find(f'.tools button[name="lang"][value="{wanted}"]').click()
        assert said == reader.find("h1").text


def test_amounts_are_hidden_by_one_button(reader: Reader):
    """Then no amount of the household is on the page; the button says that it is pressed."""
    reader.open("/accounts/Broker")
    assert "25 000.5" in _all_words(reader)
    with reader.leaving():
        reader.find('.tools button[name="discreet"]').click()
    assert "true" == reader.find('.tools button[name="discreet"]').get_attribute("aria-pressed")
    reader.shoot("account-discreet")
    for path in ("/", "/accounts"):
        reader.open(path)
        assert "25 000.5" not in _all_words(reader)
        assert "•••" in reader.said
        reader.shoot(f"{path.strip('/') or 'portfolio'}-discreet")


def _all_words(reader: Reader) -> str:
    """With what stands in fields."""
    fields = reader.do("return [...document.querySelectorAll('input')].map((each) => each.value).join(' ')")
    return f"{reader.said} {fields}".replace("\u00a0", " ")


def test_the_keyboard_goes_to_the_content_first(reader: Reader):
    """The first Tab is the way past the menu; what has the focus is seen to have it."""
    reader.open("/")
    reader.press(Keys.TAB)
    assert 'class="skip"' in focused(reader)
    assert 0 <= reader.do("return document.activeElement.getBoundingClientRect().left")
    reader.press(Keys.ENTER)
    reader.wait(lambda: 'id="main"' in focused(reader))
    reader.open("/")
    reader.tab_to('#menu a[href="/accounts"]')
    assert "3px" == reader.do("return getComputedStyle(document.activeElement).outlineWidth")
    with reader.leaving():
        reader.press(Keys.ENTER)
    assert "/accounts" == reader.do("return location.pathname")


def test_pages_are_read_without_scripts(reader: Reader):
    """Reading, the menu of a phone and the toggles need none."""
    reader.cdp("Emulation.setScriptExecutionDisabled", value=True)
    try:
        reader.looks(Look("light", "en", PHONE))
        reader.open("/accounts")
        assert "Broker" in reader.said
        reader.find(".opener").click()
        assert reader.find('#menu a[href="/data"]').is_displayed()
    finally:
        reader.cdp("Emulation.setScriptExecutionDisabled", value=False)


def test_paper_gets_the_content_alone(reader: Reader):
    """Dark on white whatever the theme, without menu and buttons."""
    reader.looks(Look("dark", "en", DESK))
    reader.open("/accounts")
    reader.cdp("Emulation.setEmulatedMedia", media="print")
    try:
        assert not reader.all("header.top")[0].is_displayed()
        assert "rgb(23, 33, 44)" == reader.do("return getComputedStyle(document.body).color")
    finally:
        reader.cdp("Emulation.setEmulatedMedia", media="")
