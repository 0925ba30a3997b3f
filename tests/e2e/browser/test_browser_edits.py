"""Every edit of the pages, as a person does it, on a server with a copy of the household's store."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser_server import serving
from reader import DESK, PHONE, Look, Reader
from selenium.webdriver.common.keys import Keys


@pytest.fixture(scope="module")
def served_to_edit(household: Path, exchange: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server whose store may be changed: its URL."""
    folder = tmp_path_factory.mktemp("edited")
    with serving(Path(shutil.copy(household, folder / "store.db")), exchange) as url:
        yield url


@pytest.fixture
def editor(reader: Reader, served_to_edit: str) -> Iterator[Reader]:
    """The browser there; at the end nothing was wrong in its console but what the test has taken note of."""
    editing = reader.at(served_to_edit)
    yield editing
    assert [] == editing.complaints()


def sound(reader: Reader, name: str) -> None:
    """What an edit has led to is as sound as a page."""
    reader.shoot(f"edit-{name}")
    assert [] == reader.axe()
    assert [] == reader.sideways()


class TestRebalance:
    """The editor of a portfolio file."""

    def test_a_mistake_is_told_while_one_types(self, editor: Reader):
        """With its line, to which one click leads; and it goes with the mistake."""
        editor.open("/rebalance")
        editor.find("#ini").send_keys(Keys.CONTROL, Keys.HOME)
        editor.find("#ini").send_keys("[what]", Keys.ENTER)
        editor.wait(lambda: "[what]" in editor.find("#findings").text)
        assert "true" == editor.find("#ini").get_attribute("aria-invalid")
        sound(editor, "rebalance-mistake")
        editor.find("#findings [data-line]").click()
        assert "[what]" == editor.do("return getSelection().toString()")
        editor.press(Keys.DELETE)
        editor.wait(lambda: "[what]" not in editor.find("#findings").text)

    @pytest.mark.parametrize("look", [Look("light", "en", DESK), Look("dark", "ru", PHONE)], ids=str)
    def test_the_best_deals_come_with_reasons_and_a_frontier(self, editor: Reader, look: Look):
        """Without leaving the page, and as files."""
        editor.looks(look)
        editor.open("/rebalance")
        editor.find("#compute").click()
        editor.find("#answer table")
        editor.find('a[href*="show=reasons"]').click()
        editor.find("#reasons table, #reasons li")
        editor.find('a[href*="show=frontier"]').click()
        editor.find("#frontier .uplot canvas")
        sound(editor, f"rebalance-answer-{look}")
