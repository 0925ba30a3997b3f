"""Recorded history into a store and out of it: what is believed, what is kept out, and that nothing is lost."""

from __future__ import annotations

import math
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from allocator.app.data import DataDesk, Selection
from allocator.app.import_series import Request
from allocator.app.importing import Importer
from allocator.core.bars import FIELDS, Bars, Interval
from allocator.core.errors import MarketError, StoreError, UsageError
from allocator.core.finding import Fault, Finding
from allocator.core.instrument import Dividend, Instrument, Kind, Rename, Split
from allocator.core.text import text
from allocator.report.imported import Imported
from allocator.store import Load, Store, open_store

DAY, HOUR = Interval.DAY, Interval.HOUR
NOW = datetime(2024, 5, 2, 12, tzinfo=UTC)
HEAD = "ticker,date,open,high,low,close,volume,value,board\n"
RECORDED = Path(__file__).parents[3].parent / "shared" / "data"
GMKN = """date,open,high,low,close,volume,value,board
2024-03-29,15250,15250,15100,15110,69301,1049552710,TQBR
2024-04-01,15120,15208,15048,15054,61520,931376262,TQBR
2024-04-08,152.5,156.38,152.12,152.96,22218400,3418736504.6,TQBR
"""
GMKN_HOURS = """begin,open,high,low,close,volume
2024-03-29 22:00,151.32,151.48,151,151.1,2377
2024-04-01 18:00,151.04,151.38,150.48,150.54,5255
2024-04-08 10:00,152.5,156,152.5,152.96,5255000
"""


@pytest.fixture
def lite(seeded: Path, tmp_path: Path) -> Iterator[Store]:
    with open_store(str(shutil.copy(seeded, tmp_path / "store.db"))) as store:
        yield store


def importer(store: Store, now: datetime = NOW) -> Importer:
    return Importer(store, lambda: now, lambda: 0.0, lambda *_: None)


def desk(store: Store) -> DataDesk:
    return DataDesk(store, lambda: NOW)


def bring(store: Store, *files: Path, **asked: object) -> Imported:
    return importer(store).run(Request(files, **asked))  # type: ignore[arg-type]


def wrote(folder: Path, content: str, name: str = "SBER.csv") -> Path:
    path = folder / name
    path.write_text(content, encoding="utf-8")
    return path


def stored(store: Store, ticker: str, interval: Interval = DAY) -> Bars:
    with store.reading() as transaction:
        return transaction.bars.read(ticker, interval)


def findings(store: Store) -> list[Finding]:
    with store.reading() as transaction:
        return transaction.findings.all()


def loads(store: Store, interval: Interval = DAY) -> dict[str, tuple[str, str]]:
    with store.reading() as transaction:
        return {each.ticker: (str(each.since), str(each.till)) for each in transaction.loads.all(interval)}


def snapshot(store: Store) -> object:
    """All that an import may change, save the journal."""
    with store.reading() as transaction:
        bars = {
            (interval, each.ticker): [
                [repr(value) for value in row]
                for row in zip(*(getattr(found, name).tolist() for name in ("begin", *FIELDS)), strict=True)
            ]
            for interval in Interval
            for each in transaction.bars.coverage(interval)
            for found in [transaction.bars.read(each.ticker, interval)]
        }
        return (
            bars, transaction.findings.all(), transaction.instruments.all(), transaction.splits.all(),
            [transaction.loads.all(interval) for interval in Interval], transaction.calendar.get().days.tolist(),
        )  # fmt: skip


def days(first: str, count: int, price: float = 100.0, ticker: str = "SBER", board: str = "TQBR") -> str:
    """A daily file of working days at about one price."""
    lines, day = [], date.fromisoformat(first)
    while len(lines) < count:
        if day.weekday() < 5:
            lines.append(f"{ticker},{day},{price},{price * 1.01},{price * 0.99},{price},1000,{price * 1000},{board}\n")
        day += timedelta(days=1)
    return HEAD + "".join(lines)


