"""A reader of the pages: real Chromium, driven by selenium, that keeps to the loopback and remembers what it sees."""

from __future__ import annotations

import base64
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

ROOT = Path(__file__).parents[3]
AXE = ROOT / "tests" / "vendor" / "axe-4.14.1.min.js"
SHOTS = ROOT / "out" / "screenshots"
PATIENCE_S = 30.0
DESK, PHONE = (1366, 900), (390, 844)
CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
QUIET = (
    "--headless=new",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-dev-shm-usage",
    "--disable-extensions",
    "--disable-gpu",
    "--disable-sync",
    "--force-prefers-reduced-motion",
    "--hide-scrollbars",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)
RUN_AXE = """
const done = arguments[arguments.length - 1];
axe.run(document, {resultTypes: ["violations"]}).then(
  (found) => done(found.violations.map((each) => ({
    id: each.id, impact: each.impact, help: each.help,
    where: each.nodes.map((node) => node.target.join(" ") + " " + (node.any[0] ?? node.all[0] ?? {}).message),
  }))),
  (error) => done([{id: "axe", impact: "critical", help: String(error), where: []}]),
);
"""
SIDEWAYS = """
const width = arguments[0];
const over = [...document.querySelectorAll("body *")].filter((each) => {
  const box = each.getBoundingClientRect();
  return box.width && box.right > width + 1 && !each.closest(".scroll, .uplot, [popover], .sr, .skip, pre, textarea");
});
return [document.documentElement.scrollWidth, over.slice(0, 5).map((each) => each.outerHTML.slice(0, 120))];
"""


@dataclass(frozen=True)
class Look:
    """How a page is looked at."""

    theme: str = "light"
    lang: str = "en"
    size: tuple[int, int] = DESK
    discreet: bool = False

    def __str__(self) -> str:
        width = "phone" if self.size == PHONE else "desk"
        return "-".join([width, self.theme, self.lang, *(["discreet"] if self.discreet else [])])


