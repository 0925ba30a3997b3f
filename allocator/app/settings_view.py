"""What the page of settings shows, read from the store and from the file of settings."""

from __future__ import annotations

from pathlib import Path

from allocator.config.findings import BadValueError, Findings, Place
from allocator.config.layers import one_layer
from allocator.config.message_settings import CHANNELS, Messaging
from allocator.config.reading import fetch, read_file
from allocator.config.settings import Settings, parse_settings
from allocator.config.settings_words import SETTINGS
from allocator.core.errors import ConfigError
from allocator.core.text import text
from allocator.report.settings_view import AccountLine, ChannelLine, FileValue, FileView, MessageLine, SettingsView
from allocator.store import Store
from allocator.store.messages import WAITING, StoredMessage

NEWEST = 20
"""Messages that are shown."""


def settings_view(store: Store, settings: Settings) -> SettingsView:
    """`settings` are those that the server runs with; the file is read anew. Raises: `StoreError`."""
    with store.reading() as tx:
        accounts = tx.accounts.all()
        exclude = tx.accounts.policy().exclude
        messages = tx.messages.all(limit=NEWEST)
    lines = [
        AccountLine(each.name, each.version, sum(bool(one.units) for one in each.holdings), each.empty)
        for each in accounts
    ]
    return SettingsView(
        accounts=tuple(lines),
        exclude=exclude,
        channels=_channels(settings.messaging),
        language=settings.messaging.messages.language,
        messages=tuple(map(_line, messages)),
        file=_file(settings),
    )


def _channels(messaging: Messaging) -> tuple[ChannelLine, ...]:
    targets = {
        "telegram": messaging.telegram.chat if messaging.telegram.token else None,
        "email": messaging.email.to if messaging.email.host else None,
        "console": "stderr",
    }
    return tuple(ChannelLine(name, name in messaging.channels, targets[name]) for name in CHANNELS)


def _line(message: StoredMessage) -> MessageLine:
    told = message.told
    at = message.due if message.state == WAITING else message.ended
    return MessageLine(told.channel, told.subject, told.made, message.state, at, message.attempts, message.reason)


def _file(settings: Settings) -> FileView:
    """The file as it is now; where it cannot be read, or is wrong, what is wrong with it."""
    if settings.path is None:
        return FileView(None, _values({}), stale=False)
    try:
        content = fetch(settings.path, read_file)
        said = _said(content, settings.path)
        now = parse_settings(content, settings.path)
    except BadValueError as error:
        what = text("{path}: {what}.", path=settings.path, what=error.what)
        return FileView(settings.path, _values({}), stale=True, mistakes=((what, error.hint),))
    except ConfigError as error:
        return FileView(settings.path, _values({}), stale=True, mistakes=tuple(error.lines))
    return FileView(settings.path, _values(said), stale=now != settings)


def _said(content: bytes | str, path: Path) -> dict[tuple[str, str], str]:
    findings = Findings()
    layer = one_layer(content, Place(path), findings, SETTINGS)
    findings.raise_any()
    return {known: entry.value for known, entry in layer.entries.items()}


def _values(said: dict[tuple[str, str], str]) -> tuple[FileValue, ...]:
    return tuple(
        FileValue(key.section, key.name, said.get((key.section, key.name)), key.default) for key in SETTINGS.keys
    )
