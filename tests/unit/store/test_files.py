"""Histories in files: what is read is what stands there, and what is written is read back to the last bit."""

from __future__ import annotations

import gzip
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.core.bars import FIELDS, Bars, Interval
from allocator.core.errors import MarketError, UsageError
from allocator.store.export import Part, csv_chunks, write_history
from allocator.store.files import read_history, ticker_of

DAYS = "ticker,date,open,high,low,close,volume,value,board\n"
CLOSES = b"date,close\n2024-01-03,1\n"
RECORDED = Path(__file__).parents[3].parent / "shared" / "data"


def wrote(folder: Path, content: str | bytes, name: str = "SBER.csv") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def refusal(path: Path, **asked: object) -> str:
    with pytest.raises(MarketError) as caught:
        read_history(path, **asked)  # type: ignore[arg-type]
    assert caught.value.hint is not None or "cannot be read" in str(caught.value)
    return str(caught.value.message).replace(str(path), "FILE")


def bad(path: Path) -> list[tuple[int, str]]:
    return [(each.line, str(each.what)) for each in read_history(path).bad]


def test_daily_rows_by_ticker(tmp_path):
    """Each ticker's rows come together in the order of the file, with the line and the board of each."""
    found = read_history(
        wrote(
            tmp_path,
            DAYS
            + "SBER,2024-01-03,271.9,274.7,271,274.56,11346870,3100000000,TQBR\n"
            + "GAZP,2024-01-03,160,161,159,160.5,10,1605,TQBR\n"
            + "SBER,2024-01-04,274.6,275,273,274,5,1370,SMAL\n",
            "all.csv",
        )
    )
    assert (Interval.DAY, 3, (), False) == (found.interval, found.rows, found.bad, found.levels)
    sber, gazp = found.series
    assert ("SBER", [2, 4], ["TQBR", "SMAL"]) == (sber.ticker, sber.lines.tolist(), sber.boards.tolist())
    assert ["2024-01-03", "2024-01-04"] == [str(day) for day in sber.bars.days]
    assert [274.56, 274.0] == sber.bars.close.tolist()
    assert ("GAZP", [160.5], [1605.0]) == (gazp.ticker, gazp.bars.close.tolist(), gazp.bars.value.tolist())


@pytest.mark.parametrize("begin", ["2024-01-03 10:00", "2024-01-03 10:00:00", "2024-01-03T10:00:00"])
def test_hours(tmp_path, begin):
    """A column `begin` makes a history of hours, with or without seconds; turnover that is not there is not known."""
    found = read_history(wrote(tmp_path, f"begin,open,high,low,close,volume\n{begin},1,2,1,2,5\n"))
    assert (Interval.HOUR, "SBER") == (found.interval, found.series[0].ticker)
    assert "2024-01-03T10:00:00" == str(found.series[0].bars.begin[0])
    assert math.isnan(found.series[0].bars.value[0])


def test_an_index_has_levels_alone(tmp_path):
    """A file without volume and turnover is one of levels, and needs no more than date and close."""
    found = read_history(wrote(tmp_path, "date,close\n2003-02-26,335.67\n", "MCFTRR_to_2024.csv"))
    assert (True, "MCFTRR") == (found.levels, found.series[0].ticker)
    assert math.isnan(found.series[0].bars.open[0])


def test_the_columns_of_the_exchange(tmp_path):
    """Tables saved from the exchange keep their names of columns; those without a meaning here are named."""
    content = "SECID;TRADEDATE;OPEN;LOW;HIGH;CLOSE;NUMTRADES;VOLUME\nGMKN;2024-04-02;;;;;0;0\n"
    found = read_history(wrote(tmp_path, content))
    assert ("GMKN", ("NUMTRADES",)) == (found.series[0].ticker, found.unused)
    assert math.isnan(found.series[0].bars.close[0])


