"""The universe from a store: what is counted, what a portfolio's size is, and what is said besides the verdicts."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from allocator.app.universe import Size, select
from allocator.config import parse
from allocator.config.settings import UniverseSettings
from allocator.core.bars import Bars, Interval
from allocator.core.errors import StoreError
from allocator.core.finding import Fault, Finding
from allocator.core.instrument import Instrument, Kind, Rename
from allocator.core.text import text
from allocator.store import open_store

RULES = UniverseSettings(min_history=10, holding_days=5)
FIRST = date(2024, 1, 15)
TODAY = date(2024, 2, 10)  # a Saturday; the last of twenty bars is of the day before


def bars(turnover: float | list[float], *, days: int = 20, skip: int = 0, close: float = 100.0) -> Bars:
    """Daily bars on working days from the first one, `skip` of them without any."""
    begin = np.busday_offset(np.datetime64(FIRST), np.arange(skip, days), roll="forward").astype("datetime64[s]")
    n = len(begin)
    price = np.full(n, close)
    value = np.broadcast_to(np.array(turnover, dtype=float), n).copy()
    return Bars(begin, price, price, price, price, value / close, value)


@pytest.fixture
def store(tmp_path):
    with open_store(str(tmp_path / "store.db")) as opened:
        yield opened


def fill(store, *papers: tuple[Instrument, Bars]) -> None:
    with store.transaction() as transaction:
        transaction.instruments.put([paper for paper, _ in papers])
        for paper, some in papers:
            transaction.bars.put(paper.ticker, Interval.DAY, some)


def share(ticker: str, **more: object) -> Instrument:
    return Instrument(ticker, Kind.SHARE, "TQBR", **more)


def portfolio(content: str):
    return parse(content, Path("p.ini"))


def verdicts(selection) -> dict[str, str]:
    return {verdict.ticker: verdict.status for verdict in selection.universe.verdicts}


def reason(selection, ticker: str) -> str:
    (found,) = [verdict.reason for verdict in selection.universe.verdicts if verdict.ticker == ticker]
    return str(found)


def notes(selection) -> list[str]:
    return [str(note) for note in selection.notes]


def test_history_and_turnover_decide(store):
    """Bars are counted over all history, turnover over the holding period."""
    fill(
        store,
        (share("LONG"), bars([1.0] * 15 + [5000.0] * 5)),
        (share("SHORT"), bars(5000.0, skip=11)),
        (share("QUIET"), bars([5000.0] * 15 + [1.0] * 3 + [5000.0] * 2)),
    )
    found = select(store, RULES, Size(position=Decimal(1000)), today=TODAY)
    assert {"LONG": "in", "SHORT": "out", "QUIET": "out"} == verdicts(found)
    assert ("LONG",) == found.universe.qualified
    assert "9 daily bars of 10" in reason(found, "SHORT")
    assert date(2024, 2, 9) == found.day


def test_a_holding_whose_new_ticker_the_store_lacks_keeps_its_history(store):
    """An import of old files has YNDX alone: held under that name, with its bars and its price, and the note stays."""
    fill(store, (share("OLDN"), bars(5000.0, close=50.0)))
    with store.transaction() as transaction:
        transaction.renames.put([Rename("OLDN", "NEWN", date(2024, 2, 1), Fraction(2))])
    file = portfolio("[have]\nOLDN = 10\n[want]\nOLDN = 100%\n[cash]\nhave = 0\n")
    found = select(store, RULES, Size(file), today=TODAY)
    assert {"OLDN": "in"} == verdicts(found)
    assert Decimal(500) == found.size.largest_position
    assert ["OLDN trades as NEWN now"] == notes(found)


def test_days_without_deals_count_as_no_turnover(store):
    """Three of the last five sessions are not there: the median is 0, however large the other two."""
    some = bars(9e9, days=20)
    gaps = Bars.joined([some[:15], some[15:16], some[19:]])
    fill(store, (share("HOLES"), gaps), (share("WHOLE"), bars(9e9)))
    found = select(store, RULES, Size(position=Decimal(1)), today=TODAY)
    assert {"HOLES": "out", "WHOLE": "in"} == verdicts(found)
    assert [17, 20] == [verdict.bars_count for verdict in found.universe.verdicts]


def test_a_history_that_stopped_is_no_small_turnover(store):
    """Not one bar in the last five sessions: the last day is told; with one of five it only trades too little."""
    some = bars(9e9)
    fill(
        store,
        (share("GONE"), some[:15]),
        (share("RARE"), Bars.joined([some[:10], some[15:16]])),
        (share("WHOLE"), some),
    )
    found = select(store, RULES, Size(), today=TODAY)
    assert "its last bar is of 2024-02-02: delisted, halted, or not loaded since" == reason(found, "GONE")
    assert ["stopped", "illiquid", None] == [verdict.code for verdict in found.universe.verdicts]


def test_the_portfolio_is_as_large_as_its_largest_position_and_its_cash(store):
    """Units by the last close; money to be taken out is not invested."""
    fill(store, (share("BIG"), bars(2e6, close=250.0)), (share("SMALL"), bars(2e6, close=1.5)))
    file = portfolio("[have]\nBIG = 30\nSMALL = 100\n[want]\nBIG = 100%\n[cash]\nhave = 5000\nwithdraw = 1000.50\n")
    size = select(store, RULES, Size(file), today=TODAY).size
    assert (Decimal(7500), Decimal("3999.50")) == (size.largest_position, size.cash)


def test_figures_of_the_command_line_go_before_those_of_the_file(store):
    """One by one."""
    fill(store, (share("BIG"), bars(2e6, close=250.0)))
    file = portfolio("[have]\nBIG = 30\n[cash]\nhave = 5000\n")
    assert Decimal(7500) == select(store, RULES, Size(file, cash=Decimal(1)), today=TODAY).size.largest_position
    size = select(store, RULES, Size(file, position=Decimal(2)), today=TODAY).size
    assert (Decimal(2), Decimal(5000)) == (size.largest_position, size.cash)


def test_what_is_held_stays_with_its_reason(store):
    """Also what the store does not know, and what the settings exclude."""
    fill(store, (share("GOOD"), bars(2e6)), (share("POOR"), bars(1.0)), (share("UGLY"), bars(2e6)))
    file = portfolio("[have]\nPOOR = 2\nUGLY = 1\nALIEN = 1\n[want]\nGOOD = 100%\n")
    rules = UniverseSettings(10, 5, ("UGLY",))
    found = select(store, rules, Size(file), today=TODAY)
    assert {"ALIEN": "held", "GOOD": "in", "POOR": "held", "UGLY": "held"} == verdicts(found)
    assert "you excluded it" == reason(found, "UGLY")
    assert "allocator refresh --tickers ALIEN" in reason(found, "ALIEN")
    assert ["without a price in the store, and so not in the size of the portfolio: ALIEN"] == notes(found)


def test_a_wanted_security_is_not_held(store):
    """Only units make it so."""
    fill(store, (share("GOOD"), bars(2e6)), (share("POOR"), bars(1.0)))
    found = select(store, RULES, Size(portfolio("[have]\nGOOD = 1\n[want]\nPOOR = 100%\n")), today=TODAY)
    assert {"GOOD": "in", "POOR": "out"} == verdicts(found)


def test_an_older_ticker_is_the_paper_of_now(store):
    """With its units, and in the file by its board; the older ticker is no security of its own."""
    fill(store, (share("OLD", delisted=date(2024, 1, 26)), bars(2e6, days=10)), (share("NEW"), bars(2e6, skip=10)))
    with store.transaction() as transaction:
        transaction.renames.put([Rename("OLD", "NEW", date(2024, 1, 29), Fraction(3))])
    found = select(store, RULES, Size(portfolio("[have]\nTQBR:OLD = 2\n")), today=TODAY)
    assert {"NEW": "in"} == verdicts(found)
    assert Decimal(600) == found.size.largest_position
    assert ["OLD trades as NEW now"] == notes(found)


def test_a_history_that_was_rewritten_is_in_doubt(store):
    """Until a person accepts it; one doubtful bar is no reason against the whole."""
    fill(store, (share("ODD"), bars(2e6)), (share("SPIKE"), bars(2e6)))
    whole = Finding("ODD", Interval.DAY, None, Fault.REWRITTEN, text("it was rewritten"))
    bar = Finding("SPIKE", Interval.DAY, datetime(2024, 1, 16), Fault.JUMP, text("it jumped"))
    with store.transaction() as transaction:
        transaction.findings.put([whole, bar])
    found = select(store, RULES, Size(position=Decimal(1)), today=TODAY)
    assert {"ODD": "out", "SPIKE": "in"} == verdicts(found)
    assert "its history is in doubt: it was rewritten" == reason(found, "ODD")
    with store.transaction() as transaction:
        transaction.findings.accept("ODD")
    assert "in" == verdicts(select(store, RULES, Size(position=Decimal(1)), today=TODAY))["ODD"]


def test_indexes_are_no_candidates_and_delisted_papers_are_out(store):
    """An index is not in the answer at all."""
    fill(
        store,
        (Instrument("IMOEX", Kind.INDEX, "SNDX"), bars(2e6)),
        (share("GONE", delisted=date(2024, 2, 2)), bars(2e6, days=15)),
        (share("HERE"), bars(2e6)),
    )
    found = select(store, RULES, Size(position=Decimal(1)), today=TODAY)
    assert {"GONE": "out", "HERE": "in"} == verdicts(found)
    assert "2024-02-02" in reason(found, "GONE")


def test_an_empty_store_says_what_to_type(store):
    """With or without securities in it."""
    with pytest.raises(StoreError, match=r"there are no daily bars yet\. Type: allocator refresh"):
        select(store, RULES, Size(), today=TODAY)
    fill(store, (share("NEW"), Bars.of(())))
    with pytest.raises(StoreError, match=r"there are no daily bars yet\. Type: allocator refresh"):
        select(store, RULES, Size(), today=TODAY)


def test_an_old_store_is_remarked_upon(store):
    """After a week; no holiday is as long."""
    fill(store, (share("HERE"), bars(2e6)))
    size = Size(position=Decimal(1))
    assert [] == notes(select(store, RULES, size, today=date(2024, 2, 16)))
    expected = ["the newest bars are of 2024-02-09; for newer ones type: allocator refresh"]
    assert expected == notes(select(store, RULES, size, today=date(2024, 2, 17)))


def test_a_misspelt_exclusion_is_remarked_upon(store):
    """It would else exclude nothing in silence."""
    fill(store, (share("SBER"), bars(2e6)))
    rules = UniverseSettings(10, 5, ("SBRE", "XYZZY"))
    assert [
        "SBRE of exclude is not in the store; did you mean SBER?",
        "XYZZY of exclude is not in the store",
    ] == notes(select(store, rules, Size(position=Decimal(1)), today=TODAY))


def test_without_a_size_any_turnover_will_do(store):
    """Which is said."""
    fill(store, (share("HERE"), bars(0.01)), (share("STILL"), bars(0.0)))
    found = select(store, RULES, Size(), today=TODAY)
    assert {"HERE": "in", "STILL": "out"} == verdicts(found)
    assert any("--portfolio FILE.ini" in note for note in notes(found))
