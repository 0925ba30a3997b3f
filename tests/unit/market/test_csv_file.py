"""Quotes from a CSV file, as people and spreadsheets write it."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.core.errors import MarketError
from allocator.core.quote import Quotes, Rung
from allocator.market.csv_file import CsvFile
from allocator.market.numbers import MOSCOW


@pytest.fixture
def file(tmp_path: Path):
    """Write a file, read these tickers of it."""

    def read(content: str | bytes, *tickers: str) -> Quotes:
        path = tmp_path / "quotes.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return CsvFile(path).quotes(tickers or ("SBER",))

    return read


PLAIN = "ticker,bid,ask\nSBER,289.82,289.83\n"


def sides(quotes: Quotes, ticker: str = "SBER") -> tuple[str, str, Rung]:
    quote = quotes.by_ticker[ticker]
    return str(quote.bid), str(quote.ask), quote.rung


def test_three_columns_are_enough(file):
    """A lot is one unit, and everything else is unknown, when the file does not say."""
    quotes = file(PLAIN)
    assert ("289.82", "289.83", Rung.LIVE) == sides(quotes)
    quote = quotes.by_ticker["SBER"]
    assert (1, None, None, None) == (quote.lot_size, quote.last, quote.time, quote.price_step)
    assert ("FILE", None, 0, ()) == (quotes.provider, quotes.time, quotes.delay_minutes, quotes.notes)
    assert quotes.source.endswith("quotes.csv")


def test_every_column_is_read(file):
    """Prices are exact, a time without a zone is Moscow time."""
    header = "ticker,bid,ask,last,lot,time,board,step,decimals,name\n"
    row = 'VKCO,688.8,689,688.8,1,2024-02-15T17:54:06,tqbr,5e-06,1,"МКПАО ""ВК"""\n'
    quote = file(header + row, "VKCO").by_ticker["VKCO"]
    assert datetime(2024, 2, 15, 17, 54, 6, tzinfo=MOSCOW) == quote.time
    assert (Decimal("688.8"), Decimal("0.000005"), 1) == (quote.last, quote.price_step, quote.decimals)
    assert ("TQBR", 'МКПАО "ВК"') == (quote.board, quote.name)


@pytest.mark.parametrize(
    "content",
    [
        "Ask;TICKER;Bid\n289.83;sber;289.82\n",
        "ticker\tbid\task\nSBER\t289.82\t289.83\n",
        "# of today\n\nticker, bid, ask\n\n# shares\n SBER , 289.82 , 289.83 \n",
        'ticker,bid,ask\r\n"SBER","289.82","289.83"\r\n',
        "ticker,bid,ask\rSBER,289.82,289.83\r",
        b"\xef\xbb\xbf" + PLAIN.encode(),
        (PLAIN + "ГАЗПРОМ,1,2\n").encode("cp1251"),
    ],
    ids=["semicolons", "tabs", "comments and spaces", "quoted, CRLF", "CR", "BOM", "cp1251"],
)
def test_files_of_many_programs_are_read_alike(file, content: str | bytes):
    """Order of columns, letter case, delimiter, encoding, line ends: none of them matters."""
    assert ("289.82", "289.83", Rung.LIVE) == sides(file(content))


@pytest.mark.parametrize(("cell", "price"), [("1 289.5", "1289.5"), ("1_289.5", "1289.5"), ("1\u00a0289.5", "1289.5")])
def test_thousands_may_be_parted(file, cell: str, price: str):
    """By a space, a hard space or an underscore, as in the portfolio file."""
    assert (price, "2000", Rung.LIVE) == sides(file(f"ticker,bid,ask\nSBER,{cell},2000\n"))


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("SBER,,,289.5", ("289.5", "289.5", Rung.LAST)),
        ("SBER,289.82,,289.5", ("289.82", "289.82", Rung.LAST)),
        ("SBER,289.82,,290", ("289.82", "290", Rung.LAST)),
        ("SBER,,289.83,289.5", ("289.5", "289.83", Rung.LAST)),
        ("SBER,,289.83,290", ("289.83", "289.83", Rung.LAST)),
    ],
)
def test_an_empty_side_is_filled_from_the_last_price(file, row: str, expected: tuple[str, str, Rung]):
    """It is marked, and never crosses the side that is there."""
    assert expected == sides(file(f"ticker,bid,ask,last\n{row}\n"))


