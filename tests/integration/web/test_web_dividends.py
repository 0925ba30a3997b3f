"""The pages of dividends over HTTP: what they show, and every edit."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

import pytest
from test_web_accounts import errors, fields, send
from test_web_portfolio import document, text_of
from web_site import WebSite

from allocator.core.instrument import Dividend

D = Decimal
DAY = date(2026, 7, 17)


@pytest.fixture(autouse=True)
def announced(request: pytest.FixtureRequest) -> None:
    """A register of GAZP that closes without a known amount, and a second opinion on SBER."""
    if "web_site" in request.fixturenames:
        site: WebSite = request.getfixturevalue("web_site")
        with site.store.transaction() as tx:
            tx.facts.set("register closings", json.dumps({"GAZP": [str(DAY)]}))
            tx.dividends.put([Dividend("SBER", date(2025, 7, 18), D(33), "RUB", "shipped")])


def of(site: WebSite, ticker: str) -> list[Dividend]:
    with site.store.reading() as tx:
        return tx.dividends.of(ticker)


def test_nothing_held(empty_web_site: WebSite) -> None:
    """A newcomer learns when something will be here."""
    page = empty_web_site.get("/dividends")
    assert (200, True) == (page.status_code, "No account holds anything yet" in page.text)


def test_received_and_expected(web_site: WebSite) -> None:
    """1300 SBER got 33 of the more trusted source in July, 10 LKOH 514 in December; SBER pays 36.5 in March."""
    said = document(web_site, "/api/dividends")
    assert {"RUB": {"before_tax": D(1300 * 33 + 5140), "after_tax": D("41794.8")}} == said["received"]
    assert {"RUB": {"before_tax": D("47450"), "after_tax": D("41281.5")}} == said["expected"]
    page = text_of(web_site.get("/dividends").text)
    for amount in (
        "41 794.80",
        "48 040.00 before tax",
        "41 281.50",
        "37 323.00",
        "came with the program 33 RUB; the exchange 34.84 RUB",
    ):
        assert amount in page


def test_a_missing_amount_is_written_down_from_the_list(web_site: WebSite) -> None:
    """One field, one button, and it is expected from then on."""
    page = web_site.get("/dividends").text
    answer = send(web_site, "/dividends/GAZP", page, amount="12.5")
    assert (303, "/dividends#missing") == (answer.status_code, answer.headers["location"])
    assert [Dividend("GAZP", DAY, D("12.5"), "RUB", "manual")] == of(web_site, "GAZP")
    said = document(web_site, "/api/dividends")
    assert [] == said["missing"]
    assert D(500) * D("12.5") == said["payments"][-1]["income"]
    stale = send(web_site, "/dividends/GAZP", page, amount="1")  # another tab has not seen it
    assert 409 == stale.status_code
    assert "Somebody changed this meanwhile." in errors(stale)


def test_a_payment_is_mended_and_taken_back(web_site: WebSite) -> None:
    """What is typed goes before all; removed, the others count again. Each change is backed up first."""
    page = web_site.get("/dividends/SBER").text
    assert 303 == send(web_site, "/dividends/SBER", page, day="2025-07-18", amount="34.5").status_code
    assert D("34.5") == document(web_site, "/api/dividends")["payments"][0]["amount"]
    page = web_site.get("/dividends/SBER").text
    assert 303 == send(web_site, "/dividends/SBER/remove", page, day="2025-07-18").status_code
    assert D(33) == document(web_site, "/api/dividends")["payments"][0]["amount"]
    page = web_site.get("/dividends/SBER").text
    assert 303 == send(web_site, "/dividends/SBER/remove", page, day="2025-07-18").status_code  # overruled by a 0
    assert ["LKOH", "SBER"] == [each["ticker"] for each in document(web_site, "/api/dividends")["payments"]]


def test_an_edit_of_an_older_page_is_refused(web_site: WebSite) -> None:
    """It says so, and keeps what was typed."""
    page = web_site.get("/dividends/SBER").text
    send(web_site, "/dividends/SBER", page, day="2025-07-18", amount="34.5")
    answer = send(web_site, "/dividends/SBER", page, day="2025-07-18", amount="35")
    assert 409 == answer.status_code
    assert "Somebody changed this meanwhile." in errors(answer)
    kept = fields(answer.text, "/dividends/SBER")
    assert ("35", "2025-07-18") == (kept["amount"], kept["day"])
    assert 409 == send(web_site, "/dividends/SBER/remove", page, day="2025-07-18").status_code
    assert 303 == web_site.browser.submit("/dividends/SBER", {**kept, "csrf": web_site.browser.csrf}).status_code


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"amount": "-1"}, "is negative"),
        ({"amount": "<b>"}, "is not a number"),
        ({"day": "yesterday"}, "is no day"),
        ({"day": "1812-09-07"}, "is no record date"),
        ({"currency": "roubles"}, "is no currency"),
    ],
)
def test_what_cannot_be_is_refused_in_words(web_site: WebSite, typed: dict[str, str], words: str) -> None:
    """And nothing is written."""
    before = of(web_site, "SBER")
    form = {"day": "2025-07-18", "amount": "1", "currency": "RUB", **typed}
    answer = web_site.browser.submit("/dividends/SBER", form)
    assert 400 == answer.status_code
    assert words in errors(answer)
    assert before == of(web_site, "SBER")


def test_a_ticker_is_looked_for(web_site: WebSite) -> None:
    """In any case of letters; an unknown one gets advice."""
    found = web_site.browser.submit("/dividends", {"ticker": "sber"})
    assert "/dividends/SBER" == found.headers["location"]
    lost = web_site.browser.submit("/dividends", {"ticker": "SBRE"})
    assert (400, True) == (lost.status_code, "Did you mean SBER" in errors(lost))
    assert 400 == web_site.get("/dividends/%3Cscript%3E").status_code


def test_as_json(web_site: WebSite) -> None:
    """Read, put in by version, taken out."""
    said = document(web_site, "/api/dividends/GAZP")
    assert [{"ticker": "GAZP", "record_date": str(DAY)}] == said["missing"]
    put = web_site.browser.change(
        "PUT", f"/api/dividends/GAZP/{DAY}", json={"amount": "12.5", "version": said["version"]}
    )
    assert (200, 12.5) == (put.status_code, put.json()["dividends"][0]["amount"])
    stale = web_site.browser.change("DELETE", f"/api/dividends/GAZP/{DAY}?version={said['version']}")
    assert 409 == stale.status_code
    gone = web_site.browser.change("DELETE", f"/api/dividends/GAZP/{DAY}?version={put.json()['version']}")
    assert (200, []) == (gone.status_code, gone.json()["dividends"])
