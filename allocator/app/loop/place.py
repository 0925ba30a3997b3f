"""Where a child finds what its parent has open: the store and the settings, as the command line named them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from allocator.app import wire
from allocator.config.settings import Settings

if TYPE_CHECKING:
    from allocator.store import Store


@dataclass(frozen=True, slots=True)
class Place:
    """As `--store` and `--config` say; None leaves the choice to the environment, which children share."""

    store: str | None = None
    config: Path | None = None

    def settings(self) -> Settings:
        """Raises: `ConfigError`."""
        return wire.settings(self.config)

    def open(self, settings: Settings | None = None) -> Store:
        """The store, opened anew; one that is gone is not made. Raises: `StoreError`, `ConfigError`."""
        return wire.store(self.store, settings or self.settings(), create=False)
