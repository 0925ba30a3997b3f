"""The settings file: what each key gives, what is refused and how, and where the file is looked for."""

from __future__ import annotations

import os
import sys
from datetime import date, time
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.config.settings import (
    BackupSettings,
    ForecastSettings,
    RefreshSettings,
    Settings,
    StoreSettings,
    default_path,
    load_settings,
)
from allocator.config.settings import parse_settings as parse
from allocator.config.settings_words import SETTINGS
from allocator.core.bars import Interval
from allocator.core.errors import ConfigError

FILE = Path("/home/me/allocator.ini") if os.name == "posix" else Path("C:/me/allocator.ini")
MINE = (FILE.parent / "mine.ini", FILE.parent / "sub" / "other.ini")
SECRET = "s3cr3t-Zk9"


def refusals(content: str) -> list[tuple[str, str]]:
    """Each finding without the file's name, and its hint."""
    with pytest.raises(ConfigError) as caught:
        parse(content, FILE)
    return [(str(message).removeprefix(str(FILE)), str(hint)) for message, hint in caught.value.lines]


def refusal(content: str) -> tuple[str, str]:
    (found,) = refusals(content)
    return found


def test_an_empty_file_is_all_defaults():
    """As is no file at all, but for the path."""
    assert Settings(FILE) == parse("", FILE) == parse("; nothing\n[store]\n[refresh]\n", FILE)
    refresh = parse("", FILE).refresh
    assert (time(1), 30.0, 600, 4, date(2015, 1, 1), "MOEX", None) == (
        refresh.ready,
        refresh.rate,
        refresh.burst,
        refresh.connections,
        refresh.since,
        refresh.hourly_source,
        refresh.proxy,
    )


def test_every_key_is_read():
    """Each into its own place."""
    found = parse(
        """
[store]
url = postgresql://me@db.example.org:5433/market?sslmode=require
password = env:DB_PASSWORD
[refresh]
ready = 0:45
rate = 2.5
burst = 10
connections = 1
from = 2020-02-29
intervals = HOUR
hourly source = algopack
proxy = http://proxy:3128
portfolios = mine.ini, sub/other.ini, mine.ini
[algopack]
token = keyring:allocator/algopack
[universe]
minimum history = 250
holding days = 5
exclude = sber, LKOH lqdt,
[dividends]
tax = 15%
backups = 7
[backup]
folder = copies
keep = 3
daily = no
[forecast]
interval = Hour
horizon = 14
workers = 3
device = CUDA
models = nets
""",
        FILE,
    )
    assert "postgresql://me@db.example.org:5433/market?sslmode=require" == found.store.url
    assert "env:DB_PASSWORD" == str(found.store.password)
    assert (
        RefreshSettings(
            time(0, 45), 2.5, 10, 1, date(2020, 2, 29), (Interval.HOUR,), "ALGOPACK", "http://proxy:3128", MINE
        )
        == found.refresh
    )
    assert "keyring:allocator/algopack" == str(found.algopack.token)
    assert (250, 5, ("SBER", "LKOH", "LQDT")) == (
        found.universe.min_history,
        found.universe.holding_days,
        found.universe.exclude,
    )
    assert (Decimal("0.15"), 7) == (found.dividends.tax, found.dividends.backups)
    assert BackupSettings(FILE.parent / "copies", 3, daily=False) == found.backup
    assert ForecastSettings(Interval.HOUR, 14, 3, "cuda", FILE.parent / "nets") == found.forecast


def test_settings_are_alike_whatever_the_order_of_intervals():
    """The longer bars come first, each length once."""
    assert (Interval.DAY, Interval.HOUR) == parse("[refresh]\nintervals = hour day, hour", FILE).refresh.intervals


def test_all_mistakes_come_at_once():
    """In the order of the lines, each with what to type."""
    assert [
        (":2: [store] urll: unknown key.", "Did you mean url?"),
        (":3: [refersh]: unknown section.", "Did you mean [refresh]?"),
        (":6: [refresh] ready: 25:00 is not a time of day.", "Write a time of day in Moscow, such as 01:00."),
        (":7: [refresh] tax: unknown key.", "It belongs in [dividends]."),
        (":8: [refresh] ready: the key stands on line 6 already.", "Keep one of the two lines."),
    ] == refusals("[store]\nurll = x.db\n[refersh]\nrate = 1\n[refresh]\nready = 25:00\ntax = 1%\nready = 1:00")


def test_sections_of_another_day_are_unknown():
    """Nothing is taken in silence for what it may come to mean."""
    sections = "[store], [refresh], [algopack], [universe], [dividends], [backup], [forecast], "
    sections += "[telegram], [email], [messages], [serve], [loop]"
    assert (":1: [pager]: unknown section.", f"Sections are {sections}.") == refusal("[pager]\nnumber = 1")