def test_a_spreadsheet_of_russia(tmp_path):
    """Semicolons, decimal commas, spaces between thousands and a byte order mark are what Excel writes."""
    content = "\ufeffDate;Close;Volume\n2024-01-03;274,56;11 346 870\n"
    bars = read_history(wrote(tmp_path, content)).series[0].bars
    assert (274.56, 11346870.0) == (bars.close[0], bars.volume[0])


def test_a_bad_line_stops_no_other(tmp_path):
    """Each line that is no bar is told with its number and its fault, in the order of the file."""
    path = wrote(
        tmp_path,
        DAYS
        + "SBER,2024-01-03,1,2,1,2,5,10,TQBR\n"
        + "\n"
        + "SBER,2024-02-30,1,2,1,2,5,10,TQBR\n"
        + "SBER,2024-01-04,1,2,1\n"
        + "SBER,2024-01-05,1,two,1,2,5,10,TQBR\n"
        + '"S BER",2024-01-05,1,2,1,2,5,10,TQBR\n'
        + '"SBER",2024-01-08,1,2,1,2,5,10,TQBR\n',
    )
    assert [
        (4, 'date is "2024-02-30", not a date such as 2024-01-31'),
        (5, "5 values for 9 columns"),
        (6, 'high is "two", not a number'),
        (7, '"S BER" is not a ticker'),
    ] == bad(path)
    assert [2, 8] == read_history(path).series[0].lines.tolist()


def test_bars_of_ten_minutes_are_not_hours(tmp_path):
    """A bar that begins within an hour is told of, not taken for an hour's."""
    path = wrote(tmp_path, "begin,close\n2024-01-03 10:00,1\n2024-01-03 10:10,2\n")
    assert [(3, "2024-01-03 10:10:00 is not the beginning of an hour")] == bad(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "FILE: the file is empty."),
        ("\n\n", "FILE: the file is empty."),
        ("ticker,open\nSBER,1\n", "FILE: no column date, close."),
        ("date,begin,close\n", "FILE: both date and begin are there."),
        ("date,close,CLOSE\n", "FILE: column close stands twice."),
        ("date,close\n", "FILE: there is not one bar in it."),
        (
            "date,close\nyesterday,1\n",
            'FILE: not one line is a bar; line 2: date is "yesterday", not a date such as 2024-01-31.',
        ),
        ("date,close\n2024-01-03 10:00,1\n", "FILE: there are times of day in a history of days."),
        (b"date,close\n2024-01-03,1\xff\n", "FILE: not a text file in UTF-8."),
        (b"\x1f\x8b\x08\x00broken", "FILE: the compressed file is damaged or not whole."),
        (gzip.compress(CLOSES * 9, mtime=0)[:-12], "FILE: the compressed file is damaged or not whole."),
        ("date,close,adjust\n2024-01-03,1,splits\n",
         "FILE: its prices are adjusted, and the store keeps prices as they were traded."),
    ],
)  # fmt: skip
def test_a_file_that_is_no_history(tmp_path, content, message):
    """What cannot be understood at all is one error that says what is missing and what to write."""
    assert message == refusal(wrote(tmp_path, content))


def test_no_file(tmp_path):
    """A path that leads nowhere, or to a folder, is told as such."""
    assert "FILE: no such file." == refusal(tmp_path / "none.csv")
    assert "FILE: not a file." == refusal(tmp_path)


def test_the_interval_may_be_told(tmp_path):
    """--interval overrides the name of the column, unless the times contradict it."""
    path = wrote(tmp_path, "date,close\n2024-01-03 10:00,1\n2024-01-03 11:00,2\n")
    assert Interval.HOUR is read_history(path, interval=Interval.HOUR).interval
    days = wrote(tmp_path, "begin,close\n2024-01-03,1\n2024-01-04,2\n")
    assert Interval.DAY is read_history(days).interval
    assert "FILE: there are no times of day in a history of hours." == refusal(days, interval=Interval.HOUR)


