"""Dividends in print."""

from __future__ import annotations

import csv
import json
from datetime import date
from decimal import Decimal
from pathlib import Path

from allocator.core.instrument import Dividend
from allocator.history.dividends import Disagreement, Doubt, Missing, Suspicion
from allocator.report import dumps
from allocator.report.dividends import Line, Listing, Review, document, review_document, review_text, sheet, table


def row(ticker: str, day: str, amount: str, source: str = "shipped", currency: str = "RUB") -> Dividend:
    return Dividend(ticker, date.fromisoformat(day), Decimal(amount), currency, source)


LKOH, ISS = row("LKOH", "2022-12-21", "793"), row("LKOH", "2022-12-21", "537", "iss")
EX_DATE = date(2022, 12, 20)
LINES = (
    Line(LKOH, EX_DATE, disputed=True, price_share=Decimal("0.2")),
    Line(ISS, EX_DATE, counts=False, disputed=True),
    Line(row("VTBR", "2021-07-15", "0.0014001308178917017"), date(2021, 7, 14)),
)


def test_the_table() -> None:
    """Decimal points under each other, marks explained."""
    assert """\
Ticker  Record date   Ex-date             Amount          Currency  Yield    Source
------  -----------  ----------  -----------------------  --------  ------  --------
LKOH     2022-12-21  2022-12-20  793                           RUB  20.00%  shipped*
LKOH     2022-12-21  2022-12-20  537                           RUB          (iss)
VTBR     2021-07-15  2021-07-14    0.0014001308178917017       RUB          shipped

* Other sources say something else: allocator dividends check TICKER
(source) Another source is believed.""" == table(Listing(LINES))


def test_the_table_of_what_is_held() -> None:
    """With income, summed by currency."""
    lines = [
        Line(LKOH, EX_DATE, units=Decimal(10), tax=Decimal("0.13")),
        Line(
            row("POLY", "2022-05-06", "0.52", currency="USD"), date(2022, 5, 4), units=Decimal(3), tax=Decimal("0.13")
        ),
    ]
    assert """\
Ticker  Record date   Ex-date    Amount  Units   Income   After tax  Currency  Yield   Source
------  -----------  ----------  ------  -----  --------  ---------  --------  -----  -------
LKOH     2022-12-21  2022-12-20  793        10  7 930.00   6 899.10       RUB         shipped
POLY     2022-05-06  2022-05-04    0.52      3      1.56       1.36       USD         shipped

Income: 7 930.00 RUB, 6 899.10 RUB after tax of 13%.
Income: 1.56 USD, 1.36 USD after tax of 13%.""" == table(Listing(lines, held=True, tax=Decimal("0.13")))


def test_nothing_to_show() -> None:
    """A sentence that says of when."""
    since, till = date(2026, 1, 1), date(2026, 2, 1)
    assert "No dividend is known." == table(Listing(()))
    assert "No dividend is known from 2026-01-01 on." == table(Listing((), since))
    assert "No dividend is known from 2026-01-01 to 2026-02-01." == table(Listing((), since, till))
    assert "No dividend of a held asset is known from 2026-01-01 on." == table(Listing((), since, held=True))


def test_json_has_every_digit() -> None:
    """No float comes between."""
    found = json.loads(dumps(document(Listing(LINES))), parse_float=Decimal)
    assert [Decimal(793), Decimal(537), Decimal("0.0014001308178917017")] == [
        each["amount"] for each in found["dividends"]
    ]
    assert [True, False, True] == [each["counts"] for each in found["dividends"]]
    assert Decimal("0.2") == found["dividends"][0]["yield"]
    assert found["dividends"][2]["yield"] is None
    assert "income" not in found


def test_json_of_what_is_held() -> None:
    """Units, income and the sums."""
    line = Line(LKOH, EX_DATE, units=Decimal(10), tax=Decimal("0.13"))
    found = json.loads(dumps(document(Listing([line], held=True, tax=Decimal("0.13")))), parse_float=Decimal)
    assert {"RUB": {"before_tax": 7930, "after_tax": Decimal("6899.1")}} == found["income"]
    assert (10, 7930, Decimal("6899.1")) == tuple(
        found["dividends"][0][key] for key in ("units", "income", "after_tax")
    )