class Reader:
    """One browser. `url` is the server whose paths are opened."""

    def __init__(self, driver: webdriver.Chrome, url: str) -> None:
        self.driver = driver
        self.url = url
        self.size: tuple[int, int] | None = None

    def at(self, url: str) -> Reader:
        """The same browser at another server."""
        found = Reader(self.driver, url)
        found.size = self.size
        return found

    def looks(self, look: Look) -> None:
        """From the next page on: theme, language, width."""
        cookies = {"theme": look.theme, "lang": look.lang, "discreet": "yes" if look.discreet else "no"}
        for name, value in cookies.items():
            self.cdp("Network.setCookie", name=name, value=value, url=self.url)
        if self.size != look.size:
            width, height = self.size = look.size
            phone = look.size == PHONE
            self.cdp(
                "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=phone
            )

    def open(self, path: str) -> None:
        self.driver.get(self.url + path)

    def cdp(self, command: str, **given: object) -> Any:
        return self.driver.execute_cdp_cmd(command, given)

    def do(self, script: str, *given: object) -> Any:
        return self.driver.execute_script(script, *given)

    def find(self, selector: str) -> WebElement:
        """The first that matches, as soon as it can be seen."""
        return self.wait(lambda: next((each for each in self.all(selector) if each.is_displayed()), None), selector)

    def click(self, selector: str) -> None:
        """Click on the first that matches and can be seen; once more where it was replaced under the hand."""

        def pressed() -> bool:
            self.find(selector).click()
            return True

        self.wait(pressed, f"click on {selector}")

    def all(self, selector: str) -> list[WebElement]:
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def wait(self, done: Any, what: str = "", patience_s: float = PATIENCE_S) -> Any:
        """What `done()` says at last, when it is true; elements may go while it looks."""
        waiting = WebDriverWait(self.driver, patience_s, poll_frequency=0.05, ignored_exceptions=_gone())
        return waiting.until(lambda _: done(), f"in vain at {self.driver.current_url}: {what}")

    def type(self, selector: str, said: str) -> WebElement:
        """Replace what a field says."""
        field = self.find(selector)
        field.send_keys(Keys.CONTROL + "a")
        field.send_keys(said)
        return field

    def press(self, *keys: str) -> None:
        """Keys into whatever has the focus."""
        self.driver.switch_to.active_element.send_keys(*keys)

    def tab_to(self, selector: str, most: int = 120) -> WebElement:
        """By the keyboard alone."""
        for _ in range(most):
            self.press(Keys.TAB)
            focused = self.driver.switch_to.active_element
            if self.do("return arguments[0].matches(arguments[1])", focused, selector):
                return focused
        raise AssertionError(f"the keyboard does not reach {selector}")

    @contextmanager
    def leaving(self) -> Iterator[None]:
        """What is done inside leads to a new page: wait for it."""
        old = self.driver.find_element(By.TAG_NAME, "html")
        yield
        self.wait(lambda: self.driver.find_element(By.TAG_NAME, "html") != old and self._loaded(), "a new page")

    def _loaded(self) -> bool:
        return bool(self.do("return document.readyState") == "complete")

    @property
    def said(self) -> str:
        """The words of the page."""
        return str(self.driver.find_element(By.TAG_NAME, "body").text)

    def complaints(self) -> list[str]:
        """What the console has as an error since it was last asked, violations of the policy of content among it."""
        return [entry["message"] for entry in self.driver.get_log("browser") if entry["level"] == "SEVERE"]  # type: ignore[no-untyped-call]

    def axe(self, impacts: Sequence[str] = ("serious", "critical")) -> list[str]:
        """What axe-core finds wrong, from serious on."""
        if not self.do("return typeof axe !== 'undefined'"):
            self.do(_axe())
        found = self.driver.execute_async_script(RUN_AXE)
        return [f"{each['id']} ({each['help']}): {each['where'][:3]}" for each in found if each["impact"] in impacts]

    def sideways(self) -> list[str]:
        """What makes the page wider than the screen; empty when nothing does."""
        assert self.size is not None
        width, culprits = self.do(SIDEWAYS, self.size[0])
        return [f"{width} px wide", *culprits] if width > self.size[0] else []

    def shoot(self, name: str) -> Path:
        """The whole page as a picture in out/screenshots."""
        SHOTS.mkdir(parents=True, exist_ok=True)
        self.do("scrollTo(0, 0)")
        path = SHOTS / f"{name}.png"
        taken = self.cdp("Page.captureScreenshot", format="png", captureBeyondViewport=True)
        path.write_bytes(base64.b64decode(taken["data"]))
        return path


@cache
def _axe() -> str:
    return AXE.read_text(encoding="utf-8")


def _gone() -> tuple[type[Exception], ...]:
    from selenium.common.exceptions import NoSuchElementException, StaleElementReferenceException  # noqa: PLC0415

    return NoSuchElementException, StaleElementReferenceException


@contextmanager
def chromium() -> Iterator[webdriver.Chrome]:
    """A browser until the end of the block; the test is skipped where there is none, unless one is required."""
    program = next(filter(None, map(shutil.which, CHROMIUM)), None)
    helper = shutil.which("chromedriver")
    if program is None or helper is None:
        missing = "Chromium" if program is None else "chromedriver"
        if os.environ.get("ALLOCATOR_TEST_CHROMIUM") == "required":
            pytest.fail(f"{missing} is required, and not here", pytrace=False)
        pytest.skip(f"no {missing}")
    options = webdriver.ChromeOptions()
    options.binary_location = program
    for each in QUIET:
        options.add_argument(each)
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        options.add_argument("--no-sandbox")  # Chromium refuses root otherwise
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options, Service(helper))
    driver.set_script_timeout(PATIENCE_S)
    driver.set_page_load_timeout(PATIENCE_S)
    try:
        yield driver
    finally:
        driver.quit()
