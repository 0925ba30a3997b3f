"""A store, opened: transactions, snapshots and locks."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import sqlalchemy as sa

from allocator.core.errors import DamagedError, StoreError
from allocator.core.text import text
from allocator.store import copying, migrate, own_file
from allocator.store.accounts import Accounts
from allocator.store.actions import Dividends, Renames, Splits
from allocator.store.address import Address, address_of
from allocator.store.candles import BarTable, Findings, Loads
from allocator.store.days import CalendarTable
from allocator.store.engines import Engines, engines_of
from allocator.store.events import Events
from allocator.store.failures import told
from allocator.store.journal import Facts, Journal
from allocator.store.link import Link
from allocator.store.locks import locked
from allocator.store.messages import LastTold, Messages
from allocator.store.models import Forecasts, Models, Trials
from allocator.store.schema import REVISIONS
from allocator.store.securities import Instruments, Members


class Transaction:
    """The tables of a store within one database transaction.

    Raises (all methods of all tables): `StoreError`.
    """

    def __init__(self, link: Link) -> None:
        self.link = link
        self.instruments = Instruments(link)
        self.bars = BarTable(link)
        self.loads = Loads(link)
        self.splits = Splits(link)
        self.renames = Renames(link)
        self.dividends = Dividends(link)
        self.calendar = CalendarTable(link)
        self.members = Members(link)
        self.findings = Findings(link)
        self.journal = Journal(link)
        self.facts = Facts(link)
        self.models = Models(link)
        self.trials = Trials(link)
        self.forecasts = Forecasts(link)
        self.messages = Messages(link)
        self.told = LastTold(link)
        self.events = Events(link)
        self.accounts = Accounts(link)


class Store:
    """What is remembered between runs. `name` says where, without a password."""

    def __init__(self, address: Address, engines: Engines) -> None:
        self.name = address.name
        self._address = address
        self._engines = engines
        self._writing = threading.local()
        self._damage: DamagedError | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """One database transaction: all of it is kept at the end, nothing of it after any exception.

        Raises: `StoreError`; `RuntimeError` within another transaction of the same thread, which would wait for itself.
        """
        if getattr(self._writing, "now", False):
            raise RuntimeError("a transaction within a transaction of the same thread")
        self._writing.now = True
        try:
            with self._connected(self._engines.write) as transaction:
                yield transaction
                self._engines.check()  # what goes into a file without a name is lost
        finally:
            self._writing.now = False

    def reading(self) -> AbstractContextManager[Transaction]:
        """The store as it was at the first look, whatever others write meanwhile. Writing through it is an error."""
        return self._connected(self._engines.read)

    def version(self) -> Hashable:
        """Another one after any change that anybody made; cheaper than to look at what changed. Not for keeping.

        Raises: `StoreError`.
        """
        self._engines.check()
        if self._engines.file is not None:
            with told(self._address):
                return self._engines.file.version()
        with self.reading() as transaction:
            return tuple(transaction.link.rows(sa.text("SELECT CAST(pg_current_snapshot() AS text)"))[0])

    def lock(self, name: str = "refresh") -> AbstractContextManager[bool]:
        """False when another process (or thread) holds the lock; the system frees that of a killed process."""
        return locked(self._address, self._engines.write, name)

    def copy_out(self, target: Path) -> None:
        """Write the store as it is now into a new SQLite file, while others read and write.

        Raises: `StoreError`; `copying.UnwrittenError` when the file cannot be written.
        """
        copying.copy_out(self._engines, self._address, target)

    def copy_in(self, source: Path, step: Callable[[int, int], None]) -> None:
        """Become what an SQLite file of the newest form says, in one transaction. `step`: parts done, parts in all.

        Raises: `StoreError`; then nothing has changed.
        """
        copying.copy_in(self._engines, self._address, source, step)

    @property
    def damage(self) -> DamagedError | None:
        """The last damage that anybody has met here, until `examine` finds none."""
        return self._damage

    def suspect(self, error: DamagedError) -> None:
        """Remember damage that another process has met."""
        self._damage = error

    def examine(self) -> None:
        """Read the whole file again where damage was met; without that, and on a server, nothing is done.

        Raises: `StoreError` when there still is some.
        """
        if self._damage is None:
            return
        if self._engines.file is not None:
            self._engines.file.examine()
        self._damage = None

    def close(self) -> None:
        self._engines.write.dispose()
        if self._engines.file is not None:
            self._engines.file.close()

    @contextmanager
    def _connected(self, engine: sa.Engine) -> Iterator[Transaction]:
        try:
            with self._begun(engine) as transaction:
                yield transaction
        except DamagedError as error:
            self._damage = error
            raise

    @contextmanager
    def _begun(self, engine: sa.Engine) -> Iterator[Transaction]:
        self._engines.check()
        with told(self._address):
            connection = engine.connect()
        try:
            with told(self._address):
                connection.begin()
            yield Transaction(Link(connection, self._address))
            with told(self._address):
                connection.commit()
        finally:
            # Closing rolls back what was not committed. That it fails is no news: the failure before it is.
            with suppress(StoreError), told(self._address):
                connection.close()


def open_store(url: str | None = None, *, create: bool = True) -> Store:
    """The store at a URL (`sqlite:///path`, `postgresql://user@host/database`) or a bare path, its tables brought up to
    date; without a URL that of the platform's directory for data. `create=False` refuses one that is not there yet.

    Raises: `StoreError`.
    """
    address = address_of(url)
    if address.path is not None:
        _prepare(address, create=create)
    with told(address):
        engines = engines_of(address)
    try:
        _bring_up_to_date(address, engines, create=create)
    except BaseException:
        engines.write.dispose()
        raise
    return Store(address, engines)


def _prepare(address: Address, *, create: bool) -> None:
    """The directory of an SQLite file, and the file: later nothing makes one."""
    assert address.path is not None
    with told(address):
        if create:
            address.path.parent.mkdir(parents=True, exist_ok=True)
            own_file.make(address.path)
        elif not address.path.exists():
            raise _nothing(address)


def _bring_up_to_date(address: Address, engines: Engines, *, create: bool) -> None:
    revision = migrate.revision_of(engines.read, address)
    if revision == REVISIONS[-1]:
        return
    if revision is None and not create:
        raise _nothing(address)
    with locked(address, engines.write, "schema", wait=True):
        # Another process may have been faster.
        if migrate.revision_of(engines.read, address) != REVISIONS[-1]:
            migrate.upgrade(engines.write, address)


def _nothing(address: Address) -> StoreError:
    return StoreError(
        text("{name}: there is no store yet.", name=address.name),
        text("Load one: allocator refresh, or allocator data import FILE."),
    )
