"""What we remember between runs: SQLite by default, PostgreSQL by URL."""

from allocator.store.models import StoredForecast, StoredModel, StoredViews, Trial
from allocator.store.nouns import Coverage, Load, Note, Run
from allocator.store.panel import read_panel
from allocator.store.shipped import seed
from allocator.store.store import Store, Transaction, open_store

__all__ = [
    "Coverage",
    "Load",
    "Note",
    "Run",
    "Store",
    "StoredForecast",
    "StoredModel",
    "StoredViews",
    "Transaction",
    "Trial",
    "open_store",
    "read_panel",
    "seed",
]
