"""Backups by hand and by the day, what a restore keeps, and who waits for whom."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from backing import fill, said
from fixtures_iss import LocalIss
from integration.app.refreshing import Night, night_after
from iss_universe import made as made_market

from allocator.app import wire
from allocator.app.backup import Backups, before_refresh, check, daily
from allocator.config.settings import BackupSettings
from allocator.core.errors import StoreError
from allocator.core.instrument import Instrument, Kind
from allocator.store import Store, open_store
from allocator.store.messages import Outgoing

EVENING = datetime(2026, 7, 17, 20, 59, tzinfo=UTC)  # 23:59 in Moscow
NIGHT = EVENING + timedelta(minutes=2)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where backups of a store on a server are."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))


@pytest.fixture
def settings(tmp_path: Path) -> BackupSettings:
    return BackupSettings(tmp_path / "kept", keep=2)


def backups(store: Store, settings: BackupSettings, now: datetime = EVENING) -> Backups:
    return Backups(store, settings, lambda: now, lambda: 0.0)


def made(store: Store, settings: BackupSettings, now: datetime) -> bool:
    return daily(store, settings, lambda: now, lambda: 0.0) is not None


def test_a_day_has_one(store: Store, settings: BackupSettings) -> None:
    """A day of Moscow; one more only when it is asked for."""
    fill(store)
    assert [True, False, True, False] == [made(store, settings, now) for now in (EVENING, EVENING, NIGHT, NIGHT)]
    assert not backups(store, settings, NIGHT).make().fresh
    assert backups(store, settings, NIGHT).make(again=True).fresh


def test_the_oldest_go(store: Store, settings: BackupSettings) -> None:
    """As many stay as the settings say, and the others are named."""
    fill(store)
    days = [EVENING + timedelta(days=day) for day in range(4)]
    done = [backups(store, settings, day).make() for day in days]
    assert [done[3].backup.path, done[2].backup.path] == [path for path, _ in backups(store, settings).all().backups]
    assert [[], [], [done[0].backup.path], [done[1].backup.path]] == [list(each.gone) for each in done]


def test_without_anything_to_lose_there_is_none(store: Store, settings: BackupSettings) -> None:
    """A store that only knows its own runs; and where the settings say no."""
    with store.transaction() as transaction:
        transaction.journal.begin("refresh", EVENING)
    assert not made(store, settings, EVENING)
    fill(store, 0)
    with store.transaction() as transaction:
        transaction.instruments.put([Instrument("SBER", Kind.SHARE)])
    assert not made(store, BackupSettings(settings.folder, daily=False), EVENING)
    assert made(store, settings, EVENING)


def test_a_damaged_one_does_not_count(store: Store, settings: BackupSettings) -> None:
    """A file that does not even say what it is leaves the day without a backup, for who asks."""
    fill(store)
    path = backups(store, settings).make().backup.path
    path.write_bytes(b"")
    assert backups(store, settings).make().fresh


def test_what_a_killed_one_left_goes(store: Store, settings: BackupSettings) -> None:
    """At the next one of any day."""
    fill(store)
    folder = backups(store, settings).folder
    left = folder.folder / f".{folder.store}-20260101-010101.backup.working"
    left.mkdir(parents=True)
    (left / "store.db").write_bytes(b"half")
    backups(store, settings).make()
    assert not left.exists()


def test_a_refresh_is_told(store: Store, settings: BackupSettings) -> None:
    """Where the backup is; that there is none, and why, without an error; nothing when the day has one."""
    fill(store)
    note = before_refresh(store, settings, lambda: EVENING, lambda: 0.0)
    assert note is not None
    assert "info" == note.level
    assert str(settings.folder) in str(note.text)
    assert None is before_refresh(store, settings, lambda: EVENING, lambda: 0.0)
    (settings.folder.parent / "file").write_text("", encoding="utf-8")
    blocked = BackupSettings(settings.folder.parent / "file" / "folder")
    note = before_refresh(store, blocked, lambda: EVENING, lambda: 0.0)
    assert note is not None
    assert "warning" == note.level
    assert "no backup of the day" in str(note.text)


def test_a_refresh_begins_with_it(store: Store, settings: BackupSettings, iss: LocalIss) -> None:
    """The backup is of the store before the refresh, which notes it; a refresh without work makes none."""
    iss.serve(made_market(2, 0.1, day=date(2025, 11, 13)))
    fill(store, 0)
    with store.transaction() as transaction:
        transaction.instruments.put([Instrument("SBER", Kind.SHARE)])
    now = night_after(date(2025, 11, 13))
    before = said(store)
    night = Night(iss, store, since=date(2025, 11, 1), now=now)
    night.prepare = lambda: before_refresh(store, settings, lambda: now, lambda: 0.0)
    refreshed = night.run()
    (path, _), *others = backups(store, settings).all().backups
    assert [] == others
    assert [str(path)] == [str(note.text.values["path"]) for note in refreshed.notes if "path" in note.text.values]
    assert "ready" == night.run().outcome
    assert before != said(store)
    backups(store, settings, now).restore(path, keep=False)
    assert before == said(store)


def test_the_program_s_refresh_is_prepared(store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder of the settings holds the backup before anything is asked of the exchange."""
    with open_store(store_url) as store:
        fill(store)
    config = tmp_path / "allocator.ini"
    config.write_text("[backup]\nfolder = copies\n", encoding="utf-8")
    with wire.refresher(store_url=store_url, config_file=config, progress=lambda _: None) as refresher:
        refresher.prepare()
    assert 1 == len(list((tmp_path / "copies").iterdir()))


