"""Files that are whole or not there."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from allocator.core.text import text
from allocator.forecast.failures import NotWrittenError


def write_whole(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """Write beside `path`, then put in its place: whoever reads sees the old file or the new one, even after `kill`.

    Raises: `NotWrittenError` when the disk is full or the folder may not be written to; nothing is left behind then.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                write(file)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        full = error.errno in {errno.ENOSPC, errno.EDQUOT}
        raise NotWrittenError(
            text("{path} cannot be written: {reason}.", path=path, reason=error.strerror or error),
            text("Free some space, then run the same again: finished models are kept.")
            if full
            else text(
                "Make it yours to write, or name another folder: `models` in section [forecast] of the settings."
            ),
        ) from error