def test_importing_twice_changes_nothing(store, tmp_path):
    """The second import of a file finds every row already there, on either database."""
    path = wrote(tmp_path, days("2024-01-08", 30) + "SBER,2024-03-01,1,2,3,2,5,10,TQBR\n")
    first = bring(store, path).rows
    before = snapshot(store)
    second = bring(store, path).rows
    assert (30, 0, {Fault.BAD_RANGE: 1}) == (first.new, first.equal, dict(first.faults))
    assert (0, 30, {Fault.BAD_RANGE: 1}) == (second.new, second.equal, dict(second.faults))
    assert before == snapshot(store)


def test_exported_and_imported_is_the_same(store, tmp_path):
    """A store filled from another's export has the same bars and findings, to the last bit, in each form of file."""
    path = wrote(tmp_path, days("2024-01-08", 30) + days("2024-01-08", 5, 0.019455, "VTBR").removeprefix(HEAD))
    bring(store, path, wrote(tmp_path, GMKN, "GMKN.csv"))
    expected = snapshot(store)
    for name in ("out.csv", "out.csv.gz", "out.parquet"):
        if name.endswith("parquet"):
            pytest.importorskip("pyarrow", reason="the extra `parquet` is not installed")
        assert 38 == desk(store).export(tmp_path / name, Selection(), lambda _: None)
        with open_store(str(tmp_path / f"{name}.db")) as other:
            bring(other, tmp_path / name)
            assert expected == snapshot(other)


def test_a_bad_row_stops_no_other(lite, tmp_path):
    """It is kept out and found, with its place in the file; a day without deals is no bar and no finding."""
    path = wrote(
        tmp_path,
        HEAD
        + "SBER,2024-04-01,100,101,99,100,10,1000,TQBR\n"
        + "SBER,2024-04-02,,,,,0,0,TQBR\n"
        + "SBER,2024-04-03,100,101,99,-5,10,1000,TQBR\n"
        + "SBER,2024-04-04,?,101,99,100,10,1000,TQBR\n"
        + "SBER,2024-04-05,100,101,99,100,10,1000,TQBR\n"
        + "SBER,2024-05-03,100,101,99,100,10,1000,TQBR\n",
    )
    imported = bring(lite, path)
    rows = imported.rows
    assert (6, 2, 1, 1) == (rows.total, rows.new, rows.untraded, rows.unread)
    assert Counter({Fault.BAD_PRICE: 1, Fault.FUTURE: 1}) == rows.faults
    notes = [str(note.text).replace(str(path), "FILE") for note in imported.files[0].notes if note.warning]
    assert [
        'FILE:5: open is "?", not a number: SBER,2024-04-04,?,101,99,100,10,1000,TQBR',
        "FILE:4: SBER: a price is zero, negative or infinite: 2024-04-03 00:00:00,100,101,99,-5,10,1000",
        "FILE:7: SBER: the bar is of a day to come: 2024-05-03 00:00:00,100,101,99,100,10,1000",
    ] == notes
    assert {Fault.BAD_PRICE, Fault.FUTURE} == {each.fault for each in findings(lite)}
    assert ["2024-04-01", "2024-04-05"] == [str(day) for day in stored(lite, "SBER").days]


def test_a_row_that_comes_good_leaves_quarantine(lite, tmp_path):
    """A good row for the time of a bad one is taken, and the finding goes; a bad row for a good bar is no finding."""
    bad = HEAD + "SBER,2024-04-03,100,101,99,-5,10,1000,TQBR\n"
    good = HEAD + "SBER,2024-04-03,100,101,99,100,10,1000,TQBR\n"
    bring(lite, wrote(tmp_path, bad))
    assert 1 == len(findings(lite))
    bring(lite, wrote(tmp_path, good))
    assert ([], [100.0]) == (findings(lite), stored(lite, "SBER").close.tolist())
    bring(lite, wrote(tmp_path, bad))
    assert ([], [100.0]) == (findings(lite), stored(lite, "SBER").close.tolist())


def test_the_row_of_the_main_board(lite, tmp_path):
    """Of several boards on a day TQBR counts, else the larger turnover; odd lots never beside them."""
    content = HEAD + "".join(
        f"SBER,{day},{price},{price},{price},{price},10,{value},{board}\n"
        for day, price, value, board in (
            ("2024-04-01", 90, 9_000_000, "TQPI"),
            ("2024-04-01", 100, 1000, "TQBR"),
            ("2024-04-02", 101, 100, "TQPI"),
            ("2024-04-02", 102, 200, "TQDE"),
            ("2024-04-03", 55, 55, "SMAL"),
        )
    )
    rows = bring(lite, wrote(tmp_path, content)).rows
    assert (2, 3) == (rows.new, rows.boards)
    assert [100.0, 102.0] == stored(lite, "SBER").close.tolist()


