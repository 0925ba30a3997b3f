"""The pages of accounts over HTTP: every edit, and every edit that is refused."""

from __future__ import annotations

import html
import re
from decimal import Decimal
from typing import Any

import pytest
from requests import Response
from test_web_portfolio import document, text_of
from web_site import WebSite

from allocator.core.accounts import Account
from allocator.core.portfolio import Fee, Percent, Permission

D = Decimal
INI = "[have]\nSBER = 5\n[want]\nSBER = 40%\nGAZP = 10%\nLKOH = 30%\nTATN = 20%\n[cash]\nhave = 7\n"


def account(site: WebSite, name: str = "Broker") -> Account:
    with site.store.reading() as tx:
        found = tx.accounts.get(name)
    assert found is not None
    return found


def fields(page: str, action: str) -> dict[str, str]:
    """What a browser would send of the form with this action, as it stands."""
    form = re.search(rf'<form[^>]*action="{re.escape(action)}"[^>]*>(.*?)</form>', page, re.DOTALL)
    assert form is not None, action
    found = {}
    for tag in re.findall(r"<input[^>]*>", form[1]):
        name = re.search(r' name="([^"]*)"', tag)
        value = re.search(r' value="([^"]*)"', tag)
        if name and 'type="file"' not in tag and 'type="checkbox"' not in tag:
            found[html.unescape(name[1])] = html.unescape(value[1]) if value else ""
    for name, options in re.findall(r'<select name="([^"]*)"[^>]*>(.*?)</select>', form[1], re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options)
        assert chosen is not None
        found[html.unescape(name)] = chosen[1]
    return found


def send(site: WebSite, path: str, page: str, **typed: str) -> Response:
    """The form of a page that was read, with some fields typed over."""
    changed = {name.replace("__", "."): value for name, value in typed.items()}
    return site.browser.submit(path, {**fields(page, path), **changed, "csrf": site.browser.csrf})


def errors(answer: Response) -> str:
    found = re.search(r'<div class="notice bad" role="alert">(.*?)</div>', answer.text, re.DOTALL)
    assert found is not None
    return text_of(found[1])


class TestSaving:
    def test_units_cash_and_terms(self, web_site: WebSite) -> None:
        """All of a form at once, and the page says that it is saved."""
        page = web_site.get("/accounts/Broker").text
        answer = send(
            web_site,
            "/accounts/Broker",
            page,
            cash="1 000.5",
            fee="1 + 0.1%",
            units__GAZP="510",
            trade__SBER="SELL",
            fee__LKOH="0.2%",
        )
        assert (303, "/accounts/Broker?saved=2") == (answer.status_code, answer.headers["location"])
        found = account(web_site)
        assert (D("1000.5"), Fee(D(1), D("0.001"))) == (found.cash, found.fee)
        assert (D(510), Permission.SELL, Fee(rate=D("0.002"))) == (
            found.holding("GAZP").units,
            found.holding("SBER").permission,
            found.holding("LKOH").fee,
        )
        assert "Saved." in web_site.get("/accounts/Broker?saved=2").text

    def test_a_form_as_it_stands_changes_nothing(self, web_site: WebSite) -> None:
        """What a page shows is what it would send back."""
        before = account(web_site)
        assert 303 == send(web_site, "/accounts/Broker", web_site.get("/accounts/Broker").text).status_code
        assert before == account(web_site)

    def test_mistakes_keep_what_was_typed(self, web_site: WebSite) -> None:
        """All of them are told, each field is marked, and nothing is saved."""
        page = web_site.get("/accounts/Broker").text
        answer = send(web_site, "/accounts/Broker", page, cash="lots", units__GAZP="515")
        assert 400 == answer.status_code
        assert "GAZP: 515 units are not whole lots of 10. Write 510 or 520." in errors(answer)
        assert "Cash: 'lots' is not a number" in errors(answer) or "Cash: lots is not a number" in errors(answer)
        kept = fields(answer.text, "/accounts/Broker")
        assert ("lots", "515", "1200") == (kept["cash"], kept["units.GAZP"], kept["units.SBER"])
        assert 2 == answer.text.count('aria-invalid="true"')
        assert 1 == account(web_site).version

    def test_two_tabs_cannot_overwrite_each_other(self, web_site: WebSite) -> None:
        """The second one sees what is there and what it typed; saved again, it changes that and no more."""
        page = web_site.get("/accounts/Broker").text
        send(web_site, "/accounts/Broker", page, units__SBER="1000")
        answer = send(web_site, "/accounts/Broker", page, cash="5", units__LKOH="12")
        assert 409 == answer.status_code
        assert "Somebody changed this meanwhile." in errors(answer)
        assert "there now: 10" in answer.text
        assert D("25000.50") == account(web_site).cash
        kept = fields(answer.text, "/accounts/Broker")
        assert ("5", "12", "1000", "2") == tuple(kept[k] for k in ("cash", "units.LKOH", "units.SBER", "version"))
        assert 303 == web_site.browser.submit("/accounts/Broker", {**kept, "csrf": web_site.browser.csrf}).status_code
        found = account(web_site)
        assert (D(5), D(12), D(1000)) == (found.cash, found.holding("LKOH").units, found.holding("SBER").units)

    @pytest.mark.parametrize("version", ["", "x", "-1", "9" * 30, "１"])
    def test_a_form_without_a_version_is_refused(self, web_site: WebSite, version: str) -> None:
        """It cannot say what it began from."""
        answer = web_site.browser.submit("/accounts/Broker", {"version": version, "cash": "1"})
        assert 400 == answer.status_code
        assert "which version it began from" in errors(answer)


