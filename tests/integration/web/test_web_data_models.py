"""The pages Data and Models over HTTP, and their JSON."""

from __future__ import annotations

import re
import time
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from web_site import WebSite

from allocator.app.evolving import TRIALS
from allocator.app.forecast_material import models_folder
from allocator.core.bars import Interval
from allocator.core.finding import Fault, Finding
from allocator.core.instrument import Split
from allocator.core.text import text
from allocator.forecast.evolution.record import Record
from allocator.forecast.evolution.state import Member, State
from allocator.forecast.spec import Architecture, ModelSpec
from allocator.store import StoredModel, Trial
from allocator.store.events import DONE, FAILED, Event

HOSTILE = '<img src=x onerror="alert(1)">'
BEGAN = datetime(2026, 3, 2, 20, tzinfo=UTC)
JUMP = datetime(2025, 6, 2)
PATIENCE_S = 60


def counted(site: WebSite) -> Any:
    """What /api/data says once the bars are counted."""
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        found = site.get("/api/data").json()
        if found["fresh"]:
            return found
        time.sleep(0.05)
    raise TimeoutError


@pytest.fixture
def data_site(web_site: WebSite) -> WebSite:
    """Doubts, a split, two runs with notes, events of the loop; every word of others is hostile."""
    with web_site.store.transaction() as tx:
        tx.findings.put(
            [
                Finding("SBER", Interval.DAY, JUMP, Fault.JUMP, text("it jumps: {why}", why=HOSTILE)),
                Finding("GAZP", Interval.DAY, None, Fault.REWRITTEN, text("closes differ")),
                Finding("TATN", Interval.HOUR, datetime(2025, 5, 5, 12), Fault.BAD_RANGE, text("high below low")),
            ]
        )
        tx.splits.put([Split("LKOH", date(2025, 3, 27), 1, 10, "iss")])
        run = tx.journal.begin("refresh", BEGAN)
        tx.journal.note(run, BEGAN, text("answered with {words}", words=HOSTILE), ticker="SBER", level="error")
        tx.journal.note(run, BEGAN, text("all is well"))
        tx.journal.end(run, BEGAN + timedelta(seconds=90), "partial", {"requests": 3})
        tx.journal.begin("import", BEGAN)
        for step, outcome in (("refresh", DONE), ("recommend", FAILED), ("train", DONE)):
            tx.events.add(Event(BEGAN, step, 1.5, outcome, text("said {words}", words=HOSTILE)))
    counted(web_site)
    return web_site


