"""What an open page hears of the loop while it works, in a real browser over a real loop."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser_server import serving
from reader import Reader

SETTINGS = "[loop]\nrefresh = no\ntrain = no\n[backup]\ndaily = no\n"  # what is left: advice after each change
LONG_S = 240.0  # a process that loads what works advice out, on a busy machine


@pytest.fixture(scope="module")
def living(household: Path, exchange: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server with the loop, over a copy of the household's store: its URL."""
    folder = tmp_path_factory.mktemp("living")
    settings = folder / "allocator.ini"
    settings.write_text(SETTINGS, encoding="utf-8")
    store = Path(shutil.copy(household, folder / "store.db"))
    with serving(store, exchange, "--config", str(settings), loop=True) as url:
        yield url


def test_an_open_page_shows_what_the_loop_works_out(reader: Reader, living: str):
    """An account is changed in one tab: in the other the advice is outdated, then new, without loading the page."""
    reader = reader.at(living)
    reader.open("/optimization")
    first = reader.driver.current_window_handle
    reader.do("window.stayed = true")
    before = advice(reader)
    reader.driver.switch_to.new_window("tab")
    try:
        reader.open("/accounts/Broker")
        reader.type('input[name="units.GAZP"]', "2000")
        with reader.leaving():
            reader.find("#account .main").click()
    finally:
        reader.driver.close()
        reader.driver.switch_to.window(first)
    reader.wait(lambda: not reader.all("h1 .badge") and advice(reader) != before, "another advice", LONG_S)
    assert reader.do("return window.stayed")
    reader.shoot("live-optimization")
    assert [] == reader.complaints()


def advice(reader: Reader) -> str:
    """The deals, in words."""
    return " ".join(each.text for each in reader.all("#optimization table"))