class TestSecurities:
    def test_added_and_taken_out(self, web_site: WebSite) -> None:
        """With units, in whole lots; out only once nothing is held."""
        page = web_site.get("/accounts/IIS").text
        answer = send(web_site, "/accounts/IIS/add", page, ticker="gazp", new__units="20")
        assert 303 == answer.status_code
        assert D(20) == account(web_site, "IIS").holding("GAZP").units
        refused = web_site.browser.submit("/accounts/IIS/drop", {"version": "2", "drop": "GAZP"})
        assert (400, "Account IIS holds GAZP. Write 0 units first, and save.") == (
            refused.status_code,
            errors(refused).strip(),
        )
        send(web_site, "/accounts/IIS", web_site.get("/accounts/IIS").text, units__GAZP="0")
        page = web_site.get("/accounts/IIS").text
        assert 'name="drop" value="GAZP"' in page
        assert 303 == send(web_site, "/accounts/IIS/drop", page, drop="GAZP").status_code
        assert ["SBER", "TATN"] == [each.ticker for each in account(web_site, "IIS").holdings]

    @pytest.mark.parametrize(
        ("ticker", "advice"),
        [("SBRE", "Did you mean SBER"), ("<b>", "does not belong in a ticker"), ("IMOEX", "is an index")],
    )
    def test_an_unknown_ticker_is_refused_with_advice(self, web_site: WebSite, ticker: str, advice: str) -> None:
        """And stays in its field."""
        answer = send(web_site, "/accounts/IIS/add", web_site.get("/accounts/IIS").text, ticker=ticker)
        assert 400 == answer.status_code
        assert advice in errors(answer)
        assert ticker == fields(answer.text, "/accounts/IIS/add")["ticker"]


