"""What open pages hear over HTTP, and what is said to who watches over servers."""

from __future__ import annotations

import json
import time
from datetime import timedelta
from pathlib import Path

import pytest

from allocator.app.loop.board import Board, Last
from allocator.app.loop.events import StepBegan, StepEnded, StepProgressed
from allocator.app.loop.health import health
from allocator.app.loop.steps import STEPS
from allocator.app.loop.supervisor import Standing
from allocator.core.errors import DamagedError, StoreError
from allocator.core.text import text
from allocator.store import open_store
from allocator.store.events import Event
from allocator.web.health import document

PATIENCE_S = 60.0  # before a test is surely broken


class Listener:
    """Reads a stream as a browser does."""

    def __init__(self, site, browser=None, **headers: str) -> None:
        self.answer = (browser or site.new_browser()).get("/stream", stream=True, headers=headers)
        self._lines = self.answer.iter_lines(decode_unicode=True)

    def __enter__(self):
        return self

    def __exit__(self, *_: object) -> None:
        self.answer.close()

    def next(self) -> tuple[str, dict]:
        kind = ""
        for line in self._lines:
            if line.startswith("event: "):
                kind = line.removeprefix("event: ")
            elif line.startswith("data: "):
                return kind, json.loads(line.removeprefix("data: "))
        raise EOFError


def until(condition):
    end = time.monotonic() + PATIENCE_S
    while not (found := condition()):
        assert time.monotonic() < end, "in vain"
        time.sleep(0.01)
    return found


def test_the_stream_tells_what_happens_in_the_readers_language(web_site):
    """Status, changed pages and jobs; each reader hears all of it."""
    site = web_site.site
    board = Board(STEPS, site.live, site.now)
    with Listener(web_site) as english, Listener(web_site, **{"Accept-Language": "ru"}) as russian:
        assert "text/event-stream" in english.answer.headers["Content-Type"]
        for listener in (english, russian):
            assert ("status", {"text": "", "running": []}) == listener.next()
        until(lambda: site.live.readers == 2)
        began = site.now() - timedelta(seconds=60)
        board.began(StepBegan("train", began))
        for listener, said in ((english, "Training"), (russian, "Обучение")):
            assert said == listener.next()[1]["text"]
        board.progressed(StepProgressed("train", text("backing up"), 25, 100))
        for listener, said in (
            (english, "Training: backing up, 25%, 3:00 left"),
            (russian, "Обучение: резервное копирование, 25%, осталось 3:00"),
        ):
            kind, heard = listener.next()
            assert ("status", said) == (kind, heard["text"])
            assert [180.0] == [each["left"] for each in heard["running"]]
        board.ended(StepEnded("train", began, site.now(), "done", text("x"), touched=("models",)))
        site.live.job("run-1", {"doing": text("backing up"), "done": 1, "total": 4})
        for listener, said in ((english, "backing up"), (russian, "резервное копирование")):
            assert ("status", {"text": "", "running": []}) == listener.next()
            assert ("changed", {"pages": ["models", "data"]}) == listener.next()
            expected = {"doing": said, "done": 1, "total": 4, "job": "run-1", "over": False}
            assert ("job", expected) == listener.next()


def test_an_edit_in_one_tab_is_heard_in_the_others(web_site):
    """By the names of the pages that show other things now."""
    with Listener(web_site) as listener:
        listener.next()
        until(lambda: web_site.site.live.readers)
        web_site.site.changed("dividends")
        assert ("changed", {"pages": ["dividends", "portfolio"]}) == listener.next()


def test_who_leaves_is_forgotten(web_site):
    """Nothing is kept for a browser that is gone."""
    with Listener(web_site) as listener:
        listener.next()
        until(lambda: web_site.site.live.readers)

    def tell() -> bool:
        web_site.site.live.changed(["data"])
        return web_site.site.live.readers == 0

    until(tell)


def test_many_listen_at_once(web_site):
    """And none of them holds up the pages."""
    listeners = [Listener(web_site) for _ in range(30)]
    try:
        for listener in listeners:
            assert "status" == listener.next()[0]
        until(lambda: web_site.site.live.readers == 30)
        web_site.site.live.changed(["data"])
        assert 200 == web_site.get("/healthz").status_code
        for listener in listeners:
            assert ("changed", {"pages": ["data"]}) == listener.next()
    finally:
        for listener in listeners:
            listener.answer.close()


