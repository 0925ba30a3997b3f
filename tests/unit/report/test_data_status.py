"""What the store holds, as a page, as JSON and as a picture."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from allocator.core.bars import Bars, Interval
from allocator.core.finding import Fault, Finding
from allocator.core.instrument import Dividend, Instrument, Kind, Rename, Split
from allocator.core.text import text
from allocator.market import history as market
from allocator.report import dumps
from allocator.report.data_status import DataStatus, Gaps, IntervalStatus, LastRun, status_document, status_text
from allocator.report.imported import FileImported, Imported, Note, Rows, import_document, import_notes, imported_text
from allocator.report.refresh import Note as Trouble
from allocator.report.series import SECTORS, SeriesView, series_document, series_text
from allocator.report.series_picture import series_figure, series_picture

DAY, HOUR = Interval.DAY, Interval.HOUR
BEGAN = datetime(2024, 12, 30, 22, 5, tzinfo=UTC)
JUMP = Finding("SBER", DAY, datetime(2024, 4, 1), Fault.JUMP, text("it jumped"), "2024-04-01,1")
REWRITTEN = Finding("GAZP", HOUR, None, Fault.REWRITTEN, text("prices differ"))
BAD = Finding("GAZP", HOUR, datetime(2024, 4, 1, 10), Fault.BAD_PRICE, text("a price is zero"), "row")
STATUS = DataStatus(
    "/data/store.db",
    61_234_567,
    (
        IntervalStatus(
            DAY, 263, 540_813, date(2003, 2, 26), date(2024, 12, 30),
            (Gaps("RDRB", 1262, 922, date(2016, 4, 21), date(2019, 12, 11)),), (JUMP,),
        ),
        IntervalStatus(HOUR, 57, 493_566, date(2020, 1, 3), date(2024, 12, 30), (), (REWRITTEN, BAD)),
    ),
    LastRun("refresh", BEGAN, BEGAN + timedelta(minutes=3), "partial", (Trouble(text("no answer"), "error", "SBER"),)),
    LastRun("import", BEGAN, None, None),
    splits=11,
    dividends=2999,
)  # fmt: skip


def test_the_page(golden):
    """Where, how much, what is missing, and each thing in quarantine with what to type next; in both languages."""
    golden("data-status-en.txt", status_text(STATUS) + "\n")
    golden("data-status-ru.txt", status_text(STATUS, lang="ru") + "\n")


def test_an_empty_store_says_how_to_fill_it():
    """Without bars there is no table, but the next thing to type."""
    empty = DataStatus("/data/store.db", None, (IntervalStatus(DAY, 0, 0, None, None),))
    page = status_text(empty)
    assert page.startswith("Store: /data/store.db\nLast refresh: none.\n")
    assert page.endswith("allocator refresh; from files: allocator data import FILE ...")


def test_a_store_in_order():
    """Nothing in quarantine is said to be so."""
    status = DataStatus("x", 1, (IntervalStatus(DAY, 1, 1, date(2024, 1, 3), date(2024, 1, 3)),))
    assert "Nothing is quarantined." == status_text(status).splitlines()[-1]


def test_many_findings_have_an_end():
    """The page lists twenty and says how many more there are; JSON has all."""
    many = tuple(
        Finding(f"T{number:03}", DAY, datetime(2024, 4, 1), Fault.JUMP, text("it jumped")) for number in range(33)
    )
    status = DataStatus("x", 1, (IntervalStatus(DAY, 40, 400, date(2024, 1, 3), date(2024, 1, 3), (), many),))
    assert "  ... and 13 more: allocator data status --json" == status_text(status).splitlines()[-1]
    assert 33 == len(json.loads(dumps(status_document(status)))["intervals"]["day"]["quarantined"]["findings"])


def test_the_object():
    """Tickers, rows, first, last, gaps and quarantined per interval."""
    found = json.loads(dumps(status_document(STATUS)))
    assert {"name": "/data/store.db", "bytes": 61234567} == found["store"]
    assert {
        "began": "2024-12-30T22:05:00+00:00",
        "ended": "2024-12-30T22:08:00+00:00",
        "outcome": "partial",
        "notes": [{"ticker": "SBER", "level": "error", "text": "no answer"}],
    } == found["refresh"]
    assert {"began": "2024-12-30T22:05:00+00:00", "ended": None, "outcome": None, "notes": []} == found["import"]
    assert {
        "tickers": 263,
        "rows": 540813,
        "first": "2003-02-26",
        "last": "2024-12-30",
        "gaps": {
            "sessions": 1262,
            "tickers": [
                {
                    "ticker": "RDRB",
                    "sessions": 1262,
                    "longest": {"sessions": 922, "first": "2016-04-21", "last": "2019-12-11"},
                }
            ],
        },
        "quarantined": {
            "tickers": ["SBER"],
            "findings": [
                {
                    "ticker": "SBER",
                    "begin": "2024-04-01T00:00:00",
                    "fault": "jump",
                    "detail": "it jumped",
                    "bar": "2024-04-01,1",
                    "accepted": False,
                }
            ],
        },
    } == found["intervals"]["day"]


def view(adjust: str = "none", count: int = 30) -> SeriesView:
    days = np.datetime64("2024-01-09", "s") + np.arange(count) * np.timedelta64(1, "D")
    days[count // 2 :] += np.timedelta64(40, "D")
    close = np.where(np.arange(count) < count // 2, 15_110.5, 152.96)
    bars = Bars(days, close, close + 1.5, close - 0.5, close, np.full(count, 61520.0), close * 61520)
    doubtful = np.zeros(count, dtype=np.bool_)
    doubtful[-2] = adjust == "none"
    paper = Instrument(
        "GMKN", Kind.SHARE, "TQBR", "RU0007288411", "GMK Norilsk Nickel", 10, "MOEXMM", date(2001, 5, 31)
    )
    return SeriesView(
        paper,
        DAY,
        adjust,
        bars,
        doubtful,
        rows=count,
        first=date(2024, 1, 9),
        last=date(2024, 3, 18),
        missing=29,
        splits=(Split("GMKN", days[count // 2].item().date(), 1, 100, "iss"),),
        payments=((date(2024, 1, 16), Dividend("GMKN", date(2024, 1, 17), Decimal("915.33"), "RUB", "iss")),),
        renames=(Rename("OLDN", "GMKN", date(2020, 1, 3), Fraction(1, 2)),),
        findings=(Finding("GMKN", DAY, days[-2].item(), Fault.JUMP, text("it jumped")),) if adjust == "none" else (),
    )


def test_a_security(golden):
    """A card, then the last bars; what is in quarantine has a mark."""
    golden("data-show-en.txt", series_text(view(), last=5) + "\n")
    golden("data-show-ru.txt", series_text(view("total"), last=0, lang="ru") + "\n")


def test_a_security_without_bars():
    """The card alone says that there are none in these days."""
    bare = SeriesView(Instrument("X", Kind.FUND), DAY, "none", Bars.of(()), np.zeros(0, dtype=np.bool_))
    assert "X: no name is known (fund)\n\nNo bars in these days." == series_text(bare, last=20)


def test_sectors_are_spoken_of_in_the_language_asked_for():
    """Those that a refresh finds have Russian names; another stands as the store has it."""
    none = np.zeros(0, dtype=np.bool_)
    for sector, shown in (("oil and gas", "нефть и газ"), ("a new one", "a new one")):
        paper = Instrument("LKOH", Kind.SHARE, "TQBR", sector=sector)
        card = series_text(SeriesView(paper, DAY, "none", Bars.of(()), none), last=20, lang="ru")
        assert f"LKOH: имя неизвестно (обыкновенная акция), TQBR, {shown}" == card.splitlines()[0]
    assert set(market.SECTORS.values()) == set(SECTORS)


def test_a_security_as_an_object():
    """The card, and the last bars with all their digits."""
    found = json.loads(dumps(series_document(view(), last=2)))
    assert ("GMKN", "share", 10, 30, "none") == tuple(
        found[name] for name in ("ticker", "kind", "lot", "rows", "adjust")
    )
    assert [{"day": "2024-03-04", "before": 1, "after": 100, "source": "iss"}] == found["splits"]
    assert [("2024-03-17T00:00:00", True), ("2024-03-18T00:00:00", False)] == [
        (bar["begin"], bar["quarantined"]) for bar in found["bars"]
    ]
    assert 152.96 == found["bars"][0]["close"]
    assert 30 == len(json.loads(dumps(series_document(view(), last=0)))["bars"])


@pytest.mark.parametrize("adjust", ["none", "splits"])
@pytest.mark.parametrize("lang", ["en", "ru"])
def test_a_picture(adjust, lang):
    """A PNG, whatever there is to mark."""
    pytest.importorskip("matplotlib", reason="the extra `plot` is not installed")
    picture = series_picture(view(adjust), lang=lang)
    assert b"\x89PNG" == picture[:4]
    assert len(picture) > 10_000


def test_a_picture_without_turnover_has_its_days():
    """An index without volumes fills the picture, with the days under its prices."""
    pytest.importorskip("matplotlib", reason="the extra `plot` is not installed")
    nan = float("nan")
    bars = Bars.of([(f"2024-01-{day:02}", nan, nan, nan, 5 + day, nan, nan) for day in range(1, 29)])
    index = SeriesView(Instrument("IMOEX", Kind.INDEX), DAY, "splits", bars, np.zeros(len(bars), dtype=np.bool_))
    figure = series_figure(index, "en")
    figure.canvas.draw()
    (price,) = figure.axes
    assert any(label.get_text() and label.get_visible() for label in price.get_xticklabels())
    assert price.get_position().y0 < 0.2


def test_a_picture_of_what_readers_get_shows_what_they_do_not():
    """A bar in quarantine is left out of adjusted prices and marked at the foot; means of turnover are called so."""
    pytest.importorskip("matplotlib", reason="the extra `plot` is not installed")
    start = np.datetime64("2020-01-06")
    bars = Bars.of([(str(start + day), 1, 2, 1, 2, 5, 10) for day in range(1000)])
    doubt = Finding("X", DAY, datetime(2021, 4, 1), Fault.JUMP, text("it jumped"))
    none = np.zeros(len(bars), dtype=np.bool_)
    price, turnover = series_figure(
        SeriesView(Instrument("X", Kind.SHARE), DAY, "splits", bars, none, findings=(doubt,)), "en"
    ).axes
    assert ["Close", "Quarantined"] == [label.get_text() for label in price.get_legend().get_texts()]
    assert "Turnover, units of money,\nmean" == turnover.get_ylabel()


def test_a_picture_of_little():
    """One bar, or levels without volume, make a picture too."""
    pytest.importorskip("matplotlib", reason="the extra `plot` is not installed")
    nan = float("nan")
    for rows in (
        [("2024-01-09", 1, 2, 1, 2, 5, 10)],
        [(f"2024-01-{day:02}", nan, nan, nan, 5, nan, nan) for day in (9, 10)],
    ):
        bars = Bars.of(rows)
        little = SeriesView(Instrument("X", Kind.INDEX), DAY, "none", bars, np.zeros(len(bars), dtype=np.bool_))
        assert b"\x89PNG" == series_picture(little)[:4]


def imported() -> Imported:
    rows = Rows(new=540_813, equal=2, boards=6028)
    rows.faults[Fault.BAD_PRICE] = 3
    daily = FileImported(Path("bars.csv.gz"), DAY, 260, rows, 15, (Note(text("look at this"), warning=True),))
    bad = FileImported(Path("bad.csv"), None, notes=(Note(text("bad.csv: no column close."), warning=True),))
    return Imported((daily, bad), 10.0)


def test_what_was_imported():
    """A line for each file that was understood, with every row in it, and the speed."""
    assert (
        "bars.csv.gz: daily bars of 260 tickers: 540 813 new, 2 already there, 6 028 of other boards, "
        "3 quarantined (bad price), 15 to be looked at (jump).\n"
        "546 846 rows in 10.0 s, 54 685 a second."
    ) == imported_text(imported())
    assert ["look at this"] == [str(each) for each in import_notes(imported(), warnings=True)]
    assert [] == list(import_notes(imported(), warnings=False))


def test_what_was_imported_as_an_object():
    """The sums of all files and each file's own."""
    found = json.loads(dumps(import_document(imported())))
    assert (546846, 540813, {"bad price": 3}) == (found["rows"], found["new"], found["quarantined"])
    assert [("day", 260, 15), (None, 0, 0)] == [
        (each["interval"], each["tickers"], each["flagged"]) for each in found["files"]
    ]
