"""The composition root: the one place that chooses real providers and reads the environment."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable

from allocator.app.rebalance import Overrides, Rebalancer, silent
from allocator.core.portfolio import Provider
from allocator.core.text import Text
from allocator.market import QuoteProvider, provider

ISS_URL_VARIABLE = "ALLOCATOR_ISS_URL"


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
