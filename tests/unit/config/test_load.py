"""Portfolio files on the disk: missing, unreadable, oversized."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from allocator.config import load
from allocator.core.errors import ConfigError


def refusal(path: Path) -> tuple[str, str]:
    with pytest.raises(ConfigError) as caught:
        load(path)
    ((message, hint),) = caught.value.lines
    return str(message), str(hint)


def test_a_file_is_loaded(tmp_path):
    """Its path is kept as it was given."""
    path = tmp_path / "mine.ini"
    path.write_bytes(b"[have]\nSBER = 1\n")
    assert path == load(path).path


def test_a_missing_file_names_its_neighbour(tmp_path):
    """What was probably meant."""
    (tmp_path / "portfolio.ini").touch()
    expected = (f"{tmp_path / 'portfolo.ini'}: there is no such file.", f"Did you mean {tmp_path / 'portfolio.ini'}?")
    assert expected == refusal(tmp_path / "portfolo.ini")


def test_a_missing_file_without_neighbours_can_be_written(tmp_path):
    """The next thing to type is `allocator init`."""
    assert "Type `allocator init` to write a portfolio file." == refusal(tmp_path / "gone" / "mine.ini")[1]


def test_a_directory_is_no_file(tmp_path):
    """It is named as what it is."""
    assert f"{tmp_path}: this is a directory." == refusal(tmp_path)[0]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_file_is_refused(tmp_path):
    """With the system's reason."""
    path = tmp_path / "mine.ini"
    path.touch(mode=0)
    assert "cannot be read: Permission denied" in refusal(path)[0]


def test_an_error_of_the_disk_is_passed_on(monkeypatch, tmp_path):
    """With the system's reason."""

    def fail(*_args: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(Path, "open", fail)
    assert f"{tmp_path / 'x.ini'}: the file cannot be read: Input/output error." == refusal(tmp_path / "x.ini")[0]


def test_an_impossible_name_is_refused():
    """A name that no file can have."""
    assert "cannot be read" in refusal(Path("a\0b.ini"))[0]


def test_a_large_file_is_not_read(tmp_path):
    """Ten megabytes are no portfolio."""
    path = tmp_path / "mine.ini"
    path.write_bytes(b"; text\n" * 1_500_000)
    assert f"{path}: the file is larger than 256 KiB, the most that is read." == refusal(path)[0]


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no such device here")
def test_a_file_without_end_is_not_read():
    """A device may never stop, a pipe never begin: neither is opened."""
    assert "it is a pipe or a device" in refusal(Path("/dev/zero"))[0]
