"""Accounts and targets edited piece by piece, as on a page: what was typed comes in as words.

Every edit names the version that it began from; where the store has another, it is refused (`ConflictError`). All
mistakes of an edit are told at once (`FormError`), and nothing of it is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

from allocator import config
from allocator.app.accounts import asked_ticker, checked_name, known
from allocator.app.accounts_file import percent, target
from allocator.config.findings import BadValueError, shown
from allocator.core.accounts import NEW, Account, Holding, Policy
from allocator.core.errors import ConfigError, UsageError
from allocator.core.instrument import Instrument, Kind
from allocator.core.portfolio import ZERO, Portfolio, Target, without_board
from allocator.core.text import Text, text
from allocator.market.findings import did_you_mean, near
from allocator.report import numbers
from allocator.store import Store, Transaction
from allocator.store.lineage import Lineage

T = TypeVar("T")


class FormError(UsageError):
    """Every mistake of an edit, by the field in which it is."""

    def __init__(self, mistakes: Sequence[tuple[str, Text, Text | None]]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__(*self.mistakes[0][1:])

    @property
    def lines(self) -> Sequence[tuple[Text, Text | None]]:
        return [(message, hint) for _, message, hint in self.mistakes]


@dataclass(frozen=True, slots=True)
class AccountEdit:
    """What was typed, in the words of the portfolio file; None, and a ticker that is not named, leave what is there.

    Tickers are in any spelling, each once. An empty fee or lot of a ticker is that of the account, or the exchange's.
    """

    cash: str | None = None
    withdraw: str | None = None
    fee: str | None = None
    units: Mapping[str, str] = field(default_factory=dict)
    fees: Mapping[str, str] = field(default_factory=dict)
    permissions: Mapping[str, str] = field(default_factory=dict)
    lots: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Mistakes:
    """The mistakes of one edit, gathered while its values are read."""

    found: list[tuple[str, Text, Text | None]] = field(default_factory=list)

    def read(self, place: str, about: Text | str, reader: Callable[[str], T], raw: str | None, default: T) -> T:
        """The value of a field; where nothing was typed, or something that cannot be, what is there already."""
        if raw is None:
            return default
        try:
            return reader(raw.strip())
        except BadValueError as error:
            self.add(place, text("{field}: {what}.", field=about, what=error.what), error.hint)
        return default

    def add(self, place: str, message: Text, hint: Text | None = None) -> None:
        self.found.append((place, message, hint))

    def raise_any(self) -> None:
        if self.found:
            raise FormError(self.found)


@dataclass(frozen=True)
class Editor:
    """Edits of the accounts of one store; `now` gives an aware time, for the log."""

    store: Store
    now: Callable[[], datetime]

    def create(self, name: str, cash: str = "") -> Account:
        """A new account without securities.

        Raises: `UsageError` for a name that cannot be; `FormError`; `ConflictError` where it is there already.
        """
        mistakes = Mistakes()
        money = mistakes.read("cash", text("Cash"), config.values.number, cash or None, ZERO)
        mistakes.raise_any()
        with self.store.transaction() as transaction:
            return transaction.accounts.put(Account(checked_name(name), cash=money), self.now())

    def save(self, name: str, version: int, edit: AccountEdit) -> Account:
        """Change cash, fees, units and what goes with them. Units are whole lots, unless they were not before.

        A ticker of `units` that the account lacks is added, last; of no other may anything else be said.

        Raises: `UsageError` for an unknown name; `FormError`; `ConflictError`; `StoreError`.
        """
        with self.store.transaction() as transaction:
            account = self._account(transaction, name, version)
            mistakes = Mistakes()
            values, read = config.values, mistakes.read
            edit = _by_ticker(edit, account, mistakes)
            lacking = [each for each in edit.units if each not in {held.ticker for held in account.holdings}]
            there = [*account.holdings, *(Holding(known_security(transaction, each)) for each in lacking)]
            held = [self._holding(transaction, each, edit, mistakes) for each in there]
            edited = replace(
                account,
                holdings=tuple(held),
                cash=read("cash", text("Cash"), values.number, edit.cash, account.cash),
                withdraw=read("withdraw", text("To take out"), values.number, edit.withdraw, account.withdraw),
                fee=read("fee", text("Fee of a deal"), values.fee, edit.fee, account.fee),
            )
            mistakes.raise_any()
            return transaction.accounts.put(edited, self.now())

    def add(self, name: str, version: int, ticker: str, units: str = "") -> Account:
        """Put a security into the account, with so many units.

        Raises: `UsageError` for a ticker that the store does not know, or that is there already; as `save`.
        """
        with self.store.transaction() as transaction:
            account = self._account(transaction, name, version)
            asked = known_security(transaction, ticker)
            if any(each.ticker == asked for each in account.holdings):
                raise UsageError(
                    text("{ticker} is in account {account} already.", ticker=asked, account=account.name),
                    text("Change its units there."),
                )
            _one_name(asked, [each.ticker for each in account.holdings])
            mistakes = Mistakes()
            edit = AccountEdit(units={asked: units or "0"})
            holding = self._holding(transaction, Holding(asked), edit, mistakes)
            mistakes.raise_any()
            return transaction.accounts.put(replace(account, holdings=(*account.holdings, holding)), self.now())

    def drop(self, name: str, version: int, ticker: str) -> Account:
        """Take a security out of the account; what was held of it counts as sold.

        Raises: `UsageError` for one that is not in it; as `save`.
        """
        with self.store.transaction() as transaction:
            account = self._account(transaction, name, version)
            left = tuple(each for each in account.holdings if each.ticker != ticker)
            if len(left) == len(account.holdings):
                raise UsageError(text("{ticker} is not in account {account}.", ticker=ticker, account=account.name))
            return transaction.accounts.put(replace(account, holdings=left), self.now())

    def rename(self, name: str, version: int, new: str) -> Account:
        """Give the account another name. In the log the old one goes and the new one comes, with the same units.

        Raises: `UsageError` for a name that cannot be; `ConflictError` also where the new one is there already.
        """
        with self.store.transaction() as transaction:
            account = self._account(transaction, name, version)
            renamed = checked_name(new)
            if renamed == account.name:
                return account
            transaction.accounts.remove(account, self.now())
            return transaction.accounts.put(replace(account, name=renamed, version=NEW), self.now())

    def want(
        self, version: int, targets: Mapping[str, str], cash: str | None, new: tuple[str, str] = ("", "")
    ) -> Policy:
        """Set what is wanted of all accounts, in the words of `[want]`; an empty one is wanted no more.

        `cash` is its target, empty for none, None for what it is. `new` is one more ticker and its target. A ticker
        that is not among `targets` keeps its own.
        Raises: `UsageError` for an unknown ticker, `FormError` also for shares that do not go together;
        `ConflictError`; `StoreError`.
        """
        with self.store.transaction() as transaction:
            policy = transaction.accounts.policy()
            if policy.version != version:
                policy = transaction.accounts.put_policy(replace(policy, version=version), self.now())
            mistakes = Mistakes()
            asked = {ticker: target(wanted) for ticker, wanted in policy.targets}
            named = {*asked, *(each.ticker for account in transaction.accounts.all() for each in account.holdings)}
            for ticker, raw in _spelt(targets, "want", named, mistakes).items():
                asked[ticker if ticker in named else known_security(transaction, ticker)] = raw
            if new[0].strip():
                ticker = known_security(transaction, new[0])
                _one_name(ticker, named)
                asked[ticker] = new[1].strip() or asked.get(ticker, "0")
            wanted: list[tuple[str, Target]] = []
            for ticker, raw in asked.items():
                if raw.strip():
                    read = mistakes.read(f"want.{ticker}", ticker, config.values.target, raw, None)
                    wanted += [] if read is None else [(ticker, read)]
            of_cash = policy.cash
            if cash is not None:
                of_cash = mistakes.read("cash", text("Cash"), config.values.cash_target, cash.strip() or None, None)
            edited = replace(policy, targets=tuple(wanted), cash=of_cash)
            if not mistakes.found:
                _together(edited, mistakes)
            mistakes.raise_any()
            return transaction.accounts.put_policy(edited, self.now())

    def _account(self, transaction: Transaction, name: str, version: int) -> Account:
        """The version that the edit began from. Raises: `ConflictError`."""
        account = known(transaction, name)
        if account.version != version:
            transaction.accounts.put(replace(account, version=version), self.now())  # which refuses
        return account

    def _holding(self, transaction: Transaction, held: Holding, edit: AccountEdit, mistakes: Mistakes) -> Holding:
        ticker, values, read = held.ticker, config.values, mistakes.read
        lot = held.lot_size
        if ticker in edit.lots:
            raw = edit.lots[ticker].strip()
            lot = read(f"lot.{ticker}", _of(ticker, text("lot")), values.lot, raw, lot) if raw else None
        own = held.fee
        if ticker in edit.fees:
            raw = edit.fees[ticker].strip()
            own = read(f"fee.{ticker}", _of(ticker, text("fee")), values.fee, raw, own) if raw else None
        units = read(f"units.{ticker}", ticker, values.held, edit.units.get(ticker), held.units)
        if units != held.units:
            _whole(transaction, replace(held, lot_size=lot), units, mistakes)
        permission = edit.permissions.get(ticker)
        allowed = read(f"trade.{ticker}", _of(ticker, text("deals")), values.permission, permission, held.permission)
        return Holding(ticker, units, own, allowed, lot)


def _by_ticker(edit: AccountEdit, account: Account, mistakes: Mistakes) -> AccountEdit:
    """The edit with every ticker as the account spells it; of one that it has not, and gets not, nothing is said."""
    held = [each.ticker for each in account.holdings]
    units = _spelt(edit.units, "units", held, mistakes)
    there = [*held, *units]

    def spelt(said: Mapping[str, str], place: str) -> dict[str, str]:
        found = _spelt(said, place, there, mistakes)
        for ticker in found:
            if ticker not in there:
                message = text("{ticker} is not in account {account}.", ticker=ticker, account=account.name)
                mistakes.add(f"{place}.{ticker}", message, text("Its units put it in."))
        return found

    fees, permissions, lots = spelt(edit.fees, "fee"), spelt(edit.permissions, "trade"), spelt(edit.lots, "lot")
    return replace(edit, units=units, fees=fees, permissions=permissions, lots=lots)


def _spelt(said: Mapping[str, str], place: str, there: Collection[str], mistakes: Mistakes) -> dict[str, str]:
    """What was said, by tickers in their one spelling; two spellings of one are a mistake."""
    found: dict[str, str] = {}
    typed: dict[str, str] = {}
    for word, raw in said.items():
        try:
            ticker = asked_ticker(word.strip())
            _one_name(ticker, [*there, *found])
        except UsageError as error:
            mistakes.add(f"{place}.{word}", error.message, error.hint)
            continue
        if ticker in found:
            spellings = ", ".join(map(shown, (typed[ticker], word)))
            message = text("{ticker} is named twice: {words}.", ticker=ticker, words=spellings)
            mistakes.add(f"{place}.{ticker}", message, text("Name it once."))
        found[ticker], typed[ticker] = raw, word
    return found


def _one_name(ticker: str, there: Collection[str]) -> None:
    """Raises: `UsageError` for TQBR:LKOH beside LKOH, which would be one security counted as two."""
    if ticker in there:
        return
    for other in there:
        if without_board(other) == without_board(ticker):
            raise UsageError(
                text("{ticker} is here as {name}.", ticker=ticker, name=other), text("Type {name}.", name=other)
            )


def known_security(transaction: Transaction, raw: str) -> str:
    """The ticker that was typed, board and all, if the store has its security.

    Raises: `UsageError` for what is no ticker, one that the store does not know, an index, an old ticker.
    """
    ticker = asked_ticker(raw.strip())
    instruments = {each.ticker: each for each in transaction.instruments.all()}
    head = Lineage(transaction.renames.all(), instruments).head(without_board(ticker))
    if head != without_board(ticker):
        raise UsageError(text("{ticker} is {name} today.", ticker=ticker, name=head), text("Type {name}.", name=head))
    found = instruments.get(head)
    if found is None:
        names = [name for name, each in instruments.items() if each.kind is not Kind.INDEX]
        hint = did_you_mean(near(head, names)) or text("New tickers come with: allocator refresh")
        raise UsageError(text("{ticker}: the store has no such ticker.", ticker=ticker), hint)
    if found.kind is Kind.INDEX:
        raise UsageError(text("{ticker} is an index: nobody can hold it.", ticker=ticker))
    return ticker


def lot_of(held: Holding, instrument: Instrument | None) -> int:
    """Units in a lot: the account's, else the exchange's, else one."""
    return held.lot_size or (instrument.lot_size if instrument and instrument.lot_size else 1)


def uploaded(content: bytes, name: str, policy: Policy) -> Portfolio:
    """A portfolio file that came over the network: it may name no other file of this machine, but the one that is
    named already.

    Raises: `ConfigError`, `UsageError`.
    """

    def refused(path: Path) -> bytes:
        raise BadValueError(
            text("a file that is sent can extend no other: {path}", path=path.name),
            text("Put what it says into this one, or use: allocator accounts import FILE.ini"),
        )

    portfolio = config.parse(content, Path(Path(name.replace("\\", "/")).name or "portfolio.ini"), read=refused)
    path = portfolio.options.provider.path
    if path is not None and path != policy.options.provider.path:
        raise UsageError(
            text("A file that is sent can name no file of quotes."),
            text("Take the line out, or use: allocator accounts import FILE.ini"),
        )
    return portfolio


def _whole(transaction: Transaction, held: Holding, units: Decimal, mistakes: Mistakes) -> None:
    """Whole lots only; an account that has something else already may go on so."""
    lot = lot_of(held, transaction.instruments.get(without_board(held.ticker)))
    if not units % lot or held.units % lot:
        return
    below = units // lot * lot
    message = text(
        "{ticker}: {units} {units:unit is|units are} not whole lots of {lot}.", ticker=held.ticker, units=units, lot=lot
    )
    between = text("Write {below} or {above}.", below=numbers.plain(below), above=numbers.plain(below + lot))
    mistakes.add(f"units.{held.ticker}", message, between)


def _together(policy: Policy, mistakes: Mistakes) -> None:
    """Percentages share out the whole, by the rule of the portfolio file itself."""
    lines = ["[want]", *(f"{ticker} = {target(each)}" for ticker, each in policy.targets)]
    lines += ["[cash]", f"want = {target(policy.cash)}"] if policy.cash else []
    lines += ["[forecast]", f"cap = {percent(policy.forecast.cap)}"] if policy.forecast.cap else []
    if not policy.targets:
        return
    try:
        config.parse("\n".join(lines), Path("targets"))
    except ConfigError as error:
        for message, hint in error.lines:
            what = message.values.get("what", message)
            mistakes.add("want", text("Targets: {what}.", what=what), _in_a_form(what, hint))


def _in_a_form(what: object, hint: Text | None) -> Text | None:
    """The hint of a portfolio file in the words of a page, which has no sections."""
    values = {**(what.values if isinstance(what, Text) else {}), **(hint.values if hint else {})}
    match values:
        case {"least": least}:
            return text(
                "Want auto of more securities, or import a portfolio file with a cap of {least}% or more.", least=least
            )
        case {"rest": rest, "total": Decimal() as total} if total < 100:
            return text("Give out the other {rest:f}%, to securities or to cash.", rest=rest)
        case {"rest": rest}:
            return text("Take {rest:f}% away, from securities or from cash.", rest=rest)
    return hint


def _of(ticker: str, what: Text) -> Text:
    return text("{what} of {ticker}", what=what, ticker=ticker)
