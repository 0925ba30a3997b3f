"""Decisions of the loop, by a clock that a test turns."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from allocator.app.loop.agenda import Agenda
from allocator.app.loop.steps import STEPS

NOW = datetime(2026, 7, 28, 1, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
BY_NAME = {step.name: step for step in STEPS}


def agenda(*due: str) -> Agenda:
    made = Agenda(STEPS)
    for name in due:
        made.ask(name, NOW)
    return made


def test_at_the_start_a_backup_goes_before_everything_that_changes_the_store():
    """Training waits until all that it learns from is there; messages wait for nobody."""
    made = agenda("backup", "refresh", "train", "deliver")
    assert ["backup", "deliver"] == made.ready(NOW)
    made.began("backup")
    made.began("deliver")
    assert [] == made.ready(NOW)
    made.ended("backup", NOW, failed=False)
    assert ["refresh"] == made.ready(NOW)
    made.began("refresh")
    assert [] == made.ready(NOW)
    made.ended("refresh", NOW, failed=False)
    assert ["train"] == made.ready(NOW)


def test_new_data_becomes_a_forecast_and_then_a_recommendation():
    """Each waits for the one before it, and training for all of them."""
    made = agenda("universe", "forecast", "recommend", "train")
    order = []
    while found := made.ready(NOW):
        order.append(found)
        for name in found:
            made.began(name)
        for name in found:
            made.ended(name, NOW, failed=False)
    assert [["universe"], ["forecast"], ["recommend", "train"]] == order


def test_an_edit_is_answered_while_a_model_trains():
    """They have lanes of their own."""
    made = agenda("train")
    made.began("train")
    made.ask("recommend", NOW)
    assert ["recommend"] == made.ready(NOW)


def test_what_fails_rests_and_lets_the_others_work():
    """Twice as long after each failure in a row, to a limit; a success makes it forget."""
    made = agenda("refresh", "forecast")
    waits = []
    now = NOW
    for _ in range(9):
        made.began("refresh")
        made.ended("refresh", now, failed=True)
        assert ["forecast"] == made.ready(now)
        due = made.due("refresh")
        assert due is not None
        waits.append((due - now) / MINUTE)
        now = due
    assert [5, 10, 20, 40, 80, 160, 240, 240, 240] == waits
    assert 9 == made.failures("refresh")
    made.began("refresh")
    made.ended("refresh", now, failed=False, again=now + MINUTE)
    assert 0 == made.failures("refresh")
    assert now + MINUTE == made.due("refresh")


def test_asked_for_while_it_runs_it_runs_once_more():
    """It may have read what it works from before that changed."""
    made = agenda("recommend")
    made.began("recommend")
    made.ask("recommend", NOW + MINUTE)
    made.ask("recommend", NOW)
    assert [] == made.ready(NOW)
    made.ended("recommend", NOW, failed=False)
    assert ["recommend"] == made.ready(NOW)
    made.began("recommend")
    made.ended("recommend", NOW, failed=False)
    assert made.due("recommend") is None


def test_what_has_changed_is_tried_at_once_however_often_it_failed():
    """Whoever asks has a reason that was not there before."""
    made = agenda("train")
    made.began("train")
    made.ended("train", NOW, failed=True)
    assert [] == made.ready(NOW)
    made.ask("train", NOW)
    assert ["train"] == made.ready(NOW)


def test_barred_steps_keep_nobody_waiting():
    """Outside its hours a training is as good as not asked for."""
    made = Agenda([BY_NAME["train"], BY_NAME["deliver"]])
    made.ask("train", NOW)
    assert [] == made.ready(NOW, ("train",))
    assert ["train"] == made.ready(NOW)
    assert NOW == made.next()


@given(st.integers(1, 10_000))
def test_no_step_ever_gives_up(failures: int):
    """However often it failed, it is tried again within hours, and never at once."""
    for step in STEPS:
        assert timedelta(seconds=1) <= step.wait(failures) <= timedelta(hours=6)
        assert step.wait(failures) <= step.wait(failures + 1)


@given(st.lists(st.tuples(st.sampled_from(STEPS), st.sampled_from(["ask", "run", "end", "fail"])), max_size=60))
def test_lanes_hold_one_step_and_nothing_asked_for_is_forgotten(moves):
    """Whatever is asked, begun and ended in whatever order; at the end everything that was asked for has run."""
    made = Agenda(STEPS)
    running: set[str] = set()
    owed: set[str] = set()
    now = NOW
    for step, move in moves:
        now += MINUTE
        if move == "ask":
            made.ask(step.name, now)
            owed.add(step.name)
        elif move == "run":
            for name in made.ready(now):
                made.began(name)
                running.add(name)
                owed.discard(name)
            lanes = [BY_NAME[name].lane for name in running]
            assert sorted(set(lanes)) == sorted(lanes)
        elif step.name in running:
            running.discard(step.name)
            made.ended(step.name, now, failed=move == "fail")
            if move == "fail":
                owed.add(step.name)
    for name in list(running):
        made.ended(name, now, failed=False)
    now += timedelta(days=1)
    while found := made.ready(now):
        for name in found:
            made.began(name)
            owed.discard(name)
            made.ended(name, now, failed=False)
    assert set() == owed
