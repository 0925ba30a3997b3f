"""The steps of the loop over a real store: what each says, and what it puts in the outbox."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from advising import bought, with_accounts
from iss_universe import made
from recommending import NOW

from allocator.app.loop import work, work_models
from allocator.app.loop.place import Place
from allocator.core.accounts import Policy
from allocator.store import open_store

INI = "[universe]\nminimum history = 50\nholding days = 5\n[messages]\nchannels = console\ncooldown = 0\n"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """A store with two accounts and a forecast, on the day of that forecast."""
    monkeypatch.setattr(work, "now", lambda: NOW)
    (tmp_path / "allocator.ini").write_text(INI)
    return Place(str(with_accounts(tmp_path)), tmp_path / "allocator.ini")


@pytest.fixture
def nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """A store that was just made."""
    monkeypatch.setattr(work, "now", lambda: NOW)
    (tmp_path / "allocator.ini").write_text(INI)
    open_store(str(tmp_path / "store.db")).close()
    return Place(str(tmp_path / "store.db"), tmp_path / "allocator.ini")


def told(*_: object) -> None:
    """Progress is of no interest here."""


def outbox(place: Place) -> list[tuple[str, str]]:
    with place.open() as store, store.reading() as tx:
        return [(each.told.subject, each.told.body) for each in reversed(tx.messages.all())]


def test_a_recommendation_is_told_when_it_changes(place: Place):
    """With the deals; the same again is no news."""
    outcome = work.recommend(told, place)
    assert "done" == outcome.kind
    assert {"GOOD", "BAD", "WORSE"} <= set(str(outcome.detail).removeprefix("to be dealt: ").split(", "))
    ((subject, body),) = outbox(place)
    assert "Portfolio: recommendations have changed" == subject
    assert "GOOD" in body
    assert "allocator recommend --accounts" in body
    assert outcome == work.recommend(told, place)
    assert 1 == len(outbox(place))


def test_a_change_of_value_is_told(place: Place):
    """By its percent, once it is worth it."""
    work.recommend(told, place)
    assert place.store is not None
    bought(Path(place.store), "Broker", "DULL", "400")
    work.recommend(told, place)
    subjects = [subject for subject, _ in outbox(place)]
    assert any(subject.startswith("Portfolio: +") for subject in subjects), subjects


def test_what_is_held_and_does_not_qualify_is_told(place: Place):
    """Here everything trades too little for a portfolio with so long a history asked for."""
    assert place.config is not None
    place.config.write_text(INI.replace("history = 50", "history = 50000"))
    outcome = work.universe(told, place)
    assert "should leave" in str(outcome.detail)
    ((subject, body),) = outbox(place)
    assert subject.startswith("Portfolio: should leave: ")
    assert {"BAD", "WORSE", "DULL"} <= {line.partition(":")[0] for line in body.splitlines()}
    assert outcome == work.universe(told, place)
    assert 1 == len(outbox(place))


def test_without_what_it_needs_a_step_is_skipped(nothing: Place):
    """With the reason; nobody is told of a failure."""
    steps = (work.universe, work.recommend, work.backup)
    found = {step.__name__: step(told, nothing) for step in steps}
    assert {"skipped"} == {outcome.kind for outcome in found.values()}
    assert "there is no account with anything on it" == str(found["recommend"].detail)
    assert "there are no daily bars yet" in str(found["universe"].detail)
    assert [] == outbox(nothing)


def test_without_a_forecast_nothing_is_recommended(place: Place):
    """That is no failure either."""
    assert place.config is not None
    place.config.write_text(INI + "[forecast]\ninterval = hour\n")
    assert ("skipped", "there is no forecast yet") == (
        (outcome := work.recommend(told, place)).kind,
        str(outcome.detail),
    )


def test_an_empty_account_is_no_account(place: Place):
    """What there is nothing on is not dealt on."""
    with place.open() as store, store.transaction() as tx:
        for account in tx.accounts.all():
            tx.accounts.remove(account, NOW)
    assert "there is no account with anything on it" == str(work.recommend(told, place).detail)


def test_the_day_has_one_backup(place: Place):
    """Made by the first step of the day that asks for one."""
    first = work.backup(told, place)
    assert "done" == first.kind
    assert "skipped" == work.backup(told, place).kind
    assert place.store is not None
    assert 1 == len(list((Path(place.store).parent / "backups").glob("*.backup")))


def test_messages_go_where_the_settings_say(place: Place, capfd: pytest.CaptureFixture[str]):
    """And the outbox is empty then."""
    work.recommend(told, place)
    outcome = work.deliver(told, place)
    assert "console: sent 1" in str(outcome.detail)
    assert "Portfolio: recommendations have changed" in capfd.readouterr().err
    with place.open() as store, store.reading() as tx:
        assert ["sent"] == [each.state for each in tx.messages.all()]


def test_a_refresh_says_when_the_next_is_due(nothing: Place, iss, monkeypatch: pytest.MonkeyPatch):
    """After a whole one that is when the next day's data is ready; asked again before it, it asks nobody."""
    iss.serve(made(3, 1))
    monkeypatch.setenv("ALLOCATOR_ISS_URL", iss.url)
    monkeypatch.setenv("ALLOCATOR_REGISTERS_URL", iss.registers_url)
    assert nothing.config is not None
    nothing.config.write_text(INI + "[refresh]\nintervals = day\n")
    first = work.refresh(told, nothing)
    assert ("done", False) == (first.kind, first.partly)
    asked = len(iss.requests)
    again = work.refresh(told, nothing)
    assert "skipped" == again.kind
    assert first.again == again.again
    assert asked == len(iss.requests)


def test_a_refresh_leaves_the_work_to_another(nothing: Place):
    """And looks again later."""
    with nothing.open() as store, store.lock("refresh"):
        outcome = work.refresh(told, nothing)
    assert ("skipped", NOW + timedelta(minutes=10)) == (outcome.kind, outcome.again)


def test_models_wait_for_their_history(nothing: Place):
    """Nothing to train on is no failure; there is no forecast without models."""
    pytest.importorskip("torch", reason="the extra `forecast` is not installed")
    for step, said in ((work_models.train, "there are no daily bars yet"), (work_models.forecast, "no models yet")):
        outcome = step(told, nothing)
        assert "skipped" == outcome.kind
        assert said in str(outcome.detail)
        assert outcome.again is None


def test_one_breeds_at_a_time(place: Place):
    """Another process that does is left alone."""
    pytest.importorskip("torch", reason="the extra `forecast` is not installed")
    pytest.importorskip("talib", reason="the extra `forecast` is not installed")
    with place.open() as store, store.lock("evolve-day-5") as mine:
        assert mine
        outcome = work_models.train(told, place)
    assert "skipped" == outcome.kind


def test_policy_alone_is_no_portfolio(nothing: Place):
    """Targets without an account are nothing to deal on."""
    with nothing.open() as store, store.transaction() as tx:
        tx.accounts.put_policy(Policy(), NOW)
    assert "skipped" == work.recommend(told, nothing).kind
