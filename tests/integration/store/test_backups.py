"""Backups of dividends: readable, whole, verified."""

from __future__ import annotations

import gzip
import os
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from allocator.core.errors import StoreError
from allocator.core.instrument import Dividend
from allocator.store.backups import Backups, read, write

NOW = datetime(2026, 7, 18, 1, 2, 3)
ROWS = [
    Dividend("LKOH", date(2022, 12, 21), Decimal(793), "RUB", "shipped"),
    Dividend("VTBR", date(2021, 7, 15), Decimal("0.0014001308178917017"), "RUB", "manual"),
]

dividends = st.lists(
    st.builds(
        Dividend,
        st.text("ABCDEFXYZ0123456789.-", min_size=1, max_size=8),
        st.dates(date(1990, 1, 1), date(2030, 1, 1)),
        st.decimals(0, 10**9, allow_nan=False, allow_infinity=False),
        st.sampled_from(["RUB", "USD", "EUR"]),
        st.sampled_from(["manual", "iss", "shipped"]),
    ),
    unique_by=lambda each: (each.ticker, each.record_date, each.currency, each.source),
)


@given(dividends)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_written_is_read(tmp_path: Path, rows: list[Dividend]) -> None:
    """To the last digit."""
    path = tmp_path / "b.csv.gz"
    write(path, rows, NOW)
    assert sorted(rows, key=str) == sorted(read(path), key=str)


def test_a_person_can_read_it(tmp_path: Path) -> None:
    """What it is, the names of the columns, a line for each payment, and the checksum."""
    path = tmp_path / "b.csv.gz"
    write(path, ROWS, NOW)
    lines = gzip.decompress(path.read_bytes()).decode().splitlines()
    assert [
        "# dividends of allocator, 2 rows, 2026-07-18 01:02:03",
        "ticker,record_date,amount,currency,source",
        "LKOH,2022-12-21,793,RUB,shipped",
        "VTBR,2021-07-15,0.0014001308178917017,RUB,manual",
    ] == lines[:-1]
    assert lines[-1].startswith("# sha256 ")


def test_backups_follow_each_other_whatever_the_zone_of_the_clock(tmp_path: Path) -> None:
    """A refresh that counts in UTC and a command that counts in Moscow's time name files by one clock."""
    backups = Backups(tmp_path, "store", keep=1)
    by_hand = NOW.replace(tzinfo=ZoneInfo("Europe/Moscow"))
    old = backups.make(ROWS[:1], by_hand)
    new = backups.make(ROWS, (by_hand + timedelta(minutes=1)).astimezone(UTC))
    assert old is not None
    assert [(new, NOW + timedelta(minutes=1))] == [(each.path, each.made) for each in backups.all()]


def damaged(path: Path, change: dict[str, str] | None = None, *, keep: int | None = None) -> str:
    """The message about a file that was changed or cut, packed or not."""
    write(path, ROWS, NOW)
    content = gzip.decompress(path.read_bytes()).decode()
    for old, new in (change or {}).items():
        assert old in content
        content = content.replace(old, new)
    path.write_text(content[:keep], encoding="utf-8")
    with pytest.raises(StoreError) as caught:
        read(path)
    return str(caught.value.message)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"# dividends of allocator": "# something else"}, ":1: this is no backup of dividends."),
        ({"ticker,record_date": "date,ticker"}, ":2: the names of the columns should be"),
        ({"2022-12-21": "2022-13-21"}, ":3: LKOH,2022-13-21,793,RUB,shipped is no dividend."),
        ({",793,": ",seven,"}, ":3: LKOH,2022-12-21,seven,RUB,shipped is no dividend."),
        ({",793,": ",-793,"}, ":3: "),
        ({",793,": ",NaN,"}, ":3: "),
        ({"RUB,manual": "roubles,manual"}, ":4: "),
        ({"VTBR,2021-07-15,0.0014001308178917017,RUB,manual": "LKOH,2022-12-21,1,RUB,shipped"}, ":4: the same payment"),
        ({",793,": ",794,"}, ":5: the checksum is of other lines: the file was changed."),
    ],
)
def test_a_change_is_named_by_its_line(tmp_path: Path, change: dict[str, str], said: str) -> None:
    """Nobody restores a file that somebody edited, or a disk did."""
    assert said in damaged(tmp_path / "b.csv", change)


def test_a_cut_is_named_by_its_line(tmp_path: Path) -> None:
    """Also when it is packed: unpacking tells how far it came."""
    assert ":5: the line with the checksum is missing" in damaged(tmp_path / "b.csv", keep=-74)
    path = tmp_path / "b.csv.gz"
    write(
        path,
        ROWS * 1 + [Dividend("A", date(2000, 1, 1) + timedelta(n), Decimal(n), "RUB", "iss") for n in range(9)],
        NOW,
    )
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(StoreError, match="the file was cut"):
        read(path)


def test_any_flipped_byte_is_noticed(tmp_path: Path) -> None:
    """The checksums of gzip and ours leave no byte of the content unwatched."""
    path = tmp_path / "b.csv.gz"
    write(path, ROWS, NOW)
    whole = path.read_bytes()
    for at in range(10, len(whole)):  # before are the fields of gzip that say nothing of the content
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x10]) + whole[at + 1 :])
        with pytest.raises(StoreError):
            read(path)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """Says so, and how to find one that is."""
    with pytest.raises(StoreError, match="cannot be read: No such file") as caught:
        read(tmp_path / "no.csv.gz")
    assert "allocator dividends restore" in str(caught.value.hint)


def test_the_oldest_make_way(tmp_path: Path) -> None:
    """As many as asked for are kept, the newest, and files of others are not touched."""
    backups = Backups.of(str(tmp_path / "store.db"), keep=3)
    other = Backups.of(str(tmp_path / "other.db"), keep=3)
    other.make(ROWS, NOW)
    stranger = backups.folder / "mine.csv.gz"
    stranger.write_bytes(b"")
    for day in range(5):
        row = Dividend("LKOH", date(2022, 12, 21), Decimal(day), "RUB", "manual")
        assert backups.make([row], NOW + timedelta(days=day)) is not None
    assert [NOW.replace(day=18 + day) for day in (4, 3, 2)] == [each.made for each in backups.all()]
    assert Decimal(4) == read(backups.all()[0].path)[0].amount
    assert 1 == len(other.all())
    assert stranger.exists()


def test_the_same_again_is_not_written(tmp_path: Path) -> None:
    """Thirty quiet nights would push out what matters."""
    backups = Backups.of(str(tmp_path / "store.db"))
    assert backups.make(ROWS, NOW) is not None
    assert backups.make(reversed(ROWS), NOW + timedelta(days=1)) is None
    assert backups.make([], NOW) is None
    assert 1 == len(backups.all())


def test_a_store_on_a_server_has_its_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """In the user's data directory, apart from other servers."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    backups = Backups.of("postgresql://me@host:5432/market")
    assert tmp_path in backups.folder.parents
    assert "me-host-5432-market" == backups.store


@pytest.mark.skipif(os.name == "nt", reason="Windows folders know other permissions")
def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    """Says that nothing was changed, and leaves nothing half-written."""
    (tmp_path / "backups").write_text("a file stands here")
    with pytest.raises(StoreError, match="the backup cannot be written"):
        Backups.of(str(tmp_path / "store.db")).make(ROWS, NOW)
    assert ["backups"] == [each.name for each in tmp_path.iterdir()]