def test_candles_are_put_back_to_prices_paid(lite, tmp_path):
    """Hourly prices with a split worked in are told by the stored daily bars, and said so; volumes stay."""
    bring(lite, wrote(tmp_path, GMKN, "GMKN.csv"))
    imported = bring(lite, wrote(tmp_path, GMKN_HOURS, "hours_GMKN.csv"))
    hours = stored(lite, "GMKN", HOUR)
    assert [15110.0, 15054.0, 152.96] == hours.close.tolist()
    assert [2377.0, 5255.0, 5255000.0] == hours.volume.tolist()
    assert [
        "GMKN: the split 1:100 of 2024-04-08 was worked into the prices before it; they are put back to what was paid."
    ] == [str(note.text) for note in imported.files[0].notes]
    assert [] == findings(lite)


@pytest.mark.parametrize("hours", [GMKN_HOURS, GMKN_HOURS[: GMKN_HOURS.index("2024-04-08")]], ids=["over", "before"])
def test_the_order_of_files_does_not_matter(lite, tmp_path, hours):
    """Hourly bars first, or daily bars first: the same prices, even where the hours alone do not tell."""
    daily, hourly = wrote(tmp_path, GMKN, "GMKN.csv"), wrote(tmp_path, hours, "hours_GMKN.csv")
    bring(lite, daily, hourly)
    expected = snapshot(lite)
    with open_store(str(tmp_path / "other.db")) as other:
        bring(other, hourly, daily)
        assert expected == snapshot(other)


def test_what_nothing_tells_the_user_may(lite, tmp_path):
    """Before a split, and with nothing to compare with, prices are taken as given unless --adjusted-to says more."""
    path = wrote(tmp_path, GMKN_HOURS[: GMKN_HOURS.index("2024-04-08")], "GMKN.csv")
    imported = bring(lite, path)
    assert [151.1, 150.54] == stored(lite, "GMKN", HOUR).close.tolist()
    said = [str(note.text) for note in imported.files[0].notes]
    assert any("nothing tells whether the split of 2024-04-08" in each for each in said)
    assert any("--adjusted-to" in each for each in said)
    bring(lite, path, adjusted_to=date(2024, 4, 7), replace=True)  # the split is later
    assert [151.1, 150.54] == stored(lite, "GMKN", HOUR).close.tolist()
    rows = bring(lite, path, adjusted_to=date(2025, 1, 1), replace=True).rows
    assert ([15110.0, 15054.0], 2) == (stored(lite, "GMKN", HOUR).close.tolist(), rows.replaced)


def test_the_store_is_believed_before_a_file(lite, tmp_path):
    """Other figures for a time that is there are kept out and told of; with --replace the file is believed."""
    bring(lite, wrote(tmp_path, days("2024-04-01", 3)))
    other = wrote(tmp_path, days("2024-04-01", 4, 103.0))
    imported = bring(lite, other)
    assert (1, 3) == (imported.rows.new, imported.rows.kept)
    assert [100.0, 100.0, 100.0, 103.0] == stored(lite, "SBER").close.tolist()
    assert "rows that differ from the store: 3, the first of 2024-04-01" in str(imported.files[0].notes[0].text)
    assert 3 == bring(lite, other, replace=True).rows.replaced
    assert [103.0] * 4 == stored(lite, "SBER").close.tolist()


def test_figures_that_the_store_lacks_are_filled_in(lite, tmp_path):
    """A row without turnover is completed by one that has it, and by nothing else."""
    bring(lite, wrote(tmp_path, "date,close,volume\n2024-04-01,100,10\n"))
    rows = bring(lite, wrote(tmp_path, "date,close,volume,value\n2024-04-01,100,10,1000\n")).rows
    assert (1, 0, [1000.0]) == (rows.completed, rows.new, stored(lite, "SBER").value.tolist())
    assert 1 == bring(lite, wrote(tmp_path, "date,close,volume\n2024-04-01,100,10\n")).rows.equal
    assert [1000.0] == stored(lite, "SBER").value.tolist()


