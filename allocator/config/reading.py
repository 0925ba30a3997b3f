"""Portfolio files as text: from the disk or from an editor, in the encodings that people have."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from allocator.config.findings import BadValueError, Findings, Place, escaped, shown
from allocator.config.words import nearest
from allocator.core.text import Text, text

LARGEST = 2**18
"""Bytes; a portfolio of a thousand assets takes a quarter of it."""

Read = Callable[[Path], bytes | str]

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
NO_FILES = text("a text from a page reads no file of this machine")
_SAVE_AS_TEXT = text("Save it as plain text in UTF-8.")


def read_file(path: Path) -> bytes:
    """A file's bytes; of one that is too large, just enough to see it. Raises: `OSError`, `ValueError`."""
    if path.exists() and not path.is_file() and not path.is_dir():
        raise ValueError("it is a pipe or a device")  # which may never end, or never begin
    with path.open("rb") as stream:
        return stream.read(LARGEST + 1)


def read_nothing(path: Path) -> bytes:  # noqa: ARG001 -- a `Read`
    """For text of which nobody knows who wrote it. Raises: `BadValueError`, whatever the path."""
    raise BadValueError(NO_FILES, text("Paste the lines of that file here instead."))


def fetch(path: Path, read: Read) -> bytes | str:
    """What `read` gives. Raises: `BadValueError` with the reason when it gives nothing, or the one that it raised."""
    try:
        return read(path)
    except BadValueError:  # a reader that refuses says why, and where files are is not looked at
        raise
    except FileNotFoundError:
        raise BadValueError(text("there is no such file"), _neighbour(path)) from None
    except (OSError, ValueError) as error:
        if _is_folder(path):
            raise BadValueError(text("this is a directory"), text("Name the file inside it.")) from None
        reason = (isinstance(error, OSError) and error.strerror) or str(error)
        raise BadValueError(text("the file cannot be read: {reason}", reason=shown(reason))) from None


def _is_folder(path: Path) -> bool:
    """What cannot be looked at, as a name that is too long, is none."""
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def _neighbour(path: Path) -> Text | None:
    """The file that was probably meant."""
    try:
        names = {other.stem: other for other in sorted(path.parent.glob("*.ini"))}
    except (OSError, ValueError):
        return None
    near = nearest(path.stem, names)
    return text("Did you mean {word}?", word=escaped(str(names[near]))) if near else None


def decoded(data: bytes | str, file: Place, findings: Findings) -> str:
    """The text, its lines parted by line feeds; empty, with a finding, for what is no text or too much of it."""
    if len(data) > LARGEST:
        findings.add(file, text("the file is larger than {size} KiB, the most that is read", size=LARGEST // 1024))
        return ""
    content = data if isinstance(data, str) else _from_bytes(data)
    if content is None:
        findings.add(file, text("the file is neither in UTF-8 nor in cp1251"), _SAVE_AS_TEXT)
        return ""
    content = content.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    control = _CONTROL.search(content)
    if control:
        findings.add(
            replace(file, line=content.count("\n", 0, control.start()) + 1),
            text(
                "there is a control character ({code}), as in files that are not text", code=f"U+{ord(control[0]):04X}"
            ),
            _SAVE_AS_TEXT,
        )
        return ""
    return content


def _from_bytes(data: bytes) -> str | None:
    for encoding in ("utf-8", "cp1251"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None
