"""The sections [serve] and [loop] of the settings."""

from __future__ import annotations

from datetime import time, timedelta
from pathlib import Path

import pytest

from allocator.config.serve_settings import LoopSettings
from allocator.config.settings import Settings, parse_settings
from allocator.core.errors import ConfigError


def read(ini: str) -> Settings:
    return parse_settings(ini, Path("allocator.ini"))


def test_each_key_is_taken():
    """By the names of docs/settings.md."""
    found = read(
        "[serve]\nhost = Localhost\nport = 8080\n"
        "[loop]\nrefresh = no\ntrain = no\ntraining hours = 23:00 - 08:00\npause = 15\nworkers = 2\n"
    )
    assert ("localhost", 8080) == (found.serve.host, found.serve.port)
    assert LoopSettings(False, False, (time(23), time(8)), timedelta(minutes=15), 2) == found.loop


def test_without_them_the_pages_are_for_this_machine_alone():
    """And the loop does all that it can, one training at a time."""
    found = read("")
    assert ("127.0.0.1", 5000) == (found.serve.host, found.serve.port)
    assert LoopSettings() == found.loop
    assert (True, True, 1) == (found.loop.refresh, found.loop.train, found.loop.workers)


@pytest.mark.parametrize(
    ("section", "line"),
    [
        ("serve", "host = http://me"),
        ("serve", "host = me you"),
        ("serve", "port = 0"),
        ("serve", "port = 65536"),
        ("loop", "train = maybe"),
        ("loop", "training hours = 23:00"),
        ("loop", "training hours = 25:00 - 08:00"),
        ("loop", "pause = -1"),
        ("loop", "pause = 1441"),
        ("loop", "workers = 0"),
    ],
)
def test_a_mistake_is_named_with_its_line(section, line):
    """And nothing is guessed."""
    with pytest.raises(ConfigError) as caught:
        read(f"[{section}]\n{line}\n")
    assert f"allocator.ini:2: [{section}] {line.partition(' =')[0]}" in str(caught.value)


@pytest.mark.parametrize(
    ("hours", "now", "may"),
    [
        ("23:00 - 08:00", time(22, 59), False),
        ("23:00 - 08:00", time(23), True),
        ("23:00 - 08:00", time(3), True),
        ("23:00 - 08:00", time(8), False),
        ("01:00 - 05:00", time(0, 59), False),
        ("01:00 - 05:00", time(1), True),
        ("01:00 - 05:00", time(5), False),
    ],
)
def test_hours_of_training_may_cross_midnight(hours, now, may):
    """The first belongs to them, the last does not."""
    assert may == read(f"[loop]\ntraining hours = {hours}\n").loop.may_train(now)


def test_who_does_not_train_does_so_at_no_hour():
    """All day is the default."""
    assert not read("[loop]\ntrain = no\ntraining hours = 00:00 - 23:59\n").loop.may_train(time(12))
    assert LoopSettings().may_train(time(12))