@pytest.mark.parametrize(
    ("what", "line"),
    [
        ("1:5 is not a time of day", "[refresh]\nready = 1:5"),
        ("24:00 is not a time of day", "[refresh]\nready = 24:00"),
        ("0 is not between 0 and 1000", "[refresh]\nrate = 0"),
        ("1001 is not between 0 and 1000", "[refresh]\nrate = 1001"),
        ("1.5 is not a whole number", "[refresh]\nburst = 1.5"),
        ("17 is not between 1 and 16", "[refresh]\nconnections = 17"),
        ("01.01.2015 is not a date", "[refresh]\nfrom = 01.01.2015"),
        ("2015-02-29 is not a date", "[refresh]\nfrom = 2015-02-29"),
        ("20150101 is not a date", "[refresh]\nfrom = 20150101"),
        ("1991-12-31 is before the exchange was founded, in 1992", "[refresh]\nfrom = 1991-12-31"),
        ("week is unknown", "[refresh]\nintervals = day, week"),
        ("there is nothing between the commas", "[refresh]\nintervals = ,"),
        ("MOEXX is unknown", "[refresh]\nhourly source = MOEXX"),
        ("this is not the address of a proxy", "[refresh]\nproxy = proxy:3128"),
        ("this is not the address of a proxy", "[refresh]\nproxy = http://:99999"),
        ("0 is not between 1 and 100000", "[universe]\nminimum history = 0"),
        ("SB+R: + does not belong in a ticker", "[universe]\nexclude = SB+R, LKOH"),
        ("0.13 has no % sign", "[dividends]\ntax = 0.13"),
        ("101% is more than 100%", "[dividends]\ntax = 101%"),
        ("-1 is negative", "[dividends]\nbackups = -1"),
        ("mysql is not a kind of store", "[store]\nurl = mysql://me@host/db"),
        ("the address names no file, and what is kept in memory is lost", "[store]\nurl = sqlite://"),
        ("the address names no file, and what is kept in memory is lost", "[store]\nurl = sqlite:///:memory:"),
        ("this is not an address", "[store]\nurl = postgresql://me@host:port/db"),
        ("only a PostgreSQL store has a password", "[store]\npassword = env:P"),
        ("only a PostgreSQL store has a password", "[store]\nurl = x.db\npassword = env:P"),
        ("the password is nobody's: url names no user", "[store]\nurl = postgresql://h/db\npassword = env:P"),
        ("ALGOPACK needs a token", "[refresh]\nhourly source = ALGOPACK"),
    ],
)
def test_a_value_that_cannot_be_is_refused(what, line):
    """In words, with what to write instead."""
    message, hint = refusal(line)
    assert f": {what}." in message
    assert hint != "None"


@pytest.mark.parametrize(
    "lines",
    [
        f"[algopack]\ntoken = {SECRET}",
        f"[algopack]\ntoken = env:{SECRET}",
        f"[algopack]\ntoken {SECRET}",
        f"[algopack]\ntoken: {SECRET}",
        f"[algopack]\n{SECRET}",
        f"[algopack]\n{SECRET * 3}=",
        f"token {SECRET}\n[algopack]",
        f"token = {SECRET}\n[algopack]",
        f"[store]\nurl = postgresql://me:{SECRET}@host/db",
        f"[store]\nurl = postgresql://me:{SECRET}/x#y@host/db",
        f"[store]\nurl = postgresql://me:?{SECRET}@host/db",
        f"[store]\nurl = postgresql://me@host/db?password={SECRET}",
        f"[store]\npassword = {SECRET}\nurl = postgresql://me@host/db",
        f"[refresh]\nproxy = http://me:{SECRET}@proxy:3128",
        f"[refresh]\nproxy = http://me:{SECRET}:3128",
    ],
)
def test_a_secret_in_the_file_is_refused_and_not_repeated(lines):
    """Whatever its line looks like; a log of errors is no place for it either."""
    with pytest.raises(ConfigError) as caught:
        parse(lines, FILE)
    assert SECRET not in "".join(f"{message} {hint}" for message, hint in caught.value.lines)
    assert SECRET not in repr(caught.value)


def test_the_refusal_says_which_line_to_write():
    """For the token and for the password of the store."""
    assert "Write env:NAME, file:PATH or keyring:SERVICE/USER." == refusal(f"[algopack]\ntoken = {SECRET}")[1]
    url = refusal(f"[store]\nurl = postgresql://me:{SECRET}@host/db")[1]
    assert "Write url = postgresql://user@host/database and under it password = env:NAME or file:PATH." == url


@pytest.mark.parametrize("raw", ["market.db", "./market.db", "sqlite:///market.db", '"market.db"'])
def test_the_file_of_a_store_lies_beside_the_settings(raw):
    """A job of cron begins in another folder than a person does."""
    found = parse(f"[store]\nurl = {raw}", FILE).store.url
    assert FILE.parent / "market.db" == Path(found.removeprefix("sqlite:///"))


