"""The words of a backtest's file: sections, keys, what they take and what holds without them.

A test holds `docs/backtest.md` to this table. `[strategy NAME]` stands in it once; `words_of` gives each strategy of a
file a section of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from allocator.config.words import Key, Words
from allocator.core.text import text

STRATEGY = "strategy"
_NONE = text("none")
_COMMON = text("that of [backtest]")
_PERCENT = text("a percentage, such as 0.02%")

BACKTEST_KEYS = (
    Key("backtest", "title", text("any words"), text("the file's name")),
    Key("backtest", "interval", text("day or hour"), "day"),
    Key("backtest", "hours", text("the first and the last hour in which a bar begins, such as 10-18"), text("all")),
    Key("backtest", "from", text("a date, such as 2015-01-01"), text("the first bar")),
    Key("backtest", "to", text("a date, such as 2015-01-01"), text("the last bar")),
    Key("backtest", "tune until", text("a date, such as 2015-01-01"), _NONE),
    Key("backtest", "step", text("a whole number of bars from 1"), "1"),
    Key(
        "backtest",
        "tickers",
        text("tickers with commas between them, or universe"),
        text("those of all targets, else universe"),
    ),
    Key("backtest", "portfolio", text("the path of a portfolio file"), _NONE),
    Key("backtest", "cash", text("an amount of money, such as 104.26"), "1 000 000"),
    Key("backtest", "lots", text("yes or no"), text("no")),
    Key("backtest", "fee", _PERCENT, "0%"),
    Key("backtest", "fixed fee", text("an amount of money, such as 104.26"), "0"),
    Key("backtest", "spread", _PERCENT, "0%"),
    Key("backtest", "impact", text("a number, such as 1"), "0"),
    Key("backtest", "cash rate", text("a percentage a year, or the path of a CSV of them by date"), "0%"),
    Key("backtest", "benchmark", text("a ticker, equal or cash"), text("cash")),
    Key("backtest", "execution", text("next open, next close or close"), "next open"),
)

STRATEGY_KEYS = (
    Key(STRATEGY, "kind", text("forecast, targets, equal, market, hold or momentum"), _NONE),
    Key(STRATEGY, "rebalance", text("each bar, day, week, month, quarter, year, N bars or bands 5%"), text("month")),
    Key(
        STRATEGY,
        "targets",
        text("tickers with percentages (SBER 60%, GAZP 40%), or the path of a portfolio file"),
        _NONE,
    ),
    Key(STRATEGY, "lookback", text("a whole number of bars from 1"), "120"),
    Key(STRATEGY, "top", text("a whole number of securities from 1"), "5"),
    Key(STRATEGY, "network", text("lstm, encoder, encoder-decoder, tsmixer or wavenet"), "tsmixer"),
    Key(STRATEGY, "inputs", text("univariate, ta57, others or context"), "ta57"),
    Key(STRATEGY, "window", text("a whole number of bars from 2"), "64"),
    Key(STRATEGY, "step", text("a whole number of bars from 1"), _COMMON),
    Key(STRATEGY, "horizon", text("a whole number of bars from 1"), text("step")),
    Key(STRATEGY, "width", text("a whole number from 2"), text("that of the network")),
    Key(STRATEGY, "epochs", text("a whole number from 1"), "10"),
    Key(STRATEGY, "lambda", text("numbers with commas between them, such as 0, 10, 50"), "0"),
    Key(STRATEGY, "risk aversion", text("numbers above 0 with commas between them, such as 1, 5, 25"), "5"),
    Key(STRATEGY, "seeds", text("a whole number from 1"), "1"),
    Key(STRATEGY, "train from", text("a date, such as 2015-01-01"), text("the first bar")),
    Key(STRATEGY, "train until", text("a date, such as 2015-01-01"), text("each training")),
    Key(STRATEGY, "retrain", text("N bars, N months or never"), text("12 months")),
    Key(STRATEGY, "forecasts", text("recalibrated or raw"), "recalibrated"),
    Key(STRATEGY, "minimum deal", _PERCENT, "0%"),
    Key(STRATEGY, "cap", text("a percentage, such as 25%"), "100%"),
    Key(STRATEGY, "covariance window", text("a whole number of bars from 30"), "360"),
    Key(STRATEGY, "fee", _PERCENT, _COMMON),
    Key(STRATEGY, "spread", _PERCENT, _COMMON),
    Key(STRATEGY, "execution", text("next open, next close or close"), _COMMON),
)

FORECAST_KEYS = (
    "network", "inputs", "window", "step", "horizon", "width", "epochs", "lambda", "risk aversion", "seeds",
    "train from", "train until", "retrain", "forecasts", "minimum deal", "cap", "covariance window",
)  # fmt: skip
DEALING_KEYS = ("fee", "spread", "execution")  # of every kind
KEYS_OF_KIND: dict[str, tuple[str, ...]] = {
    "forecast": (*FORECAST_KEYS, *DEALING_KEYS),
    "targets": ("targets", "rebalance", *DEALING_KEYS),
    "equal": ("rebalance", *DEALING_KEYS),
    "market": ("rebalance", "lookback", *DEALING_KEYS),
    "hold": ("targets", *DEALING_KEYS),
    "momentum": ("rebalance", "lookback", "top", *DEALING_KEYS),
}


def words_of(strategies: Iterable[str]) -> Words:
    """The words of a file with these strategies; without any, an example stands for them."""
    sections = [f"{STRATEGY} {name}" for name in dict.fromkeys(strategies)] or [f"{STRATEGY} NAME"]
    return Words((*BACKTEST_KEYS, *(replace(key, section=section) for section in sections for key in STRATEGY_KEYS)))
