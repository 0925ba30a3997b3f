"""Accounts in a store, on both databases: what is put comes back, older copies are refused, changes are logged."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from threading import Barrier, Thread

import pytest
import sqlalchemy as sa
from account_portfolios import PATH, portfolios
from hypothesis import HealthCheck, given, settings

from allocator.app.accounts import Bookkeeper
from allocator.app.accounts_portfolio import apart, of_all
from allocator.core.accounts import Account, Change, ChangeKind, Holding, Policy
from allocator.core.errors import ConflictError, StoreError, UsageError
from allocator.core.portfolio import Auto, Fee, Money, Percent, Permission, Portfolio, Units
from allocator.store import Store
from allocator.store.account_tables import HOLDINGS, POLICIES, TARGETS

D = Decimal
NOW = datetime(2024, 5, 3, 10, 2, 3, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
MINE = Account(
    "Мой <b>счёт</b> & 'Co'; DROP TABLE accounts",
    (
        Holding("SBER", D("600.000000000000000001"), Fee(D(1), D("0.0005")), Permission.BUY, 10),
        Holding("TQTD:FXRU", D(0)),
        Holding("A_1", D("999999999999999.999999999999999999")),
    ),
    D("50000.25"),
    D(1000),
    Fee(D(0), D("0.003")),
)
WISHES = Policy((("SBER", Percent(D("33.3"))), ("B", Auto()), ("C", Units(D(5)))), Money(D("0.1")), exclude=("Z", "A"))


class TestAccounts:
    def test_come_back(self, store: Store) -> None:
        """To the last digit and in their order, with a version; names are never code."""
        other = Account("a", cash=D(1))
        with store.transaction() as tx:
            put = [tx.accounts.put(each, NOW) for each in (MINE, other)]
        with store.reading() as tx:
            assert [replace(MINE, version=1), replace(other, version=1)] == put == tx.accounts.all()
            assert put[0] == tx.accounts.get(MINE.name)
            assert tx.accounts.get("nobody\0") is None

    def test_grow_by_a_version_with_each_edit(self, store: Store) -> None:
        """One without a change stays as it is."""
        with store.transaction() as tx:
            first = tx.accounts.put(MINE, NOW)
            assert first == tx.accounts.put(first, LATER)
            second = tx.accounts.put(replace(first, cash=D(1), holdings=first.holdings[:1]), LATER)
            assert (2, [second]) == (second.version, tx.accounts.all())

    def test_versions_are_those_of_what_is_read(self, store: Store) -> None:
        """In the same order, before and after the first targets."""
        with store.transaction() as tx:
            put = [tx.accounts.put(each, NOW) for each in (MINE, Account("a", cash=D(1)))]
            assert (((MINE.name, 1), ("a", 1)), 0) == tx.accounts.versions()
            tx.accounts.put(replace(put[0], cash=D(2)), LATER)
            tx.accounts.put_policy(WISHES, NOW)
            assert (((MINE.name, 2), ("a", 1)), 1) == tx.accounts.versions()

    def test_of_an_older_copy_are_refused(self, store: Store) -> None:
        """Of two tabs the second one is told, with both versions, and nothing of it is kept."""
        with store.transaction() as tx:
            read = tx.accounts.put(MINE, NOW)
        with store.transaction() as tx:
            kept = tx.accounts.put(replace(read, cash=D(1)), NOW)
        for edit in (replace(read, cash=D(2)), replace(MINE, cash=D(2))):
            with pytest.raises(ConflictError, match=r"Мой.*(version 1 was read, version 2|already, in version 2)"):
                put(store, edit)
        with pytest.raises(ConflictError), store.transaction() as tx:
            tx.accounts.remove(read, NOW)
        with store.reading() as tx:
            assert [kept] == tx.accounts.all()

    def test_that_are_gone_are_not_brought_back_by_an_edit(self, store: Store) -> None:
        """The editor is told that there is nothing to edit."""
        with store.transaction() as tx:
            read = tx.accounts.put(MINE, NOW)
            tx.accounts.remove(read, NOW)
        with pytest.raises(ConflictError, match="is gone"):
            put(store, read)
        with store.reading() as tx:
            assert [] == tx.accounts.all()

    def test_made_anew_go_on_from_the_last_version_of_their_name(self, store: Store) -> None:
        """A page that shows the removed one cannot overwrite the new one, however often that is done."""
        with store.transaction() as tx:
            old = tx.accounts.put(MINE, NOW)
            tx.accounts.remove(old, NOW)
        with store.transaction() as tx:
            new = tx.accounts.put(Account(MINE.name, cash=D(7)), LATER)
            assert 1 == tx.accounts.put(Account("another"), LATER).version
        with pytest.raises(ConflictError, match="version 1 was read, version 2"):
            put(store, replace(old, cash=D(1)))
        with store.transaction() as tx:
            assert (2, new) == (new.version, tx.accounts.get(MINE.name))
            tx.accounts.remove(new, LATER)
            assert 3 == tx.accounts.put(MINE, LATER).version

    @pytest.mark.parametrize(
        "wrong",
        [
            Account("a", cash=D(-1)),
            Account("a", withdraw=D("NaN")),
            Account("a", (Holding("A", D("Infinity")),)),
            Account("a", (Holding("A"), Holding("A"))),
        ],
    )
    def test_that_cannot_be_are_refused(self, store: Store, wrong: Account) -> None:
        """A page's slip does not reach the tables."""
        with pytest.raises(ValueError, match=r"not an amount|stands twice"):
            put(store, wrong)
        with store.reading() as tx:
            assert [] == tx.accounts.all()

    def test_edited_at_once_keep_one_edit(self, store: Store) -> None:
        """Whatever the moment: one edit is stored, every other one is refused, no version is used twice."""
        with store.transaction() as tx:
            read = tx.accounts.put(MINE, NOW)
        barrier, done = Barrier(4), list[Decimal]()

        def edit(cash: int) -> None:
            barrier.wait()
            with suppress(StoreError):
                put(store, replace(read, cash=D(cash)))
                done.append(D(cash))

        threads = [Thread(target=edit, args=(cash,)) for cash in range(4)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        with store.reading() as tx:
            (found,) = tx.accounts.all()
        assert (done, 2) == ([found.cash], found.version)

    @pytest.mark.parametrize(("column", "value"), [("permission", "MAYBE"), ("units", "NaN")])
    def test_damaged_are_told_by_name(self, store: Store, column: str, value: str) -> None:
        """A row that somebody changed by hand is no crash."""
        with store.transaction() as tx:
            tx.accounts.put(Account("mine", MINE.holdings), NOW)
            tx.link.run(sa.text(f"UPDATE {HOLDINGS.name} SET {column} = '{value}'"))
            with pytest.raises(StoreError, match="account mine is damaged"):
                tx.accounts.all()


class TestPolicy:
    def test_comes_back(self, store: Store) -> None:
        """Targets in their order; nothing is wanted before somebody has said so."""
        with store.transaction() as tx:
            assert Policy() == tx.accounts.policy()
            stored = tx.accounts.put_policy(WISHES, NOW)
            assert replace(WISHES, version=1, exclude=("A", "Z")) == stored == tx.accounts.policy()

    def test_of_an_older_copy_is_refused(self, store: Store) -> None:
        """As an account is."""
        with store.transaction() as tx:
            read = tx.accounts.put_policy(WISHES, NOW)
            kept = tx.accounts.put_policy(replace(read, cash=None), NOW)
        with pytest.raises(ConflictError, match="version 1 was read, version 2"), store.transaction() as tx:
            tx.accounts.put_policy(replace(read, targets=()), NOW)
        with store.reading() as tx:
            assert kept == tx.accounts.policy()

    @pytest.mark.parametrize(("table", "column"), [(POLICIES, "rules"), (POLICIES, "exclude"), (TARGETS, "kind")])
    def test_damaged_is_told(self, store: Store, table: sa.Table, column: str) -> None:
        """A row that somebody changed by hand is no crash."""
        with store.transaction() as tx:
            tx.accounts.put_policy(WISHES, NOW)
            tx.link.run(sa.update(table).values({column: '{"a": 1}'}))
            with pytest.raises(StoreError, match="the targets is damaged"):
                tx.accounts.policy()


class TestLog:
    def test_has_every_change(self, store: Store) -> None:
        """What came with the account, what was dealt in, what went with it; cash alone is no trade."""
        with store.transaction() as tx:
            first = tx.accounts.put(Account("mine", (Holding("A", D(2)), Holding("B"))), NOW)
            second = tx.accounts.put(replace(first, holdings=(Holding("B", D("0.5")),)), LATER)
            third = tx.accounts.put(replace(second, cash=D(7)), LATER)
            tx.accounts.put(Account("other", (Holding("C", D(1)),)), LATER)
            tx.accounts.remove(third, LATER)
            found = tx.accounts.changes("mine")
            assert 5 == len(tx.accounts.changes())
        assert [
            Change("mine", "A", NOW, D(0), D(2), ChangeKind.OPENED),
            Change("mine", "A", LATER, D(2), D(0), ChangeKind.TRADED),
            Change("mine", "B", LATER, D(0), D("0.5"), ChangeKind.TRADED),
            Change("mine", "B", LATER, D("0.5"), D(0), ChangeKind.CLOSED),
        ] == found

    def test_has_nothing_of_a_refused_edit(self, store: Store) -> None:
        """What did not happen is not remembered."""
        with store.transaction() as tx:
            tx.accounts.put(MINE, NOW)
            before = tx.accounts.changes()
        with pytest.raises(ConflictError):
            put(store, replace(MINE, version=7, holdings=()))
        with store.reading() as tx:
            assert before == tx.accounts.changes()


@given(portfolio=portfolios())
@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_portfolio_survives_the_store(store: Store, portfolio: Portfolio) -> None:
    """All that a portfolio file can say is the same after a journey through the database."""
    account, policy = apart(portfolio, "mine")
    with store.transaction() as tx:
        old, there = tx.accounts.get("mine"), tx.accounts.policy()
        tx.accounts.put(replace(account, version=old.version if old else 0), NOW)
        tx.accounts.put_policy(replace(policy, version=there.version), NOW)
    with store.reading() as tx:
        assert portfolio == of_all(tx.accounts.all(), tx.accounts.policy(), PATH)


def put(store: Store, account: Account) -> None:
    with store.transaction() as tx:
        tx.accounts.put(account, LATER)


FIRST = "[have]\nA = 1\n[want]\nA = 100%\n[cash]\nhave = 5\n"


class TestBookkeeper:
    @pytest.fixture
    def bring(self, store: Store, tmp_path: Path) -> Callable[..., list[str]]:
        """Import a file of this content."""
        books = Bookkeeper(store, lambda: NOW)

        def brought(content: str, file: str = "mine", **asked: object) -> list[str]:
            path = tmp_path / f"{file}.ini"
            path.write_text(content, encoding="utf-8")
            return [str(line) for line in books.bring(path, **asked)]  # type: ignore[arg-type]

        return brought

    def test_other_targets_need_a_word(self, store: Store, bring: Callable[..., list[str]]) -> None:
        """Nobody's targets are overwritten unasked, and a refused import changes nothing."""
        bring(FIRST)
        other = "[have]\nA = 2\n[want]\nA = 50%\nB = 50%\n"
        with pytest.raises(UsageError, match="--targets file or --targets store"):
            bring(other)
        with store.reading() as tx:
            assert [1] == [each.units for each in tx.accounts.all()[0].holdings]
        assert "stay as they are" in bring(other, targets="store")[-1]
        assert "are now those of" in bring(other, targets="file")[-1]
        with store.reading() as tx:
            assert Percent(D(50)) == tx.accounts.policy().target("B")

    def test_a_file_that_wants_nothing_is_an_account(self, store: Store, bring: Callable[..., list[str]]) -> None:
        """Its holdings come, the targets stay."""
        bring(FIRST)
        bring("[have]\nB = 2\n", "second")
        with store.reading() as tx:
            assert (["mine", "second"], 1) == ([each.name for each in tx.accounts.all()], tx.accounts.policy().version)

    def test_exclusions_survive_other_targets(self, store: Store, bring: Callable[..., list[str]]) -> None:
        """A file cannot say them, so it cannot take them back."""
        bring(FIRST)
        with store.transaction() as tx:
            tx.accounts.put_policy(replace(tx.accounts.policy(), exclude=("A",)), NOW)
        bring("[want]\nA = 1\n", targets="file")
        with store.reading() as tx:
            assert ("A",) == tx.accounts.policy().exclude

    @pytest.mark.parametrize("name", ["", "  ", "..", "a/b", "a\\b", "a\nb", "a\0b", "a\u202eb", "x" * 41])
    def test_names_that_cannot_be(self, bring: Callable[..., list[str]], name: str) -> None:
        """A name can be shown, and be part of an address."""
        with pytest.raises(UsageError, match="name"):
            bring(FIRST, name=name)

    def test_what_is_not_empty_is_not_removed_by_the_way(self, store: Store, bring: Callable[..., list[str]]) -> None:
        """It takes a word more; an unknown name is told with its likeness."""
        bring(FIRST)
        books = Bookkeeper(store, lambda: NOW)
        with pytest.raises(UsageError, match="Did you mean mine"):
            books.remove("mnie", force=True)
        with pytest.raises(UsageError, match="is not empty"):
            books.remove("mine")
        books.remove("mine", force=True)
        with store.reading() as tx:
            assert [] == tx.accounts.all()