class TestData:
    def test_coverage_doubts_and_splits(self, data_site: WebSite) -> None:
        """As the command line tells them; what somebody can do something about comes first."""
        found = counted(data_site)
        day = found["coverage"]["intervals"]["day"]
        assert (5, "2026-03-02") == (day["tickers"], day["last"])
        assert ["GAZP", "SBER", "TATN"] == [each["ticker"] for each in found["doubts"]]
        assert 3 == found["doubtful"]
        assert [{"ticker": "LKOH", "day": "2025-03-27", "before": 1, "after": 10, "source": "iss"}] == found["splits"]
        assert [HOSTILE in each["text"] for each in found["troubles"]] == [True]
        page = data_site.get("/data").text
        assert "2 520" in page  # bars
        assert "Believe it" in page

    def test_bars_are_counted_behind_the_page(self, web_site: WebSite) -> None:
        """The first reader does not wait; the page asks again by itself."""
        page = web_site.get("/data").text
        assert 'hx-trigger="load delay:1s"' in page
        counted(web_site)
        assert 'hx-trigger="load delay:1s"' not in web_site.get("/data").text

    def test_accepting_a_doubt(self, data_site: WebSite) -> None:
        """One click: it is believed, written into the journal, and the page goes on without it."""
        answer = data_site.browser.submit("/data/accept", {"ticker": "SBER", "interval": "day", "day": "2025-06-02"})
        assert (303, "/data") == (answer.status_code, answer.headers["location"])
        found = counted(data_site)
        assert ["GAZP", "TATN"] == [each["ticker"] for each in found["doubts"]]
        runs = data_site.get("/api/data/journal").json()["runs"]
        assert "doubt accepted" == runs[0]["kind"]
        again = data_site.browser.submit("/data/accept", {"ticker": "SBER", "interval": "day", "day": "2025-06-02"})
        assert 400 == again.status_code

    def test_accepting_with_htmx_says_what_that_means(self, data_site: WebSite) -> None:
        """The part of the page comes back with the words of the command."""
        headers = {"HX-Request": "true"}
        asked = {"ticker": "GAZP", "interval": "day"}
        answer = data_site.browser.change("POST", "/data/accept", asked, headers=headers)
        assert 200 == answer.status_code
        assert "the next refresh loads its history anew" in answer.text

    def test_a_split_is_declared_and_forgotten(self, data_site: WebSite) -> None:
        """Any letter case; the counts of units before and after as the command takes them."""
        split = {"ticker": "tatn", "day": "2025-08-04", "before": "1", "after": "10"}
        assert 303 == data_site.browser.submit("/data/split", split).status_code
        assert "TATN" in {each["ticker"] for each in counted(data_site)["splits"]}
        gone = data_site.browser.submit("/data/split/remove", {"ticker": "TATN", "day": "2025-08-04"})
        assert 303 == gone.status_code
        assert "TATN" not in {each["ticker"] for each in counted(data_site)["splits"]}
        assert 400 == data_site.browser.submit("/data/split", {**split, "after": "1"}).status_code
        assert 422 == data_site.browser.submit("/data/split", {**split, "after": "-1"}).status_code
        assert 422 == data_site.browser.submit("/data/split", {**split, "day": "tomorrow"}).status_code

    def test_the_journal(self, data_site: WebSite) -> None:
        """Runs, the newest first; the notes of one on demand; one that never ended says so."""
        page = data_site.get("/data/journal").text
        assert "not everything could be loaded" in page
        assert "not ended" in page
        runs = data_site.get("/api/data/journal").json()["runs"]
        run = next(each for each in runs if each["kind"] == "refresh")
        assert (90.0, {"requests": 3}) == (run["seconds"], run["figures"])
        notes = data_site.get(f"/api/data/journal?run={run['id']}").json()["notes"]
        assert ["error", "info"] == [each["level"] for each in notes]
        assert "all is well" in data_site.get(f"/data/journal?run={run['id']}").text
        assert 400 == data_site.get("/data/journal?run=999").status_code
        assert 422 == data_site.get("/data/journal?run=-1").status_code

    def test_what_the_loop_did(self, data_site: WebSite) -> None:
        """All of it, one step, one outcome; a filter that finds nothing says so."""
        assert 3 == len(data_site.get("/api/data/events").json()["events"])
        one = data_site.get("/api/data/events?step=train").json()["events"]
        assert ["train"] == [each["step"] for each in one]
        bad = data_site.get("/api/data/events?outcome=failed").json()["events"]
        assert ["recommend"] == [each["step"] for each in bad]
        assert "No such event" in data_site.get("/data/events?step=train&outcome=failed").text
        assert 200 == data_site.get("/data/events?step=&outcome=").status_code  # the form, as nothing is chosen
        assert 422 == data_site.get("/api/data/events?outcome=lost").status_code

    def test_words_of_others_are_only_words(self, data_site: WebSite) -> None:
        """In doubts, notes and events."""
        run = data_site.get("/api/data/journal").json()["runs"][1]["id"]
        for path in ("/data", f"/data/journal?run={run}", "/data/events"):
            page = data_site.get(path).text.partition("<main")[2]
            assert "&lt;img src=x" in page, path
            assert "<img" not in page, path

    def test_an_empty_store(self, empty_web_site: WebSite) -> None:
        """What to do, on every part of the page."""
        counted(empty_web_site)
        assert "allocator refresh" in empty_web_site.get("/data").text
        assert "Nothing has been run yet." in empty_web_site.get("/data/journal").text
        assert "allocator serve" in empty_web_site.get("/data/events").text


