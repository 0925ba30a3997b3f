"""What a process has taken of the machine."""

from __future__ import annotations

import ctypes
import sys


def peak_bytes() -> int:
    """The most memory that this process held at once; 0 where the system does not say (Windows)."""
    try:
        import resource  # noqa: PLC0415 -- not on Windows
    except ImportError:
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def keep_freed_memory() -> None:
    """Let the C library reuse what was freed, in place of returning it: for a process that exits soon anyway.

    The tensors of a batch are some megabytes each, which glibc maps anew for each operation and gives back after it,
    so that every page is cleared again; an encoder-decoder trained 1.2 times as fast without that. Elsewhere than on
    Linux nothing is done.
    """
    if sys.platform != "linux":
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # not in musl
    if mallopt is not None:
        mallopt(_MMAP_THRESHOLD, 32 << 20)
        mallopt(_TRIM_THRESHOLD, 512 << 20)


_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # of <malloc.h>
