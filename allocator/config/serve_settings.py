"""The sections of the settings about `allocator serve`: where the pages are, and what the loop does by itself."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import time, timedelta

from allocator.config import settings_values as values
from allocator.config.findings import BadValueError, shown
from allocator.config.lookup import Lookup
from allocator.config.message_settings import span_of_hours
from allocator.config.secrets import Secret, secret
from allocator.config.values import yes_or_no
from allocator.core.text import text

_HOST = re.compile(r"[A-Za-z0-9._-]{1,253}|[0-9A-Fa-f:]{2,45}")
_NAME = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9])?|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?")
MOST_PAUSE = 24 * 60  # minutes


@dataclass(frozen=True, slots=True)
class ServeSettings:
    """Where the pages are. An address that other machines reach needs a password, of which the hash is kept.

    `names` are further hosts in the address bar; `https`: what is before the server speaks TLS.
    """

    host: str = "127.0.0.1"
    port: int = 5000
    password: Secret | None = None
    names: tuple[str, ...] = ()
    https: bool = False


@dataclass(frozen=True, slots=True)
class LoopSettings:
    """What the loop does besides serving pages.

    `hours` are those of Moscow in which models are trained, the first may be later than the second, None for all day;
    `pause` passes between two trainings, of which `workers` run at once.
    """

    refresh: bool = True
    train: bool = True
    hours: tuple[time, time] | None = None
    pause: timedelta = timedelta(0)
    workers: int = 1

    def may_train(self, now: time) -> bool:
        """Whether models are trained at this time of day in Moscow."""
        if not self.train or self.hours is None:
            return self.train
        since, till = self.hours
        return since <= now < till if since <= till else now >= since or now < till


def read_serve(lookup: Lookup) -> ServeSettings:
    """The section [serve]."""
    default = ServeSettings()
    place = lookup.place("serve", "password")
    return ServeSettings(
        host=lookup.option("serve", "host", host, default.host),
        port=lookup.option("serve", "port", values.whole(1, 65535), default.port),
        password=lookup.option("serve", "password", lambda raw: secret(raw, place), None) if place else None,
        names=lookup.option("serve", "names", names, default.names),
        https=lookup.option("serve", "https", yes_or_no, default.https),
    )


def read_loop(lookup: Lookup) -> LoopSettings:
    """The section [loop]."""
    default = LoopSettings()
    return LoopSettings(
        refresh=lookup.option("loop", "refresh", yes_or_no, default.refresh),
        train=lookup.option("loop", "train", yes_or_no, default.train),
        hours=lookup.option("loop", "training hours", span_of_hours, default.hours),
        pause=lookup.option(
            "loop", "pause", lambda raw: timedelta(minutes=values.whole(0, MOST_PAUSE)(raw)), default.pause
        ),
        workers=lookup.option("loop", "workers", values.whole(1, 64), default.workers),
    )


def host(raw: str) -> str:
    """A name or an address of this machine."""
    if not _HOST.fullmatch(raw):
        raise BadValueError(text("{value} is no name or address of a machine", value=shown(raw)))
    return raw.lower()


def names(raw: str) -> tuple[str, ...]:
    """Hosts as they stand in an address bar, in the order of their mention, each once."""
    found = [word for word in re.split(r"[\s,;]+", raw) if word]
    for word in found:
        if not _NAME.fullmatch(word):
            raise BadValueError(text("{value} is no name or address of a machine", value=shown(word)))
    if not found:
        raise BadValueError(text("there is nothing between the commas"))
    return tuple(dict.fromkeys(word.lower() for word in found))