def test_a_restore_keeps_what_was_there(store: Store, settings: BackupSettings, tmp_path: Path) -> None:
    """In a backup of its own, which the rotation of that moment does not touch; nor the one that is restored."""
    fill(store)
    small = said(store)
    one = BackupSettings(settings.folder, keep=1)
    path = backups(store, one).make().backup.path
    with store.transaction() as transaction:
        transaction.facts.set("more", "yes")
    large = said(store)
    done = backups(store, one).restore(path)
    assert small == said(store)
    assert path.exists()
    assert done.kept is not None
    assert path != done.kept
    backups(store, one).restore(done.kept, keep=False)
    assert large == said(store)


def test_an_empty_store_is_not_worth_keeping(store: Store, settings: BackupSettings, tmp_path: Path) -> None:
    """Nor is what was discarded by order."""
    path = tmp_path / "one.backup"
    backups(store, settings).write(path)
    assert None is backups(store, settings).restore(path).kept
    fill(store)
    assert None is backups(store, settings).restore(path, keep=False).kept


def test_a_damaged_store_is_mended(tmp_path: Path, settings: BackupSettings) -> None:
    """It cannot be kept, which is said; without keeping it, the restore makes it whole."""
    path, file = tmp_path / "one.backup", tmp_path / "mended.db"
    with open_store(str(file)) as store:
        fill(store, 28)
        backups(store, settings).write(path)
        whole = said(store)
        with store.reading() as transaction:
            root = transaction.link.one(sa.text("SELECT rootpage FROM sqlite_master WHERE name = 'bars'"))
    assert root is not None
    content = bytearray(file.read_bytes())
    content[(root[0] - 1) * 4096 : root[0] * 4096] = b"\xa5" * 4096
    file.write_bytes(content)
    with open_store(str(file)) as store:
        with pytest.raises(StoreError, match="the file is damaged"):
            backups(store, settings).write(tmp_path / "two.backup")
        with pytest.raises(StoreError, match="--discard"):
            backups(store, settings).restore(path)
        backups(store, settings).restore(path, keep=False)
        assert whole == said(store)


def test_a_refresh_and_a_restore_exclude_each_other(store: Store, settings: BackupSettings, tmp_path: Path) -> None:
    """A backup does not mind a refresh; two backups wait for each other."""
    with store.lock("refresh"):
        backups(store, settings).write(tmp_path / "one.backup")
        with pytest.raises(StoreError, match="a refresh or an import is under way"):
            backups(store, settings).restore(tmp_path / "one.backup")
    with store.lock("backup"), pytest.raises(StoreError, match="another backup or restore"):
        backups(store, settings).write(tmp_path / "two.backup")


def test_nobody_is_told_twice(store: Store, settings: BackupSettings, tmp_path: Path) -> None:
    """A message that waited when the backup was made does not wait again after the restore."""
    with store.transaction() as transaction:
        transaction.messages.put(Outgoing("telegram", "key", "event", "it", EVENING, "subject", "body"))
    backups(store, settings).write(tmp_path / "one.backup")
    backups(store, settings).restore(tmp_path / "one.backup")
    with store.reading() as transaction:
        assert ["dead"] == [message.state for message in transaction.messages.all()]


def test_a_check_needs_no_store(store: Store, settings: BackupSettings, tmp_path: Path) -> None:
    """It reads every byte of the file, and says what is in it."""
    fill(store)
    path = backups(store, settings).write(tmp_path / "one.backup").backup.path
    assert 6 == check(path).rows["bars"]
    content = bytearray(path.read_bytes())
    content[-100] ^= 8
    path.write_bytes(content)
    with pytest.raises(StoreError, match="damaged"):
        check(path)