class TestWholeAccounts:
    def test_created(self, web_site: WebSite) -> None:
        """And shown under an address that any name fits."""
        answer = web_site.browser.submit("/accounts", {"name": "50% & more?#", "cash": "12.5"})
        assert (303, "/accounts/50%25%20%26%20more%3F%23") == (answer.status_code, answer.headers["location"])
        assert "50% & more?#" in text_of(web_site.get(answer.headers["location"]).text)
        again = web_site.browser.submit("/accounts", {"name": "50% & more?#"})
        assert 409 == again.status_code

    @pytest.mark.parametrize("name", ["", "..", "a/b", "x" * 41, "a\tb"])
    def test_names_that_cannot_be(self, web_site: WebSite, name: str) -> None:
        """Refused in words."""
        answer = web_site.browser.submit("/accounts", {"name": name})
        assert 400 == answer.status_code
        assert "name" in errors(answer)

    def test_renamed_and_removed(self, web_site: WebSite) -> None:
        """What holds something goes only when that is said."""
        answer = web_site.browser.submit("/accounts/IIS/rename", {"version": "1", "name": "Savings"})
        assert "/accounts/Savings?saved=1" == answer.headers["location"]
        refused = web_site.browser.submit("/accounts/Savings/remove", {"version": "1"})
        assert 400 == refused.status_code
        assert "is not empty" in errors(refused)
        stale = web_site.browser.submit("/accounts/Savings/remove", {"version": "3", "sure": "yes"})
        assert 409 == stale.status_code
        gone = web_site.browser.submit("/accounts/Savings/remove", {"version": "1", "sure": "yes"})
        assert (303, "/accounts") == (gone.status_code, gone.headers["location"])
        assert 400 == web_site.get("/accounts/Savings").status_code


class TestFiles:
    def test_out_and_in_again(self, web_site: WebSite) -> None:
        """The file that is saved is the account."""
        answer = web_site.get("/accounts/Broker/export")
        assert (
            "attachment; filename=\"Broker.ini\"; filename*=UTF-8''Broker.ini"
            == (answer.headers["content-disposition"])
        )
        made = web_site.browser.submit("/accounts", {"name": "Copy"}, files={"file": ("x.ini", answer.content)})
        assert "/accounts/Copy" == made.headers["location"]
        held = [each for each in account(web_site, "Copy").holdings if each.units]
        assert list(account(web_site).holdings) == held
        assert "SBER" in web_site.get("/portfolio.ini").text

    def test_the_name_is_that_of_the_file(self, web_site: WebSite) -> None:
        """Where none is typed; of a path, its last part."""
        made = web_site.browser.submit("/accounts", {"name": ""}, files={"file": ("..\\..\\mine.ini", INI)})
        assert "/accounts/mine" == made.headers["location"]

    def test_other_targets_need_a_word(self, web_site: WebSite) -> None:
        """The page asks whose count, and nothing is changed before that is said."""
        other = "[have]\nSBER = 9\n[want]\nSBER = 100%\n"
        sent: dict[str, Any] = {"files": {"file": ("x.ini", other)}}
        asked = web_site.browser.submit("/accounts/IIS/import", {"version": "1"}, **sent)
        assert 400 == asked.status_code
        assert 'name="targets" value="store"' in asked.text
        kept = web_site.browser.submit("/accounts/IIS/import", {"version": "1", "targets": "store"}, **sent)
        assert 303 == kept.status_code
        assert D(9) == account(web_site, "IIS").holding("SBER").units
        taken = web_site.browser.submit("/accounts/IIS/import", {"version": "2", "targets": "file"}, **sent)
        assert 303 == taken.status_code
        with web_site.store.reading() as tx:
            assert Percent(D(100)) == tx.accounts.policy().target("SBER")
        stale = web_site.browser.submit("/accounts/IIS/import", {"version": "1", "targets": "file"}, **sent)
        assert 409 == stale.status_code

    def test_what_is_too_large_or_no_file_is_refused(self, web_site: WebSite) -> None:
        """In words, and without reading on."""
        large = web_site.browser.submit("/accounts", {}, files={"file": ("x.ini", b";" * (2**18 + 1))})
        assert (400, True) == (large.status_code, "larger than 256 KiB" in large.text)
        none = web_site.browser.submit("/accounts/IIS/import", {"version": "1"})
        assert "No file was chosen." in errors(none)
        broken = web_site.browser.submit("/accounts", {"name": "b"}, files={"file": ("x.ini", b"\x00\xff\x00")})
        assert 422 == broken.status_code

    def test_no_file_of_the_server_is_read(self, web_site: WebSite) -> None:
        """Neither as a base nor as quotes."""
        for line in ("[file]\nextends = /etc/passwd\n", "[options]\nmarket info provider = FILE /etc/passwd\n"):
            answer = web_site.browser.submit("/accounts", {"name": "b"}, files={"file": ("x.ini", INI + line)})
            assert answer.status_code in {400, 422}
            assert "root:" not in answer.text


