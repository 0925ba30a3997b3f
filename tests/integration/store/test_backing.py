"""Backups of a whole store: of one moment, verified, the same in either kind of database."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from backing import fill, said

from allocator.core.errors import AllocatorError, StoreError, UsageError
from allocator.core.instrument import Instrument, Kind
from allocator.store import Store, open_store
from allocator.store import backing as module
from allocator.store.backing import Folder, back_up, unpacked
from allocator.store.backing_file import MAGIC, TRAILER, Description, describe, pack, unpack
from allocator.store.schema import METADATA, REVISIONS

NOW = datetime(2026, 7, 18, 1, 2, 3, tzinfo=UTC)


def put_back(path: Path, store: Store) -> None:
    with unpacked(path, store) as (_, file):
        store.copy_in(file, lambda *_: None)


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Store]:
    """An SQLite store beside the one that is tested."""
    with open_store(str(tmp_path / "other" / "store.db")) as opened:
        yield opened


@pytest.fixture
def packed(other: Store, tmp_path: Path) -> Path:
    """A backup of a small store."""
    with other.transaction() as transaction:
        transaction.instruments.put([Instrument("SBER", Kind.SHARE)])
    path = tmp_path / "one.backup"
    back_up(other, path, NOW)
    return path


def test_every_row_comes_back(store: Store, tmp_path: Path) -> None:
    """Of every table, to the last digit, whatever has become of the store since."""
    fill(store)
    before = said(store)
    described = back_up(store, tmp_path / "one.backup", NOW)
    assert dict.fromkeys(METADATA.tables, 6) == dict(described.rows)
    with store.transaction() as transaction:
        transaction.link.run(sa.delete(METADATA.tables["bars"]))
        transaction.facts.set("who", "another")
    put_back(tmp_path / "one.backup", store)
    assert before == said(store)


def test_either_kind_of_database_takes_it(store: Store, other: Store, tmp_path: Path) -> None:
    """Out of this one, into SQLite, out of that, and back into this one: the rows are the same all the way."""
    fill(store)
    before = said(store)
    back_up(store, tmp_path / "there.backup", NOW)
    put_back(tmp_path / "there.backup", other)
    assert before == said(other)
    back_up(other, tmp_path / "back.backup", NOW)
    with store.transaction() as transaction:
        transaction.link.run(sa.delete(METADATA.tables["notes"]))
    put_back(tmp_path / "back.backup", store)
    assert before == said(store)


def test_new_rows_are_numbered_after_those_that_came_back(store: Store, other: Store, tmp_path: Path) -> None:
    """Numbers that the database gives out are not given twice."""
    with other.transaction() as transaction:
        numbers = [transaction.journal.begin("refresh", NOW) for _ in range(3)]
    back_up(other, tmp_path / "one.backup", NOW)
    put_back(tmp_path / "one.backup", store)
    with store.transaction() as transaction:
        assert max(numbers) + 1 == transaction.journal.begin("refresh", NOW)


def test_it_is_of_one_moment(store: Store, other: Store, tmp_path: Path) -> None:
    """A writer that always changes two rows together goes on meanwhile, and no backup has one without the other."""
    stop, written, failed = threading.Event(), [0], []

    def write() -> None:
        try:
            while not stop.is_set():
                with store.transaction() as transaction:
                    number = transaction.journal.begin("refresh", NOW)
                    transaction.facts.set("number", str(number))
                written[0] = number
        except AllocatorError as error:
            failed.append(error)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        for number in range(3):
            before = written[0]
            while written[0] == before:
                pass
            back_up(store, tmp_path / f"{number}.backup", NOW)
    finally:
        stop.set()
        thread.join()
    assert [] == failed
    for number in range(3):
        put_back(tmp_path / f"{number}.backup", other)
        with other.reading() as transaction:
            newest = transaction.journal.runs(1)[0].id
            assert str(newest) == transaction.facts.get("number")


def test_who_reads_sees_the_old_store_to_the_end(store: Store, packed: Path) -> None:
    """A restore does not pull the store away from under a reader."""
    fill(store)
    before = said(store)
    with store.reading() as transaction:
        table = METADATA.tables["instruments"]
        first = transaction.link.rows(sa.select(table))
        put_back(packed, store)
        assert first == transaction.link.rows(sa.select(table))
    assert before != said(store)


def test_an_older_form_is_migrated(store: Store, tmp_path: Path) -> None:
    """A backup by an earlier version of the program becomes a store of today."""
    file = tmp_path / "old.db"
    _of_first_form(file)
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("INSERT INTO facts VALUES ('who', 'an old one')")
        connection.commit()
    path = tmp_path / "old.backup"
    _packed_as(file, path, tables="0001")
    put_back(path, store)
    with store.reading() as transaction:
        assert "an old one" == transaction.facts.get("who")
        assert [] == transaction.models.all()


def _of_first_form(file: Path) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(module.__file__).with_name("migrations")))
    engine = sa.create_engine(f"sqlite:///{file}")
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    engine.dispose()


def _packed_as(file: Path, path: Path, **said_of_it: object) -> None:
    size = file.stat().st_size
    pack(file, path, replace(Description(NOW, "0.1", REVISIONS[-1], "x", {}, size), **said_of_it))


def test_a_newer_form_is_refused(store: Store, packed: Path, tmp_path: Path) -> None:
    """This program does not know what a later one wrote."""
    unpack(packed, tmp_path / "plain.db")
    _packed_as(tmp_path / "plain.db", tmp_path / "newer.backup", tables="9999")
    before = said(store)
    with pytest.raises(StoreError, match="newer version of this program"):
        put_back(tmp_path / "newer.backup", store)
    assert before == said(store)


def test_a_trigger_is_refused(store: Store, packed: Path, tmp_path: Path) -> None:
    """What would be run later is no part of a store."""
    plain = tmp_path / "plain.db"
    unpack(packed, plain)
    with closing(sqlite3.connect(plain)) as connection:
        connection.execute("CREATE TRIGGER t AFTER INSERT ON facts BEGIN DELETE FROM dividends; END")
    _packed_as(plain, tmp_path / "strange.backup")
    with pytest.raises(StoreError, match="no store"):
        put_back(tmp_path / "strange.backup", store)


def places(content: bytes) -> Iterator[int]:
    """Every byte of the head and the checksum, and some of what is packed between them."""
    head = content.index(b"\n", len(MAGIC)) + 1
    yield from range(len(MAGIC), head)
    yield from random.Random(1).sample(range(head, len(content) - TRAILER), 300)
    yield from range(len(content) - TRAILER, len(content))


def test_every_flipped_bit_is_found(packed: Path, tmp_path: Path) -> None:
    """In the description, in what is packed, in the checksum."""
    content, broken = packed.read_bytes(), tmp_path / "broken.backup"
    dice, missed = random.Random(2), []
    for place in places(content):
        changed = bytearray(content)
        changed[place] ^= 1 << dice.randrange(8)
        broken.write_bytes(changed)
        try:
            unpack(broken)
            missed.append(place)
        except StoreError as error:
            missed += [] if str(broken) in str(error) else [place]
    assert [] == missed


def test_a_flipped_bit_of_the_first_line_makes_it_no_backup(packed: Path, tmp_path: Path) -> None:
    """It is another file then."""
    content, broken = packed.read_bytes(), tmp_path / "broken.backup"
    for place in range(len(MAGIC)):
        changed = bytearray(content)
        changed[place] ^= 1
        broken.write_bytes(changed)
        with pytest.raises(UsageError, match="no backup of a store"):
            unpack(broken)


def test_every_cut_is_found(packed: Path, tmp_path: Path) -> None:
    """Wherever the file ends too soon, or goes on."""
    content, broken = packed.read_bytes(), tmp_path / "broken.backup"
    for end in [0, 5, *random.Random(3).sample(range(len(content)), 100), len(content) - 1]:
        broken.write_bytes(content[:end])
        with pytest.raises((StoreError, UsageError)):
            unpack(broken)
    broken.write_bytes(content + b"\n")
    with pytest.raises(StoreError):
        unpack(broken)


def test_a_damaged_backup_changes_nothing(store: Store, packed: Path) -> None:
    """And leaves nothing behind."""
    fill(store)
    before = said(store)
    content = bytearray(packed.read_bytes())
    content[-5] ^= 1
    packed.write_bytes(content)
    with pytest.raises(StoreError, match="Nothing was changed"):
        put_back(packed, store)
    assert before == said(store)


def test_without_the_program_it_can_be_unpacked(packed: Path, tmp_path: Path) -> None:
    """By the words at the top of the module."""
    if os.name == "nt":
        pytest.skip("no tail and no gunzip")
    command = f"tail -n +3 {packed} | gunzip > {tmp_path}/plain.db"
    subprocess.run(command, shell=True, check=False, capture_output=True)
    with closing(sqlite3.connect(tmp_path / "plain.db")) as connection:
        assert [("SBER",)] == connection.execute("SELECT ticker FROM instruments").fetchall()


def test_another_file_is_not_overwritten(other: Store, tmp_path: Path) -> None:
    """Unless it is said twice; a backup is."""
    path = tmp_path / "letter.txt"
    path.write_text("Dear", encoding="utf-8")
    with pytest.raises(UsageError, match="--force"):
        back_up(other, path, NOW)
    assert "Dear" == path.read_text(encoding="utf-8")
    back_up(other, path, NOW, force=True)
    back_up(other, path, NOW.replace(year=2027))
    assert 2027 == describe(path).made.year


def test_what_is_no_file_is_not_overwritten(other: Store, tmp_path: Path) -> None:
    """Not even by force."""
    (tmp_path / "there").mkdir()
    with pytest.raises(UsageError, match="is not a file"):
        back_up(other, tmp_path / "there", NOW, force=True)


def test_where_nothing_can_be_written_it_is_said(other: Store, tmp_path: Path) -> None:
    """With the name of the file; nothing is left."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(StoreError, match="the backup cannot be written"):
        back_up(other, tmp_path / "file" / "one.backup", NOW)


