"""The composition root: the one place that chooses real providers and reads the environment."""

from __future__ import annotations

import functools
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from allocator.app.rebalance import Overrides, Rebalancer, silent
from allocator.config.settings import Settings, load_settings
from allocator.core.moscow import MOSCOW
from allocator.core.portfolio import Provider
from allocator.core.text import Text, text
from allocator.market import QuoteProvider, provider

if TYPE_CHECKING:  # SQLAlchemy: a rebalance does without
    from allocator.app.auto_forecast import Outlook
    from allocator.app.auto_targets import AutoTargets
    from allocator.app.delivery import Courier
    from allocator.app.refresh import Progress, Refresher
    from allocator.market.history import HistoryProvider
    from allocator.notify import Channel
    from allocator.store import Store

ISS_URL_VARIABLE = "ALLOCATOR_ISS_URL"
ALGOPACK_URL_VARIABLE = "ALLOCATOR_ALGOPACK_URL"
REGISTERS_URL_VARIABLE = "ALLOCATOR_REGISTERS_URL"
TELEGRAM_URL_VARIABLE = "ALLOCATOR_TELEGRAM_URL"
STORE_VARIABLE = "ALLOCATOR_STORE"


def settings(path: Path | None = None) -> Settings:
    """The settings of this file, else of the one that the environment names, else the user's own, else defaults.

    Raises: `ConfigError`.
    """
    return load_settings(path, environ=os.environ)


def store(asked: str | None = None, settings: Settings | None = None, *, create: bool = True) -> Store:
    """The store that was asked for, else that of $ALLOCATOR_STORE, of the settings, of the user's data directory.

    Raises: `StoreError`; `ConfigError` when the settings' password is not where they say.
    """
    from allocator.store import open_store  # noqa: PLC0415 -- SQLAlchemy

    url = asked or os.environ.get(STORE_VARIABLE) or (settings.store.address(os.environ) if settings else None)
    return open_store(url, create=create)


def rebalancer(
    *,
    overrides: Overrides | None = None,
    solver: str = "highs",
    proxy: str | None = None,
    progress: Callable[[Text], None] = silent,
    store_url: str | None = None,
    config_file: Path | None = None,
) -> Rebalancer:
    """Everything that the shell's commands need. A source of quotes is opened once, and its connections kept.

    The settings and the store are looked at only for a portfolio with `auto` assets.
    """

    @functools.cache
    def provider_of(spec: Provider) -> QuoteProvider:
        return provider(spec, proxy=proxy, base_url=os.environ.get(ISS_URL_VARIABLE) or None)

    @functools.cache
    def auto() -> AutoTargets:
        from allocator.app.auto_forecast import read_outlook  # noqa: PLC0415 -- SQLAlchemy, a solver
        from allocator.app.auto_targets import AutoTargets  # noqa: PLC0415

        chosen = settings(config_file)

        def look(tickers: Sequence[str]) -> Outlook:
            with store(store_url, chosen, create=False) as opened:
                return read_outlook(opened, chosen.forecast.interval, tickers)

        return AutoTargets(look, now=lambda: datetime.now(MOSCOW))

    return Rebalancer(provider_of, overrides or Overrides(), solver, progress=progress, auto=auto)


@contextmanager
def refresher(
    *,
    store_url: str | None = None,
    config_file: Path | None = None,
    proxy: str | None = None,
    portfolios: Sequence[Path] = (),
    progress: Callable[[Progress], None],
) -> Iterator[Refresher]:
    """The nightly refresh, ready to run; its store and connections are closed at the end.

    `portfolios` are files, those of the settings when there are none; what they hold is reminded of dividends.
    Raises: `ConfigError`, `StoreError`; `MarketError` when the proxy is no address.
    """
    from allocator.app.backup import before_refresh  # noqa: PLC0415
    from allocator.app.dividend_views import held_units  # noqa: PLC0415 -- numpy, SQLAlchemy
    from allocator.app.refresh import Progress, Refresher  # noqa: PLC0415

    def told(doing: Text) -> None:
        progress(Progress(doing))

    chosen = settings(config_file)
    held = held_units(portfolios or chosen.refresh.portfolios)
    with ExitStack() as stack:
        opened = store(store_url, chosen)
        stack.callback(opened.close)
        provider = stack.enter_context(_history(chosen, proxy))
        hourly = provider
        if chosen.refresh.hourly_source == "ALGOPACK":
            hourly = stack.enter_context(_history(chosen, proxy, paid=True))
        yield Refresher(
            store=opened,
            provider=provider,
            hourly=hourly,
            settings=chosen.refresh,
            now=lambda: datetime.now(UTC),
            clock=time.monotonic,
            progress=progress,
            held=frozenset(held),
            backups=chosen.dividends.backups,
            prepare=lambda: before_refresh(
                opened, chosen.backup, lambda: datetime.now(UTC), time.monotonic, lambda doing, _, __: told(doing)
            ),
        )


@contextmanager
def _history(settings: Settings, proxy: str | None, *, paid: bool = False) -> Iterator[HistoryProvider]:
    """The exchange's history; its threads are told to stop when the run ends early."""
    from allocator.market.history import history_provider  # noqa: PLC0415

    limits = settings.refresh
    token = settings.algopack.token.resolve(os.environ) if paid and settings.algopack.token else None
    opened = history_provider(
        base_url=os.environ.get(ALGOPACK_URL_VARIABLE if paid else ISS_URL_VARIABLE) or None,
        registers_url=os.environ.get(REGISTERS_URL_VARIABLE) or None,
        proxy=proxy or limits.proxy,
        token=token,
        rate=limits.rate,
        burst=limits.burst,
        connections=limits.connections,
    )
    try:
        yield opened
    finally:
        opened.stop()
        opened.close()


def channel(name: str, settings: Settings, *, console: TextIO) -> Channel:
    """The way to a person of this name, which the settings describe; "console" writes to that stream.

    Raises: `ConfigError` when a token or password is not where the settings say.
    """
    messaging = settings.messaging
    if name == "telegram":
        from allocator.notify.telegram import Telegram  # noqa: PLC0415 -- requests
        from allocator.report.catalogue import render  # noqa: PLC0415

        telegram = messaging.telegram
        assert telegram.token is not None and telegram.chat is not None  # noqa: PT018 -- the settings are whole
        return Telegram(
            telegram.token.resolve(os.environ),
            telegram.chat,
            base_url=os.environ.get(TELEGRAM_URL_VARIABLE) or None,
            proxy=telegram.proxy,
            repeat=render(text("(This may have come before.)"), messaging.messages.language),
        )
    if name == "email":
        from allocator.notify.mail import Mail, Server  # noqa: PLC0415 -- ssl

        mail = messaging.email
        assert mail.host is not None and mail.to is not None  # noqa: PT018
        password = mail.password.resolve(os.environ) if mail.password else None
        server = Server(mail.host, mail.usual_port, mail.security, mail.user, password)
        return Mail(server, mail.sender or mail.user or "", mail.to, now=lambda: datetime.now(MOSCOW))
    from allocator.notify.console import Console  # noqa: PLC0415

    return Console(console, now=lambda: datetime.now(MOSCOW))


def courier(store: Store, settings: Settings, *, console: TextIO) -> Courier:
    """Who delivers the outbox of a store on the channels of the settings."""
    from allocator.app.delivery import Courier  # noqa: PLC0415 -- SQLAlchemy

    return Courier(
        store,
        settings.messaging,
        lambda name: channel(name, settings, console=console),
        now=lambda: datetime.now(UTC),
        sleep=time.sleep,
    )
