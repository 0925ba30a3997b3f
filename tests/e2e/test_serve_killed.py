"""`allocator serve` killed by force at any moment: nothing is lost, doubled or torn, and nothing is left running.

`ALLOCATOR_KILLS=50 pytest tests/e2e/test_serve_killed.py` kills it fifty times; without the variable it is a few.
"""

from __future__ import annotations

import os
import random
import sqlite3
import time
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
import requests
from iss_universe import made
from served import TELEGRAM, TINY, Served, living, until, yesterday
from telegram_server import TOKEN, TelegramServer

from allocator.app.backup import check
from allocator.app.forecast_material import FOLDER
from allocator.app.forecasting import forecast_of
from allocator.store import open_store
from allocator.store.messages import Outgoing

pytest.importorskip("fastapi", reason="the extra `web` is not installed")
pytest.importorskip("torch", reason="the extra `forecast` is not installed")
pytest.importorskip("talib", reason="the extra `forecast` is not installed")
pytestmark = [pytest.mark.skipif(os.name == "nt", reason="signals, and /proc"), pytest.mark.slow]

KILLS = int(os.environ.get("ALLOCATOR_KILLS", "3"))
LONGEST_S = float(os.environ.get("ALLOCATOR_KILLED_WITHIN", "12"))  # from the first answer to the kill
REPEAT = "(This may have come before.)"
NAME = "Broker"


class Household:
    """Who edits the account over HTTP, puts messages beside the loop's own, and remembers what was promised."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.promised, self.asked = Decimal(0), Decimal(0)  # cash: answered for, and asked for last
        self.messages: set[str] = set()

    def write(self, number: int) -> None:
        """A message as another program puts it in."""
        body = f"message {number}."
        with open_store(str(self.folder / "store.db")) as store, store.transaction() as tx:
            tx.messages.put(Outgoing("telegram", f"own {number}", "event", "x", datetime.now(UTC), "Own", body))
        self.messages.add(body)

    def edit(self, served: Served, cash: int) -> None:
        """Until the server answers for it, the edit may be there or not."""
        with served.store() as store, store.reading() as tx:
            account = tx.accounts.get(NAME)
        self.asked = Decimal(cash)
        try:
            if account is None:
                answer = served.browser.submit("/accounts", {"name": NAME, "cash": str(cash)})
            else:
                fields = {"version": account.version, "cash": str(cash), "was.cash": str(account.cash)}
                answer = served.browser.submit(f"/accounts/{NAME}", fields)
        except requests.RequestException:
            return
        assert 303 == answer.status_code, answer.text
        self.promised = self.asked

    def settle(self) -> None:
        """After a kill: what is there is what was promised, or what was on its way."""
        with open_store(str(self.folder / "store.db")) as store, store.reading() as tx:
            account = tx.accounts.get(NAME)
        cash = account.cash if account else Decimal(0)
        assert cash in {self.promised, self.asked}, (cash, self.promised, self.asked)
        self.promised = self.asked = cash


def test_nothing_is_lost_doubled_or_torn(tmp_path, iss):
    """However often and whenever the server is killed: edits, messages, models, forecasts, backups."""
    iss.serve(made(4, 2, day=yesterday()))
    chance = random.Random(int(os.environ.get("ALLOCATOR_SEED", "11")))
    home = Household(tmp_path)
    with TelegramServer() as telegram:
        env = {
            "ALLOCATOR_ISS_URL": iss.url,
            "ALLOCATOR_REGISTERS_URL": iss.registers_url,
            "ALLOCATOR_TELEGRAM_URL": telegram.url,
            "SERVED_TOKEN": TOKEN,
        }
        for number in range(KILLS):
            with Served(tmp_path, ini=TINY + TELEGRAM, **env) as served:
                assert served.is_up()
                if number == KILLS // 3:  # a third dies on the way to the first forecast, the rest at all that follows
                    served.until(lambda served=served: (served.health() or {}).get("forecast"))
                end = time.monotonic() + chance.random() * LONGEST_S
                home.write(number)
                edits = 0
                while time.monotonic() < end:
                    home.edit(served, 1_000_000 + 1000 * number + edits)
                    edits += 1
                    time.sleep(min(chance.random() * 5, max(0.0, end - time.monotonic())))
                pids = served.children()
                served.kill()
            until(lambda pids=pids: not living(pids))
            home.settle()
            whole(tmp_path)
        with Served(tmp_path, ini=TINY + TELEGRAM, **env) as served:
            served.until(lambda: recovered(served))
            assert 0 == served.end()
        delivered(home, telegram.texts, tmp_path)
    whole(tmp_path)


def recovered(served: Served) -> bool:
    """All that was waiting is sent, and all steps have succeeded since."""
    said = served.health()
    if said is None or said["messages_waiting"] or not said["forecast"]:
        return False
    steps = said["steps"]
    return all(steps[name]["success"] for name in ("backup", "refresh", "universe", "forecast", "recommend", "train"))


def whole(folder: Path) -> None:
    """The store holds together, and with the files beside it."""
    with closing(sqlite3.connect(folder / "store.db")) as database:
        assert [("ok",)] == database.execute("PRAGMA integrity_check").fetchall()
        assert [] == database.execute("PRAGMA foreign_key_check").fetchall()
    with open_store(str(folder / "store.db")) as store, store.reading() as tx:
        for model in tx.models.all():
            assert (folder / FOLDER / f"{model.file}.safetensors").exists(), model
        for trial in tx.trials.all():
            assert not trial.file or (folder / FOLDER / trial.file).exists(), trial
        newest = tx.forecasts.last()
    if newest is not None:
        assert forecast_of(newest).tickers
    for backup in (folder / "backups").glob("*.backup"):
        assert check(backup).rows


def delivered(home: Household, texts: list[str], folder: Path) -> None:
    """Each message of the outbox has arrived; once, or again with a word that it may have come before."""
    with open_store(str(folder / "store.db")) as store, store.reading() as tx:
        rows = [(each.state, each.told.subject, each.told.body) for each in tx.messages.all()]
    assert {"sent"} == {state for state, *_ in rows}
    plain = Counter(words for words in texts if REPEAT not in words)
    assert sum(plain.values()) <= len(rows), plain.most_common(3)
    assert sum(REPEAT in words for words in texts) <= KILLS
    for body in home.messages:
        seen = [words for words in texts if body in words]
        assert seen, f"{body} is lost"
        assert sum(REPEAT not in words for words in seen) <= 1, f"{body} is doubled"
    for _, subject, body in rows:
        first = body.splitlines()[0] if body else subject
        assert any(first in words for words in texts), f"{subject}: {body} is lost"
