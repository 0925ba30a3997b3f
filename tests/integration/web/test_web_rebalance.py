"""The page of rebalancing over real HTTP: the text that is checked, solved, explained, downloaded and saved."""

from __future__ import annotations

import csv
import html
import io
import re
import threading
import time
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from fixtures_iss import LocalIss
from web_site import WebSite

from allocator.core.accounts import Account, Holding
from allocator.web.rebalance import works_of

SOUND = "[have]\nSBER = 100\n[want]\nSBER = 60%\nLKOH = 40%\n[cash]\nhave = 50 000\n[options]\ncommission = 0.05%\n"
TABLE = "ticker,bid,ask,lot\nSBER,300,301,10\nLKOH,7000,7010,1\n"
HTMX = {"HX-Request": "true"}
HOSTILE = "<script>alert(1)</script>"


def form(**values: str) -> dict[str, str]:
    return {"ini": SOUND, "quotes": TABLE, "source": "table", "of": "sample", **values}


def editor(page: str) -> str:
    """The text in the editor of a page."""
    found = re.search(r'<textarea id="ini"[^>]*>\n(.*?)</textarea>', page, re.DOTALL)
    assert found is not None
    return html.unescape(found[1])


def hidden(page: str, name: str) -> str:
    found = re.search(rf'<input type="hidden" name="{name}" value="([^"]*)">', page)
    assert found is not None
    return html.unescape(found[1])


def test_the_editor_begins_with_all_accounts(web_site: WebSite) -> None:
    """Their sums, in order; an account, or a sample, is one choice away."""
    page = web_site.get("/rebalance").text
    assert "SBER = 1 300\n" in editor(page)
    assert ("all", "1") == (hidden(page, "of"), hidden(page, "policy"))
    assert "In order." in page
    assert "SBER = 100\n" in editor(web_site.get("/rebalance", params={"of": "account:IIS"}).text)
    assert "A portfolio for allocator." in editor(web_site.get("/rebalance", params={"of": "sample"}).text)
    assert 400 == web_site.get("/rebalance", params={"of": "account:Nobody"}).status_code


def test_a_newcomer_begins_with_a_sample(empty_web_site: WebSite) -> None:
    """It is in order, and can be rebalanced at once where there is a network."""
    page = empty_web_site.get("/rebalance").text
    assert "SBER = 35%" in editor(page)
    assert "In order." in page


def test_the_text_is_checked_while_it_is_typed(web_site: WebSite) -> None:
    """A fragment with each finding, its line and what to write instead; without a script, the page with the text."""
    wrong = SOUND.replace("60%", "60,5%")
    part = web_site.browser.change("POST", "/rebalance/check", form(ini=wrong), headers=HTMX)
    assert 200 == part.status_code
    assert 'data-line="4"' in part.text
    assert "Write 60.5%" in html.unescape(part.text)
    assert "portfolio.ini" not in part.text
    assert "<html" not in part.text
    page = web_site.browser.submit("/rebalance/check", form(ini=wrong))
    assert wrong == editor(page.text)


def test_the_best_deals_add_up_and_are_there_to_keep(web_site: WebSite) -> None:
    """Without a script: a redirect to the answer, its table, orders as CSV, the answer as JSON, the text as typed."""
    answer = web_site.browser.submit("/rebalance", form())
    assert 303 == answer.status_code
    path = answer.headers["location"]
    page = web_site.get(path)
    assert SOUND == editor(page.text)
    assert "Optimal: no whole-lot plan is closer" in page.text
    orders = list(csv.DictReader(io.StringIO(web_site.get(f"{path}/orders.csv").text)))
    assert {("LKOH", "buy")} <= {(row["ticker"], row["side"]) for row in orders}
    kept = web_site.get(f"{path}/answer.json")
    assert 'attachment; filename="answer.json"' == kept.headers["content-disposition"]
    document = kept.json()
    assert 80_000 == document["totals"]["source"]
    assert document["totals"]["result"] == pytest.approx(
        sum(row["result"]["value"] for row in document["rows"]) + document["cash"]["result"]
    )


def test_reasons_and_the_frontier_come_when_asked_for(web_site: WebSite) -> None:
    """As fragments for htmx, within the page without it; at the very quotes of the answer."""
    path = web_site.browser.submit("/rebalance", form()).headers["location"]
    part = web_site.get(path, params={"show": "reasons"}, headers=HTMX).text
    assert "Why these deals" in part
    assert "<html" not in part
    page = web_site.get(path, params={"show": "frontier"}).text
    assert 'id="frontier-data"' in page
    assert "Why these deals" in page  # what was worked out once stays
    assert {"explanation", "frontier"} <= web_site.get(f"{path}/answer.json").json().keys()


