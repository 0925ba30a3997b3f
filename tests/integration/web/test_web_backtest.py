"""The pages of backtests over real HTTP: begun, watched, read, kept over a restart, deleted."""

from __future__ import annotations

import csv
import html
import io
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from web_site import WebSite, site_over

from allocator.app.loop.place import Place
from allocator.app.runs_files import STATE
from allocator.store import Store
from allocator.web.backtest import runs_of

INI = (
    "[backtest]\ntitle = Two\nfrom = 2025-09-01\ntickers = SBER, LKOH\nfee = 0.05%\nbenchmark = equal\n"
    "[strategy equal]\nkind = equal\n[strategy hold]\nkind = hold\n"
)
HTMX = {"HX-Request": "true"}
HOSTILE = "<script>alert(1)</script>"
PATIENCE_S = 120


@pytest.fixture
def site(web_store: Store, tmp_path: Path, served: Callable[..., WebSite]) -> Iterator[WebSite]:
    """A server whose children find its store; what they do ends with the test."""
    running = served(placed(web_store, tmp_path))
    yield running
    runs_of(running.site).close()


def placed(store: Store, folder: Path):
    return replace(site_over(store, folder), place=Place(store.name))


def begun(site: WebSite, ini: str = INI) -> str:
    """The address of a new run."""
    answer = site.browser.submit("/backtest", {"ini": ini})
    assert 303 == answer.status_code, answer.text
    return answer.headers["location"]


def over(site: WebSite, path: str) -> dict:
    """The run at its end."""
    for _ in range(PATIENCE_S * 5):
        run = site.get(f"/api{path}").json()
        if run["stage"] not in {"waiting", "running"}:
            return run
        time.sleep(0.2)
    raise AssertionError(run)


def test_a_run_from_the_button_to_its_report(site: WebSite) -> None:
    """Watched while it goes, then its figures, chart, report in a frame with a policy of its own, and files to keep."""
    path = begun(site)
    going = site.get(path).text
    assert f'hx-get="{path}/progress"' in going
    assert "Stop the run" in going
    run = over(site, path)
    assert ("done", []) == (run["stage"], run["errors"])
    assert ["equal", "hold"] == [each["strategy"] for each in run["strategies"]]
    assert "true" == site.get(f"{path}/progress", headers=HTMX).headers["hx-refresh"]

    page = site.get(path).text
    assert run["verdict"] in html.unescape(page)
    assert 'data-chart="value-data"' in page
    assert f'<iframe class="frame" src="{path}/report"' in page
    report = site.get(f"{path}/report")
    assert "sandbox" in report.headers["content-security-policy"]
    assert "frame-ancestors 'self'" in report.headers["content-security-policy"]
    assert "<script" not in report.text

    table = list(csv.DictReader(io.StringIO(site.get(f"{path}/files/backtest.csv").text)))
    assert ["equal", "hold"] == [row["strategy"] for row in table]
    document = site.get(f"/api{path}/files/backtest.json").json()
    assert run["verdict"] == document["verdict"]
    assert document["strategies"][0]["series"]["value"]
    assert b"\x89PNG" == site.get(f"{path}/files/backtest.png").content[:4]
    assert INI == site.get(f"{path}/files/backtest.ini").text
    kept = site.get(f"{path}/files/report.html")
    assert 'attachment; filename="report.html"' == kept.headers["content-disposition"]

    site.browser.cookies.set("lang", "ru")
    assert "Стратегии рядом" in site.get(path).text
    assert 'lang="ru"' in site.get(f"{path}/report").text
    site.browser.cookies.set("theme", "dark")
    dark = site.get(f"{path}/report").text
    assert "@media screen{" in dark
    assert "prefers-color-scheme" not in dark


def test_a_mistake_is_found_before_the_run(site: WebSite) -> None:
    """While one types, and when the button is pressed all the same; what was typed is kept."""
    wrong = INI.replace("fee = 0.05%", "fee = 5").replace("kind = hold", "kind = holding")
    part = site.browser.change("POST", "/backtest/check", {"ini": wrong}, headers=HTMX)
    assert ["5", "10"] == re.findall(r'data-line="([0-9]+)"', part.text)
    assert "<html" not in part.text
    refused = site.browser.submit("/backtest", {"ini": wrong})
    assert 422 == refused.status_code
    assert "kind = holding" in refused.text
    assert [] == site.get("/api/backtest").json()


def test_a_run_that_fails_says_why(site: WebSite) -> None:
    """With what to do about it; its text is there to be mended."""
    path = begun(site, INI.replace("2025-09-01", "2031-01-01"))
    run = over(site, path)
    assert "failed" == run["stage"]
    assert run["errors"][0]["message"]
    assert html.escape(run["errors"][0]["message"], quote=False) in html.unescape(site.get(path).text)
    assert "2031-01-01" in site.get("/backtest", params={"of": run["name"]}).text


