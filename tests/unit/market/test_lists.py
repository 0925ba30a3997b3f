"""Lists of the exchange, row by row: what each cell means, and which rows mean nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from allocator.core.calendar import CalendarDay
from allocator.core.errors import MarketError
from allocator.core.instrument import Dividend, Instrument, Kind, Member, Rename, Split
from allocator.core.text import Text
from allocator.market import lists
from allocator.market.iss import Block, Page


class Said:
    """An exchange that says these rows, on one page, to whatever it is asked."""

    host = "HOST"

    def __init__(self, columns: str, *rows: Sequence[object]) -> None:
        self.columns, self.rows = columns.split(), rows
        self.asked: list[tuple[str, Mapping[str, str]]] = []

    def page(
        self, path: str, block: str, columns: Sequence[str], params: Mapping[str, str], *, exact: bool = True
    ) -> Page:
        self.asked.append((path, params))
        rows = self.rows if params["start"] == "0" else ()
        values = zip(*rows, strict=True) if rows else [()] * len(self.columns)
        return Page(dict(zip(self.columns, values, strict=True)), len(rows))

    def blocks(self, path: str, wanted: Mapping[str, Sequence[str]]) -> dict[str, Block]:
        rows = tuple(dict(zip(self.columns, row, strict=True)) for row in self.rows)
        return dict.fromkeys(wanted, Block(frozenset(self.columns), rows))

    def required(self, name: str, block: Block, columns: Sequence[str]) -> None:
        assert set(columns) <= block.columns


def test_instruments_are_of_the_two_boards():
    """SECTYPE tells shares, preferred shares and receipts; a fund is known by its board."""
    columns = "SECID BOARDID SHORTNAME LOTSIZE ISIN SECTYPE INSTRID"
    said = Said(
        columns,
        ["SBERP", "TQBR", "Сбербанк-п", 10, "RU0009029557", "2", "EQIN"],
        ["SBER", "TQBR", "Сбербанк", 10, "RU0009029540", "1", "EQIN"],
        ["SBER", "SMAL", "Сбербанк", 1, "RU0009029540", "1", "EQIN"],
        ["AGRO", "TQBR", "AGRO-гдр", 1, None, "D", "EQIN"],
        ["LQDT", "TQTF", "LQDT ETF", 1, "RU000A1014L8", "J", "IFTF"],
        ["NEWS", "TQBR", None, None, None, "?", None],
    )
    assert [
        Instrument("AGRO", Kind.RECEIPT, "TQBR", name="AGRO-гдр", lot_size=1),
        Instrument("LQDT", Kind.FUND, "TQTF", "RU000A1014L8", "LQDT ETF", 1),
        Instrument("NEWS", Kind.SHARE, "TQBR"),
        Instrument("SBER", Kind.SHARE, "TQBR", "RU0009029540", "Сбербанк", 10),
        Instrument("SBERP", Kind.PREFERRED, "TQBR", "RU0009029557", "Сбербанк-п", 10),
    ] == lists.instruments(said)


def test_an_empty_list_of_securities_is_no_list():
    """Every ticker would be taken for delisted."""
    with pytest.raises(MarketError, match="HOST: the list of securities is empty"):
        lists.instruments(Said("SECID BOARDID"))


def test_the_listing_knows_who_has_left():
    """A row for each board; the last day of those that still trade is not told, for it moves."""
    columns = "SECID SHORTNAME NAME BOARDID decimals history_from history_till"
    said = Said(
        columns,
        ["RSTI", "Россети ао", "Россети (ПАО) ао", "TQBR", 4, "2013-03-25", "2022-12-20"],
        ["RSTI", "Россети ао", "Россети (ПАО) ао", "SMAL", 4, "2013-03-25", "2022-12-21"],
        ["SBER", "Сбербанк", "Сбербанк России ПАО ао", "TQBR", 2, "2013-03-25", "2025-11-28"],
        ["QUIE", "Тихий ао", "Тихий ао", "TQBR", 2, "2013-03-25", "2025-11-17"],
        ["OLDF", "OLDF ETF", "OLDF ETF", "TQTF", 2, "2015-01-01", "2018-01-01"],
        ["EQNE", "Чужой", "Чужой", "EQNE", 2, "2005-01-01", "2012-01-01"],
        ["CNTLP", "Телеграф-п", '"Центральный Телеграф" ПАО ап', "TQBR", 2, "2014-06-09", "2021-01-01"],
        ["CHEP", "ЧТПЗ ао", '"ЧТПЗ" ПАО ао', "TQBR", 2, "2014-06-09", None],
        ["CIAN", "CIAN-адр", "АДР Cian PLC ORD SHS", "TQBR", 2, "2021-11-05", "2025-03-14"],
    )
    found = {each.ticker: each for each in lists.listing(said)}
    assert ["CHEP", "CIAN", "CNTLP", "OLDF", "QUIE", "RSTI", "SBER"] == list(found)
    assert date(2022, 12, 20) == found["RSTI"].delisted
    assert date(2013, 3, 25) == found["RSTI"].listed
    assert [None, None, None] == [found[ticker].delisted for ticker in ("SBER", "QUIE", "CHEP")]
    kinds = {ticker: each.kind for ticker, each in found.items()}
    assert {
        **dict.fromkeys(("RSTI", "SBER", "QUIE", "CHEP"), Kind.SHARE),
        "OLDF": Kind.FUND,
        "CNTLP": Kind.PREFERRED,
        "CIAN": Kind.RECEIPT,
    } == kinds


def test_a_ticker_on_both_boards_has_one_row():
    """From its first day on the one to its last on the other."""
    columns = "SECID SHORTNAME NAME BOARDID decimals history_from history_till"
    said = Said(
        columns,
        ["MOVE", "MOVE", "MOVE", "TQBR", 2, "2014-01-06", "2016-01-06"],
        ["MOVE", "MOVE", "MOVE", "TQTF", 2, "2013-05-06", "2015-01-06"],
        ["SBER", "SBER", "SBER", "TQBR", 2, "2014-01-06", "2025-01-06"],
    )
    [move, _] = lists.listing(said)
    assert (date(2013, 5, 6), date(2016, 1, 6)) == (move.listed, move.delisted)


def test_splits_are_whole_numbers_of_units():
    """What multiplies earlier prices is before/after; rows of nonsense are left out."""
    said = Said(
        "tradedate secid before after",
        ["2024-07-15", "VTBR", 5000, 1],
        ["2024-04-08", "GMKN", 1, 100],
        ["2024-04-08", "GMKN", 1, 100],
        ["2024-04-08", "SAME", 1, 1],
        ["0000-00-00", "ODD", 1, 2],
        ["2024-04-08", "ODD", 0, 2],
        ["2024-04-08", "ODD", Decimal("1.5"), 2],
    )
    found = lists.splits(said)
    assert [Split("GMKN", date(2024, 4, 8), 1, 100, "iss"), Split("VTBR", date(2024, 7, 15), 5000, 1, "iss")] == found
    assert [Fraction(1, 100), Fraction(5000)] == [split.factor for split in found]


def test_renames_are_in_order_of_days():
    """One unit is one unit; a change to itself is none."""
    said = Said(
        "action_date old_secid new_secid",
        ["2024-11-27", "TCSG", "T"],
        ["2023-08-17", "ISKJ", "ABIO"],
        ["2023-08-17", "SAME", "SAME"],
        [None, "A", "B"],
    )
    assert [
        Rename("ISKJ", "ABIO", date(2023, 8, 17), Fraction(1), "iss"),
        Rename("TCSG", "T", date(2024, 11, 27), Fraction(1), "iss"),
    ] == lists.renames(said)


def test_dividends_of_one_record_date_are_summed():
    """By currency, exactly, the three spellings of the rouble being one; what is no payment is left out with a note."""
    notes: list[Text] = []
    said = Said(
        "secid isin registryclosedate value currencyid",
        ["LKOH", "RU0009024277", "2022-12-21", 537, "RUB"],
        ["LKOH", "RU0009024277", "2022-12-21", 256, "SUR"],
        ["LKOH", "RU0009024277", "2022-12-21", Decimal("0.5"), "USD"],
        ["LKOH", "RU0009024277", "2020-07-10", Decimal("0.00109867761463259"), "RUR"],
        ["LKOH", "RU0009024277", "2019-07-09", 0, "RUB"],
        ["LKOH", "RU0009024277", "2018-07-09", -5, "RUB"],
        ["LKOH", "RU0009024277", None, 5, "RUB"],
    )
    assert [
        Dividend("LKOH", date(2020, 7, 10), Decimal("0.00109867761463259"), "RUB", "iss"),
        Dividend("LKOH", date(2022, 12, 21), Decimal(793), "RUB", "iss"),
        Dividend("LKOH", date(2022, 12, 21), Decimal("0.5"), "USD", "iss"),
    ] == lists.dividends(said, "LKOH", notes.append)
    assert [
        "LKOH: the exchange's dividend (2019-07-09, 0, RUB) is left out.",
        "LKOH: the exchange's dividend (2018-07-09, -5, RUB) is left out.",
        "LKOH: the exchange's dividend (None, 5, RUB) is left out.",
    ] == list(map(str, notes))


def test_members_are_told_once_for_all_sessions():
    """A ticker that left and came back has two stays."""
    said = Said(
        "ticker from till tradingsession",
        ["SBER", "2014-01-06", "2025-11-27", 1],
        ["SBER", "2014-01-06", "2025-11-28", 3],
        ["YDEX", "2024-09-20", "2025-11-28", 3],
        ["AFLT", "2015-01-01", "2016-01-01", 3],
        ["AFLT", "2017-01-01", "2025-11-28", 3],
    )
    assert [
        Member("AFLT", date(2015, 1, 1), date(2016, 1, 1)),
        Member("AFLT", date(2017, 1, 1), date(2025, 11, 28)),
        Member("SBER", date(2014, 1, 6), date(2025, 11, 28)),
        Member("YDEX", date(2024, 9, 20), date(2025, 11, 28)),
    ] == lists.members(said, "IMOEX")


def test_weights_are_of_the_last_session():
    """Several sessions a day have rows; those of another day are not of this one."""
    said = Said(
        "indexid tradedate ticker weight tradingsession",
        ["IMOEX", "2025-11-28", "SBER", Decimal("14.1"), 3],
        ["IMOEX", "2025-11-28", "SBER", Decimal("15.2"), 1],
        ["IMOEX", "2025-11-28", "LKOH", 13, 1],
        ["IMOEX", "2025-11-27", "GAZP", 10, 3],
        ["IMOEX", "2025-11-28", "NONE", None, 3],
    )
    assert {"LKOH": 13.0, "SBER": 14.1} == lists.weights(said, "IMOEX", date(2025, 11, 28))


@pytest.mark.parametrize("prefix", ["stock_", ""])
def test_the_calendar_tells_sessions_from_extra_ones(prefix: str):
    """N normal, T a working Saturday, H a holiday, W an extra session that is booked on another day; null: unknown."""
    workday, traded = ("stock_workday", "stock_trade_session_date") if prefix else ("is_traded", "trade_session_date")
    said = Said(
        f"tradedate {workday} {prefix}reason {traded}",
        ["2025-10-31", 1, "N", None],
        ["2025-11-01", 1, "T", None],
        ["2025-11-02", 1, "W", "2025-11-03"],
        ["2025-11-03", 1, "N", None],
        ["2025-11-04", 0, "H", None],
        ["2025-11-08", 1, "W", None],
        ["2025-11-09", 1, "W", "2025-11-09"],
        ["2025-12-31", None, None, None],
        ["2026-01-01", 0, "H", None],
    )
    since, till = date(2025, 10, 31), date(2025, 12, 31)
    assert [
        CalendarDay(date(2025, 10, 31), is_session=True, session=date(2025, 10, 31)),
        CalendarDay(date(2025, 11, 1), is_session=True, session=date(2025, 11, 1)),
        CalendarDay(date(2025, 11, 2), is_session=False, session=date(2025, 11, 3)),
        CalendarDay(date(2025, 11, 3), is_session=True, session=date(2025, 11, 3)),
        CalendarDay(date(2025, 11, 4), is_session=False),
        CalendarDay(date(2025, 11, 8), is_session=False),
        CalendarDay(date(2025, 11, 9), is_session=True, session=date(2025, 11, 9)),
    ] == lists.calendar(said, since, till)


def test_the_calendar_is_asked_year_by_year():
    """The exchange answers within one year only, and lists working days alone unless asked for all."""
    said = Said("tradedate stock_workday stock_reason stock_trade_session_date")
    assert [] == lists.calendar(said, date(2023, 12, 30), date(2025, 1, 8))
    assert [
        {"from": "2023-12-30", "till": "2023-12-31", "show_all_days": "1", "start": "0"},
        {"from": "2024-01-01", "till": "2024-12-31", "show_all_days": "1", "start": "0"},
        {"from": "2025-01-01", "till": "2025-01-08", "show_all_days": "1", "start": "0"},
    ] == [params for _, params in said.asked]


def test_a_ticker_cannot_leave_its_place_in_the_path():
    """Whatever is in the name of a ticker, the request is for a security."""
    said = Said("registryclosedate value currencyid")
    lists.dividends(said, "../?x=/", lambda _: None)
    assert "/securities/..%2F%3Fx%3D%2F/dividends" == said.asked[0][0]


@pytest.mark.parametrize(
    "odd",
    [
        "A/B",
        "../../etc",
        "'; DROP TABLE bars;--",
        "=1+1",
        "N\0",
        "\ud800X",
        "ЁЖИК",
        "sber",
        " SBER",
        "X" * 99,
        7,
        True,
        [],
        "",
    ],
)
def test_what_is_no_ticker_is_no_row(odd: object):
    """Tickers go into addresses, file names, spreadsheets and tables: a row with another word is left out."""
    listed = lists.instruments(Said("SECID BOARDID", ["SBER", "TQBR"], [odd, "TQBR"]))
    assert ["SBER"] == [each.ticker for each in listed]
    columns = "SECID SHORTNAME NAME BOARDID history_from history_till"
    past = lists.listing(
        Said(columns, *([ticker, "", "", "TQBR", "2020-01-01", "2025-01-01"] for ticker in ("SBER", odd)))
    )
    assert ["SBER"] == [each.ticker for each in past]
    assert [] == lists.splits(Said("tradedate secid before after", ["2025-01-01", odd, 1, 10]))
    assert [] == lists.renames(
        Said("action_date old_secid new_secid", ["2025-01-01", odd, "T"], ["2025-01-01", "T", odd])
    )
    assert [] == lists.members(Said("ticker from till", [odd, "2025-01-01", "2025-02-01"]), "IMOEX")


def test_numbers_that_no_table_holds_are_not_told():
    """A lot of a hundred billion, a split by more than any: neither may stop a whole refresh."""
    [listed] = lists.instruments(Said("SECID BOARDID LOTSIZE", ["SBER", "TQBR", 99_999_999_999]))
    assert listed.lot_size is None
    columns = "tradedate secid before after"
    assert [] == lists.splits(Said(columns, ["2025-01-01", "SBER", 1, 10**11], ["2025-01-01", "SBER", 10**6, 1]))


def test_names_have_no_control_characters():
    """A NUL is refused by databases, an escape steers a terminal, half of a surrogate pair is no text."""
    [listed] = lists.instruments(Said("SECID BOARDID SHORTNAME", ["SBER", "TQBR", "\x1b[2JСбер\0\ud800банк "]))
    assert "[2JСбер  банк" == listed.name


def test_dividends_of_no_currency_or_size_are_left_out():
    """Each with a note."""
    columns = "registryclosedate value currencyid"
    notes: list[Text] = []
    rows = [["2025-01-01", 5, "R\0B"], ["2025-01-01", 5, "R" * 99], ["2025-01-01", Decimal("1e300"), "RUB"]]
    assert [] == lists.dividends(Said(columns, *rows), "SBER", notes.append)
    assert 3 == len(notes)
