"""Files that a command reads and writes besides the one that it is about: checked before long work, told in words."""

from __future__ import annotations

import os
import shlex
from errno import EACCES, EISDIR, ENOENT
from pathlib import Path

from allocator.app.starter import cannot_write
from allocator.core.errors import UsageError
from allocator.core.text import text


def exists(path: Path) -> bool:
    """Whether there is a file of this name; what cannot be a name, as one too long, is none."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def refuse_unwritable(path: Path, *read: Path) -> None:
    """Raises: `UsageError` for a path that can be seen not to take a file, or is one of those that are `read`."""
    folder = path.parent
    try:
        there, taken, kept = path.exists(), path.is_dir(), folder.is_dir()
    except (OSError, ValueError) as error:  # a name that is too long, say
        raise cannot_write(path, error) from error
    if there and any(exists(each) and path.samefile(each) for each in read):
        raise UsageError(
            text("{path} is read: it would be overwritten.", path=path), text("Give the answer another name.")
        )
    if taken:
        raise cannot_write(path, IsADirectoryError(EISDIR, os.strerror(EISDIR)))
    if not kept:
        raise cannot_write(path, FileNotFoundError(ENOENT, os.strerror(ENOENT)))
    if not os.access(path if there else folder, os.W_OK):
        raise cannot_write(path, PermissionError(EACCES, os.strerror(EACCES)))


def refuse_undrawable(path: Path, *read: Path) -> None:
    """Raises: `UsageError` as `refuse_unwritable`, and for a name that is not that of a PNG, as pictures are."""
    refuse_unwritable(path, *read)
    if path.suffix.lower() != ".png":
        raise UsageError(
            text("{path}: pictures are written as PNG, and this name does not end in .png.", path=path),
            text("Type: --plot {path}", path=shlex.quote(str(path.with_suffix(".png")))),
        )


def write(path: Path, content: bytes) -> None:
    """Raises: `UsageError` when the file does not take it."""
    try:
        path.write_bytes(content)
    except OSError as error:
        raise cannot_write(path, error) from error


def read_page(path: Path) -> str:
    """A text that is to be written into, or taken from.

    Raises: `UsageError` for a file that is not there, or is no text.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UsageError(text("{path}: cannot be read ({reason}).", path=path, reason=reason)) from error


def usual_cache(name: str) -> Path:
    """Where what can be made again is kept, for a command whose user names no folder."""
    from platformdirs import user_cache_path  # noqa: PLC0415 -- not needed by those who name a folder

    return Path(user_cache_path("allocator", appauthor=False)) / name
