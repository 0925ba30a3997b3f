"""`workers` of the settings: a number, or where Ray is."""

from __future__ import annotations

from pathlib import Path

import pytest

from allocator.config.settings import parse_settings
from allocator.core.errors import ConfigError

FILE = Path("allocator.ini")


@pytest.mark.parametrize(
    ("said", "meant"), [("3", 3), ("ray", "ray"), ("ray:2", "ray:2"), ("ray://head:10001/8", "ray://head:10001/8")]
)
def test_workers_are_read(said, meant):
    """As they will be said to whoever trains."""
    assert meant == parse_settings(f"[forecast]\nworkers = {said}\n", FILE).forecast.workers


@pytest.mark.parametrize("said", ["0", "1025", "-1", "ray://head", "http://head:10001", "many"])
def test_others_are_refused(said):
    """With what may be said."""
    with pytest.raises(ConfigError, match=r"allocator.ini:2: \[forecast\] workers.*") as found:
        parse_settings(f"[forecast]\nworkers = {said}\n", FILE)
    assert "ray, or ray://host:port" in str(found.value)
