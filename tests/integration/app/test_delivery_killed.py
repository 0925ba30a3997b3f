"""A delivery killed at any moment loses nothing, and doubles nothing but a part that was on its way, which it marks.

`ALLOCATOR_KILLS=100 pytest tests/integration/app/test_delivery_killed.py` kills a hundred deliveries on each database.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from telegram_server import CHAT, TOKEN, TelegramServer

from allocator.app.delivery import Courier
from allocator.config.settings import parse_settings
from allocator.notify.telegram import Telegram
from allocator.store import open_store
from allocator.store.messages import Outgoing

KILLS = int(os.environ.get("ALLOCATOR_KILLS", "5"))
EACH = 6  # messages for each kill, of three parts
REPEAT = "(again)"
SETTINGS = parse_settings("[telegram]\ntoken = env:T\nchat = 1\n", Path("allocator.ini")).messaging


def deliver(url: str, telegram: str) -> None:
    """What the killed process does: one delivery of the outbox of the store at `url`."""
    with open_store(url) as store:
        Courier(
            store,
            SETTINGS,
            lambda _: Telegram(TOKEN, CHAT, base_url=telegram, repeat=REPEAT),
            now=lambda: datetime.now(UTC),
            sleep=lambda _: None,
        ).deliver()


def body(number: int) -> str:
    """Three parts, each of one line that is like no other."""
    return "\n".join(f"{number}/{part}".ljust(4000, ".") for part in range(3))


def test_nothing_is_lost_and_only_what_nobody_can_know_is_doubled(store_url):
    """However often and whenever the process is killed."""
    chance = random.Random(7)
    with open_store(store_url) as store, store.transaction() as tx:
        for number in range(KILLS * EACH):
            tx.messages.put(Outgoing("telegram", str(number), "event", "x", datetime.now(UTC), "s", body(number)))
    context = multiprocessing.get_context("forkserver")
    with TelegramServer() as server:
        for _ in range(KILLS):
            process = context.Process(target=deliver, args=(store_url, server.url))
            before = len(server.taken)
            process.start()
            assert server.wait_for(before + chance.randint(1, EACH))
            time.sleep(chance.random() / 100)
            process.kill()
            process.join()
            process.close()
        deliver(store_url, server.url)
        texts = server.texts
    wanted = {f"{number}/{part}" for number in range(KILLS * EACH) for part in range(3)}
    seen = Counter(part_of(words) for words in texts)
    plain = Counter(part_of(words) for words in texts if not words.endswith(REPEAT))
    assert wanted == set(seen), "a part is lost"
    assert all(count <= 1 for count in plain.values()), "a part is doubled without a mark"
    assert sum(seen.values()) - len(wanted) <= KILLS
    assert sum(words.endswith(REPEAT) for words in texts) <= KILLS


def part_of(words: str) -> str:
    return next(line for line in words.splitlines() if "/" in line).rstrip(".")
