"""The words of the settings file: sections, keys, what they take and what holds without them.

A test holds `configs/allocator.ini` and `docs/settings.md` to this table.
"""

from __future__ import annotations

from allocator.config.words import Key, Words
from allocator.core.text import text

_SECRET = text("env:NAME, file:PATH or keyring:SERVICE/USER")
_NONE = text("none")

SETTINGS = Words(
    (
        Key(
            "store",
            "url",
            text("the path of a SQLite file, or postgresql://user@host/database"),
            text("store.db in the user's data directory"),
        ),
        Key("store", "password", _SECRET, _NONE),
        Key("refresh", "ready", text("a time of day in Moscow, such as 01:00"), "01:00"),
        Key("refresh", "rate", text("requests per second, above 0, such as 30"), "30"),
        Key("refresh", "burst", text("a whole number of requests from 1"), "600"),
        Key("refresh", "connections", text("a whole number from 1 to 16"), "4"),
        Key("refresh", "from", text("a date, such as 2015-01-01"), "2015-01-01"),
        Key("refresh", "intervals", text("day, hour or both"), "day, hour"),
        Key("refresh", "hourly source", text("MOEX or ALGOPACK"), "MOEX"),
        Key("refresh", "proxy", text("the address of a proxy, such as http://proxy:3128"), _NONE),
        Key("refresh", "portfolios", text("paths of portfolio files with commas between them"), _NONE),
        Key("algopack", "token", _SECRET, _NONE),
        Key("universe", "minimum history", text("a whole number of trading days from 1"), "421"),
        Key("universe", "holding days", text("a whole number of trading days from 1"), "21"),
        Key("universe", "exclude", text("tickers with commas between them"), _NONE),
        Key("dividends", "tax", text("a percentage, such as 13%"), "13%"),
        Key("dividends", "backups", text("a whole number of files from 1"), "30"),
        Key("backup", "folder", text("the path of a folder"), _NONE),
        Key("backup", "keep", text("a whole number of files from 1"), "14"),
        Key("backup", "daily", text("yes or no"), "yes"),
        Key("forecast", "interval", text("day or hour"), "day"),
        Key("forecast", "horizon", text("a whole number of bars from 1"), _NONE),
        Key("forecast", "workers", text("a whole number of processes from 1, ray, or ray://host:port"), _NONE),
        Key("forecast", "device", text("cpu, cuda, mps or auto"), "cpu"),
        Key("forecast", "models", text("the path of a folder"), _NONE),
        Key("telegram", "token", _SECRET, _NONE),
        Key("telegram", "chat", text("the number of a chat, such as 123456789, or @name of a channel"), _NONE),
        Key("telegram", "proxy", text("the address of a proxy, such as http://proxy:3128"), _NONE),
        Key("email", "host", text("the name of a server, such as smtp.example.org"), _NONE),
        Key("email", "port", text("a whole number from 1 to 65535"), _NONE),
        Key("email", "security", text("starttls, ssl or none"), "starttls"),
        Key("email", "user", text("the name to log in with"), _NONE),
        Key("email", "password", _SECRET, _NONE),
        Key("email", "from", text("an address, such as me@example.org"), _NONE),
        Key("email", "to", text("an address, such as me@example.org"), _NONE),
        Key("messages", "channels", text("telegram, email, console or none"), _NONE),
        Key("messages", "language", text("en or ru"), "en"),
        Key("messages", "value threshold", text("a percentage, such as 2%"), "2%"),
        Key("messages", "cooldown", text("a whole number of hours from 0"), "6"),
        Key("messages", "quiet hours", text("two times of day in Moscow, such as 23:00 - 08:00"), _NONE),
        Key("serve", "host", text("a name or an address of this machine, such as 0.0.0.0"), "127.0.0.1"),
        Key("serve", "port", text("a whole number from 1 to 65535"), "5000"),
        Key("serve", "password", _SECRET, _NONE),
        Key("serve", "names", text("hosts with commas between them, such as home.example.org"), _NONE),
        Key("serve", "https", text("yes or no"), "no"),
        Key("loop", "refresh", text("yes or no"), "yes"),
        Key("loop", "train", text("yes or no"), "yes"),
        Key("loop", "training hours", text("two times of day in Moscow, such as 23:00 - 08:00"), _NONE),
        Key("loop", "pause", text("a whole number of minutes from 0"), "0"),
        Key("loop", "workers", text("a whole number of processes from 1"), "1"),
    ),
    discreet=True,
)
