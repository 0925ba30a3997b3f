"""Texts of the accounts in an editor: there and back without a loss, and never over what somebody else has changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from allocator import config
from allocator.app.draft import NAME
from allocator.app.draft_saving import ALL, Origin, current, load, save, split_among
from allocator.core.accounts import Account, Holding
from allocator.core.errors import ConfigError, ConflictError, UsageError
from allocator.core.portfolio import Fee, Percent, Permission
from allocator.store import Store

NOW = datetime(2026, 3, 3, 9, tzinfo=UTC)


def books(store: Store):
    """The accounts by name, and what is wanted."""
    with store.reading() as tx:
        return {each.name: each for each in tx.accounts.all()}, tx.accounts.policy()


@pytest.mark.parametrize("name", [ALL, "Broker", "IIS"])
def test_an_unchanged_text_changes_nothing(web_store: Store, name: str) -> None:
    """Neither what is held, nor what is wanted, nor a version."""
    before = books(web_store)
    found = load(web_store, name, str)
    origin, _ = save(web_store, found.ini, found.origin, NOW, targets=True)
    assert (before, found.origin) == (books(web_store), origin)


def test_an_account_becomes_what_its_text_says(web_store: Store) -> None:
    """Units and cash; the other account and the targets stay."""
    found = load(web_store, "IIS", str)
    ini = found.ini.replace("TATN = 40", "TATN = 41").replace("have = 1 000", "have = 350")
    origin, said = save(web_store, ini, found.origin, NOW, targets=False)
    accounts, policy = books(web_store)
    assert (Decimal(41), Decimal(350)) == (accounts["IIS"].holding("TATN").units, accounts["IIS"].cash)
    assert ("IIS", 2, policy.version) == (origin.account, origin.version, origin.policy)
    assert Decimal(1200) == accounts["Broker"].holding("SBER").units
    assert ["Account IIS is now as the text says."] == list(map(str, said))


def test_the_targets_of_one_text_become_those_of_all_only_when_asked(web_store: Store) -> None:
    """And a word says which it was; what is not to be bought stays so."""
    found = load(web_store, "IIS", str)
    ini = found.ini.replace("SBER = 40%", "SBER = 30%").replace("GAZP = 10%", "GAZP = 20%")
    origin, said = save(web_store, ini, found.origin, NOW, targets=False)
    assert "stay as they are" in str(said[-1])
    assert Percent(Decimal(40)) == books(web_store)[1].target("SBER")
    _, said = save(web_store, ini, origin, NOW, targets=True)
    assert "now those of the text" in str(said[-1])
    assert (Percent(Decimal(30)), ("VTBR",)) == (books(web_store)[1].target("SBER"), books(web_store)[1].exclude)


def test_of_all_accounts_the_targets_are_saved(web_store: Store) -> None:
    """A new ticker among them; no account changes."""
    found = load(web_store, ALL, str)
    ini = found.ini.replace("TATN = 20%", "TATN = 15%\nROSN = 5%")
    before, _ = books(web_store)
    origin, _ = save(web_store, ini, found.origin, NOW, targets=False)
    accounts, policy = books(web_store)
    assert (Percent(Decimal(5)), 2, before) == (policy.target("ROSN"), origin.policy, accounts)


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [("SBER = 1 300", "SBER = 1 301", "SBER"), ("have = 26 000.5", "have = 0", "CASH"), ("LKOH = 10\n", "", "LKOH")],
)
def test_of_all_accounts_what_is_held_cannot_be_saved(web_store: Store, old: str, new: str, named: str) -> None:
    """It belongs to one account or another: the culprit is named, and nothing is stored."""
    found = load(web_store, ALL, str)
    before = books(web_store)
    assert old in found.ini
    with pytest.raises(UsageError, match=named):
        save(web_store, found.ini.replace(old, new, 1), found.origin, NOW, targets=True)
    assert before == books(web_store)


def test_two_tabs_cannot_overwrite_each_other(web_store: Store) -> None:
    """The second is refused, whether an account or the targets changed; what is there now can be had."""
    found = load(web_store, "IIS", str)
    mine = found.ini.replace("TATN = 40", "TATN = 41")
    save(web_store, found.ini.replace("TATN = 40", "TATN = 45"), found.origin, NOW, targets=False)
    with pytest.raises(ConflictError):
        save(web_store, mine, found.origin, NOW, targets=False)
    there = current(web_store, found.origin, str)
    assert "TATN = 45" in there.ini
    save(web_store, mine, there.origin, NOW, targets=False)
    assert Decimal(41) == books(web_store)[0]["IIS"].holding("TATN").units

    whole = load(web_store, ALL, str)
    save(web_store, whole.ini.replace("max deals = 0", "max deals = 3"), whole.origin, NOW, targets=False)
    with pytest.raises(ConflictError):
        save(web_store, whole.ini.replace("max deals = 0", "max deals = 4"), whole.origin, NOW, targets=False)


def test_a_refused_pair_is_refused_as_a_whole(web_store: Store) -> None:
    """When the targets have changed meanwhile, the account is not stored either."""
    found = load(web_store, "IIS", str)
    whole = load(web_store, ALL, str)
    save(web_store, whole.ini.replace("max deals = 0", "max deals = 3"), whole.origin, NOW, targets=False)
    ini = found.ini.replace("TATN = 40", "TATN = 41").replace("max deals = 0", "max deals = 5")
    with pytest.raises(ConflictError):
        save(web_store, ini, found.origin, NOW, targets=True)
    assert Decimal(40) == books(web_store)[0]["IIS"].holding("TATN").units


def test_a_new_account(web_store: Store) -> None:
    """It is opened under its name; one that is there already is not taken for it."""
    ini = "[have]\nSBER = 5\n[want]\nSBER = 100%\n[cash]\nhave = 7\n"
    origin, _ = save(web_store, ini, Origin("New", 0, 1), NOW, targets=False)
    assert ("New", 1) == (origin.account, origin.version)
    assert Decimal(7) == books(web_store)[0]["New"].cash
    with pytest.raises(ConflictError):
        save(web_store, ini, Origin("Broker", 0, 1), NOW, targets=False)


@pytest.mark.parametrize("name", ["..", "a/b", "x" * 41, "\x07", " "])
def test_a_name_that_cannot_be_is_refused(web_store: Store, name: str) -> None:
    """As on the command line."""
    with pytest.raises(UsageError):
        save(web_store, "[have]\nSBER = 5\n[want]\nSBER = 100%\n", Origin(name, 0, 1), NOW, targets=False)


def test_what_is_not_to_be_bought_stays_what_the_account_allows(web_store: Store) -> None:
    """The text shows SELL for it; that is the exclusion's word, and is not stored as the account's own."""
    with web_store.transaction() as tx:
        policy = tx.accounts.policy()
        tx.accounts.put_policy(replace(policy, exclude=("SBER",)), NOW)
    found = load(web_store, "Broker", str)
    assert "SBER = SELL" in found.ini
    save(web_store, found.ini.replace("GAZP = 500", "GAZP = 510"), found.origin, NOW, targets=False)
    assert Permission.TRADE is books(web_store)[0]["Broker"].holding("SBER").permission


def test_what_is_only_wanted_is_not_put_on_the_account(web_store: Store) -> None:
    """The text of an account names all that is wanted; the account keeps what is its own."""
    found = load(web_store, "IIS", str)
    assert "LKOH = 0" in found.ini
    save(web_store, found.ini.replace("TATN = 40", "TATN = 41"), found.origin, NOW, targets=False)
    assert ["SBER", "TATN"] == [each.ticker for each in books(web_store)[0]["IIS"].holdings]


def test_a_file_of_quotes_cannot_be_smuggled_into_the_store(web_store: Store) -> None:
    """What the loop reads at night is chosen on the command line alone; an `extends` is refused likewise."""
    found = load(web_store, ALL, str)
    assert "market info provider = MOEX" in found.ini
    ini = found.ini.replace("market info provider = MOEX", "market info provider = FILE /etc/passwd")
    with pytest.raises(UsageError, match="reads no file of this machine"):
        save(web_store, ini, found.origin, NOW, targets=True)
    with pytest.raises(ConfigError, match="reads no file of this machine"):
        save(web_store, "[file]\nextends = /etc/passwd\n" + found.ini, found.origin, NOW, targets=True)


def test_the_store_s_own_file_of_quotes_stays(web_store: Store) -> None:
    """What was chosen on the command line is kept when a page saves the text with it."""
    whole = load(web_store, ALL, str)
    named = whole.ini.replace("market info provider = MOEX", "market info provider = FILE /srv/quotes.csv")
    path = config.parse(named, NAME).options.provider
    with web_store.transaction() as tx:
        policy = tx.accounts.policy()
        tx.accounts.put_policy(replace(policy, options=replace(policy.options, provider=path)), NOW)
    found = load(web_store, ALL, str)
    save(web_store, found.ini.replace("max deals = 0", "max deals = 2"), found.origin, NOW, targets=True)
    assert (path, 2) == (books(web_store)[1].options.provider, books(web_store)[1].options.max_deals)


def test_deals_are_given_out_to_accounts_that_hold_what_the_text_says(web_store: Store) -> None:
    """All of them then, in their order; none of them else, with the reason."""
    whole = config.parse(load(web_store, ALL, str).ini, NAME)
    accounts, reason = split_among(web_store, whole)
    assert (["Broker", "IIS"], None) == ([each.name for each in accounts], reason)
    other = replace(whole, cash=replace(whole.cash, have=Decimal(1)))
    accounts, reason = split_among(web_store, other)
    assert () == accounts
    assert "hold something else" in str(reason)


def test_hostile_names_are_words_in_a_comment(web_store: Store) -> None:
    """A name that looks like a section or a tag neither breaks the text nor becomes part of what it says."""
    name = "]\u2028[want] SBER = 100% <script>"[:40].replace("\u2028", " ")
    with web_store.transaction() as tx:
        tx.accounts.put(Account(name, (Holding("SBER", Decimal(1)),), Decimal(5), fee=Fee()), NOW)
    found = load(web_store, name, str)
    assert Decimal(5) == config.parse(found.ini, NAME).cash.have
