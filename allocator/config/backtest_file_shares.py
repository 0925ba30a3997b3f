"""Percentages of a portfolio file as the targets of a backtest."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from allocator.config.findings import Place
from allocator.config.portfolio_file import load
from allocator.core.errors import ConfigError
from allocator.core.portfolio import ZERO, Asset, Percent, Units, without_board
from allocator.core.text import text


def shares_of(path: Path, place: Place) -> Mapping[str, float]:
    """The percentages of a portfolio file as shares of all; what is wanted of cash is left as cash.

    `place` is where the file is named. Raises: `ConfigError` for its mistakes, and for targets by number or `auto`.
    """
    portfolio = load(path)
    strange = [asset.ticker for asset in portfolio.assets if not _held_to(asset)]
    if strange:
        raise ConfigError(
            text(
                "{place}: {path} wants {tickers} by number or by auto, and a backtest holds to percentages.",
                place=str(place),
                path=path,
                tickers=", ".join(strange),
            ),
            text("Write percentages in [want] of that file."),
        )
    wanted = {each.ticker: each.target.percent for each in portfolio.assets if isinstance(each.target, Percent)}
    cash = portfolio.cash.want.percent if isinstance(portfolio.cash.want, Percent) else ZERO
    total = sum(wanted.values(), start=cash)
    if not wanted:
        raise ConfigError(
            text("{place}: {path} has no percentages.", place=str(place), path=path),
            text("Write percentages in [want] of that file."),
        )
    return {without_board(ticker): float(percent / total) for ticker, percent in wanted.items() if percent}


def _held_to(asset: Asset) -> bool:
    """Whether the target of an asset is a percentage, or nothing at all."""
    return isinstance(asset.target, Percent) or asset.target == Units(ZERO)
