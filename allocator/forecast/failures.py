"""Failures that no recipe and no data is to blame for."""

from __future__ import annotations

from allocator.core.errors import ForecastError


class NotWrittenError(ForecastError):
    """A file cannot be kept: the disk is full, or the folder is not ours."""