def test_of_all_accounts_each_is_told_its_deals(web_site: WebSite) -> None:
    """At the last closes of the store, which are marked; of another text nobody in particular is told anything."""
    text = editor(web_site.get("/rebalance").text)
    asked = {"ini": text, "source": "closes", "of": "all", "policy": "1"}
    answer = web_site.browser.change("POST", "/rebalance", asked, headers=HTMX)
    assert 200 == answer.status_code
    assert answer.headers["hx-push-url"].startswith("/rebalance/")
    assert "Who deals in what" in answer.text
    assert "Cash of Broker: 25 000.50 before" in answer.text
    assert "not a live bid and ask but previous day&#39;s close" in answer.text
    assert "Quotes: STORE" in answer.text
    asked["ini"] = text.replace("have = 26 000.5", "have = 26 001")
    other = web_site.browser.change("POST", "/rebalance", asked, headers=HTMX).text
    assert "Who deals in what" not in other
    assert "the accounts hold something else" in other


def test_a_discreet_reader_sees_no_amount(web_site: WebSite) -> None:
    """Neither in the table nor in the sentences above and below it; shares and prices stay."""
    path = web_site.browser.submit("/rebalance", form()).headers["location"]
    web_site.browser.cookies.set("discreet", "yes")
    page = web_site.get(path, params={"show": "reasons"}).text
    answer = page[page.index('<section id="answer"') :]
    assert "Proven to be the best." in answer
    assert "60%" in answer
    for amount in ("30 000.00", "50 000.00", "80 000.00"):
        assert amount not in answer


