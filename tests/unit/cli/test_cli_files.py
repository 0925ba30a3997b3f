"""Files that a command is to write, looked at before its work."""

from __future__ import annotations

from pathlib import Path

import pytest

from allocator.cli.files import exists, refuse_undrawable, refuse_unwritable
from allocator.core.errors import UsageError


@pytest.mark.parametrize("name", ["x.png", "x.PNG", "2024.run.Png"])
def test_a_picture_has_the_name_of_a_png(tmp_path: Path, name: str) -> None:
    """In capitals, too; nothing is written by looking."""
    refuse_undrawable(tmp_path / name)
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["x.txt", "x", "x.svg", ".png", "png", "x.png.bak"])
def test_a_picture_of_another_name_is_refused(tmp_path: Path, name: str) -> None:
    """What to type instead is a name that is taken."""
    with pytest.raises(UsageError) as found:
        refuse_undrawable(tmp_path / name)
    assert f"{tmp_path / name}: pictures are written as PNG, and this name does not end in .png." == str(
        found.value.message
    )
    command, _, path = str(found.value.hint).rpartition(" ")
    assert "Type: --plot" == command
    refuse_undrawable(Path(path))


def test_a_name_with_spaces_is_quoted(tmp_path: Path) -> None:
    """What is told to be typed can be pasted."""
    with pytest.raises(UsageError) as found:
        refuse_undrawable(tmp_path / "my picture.txt")
    assert f"Type: --plot '{tmp_path / 'my picture.png'}'" == str(found.value.hint)


def test_a_picture_does_not_overwrite_what_is_read(tmp_path: Path) -> None:
    """As no other answer does."""
    (tmp_path / "x.png").touch()
    with pytest.raises(UsageError, match="it would be overwritten"):
        refuse_undrawable(tmp_path / "x.png", tmp_path / "x.png")


def test_a_name_that_is_too_long_cannot_be_written(tmp_path: Path) -> None:
    """And there is no file of it."""
    path = tmp_path / ("a" * 300)
    assert not exists(path)
    with pytest.raises(UsageError, match=r"cannot be written: File name too long\."):
        refuse_unwritable(path)