@pytest.mark.parametrize(
    ("name", "ticker"),
    [
        ("IMOEX.csv", "IMOEX"),
        ("sber.csv.gz", "SBER"),
        ("daily_GMKN_2024-03-15.csv", "GMKN"),
        ("history_null_rows_GMKN_2024-03-25.csv", "GMKN"),
        ("daily_T_2024-11-11.csv", "T"),
    ],
)
def test_the_ticker_in_a_name(name, ticker):
    """The name of a file is its ticker, or has it as the only word in capitals."""
    assert ticker == ticker_of(Path("folder") / name)


def test_a_name_without_a_ticker(tmp_path):
    """A name that does not say whose history it is asks for --ticker, which says it."""
    path = wrote(tmp_path, "date,close\n2024-01-03,1\n", "my data.csv")
    assert "no column ticker" in refusal(path)
    assert "SBER" == read_history(path, ticker="SBER").series[0].ticker
    assert "no column ticker" in refusal(wrote(tmp_path, "date,close\n2024-01-03,1\n", "SBER_GAZP.csv"))


NUMBERS = st.one_of(
    st.just(math.nan),
    st.floats(min_value=0, max_value=1e300, allow_subnormal=True),
    st.decimals(min_value=0, max_value=10**9, places=6).map(float),
    st.integers(min_value=0, max_value=10**18).map(float),
)


@st.composite
def histories(draw: st.DrawFn, interval: Interval) -> list[Part]:
    names = draw(st.lists(st.sampled_from(["SBER", "GAZP", "T", "RU000A1", "BANEP"]), unique=True, min_size=1))
    parts = []
    for name in names:
        steps = draw(st.lists(st.integers(1, 40), min_size=1, max_size=6))
        begin = np.datetime64("2020-01-03", "s") + np.cumsum(steps) * np.timedelta64(interval.seconds, "s")
        rows = [(moment, *(draw(NUMBERS) for _ in FIELDS)) for moment in begin]
        parts.append(Part(name, draw(st.sampled_from([None, "TQBR"])), Bars.of(rows)))
    return parts


def assert_same(parts: list[Part], path: Path) -> None:
    found = {each.ticker: each for each in read_history(path).series}
    assert {part.ticker for part in parts} == set(found)
    for part in parts:
        read = found[part.ticker]
        assert part.bars.begin.tolist() == read.bars.begin.tolist()
        assert {part.board or ""} == set(read.boards.tolist())
        for name in FIELDS:
            np.testing.assert_array_equal(getattr(part.bars, name), getattr(read.bars, name), strict=True)


@pytest.mark.parametrize("interval", Interval)
@pytest.mark.parametrize("suffix", ["csv", "csv.gz", "parquet"])
@given(data=st.data())
def test_written_and_read_back(tmp_path_factory, interval, suffix, data):
    """Whatever the doubles, a file gives back the very same ones, NaN where nothing is known."""
    if suffix == "parquet":
        pytest.importorskip("pyarrow", reason="the extra `parquet` is not installed")
    parts = data.draw(histories(interval))
    path = tmp_path_factory.getbasetemp() / f"history-{interval.value}.{suffix}"
    write_history(path, parts, interval)
    assert_same(parts, path)


def test_parquet_of_others(tmp_path):
    """Times as text or with a zone, small integers and missing rows are read as in CSV."""
    pa = pytest.importorskip("pyarrow", reason="the extra `parquet` is not installed")
    pytest.importorskip("pyarrow.parquet")
    moscow = pa.array([1704265200, None, 1704268800], pa.timestamp("s", tz="UTC"))
    table = pa.table({"Begin": moscow, "close": pa.array([1, 2, 3], pa.int8()), "secid": ["SBER", "SBER", "SBER"]})
    pa.parquet.write_table(table, tmp_path / "x.parquet")
    found = read_history(tmp_path / "x.parquet")
    assert ["2024-01-03T10:00:00", "2024-01-03T11:00:00"] == [str(each) for each in found.series[0].bars.begin]
    assert [(2, "begin is not a time")] == [(each.line, str(each.what)) for each in found.bad]
    pa.parquet.write_table(pa.table({"date": ["2024-01-03", "soon"], "close": [1.0, 2.0]}), tmp_path / "SBER.parquet")
    assert [(2, "date is not a time")] == bad(tmp_path / "SBER.parquet")


