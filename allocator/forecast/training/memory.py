"""What a process has taken of the machine."""

from __future__ import annotations

import sys


def peak_bytes() -> int:
    """The most memory that this process held at once; 0 where the system does not say (Windows)."""
    try:
        import resource  # noqa: PLC0415 -- not on Windows
    except ImportError:
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
