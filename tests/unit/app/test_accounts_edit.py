"""Accounts and targets edited piece by piece: what is kept, what is refused and in which words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from allocator.app.accounts import Bookkeeper, DifferentWishesError
from allocator.app.accounts_edit import AccountEdit, Editor, FormError, known_security, uploaded
from allocator.core.accounts import Account, Holding, Policy
from allocator.core.errors import AllocatorError, ConfigError, ConflictError, UsageError
from allocator.core.instrument import Instrument, Kind, Rename
from allocator.core.portfolio import Auto, Fee, Options, Percent, Permission, Provider, Units
from allocator.store import Store, open_store

D = Decimal
NOW = datetime(2026, 3, 3, 9, tzinfo=UTC)
HOLDINGS = (Holding("SBER", D(100)), Holding("ODD", D("10.5"), Fee(D(1)), Permission.KEEP, 10))


@pytest.fixture
def editor(tmp_path: Path) -> Iterator[Editor]:
    """Of a store with an account, its targets, and a few securities in lots of ten."""
    with open_store(str(tmp_path / "store.db")) as store:
        with store.transaction() as tx:
            kinds = {"SBER": Kind.SHARE, "GAZP": Kind.SHARE, "IMOEX": Kind.INDEX, "T": Kind.SHARE}
            tx.instruments.put([Instrument(ticker, kind, lot_size=10) for ticker, kind in kinds.items()])
            tx.renames.put([Rename("TCSG", "T", date(2024, 11, 28))])
            tx.accounts.put(Account("mine", HOLDINGS, D(500), fee=Fee(rate=D("0.003"))), NOW)
            tx.accounts.put_policy(Policy((("SBER", Percent(D(60))), ("ODD", Percent(D(40)))), exclude=("X",)), NOW)
        yield Editor(store, lambda: NOW)


def account(store: Store, name: str = "mine") -> Account:
    with store.reading() as tx:
        found = tx.accounts.get(name)
    assert found is not None
    return found


def policy(store: Store) -> Policy:
    with store.reading() as tx:
        return tx.accounts.policy()


def said(error: AllocatorError) -> list[str]:
    return [" ".join(str(part) for part in line if part) for line in error.lines]


class TestSaving:
    def test_all_of_it(self, editor: Editor) -> None:
        """Whatever was typed is kept, in the words of the portfolio file; the order stays."""
        edit = AccountEdit(
            cash="1 000.25",
            withdraw="10",
            fee="1 + 0.05%",
            units={"SBER": "250", "ODD": "11"},
            fees={"SBER": "0.1%", "ODD": ""},
            permissions={"SBER": "BUY"},
            lots={"ODD": ""},
        )
        saved = editor.save("mine", 1, edit)
        assert saved == account(editor.store)
        assert (
            Account(
                "mine",
                (
                    Holding("SBER", D(250), Fee(rate=D("0.001")), Permission.BUY),
                    Holding("ODD", D(11), None, Permission.KEEP),
                ),
                D("1000.25"),
                D(10),
                Fee(D(1), D("0.0005")),
                2,
            )
            == saved
        )

    def test_nothing_typed_changes_nothing(self, editor: Editor) -> None:
        """Not even the version."""
        assert account(editor.store) == editor.save("mine", 1, AccountEdit())

    def test_an_older_version_is_refused(self, editor: Editor) -> None:
        """Of two tabs the second one learns what the first one did, and undoes nothing of it."""
        editor.save("mine", 1, AccountEdit(cash="1"))
        with pytest.raises(ConflictError, match="version 1 was read, version 2 is stored"):
            editor.save("mine", 1, AccountEdit(units={"SBER": "0"}))
        assert (D(1), D(100)) == (account(editor.store).cash, account(editor.store).holding("SBER").units)

    def test_every_mistake_is_told(self, editor: Editor) -> None:
        """By its field, and nothing is kept of the rest."""
        edit = AccountEdit(cash="-1", fee="3% + 4%", units={"SBER": "105", "ODD": "x"}, lots={"SBER": "0"})
        with pytest.raises(FormError) as raised:
            editor.save("mine", 1, edit)
        assert {"cash", "fee", "units.ODD", "lot.SBER", "units.SBER"} == {place for place, *_ in raised.value.mistakes}
        assert "SBER: 105 units are not whole lots of 10. Write 100 or 110." in said(raised.value)
        assert 1 == account(editor.store).version

    @given(units=st.integers(0, 10**6))
    @settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_whole_lots_only(self, editor: Editor, units: int) -> None:
        """A multiple of the lot is kept, anything else is refused."""
        before = account(editor.store)
        edit = AccountEdit(units={"SBER": str(units)})
        if units % 10:
            with pytest.raises(FormError):
                editor.save("mine", before.version, edit)
            assert before == account(editor.store)
        else:
            assert D(units) == editor.save("mine", before.version, edit).holding("SBER").units

    def test_what_is_no_whole_lot_already_may_be_anything(self, editor: Editor) -> None:
        """Reinvested dividends leave fractions, and they can be corrected."""
        assert D("10.75") == editor.save("mine", 1, AccountEdit(units={"ODD": "10.75"})).holding("ODD").units

    def test_another_spelling_is_the_same_ticker(self, editor: Editor) -> None:
        """What is held is changed, what is not is added in its one spelling, in whatever letters it was typed."""
        edit = AccountEdit(units={" sber": "120", "gazp ": "20"}, permissions={"Sber": "SELL"}, lots={"gazp": "20"})
        saved = editor.save("mine", 1, edit)
        assert (D(120), Permission.SELL) == (saved.holding("SBER").units, saved.holding("SBER").permission)
        assert (D(20), 20) == (saved.holding("GAZP").units, saved.holding("GAZP").lot_size)
        assert ["SBER", "ODD", "GAZP"] == [each.ticker for each in saved.holdings]

    @pytest.mark.parametrize(
        ("edit", "words"),
        [
            (AccountEdit(units={"SBER": "100", "sber": "110"}), "SBER is named twice: SBER, sber. Name it once."),
            (AccountEdit(units={"gazp": "10", "GAZP": "20"}), "GAZP is named twice: gazp, GAZP. Name it once."),
            (AccountEdit(units={"TQBR:SBER": "10"}), "TQBR:SBER is here as SBER. Type SBER."),
            (AccountEdit(units={"GAZP": "10", "TQBR:GAZP": "10"}), "TQBR:GAZP is here as GAZP. Type GAZP."),
            (AccountEdit(permissions={"GAZP": "BUY"}), "GAZP is not in account mine. Its units put it in."),
            (AccountEdit(fees={"gazp": "1"}), "GAZP is not in account mine. Its units put it in."),
            (AccountEdit(lots={"GAZP": "1"}), "GAZP is not in account mine. Its units put it in."),
        ],
    )
    def test_a_ticker_that_is_two_or_none_is_refused(self, editor: Editor, edit: AccountEdit, words: str) -> None:
        """It is named, and nothing is kept."""
        with pytest.raises(FormError) as caught:
            editor.save("mine", 1, edit)
        assert [words] == said(caught.value)
        assert 1 == account(editor.store).version

    def test_changes_go_to_the_log(self, editor: Editor) -> None:
        """A saved edit is a trade."""
        editor.save("mine", 1, AccountEdit(units={"SBER": "90"}))
        with editor.store.reading() as tx:
            last = tx.accounts.changes("mine")[-1]
        assert ("SBER", D(100), D(90)) == (last.ticker, last.before, last.after)


class TestSecurities:
    def test_in_and_out(self, editor: Editor) -> None:
        """A new one stands last, in whole lots."""
        assert Holding("TQBR:GAZP", D(20)) == editor.add("mine", 1, " tqbr:gazp", "20").holdings[-1]
        assert ["ODD", "TQBR:GAZP"] == [each.ticker for each in editor.drop("mine", 2, "SBER").holdings]

    @pytest.mark.parametrize(
        ("typed", "words"),
        [
            ("SBRE", "Did you mean SBER"),
            ("NOBODY", "allocator refresh"),
            ("IMOEX", "is an index"),
            ("TCSG", "TCSG is T today"),
            ("<script>", "does not belong in a ticker"),
            ("SBER", "is in account mine already"),
            ("", "not a ticker"),
        ],
    )
    def test_what_cannot_be_added(self, editor: Editor, typed: str, words: str) -> None:
        """It is said why, and what to type instead."""
        with pytest.raises(UsageError, match=words):
            editor.add("mine", 1, typed)

    def test_no_broken_lots(self, editor: Editor) -> None:
        """Of what is new as of what is there."""
        with pytest.raises(FormError, match="whole lots of 10"):
            editor.add("mine", 1, "GAZP", "5")

    def test_what_is_not_there_is_not_dropped(self, editor: Editor) -> None:
        """A page that is older than the account."""
        with pytest.raises(UsageError, match="GAZP is not in account mine"):
            editor.drop("mine", 1, "GAZP")


class TestWholeAccounts:
    def test_created_empty(self, editor: Editor) -> None:
        """Once; a second one of the name is refused."""
        assert (D(5), 1) == (editor.create(" new ", "5").cash, account(editor.store, "new").version)
        with pytest.raises(ConflictError, match="new is there already"):
            editor.create("new")
        with pytest.raises(FormError, match="Cash"):
            editor.create("newer", "a lot")
        with pytest.raises(UsageError, match="slashes"):
            editor.create("a/b")

    def test_renamed(self, editor: Editor) -> None:
        """With all that it has; not onto another, and not from an older version."""
        assert replace(account(editor.store), name="other") == editor.rename("mine", 1, "other")
        editor.create("third")
        with pytest.raises(ConflictError, match="third is there already"):
            editor.rename("other", 1, "third")
        with pytest.raises(ConflictError):
            editor.rename("other", 7, "fourth")
        assert HOLDINGS == account(editor.store, "other").holdings

    @pytest.mark.parametrize("name", [".", ".."])
    def test_no_name_that_an_address_cannot_end_with(self, editor: Editor, name: str) -> None:
        """It is not said that there was none, and no option of a command is spoken of."""
        with pytest.raises(UsageError) as caught:
            editor.create(name)
        assert [f"No account can be called {name}: an address cannot end so. Give another name."] == said(caught.value)

    def test_removed_in_the_version_that_was_read(self, editor: Editor) -> None:
        """What somebody has put in meanwhile is not lost."""
        books = Bookkeeper(editor.store, lambda: NOW)
        with pytest.raises(ConflictError):
            books.remove("mine", 7, force=True)
        assert "is removed" in str(books.remove("mine", 1, force=True))


class TestTargets:
    def test_in_the_words_of_the_file(self, editor: Editor) -> None:
        """Shares, units, auto; a new ticker comes last; what is emptied is wanted no more; exclusions stay."""
        editor.want(1, {"SBER": "30%", "ODD": ""}, "10%", ("gazp", "auto"))
        found = policy(editor.store)
        assert (("SBER", Percent(D(30))), ("GAZP", Auto())) == found.targets
        assert (Percent(D(10)), ("X",), 2) == (found.cash, found.exclude, found.version)
        editor.want(2, {"SBER": "100", "GAZP": "0"}, "")
        assert ((("SBER", Units(D(100))), ("GAZP", Units(D(0)))), None) == (
            policy(editor.store).targets,
            policy(editor.store).cash,
        )

    def test_shares_must_be_the_whole(self, editor: Editor) -> None:
        """By the rule of the portfolio file, in the words of a page, which has no sections."""
        with pytest.raises(FormError) as raised:
            editor.want(1, {"SBER": "50%"}, "")
        assert [
            "Targets: the percentages add up to 90%, not 100%. Give out the other 10%, to securities or to cash."
        ] == said(raised.value)
        assert 1 == policy(editor.store).version
        with pytest.raises(FormError) as raised:
            editor.want(1, {"SBER": "90%"}, "20.5%")
        assert not any("[" in line for line in said(raised.value))

    def test_words_that_say_nothing(self, editor: Editor) -> None:
        """Each is told by its ticker."""
        with pytest.raises(FormError) as raised:
            editor.want(1, {"SBER": "much", "ODD": "-1"}, "many")
        assert ["want.SBER", "want.ODD", "cash"] == [place for place, *_ in raised.value.mistakes]

    def test_an_older_version_is_refused(self, editor: Editor) -> None:
        """Two tabs."""
        editor.want(1, {"SBER": "100%", "ODD": ""}, "")
        with pytest.raises(ConflictError, match="targets have changed meanwhile"):
            editor.want(1, {"SBER": "60%"}, "")

    def test_another_spelling_is_the_same_target(self, editor: Editor) -> None:
        """Of two spellings none wins."""
        assert Percent(D(55)) == editor.want(1, {"sber": "55%", " odd": "45%"}, None).target("SBER")
        with pytest.raises(FormError) as caught:
            editor.want(2, {"SBER ": "50%", "sber": "60%", "TQBR:ODD": "1"}, None)
        assert [
            "SBER is named twice: SBER , sber. Name it once.",
            "TQBR:ODD is here as ODD. Type ODD.",
        ] == said(caught.value)
        with pytest.raises(UsageError, match="TQBR:SBER is here as SBER"):
            editor.want(2, {}, None, ("TQBR:SBER", "10%"))
        assert 2 == policy(editor.store).version

    def test_unknown_tickers_are_refused(self, editor: Editor) -> None:
        """Whether they are typed or sent."""
        with pytest.raises(UsageError, match="no such ticker"):
            editor.want(1, {}, "", ("NOBODY", "1"))
        with pytest.raises(UsageError, match="no such ticker"):
            editor.want(1, {"NOBODY": "1"}, "")

    def test_nothing_wanted(self, editor: Editor) -> None:
        """All targets may go."""
        assert () == editor.want(1, {"SBER": "", "ODD": ""}, "").targets


class TestFiles:
    def test_a_file_becomes_an_account(self, editor: Editor) -> None:
        """Of the version that was read, and with a word whose targets count."""
        books = Bookkeeper(editor.store, lambda: NOW)
        portfolio = uploaded(b"[have]\nSBER = 20\n[want]\nSBER = 100%\n", "../../etc/my.ini", policy(editor.store))
        with pytest.raises(DifferentWishesError, match="says other targets"):
            list(books.take_in(portfolio, "mine", None, 1))
        list(books.take_in(portfolio, "mine", "store", 1))
        assert (D(20), 2) == (account(editor.store).holding("SBER").units, account(editor.store).version)
        with pytest.raises(ConflictError):
            list(books.take_in(portfolio, "mine", "store", 1))

    def test_what_is_written_is_read_back(self, editor: Editor) -> None:
        """Out and in again: the same account."""
        books = Bookkeeper(editor.store, lambda: NOW)
        content = books.content("mine", Path("mine.ini"), str)
        portfolio = uploaded(content.encode(), "mine.ini", policy(editor.store))
        list(books.take_in(portfolio, "copy"))
        assert HOLDINGS == account(editor.store, "copy").holdings

    @pytest.mark.parametrize(
        "content",
        [
            "[file]\nextends = /etc/passwd\n",
            "[file]\nextends = ../../../../../../etc/passwd\n[have]\nSBER = 1\n",
            "[have]\nSBER = 1\n[options]\nmarket info provider = FILE /etc/passwd\n",
            "[have]\nSBER = 1\n[options]\nmarket info provider = FILE quotes.csv\n",
        ],
    )
    def test_no_file_of_this_machine_is_read(self, editor: Editor, content: str) -> None:
        """A file that is sent cannot name one."""
        with pytest.raises((ConfigError, UsageError)) as raised:
            uploaded(content.encode(), "mine.ini", policy(editor.store))
        assert "root:" not in str(raised.value)

    def test_the_quotes_that_are_used_already_may_be_named(self, editor: Editor) -> None:
        """An exported file comes back."""
        quotes = Path("/somewhere/quotes.csv").absolute()
        known = replace(policy(editor.store), options=Options(provider=Provider("FILE", quotes)))
        content = f"[have]\nSBER = 1\n[options]\nmarket info provider = FILE {quotes}\n"
        assert quotes == uploaded(content.encode(), "mine.ini", known).options.provider.path


def test_a_ticker_with_a_board_is_known_without_it(editor: Editor) -> None:
    """Boards say where a paper trades."""
    with editor.store.reading() as tx:
        assert "TQBR:SBER" == known_security(tx, "TQBR:SBER")