class TestModels:
    def test_a_newcomer_reads_what_to_do(self, empty_web_site: WebSite) -> None:
        """With what to type."""
        assert "allocator evolve" in empty_web_site.get("/models").text
        found = empty_web_site.get("/api/models").json()
        assert ([], None) == (found["models"], found["search"])

    def test_population_and_one_model(self, web_site: WebSite) -> None:
        """Who lives is in the table and the tree, each with a page of its own."""
        parent, child = "p" * 64, "c" * 64
        with web_site.store.transaction() as tx:
            for n, (key, parents) in enumerate(((parent, ()), (child, (parent,)))):
                spec = ModelSpec(Architecture.LSTM, horizon=5, seed=n).json()
                born = BEGAN + timedelta(days=n)
                scores = {"evolution loss": -0.01, "accepted": 1.0}
                tx.models.put(StoredModel(key, spec, parents, born, scores=scores, file="w"))
                tx.trials.put(Trial(key, date(2026, 3, 2), 40, scores))
        page = web_site.get("/models").text
        assert 4 == page.count(f'href="/models/{"p" * 64}"') + page.count(f'href="/models/{"c" * 64}"')
        assert [child, parent] == [each["key"] for each in web_site.get("/api/models").json()["models"]]
        one = web_site.get(f"/models/{child}").text
        assert "pppppppp" in one
        assert "lstm" in one
        found = web_site.get(f"/api/models/{parent}").json()
        assert [child] == found["children"]
        assert 40 == found["trials"][0]["test_days"]
        for path in (f"/models/{HOSTILE}", f"/api/models/{HOSTILE}"):
            answer = web_site.get(path)
            assert 400 == answer.status_code
            assert "<img src=x" not in answer.text or answer.headers["content-type"].startswith("application/json")

    def test_models_of_other_horizons_stand_aside(self, web_site: WebSite) -> None:
        """The page names its horizon; the others are told apart from it, with what asks them."""
        keys = {horizon: f"{horizon:064}" for horizon in (2, 5, 21)}
        with web_site.store.transaction() as tx:
            for horizon, key in keys.items():
                tx.models.put(
                    StoredModel(key, ModelSpec(Architecture.LSTM, horizon=horizon).json(), (), BEGAN, file="w")
                )
        found = web_site.get("/api/models").json()
        chosen = found["horizon"]
        assert [chosen] == [each["horizon"] for each in found["models"]]
        assert sorted({2, 5, 21} - {chosen}) == [each["horizon"] for each in found["aside"]]
        page = web_site.get("/models").text
        population, _, aside = page.partition("Models of other horizons")
        assert f"<dd>{chosen}</dd>" in population
        assert keys[chosen] in population
        assert all((key in aside) == (horizon != chosen) for horizon, key in keys.items())
        assert "Forecasts of this horizon do not use them. " in aside
        assert "allocator forecast --horizon N" in aside

    def test_how_far_luck_goes_is_told_with_a_decimal(self, web_site: WebSite) -> None:
        """Of fewer than two independent recipes, too; a training of a tenth of a second took some time."""
        horizon = web_site.get("/api/models").json()["horizon"]
        key, folder = "k" * 64, models_folder(web_site.store.name) / TRIALS
        excess = np.random.default_rng(0).normal(0.01, 0.02, 40)
        times = np.busday_offset("2026-02-27", np.arange(-39, 1), roll="backward").astype("datetime64[s]")
        folder.mkdir(parents=True)
        Record(times, excess, excess, excess).save(folder / "k.npz")
        state = State(0, begun=1, elders=(key,), members={key: Member({}, "k.npz", 1, date(2026, 3, 2))})
        spec = ModelSpec(Architecture.LSTM, horizon=horizon).json()
        with web_site.store.transaction() as tx:
            tx.models.put(StoredModel(key, spec, (), BEGAN, seconds=0.1, trained_on=date(2024, 8, 6), file="w"))
            tx.trials.put(Trial(key, date(2026, 3, 2), 40, {}))
            tx.facts.set(f"evolution day {horizon}", state.json())
        page = web_site.get("/models").text
        luck = r"as good as 1\.0 independent recipes?, the best of which, all worthless, would show \d+\.\d\d"
        assert re.search(rf"Sharpe \+\d+\.\d\d a year; {luck}", page)
        assert "recipes ever judged, of any horizon: 1" in page
        assert "accepted 0, not accepted 0, failed 0" in page
        assert "<td>2024-08-06</td>\n          <td>0.1</td>" in page

    def test_when_all_look_elsewhere_the_page_says_what_to_type(self, web_site: WebSite) -> None:
        """The horizon of the settings has no models yet."""
        with web_site.store.transaction() as tx:
            tx.models.put(StoredModel("k" * 64, '{"format": 99}', (), BEGAN))
        page = web_site.get("/models").text
        horizon = web_site.get("/api/models").json()["horizon"]
        assert f"allocator train --count 5 --interval day --horizon {horizon}" in page
        assert "Family tree" not in page

    def test_what_no_version_of_this_program_made(self, web_site: WebSite) -> None:
        """A recipe that cannot be read has a row with dashes, and stops nothing."""
        with web_site.store.transaction() as tx:
            tx.models.put(StoredModel("k" * 64, '{"format": 99}', (), BEGAN))
        assert 200 == web_site.get("/models").status_code
        assert 200 == web_site.get(f"/models/{'k' * 64}").status_code
