"""The pages Forecast and Optimization over HTTP, and their JSON."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from advising import bought, with_accounts
from recommending import NOW, SETTINGS
from web_site import WebSite, serving, site_over

from allocator.app import wire
from allocator.app.advice import advise
from allocator.app.loop.events import AdviceAsked, Happened
from allocator.store import open_store
from allocator.store.events import FAILED, Event

HOSTILE = '=<img src=x onerror="alert(1)">'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with_accounts(tmp_path)
    return tmp_path


@pytest.fixture
def outlook_site(folder: Path) -> Iterator[WebSite]:
    """Two accounts and a forecast; nobody has advised yet."""
    with open_store(str(folder / "store.db")) as store, serving(site_over(store, folder, SETTINGS, NOW)) as running:
        yield running


def advised(site: WebSite) -> None:
    advise(site.store, SETTINGS, wire.rebalancer(), lambda: NOW)


class Poked:
    """A loop that only hears."""

    def __init__(self) -> None:
        self.heard: list[Happened] = []

    def poke(self, event: Happened) -> None:
        self.heard.append(event)


class TestForecast:
    def test_what_is_expected_of_what_is_held(self, outlook_site: WebSite) -> None:
        """The verdict first; securities with their bounds and beta; the portfolio at the last closes."""
        page = outlook_site.get("/forecast").text
        assert page.index("The forecast beats the naive forecast") < page.index("GOOD PLC")
        found = outlook_site.get("/api/forecast").json()["forecast"]
        rows = {each["ticker"]: each for each in found["securities"]}
        assert ["GOOD", "DULL", "BAD", "WORSE"] == [each["ticker"] for each in found["securities"]]
        assert rows["GOOD"]["weight"] == 0 < rows["WORSE"]["weight"]
        whole = found["portfolio"]
        assert whole["covered"] + whole["cash"] == pytest.approx(1)
        held = sum(each["weight"] * each["mean"] for each in found["securities"])
        assert held == pytest.approx(whole["mean"])
        assert whole["kept"] == pytest.approx(held * found["shrink"])
        betas = sum(each["weight"] * each["beta"] for each in found["securities"])
        assert 1 == pytest.approx(betas)  # of the portfolio to itself

    def test_the_columns_sort_without_a_script(self, outlook_site: WebSite) -> None:
        """By a link; a column that there is not is refused."""
        up = outlook_site.get("/forecast?by=mean&down=false").text
        assert up.index("WORSE PLC") < up.index("GOOD PLC")
        assert outlook_site.get("/forecast?by=ticker&down=false").text.index("BAD PLC") < up.index("GOOD PLC")
        assert 422 == outlook_site.get("/forecast?by=colour").status_code

    def test_a_column_in_which_nothing_stands_is_left_out(self, folder: Path, served: Callable[..., WebSite]) -> None:
        """Where the store has no names, and nobody holds anything; else both are there."""
        columns = (">Name</th>", "?by=weight&amp;")
        with open_store(str(folder / "store.db")) as store:
            page = served(site_over(store, folder, SETTINGS, NOW)).get("/forecast").text
            assert [True, True] == [each in page for each in columns]
            with store.transaction() as tx:
                for account in tx.accounts.all():
                    tx.accounts.remove(account, NOW)
                tx.instruments.put([replace(each, name="") for each in tx.instruments.all()])
            page = served(site_over(store, folder, SETTINGS, NOW)).get("/forecast").text
        assert "GOOD" in page
        assert [False, False] == [each in page for each in columns]
        headings, cells = page.count('<th scope="col"'), page.count("<td")
        assert headings - 1 == cells / 4  # of four securities

    def test_an_old_forecast_says_so(self, folder: Path, served: Callable[..., WebSite]) -> None:
        """With what to type, where nobody makes another."""
        with open_store(str(folder / "store.db")) as store:
            later = served(site_over(store, folder, SETTINGS, datetime(2024, 6, 3, tzinfo=UTC)))
            page = later.get("/forecast").text
        assert "Too old to act on: the forecast is of 2024-05-02" in page
        assert "allocator refresh" in page

    def test_a_newcomer_reads_what_to_do(self, empty_web_site: WebSite) -> None:
        """There is no forecast: the commands that make one."""
        page = empty_web_site.get("/forecast").text
        assert "There is no forecast yet" in page
        assert "allocator train --count 5" in page
        assert {"forecast": None} == empty_web_site.get("/api/forecast").json()

    def test_a_change_of_the_accounts_is_seen_at_once(self, outlook_site: WebSite, folder: Path) -> None:
        """What is remembered is forgotten when it would be another answer."""
        before = outlook_site.get("/api/forecast").json()["forecast"]["portfolio"]["cash"]
        bought(folder / "store.db", "IIS", "BAD", "10000")
        assert before > outlook_site.get("/api/forecast").json()["forecast"]["portfolio"]["cash"]

    def test_russian_and_discreet(self, outlook_site: WebSite) -> None:
        """Nothing of the page stays English; a forecast has no amounts to hide."""
        outlook_site.browser.cookies.set("lang", "ru")
        assert "Насколько ему верить:" in outlook_site.get("/forecast").text


class TestOptimization:
    def test_before_any_advice(self, outlook_site: WebSite) -> None:
        """What to do for some; the JSON has none, the file is refused."""
        assert "allocator recommend" in outlook_site.get("/optimization").text
        assert {"advice": None} == outlook_site.get("/api/optimization").json()
        assert 409 == outlook_site.get("/optimization/orders.csv").status_code

    def test_what_is_lacking(self, empty_web_site: WebSite) -> None:
        """First accounts, then a forecast."""
        assert "there are none yet" in empty_web_site.get("/optimization").text

    def test_deals_of_each_account(self, outlook_site: WebSite) -> None:
        """The page and its JSON have what was advised, with money before and after."""
        advised(outlook_site)
        page = outlook_site.get("/optimization").text
        assert "Buy: GOOD." in page
        assert "outdated" not in page
        found = outlook_site.get("/api/optimization").json()["advice"]
        assert not found["outdated"]
        accounts = {each["name"]: each for each in found["accounts"]["accounts"]}
        assert {"IIS", "Broker"} == set(accounts)
        for each in accounts.values():
            flow = sum(deal["cash"] for deal in each["deals"])
            assert each["cash_before"] + flow == pytest.approx(each["cash_after"])
        first = found["securities"][0]
        assert ("GOOD", "buy") == (first["ticker"], first["action"])
        assert first["priority"] == pytest.approx(first["lower"] - found["breakeven"])

    def test_it_is_outdated_when_an_account_changes(self, outlook_site: WebSite, folder: Path) -> None:
        """The page and the JSON say what has changed, at once."""
        advised(outlook_site)
        bought(folder / "store.db", "IIS", "BAD", "10")
        page = outlook_site.get("/optimization").text
        assert "outdated" in page
        assert "changed since: IIS" in page
        found = outlook_site.get("/api/optimization").json()["advice"]
        assert (True, ["changed since: IIS"]) == (found["outdated"], found["changed"])

    def test_orders_as_a_file(self, outlook_site: WebSite) -> None:
        """Of all accounts, or of one; sales first."""
        advised(outlook_site)
        answer = outlook_site.get("/optimization/orders.csv")
        assert 'attachment; filename="orders.csv"' == answer.headers["content-disposition"]
        rows = list(csv.DictReader(io.StringIO(answer.text)))
        assert {"IIS", "Broker"} == {row["account"] for row in rows}
        one = list(csv.DictReader(io.StringIO(outlook_site.get("/optimization/orders.csv?account=IIS").text)))
        assert [row for row in rows if row["account"] == "IIS"] == one
        sides = [row["side"] for row in one]
        assert sorted(sides, reverse=True) == sides
        assert 400 == outlook_site.get("/optimization/orders.csv?account=Nobody").status_code
        assert answer.text == outlook_site.get("/api/optimization/orders.csv").text

    def test_a_hostile_name_harms_nobody(self, folder: Path, outlook_site: WebSite) -> None:
        """Neither the page nor the spreadsheet runs the name of an account."""
        with outlook_site.store.transaction() as tx:
            old = tx.accounts.get("IIS")
            assert old is not None
            tx.accounts.remove(old, NOW)
            tx.accounts.put(replace(old, name=HOSTILE, version=0), NOW)
        advised(outlook_site)
        page = outlook_site.get("/optimization").text
        assert "<img" not in page.partition("<main")[2]
        assert "=&lt;img" in page
        names = {
            row["account"] for row in csv.DictReader(io.StringIO(outlook_site.get("/optimization/orders.csv").text))
        }
        assert {"Broker", f"'{HOSTILE}"} == names

    def test_amounts_can_be_hidden(self, outlook_site: WebSite) -> None:
        """Lots and money become dots; names and shares stay."""
        advised(outlook_site)
        outlook_site.browser.cookies.set("discreet", "yes")
        page = outlook_site.get("/optimization").text
        assert "7 500.00" not in page
        assert "•••" in page
        assert "Buy: GOOD." in page

    def test_why_the_loop_could_not(self, outlook_site: WebSite) -> None:
        """The newest failure of the step is shown; one that advice came after is past."""
        from allocator.core.text import text  # noqa: PLC0415

        with outlook_site.store.transaction() as tx:
            tx.events.add(Event(NOW, "recommend", 1.0, FAILED, text("{name}: there is no forecast yet.", name="store")))
        assert "store: there is no forecast yet." in outlook_site.get("/optimization").text
        advised(outlook_site)
        assert "store: there is no forecast yet." not in outlook_site.get("/optimization").text

    def test_asking_for_it_anew(self, folder: Path, served: Callable[..., WebSite]) -> None:
        """The loop hears of it; without a loop the button is not there, and the request is refused."""
        loop = Poked()
        with open_store(str(folder / "store.db")) as store:
            site = site_over(store, folder, SETTINGS, NOW)
            running = served(replace(site, supervisor=loop))
            advised(running)
            assert 'action="/optimization/again"' in running.get("/optimization").text
            answer = running.browser.submit("/optimization/again")
            assert 303 == answer.status_code
            assert [AdviceAsked()] == loop.heard
            waiting = answer.headers["location"]
            assert "It is being worked out" in running.get(waiting).text
            assert "It is being worked out" not in running.get("/optimization").text
            advise(store, SETTINGS, wire.rebalancer(), lambda: NOW + timedelta(minutes=1))
            assert "It is being worked out" not in running.get(waiting).text
            alone = served(site)
            assert "/optimization/again" not in alone.get("/optimization").text
            assert 400 == alone.browser.submit("/optimization/again").status_code
