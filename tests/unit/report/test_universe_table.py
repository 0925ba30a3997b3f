"""The universe as text and JSON."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

from allocator.core.instrument import Instrument, Kind
from allocator.core.text import text
from allocator.history import Candidate, PortfolioSize, UniverseRules, universe
from allocator.report import dumps
from allocator.report.universe import Selection, universe_document, universe_text, warnings

PAPERS = {
    "SBER": Instrument("SBER", Kind.SHARE, "TQBR", name="Сбербанк", sector="finance"),
    "TMOS": Instrument("TMOS", Kind.FUND, "TQTF", name="Т-Капитал Индекс МосБиржи БПИФ"),
    "GAZA": Instrument("GAZA", Kind.SHARE, "TQBR", name="ГАЗ ао"),
    "NEWC": Instrument("NEWC", Kind.SHARE, "TQBR"),
}
CANDIDATES = [
    Candidate("SBER", Kind.SHARE, 2500, 8_512_345_678.4, date(2024, 2, 15)),
    Candidate("TMOS", Kind.FUND, 900, 52_000_000.0, date(2024, 2, 15)),
    Candidate("GAZA", Kind.SHARE, 2400, 91_000.0, date(2024, 2, 15)),
    Candidate("NEWC", Kind.SHARE, 12, None, date(2024, 2, 15)),
]
RULES = UniverseRules(421, 21)
SIZE = PortfolioSize(Decimal("150000.50"), Decimal(20_000))


def selection(*, held: frozenset[str] = frozenset({"GAZA"})) -> Selection:
    chosen = universe(CANDIDATES, RULES, held, SIZE)
    return Selection(chosen, RULES, SIZE, date(2024, 2, 15), PAPERS, (text("OLD trades as {new} now", new="NEW"),))


def test_the_table(golden):
    """What stays in sight, the sums and the notes; names are cut, what has no sector says what it is."""
    golden("universe.txt", universe_text(selection()) + "\n")


def test_the_table_of_everything(golden):
    """Those left out too, in their order."""
    golden("universe-all.txt", universe_text(selection(), everything=True) + "\n")


def test_the_table_in_russian():
    """Sentences and headings; tickers and numbers stay."""
    lines = universe_text(selection(), lang="ru").splitlines()
    assert ["Тикер", "Название", "Отрасль", "Дней", "Оборот,", "RUB", "Решение"] == lines[0].split()
    assert lines[3].endswith("8 512 345 678  подходит")
    assert lines[6].startswith("Подходят: 2 из 4.")


def test_what_is_left_out_is_counted_until_it_is_shown():
    """And a universe without any says so without a table."""
    assert "Left out: 1; --all shows them with the reasons." in universe_text(selection())
    assert "Left out" not in universe_text(selection(), everything=True)
    nothing = Selection(universe([], RULES, frozenset(), SIZE), RULES, SIZE, date(2024, 2, 15), {})
    assert universe_text(nothing).startswith("Qualify: 0 of 0.")


def test_the_document():
    """Every security with its figures; money with all its digits."""
    found = json.loads(dumps(universe_document(selection())), parse_float=Decimal)
    assert ["SBER", "TMOS"] == found["qualified"]
    assert ["GAZA", "SBER", "TMOS"] == found["kept"]
    assert {"largest_position": Decimal("150000.50"), "cash": 20_000, "turnover": Decimal("150000.50")} == found["size"]
    assert {"minimum_history": 421, "holding_days": 21, "exclude": []} == found["rules"]
    assert "2024-02-15" == found["day"]
    assert {
        "ticker": "NEWC",
        "name": None,
        "kind": "share",
        "sector": None,
        "status": "out",
        "code": "short",
        "reason": "its history is short: 12 daily bars of 421",
        "history": 12,
        "median_turnover": None,
    } == found["securities"][1]
    assert ["OLD trades as NEW now"] == found["notes"]


def test_a_held_stranger_has_no_name():
    """The store knows nothing of it."""
    found = universe_document(selection(held=frozenset({"ALIEN"})))
    assert {"name": None, "kind": None, "status": "held"}.items() <= found["securities"][0].items()


def test_warnings_are_for_who_reads_json():
    """Held securities that do not qualify, and the notes."""
    first, second = map(str, warnings(selection()))
    assert first.startswith("GAZA is held, but does not qualify: it trades too little")
    assert "OLD trades as NEW now" == second
