"""Targets in the words of the portfolio file, with amounts hidden from a discreet reader's neighbours."""

from __future__ import annotations

from allocator.app.accounts_file import target
from allocator.core.portfolio import ZERO, CashTarget, Money, Target, Units
from allocator.web.look import HIDDEN, Look


def wanted_by(look: Look, wanted: Target | CashTarget | None) -> str:
    """Nothing for what is wanted at 0, or not at all."""
    if wanted is None or wanted == Units(ZERO):
        return ""
    return HIDDEN if look.discreet and isinstance(wanted, Units | Money) else target(wanted)