class TestTargets:
    def test_set_and_added(self, web_site: WebSite) -> None:
        """In the words of the file."""
        page = web_site.get("/accounts").text
        answer = send(web_site, "/targets", page, want__SBER="30%", cash="10%")
        assert "/accounts?saved=targets#targets" == answer.headers["location"]
        page = web_site.get("/accounts").text
        answer = send(web_site, "/targets", page, want__SBER="auto", want__GAZP="")
        with web_site.store.reading() as tx:
            policy = tx.accounts.policy()
        assert ["SBER", "LKOH", "TATN"] == [ticker for ticker, _ in policy.targets]
        assert (Percent(D(10)), ("VTBR",)) == (policy.cash, policy.exclude)

    def test_shares_that_are_not_the_whole(self, web_site: WebSite) -> None:
        """Said as the portfolio file says it; what was typed stays."""
        answer = send(web_site, "/targets", web_site.get("/accounts").text, want__SBER="50%")
        assert "Targets: the percentages add up to 110%, not 100%." in errors(answer)
        assert "50%" == fields(answer.text, "/targets")["want.SBER"]

    def test_two_tabs(self, web_site: WebSite) -> None:
        """The second is refused, and sees the first."""
        page = web_site.get("/accounts").text
        send(web_site, "/targets", page, want__SBER="30%", cash="10%")
        answer = send(web_site, "/targets", page, want__TATN="10%", cash="10%")
        assert 409 == answer.status_code
        kept = fields(answer.text, "/targets")
        assert ("30%", "10%", "2") == (kept["want.SBER"], kept["want.TATN"], kept["version"])