def test_a_refresh_goes_on_from_the_imported_days(lite, tmp_path):
    """Days that join are one span; today's bar is not final; days with a hole between them are loaded anew."""
    bring(lite, wrote(tmp_path, days("2024-04-22", 4)))
    assert {"SBER": ("2024-04-22", "2024-04-25")} == loads(lite)
    bring(lite, wrote(tmp_path, days("2024-04-26", 5)))  # up to today
    assert {"SBER": ("2024-04-22", "2024-05-01")} == loads(lite)
    bring(lite, wrote(tmp_path, days("2024-04-18", 1)))
    assert {"SBER": ("2024-04-18", "2024-05-01")} == loads(lite)  # nothing says that there was a session on the 19th
    bring(lite, wrote(tmp_path, days("2024-04-02", 2)))
    assert {} == loads(lite)
    bring(lite, wrote(tmp_path, days("2024-04-22", 4)))
    assert {} == loads(lite)  # the hole is there still


def test_a_day_between_is_a_hole(lite, tmp_path):
    """A session that another paper had is missing between the days of this one."""
    bring(
        lite, wrote(tmp_path, days("2024-04-22", 4)), wrote(tmp_path, days("2024-04-22", 9, ticker="GAZP"), "GAZP.csv")
    )
    bring(lite, wrote(tmp_path, days("2024-04-29", 2)))
    assert {"GAZP": ("2024-04-22", "2024-05-01")} == loads(lite)


def test_kinds_are_guessed(lite, tmp_path):
    """Funds by their board, indexes by name, preferred shares when the ordinary one is there, in any order."""
    content = days("2024-04-01", 1, ticker="RTKMP") + days("2024-04-01", 1, ticker="LQDT", board="TQTF")[len(HEAD) :]
    bring(lite, wrote(tmp_path, content, "some.csv"), wrote(tmp_path, "date,close\n2024-04-01,3300\n", "IMOEX.csv"))

    def kinds() -> dict[str, Kind]:
        with lite.reading() as transaction:
            return {each.ticker: each.kind for each in transaction.instruments.all()}

    assert {"IMOEX": Kind.INDEX, "LQDT": Kind.FUND, "RTKMP": Kind.SHARE} == kinds()
    content = days("2024-04-01", 2, ticker="RTKM") + days("2024-04-01", 2, ticker="RTKMP")[len(HEAD) :]
    bring(lite, wrote(tmp_path, content, "some.csv"))
    assert (Kind.SHARE, Kind.PREFERRED) == (kinds()["RTKM"], kinds()["RTKMP"])


def test_what_the_exchange_said_is_not_guessed_over(lite, tmp_path):
    """A paper with an ISIN came from the exchange: its kind and board stay."""
    with lite.transaction() as transaction:
        transaction.instruments.put([Instrument("LQDT", Kind.FUND, "TQTF", "RU000A1014L8", "Ликвидность", 1)])
    bring(lite, wrote(tmp_path, days("2024-04-01", 2, ticker="LQDT", board="TQBR"), "x.csv"))
    with lite.reading() as transaction:
        assert Instrument("LQDT", Kind.FUND, "TQTF", "RU000A1014L8", "Ликвидность", 1) == transaction.instruments.get(
            "LQDT"
        )


def test_a_file_that_is_not_understood_stops_no_other(lite, tmp_path):
    """The others are imported, the failure is kept for the end; when there is nothing else it is the end."""
    bad = wrote(tmp_path, "nothing\n1\n", "GAZP.csv")
    work = importer(lite)
    imported = work.run(Request([bad, wrote(tmp_path, days("2024-04-01", 2))]))
    assert (2, ["GAZP"], None) == (imported.rows.new, [Path(str(bad)).stem], imported.files[0].interval)
    assert [f"{bad}: no column date, close."] == [str(error.message) for error in work.failures]
    with pytest.raises(MarketError, match="no column date, close"):
        bring(lite, bad)
    with lite.reading() as transaction:
        assert ["failed", "partial"] == [run.outcome for run in transaction.journal.runs(2)]


