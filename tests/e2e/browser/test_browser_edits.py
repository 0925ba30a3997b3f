"""Every edit of the pages, as a person does it, on a server with a copy of the household's store."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser_server import serving
from reader import DESK, PHONE, Look, Reader
from selenium.webdriver.common.keys import Keys

REFUSED = re.compile(r"status of (400|409|422) ")
BROKER = "/accounts/Broker"
LONG_S = 240.0  # a backtest with its charts, on a busy machine


@pytest.fixture(scope="module")
def served_to_edit(household: Path, exchange: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server whose store may be changed: its URL."""
    folder = tmp_path_factory.mktemp("edited")
    with serving(Path(shutil.copy(household, folder / "store.db")), exchange) as url:
        yield url


@pytest.fixture
def editor(reader: Reader, served_to_edit: str) -> Iterator[Reader]:
    """The browser there; at the end nothing was wrong in its console, but that the server refused what was wrong."""
    editing = reader.at(served_to_edit)
    yield editing
    assert [] == [each for each in editing.complaints() if not REFUSED.search(each)]


def press(reader: Reader, selector: str) -> None:
    """A button that leads to a page."""
    with reader.leaving():
        reader.find(selector).click()


def value_of(reader: Reader, selector: str) -> str | None:
    return reader.find(selector).get_attribute("value")


def sound(reader: Reader, name: str) -> None:
    """What an edit has led to is as sound as a page."""
    reader.shoot(f"edit-{name}")
    assert [] == reader.axe()
    assert [] == reader.sideways()


class TestAccount:
    """The page of one account, and the list of all."""

    def test_units_are_changed_by_the_keyboard_alone(self, editor: Reader):
        """Tab, the number, Enter; and it is there the next time."""
        editor.open(BROKER)
        editor.tab_to('input[name="units.SBER"]')
        editor.press(Keys.CONTROL + "a")
        with editor.leaving():
            editor.press("1400", Keys.ENTER)
        assert "Saved." in editor.said
        sound(editor, "account-saved")
        editor.open(BROKER)
        assert "1400" == value_of(editor, 'input[name="units.SBER"]')

    def test_what_is_wrong_is_told_beside_what_was_typed(self, editor: Reader):
        """And nothing is saved."""
        editor.looks(Look("dark", "ru", PHONE))
        editor.open(BROKER)
        editor.type('input[name="cash"]', "much")
        press(editor, "#account .main")
        assert "much" == value_of(editor, 'input[name="cash"]')
        assert "true" == editor.find('input[name="cash"]').get_attribute("aria-invalid")
        assert editor.find('.notice.bad[role="alert"]').text
        sound(editor, "account-mistake")

    def test_of_two_tabs_the_second_does_not_overwrite_the_first(self, editor: Reader):
        """It sees what is there now, keeps what it typed, and may save that knowingly."""
        editor.open(BROKER)
        first = editor.driver.current_window_handle
        editor.type('input[name="units.LKOH"]', "12")
        editor.driver.switch_to.new_window("tab")
        try:
            editor.open(BROKER)
            editor.type('input[name="units.LKOH"]', "11")
            press(editor, "#account .main")
        finally:
            editor.driver.close()
            editor.driver.switch_to.window(first)
        press(editor, "#account .main")
        assert "Somebody changed this meanwhile." in editor.said
        assert "there now: 11" in editor.said
        assert "12" == value_of(editor, 'input[name="units.LKOH"]')
        sound(editor, "account-conflict")
        press(editor, "#account .main")
        assert "Saved." in editor.said
        assert "12" == value_of(editor, 'input[name="units.LKOH"]')

    def test_a_security_comes_and_goes(self, editor: Reader):
        """It can be taken away once nothing of it is held."""
        editor.open(BROKER)
        editor.type('#add input[name="ticker"]', "GMKN")
        editor.type('#add input[name="new.units"]', "5")
        press(editor, "#add button")
        assert "5" == value_of(editor, 'input[name="units.GMKN"]')
        editor.type('input[name="units.GMKN"]', "0")
        press(editor, "#account .main")
        press(editor, 'button[name="drop"][value="GMKN"]')
        assert [] == editor.all('input[name="units.GMKN"]')

    def test_deals_of_a_security_are_forbidden(self, editor: Reader):
        """Among the terms, which open by a click."""
        editor.open(BROKER)
        editor.find("#account details summary").click()
        editor.find('select[name="trade.LKOH"] option[value="SELL"]').click()
        sound(editor, "account-terms")
        press(editor, "#account details .main")
        assert "SELL" == editor.do("return document.querySelector('[name=\"trade.LKOH\"]').value")

    def test_an_account_is_opened_renamed_and_removed(self, editor: Reader):
        """From its name to its end; its log stays."""
        editor.open("/accounts")
        editor.type('#new input[name="name"]', "Third <b>&")
        editor.type('#new input[name="cash"]', "100")
        press(editor, "#new button")
        assert "Third <b>&" == editor.find("h1").text
        editor.type('#name input[name="name"]', "Fourth")
        press(editor, '#name form[action$="/rename"] button')
        assert "Fourth" == editor.find("h1").text
        press(editor, "#name .danger")
        assert editor.find('#name [role="alert"]').text  # it is not empty
        editor.find('#name input[name="sure"]').click()
        press(editor, "#name .danger")
        assert "Fourth" not in editor.find("#main").text

    def test_an_account_is_brought_by_a_file(self, editor: Reader, tmp_path: Path):
        """A portfolio file of the reader's own machine."""
        file = tmp_path / "mine.ini"
        file.write_text("[have]\nSBER = 7\n[want]\nSBER = 100%\n[cash]\nhave = 3\n", encoding="utf-8")
        editor.open("/accounts")
        editor.type('#new input[name="name"]', "Brought")
        editor.find('#new input[type="file"]').send_keys(str(file))
        press(editor, "#new button")
        if editor.all('input[name="targets"]'):
            editor.find('#new input[type="file"]').send_keys(str(file))
            sound(editor, "account-whose-targets")
            press(editor, "#new button")
        assert "7" == value_of(editor, 'input[name="units.SBER"]')

    def test_targets_are_changed(self, editor: Reader):
        """Percentages that are too much are refused; others hold."""
        editor.open("/accounts")
        editor.type('#targets input[name="want.SBER"]', "95%")
        press(editor, "#targets .main")
        assert editor.find('#targets [role="alert"]').text
        assert "95%" == value_of(editor, '#targets input[name="want.SBER"]')
        sound(editor, "targets-mistake")
        for ticker, wanted in {"SBER": "30%", "GAZP": "15%"}.items():
            editor.type(f'#targets input[name="want.{ticker}"]', wanted)
        press(editor, "#targets .main")
        assert "15%" == value_of(editor, '#targets input[name="want.GAZP"]')
        assert editor.find('#targets [role="status"]').text