class TestJson:
    def test_what_is_read_can_be_changed(self, web_site: WebSite) -> None:
        """By the version that was read; an older one is refused."""
        said = document(web_site, "/api/accounts/Broker")
        assert (D("25000.5"), 1) == (said["cash"], said["version"])
        changed = web_site.browser.change(
            "PUT", "/api/accounts/Broker", json={"version": 1, "units": {"SBER": "900", "TATN": "3"}}
        )
        assert (200, 2) == (changed.status_code, changed.json()["version"])
        assert (D(900), D(3)) == tuple(account(web_site).holding(each).units for each in ("SBER", "TATN"))
        stale = web_site.browser.change("PUT", "/api/accounts/Broker", json={"version": 1, "cash": "0"})
        assert 409 == stale.status_code
        assert "version 1 was read" in stale.json()["errors"][0]["message"]

    def test_created_and_removed(self, web_site: WebSite) -> None:
        """With the status that each deserves."""
        made = web_site.browser.change("POST", "/api/accounts", json={"name": "new", "cash": "1"})
        assert (201, "new") == (made.status_code, made.json()["name"])
        assert 204 == web_site.browser.change("DELETE", "/api/accounts/new?version=1&force=true").status_code

    def test_a_stale_removal_is_a_conflict(self, web_site: WebSite) -> None:
        """Whatever the account holds; of the version that is there, what it holds keeps it, in words of HTTP."""
        stale = web_site.browser.change("DELETE", "/api/accounts/Broker?version=7")
        assert 409 == stale.status_code
        held = web_site.browser.change("DELETE", "/api/accounts/Broker?version=1")
        assert 400 == held.status_code
        assert [
            {
                "message": "Account Broker is not empty.",
                "hint": "Keep what it has first: GET /accounts/NAME/export; then repeat with force=true.",
            }
        ] == held.json()["errors"]
        assert 1 == account(web_site).version

    def test_a_ticker_in_two_spellings(self, web_site: WebSite) -> None:
        """Is no fault inside, but a mistake that is named."""
        body = {"version": 1, "units": {"SBER": "900", "sber": "910"}}
        answer = web_site.browser.change("PUT", "/api/accounts/Broker", json=body)
        assert 400 == answer.status_code
        assert "SBER is named twice: SBER, sber." == answer.json()["errors"][0]["message"]

    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("POST", "/api/accounts"),
            ("PUT", "/api/accounts/Broker"),
            ("PUT", "/api/targets"),
            ("PUT", "/api/dividends/SBER/2025-07-18"),
            ("POST", "/api/rebalance"),
            ("PUT", "/api/rebalance"),
            ("POST", "/api/rebalance/check"),
            ("POST", "/api/backtest"),
            ("POST", "/api/backtest/check"),
            ("POST", "/api/session"),
        ],
    )
    def test_a_misspelt_field_is_refused(self, web_site: WebSite, method: str, path: str) -> None:
        """By its name: passed over, the edit would seem to be made."""
        answer = web_site.browser.change(method, path, json={"unist": {"SBER": "900"}})
        assert 422 == answer.status_code
        assert {
            "message": "unist: there is no such field.",
            "hint": "Look at its spelling: /api/openapi.json names the fields.",
        } in answer.json()["errors"]

    @pytest.mark.parametrize(
        ("body", "words"),
        [
            (b'{"version": 1, "units": {"SBER": 5.5}}', "units.SBER: a text in quotation marks is needed."),
            (b'{"version": "x"}', "version: a whole number is needed."),
            (b'{"version": -1}', "version: it is at least 0."),
            (b'{"units": {}}', "version: it is missing."),
            (b'{"version": 1, "cash": "' + b"1" * 61 + b'"}', "cash: at most 60 are taken."),
            (b'{"version": 1', "The body is no JSON: Expecting ',' delimiter, at character 13."),
            (b"[1]", "The body is no object of JSON."),
        ],
    )
    def test_what_is_wrong_is_said(self, web_site: WebSite, body: bytes, words: str) -> None:
        """With the path of the field, or of the whole."""
        json = {"Content-Type": "application/json"}
        answer = web_site.browser.change("PUT", "/api/accounts/Broker", data=body, headers=json)
        assert 422 == answer.status_code
        assert [words] == [each["message"] for each in answer.json()["errors"]]

    def test_targets(self, web_site: WebSite) -> None:
        """What is left out stays."""
        body = {"version": 1, "targets": {"SBER": "60%", "TATN": ""}}
        said = web_site.browser.change("PUT", "/api/targets", json=body).json()
        assert ["SBER", "GAZP", "LKOH"] == [each["ticker"] for each in said["policy"]["targets"]]

    @pytest.mark.parametrize(
        "body", [{}, {"version": "x"}, {"version": 1, "cash": "1" * 100}, {"version": 1, "units": {"SBER": 5.5}}]
    )
    def test_nonsense_is_refused(self, web_site: WebSite, body: dict[str, Any]) -> None:
        """In JSON, and nothing changes."""
        answer = web_site.browser.change("PUT", "/api/accounts/Broker", json=body)
        assert 422 == answer.status_code
        assert answer.json()["errors"]
        assert 1 == account(web_site).version


def test_what_is_far_too_long_is_refused(web_site: WebSite) -> None:
    """A field of a megabyte is nobody's amount."""
    answer = web_site.browser.submit("/accounts/Broker", {"version": "1", "cash": "1" * 10**6})
    assert 400 == answer.status_code
    assert 1 == account(web_site).version