def test_the_file_of_a_store_may_lie_anywhere(monkeypatch, tmp_path):
    """By an absolute path, or in the user's own folder."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert str(tmp_path / "m.db") == parse(f"[store]\nurl = {tmp_path / 'm.db'}", FILE).store.url
    assert str(tmp_path / "m.db") == parse("[store]\nurl = ~/m.db", FILE).store.url
    assert f"sqlite:///{(tmp_path / 'm.db').as_posix()}" == parse("[store]\nurl = sqlite:///~/m.db", FILE).store.url


@pytest.mark.skipif(os.name != "posix", reason="absolute paths begin with a letter there")
def test_an_absolute_address_of_sqlite_keeps_its_four_slashes():
    """As SQLAlchemy writes it."""
    assert "sqlite:////var/lib/m.db" == parse("[store]\nurl = sqlite:////var/lib/m.db", FILE).store.url


def test_the_password_joins_the_address_when_the_store_is_opened():
    """Encoded, for it may hold what parts an address; the settings do not keep it."""
    settings = parse("[store]\nurl = postgresql://me@host:5433/db?sslmode=require\npassword = env:P", FILE)
    expected = "postgresql://me:p%40%2F%3A%20x@host:5433/db?sslmode=require"
    assert expected == settings.store.address({"P": "p@/: x"})
    assert "p@/: x" not in repr(settings)


def test_without_a_password_the_address_is_the_url():
    """PostgreSQL's own ~/.pgpass and PGPASSWORD do the rest."""
    assert "postgresql://me@host/db" == StoreSettings("postgresql://me@host/db").address({})
    assert StoreSettings().address({}) is None


def test_a_password_that_is_not_there_names_its_line():
    """When the store is opened, not when the file is read: most commands need no store."""
    settings = parse("[store]\nurl = postgresql://me@host/db\npassword = env:P", FILE)
    with pytest.raises(ConfigError, match=r":3: \[store\] password: env:P: the variable is not set"):
        settings.store.address({})


@pytest.fixture
def own(monkeypatch, tmp_path) -> Path:
    """The user's own settings file, not written yet."""
    for name in ("HOME", "XDG_CONFIG_HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(tmp_path))
    if sys.platform == "win32":
        monkeypatch.setattr("platformdirs.windows.get_win_folder", lambda _: str(tmp_path))
    path = default_path()
    assert path.is_relative_to(tmp_path)
    path.parent.mkdir(parents=True)
    return path


def test_without_any_file_defaults_hold(own):
    """Nothing has to be written before the first run."""
    assert Settings() == load_settings(None, environ={})


def test_the_most_explicit_file_wins(own, tmp_path):
    """--config over $ALLOCATOR_CONFIG over the user's own."""
    other, variable = tmp_path / "other.ini", tmp_path / "variable.ini"
    for backups, path in enumerate((own, variable, other), 1):
        path.write_text(f"[dividends]\nbackups = {backups}\n", encoding="utf-8")
    environ = {"ALLOCATOR_CONFIG": str(variable)}
    assert 3 == load_settings(other, environ=environ).dividends.backups
    assert 2 == load_settings(None, environ=environ).dividends.backups
    assert 1 == load_settings(None, environ={}).dividends.backups
    assert 1 == load_settings(None, environ={"ALLOCATOR_CONFIG": ""}).dividends.backups


def test_a_named_file_must_be_there(own, tmp_path):
    """A misspelt name would else run with defaults, against another store."""
    with pytest.raises(ConfigError) as caught:
        load_settings(tmp_path / "gone" / "x.ini", environ={})
    assert f"{tmp_path / 'gone' / 'x.ini'}: there is no such file." == str(caught.value.message)
    assert "docs/settings.md" in str(caught.value.hint)
    with pytest.raises(ConfigError, match="ALLOCATOR_CONFIG names this file"):
        load_settings(None, environ={"ALLOCATOR_CONFIG": str(tmp_path / "gone" / "x.ini")})


def test_the_users_own_file_is_held_to_the_same_rules(own):
    """Its mistakes are errors too."""
    own.write_text("[stor]\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"\[stor\]: unknown section"):
        load_settings(None, environ={})


def test_a_folder_is_no_settings_file(tmp_path):
    """It is named as what it is."""
    with pytest.raises(ConfigError, match="this is a directory"):
        load_settings(tmp_path, environ={})


WORDS = st.sampled_from(
    [f"[{section}]" for section in SETTINGS.sections]
    + [f"{key.name} = " for key in SETTINGS.keys]
    + ["env:X", "file:y", "postgresql://a:b@c", "://", "@", "1", "%", "day", "=", " ", "\n", "[", ";"]
)


@given(st.lists(WORDS | st.text(max_size=8), max_size=30).map("".join))
def test_any_text_gives_settings_or_findings(content):
    """And never another kind of error."""
    try:
        found = parse(content, FILE)
    except ConfigError as error:
        found = error
    if isinstance(found, Settings):
        assert FILE == found.path
    else:
        assert all(str(message).startswith(str(FILE)) for message, _ in found.lines)
