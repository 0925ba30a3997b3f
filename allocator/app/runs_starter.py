"""A first text for a backtest: plain strategies on what the accounts want, else on a few leaders."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal

from allocator.core.bars import Interval
from allocator.core.portfolio import Percent, without_board
from allocator.core.text import Text, text
from allocator.report.numbers import plain
from allocator.store import Store, Transaction

Say = Callable[[Text], str]

LEADERS = {"SBER": 25, "LKOH": 25, "TATN": 20, "GMKN": 20}
YEARS = 3  # of the test, where the store has as many
LEAST = 300  # bars before it, for what momentum looks back on


def starter(store: Store, say: Say) -> str:
    """The text, with its comments in the language of `say`. Raises: `StoreError`."""
    with store.reading() as tx:
        days = {each.ticker: (each.first.date(), each.last.date()) for each in tx.bars.coverage(Interval.DAY)}
        wanted = _wanted(tx, days)
    return "\n".join(_lines(wanted, _since(days, wanted), say)) + "\n"


def _wanted(tx: Transaction, days: Mapping[str, object]) -> Mapping[str, Decimal]:
    """Percentages of what the accounts want and the store has bars of; of leaders where there is nothing."""
    targets = [(without_board(ticker), target) for ticker, target in tx.accounts.policy().targets]
    found = {ticker: target.percent for ticker, target in targets if isinstance(target, Percent) and target.percent}
    found = {ticker: percent for ticker, percent in found.items() if ticker in days}
    if found and sum(found.values()) <= 100:
        return found
    leaders = {ticker: Decimal(part) for ticker, part in LEADERS.items() if ticker in days or not days}
    return leaders or {min(days): Decimal(100)}


def _since(days: Mapping[str, tuple[date, date]], wanted: Mapping[str, Decimal]) -> date | None:
    """Some years before the last bar, or the middle of what there is; None without bars."""
    mine = [days[ticker] for ticker in wanted if ticker in days]
    if not mine:
        return None
    first, last = max(first for first, _ in mine), max(last for _, last in mine)
    middle = first + (last - first) / 2
    return max(date(last.year - YEARS, last.month, min(last.day, 28)), middle)


def _lines(wanted: Mapping[str, Decimal], since: date | None, say: Say) -> Iterator[str]:
    def note(comment: Text) -> str:
        return f"; {say(comment)}"

    yield note(text("What plain strategies would have made, after costs."))
    yield ""
    yield "[backtest]"
    yield f"title = {say(text('Plain strategies'))}"
    if since is not None:
        yield f"from = {since}"
    yield f"tickers = {', '.join(wanted)}"
    yield "cash = 1 000 000"
    yield note(text("What a deal costs: the broker, half the spread each way, and the price that one moves oneself."))
    yield "fee = 0.05%"
    yield "spread = 0.04%"
    yield "impact = 1"
    yield note(text("What idle money earns a year."))
    yield "cash rate = 10%"
    yield note(text("A ticker of the store, equal or cash. MCFTRR has dividends after tax."))
    yield "benchmark = equal"
    yield note(text("Decided at the close, dealt at the next open."))
    yield "execution = next open"
    yield ""
    yield "[strategy mine]"
    yield "kind = targets"
    yield f"targets = {', '.join(f'{ticker} {plain(percent)}%' for ticker, percent in wanted.items())}"
    yield "rebalance = bands 5%"
    yield ""
    yield "[strategy equal]"
    yield "kind = equal"
    yield "rebalance = month"
    yield ""
    yield "[strategy hold]"
    yield "kind = hold"
    if len(wanted) > 1:
        yield ""
        yield "[strategy momentum]"
        yield "kind = momentum"
        yield "lookback = 120"
        yield f"top = {max(1, len(wanted) // 2)}"
        yield "rebalance = month"


def forecast_part(say: Say) -> str:
    """A strategy on forecasts to be added: it trains networks, for minutes or hours."""
    return "\n".join(
        [
            f"; {say(text('Add this to test forecasts. Networks are trained first, which takes minutes to hours.'))}",
            "[strategy forecast]",
            "kind = forecast",
            "network = tsmixer",
            "inputs = ta57",
            "horizon = 5",
            "step = 5",
            "lambda = 0",
            "risk aversion = 5",
            "",
        ]
    )