def test_two_writers_do_not_meet(lite, tmp_path):
    """While a refresh holds the store, an import is refused and nothing of it is written."""
    path = wrote(tmp_path, days("2024-04-01", 2))
    with lite.lock("refresh") as mine, open_store(str(tmp_path / "store.db")) as other:
        assert mine
        with pytest.raises(StoreError, match="another refresh or import is at work"):
            bring(other, path)
    with lite.reading() as transaction:
        assert [] == transaction.instruments.all()


def jumping(folder: Path) -> Path:
    """A price that leaves its level by a factor of ten for good."""
    late = days("2024-04-01", 10, 1000.0).removeprefix(HEAD)
    return wrote(folder, days("2024-02-01", 30) + late)


def test_a_jump_waits_for_a_person(lite, tmp_path):
    """It is stored, marked and kept from readers; accepted, it is a price, also after the file comes again."""
    imported = bring(lite, jumping(tmp_path))
    assert 1 == imported.files[0].flagged
    view = desk(lite).show("SBER", Selection())
    assert ["2024-04-01"] == [str(day) for day in view.bars.days[view.doubtful]]
    assert 39 == len(desk(lite).show("SBER", Selection(adjust="splits")).bars)
    said = desk(lite).accept("SBER", date(2024, 4, 1), Interval)
    assert ["SBER: the bar of 2024-04-01 is believed."] == [str(each) for each in said]
    assert 40 == len(desk(lite).show("SBER", Selection(adjust="splits")).bars)
    bring(lite, jumping(tmp_path), wrote(tmp_path, days("2024-04-15", 2, 1000.0), "more.csv"))
    assert () == desk(lite).status().intervals[0].findings
    with pytest.raises(UsageError, match="nothing of 2024-04-01 is in doubt"):
        desk(lite).accept("SBER", date(2024, 4, 1), Interval)


def test_a_declared_split_explains_a_jump(lite, tmp_path):
    """With the split the jump is none and adjusted prices go on; the wrong way round is told of."""
    bring(lite, jumping(tmp_path))
    wrong = [str(each) for each in desk(lite).declare_split("SBER", date(2024, 4, 1), 1, 10)]
    assert "If it was the other way round: allocator data split SBER 2024-04-01 10:1; " in wrong[-1]
    assert wrong[-1].endswith("if there was none: allocator data split SBER 2024-04-01 --remove")
    assert ["SBER: 10 became 1 on 2024-04-01."] == [
        str(each) for each in desk(lite).declare_split("SBER", date(2024, 4, 1), 10, 1)
    ]
    view = desk(lite).show("SBER", Selection(adjust="splits"))
    assert ({1000.0}, ()) == (set(view.bars.close.tolist()), view.findings)
    back = [str(each) for each in desk(lite).remove_split("SBER", date(2024, 4, 1))]
    assert "SBER: the split of 2024-04-01 is forgotten." == back[0]
    assert 1 == len(desk(lite).show("SBER", Selection()).findings)


@pytest.mark.parametrize(("before", "after"), [(0, 1), (1, 0), (3, 3)])
def test_no_split(lite, tmp_path, before, after):
    """A ratio of one, or of nothing, is refused."""
    bring(lite, jumping(tmp_path))
    with pytest.raises(UsageError, match="is no split"):
        desk(lite).declare_split("SBER", date(2024, 4, 1), before, after)


@pytest.mark.parametrize(
    ("day", "before", "after", "words"),
    [
        (date(9999, 12, 31), 1, 2, "9999-12-31 is no day of a split: it is not between 1990-01-01 and"),
        (date(1989, 12, 31), 1, 2, "1989-12-31 is no day of a split"),
        (date(2024, 4, 1), 1, 100_001, "1:100001 is beyond any split of an exchange. Neither number may be above"),
        (date(2024, 4, 1), 1_000_000_000, 999_999_999, "is beyond any split"),
    ],
)
def test_no_split_of_this_world(lite, tmp_path, day, before, after, words):
    """Days and sizes that no exchange has seen are slips; nothing is declared."""
    bring(lite, jumping(tmp_path))
    with pytest.raises(UsageError, match=words):
        desk(lite).declare_split("SBER", day, before, after)
    with lite.reading() as transaction:
        assert not [each for each in transaction.splits.all() if each.source == "manual"]


