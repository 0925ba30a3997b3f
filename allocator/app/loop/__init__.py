"""The loop: what `allocator serve` does by itself, night and day. `docs/loop.md` tells who reacts on what.

Every piece of work is a use case in a process of its own (`Child`), so that no leak of one grows in another, and the
supervisor loads no library that computes.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from allocator.app.loop.child import Child
    from allocator.app.loop.live import Live
    from allocator.app.loop.supervisor import Supervisor

__all__ = ["Child", "Live", "Supervisor"]

_WHERE = {"Child": "child", "Live": "live", "Supervisor": "supervisor"}


def __getattr__(name: str) -> object:
    """Loaded when they are asked for: a child needs none of the others."""
    if name not in _WHERE:
        raise AttributeError(name)
    return getattr(import_module(f"allocator.app.loop.{_WHERE[name]}"), name)
