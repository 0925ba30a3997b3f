"""`allocator notify ...`."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path

from allocator.app import wire
from allocator.app.delivery import outbox, try_out
from allocator.cli.talk import Talk
from allocator.core.errors import NotifyError
from allocator.core.moscow import MOSCOW
from allocator.core.text import text
from allocator.notify import Message
from allocator.report import dumps
from allocator.report import messages as report
from allocator.report.catalogue import render


def run_test(talk: Talk, *, store: str | None, config_file: Path | None, as_json: bool) -> int:  # noqa: ARG001
    """1 when a channel refused; the others have the message all the same."""
    settings = wire.settings(config_file)
    lang, now = settings.messaging.messages.language, datetime.now(MOSCOW)
    message = Message(
        render(text("A test of messages"), lang),
        render(text("Sent by `allocator notify test` at {time}.", time=f"{now:%Y-%m-%d %H:%M:%S}"), lang),
    )
    with talk.working() as progress:
        progress(text("sending"))
        tried = try_out(
            settings.messaging,
            lambda name: wire.channel(name, settings, console=sys.stderr),
            message,
            f"test {now.isoformat()}",
        )
    if as_json:
        talk.answer(dumps(report.tried_document(tried, lang=talk.lang)))
    else:
        for line in report.tried_lines(tried):
            talk.answer(talk.say(line))
    return NotifyError.exit_code if any(each.error for each in tried) else 0


def run_send(talk: Talk, *, at_once: bool, store: str | None, config_file: Path | None, as_json: bool) -> int:
    """1 when a channel took nothing, so that cron tells of it."""
    settings = wire.settings(config_file)
    with wire.store(store, settings) as opened:
        delivery = wire.courier(opened, settings, console=sys.stderr).deliver(at_once=at_once)
    if as_json:
        talk.answer(dumps(report.delivery_document(delivery, lang=talk.lang)))
    elif not talk.quiet:
        for line in report.delivery_lines(delivery):
            talk.answer(talk.say(line))
    return NotifyError.exit_code if any(each.error for each in delivery.channels) else 0


def run_status(talk: Talk, *, store: str | None, config_file: Path | None, as_json: bool) -> int:
    settings = wire.settings(config_file)
    with wire.store(store, settings, create=False) as opened:
        found = outbox(opened, settings.messaging)
    if as_json:
        talk.answer(dumps(report.outbox_document(found, lang=talk.lang)))
    else:
        for line in report.outbox_lines(found):
            talk.answer(talk.say(line))
    return 0