def test_a_lot_may_be_written_as_a_decimal(file):
    """Some programs write 10.0 where they mean ten; an empty lot is one unit."""
    quotes = file("ticker,bid,ask,lot\nSBER,1,2,10.0\nGAZP,1,2,\n", "SBER", "GAZP")
    assert (10, 1) == (quotes.by_ticker["SBER"].lot_size, quotes.by_ticker["GAZP"].lot_size)


def test_a_ticker_may_name_its_board(file):
    """It is looked up under its board; a row without a board answers for any."""
    content = "ticker,bid,ask,board\nSBER,1,2,TQBR\nSBER,3,4,SMAL\nTQTD:TGLD,5,6,\nGAZP,7,8,\n"
    quotes = file(content, "TQBR:SBER", "SMAL:SBER", "TQTD:TGLD", "TQBR:GAZP")
    assert [1, 3, 5, 7] == [int(quotes.by_ticker[ticker].bid) for ticker in quotes.by_ticker]


def test_a_time_with_a_zone_is_kept(file):
    """The newest time of the rows asked for is the time of the quotes."""
    content = "ticker,bid,ask,time\nSBER,1,2,2024-02-15T14:54:00Z\nGAZP,1,2,2024-02-15 17:53\nLKOH,1,2,2030-01-01\n"
    quotes = file(content, "SBER", "GAZP")
    assert datetime(2024, 2, 15, 14, 54, tzinfo=UTC) == quotes.time


def test_bad_rows_of_other_tickers_are_a_note(file):
    """They do not stop a portfolio that has no use for them."""
    quotes = file(PLAIN + "GAZP,x,1\nLKOH,2,1\n,1,2\nVTBR,1\n")
    assert ("289.82", "289.83", Rung.LIVE) == sides(quotes)
    assert ["3 rows of other tickers cannot be used (lines 3, 4, 6)."] == [
        str(note).partition(": ")[2] for note in quotes.notes
    ]


def test_a_column_of_another_program_is_a_note(file):
    """A name that is no slip of ours is left out and told."""
    quotes = file("ticker,bid,ask,sector,low\nSBER,289.82,289.83,banks,280\n")
    assert ["column sector is not used.", "column low is not used."] == [
        str(note).partition(": ")[2] for note in quotes.notes
    ]


def test_the_file_is_read_at_every_call(tmp_path: Path):
    """Another program may keep it fresh."""
    path = tmp_path / "quotes.csv"
    path.write_text(PLAIN)
    provider = CsvFile(path)
    assert 1 == provider.quotes(["SBER"]).by_ticker["SBER"].lot_size
    path.write_text("ticker,bid,ask,lot\nSBER,289.82,289.83,10\n")
    assert 10 == provider.quotes(["SBER"]).by_ticker["SBER"].lot_size


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: None, "quotes.csv: no such file. Correct provider = FILE"),
        (lambda path: path.mkdir(), "quotes.csv: not a file."),
        (lambda path: path.write_bytes(b" " * ((8 << 20) + 1)), "quotes.csv: over 8 MB."),
    ],
)
def test_a_file_that_is_none(tmp_path: Path, make, message: str):
    """One line says what stands at the path instead, and nothing is read without end."""
    path = tmp_path / "quotes.csv"
    make(path)
    with pytest.raises(MarketError) as caught:
        CsvFile(path).quotes(["SBER"])
    assert message in str(caught.value)


def test_an_unreadable_path_is_a_market_error():
    """A name that no system takes is no traceback."""
    for path in (Path("quotes\0.csv"), Path("q" * 5000)):
        with pytest.raises(MarketError):
            CsvFile(path).quotes(["SBER"])


