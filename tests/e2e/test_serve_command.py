"""`allocator serve` in the shell: its start, its night, its end."""

from __future__ import annotations

import json
import os
import signal
import socket
import threading

import pytest
from e2e.shell import run
from iss_universe import made
from served import TELEGRAM, TINY, Served, living, maps, yesterday
from telegram_server import TOKEN, TelegramServer

pytest.importorskip("fastapi", reason="the extra `web` is not installed")
pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals, and /proc")

NIGHTS = os.environ.get("ALLOCATOR_NIGHTS", "postgresql").split()  # or both; those killed are of SQLite
LEFT_ALONE = TINY + "[loop]\nrefresh = no\ntrain = no\n"


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_at_the_first_word_with_nothing_left(tmp_path, how):
    """Pages that listen for ever do not hold it up; its code is 0, nothing but its address was said."""
    with Served(tmp_path, ini=LEFT_ALONE) as served:
        assert served.is_up()
        with served.browser.request("GET", "/stream", stream=True) as stream:
            assert next(stream.iter_lines())
            assert 0 == served.end(how)
        assert f"Pages: http://127.0.0.1:{served.port}/ (Ctrl-C ends it)\n" == served.said


def test_a_port_that_is_taken_is_said_so(tmp_path):
    """With what to type."""
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
        done = run("serve", "--store", "s.db", "--port", str(port), cwd=tmp_path)
    assert 2 == done.returncode
    assert done.stderr.startswith(f"allocator: Port {port} of 127.0.0.1 is taken.")
    assert f"--port {port + 1}" in done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--host", "203.0.113.7"), "203.0.113.7"),
        (("--host", "no such host"), "no name or address"),
        (("--port", "0"), "--port"),
    ],
)
def test_an_address_that_cannot_be_is_refused(tmp_path, words, said):
    """Before anything is done."""
    done = run("serve", "--store", "s.db", *words, cwd=tmp_path)
    assert 2 == done.returncode
    assert said in done.stderr


def test_pages_alone(tmp_path):
    """Without the loop nothing is done, and all is well."""
    with Served(tmp_path, "--no-loop") as served:
        assert served.is_up()
        health = served.health()
        assert health is not None
        assert health["well"]
        assert health["loop"] is None
        assert [] == served.children()
        with served.store() as store, store.reading() as tx:
            assert tx.dividends.all(), "those that ship with the program"
        assert 0 == served.end()


def test_a_damaged_store_is_no_server(tmp_path):
    """It is said before any page is promised."""
    (tmp_path / "s.db").write_text("no database" * 1000)
    done = run("serve", "--store", "s.db", cwd=tmp_path)
    assert 1 == done.returncode
    assert "Pages" not in done.stderr


def heard(served: Served, events: list[dict], done: threading.Event) -> None:
    """Listen to the stream as a browser does."""
    with served.browser.request("GET", "/stream", stream=True, timeout=600) as stream:
        kind = ""
        for line in stream.iter_lines(decode_unicode=True):
            if line.startswith("event: "):
                kind = line.removeprefix("event: ")
            elif line.startswith("data: "):
                events.append({"kind": kind} | json.loads(line.removeprefix("data: ")))
            if done.is_set():
                return


@pytest.mark.slow
@pytest.mark.parametrize("database", NIGHTS, indirect=True)
def test_a_night_from_nothing_to_advice(tmp_path, iss, empty_url):
    """Data, a model, a forecast and a recommendation come by themselves; the pages hear of it; no edit is forgotten.

    The supervisor loads neither torch nor scipy; nothing is left of its children when it ends.
    """
    pytest.importorskip("torch", reason="the extra `forecast` is not installed")
    pytest.importorskip("talib", reason="the extra `forecast` is not installed")
    iss.serve(made(5, 2, day=yesterday()))
    env = {
        "ALLOCATOR_ISS_URL": iss.url,
        "ALLOCATOR_REGISTERS_URL": iss.registers_url,
        "SERVED_TOKEN": TOKEN,
    }
    with (
        TelegramServer() as telegram,
        Served(tmp_path, ini=TINY + TELEGRAM, url=empty_url, ALLOCATOR_TELEGRAM_URL=telegram.url, **env) as served,
    ):
        assert served.is_up()
        events: list[dict] = []
        done = threading.Event()
        threading.Thread(target=heard, args=(served, events, done), daemon=True).start()
        answer = served.browser.submit("/accounts", {"name": "Broker", "cash": "1 000 000"})
        assert 303 == answer.status_code
        health = served.until(lambda: (said := served.health()) and said["forecast"] and said)
        assert health["models"] >= 1
        assert health["well"]
        served.until(lambda: (served.health() or {})["steps"]["recommend"]["success"]["outcome"] == "done")
        with served.store() as store, store.reading() as tx:
            account = tx.accounts.get("Broker")
        assert account is not None
        edit = {"version": account.version, "was.cash": "1 000 000", "cash": "1 500 000"}
        assert 303 == served.browser.submit("/accounts/Broker", edit).status_code
        served.until(lambda: any("+50" in words for words in telegram.texts))
        libraries = maps(served.process.pid)
        assert "libtorch" not in libraries
        assert "/scipy/" not in libraries
        pids = served.children()
        done.set()
        assert 0 == served.end()
        assert [] == living(pids)
        with served.store() as store, store.reading() as tx:
            steps = [each.step for each in reversed(tx.events.last(100)) if each.outcome == "done"]
            assert "advice" == (tx.facts.get("advice") and "advice")
    assert [step for step in ("refresh", "universe", "train", "forecast", "recommend") if step not in steps] == []
    changed = {page for event in events if event["kind"] == "changed" for page in event["pages"]}
    assert {"data", "models", "forecast", "optimization", "accounts"} <= changed
    assert any("%" in event["text"] for event in events if event["kind"] == "status")