def test_a_full_disk_leaves_the_old_backup(store: Store, packed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whole, and nothing beside it."""
    content = packed.read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "pack", full)
    with pytest.raises(StoreError, match="No space left on device"):
        back_up(store, packed, NOW)
    assert content == packed.read_bytes()
    assert [] == [each.name for each in packed.parent.iterdir() if each.name.startswith(".")]


def test_a_copy_that_does_not_fit_is_said(store: Store, tmp_path: Path) -> None:
    """The database's own words about the disk are about the backup, not the store."""
    resource = pytest.importorskip("resource")
    fill(store, 28)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limits[1]))
    try:
        with pytest.raises(StoreError, match=r"one\.backup: the backup cannot be written"):
            back_up(store, tmp_path / "one.backup", NOW)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, before)
    assert not (tmp_path / "one.backup").exists()


def test_names_tell_stores_apart(tmp_path: Path) -> None:
    """In a folder that was named, two stores of one name keep out of each other's way."""
    one = Folder.of(str(tmp_path / "a" / "store.db"), tmp_path / "all", 2)
    two = Folder.of(str(tmp_path / "b" / "store.db"), tmp_path / "all", 2)
    (tmp_path / "all").mkdir()
    for folder in (one, two):
        for day in range(1, 5):
            folder.path_at(datetime(2026, 7, day, tzinfo=UTC)).write_bytes(b"")
    assert 2 == len(one.rotate())
    assert [date(2026, 7, 4), date(2026, 7, 3)] == [each.made.date() for each in one.all()]
    assert 4 == len(two.all())


def test_no_name_is_given_twice(tmp_path: Path) -> None:
    """Two backups within a second are two files."""
    folder = Folder.of(str(tmp_path / "store.db"))
    first = folder.path_at(NOW)
    first.parent.mkdir()
    first.write_bytes(b"")
    assert ["store-20260718-040203.backup", "store-20260718-040204.backup"] == [first.name, folder.path_at(NOW).name]