def test_one_at_a_time_stopped_and_deleted(site: WebSite) -> None:
    """The second waits for the first; stopping and deleting work on either, and the list has what is left."""
    first, second = begun(site), begun(site)
    assert "waiting" == site.get(f"/api{second}").json()["stage"]
    assert "It waits for the runs before it" in site.get(second).text
    assert 303 == site.browser.submit(f"{second}/stop").status_code
    assert "stopped" == site.get(f"/api{second}").json()["stage"]
    assert 303 == site.browser.submit(f"{first}/delete").status_code
    assert [second] == [f"/backtest/{each['name']}" for each in site.get("/api/backtest").json()]
    assert 404 == site.get(first).status_code
    assert 204 == site.browser.change("DELETE", f"/api{second}").status_code
    assert "No backtest has been run yet" in site.get("/backtest").text


def test_runs_survive_a_restart(web_store: Store, tmp_path: Path, served: Callable[..., WebSite]) -> None:
    """One that was cut short says so, and its text goes into the editor again."""
    before = served(placed(web_store, tmp_path))
    path = begun(before)
    runs_of(before.site).close()
    after = served(placed(web_store, tmp_path))
    assert "cut" == after.get(f"/api{path}").json()["stage"]
    assert "The server ended before this run did." in after.get(path).text
    assert "cut short" in after.get("/backtest").text
    assert "title = Two" in after.get("/backtest", params={"of": path.rpartition("/")[2]}).text
    runs_of(after.site).close()


@pytest.mark.parametrize(
    "line",
    [
        "portfolio = /etc/passwd",
        "cash rate = /etc/passwd",
        "cash rate = ../../secret.csv",
    ],
)
def test_no_text_reads_a_file_of_this_machine(site: WebSite, line: str) -> None:
    """Not while it is checked, not when it is run, not by the API."""
    hostile = INI.replace("tickers = SBER, LKOH", line)
    for answer in (
        site.browser.change("POST", "/backtest/check", {"ini": hostile}, headers=HTMX),
        site.browser.submit("/backtest", {"ini": hostile}),
        site.browser.change("POST", "/api/backtest", json={"ini": hostile}),
        site.browser.change("POST", "/api/backtest/check", json={"ini": hostile}),
    ):
        assert "reads no file of this machine" in answer.text
    assert [] == site.get("/api/backtest").json()


OUTSIDE = (
    "/backtest/..%2f..%2fetc",
    "/backtest/%2e%2e",
    "/backtest/20260101-000000-00000000",
    "/backtest/{name}/files/state.json",
    "/backtest/{name}/files/..%2fconfig.ini",
    "/backtest/{name}/files/config.ini",
    "/backtest/{name}/files/page.en.html",
    "/backtest/..%2fruns%2f{name}/files/backtest.ini",
    "/api/backtest/..%2f..%2fetc/files/passwd",
)


def test_no_address_leads_out_of_the_runs(site: WebSite) -> None:
    """Names that were made here and files that are offered, nothing else; what is there already is no help."""
    name = begun(site).rpartition("/")[2]
    for path in OUTSIDE:
        answer = site.get(path.format(name=name))
        assert (path, True) == (path, answer.status_code == 404 or answer.url == f"{site.url}/")  # .. is the client's


def test_hostile_titles_and_names_are_words(site: WebSite) -> None:
    """In the list, on the page, in the report, in what a check says."""
    ini = INI.replace("title = Two", f"title = {HOSTILE}").replace("[strategy hold]", "[strategy <img src=x>]")
    path = begun(site, ini)
    assert "done" == over(site, path)["stage"]
    for page in (
        site.get("/backtest"),
        site.get(path),
        site.get(f"{path}/report"),
        site.get(f"{path}/files/report.html"),
    ):
        assert "alert(1)" in page.text
        assert "<script>alert" not in page.text
        assert "<img" not in page.text.replace('<img src="/static', "")
    assert "<img src=x" not in site.browser.change("POST", "/backtest/check", {"ini": ini}, headers=HTMX).text


def test_a_damaged_state_breaks_no_page(site: WebSite) -> None:
    """The list and the run's own page are there, and the others with them."""
    path = begun(site)
    site.browser.submit(f"{path}/stop")
    name = path.rpartition("/")[2]
    (site.site.folder / "runs" / name / STATE).write_bytes(b"\xff{")
    assert 200 == site.get("/backtest").status_code
    assert "cut short" in site.get(path).text


def test_a_first_text_is_in_order(site: WebSite, empty_web_site: WebSite) -> None:
    """By the accounts' own targets and the days of the store; a newcomer has leaders, and is told what is not there."""
    page = html.unescape(site.get("/backtest").text)
    assert "targets = SBER 40%, GAZP 10%, LKOH 30%, TATN 20%" in page
    assert "In order." in page
    empty = html.unescape(empty_web_site.get("/backtest").text)
    assert "targets = SBER 25%, LKOH 25%, TATN 20%, GMKN 20%" in empty
    assert "not in the store: SBER, LKOH, TATN, GMKN" in empty