class TestDividends:
    """The calendar, and the sources of one security."""

    def test_a_missing_amount_is_written_down_in_the_list(self, editor: Reader):
        """A field and a button where it is missing; and then it is missing no more."""
        editor.open("/dividends")
        editor.type('#missing input[name="amount"]', "12.5")
        press(editor, "#missing button")
        assert [] == editor.all("#missing")
        sound(editor, "dividend-missing")

    def test_one_is_written_down_and_removed(self, editor: Reader):
        """It goes before other sources while it is there."""
        editor.open("/dividends")
        editor.type('.heading input[name="ticker"]', "tatn")
        press(editor, ".heading button")
        assert "/dividends/TATN" == editor.do("return location.pathname")
        editor.do("document.querySelector('[name=\"day\"]').value = '2026-06-01'")
        editor.type('input[name="amount"]', "nothing")
        press(editor, 'form[action="/dividends/TATN"] .main')
        assert editor.find('[role="alert"]').text
        editor.type('input[name="amount"]', "15.5")
        press(editor, 'form[action="/dividends/TATN"] .main')
        assert "15.5" in editor.find("table").text
        sound(editor, "dividend-written")
        press(editor, 'button[form="remove"][value="2026-06-01"]')
        assert "15.5" not in editor.find("table").text


class TestSettings:
    """What is changed on the page of settings."""

    def test_the_look_is_changed_by_a_form(self, editor: Reader):
        """All three choices at once."""
        editor.open("/settings")
        for name, value in {"lang": "ru", "theme": "dark", "discreet": "yes"}.items():
            editor.find(f'main select[name="{name}"] option[value="{value}"]').click()
        press(editor, 'main form[action="/look"] button')
        assert ["ru", "dark"] == editor.do("const r = document.documentElement; return [r.lang, r.dataset.theme]")
        assert "yes" == editor.do("return document.querySelector('main [name=\"discreet\"]').value")

    def test_a_security_is_excluded_and_allowed_again(self, editor: Reader):
        """One form for each way."""
        editor.open("/settings")
        editor.type('main input[name="ticker"]', "GMKN")
        press(editor, 'main form.row[action="/settings/exclusions"] button')
        press(editor, 'button[name="allow"][value="GMKN"]')
        assert [] == editor.all('button[name="allow"][value="GMKN"]')

    def test_an_empty_account_is_made_and_removed(self, editor: Reader):
        """Those that hold something are not to be removed here."""
        editor.open("/settings")
        editor.type('form[action="/settings/accounts"] input[name="name"]', "Empty")
        press(editor, 'form[action="/settings/accounts"] button')
        editor.open("/settings")
        (button,) = editor.all('form[action="/settings/accounts/remove"] button')
        with editor.leaving():
            button.click()
        assert [] == editor.all('form[action="/settings/accounts/remove"] button')

    def test_a_message_is_sent_on_trial(self, editor: Reader):
        """What became of it is told without leaving the page."""
        editor.open("/settings")
        editor.find("#message-test button").click()
        editor.wait(lambda: editor.all("#message-test li"), "the outcome")
        sound(editor, "message-test")


