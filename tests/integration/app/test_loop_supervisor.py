"""The supervisor over a real store, with children that a test lets end as it likes and a clock that it turns."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from allocator.app.loop.child import Stopped
from allocator.app.loop.events import AccountsChanged, DividendsChanged, Happened, StepEnded
from allocator.app.loop.live import Live
from allocator.app.loop.outcome import Outcome, skipped
from allocator.app.loop.place import Place
from allocator.app.loop.supervisor import Supervisor
from allocator.config.settings import parse_settings
from allocator.core.accounts import Account
from allocator.core.errors import AllocatorError, StoreError
from allocator.core.instrument import Dividend
from allocator.core.text import text
from allocator.store import open_store

PATIENCE_S = 30.0  # before a test is surely broken; no claim of speed
NOW = datetime(2026, 7, 28, 9, 0, tzinfo=UTC)
INI = "[messages]\nchannels = console\ncooldown = 0\n"
OUTCOMES = {
    "backup": skipped(text("nothing to back up")),
    "refresh": skipped(text("all is here"), again=NOW + timedelta(days=1)),
}


class FakeWork:
    """A child that ends when the test says so."""

    def __init__(self, name, done) -> None:
        self.name, self._done = name, done
        self._came = None
        self.asked_to_stop = False

    def come(self, outcome) -> None:
        self._came = outcome
        self._done(self)

    def result(self, timeout=None):
        if isinstance(self._came, AllocatorError):
            raise self._came
        return self._came

    def ask_to_stop(self) -> None:
        self.asked_to_stop = True

    def end(self, grace_s=0.0) -> None:
        self._came = self._came or Stopped()


@dataclass
class Stage:
    """A supervisor and what a test pulls its strings by."""

    path: Path
    ini: str = INI
    now: datetime = NOW
    works: list[FakeWork] = field(default_factory=list)
    auto: dict[str, Outcome] = field(default_factory=lambda: dict(OUTCOMES))
    unstartable: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.store = open_store(str(self.path))
        self.raised()

    def raised(self) -> None:
        settings = parse_settings(self.ini, Path("allocator.ini"))
        self.live = Live()
        self.supervisor = Supervisor(
            self.store,
            settings,
            Place(str(self.path)),
            live=self.live,
            now=lambda: self.now,
            start=self.start_child,
            spread=lambda: 60.0,
        )
        self.ended: list[StepEnded] = []
        self.supervisor.events.subscribe(StepEnded, self.ended.append)

    def start_child(self, call, arguments, *, report, done):
        name = call.rpartition(":")[2]
        if name in self.unstartable:
            raise AllocatorError("no more processes")
        work = FakeWork(name, done)
        self.works.append(work)
        if name in self.auto:
            work.come(self.auto[name])
        return work

    def quiet(self, *names: str) -> None:
        """These steps have nothing to do."""
        self.auto |= dict.fromkeys(names, skipped(text("no")))

    def started(self, name: str, count: int = 1) -> FakeWork:
        """The `count`th child of this name, when it is there."""
        found = self.until(lambda: [each for each in self.works if each.name == name][count - 1 :])
        return found[0]

    def until(self, condition):
        """What the condition gives, when it gives anything; the supervisor is woken meanwhile."""
        end = time.monotonic() + PATIENCE_S
        while not (found := condition()):
            assert time.monotonic() < end, [each.name for each in self.works]
            self.supervisor._inbox.put(lambda: None)
            time.sleep(0.005)
        return found

    def turn(self, **delta: float) -> None:
        self.now += timedelta(**delta)

    def poke(self, event: Happened) -> None:
        """Poke the supervisor, and wait until it has heard of it."""
        heard = threading.Event()
        leave = self.supervisor.events.subscribe(type(event), lambda _: heard.set())
        self.supervisor.poke(event)
        assert heard.wait(PATIENCE_S)
        leave()

    def over(self, name: str, count: int = 1) -> StepEnded:
        """The `count`th end of a step of this name."""
        return self.until(lambda: [each for each in self.ended if each.step == name][count - 1 :])[0]

    def events(self) -> list[tuple[str, str, str]]:
        with self.store.reading() as tx:
            return [(each.step, each.outcome, str(each.detail)) for each in reversed(tx.events.last(1000))]

    def subjects(self) -> list[str]:
        with self.store.reading() as tx:
            return [each.told.subject for each in reversed(tx.messages.all())]

    def close(self) -> None:
        self.supervisor.stop()
        self.store.close()


@pytest.fixture
def stage(tmp_path):
    made = Stage(tmp_path / "store.db")
    yield made
    made.close()


def refreshed(stage: Stage, rows: int = 1) -> None:
    """What a refresh leaves in the store."""
    with stage.store.transaction() as tx:
        run = tx.journal.begin("refresh", stage.now)
        tx.journal.end(run, stage.now, "done", {"rows": rows})


def put_account(stage: Stage, cash: int, version: int) -> None:
    with stage.store.transaction() as tx:
        old = tx.accounts.get("main")
        tx.accounts.put(Account("main", (), Decimal(cash), version=old.version if old else version), stage.now)


def test_a_night_goes_its_way(stage):
    """Backup, refresh, universe, forecast, recommendation, and models for ever; each is an event of the log."""
    del stage.auto["refresh"]
    stage.supervisor.start()
    work = stage.started("refresh")
    assert ["backup", "refresh"] == [each.name for each in stage.works]
    refreshed(stage)
    work.come(Outcome(text("12 rows"), again=NOW + timedelta(days=1)))
    stage.started("universe").come(Outcome(text("4 qualify")))
    stage.started("forecast").come(skipped(text("there are no models yet")))
    stage.started("recommend").come(skipped(text("there is no account")))
    for count in range(1, 4):
        stage.started("train", count).come(Outcome(text("model {n}", n=count), again=stage.now))
    stage.over("train", 3)
    seen = stage.events()
    assert ["backup", "refresh", "universe", "forecast"] == [step for step, *_ in seen][:4]
    assert ("train", "done", "model 3") in seen
    assert ("refresh", "done", "12 rows") in seen
    assert NOW + timedelta(days=1, seconds=60) == stage.supervisor.standing().due["refresh"]


def test_a_failure_is_told_once_and_so_is_the_recovery(stage):
    """However often it is tried; the other steps go on; the log has every attempt."""
    del stage.auto["refresh"]
    stage.quiet("universe", "forecast", "recommend", "deliver")
    stage.auto["train"] = skipped(text("nothing to train on"))
    stage.supervisor.start()
    for count in range(1, 5):
        stage.started("refresh", count).come(StoreError("the disk is full", "make room"))
        stage.over("refresh", count)
        stage.turn(hours=5)
    stage.started("refresh", 5).come(Outcome(text("fine"), again=stage.now + timedelta(days=1)))
    stage.over("refresh", 5)
    assert 4 == [step for step, *_ in stage.events()].count("refresh") - 1
    assert ["refresh failed", "refresh works again"] == stage.subjects()
    stage.over("train")
    assert ("train", "skipped", "nothing to train on") in stage.events()


def test_what_is_written_down_and_shown_names_files_alone(stage):
    """The log of events, the pages and the messages; who listens at the console hears where the file is."""
    del stage.auto["refresh"]
    stage.quiet("universe", "forecast", "recommend", "deliver", "train")
    stage.supervisor.start()
    file = stage.path.absolute().parent / "models" / "ab12.unfinished.safetensors"
    stage.started("refresh").come(StoreError(text("{path} cannot be written.", path=file), "make room"))
    heard = stage.over("refresh")
    stage.until(lambda: stage.supervisor.standing().last["refresh"].failing)
    said = "ab12.unfinished.safetensors cannot be written. make room"
    assert ("refresh", "failed", said) in stage.events()
    assert said == str(stage.supervisor.standing().last["refresh"].failure.detail)
    with stage.store.reading() as tx:
        [message] = tx.messages.all()
    assert "ab12.unfinished.safetensors cannot be written.\nmake room" == message.told.body
    assert str(file) in str(heard.detail)


def test_a_recipe_that_cannot_be_trained_is_no_news(stage):
    """Five in a row are; the sixth is not told again."""
    stage.quiet("universe", "forecast", "recommend", "deliver")
    stage.supervisor.start()
    for count in range(1, 7):
        stage.started("train", count).come(AllocatorError("it exploded"))
        stage.over("train", count)
        assert ([] if count < 5 else ["train failed"]) == stage.subjects()
        stage.turn(hours=7)


def test_nothing_to_do_is_written_down_once(stage):
    """The log is for what happened."""
    stage.quiet("universe", "forecast", "recommend", "train")
    stage.supervisor.start()
    for count in range(1, 4):
        stage.over("refresh", count)
        stage.turn(days=2)
    assert 1 == [step for step, *_ in stage.events()].count("refresh")


def test_an_edit_becomes_a_recommendation_while_a_model_trains(stage):
    """Without waiting for the training, and again for each edit."""
    stage.supervisor.start()
    stage.started("universe").come(Outcome(text("fine")))
    stage.started("forecast").come(skipped(text("no models")))
    stage.started("recommend").come(skipped(text("no account")))
    stage.started("train")
    for count in (2, 3):
        put_account(stage, 1000 * count, 0)
        stage.poke(AccountsChanged())
        stage.turn(seconds=3)
        stage.started("recommend", count).come(Outcome(text("nothing is to be dealt")))
        stage.started("universe", count).come(Outcome(text("fine")))
        stage.over("universe", count)
    assert 1 == sum(each.name == "train" for each in stage.works)


def test_what_another_program_has_changed_is_seen(stage):
    """Nobody pokes the loop: the store says so itself, within a minute."""
    stage.quiet("universe", "forecast", "recommend", "train")
    stage.supervisor.start()
    stage.over("train")
    stage.over("recommend")
    refreshed(stage)
    stage.turn(seconds=61)
    stage.over("forecast", 2)
    stage.over("train", 2)
    refreshed(stage, rows=0)
    stage.turn(seconds=61)
    stage.until(lambda: stage.supervisor.standing().beat == stage.now)
    assert 2 == sum(each.name == "forecast" for each in stage.works)


def test_dividends_that_a_page_changed_are_backed_up_and_forecast_with(stage):
    """Their history is another now, and so is every total return."""
    stage.quiet("universe", "forecast", "recommend", "train")
    stage.supervisor.start()
    stage.over("train")
    with stage.store.transaction() as tx:
        tx.dividends.put([Dividend("SBER", NOW.date(), Decimal(5), "RUB", "manual")])
    stage.poke(DividendsChanged())
    stage.turn(seconds=61)
    stage.over("forecast", 2)
    stage.over("backup", 2)


def test_a_restart_goes_on_where_it_was_stopped(stage):
    """What was done is not done again; what was at work is; the log says that it was stopped."""
    stage.auto |= {"universe": Outcome(text("4")), "recommend": skipped(text("no account"))}
    refreshed(stage)
    stage.supervisor.start()
    stage.started("forecast")
    stage.supervisor.stop()
    assert [each.asked_to_stop for each in stage.works if each.name == "forecast"] == [True]
    assert ("forecast", "stopped", "This was stopped before its end.") == stage.events()[-1]
    before = len(stage.works)
    stage.raised()
    stage.supervisor.start()
    stage.started("forecast", 2).come(Outcome(text("5 models")))
    stage.started("train")
    assert "universe" not in [each.name for each in stage.works[before:]]


def test_a_crash_between_a_step_and_its_entry_repeats_the_step(stage):
    """A mark is kept with the entry, or neither is."""
    stage.quiet("universe", "recommend", "train")
    refreshed(stage)
    stage.supervisor._chronicle.ended = lambda event: None  # it dies before it can write
    stage.supervisor.events._handlers = tuple(
        each for each in stage.supervisor.events._handlers if "Chronicle" not in repr(each[1])
    )
    stage.supervisor.start()
    stage.started("forecast").come(Outcome(text("5 models")))
    stage.over("forecast")
    stage.supervisor.stop()
    assert [] == stage.events()
    stage.raised()
    stage.supervisor.start()
    stage.started("forecast", 2)


def test_models_are_trained_in_their_hours(tmp_path):
    """Outside them everything else goes on."""
    made = Stage(tmp_path / "store.db", INI + "[loop]\ntraining hours = 23:00 - 08:00\n")
    try:
        made.quiet("universe", "forecast", "recommend")
        made.supervisor.start()
        made.over("recommend")
        assert not [each for each in made.works if each.name == "train"]
        made.turn(hours=11, minutes=1)
        made.started("train")
    finally:
        made.close()


def test_steps_that_are_not_wanted_are_left_alone(tmp_path):
    """By the settings; what others bring is worked with."""
    made = Stage(tmp_path / "store.db", INI + "[loop]\nrefresh = no\ntrain = no\n")
    try:
        made.quiet("universe", "forecast", "recommend")
        made.supervisor.start()
        made.over("recommend")
        refreshed(made)
        made.turn(minutes=2)
        made.over("forecast", 2)
        assert not {"refresh", "train"} & {each.name for each in made.works}
    finally:
        made.close()


def test_messages_are_sent_as_soon_as_there_are_any(stage):
    """Also while a refresh takes its time; and when the outbox says, not before."""
    del stage.auto["refresh"]
    stage.supervisor.start()
    stage.started("refresh")
    assert "deliver" not in [each.name for each in stage.works]
    stage.started("refresh").come(StoreError("the disk is full"))
    stage.started("deliver")


def test_a_step_that_takes_too_long_is_ended(stage):
    """And counts as failed."""
    stage.auto["train"] = skipped(text("no"))
    stage.supervisor.start()
    work = stage.started("universe")
    stage.turn(hours=3)
    stage.until(lambda: work.asked_to_stop)
    work.come(Stopped())
    assert "failed" == stage.over("universe").outcome
    assert ("universe", "failed", "This took more than 2 hours, and was ended.") in stage.events()


def test_no_process_to_be_had_is_a_failure_like_any_other(stage):
    """The loop lives on."""
    stage.unstartable |= {"refresh"}
    stage.quiet("universe", "forecast", "recommend", "train")
    stage.supervisor.start()
    stage.over("refresh")
    stage.unstartable.clear()
    stage.turn(hours=1)
    assert "skipped" == stage.over("refresh", 2).outcome


def test_a_store_that_is_away_is_waited_for(stage, monkeypatch):
    """What happened meanwhile is written down when it is back, and nothing twice."""
    real = stage.store.transaction
    monkeypatch.setattr(stage.store, "transaction", lambda: (_ for _ in ()).throw(StoreError("away")))
    stage.quiet("universe", "forecast", "recommend", "train")
    stage.supervisor.start()
    stage.over("refresh")
    stage.until(lambda: stage.supervisor.standing().trouble)
    assert [] == stage.events()
    monkeypatch.setattr(stage.store, "transaction", real)
    stage.turn(seconds=61)
    stage.until(lambda: len(stage.events()) >= 2)
    assert ["backup", "refresh"] == [step for step, *_ in stage.events()][:2]
    stage.until(lambda: stage.supervisor.standing().trouble is None)


def test_one_loop_works_on_a_store(tmp_path):
    """A second one serves its pages, and takes over when the first is gone."""
    first, second = Stage(tmp_path / "store.db"), Stage(tmp_path / "store.db")
    try:
        first.supervisor.start()
        first.over("backup")
        second.supervisor.start()
        word = None
        reader = second.live.join(lambda: None)
        end = time.monotonic() + PATIENCE_S
        while word is None and time.monotonic() < end:
            notes = [each.said.get("note") for each in reader.take()]
            word = next((str(note) for note in notes if note is not None), None)
            threading.Event().wait(0.01)
        assert "Another allocator serve does the work of this store." == word
        assert [] == second.works
    finally:
        first.close()
        second.close()
