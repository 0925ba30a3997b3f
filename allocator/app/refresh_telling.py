"""A refresh that tells: of its failures, of its recovery, and of dividends that nobody knows."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from allocator.app.dividends import missing_amounts
from allocator.app.messaging import Teller
from allocator.app.refresh import Refresher, Request
from allocator.core.errors import AllocatorError, MarketError, StoreError
from allocator.core.moscow import MOSCOW
from allocator.core.text import Text
from allocator.report.refresh import Refreshed, warnings

STEP = "refresh"
HELD = "held"  # what the portfolio files hold, all together


class _PartlyError(MarketError):
    """Some of it failed; never raised: the refresh went on without it."""

    def __init__(self, messages: Sequence[Text]) -> None:
        self._messages = messages
        super().__init__(messages[0])

    @property
    def lines(self) -> Sequence[tuple[Text, Text | None]]:
        return [(message, None) for message in self._messages]


def refresh_and_tell(refresher: Refresher, request: Request, teller: Teller) -> Refreshed:
    """Run the refresh, and put what is worth telling in the outbox.

    Raises: what the refresh raises, which is told, too.
    """
    try:
        refreshed = refresher.run(request)
    except AllocatorError as error:
        with suppress(StoreError), refresher.store.transaction() as tx:
            teller.failed(tx, STEP, error)
        raise
    if refreshed.outcome == "busy":
        return refreshed
    with refresher.store.transaction() as tx:
        wrong = tuple(warnings(refreshed)) if refreshed.outcome == "partial" else ()
        if wrong:
            teller.failed(tx, STEP, _PartlyError(wrong))
        else:
            teller.recovered(tx, STEP)
        if refresher.held:
            today = refresher.now().astimezone(MOSCOW).date()
            teller.dividends(tx, HELD, missing_amounts(tx, refresher.held, today))
    return refreshed
