"""From facts to messages in the outbox: compared, cooled down, put into words."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from allocator.app import news
from allocator.app.news import Deal, Kind, News, State
from allocator.config.message_settings import Messaging
from allocator.core.errors import AllocatorError
from allocator.core.text import Text
from allocator.history.dividends import Missing
from allocator.report.catalogue import render
from allocator.report.recommendation import RecommendationView
from allocator.report.universe import Selection
from allocator.store import Transaction
from allocator.store.messages import Outgoing, Told

LONGEST = 40_000  # characters of a message: ten parts in Telegram


class Teller:
    """Tells what is new.

    Every method takes the transaction in which the fact itself is kept, and says whether a message was put in: so there
    is none without its fact, and none twice. `about`: the path of a portfolio, the name of a step. `now`: aware.
    """

    def __init__(self, messaging: Messaging, *, now: Callable[[], datetime]) -> None:
        self._messaging, self._now = messaging, now

    def value(self, tx: Transaction, about: str, value: Decimal) -> bool:
        threshold = self._messaging.messages.threshold
        return self._tell(
            tx, Kind.VALUE, about, lambda before: news.value_changed(before, value, threshold, about=about)
        )

    def recommendation(self, tx: Transaction, about: str, deals: Sequence[Deal]) -> bool:
        return self._tell(
            tx, Kind.RECOMMENDATION, about, lambda before: news.recommendation_changed(before, deals, about=about)
        )

    def dividends(self, tx: Transaction, about: str, missing: Sequence[Missing]) -> bool:
        return self._tell(
            tx, Kind.DIVIDENDS, about, lambda before: news.dividends_missing(before, missing, about=about)
        )

    def leave(self, tx: Transaction, about: str, leaving: Mapping[str, Text | None]) -> bool:
        return self._tell(tx, Kind.LEAVE, about, lambda before: news.should_leave(before, leaving, about=about))

    def failed(self, tx: Transaction, step: str, error: AllocatorError) -> bool:
        return self._tell(tx, Kind.FAILURE, step, lambda before: news.failed(before, step, error))

    def recovered(self, tx: Transaction, step: str) -> bool:
        return self._tell(tx, Kind.FAILURE, step, lambda before: news.recovered(before, step))

    def happened(self, tx: Transaction, about: str, mark: str, subject: Text, lines: Sequence[Text] = ()) -> bool:
        return self._tell(tx, Kind.EVENT, about, lambda before: news.happened(before, about, mark, subject, lines))

    def _tell(self, tx: Transaction, kind: Kind, about: str, compare: Callable[[State], News | None]) -> bool:
        before = tx.told.get(kind.value, about)
        found = compare(json.loads(before.state) if before else None)
        now = self._now()
        if found is None or (not found.quiet and not found.urgent and self._is_warm(before, now)):
            return False  # what is too early is compared with what was told last again, the next time
        key = found.key(before.key if before else "")
        told_at = (before.at if before else None) if found.quiet else now
        tx.told.set(kind.value, about, Told(key, told_at, json.dumps(found.state)))
        if found.quiet:
            return False
        for message in self._messages(found, key, now):
            tx.messages.put(message)
        return True

    def _is_warm(self, before: Told | None, now: datetime) -> bool:
        """Whether something was told so short a while ago that the next waits."""
        if before is None or before.at is None:
            return False
        return now - before.at < self._messaging.messages.cooldown

    def _messages(self, found: News, key: str, now: datetime) -> list[Outgoing]:
        lang = self._messaging.messages.language
        subject = render(found.subject, lang)
        body = "\n".join(render(line, lang) for line in found.lines)
        if len(body) > LONGEST:
            body = body[:LONGEST] + "…"
        return [
            Outgoing(channel, key, found.kind.value, found.about, now, subject, body)
            for channel in self._messaging.channels
        ]


def deals_of(view: RecommendationView) -> list[Deal]:
    """What a recommendation says to deal, in whole lots."""
    return [Deal(row.ticker, row.lots, row.units, row.price) for row in view.rows if row.lots]


def leaving_of(selection: Selection) -> dict[str, Text | None]:
    """What is held and does not qualify, with the reasons."""
    return {each.ticker: each.reason for each in selection.universe.verdicts if each.status == "held"}