def test_an_unknown_split_is_not_removed(lite, tmp_path):
    """The days of those that are known are told."""
    bring(lite, wrote(tmp_path, GMKN, "GMKN.csv"))
    with pytest.raises(UsageError, match=r"no split of 2024-04-09 is known. Known are those of 2024-04-08."):
        desk(lite).remove_split("GMKN", date(2024, 4, 9))


def test_accepting_a_rewritten_history_loads_it_anew(lite, tmp_path):
    """The ticker's load is forgotten, so that the next refresh asks for all of it."""
    bring(lite, wrote(tmp_path, days("2024-04-01", 5)))
    with lite.transaction() as transaction:
        transaction.findings.put([Finding("SBER", DAY, None, Fault.REWRITTEN, text("prices differ"))])
        transaction.loads.put(Load("SBER", HOUR, date(2024, 1, 1), date(2024, 4, 1)))
    assert ["SBER: the next refresh loads its history anew and replaces what is here."] == [
        str(each) for each in desk(lite).accept("SBER", None, Interval)
    ]
    assert ({}, {"SBER": ("2024-01-01", "2024-04-01")}) == (loads(lite), loads(lite, HOUR))


def test_unknown_tickers(lite, tmp_path):
    """A slip is met with what was meant; an empty store with how to fill it."""
    with pytest.raises(StoreError, match=r"no securities in the store yet. Load them: allocator refresh, or"):
        desk(lite).show("SBER", Selection())
    bring(lite, wrote(tmp_path, days("2024-04-01", 5)))
    with pytest.raises(UsageError, match=r"SBRE is not in the store. Did you mean SBER\?"):
        desk(lite).show("SBRE", Selection())
    for ask in (
        lambda: desk(lite).status(tickers=("SBRE",)),
        lambda: desk(lite).accept("SBRE", None, Interval),
        lambda: desk(lite).declare_split("SBRE", date(2024, 4, 1), 1, 2),
        lambda: desk(lite).export(None, Selection(tickers=("SBRE",)), print),
    ):
        with pytest.raises(UsageError, match="SBRE is not in the store"):
            ask()


def test_nothing_to_export(lite, tmp_path):
    """Days without bars make no file."""
    bring(lite, wrote(tmp_path, days("2024-04-01", 5)))
    with pytest.raises(StoreError, match="no such bars"):
        desk(lite).export(tmp_path / "x.csv", Selection(since=date(2025, 1, 1)), print)
    assert not (tmp_path / "x.csv").exists()


def test_an_export_of_a_part(lite, tmp_path):
    """Tickers, days and their ends are those asked for."""
    content = days("2024-04-01", 5) + days("2024-04-01", 5, ticker="GAZP")[len(HEAD) :]
    bring(lite, wrote(tmp_path, content, "all.csv"))
    said: list[str] = []
    selection = Selection(tickers=("GAZP",), since=date(2024, 4, 2), till=date(2024, 4, 3))
    assert 2 == desk(lite).export(None, selection, said.append)
    assert ["GAZP,2024-04-02", "GAZP,2024-04-03"] == [line[:15] for line in "".join(said).splitlines()[1:]]


def test_adjusted_series_are_those_of_readers(lite, tmp_path):
    """An old ticker is joined into the new one, prices before a split and a dividend are scaled, after tax."""
    bring(
        lite,
        wrote(
            tmp_path, days("2024-01-09", 3, 1000.0, "OLD") + days("2024-01-12", 5, 100.0, "NEW")[len(HEAD) :], "x.csv"
        ),
    )
    with lite.transaction() as transaction:
        transaction.renames.put([Rename("OLD", "NEW", date(2024, 1, 12), Fraction(1), "manual")])
        transaction.splits.put([Split("NEW", date(2024, 1, 12), 1, 10, "manual")])
        transaction.dividends.put([Dividend("NEW", date(2024, 1, 16), Decimal(10), "RUB", "manual")])
    splits = desk(lite).show("OLD", Selection(adjust="splits"))
    assert [100.0] * 8 == splits.bars.close.tolist()
    total = replace(desk(lite), tax=Decimal("0.1")).show("NEW", Selection(adjust="total"))
    np.testing.assert_allclose([91.0] * 5 + [100.0] * 3, total.bars.close)
    assert [(date(2024, 1, 16), Decimal(10))] == [(day, each.amount) for day, each in total.payments]
    assert 1 == len(total.renames)