def test_damaged_parquet(tmp_path):
    """A Parquet file that is cut off, or of words where numbers should be, is one error."""
    pa = pytest.importorskip("pyarrow", reason="the extra `parquet` is not installed")
    pytest.importorskip("pyarrow.parquet")
    assert "cannot be read" in refusal(wrote(tmp_path, b"PAR1" + b"\0" * 40, "SBER.parquet"))
    pa.parquet.write_table(pa.table({"date": ["2024-01-03"], "close": ["dear"]}), tmp_path / "GAZP.parquet")
    assert "column close is not of numbers" in refusal(tmp_path / "GAZP.parquet")


PART = Part("SBER", "TQBR", Bars.of([("2024-01-03", 271.9, 274.7, 271, 274.56, 11346870, math.nan)]))


def test_what_stands_in_the_file():
    """Whole numbers have no point, what is not known is an empty cell; adjusted prices say so in their own column."""
    assert DAYS + "SBER,2024-01-03,271.9,274.7,271,274.56,11346870,,TQBR\n" == "".join(csv_chunks([PART], Interval.DAY))
    header, row = "".join(csv_chunks([PART], Interval.HOUR, adjust="splits")).splitlines()
    assert "ticker,begin,open,high,low,close,volume,value,board,adjust" == header
    assert "SBER,2024-01-03 00:00:00,271.9,274.7,271,274.56,11346870,,TQBR,splits" == row


def test_the_same_data_is_the_same_file(tmp_path):
    """A packed file holds no time of its writing."""
    write_history(tmp_path / "a.csv.gz", [PART], Interval.DAY)
    write_history(tmp_path / "b.csv.gz", [PART], Interval.DAY)
    assert (tmp_path / "a.csv.gz").read_bytes() == (tmp_path / "b.csv.gz").read_bytes()


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz", "a.parquet"])
def test_an_export_that_fails_leaves_nothing(tmp_path, name):
    """The old file stays when writing the new one fails halfway, and no half of it lies about."""
    if name.endswith("parquet"):
        pytest.importorskip("pyarrow", reason="the extra `parquet` is not installed")
    (tmp_path / name).write_text("old")

    def parts():
        yield PART
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_history(tmp_path / name, parts(), Interval.DAY)
    assert [(name, "old")] == [(each.name, each.read_text()) for each in tmp_path.iterdir()]


@pytest.mark.parametrize(
    ("name", "message"),
    [("a.xlsx", "its name asks for no form that is known"), ("no/such/folder/a.csv", "cannot be written")],
)
def test_a_name_that_cannot_be_written(tmp_path, name, message):
    """A form that is not known, or a folder that is not there, is an error of usage that says what to give."""
    with pytest.raises(UsageError, match=message) as caught:
        write_history(tmp_path / name, [PART], Interval.DAY)
    assert caught.value.hint is not None


@pytest.mark.skipif(not RECORDED.exists(), reason="../shared is absent: recorded data of the exchange")
def test_recorded_history_is_read_whole():
    """The recorded years have no line that is not understood."""
    found = read_history(RECORDED / "daily" / "bars_2014_2024.csv.gz")
    assert (546_841, 260, ()) == (found.rows, len(found.series), found.bad)
    hours = read_history(RECORDED / "hourly" / "bars_2020_2023h1.csv.gz")
    assert (315_036, 40, ()) == (hours.rows, len(hours.series), hours.bad)


@pytest.mark.parametrize("head", ["", "ticker,date,close\nSBER,2024-01-03,1\n"])
def test_a_line_without_end_is_refused(tmp_path, head):
    """A few kilobytes may unpack to gigabytes of one line: no more of it is read than of a line that could be a bar."""
    path = tmp_path / "bomb.csv.gz"
    with gzip.open(path, "wb") as file:
        file.write(head.encode() + b"1" * (6 << 20))
    with pytest.raises(MarketError, match="a line is longer than any bar is"):
        read_history(path)
