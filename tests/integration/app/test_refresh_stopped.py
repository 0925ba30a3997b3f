"""Whoever stops a refresh waits for no answer of the exchange."""

from __future__ import annotations

import signal
import threading
import time
from datetime import date

import pytest
from fixtures_iss import LocalIss
from integration.app.refreshing import SINCE, night_after, provider
from iss_universe import made

from allocator.app.refresh import Refresher, Request
from allocator.config.settings import RefreshSettings
from allocator.core.bars import Interval
from allocator.store import open_store

LONG_S = 20.0  # much longer than any part of this test takes


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="Windows sends no signal to a thread")
@pytest.mark.parametrize("question", ["members", "candles", "dividends"])
def test_ctrl_c_waits_for_no_answer(iss: LocalIss, tmp_path, question: str) -> None:
    """The run ends while a question is still open; the journal has it as stopped, and the next run is a good one."""
    iss.serve(made(4, 0.4, day=date(2025, 11, 13)))
    now = night_after(iss.market.day)
    released, answered = threading.Event(), threading.Event()
    main = threading.main_thread().ident

    pressed = threading.Lock()

    def slow(*_: object, **__: object) -> object:
        if pressed.acquire(blocking=False):  # once, whichever of the threads asks first
            signal.pthread_kill(main, signal.SIGINT)
        released.wait(LONG_S)
        answered.set()
        return []

    with open_store(str(tmp_path / "store.db")) as store, provider(iss, now) as opened:
        settings = RefreshSettings(since=SINCE, intervals=(Interval.DAY,))
        refresher = Refresher(store, opened, opened, settings, lambda: now, time.monotonic, lambda _: None)
        kept = getattr(opened, question)
        setattr(opened, question, slow)
        try:
            with pytest.raises(KeyboardInterrupt):
                refresher.run(Request())
            assert not answered.is_set()
        finally:
            released.set()
        with store.reading() as transaction:
            assert ["stopped"] == [run.outcome for run in transaction.journal.runs(10)]
        setattr(opened, question, kept)
        again = Refresher(store, opened, opened, settings, lambda: now, time.monotonic, lambda _: None)
        assert "done" == again.run(Request()).outcome