def test_no_exchange_is_a_clear_word_and_the_closes_are_offered(
    web_site: WebSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was typed is kept; the offered button works without a script, too."""
    monkeypatch.setenv("ALLOCATOR_ISS_URL", "http://127.0.0.1:9")
    refused = web_site.browser.submit("/rebalance", form(source="text"))
    assert 502 == refused.status_code
    assert "Take the last closes of the store instead" in refused.text
    assert SOUND == editor(refused.text)
    part = web_site.browser.change("POST", "/rebalance", form(source="text"), headers=HTMX)
    assert 502 == part.status_code
    assert "<html" not in part.text
    assert 303 == web_site.browser.submit("/rebalance", form(source="text", closes="yes")).status_code


def test_the_exchange_is_asked_where_the_text_says_so(
    web_site: WebSite, monkeypatch: pytest.MonkeyPatch, iss: LocalIss
) -> None:
    """By the process that works it out; an unknown ticker is told as the exchange has it."""
    monkeypatch.setenv("ALLOCATOR_ISS_URL", iss.url)
    found = web_site.browser.change("POST", "/rebalance", form(source="text"), headers=HTMX)
    assert "Quotes: MOEX" in found.text
    typo = form(ini=SOUND.replace("SBER", "SBRE"), source="text")
    unknown = web_site.browser.change("POST", "/rebalance", typo, headers=HTMX)
    assert "SBRE" in unknown.text
    assert 502 == unknown.status_code


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (TABLE.replace("SBER", "SBRE"), "SBER: not in quotes.csv."),
        (TABLE.replace("300,301", "x,301"), "SBER"),
        ("what is this", "quotes.csv"),
    ],
)
def test_a_mistake_in_a_pasted_table_is_the_readers(web_site: WebSite, table: str, words: str) -> None:
    """On the page and as JSON: not that of an exchange which nobody has asked."""
    page = web_site.browser.submit("/rebalance", form(quotes=table))
    assert 422 == page.status_code
    assert words in html.unescape(page.text)
    body = {"ini": SOUND, "quotes": table, "source": "table"}
    answer = web_site.browser.change("POST", "/api/rebalance", json=body)
    assert 422 == answer.status_code
    assert words in answer.json()["errors"][0]["message"]


def test_auto_assets_share_as_the_store_and_the_text_have_it(web_site: WebSite) -> None:
    """Without a forecast the text is refused while it is typed; with a fallback the reasons tell its shares."""
    auto = SOUND.replace("60%", "auto").replace("40%", "auto")
    part = web_site.browser.change("POST", "/rebalance/check", form(ini=auto), headers=HTMX)
    assert "needs a forecast" in part.text
    even = auto + "[forecast]\nfallback = EQUAL\n"
    path = web_site.browser.submit("/rebalance", form(ini=even)).headers["location"]
    page = web_site.get(path, params={"show": "reasons"}).text
    assert "auto 50.00%" in page
    assert "How the shares of auto assets came about" in page


@pytest.mark.parametrize(
    "hostile",
    [
        "[file]\nextends = /etc/passwd\n" + SOUND,
        "[file]\nextends = ../../../../etc/hosts\n" + SOUND,
        SOUND + "market info provider = FILE /etc/passwd\n",
        SOUND + "market info provider = FILE /proc/self/environ\n",
    ],
)
def test_no_text_reads_a_file_of_this_machine(web_site: WebSite, hostile: str) -> None:
    """Not while it is checked, not when it is solved, not by the API; the error is the rule, not what is there."""
    values = form(ini=hostile, quotes="", source="text")
    for answer in (
        web_site.browser.change("POST", "/rebalance/check", values, headers=HTMX),
        web_site.browser.submit("/rebalance", values),
        web_site.browser.change("POST", "/api/rebalance", json={"ini": hostile}),
        web_site.browser.change("POST", "/api/rebalance/check", json={"ini": hostile}),
    ):
        assert "reads no file of this machine" in answer.text
        assert "root:" not in answer.text
        assert "localhost\t" not in answer.text


def test_saving_and_two_tabs(web_site: WebSite) -> None:
    """The second tab is told, sees what is there now, keeps what it typed, and may then replace it knowingly."""
    page = web_site.get("/rebalance", params={"of": "account:IIS"}).text
    values = {name: hidden(page, name) for name in ("of", "version", "policy")}
    first = {"ini": editor(page).replace("TATN = 40", "TATN = 45"), "name": "IIS", **values}
    assert "Account IIS is now as the text says." in web_site.browser.submit("/rebalance/save", first).text
    second = {"ini": editor(page).replace("TATN = 40", "TATN = 41"), "name": "IIS", **values}
    refused = web_site.browser.submit("/rebalance/save", second)
    assert 409 == refused.status_code
    assert "What is there now" in refused.text
    assert "TATN = 45" in refused.text[: refused.text.index('<form id="draft"')]
    assert "TATN = 41" in editor(refused.text)
    again = {**second, "version": hidden(refused.text, "version"), "policy": hidden(refused.text, "policy")}
    assert 200 == web_site.browser.submit("/rebalance/save", again).status_code
    with web_site.store.reading() as tx:
        assert Decimal(41) == tx.accounts.get("IIS").holding("TATN").units


def test_a_text_of_all_saves_targets_alone(web_site: WebSite) -> None:
    """A change of what is held is refused by name, with what was typed kept."""
    page = web_site.get("/rebalance").text
    values = {name: hidden(page, name) for name in ("of", "version", "policy")}
    held = editor(page).replace("SBER = 1 300", "SBER = 1 400")
    refused = web_site.browser.submit("/rebalance/save", {"ini": held, **values})
    assert 400 == refused.status_code
    assert "something else than the accounts together: SBER" in refused.text
    assert held == editor(refused.text)
    wanted = editor(page).replace("SBER = 40%", "SBER = 35%").replace("GAZP = 10%", "GAZP = 15%")
    assert 200 == web_site.browser.submit("/rebalance/save", {"ini": wanted, **values}).status_code
    assert "SBER = 35%" in editor(web_site.get("/rebalance").text)


def test_a_sample_becomes_a_new_account(web_site: WebSite) -> None:
    """Under the name that is given; without one, and under a name that is taken, it is refused."""
    values = {"ini": SOUND, "of": "sample", "version": "0", "policy": "0"}
    assert 400 == web_site.browser.submit("/rebalance/save", values).status_code
    assert 409 == web_site.browser.submit("/rebalance/save", {**values, "name": "IIS"}).status_code
    saved = web_site.browser.submit("/rebalance/save", {**values, "name": "Third"})
    assert 200 == saved.status_code
    assert "account:Third" == hidden(saved.text, "of")


def test_hostile_names_and_texts_are_shown_as_they_are(web_site: WebSite) -> None:
    """An account, a ticker, a value, a column of quotes: words, never markup."""
    with web_site.store.transaction() as tx:
        account = Account(HOSTILE.replace("/", "|"), (Holding("SBER", Decimal(1)),), Decimal(5))
        tx.accounts.put(account, datetime(2026, 1, 1, tzinfo=UTC))
    pages = [
        web_site.get("/rebalance").text,
        web_site.browser.submit("/rebalance/check", form(ini=f"[want]\n{HOSTILE} = 1\n</textarea>{HOSTILE}")).text,
        web_site.browser.submit("/rebalance", form(quotes=f"ticker,bid,ask,{HOSTILE}\nSBER,{HOSTILE},1,1\n")).text,
        web_site.browser.submit("/rebalance/save", form(name=HOSTILE)).text,
        web_site.get(f"/rebalance?of=account:{HOSTILE}").text,
    ]
    for page in pages:
        assert "alert(1)" in page
        assert "<script>alert" not in page
        assert "<script>alert" not in page.replace("|", "/")


def test_a_file_of_the_reader_is_opened_and_given_back(web_site: WebSite) -> None:
    """In the encodings that people have, with its quotes; as a file again, byte by byte."""
    ini = ("; мой портфель\n" + SOUND).encode("cp1251")
    files = {"ini": ("my.ini", ini, "text/plain"), "quotes": ("q.csv", TABLE.encode(), "text/csv")}
    opened = web_site.browser.submit("/rebalance/open", {}, files=files)
    assert 200 == opened.status_code
    assert editor(opened.text).startswith("; мой портфель\n")
    assert "SBER,300,301,10" in opened.text
    back = web_site.browser.submit("/rebalance/portfolio.ini", form(ini=SOUND.replace("\n", "\r\n")))
    assert SOUND == back.text
    assert 'attachment; filename="portfolio.ini"' == back.headers["content-disposition"]
    assert back.headers["content-type"].startswith("text/plain")


def test_too_much_is_refused(web_site: WebSite) -> None:
    """A text beyond what any portfolio needs is not even looked at."""
    assert 422 == web_site.browser.submit("/rebalance/check", form(ini="; x\n" * 70_000)).status_code


def test_an_answer_that_is_not_kept_is_gone(web_site: WebSite) -> None:
    """In every form, with the way on."""
    for path in ("/rebalance/nothing", "/rebalance/nothing/orders.csv", "/api/rebalance/nothing"):
        gone = web_site.get(path)
        assert 404 == gone.status_code
        assert "not kept any more" in gone.text


def test_a_reader_who_stops_waiting_is_let_go(web_site: WebSite, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process ends at once, the request with a word, and nobody else is touched."""
    desk = works_of(web_site.site).desk
    monkeypatch.setattr("allocator.app.rebalance_page.SOLVED", f"{__name__}:slowly")
    browser, answers = web_site.browser, []
    waiting = threading.Thread(target=lambda: answers.append(browser.submit("/rebalance", form())))
    waiting.start()
    until(lambda: desk._of)
    web_site.browser.change("POST", "/rebalance/stop", headers=HTMX)
    waiting.join(30)
    [answer] = answers
    assert "stopped before its end" in answer.text
    assert {} == desk._of


def test_a_browser_that_closes_the_page_ends_the_work(web_site: WebSite, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for the answer any more, so nobody works on it."""
    desk = works_of(web_site.site).desk
    monkeypatch.setattr("allocator.app.rebalance_page.SOLVED", f"{__name__}:slowly")
    gone = threading.Event()

    def impatient() -> None:
        try:
            web_site.browser.submit("/rebalance", form(), timeout=3)
        except OSError:
            gone.set()

    threading.Thread(target=impatient).start()
    until(lambda: desk._of)
    until(gone.is_set)
    until(lambda: not desk._of)


def slowly(_tell: object, _task: object) -> None:
    """For a minute, in a process of its own."""
    time.sleep(60)


def until(true) -> None:
    """Wait until it is."""
    for _ in range(600):
        if true():
            return
        time.sleep(0.05)
    raise AssertionError(true)


def test_the_api_does_what_the_page_does(web_site: WebSite) -> None:
    """Text, check, answer with everything, save with versions."""
    browser = web_site.browser
    text = browser.get("/api/rebalance").json()
    assert ("", 1) == (text["account"], text["policy"])
    assert [] == browser.change("POST", "/api/rebalance/check", json={"ini": text["ini"]}).json()["mistakes"]
    body = {"ini": text["ini"], "source": "closes", "accounts": True, "explain": True, "frontier": True}
    answer = browser.change("POST", "/api/rebalance", json=body).json()
    assert {"Broker", "IIS"} == {each["name"] for each in answer["accounts"]["accounts"]}
    assert "optimal" == answer["status"]
    assert {"explanation", "frontier"} <= answer.keys()
    assert answer == browser.get(f"/api/rebalance/{answer['id']}").json()
    saved = browser.change("PUT", "/api/rebalance", json={"ini": text["ini"], "policy": 1})
    assert 1 == saved.json()["policy"]
    changed = text["ini"].replace("max deals = 0", "max deals = 3")
    assert 2 == browser.change("PUT", "/api/rebalance", json={"ini": changed, "policy": 1}).json()["policy"]
    assert 409 == browser.change("PUT", "/api/rebalance", json={"ini": changed, "policy": 1}).status_code
    assert 422 == browser.change("POST", "/api/rebalance", json={"ini": "[want]\nSBER = ten\n"}).status_code


def test_the_page_speaks_russian(web_site: WebSite) -> None:
    """Its own words, those of findings, and the comments of the text."""
    web_site.browser.cookies.set("lang", "ru")
    page = web_site.get("/rebalance").text
    assert "Найти лучшие сделки" in page
    assert "Всё в порядке." in page
    assert "; Все счета как один: Broker, IIS." in editor(page)