def test_status(lite, tmp_path):
    """Rows, days, missing sessions, findings and runs are those of the store; tickers narrow all of them."""
    content = days("2024-04-01", 10) + days("2024-04-01", 2, ticker="GAZP")[len(HEAD) :]
    late = days("2024-04-10", 2, ticker="GAZP")[len(HEAD) :] + "GAZP,2024-04-15,1,2,3,2,1,1,TQBR\n"
    bring(lite, wrote(tmp_path, content + late, "all.csv"), wrote(tmp_path, GMKN_HOURS, "GMKN.csv"))
    status = desk(lite).status()
    daily, hourly = status.intervals
    assert (2, 14, date(2024, 4, 1), date(2024, 4, 12)) == (daily.tickers, daily.rows, daily.first, daily.last)
    assert [("GAZP", 5, 5, date(2024, 4, 3), date(2024, 4, 9))] == [
        (each.ticker, each.sessions, each.longest, each.since, each.till) for each in daily.gaps
    ]
    assert (("GAZP",), 5) == (daily.quarantined, daily.missing)
    assert (1, 3) == (hourly.tickers, hourly.rows)
    assert ("import", "done", None) == (status.imported.kind, status.imported.outcome, status.refresh)
    assert status.size > 0
    only = desk(lite).status([DAY], ("SBER",)).intervals
    assert [(1, 10, (), ())] == [(each.tickers, each.rows, each.gaps, each.findings) for each in only]


def test_the_size_and_days_on_both_databases(store, tmp_path):
    """What is counted without looking at prices is counted alike."""
    bring(store, wrote(tmp_path, GMKN, "GMKN.csv"), wrote(tmp_path, GMKN_HOURS, "hours_GMKN.csv"))
    status = desk(store).status()
    assert [(1, 3), (1, 3)] == [(each.tickers, each.rows) for each in status.intervals]
    assert status.size > 0


@pytest.mark.skipif(not RECORDED.exists(), reason="../shared is absent: recorded data of the exchange")
def test_recorded_events(lite):
    """Splits, a rename, a suspension and a weekend session load without a finding, as they were traded."""
    events = sorted((RECORDED / "events").glob("*.csv"))
    imported = importer(lite, NOW.replace(year=2026, month=11)).run(Request(events))
    assert ([], Counter(), 0) == (findings(lite), imported.rows.faults, imported.rows.unread)
    assert 4 == imported.rows.untraded
    daily = stored(lite, "GMKN")
    hours = stored(lite, "GMKN", HOUR)
    last = hours.close[hours.begin < np.datetime64("2024-04-01T19:00:00")][-1]
    assert (15054.0, daily.close[daily.days == np.datetime64("2024-04-01")][0]) == (last, last)
    assert math.isclose(152.96, daily.close[daily.days == np.datetime64("2024-04-08")][0])


@pytest.mark.slow
@pytest.mark.skipif(not RECORDED.exists(), reason="../shared is absent: recorded data of the exchange")
def test_all_recorded_history_is_explained(lite):
    """A million rows load; what waits for a person is a handful of bars, each with a reason, and none is kept out."""
    files = [RECORDED / "daily" / "bars_2014_2024.csv.gz", *sorted((RECORDED / "hourly").glob("*.gz"))]
    files += [*sorted((RECORDED / "index").glob("*.csv")), *sorted((RECORDED / "funds").glob("*.csv"))]
    imported = importer(lite, NOW.replace(year=2026, month=11)).run(Request(files))
    rows = imported.rows
    assert (Counter(), 0, 6028) == (rows.faults, rows.unread, rows.boards)
    assert rows.total - 6028 == rows.stored
    waiting = findings(lite)
    assert {Fault.JUMP} == {each.fault for each in waiting}
    assert {"DASB", "GTLC", "LPSB", "MOBB", "RGSS", "RVI", "TAER", "TANL", "VRSB"} >= {each.ticker for each in waiting}
