"""Where a store keeps files beside itself, and how folders of backups are listed and rotated."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from allocator.core.moscow import MOSCOW

FOLDER = "backups"


@dataclass(frozen=True, slots=True)
class Kept:
    """A backup in a folder: when it was made (by Moscow's clock, without a zone), and where it is."""

    path: Path
    made: datetime


def place_of(store_name: str, folder: str = FOLDER) -> tuple[Path, str]:
    """The folder of a store's files, and how their names begin: beside a file, else in the user's data directory."""
    if "://" in store_name:
        from platformdirs import user_data_path  # noqa: PLC0415 -- only where the store has no folder

        label = re.sub(r"[^A-Za-z0-9.]+", "-", store_name.partition("://")[2]).strip("-")
        return user_data_path("allocator", appauthor=False) / folder, label or "store"
    path = Path(store_name)
    return path.parent / folder, path.stem


def listed(folder: Path, pattern: re.Pattern[str], store: str) -> list[Kept]:
    """The backups of a store, the newest first. `pattern` of a file's name has the groups `store` and `time`."""
    try:
        names = [entry.name for entry in folder.iterdir()]
    except OSError:  # no folder, no backups
        return []
    matches = [match for name in names if (match := pattern.fullmatch(name)) and match["store"] == store]
    kept = [Kept(folder / match[0], datetime.strptime(match["time"], "%Y%m%d-%H%M%S")) for match in matches]  # noqa: DTZ007
    return sorted(kept, key=lambda each: (each.made, each.path.name), reverse=True)


def let_go(old: Sequence[Kept]) -> list[Path]:
    """Remove these; those that went."""
    gone = []
    for each in old:
        with suppress(OSError):  # one too many is no reason to stop
            each.path.unlink()
            gone.append(each.path)
    return gone


def in_moscow(now: datetime) -> datetime:
    """A time with a zone by Moscow's clock; one without a zone is taken to be so."""
    return now if now.tzinfo is None else now.astimezone(MOSCOW)


def sync_folder(folder: Path) -> None:
    """Make the new name last through a power cut, where folders can be synced."""
    with suppress(OSError):  # Windows opens no folders
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