def test_at_the_end_of_the_server_every_stream_ends(web_site):
    """And who comes then is told to come again."""
    with Listener(web_site) as listener:
        listener.next()
        until(lambda: web_site.site.live.readers)
        web_site.site.live.close()
        with pytest.raises(EOFError):
            listener.next()
    answer = web_site.new_browser().get("/stream")
    assert 503 == answer.status_code
    assert "30" == answer.headers["Retry-After"]


def test_a_server_without_a_loop_is_well(web_site):
    """It needs nobody's password, sets no cookie, and names no amounts."""
    answer = web_site.new_browser().get("/healthz")
    said = answer.json()
    assert 200 == answer.status_code
    assert said["well"]
    assert said["loop"] is None
    assert "Set-Cookie" not in answer.headers
    assert "no-store" == answer.headers["Cache-Control"]


class Loop:
    """A supervisor that stands as a test says."""

    def __init__(self, **standing) -> None:
        self._standing = Standing(**{"alive": True, "beat": None, "running": (), "due": {}, "last": {}} | standing)

    def standing(self):
        return self._standing


@pytest.mark.parametrize(
    ("minutes", "alive", "well"), [(0, True, True), (4, True, True), (6, True, False), (0, False, False)]
)
def test_a_loop_that_died_or_hangs_is_not_well(web_site, minutes, alive, well):
    """Its heartbeat says so."""
    site = web_site.site
    loop = Loop(alive=alive, beat=site.now() - timedelta(minutes=minutes))
    found = health(site.store, site.settings, loop, site.now())
    assert well == found.well
    assert well == document(found)["loop"]["alive"]


def test_a_store_that_cannot_be_read_is_not_well(web_site, monkeypatch):
    """503, and the answer is JSON all the same."""

    def away():
        raise StoreError("away")

    monkeypatch.setattr(web_site.site.store, "reading", away)
    answer = web_site.get("/healthz")
    assert 503 == answer.status_code
    assert {"usable": False} == answer.json()["store"]


def test_a_store_whose_file_is_gone_is_not_well(web_site):
    """503 while it is away, and 200 when it is back."""
    path = Path(web_site.site.store.name)
    away = path.rename(path.with_name("away.db"))
    assert 503 == web_site.get("/healthz").status_code
    assert not path.exists()
    away.rename(path)
    assert 200 == web_site.get("/healthz").status_code


def test_damage_that_a_step_has_met_is_not_well(web_site):
    """Until the whole file is read without any."""
    path = Path(web_site.site.store.name)
    store = web_site.site.store
    with store.transaction() as tx:
        for n in range(2000):
            tx.facts.set(f"fact {n}", "x" * 100)
    store.copy_out(path.with_name("copy.db"))
    whole = path.with_name("copy.db").read_bytes()
    path.with_name("copy.db").write_bytes(whole[:-100_000] + b"\xff" * 50_000 + whole[-50_000:])
    with open_store(str(path.with_name("copy.db"))) as broken:
        assert health(broken, web_site.site.settings, None, web_site.site.now()).well
        broken.suspect(DamagedError("a step has met it"))
        assert not health(broken, web_site.site.settings, None, web_site.site.now()).well
    store.suspect(DamagedError("a step has met it"))
    assert 200 == web_site.get("/healthz").status_code
    assert store.damage is None


def test_a_server_without_the_loop_tells_what_the_store_knows_of_steps(web_site):
    """So does a second one on a store, whose own loop waits."""
    site, at = web_site.site, web_site.site.now() - timedelta(hours=1)
    with site.store.transaction() as tx:
        for outcome in ("failed", "done", "skipped", "stopped"):
            tx.events.add(Event(at, "backup", 2.0, outcome, text("{what}", what=outcome)))
    alone = web_site.get("/healthz").json()["steps"]["backup"]
    second = document(health(site.store, site.settings, Loop(last={"backup": Last()}), site.now()))["steps"]["backup"]
    assert ("skipped", "failed") == (alone["success"]["outcome"], alone["failure"]["outcome"])
    assert alone == second
