"""Errors of the exchange that callers tell apart. No library of the network is needed to name them."""

from __future__ import annotations

from allocator.core.errors import MarketError


class NotServed(MarketError):  # noqa: N818 -- says what it is
    """The service answers, but has nothing of the kind at this address: it never had, or has it no more."""


class Stopped(MarketError):  # noqa: N818
    """The user asked to stop before the answer came."""
