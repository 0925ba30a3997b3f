"""The page of the portfolio and its JSON, over HTTP."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from web_site import LAST_DAY, NOW, WebSite, site_over

from allocator.app.advice_quotes import Closes
from allocator.core.accounts import Account, Holding
from allocator.core.instrument import Split
from allocator.store import Store

HOSTILE = "<img src=x onerror=alert(1)> \"x\" 'y' & {{7*7}}"

BLOCK = r'<script type="application/json" id="history-data">(.*?)</script>'


def document(site: WebSite, path: str) -> Any:
    return site.get(path).json(parse_float=Decimal, parse_int=Decimal)


def text_of(page: str) -> str:
    """What a reader sees, on one line."""
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page)))


def test_a_newcomer_learns_the_next_step(empty_web_site: WebSite) -> None:
    """Nothing is there: the page says what to do, and leads there."""
    page = empty_web_site.get("/")
    assert 200 == page.status_code
    assert "There is no account yet" in page.text
    assert 'href="/accounts#new"' in page.text
    assert {"value": 0, "holdings": [], "accounts": 0} == {
        key: document(empty_web_site, "/api/portfolio")[key] for key in ("value", "holdings", "accounts")
    }


def test_the_page_and_the_document_say_the_same(web_site: WebSite) -> None:
    """1300 SBER at 300, 500 GAZP at 150, 10 LKOH at 7000, 40 TATN at 650, and cash."""
    value = Decimal(390000) + 75000 + 70000 + 26000 + Decimal("26000.50")
    said = document(web_site, "/api/portfolio")
    assert (value, Decimal("26000.5"), 4, LAST_DAY) == tuple(
        said[key] for key in ("value", "cash", "open_positions", "day")
    )
    page = text_of(web_site.get("/").text)
    assert "587 000.50" in page
    assert "closes of 2026-03-02" in page
    assert "SBER PLC" in page
    assert "Broker , IIS" in page


def test_names_are_only_shown(web_site: WebSite) -> None:
    """Whatever an account is called, the page has it as text and as an address, never as markup."""
    with web_site.store.transaction() as tx:
        tx.accounts.put(Account(HOSTILE, (Holding("SBER", Decimal(1)),)), datetime(2026, 1, 5, tzinfo=UTC))
    for path in ("/", "/accounts"):
        page = web_site.get(path).text
        assert "<img src=x" not in page
        assert "&lt;img src=x onerror=alert(1)&gt;" in page
        link = re.search(r'href="(/accounts/%3Cimg[^"]*)"', page)
        assert link is not None
        assert 200 == web_site.get(link[1]).status_code


def test_a_discreet_reader_sees_no_amount(web_site: WebSite) -> None:
    """Neither in words, nor in fields, nor in the data of the chart; weights stay."""
    web_site.browser.cookies.set("discreet", "yes")
    for path in ("/", "/accounts", "/accounts/Broker", "/dividends"):
        page = web_site.get(path).text
        assert "•••" in page
        for amount in ("587", "25 000", "25000", "1 300", "1300", "1 200", "1200", "390 000", "390000"):
            assert amount not in re.sub(f"[0-9a-f]{{64}}|{BLOCK}", "", page), (path, amount)
    block = re.search(BLOCK, web_site.get("/").text)
    assert block is not None
    chart = json.loads(block[1])
    assert chart["hidden"]
    assert 1 == max(max(line) for line in chart["data"][1:])  # shares of the greatest


def test_an_edit_is_seen_at_once(web_site: WebSite) -> None:
    """What was worked out before does not outlive what it was worked out from, whoever changed it."""
    before = document(web_site, "/api/portfolio")["value"]
    with web_site.store.transaction() as tx:
        account = tx.accounts.get("IIS")
        assert account is not None
        tx.accounts.put(replace(account, cash=account.cash + 5), datetime(2026, 3, 3, tzinfo=UTC))
    assert before + 5 == document(web_site, "/api/portfolio")["value"]


def test_what_has_no_price_is_named(web_site: WebSite) -> None:
    """On the card of the value, in the list of notes and in the document."""
    with web_site.store.transaction() as tx:
        tx.accounts.put(Account("US", (Holding("BRK.B", Decimal(3)),)), datetime(2026, 3, 2, tzinfo=UTC))
    page = text_of(web_site.get("/").text)
    assert "without BRK.B" in page
    assert "Without a price in the store, and so in no sum: BRK.B." in page
    assert ["BRK.B"] == document(web_site, "/api/portfolio")["unpriced"]


@pytest.mark.parametrize("path", ["/", "/accounts", "/accounts/Broker", "/dividends", "/dividends/SBER"])
def test_in_russian(web_site: WebSite, path: str) -> None:
    """The page says its language, and speaks it."""
    web_site.browser.cookies.set("lang", "ru")
    page = web_site.get(path).text
    assert '<html lang="ru"' in page
    assert re.search("[А-Яа-я]{4}", text_of(page).partition("allocator")[2])


def test_the_chart_has_its_numbers_as_text(web_site: WebSite) -> None:
    """A reader without pictures has the month ends as a table."""
    page = text_of(web_site.get("/").text)
    assert "At the last close of each month" in page
    assert "2026-02-27" in page


@pytest.mark.parametrize("path", ["/", "/accounts", "/accounts/Broker", "/dividends", "/dividends/SBER"])
def test_a_kept_page_has_the_token_of_who_asks(web_site: WebSite, path: str) -> None:
    """Two readers get the same page, each with the token of its own forms and nobody else's."""
    with web_site.new_browser() as other:
        mine, theirs = web_site.browser.csrf, other.csrf
        first, second = web_site.get(path).text, other.get(path).text
    assert mine != theirs
    assert first.replace(mine, "") == second.replace(theirs, "")
    assert not {"", mine} & set(re.findall(r'name="csrf" (?:value|content)="([^"]*)"', second))


def test_closes_from_before_a_split_are_in_units_of_today(web_store: Store, served: Callable[..., WebSite]) -> None:
    """A store that ends before it, as one of imported bars does: what somebody holds today is in today's units."""
    with web_store.transaction() as tx:
        tx.splits.put([Split("LKOH", date(2026, 3, 20), 1, 10, "shipped")])
        before = Closes(web_store, lambda: date(2026, 3, 3)).quotes(["LKOH"]).by_ticker["LKOH"].bid
    for now, price in ((NOW, before), (NOW + timedelta(days=30), before / 10)):
        site = served(site_over(web_store, Path(web_store.name).parent, now=now))
        held = {each["ticker"]: each for each in document(site, "/api/portfolio")["holdings"]}
        assert price == held["LKOH"]["price"]
        accounts = document(site, "/api/accounts/Broker")
        assert price == next(each["price"] for each in accounts["rows"] if each["ticker"] == "LKOH")
        assert price == Closes(web_store, lambda now=now: now.date()).quotes(["LKOH"]).by_ticker["LKOH"].bid
