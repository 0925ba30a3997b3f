"""Failures that no recipe and no data is to blame for."""

from __future__ import annotations

import errno

from allocator.core.errors import ForecastError
from allocator.core.text import Text, text


class NotWrittenError(ForecastError):
    """A file cannot be kept: the disk is full, or the folder is not ours."""


def not_written(message: Text, error: OSError) -> NotWrittenError:
    """With what helps against this error."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return NotWrittenError(message, text("Free some space, then run the same again: finished models are kept."))
    return NotWrittenError(
        message,
        text("Make it yours to write, or name another folder: `models` in section [forecast] of the settings."),
    )