def test_csv_has_the_same_columns() -> None:
    """The names of the JSON, whether or not something is held."""
    for held in (False, True):
        lines = [Line(LKOH, EX_DATE, units=Decimal(10) if held else None)]
        (read,) = csv.DictReader(sheet(Listing(lines, held=held)).splitlines())
        assert list(document(Listing(lines, held=held))["dividends"][0]) == list(read)  # type: ignore[index, arg-type]
        assert ("LKOH", "793", "1", "") == (read["ticker"], read["amount"], read["counts"], read["yield"])


REVIEW = Review(
    date(2026, 1, 1),
    [
        Disagreement("LKOH", date(2022, 12, 21), (LKOH, ISS)),
        Disagreement(
            "TATN", date(2024, 7, 9), (row("TATN", "2024-07-09", "25.17"), row("TATN", "2024-07-04", "25.17", "iss"))
        ),
    ],
    [Missing("SBER", date(2026, 7, 20))],
    [Suspicion(LKOH, Doubt.PRICE, Decimal("0.26")), Suspicion(ISS, Doubt.POWER, Decimal(100), LKOH)],
)


def test_a_review_in_words() -> None:
    """The most urgent first, each with the line to type."""
    assert """\
Announced record dates without a known amount:
  SBER     2026-07-20  allocator dividends add SBER 2026-07-20 AMOUNT
Amounts that look wrong:
  LKOH 2022-12-21: 793 RUB (shipped) is 26.00% of the price
  LKOH 2022-12-21: 537 RUB (iss) is 100 times the 793 of shipped: a split, or units mixed up
Sources that disagree, the first of each line is believed:
  LKOH     2022-12-21  shipped 793 RUB; iss 537 RUB
  TATN     2024-07-09  shipped 25.17 RUB; iss 2024-07-04 25.17 RUB
To settle one: allocator dividends add LKOH 2022-12-21 AMOUNT (0 for none).""" == review_text(REVIEW)


def test_nothing_doubtful() -> None:
    """Says since when."""
    assert "Nothing is missing or doubtful since 2026-01-01." == review_text(Review(date(2026, 1, 1)))


def test_a_review_as_json() -> None:
    """The same, for a program."""
    found = json.loads(dumps(review_document(REVIEW)))
    assert "allocator dividends add SBER 2026-07-20 AMOUNT" == found["missing"][0]["command"]
    assert ["price", "power"] == [each["doubt"] for each in found["suspicions"]]
    assert [793, 537] == [each["amount"] for each in found["disagreements"][0]["rows"]]
    assert 793 == found["suspicions"][1]["other"]["amount"]


def test_headings_are_in_the_language_asked_for() -> None:
    """As those of the other tables of the store; tickers, dates and names of sources stay."""
    head, _, only = table(Listing([Line(LKOH, date(2022, 12, 20))]), "ru").splitlines()
    assert "Тикер Дата реестра Экс-дата Сумма Валюта Доходность Источник" == " ".join(head.split())
    assert "LKOH 2022-12-21 2022-12-20 793 RUB shipped" == " ".join(only.split())


def test_each_key_of_the_objects_is_documented() -> None:
    """docs/dividends.md names what a program may read."""
    page = (Path(__file__).parents[3] / "docs/dividends.md").read_text(encoding="utf-8")
    held = Line(LKOH, date(2022, 12, 20), units=Decimal(1))
    other = Suspicion(LKOH, Doubt.POWER, Decimal(10), ISS)
    objects: list[object] = [
        json.loads(dumps(document(Listing([held], held=True)))),
        json.loads(
            dumps(
                review_document(
                    Review(date(2022, 1, 1), [Disagreement("LKOH", ISS.record_date, (LKOH, ISS))], [], [other])
                )
            )
        ),
    ]
    keys: set[str] = set()
    while objects:
        match objects.pop():
            case dict() as found:
                keys |= found.keys()
                objects += found.values()
            case list() as items:
                objects += items
    assert [] == [key for key in sorted(keys - {"RUB"}) if f"`{key}`" not in page]
