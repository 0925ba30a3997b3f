"""A store's file that goes away, or gives its name to another, while it is open: nothing is confirmed and lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from allocator.app.loop.place import Place
from allocator.config.settings import parse_settings
from allocator.core.errors import DamagedError, StoreError
from allocator.store import open_store

MOVED = r"the file was moved, deleted or replaced while it was open\. .*Put it back"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "мой store?.db"
    with open_store(str(path)) as store, store.transaction() as tx:
        tx.facts.set("a", "b")
    return path


def test_a_file_that_is_gone_is_told_of_and_not_made_again(path: Path) -> None:
    """Neither a writer nor a reader, nor one who had a connection nor a new one, makes an empty file."""
    with open_store(str(path)) as store, store.reading():
        path.rename(path.with_name("away.db"))
        for begun in (store.transaction, store.reading):
            with pytest.raises(StoreError, match=MOVED), begun():
                pass
        assert not path.exists()


def test_a_file_that_is_replaced_gets_nothing(path: Path) -> None:
    """Another store of the same name stays as it was; when the first one is back, it is used again."""
    other, away = path.with_name("other.db"), path.with_name("away.db")
    open_store(str(other)).close()
    with open_store(str(path)) as store:
        path.rename(away)
        other.rename(path)
        with pytest.raises(StoreError, match=MOVED), store.transaction() as tx:
            tx.facts.set("a", "lost")
        with pytest.raises(StoreError, match=MOVED):
            store.copy_out(path.with_name("copy.db"))
        with open_store(str(path)) as second, second.reading() as tx:
            assert tx.facts.get("a") is None
        away.replace(path)
        with store.reading() as tx:
            assert "b" == tx.facts.get("a")


def test_an_edit_is_not_confirmed_when_the_file_goes_meanwhile(path: Path) -> None:
    """The look before the end of a transaction is the one that counts."""
    with open_store(str(path)) as store:
        away = path.with_name("away.db")

        def edit() -> None:
            with store.transaction() as tx:
                tx.facts.set("a", "lost")
                path.rename(away)

        with pytest.raises(StoreError, match=MOVED):
            edit()
        away.rename(path)
        with store.reading() as tx:
            assert "b" == tx.facts.get("a")


def test_a_step_of_the_loop_makes_no_store(path: Path) -> None:
    """A child that finds none says so, and leaves none behind."""
    path.unlink()
    settings = parse_settings("", path.with_name("allocator.ini"))
    with pytest.raises(StoreError, match="there is no store yet"):
        Place(str(path)).open(settings)
    assert not path.exists()


def test_a_relative_path_stays_what_it_was(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that goes to another folder keeps its store."""
    monkeypatch.chdir(tmp_path)
    with open_store(path.name) as store:
        (tmp_path / "elsewhere").mkdir()
        monkeypatch.chdir(tmp_path / "elsewhere")
        with store.reading(), store.reading() as tx:
            assert "b" == tx.facts.get("a")


def test_damage_is_remembered_until_the_file_is_whole(path: Path) -> None:
    """Who met it hears of it; a look at other pages of the file does not say that all is well."""
    with open_store(str(path)) as store:
        with store.transaction() as tx:
            for n in range(2000):
                tx.facts.set(f"fact {n}", "x" * 100)
        store.examine()
        assert store.damage is None
    whole = path.read_bytes()
    with path.open("r+b") as file:
        file.seek(len(whole) - 100_000)
        file.write(b"\xff" * 50_000)
    with open_store(str(path)) as store:
        with pytest.raises(DamagedError, match="First stop what uses it"), store.reading() as tx:
            [tx.facts.get(f"fact {n}") for n in range(2000)]
        with store.reading() as tx:
            tx.accounts.all()
        with pytest.raises(DamagedError):
            store.examine()
        assert store.damage is not None
        with path.open("r+b") as file:
            file.write(whole)
        store.examine()
        assert store.damage is None