def test_the_samples_quotes_read_well():
    """The recorded market that ships with the samples: prices, lots, steps and names of well-known papers."""
    path = Path(__file__).parents[3] / "samples" / "quotes" / "moex-2024-02-15.csv"
    expected = {
        "SBER": ("289.82", "289.83", 10, "0.01", "Сбербанк"),
        "SBERP": ("289.6", "289.61", 10, "0.01", "Сбербанк-п"),
        "GAZP": ("162", "162.01", 10, "0.01", "ГАЗПРОМ ао"),
        "LKOH": ("7288", "7288.5", 1, "0.5", "ЛУКОЙЛ"),
        "GMKN": ("15116", "15118", 1, "2", "ГМКНорНик"),
        "NVTK": ("1400.6", "1401.2", 1, "0.2", "Новатэк ао"),
        "ROSN": ("589.6", "589.8", 1, "0.05", "Роснефть"),
        "TATN": ("711.1", "711.2", 1, "0.1", "Татнфт 3ао"),
        "MGNT": ("7483.5", "7484", 1, "0.5", "Магнит ао"),
        "MOEX": ("198.34", "198.37", 10, "0.01", "МосБиржа"),
        "PLZL": ("11111.5", "11112", 1, "0.5", "Полюс"),
        "VTBR": ("0.024425", "0.02443", 10_000, "0.000005", "ВТБ ао"),
        "VKCO": ("688.8", "689", 1, "0.2", 'МКПАО "ВК"'),
        "TRNFP": ("166850", "166850", 1, "50", "Транснф ап"),  # its book was empty before the split
        "TMOS": ("6.61", "6.62", 1, "0.01", "TMOS ETF"),
        "LQDT": ("1.3462", "1.3463", 1, "0.0001", "LQDT ETF"),
    }
    quotes = CsvFile(path).quotes(list(expected))
    assert expected == {
        ticker: (str(quote.bid), str(quote.ask), quote.lot_size, str(quote.price_step), quote.name)
        for ticker, quote in quotes.by_ticker.items()
    }
    assert ["TRNFP"] == [ticker for ticker, quote in quotes.by_ticker.items() if quote.rung is not Rung.LIVE]
    assert datetime(2024, 2, 15, 17, 54, 6, tzinfo=MOSCOW) == quotes.time
    assert () == quotes.notes


CELLS = st.one_of(
    st.sampled_from(
        ["SBER", "1", "2.5", "0.01", "", ",", ";", '"', "\n", "ticker", "bid", "ask", "last", "lot", "time"]
    ),
    st.text(max_size=8),
)


@given(st.lists(CELLS, max_size=40).map("".join) | st.lists(CELLS, max_size=40).map(",".join) | st.binary(max_size=200))
def test_any_file_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, content: str | bytes):
    """Quotes with 0 < bid <= ask, or a `MarketError`; nothing else comes out of any file."""
    path = tmp_path_factory.mktemp("any") / "quotes.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass"))
    try:
        quotes = CsvFile(path).quotes(["SBER"])
    except MarketError:
        return
    assert 0 < quotes.by_ticker["SBER"].bid <= quotes.by_ticker["SBER"].ask


@given(
    st.lists(
        st.sampled_from(["289.82", "289.83", "", "x", "1e5", "0", "10", "2024-02-15", "9" * 30]), min_size=5, max_size=5
    )
)
def test_any_row_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, cells: list[str]):
    """The same for a well-formed file with one cell or more gone wrong."""
    path = tmp_path_factory.mktemp("row") / "quotes.csv"
    path.write_text("ticker,bid,ask,last,lot,time\nSBER," + ",".join(cells) + "\n")
    try:
        quote = CsvFile(path).quotes(["SBER"]).by_ticker["SBER"]
    except MarketError:
        return
    assert 0 < quote.bid <= quote.ask
    assert quote.lot_size >= 1
