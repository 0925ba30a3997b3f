"""The composition root: the one place that chooses real providers and reads the environment."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from allocator.app.rebalance import Overrides, Rebalancer, silent
from allocator.config.settings import Settings, load_settings
from allocator.core.portfolio import Provider
from allocator.core.text import Text
from allocator.market import QuoteProvider, provider

if TYPE_CHECKING:  # SQLAlchemy: a rebalance does without
    from allocator.store import Store

ISS_URL_VARIABLE = "ALLOCATOR_ISS_URL"
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
) -> Rebalancer:
    """Everything that the shell's commands need. A source of quotes is opened once, and its connections kept."""

    @functools.cache
    def provider_of(spec: Provider) -> QuoteProvider:
        return provider(spec, proxy=proxy, base_url=os.environ.get(ISS_URL_VARIABLE) or None)

    return Rebalancer(provider_of, overrides or Overrides(), solver, progress=progress)