class TestData:
    """Doubts that a person settles."""

    def test_a_doubt_is_settled(self, editor: Reader):
        """The bar is believed from then on, and the doubt is gone; the page stays."""
        editor.open("/data")
        editor.find('form[action="/data/accept"] button').click()
        editor.wait(lambda: not editor.all('form[action="/data/accept"]'), "the doubt to go")
        assert editor.find('#data [role="status"]').text
        sound(editor, "data-accepted")

    def test_a_split_is_declared_and_taken_back(self, editor: Reader):
        """It stands in the list, and goes from it."""
        editor.open("/data")
        editor.click("#data details:last-of-type summary")
        editor.type('form[action="/data/split"] input[name="ticker"]', "GMKN")
        editor.do("document.querySelector('form[action=\"/data/split\"] [name=\"day\"]').value = '2026-04-06'")
        editor.type('form[action="/data/split"] input[name="before"]', "1")
        editor.type('form[action="/data/split"] input[name="after"]', "100")
        editor.find('form[action="/data/split"] button').click()
        editor.wait(lambda: editor.all('form[action="/data/split/remove"]'), "the split")
        editor.open("/data")
        editor.click("#data details:last-of-type summary")
        editor.find('form[action="/data/split/remove"] button').click()
        editor.wait(lambda: not editor.all('form[action="/data/split/remove"]'), "no split")

    def test_events_are_chosen_by_outcome(self, editor: Reader):
        """As soon as one is chosen, and the address says which."""
        editor.open("/data/events")
        editor.find('select[name="outcome"] option[value="failed"]').click()
        editor.wait(lambda: "outcome=failed" in editor.driver.current_url, "the choice")
        editor.wait(lambda: "61.5" in (said := editor.find("#events").text) and "IMOEX" not in said, "failures alone")


class TestBacktest:
    """A run from its text to its report."""

    @pytest.mark.parametrize("look", [Look("light", "en", DESK)], ids=str)
    def test_one_is_run_to_its_report_and_deleted(self, editor: Reader, look: Look):
        """It shows how far it is, and then what came of it: figures, a chart, the report."""
        editor.looks(look)
        editor.open("/backtest")
        press(editor, "#draft .main")
        editor.find("progress")
        editor.shoot("edit-backtest-progress")
        editor.wait(lambda: not editor.all("#progress"), "the end of the run", LONG_S)
        sound(editor, f"backtest-report-{look}")
        assert editor.find(".chart canvas").is_displayed()
        path = editor.do("return location.pathname")
        editor.open("/backtest")
        assert editor.find(f'a[href="{path}"]').is_displayed()
        sound(editor, "backtest-list")
        press(editor, f'form[action="{path}/delete"] button')
        assert [] == editor.all(f'a[href="{path}"]')


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
