from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import answers
import pytest

from allocator.core.text import text
from allocator.optimize import Status
from allocator.report import Answer, moment, render, summary, table, verdict

Golden = Callable[[str, str], None]


@pytest.mark.parametrize("lang", ["en", "ru"])
def test_the_lines_under_the_table(lang: str, golden: Golden) -> None:
    """Marks, proof, cost, source and age of the quotes, notes."""
    given = answers.moex(notes=(text("TQBR: {board}", board="closed"),))
    golden(f"summary-moex-{lang}.txt", summary(given, lang=lang) + "\n")


@pytest.mark.parametrize(
    ("expected", "gap", "status"),
    [
        ("Optimal: no whole-lot plan is closer (gap 0).", 0.0, Status.OPTIMAL),
        ("Optimal: no whole-lot plan is closer by as much as 0.01.", 1e-9, Status.OPTIMAL),
        ("Optimal: no whole-lot plan is closer by more than 0.01% of the portfolio (0.32).", 1e-4, Status.OPTIMAL),
        (
            "TIME LIMIT: the best plan found; another may be closer by at most 1.25% of the portfolio (39.10).",
            0.0125,
            Status.FEASIBLE,
        ),
        (
            "TIME LIMIT: the best plan found; how much closer another may be is not known.",
            math.inf,
            Status.FEASIBLE,
        ),
    ],
)
def test_the_proof_in_words(expected: str, gap: float, status: Status) -> None:
    """What is proven is said, no more; a plan without a full proof begins with TIME LIMIT."""
    assert expected == str(verdict(answers.us(gap=gap, status=status).plan))


def test_quiet_keeps_only_warnings() -> None:
    """--quiet leaves the marks of prices that are not live, and a missing proof."""
    assert "" == summary(answers.us(), quiet=True)
    lines = summary(answers.moex(status=Status.FEASIBLE, gap=0.5), quiet=True).splitlines()
    assert ["* not", "* not", "TIME "] == [line[:5] for line in lines]


def test_nothing_to_deal() -> None:
    """A portfolio that is best left alone has no costs to list."""
    still = answers.answer(answers.US, answers.US_QUOTES, (0, 0, 0, 0))
    assert "Model LAD. Nothing to deal." in summary(still).splitlines()


def test_printed_costs_add_up() -> None:
    """The cost is the sum of the printed commission and the printed spread."""
    fees = "[have]\nSPY = 9\n[want]\nSPY = 1\nBND = 1\n[options]\ncommission = 0.0025"
    given = answers.answer(fees, [answers.quote("SPY", "1", "1"), answers.quote("BND", "1", "1.005")], (-8, 1))
    assert "Cost: 0.00 (commission 0.00, spread 0.00)." in summary(given)


def test_commission_is_the_tables() -> None:
    """The commission under the table is the one that the table sums up, to the hundredth."""
    given = answers.moex()
    assert "commission 52.97" in summary(given)
    assert "52.97" == table(given).split()[-1]


def test_a_note_is_said_once() -> None:
    """The plan repeats the notes of its problem; the reader sees them once."""
    ini = "[want]\nSPY = 100%\n[cash]\nhave = 1\nwant = 1\n[options]\nuse all cash = yes"
    given = answers.answer(ini, answers.US_QUOTES[:1], (0,))
    assert 1 == summary(given).count("use all cash overrides cash want")


@pytest.mark.parametrize(
    ("expected", "more"),
    [
        ("Quotes: FILE, without a time.", {}),
        ("Quotes: FILE (a.csv), without a time.", {"source": "a.csv"}),
        ("Quotes: MOEX, 2024-02-15 17:54:06 MSK.", {"provider": "MOEX", "time": answers.MOMENT}),
        (
            "Quotes: MOEX, 2024-02-15 17:54:06 MSK, 15 min late.",
            {"provider": "MOEX", "time": answers.MOMENT, "delay_minutes": 15},
        ),
    ],
)
def test_source_of_the_quotes(expected: str, more: dict[str, object]) -> None:
    """Provider, place, time with its zone, and the delay by the source's own rules."""
    assert expected in summary(answers.us(**more)).splitlines()


def test_a_moment_without_seconds_or_zone() -> None:
    """A time is shown as exactly as it is known."""
    assert "2024-02-15 17:54 MSK" == moment(answers.MOMENT.replace(second=0))
    assert "2024-02-15 17:54:06" == moment(replace_zone(answers.MOMENT))


def replace_zone(time: datetime) -> datetime:
    return time.replace(tzinfo=None)


def test_marks_name_what_stands_in() -> None:
    """Each price that is not a live bid and ask is listed with what it is."""
    given = answers.moex()
    assert "* not a live bid and ask but last deal: VTBR." in summary(given)
    assert "* not a live bid and ask but old bid and ask: SBGB." in summary(given)
    live = {ticker: replace(quote, stale=False) for ticker, quote in given.quotes.by_ticker.items()}
    fresh = Answer(given.portfolio, replace(given.quotes, by_ticker=live), given.plan)
    assert "SBGB" not in summary(fresh)
    assert render("as it is", "ru") == "as it is"
