# ruff: noqa: INP001, T201 -- a script that prints
"""Rebuild `allocator/store/data` from the collections in `../shared/data`; docs/decisions/0009 argues each rule.

    python tools/shipped_data.py

Two independent collections meet here: WLM1ke/poptimizer ("hand", kept by hand, adjusted for splits) and
XCemaXX/moex-momentum ("fills": the exchange's own rows plus what five other sources filled in). One answer is
written for each payment under the source `shipped`, and what disagrees with it beside it.
"""

from __future__ import annotations

import csv
import functools
import gzip
import json
import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby
from pathlib import Path

import numpy as np

from allocator.core.calendar import Calendar

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared" / "data"
TARGET = ROOT / "allocator" / "store" / "data"

SAME_PAYMENT = timedelta(days=15)  # two sources' record dates of one payment; the widest seen is 14 days
A_YEAR = timedelta(days=400)
ROUNDING = Decimal("0.005")  # ISS gives two decimals in places
FIRST_BARS = "2013-06-01"  # renames before it touch no bar that the exchange still serves for TQBR

# hand-kept rows that the splits table does not touch: the file gives BELU as paid
NOT_ADJUSTED = {"BELU"}
# of the older file: these two were still as paid (that is what its name says), T did not exist
NOT_ADJUSTED_BEFORE = {"BELU", "VTBR", "PLZL"}

DECIDED = {  # what neither collection has right by itself
    ("PHOR", "2025-10-01"): "273",  # shareholders took the smaller of two proposals, 273 and 387 (TASS, 2025-09-12)
    ("OZON", "2025-12-22"): "143.55",  # the board's figure; 145.55 is a slip of the hand-kept file
    ("MGNZ", "2022-04-01"): "2870",  # two legs: 2490 and 380; 1.143 billion for 398 257 shares
}
PAID = {  # within the years that are kept by hand, missing there, and yet paid
    ("AKRN", "2025-12-09"),  # 9 months of 2025, approved in November
    ("SVET", "2025-07-08"),  # with the preferred share, whose payment that day is kept by hand
    ("YAKG", "2017-05-11"),  # the price opened 4.0% lower
}
NEVER = {  # rows of the fills that no neighbour gives away
    ("BELU", "2024-08-22"),  # seven bonus shares for one are in splits.csv, not money
    ("HYDR", "2025-07-11"),  # the meeting took no decision (peretok.ru, 2025-06)
    ("NKHP", "2022-07-11"),  # 2.7% of the price, which opened 0.7% lower; paid in 2024 with 22.19 more
    ("NLMK", "2023-01-11"),  # 2.4% of the price, which opened 0.5% lower
    ("TGKA", "2022-07-18"),  # 14% of the price, which opened where it had closed
    ("TRCN", "2017-05-26"),  # the amount that was paid in July
    ("VSMO", "2017-04-27"),  # the amount that was paid in June
    ("MSTT", "2019-12-23"),  # 9.4% of the price, which opened 1.6% lower and fell no further
    ("SELGP", "2016-07-04"),  # 16% of the price, which rose
    ("SELGP", "2017-06-27"),  # 18% of the price, which rose
}
FOREIGN = {("INGR", "USD")}  # payments of Ingredion Inc., New York


@dataclass(frozen=True)
class Row:
    """One figure of one collection, as paid for one share on the record date."""

    ticker: str
    day: date
    amount: Decimal
    currency: str
    source: str


def table(name: str) -> list[dict[str, str]]:
    with (SHARED / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def number(raw: str) -> Decimal:
    """The figure without the noise of a float's last digits."""
    return +Decimal(f"{Decimal(raw):.12g}") if len(raw) > 15 else Decimal(raw)


@functools.cache
def splits() -> list[tuple[str, date, int, int]]:
    return [
        (row["ticker"], date.fromisoformat(row["date"]), int(row["before"]), int(row["after"]))
        for row in table("splits.csv")
    ]


@functools.cache
def renames() -> list[tuple[str, str, date]]:
    """Changes of ticker since the boards of today, by the day of the first deal under the new one."""
    boards = json.loads((SHARED / "tickers.json").read_text(encoding="utf-8"))
    found = []
    for new, about in boards.items():
        started = [row["history_from"] for row in about.get("boards", ()) if row["board"] in {"TQBR", "TQTF"}]
        for change in about.get("history", ()):
            old, day = change["prev_ticker"], change["renamed"]
            # additional issues (BANE-005D, ERCO03) and codes by ISIN were merged into a share that traded already
            if day >= FIRST_BARS and not re.search(r"-\d\d\dD$|\d\d$|^RU|-ME$", old):
                found.append((old, new, first_deal(date.fromisoformat(day), started)))
    for change in json.loads((SHARED / "corporate/renames_redomiciles.json").read_text(encoding="utf-8")):
        old, new = change["old_secid"], change["new_secid"]
        if old != new and not any(each[:2] == (old, new) for each in found):
            started = [row["history_from"] for row in boards[new].get("boards", ()) if row["board"] == "TQBR"]
            found.append((old, new, first_deal(date.fromisoformat(change["renamed"]), started)))
    return sorted(found, key=lambda each: (each[2], each[0]))


def first_deal(declared: date, started: list[str]) -> date:
    """The first day of the new ticker on its board, where that is close to the declared change."""
    first = (date.fromisoformat(day) for day in started)
    return next((day for day in first if timedelta(0) <= day - declared <= timedelta(days=7)), declared)


@functools.cache
def newest(ticker: str) -> str:
    """The ticker that the paper has today. Some collections go on with the old one for years: no day is asked."""
    return next((newest(new) for old, new, _ in renames() if ticker == old), ticker)


def hand() -> dict[tuple[str, date], Row]:
    """The hand-kept collection as paid: repeated rows summed, splits taken out, exact figures before divided ones."""
    now = summed("dividends/moex_2017_2026.csv", "dividend_rub", NOT_ADJUSTED)
    before = summed("dividends/moex_2015_2024_before_split_edits.csv", "dividend", NOT_ADJUSTED_BEFORE)
    found = dict(now)
    for key, row in before.items():
        twin = now.get(key)
        if twin is None:
            if not any(near(row, other) for other in now.values() if other.ticker == row.ticker):
                found[key] = row
        elif twin.currency == row.currency and close(twin.amount, row.amount, Decimal("1e-9")):
            found[key] = row  # the figure that was never divided
    return {key: row for key, row in found.items() if (row.ticker, str(row.day)) not in NEVER}


def summed(name: str, column: str, as_paid: set[str]) -> dict[tuple[str, date], Row]:
    found: dict[tuple[str, date], Row] = {}
    seen: dict[tuple[str, date], str] = {}
    for raw in table(name):
        old, day = raw["ticker"], date.fromisoformat(raw["record_date"])
        ticker, amount = newest(old), Decimal(raw[column])
        for split, changed, before, after in splits():
            if split == old and day < changed and old not in as_paid:
                amount = amount * after / before
        if seen.setdefault((ticker, day), old) != old:
            continue  # the same payment under the old and the new ticker (TCSG and T)
        currency = {"rur": "RUB", "usd": "USD"}[raw.get("currency", "rur")]
        held = found.get((ticker, day))
        found[ticker, day] = Row(ticker, day, amount + (held.amount if held else 0), currency, "poptimizer")
    return found


def fills(calendar: Calendar) -> list[Row]:
    """The other collection, row by row, with the source of each; a file of four tables under each other."""
    found: list[Row] = []
    tickers: dict[tuple[str, date], str] = {}
    with (SHARED / "dividends/moex_iss_1999_2026.csv").open(encoding="utf-8", newline="") as file:
        for raw in csv.reader(file):
            if len(raw) < 6 or raw[0].startswith("_"):
                continue
            old, day, currency = raw[0], date.fromisoformat(raw[1]), raw[3] or "RUB"
            if (old, currency) in FOREIGN:
                continue
            source = {"moex_iss": "iss"}.get(raw[4], raw[4].removeprefix("skill_fill_"))
            if source == "yahoo":
                day = record_date(calendar, day)
            ticker = newest(old)
            if tickers.setdefault((ticker, day), old) == old:  # else given under both of its tickers
                found.append(Row(ticker, day, number(raw[2]), currency, source))
    better = {(row.ticker, row.day) for row in found if row.source != "yahoo"}
    return [row for row in found if row.source != "yahoo" or (row.ticker, row.day) not in better]


def record_date(calendar: Calendar, ex_date: date) -> date:
    """The first record date that leaves the price on this day: Yahoo knows ex-dates only."""
    days = (ex_date + timedelta(days=shift) for shift in range(-6, 8))
    return next((day for day in days if calendar.ex_date(day) == ex_date and day.weekday() < 5), ex_date)


def corrected() -> list[Row]:
    """Rows that ISS gave and the makers of the second collection dropped or replaced."""
    with (SHARED / "dividends/moex_iss_1999_2026.csv").open(encoding="utf-8", newline="") as file:
        text = "\n".join(",".join(raw[1:]) for raw in csv.reader(file) if raw[0] == "_conflicts_resolved.")
    found = []
    for entry in re.split(r"\n  \{", text):
        words = {key: re.findall(rf'"{key}": "?([^",\n}}]+)"?', entry) for key in FIELDS}
        if words["action"][:1] in (["drop"], ["replace"]) and words["source"][:1] == ["moex_iss"]:
            day = date.fromisoformat(words["registry_close"][0])
            if day.year < 2100:  # 2111-01-01 means "not yet known"
                ticker = newest(words["ticker"][0])
                found.append(Row(ticker, day, number(words["amount"][0]), "RUB", "iss"))
    return found


FIELDS = ("ticker", "registry_close", "action", "amount", "source")


def close(one: Decimal, other: Decimal, share: Decimal = ROUNDING) -> bool:
    return abs(one - other) <= share * max(abs(one), abs(other))


def near(one: Row, other: Row) -> bool:
    return abs(one.day - other.day) <= SAME_PAYMENT


def reconcile(calendar: Calendar) -> tuple[list[Row], Counter[str]]:
    """All rows to ship: one `shipped` for each payment, and what disagrees with it under its own source."""
    kept, rows, figures = hand(), fills(calendar), Counter[str]()
    by_hand: dict[str, list[Row]] = defaultdict(list)
    for row in kept.values():
        by_hand[row.ticker].append(row)
    answers = {key: row for key, row in kept.items() if (row.ticker, str(row.day)) not in NEVER}
    figures["kept by hand"] = len(answers)
    for (ticker, day), legs in days_of(rows).items():
        total = in_roubles(legs)
        mine = by_hand.get(ticker, [])
        if (ticker, day) in kept:
            compare_day(kept[ticker, day], total, figures, answers)
        elif any(near(row, total) for row in mine):
            figures["another date in the fills"] += 1
        elif (ticker, str(day)) in NEVER or (covered(mine, day) and (ticker, str(day)) not in PAID):
            figures["never paid"] += 1
            print("never paid:", *(f"{row.ticker} {row.day} {row.amount} {row.source}" for row in legs))
        elif any(other.ticker == ticker and trust(other) > best(legs) and near(other, total) for other in rows):
            figures["echoes of Yahoo and brokers"] += 1
        else:
            answers[ticker, day] = total
            figures["from the fills alone"] += 1
    for (ticker, given), amount in DECIDED.items():
        day = date.fromisoformat(given)
        answers[ticker, day] = Row(ticker, day, Decimal(amount), "RUB", "")
    return with_others(answers, kept, rows, figures), figures


def trust(row: Row) -> int:
    """Yahoo knows ex-dates only, and nets or rescales some amounts; a broker's list is better, all others best."""
    return {"yahoo": 0, "tbank": 1}.get(row.source, 2)


def best(legs: list[Row]) -> int:
    return max(trust(row) for row in legs)


def covered(mine: list[Row], day: date) -> bool:
    """Whether the hand-kept collection looked after the ticker on that day: a payment a year before, and one after."""
    return any(timedelta(0) <= day - row.day <= A_YEAR for row in mine) and any(
        timedelta(0) <= row.day - day <= A_YEAR for row in mine
    )


def days_of(rows: list[Row]) -> dict[tuple[str, date], list[Row]]:
    def key(row: Row) -> tuple[str, date]:
        return row.ticker, row.day

    return {each: list(group) for each, group in groupby(sorted(rows, key=key), key=key)}


def in_roubles(legs: list[Row]) -> Row:
    """The sum of a day's legs; of the roubles alone where the same payment stands in dollars too."""
    roubles = [row for row in legs if row.currency == "RUB"] or legs
    return Row(legs[0].ticker, legs[0].day, sum((row.amount for row in roubles), Decimal(0)), roubles[0].currency, "")


def compare_day(mine: Row, total: Row, figures: Counter[str], answers: dict[tuple[str, date], Row]) -> None:
    if mine.currency != total.currency:
        figures["in dollars by hand, in roubles in the fills"] += 1
        if total.currency == "RUB":  # prices of the board are roubles
            answers[mine.ticker, mine.day] = total
    elif close(mine.amount, total.amount):
        figures["agree"] += 1
    else:
        figures["disagree in amount"] += 1


def with_others(
    answers: dict[tuple[str, date], Row],
    kept: dict[tuple[str, date], Row],
    rows: list[Row],
    figures: Counter[str],
) -> list[Row]:
    found = {(row.ticker, row.day, row.currency, "shipped"): row for row in answers.values()}
    wrong = corrected()
    seen = {(row.ticker, row.day) for row in wrong}
    given: dict[tuple[str, date, str], Decimal] = defaultdict(Decimal)
    for row in rows:
        if row.source == "iss" and (row.ticker, row.day) not in seen:
            given[row.ticker, row.day, row.currency] += row.amount
    for row in wrong:
        given[row.ticker, row.day, row.currency] += row.amount
    for (ticker, day, currency), amount in given.items():
        answer = answers.get((ticker, day))
        if answer is None:
            found[ticker, day, currency, "shipped"] = Row(ticker, day, Decimal(0), currency, "")
            figures["ISS rows overruled by a zero"] += 1
        elif answer.currency != currency or close(answer.amount, amount):
            continue
        else:
            figures["ISS rows of another amount"] += 1
        found[ticker, day, currency, "iss"] = Row(ticker, day, amount, currency, "iss")
    totals = {key: in_roubles(legs) for key, legs in days_of(rows).items()}
    for source, theirs in (("poptimizer", kept), ("momentum", totals)):
        for key, row in theirs.items():
            answer = answers.get(key)
            iss = given.get((*key, row.currency))
            if (
                answer
                and answer.currency == row.currency
                and not close(answer.amount, row.amount)
                and iss != row.amount
            ):
                found[*key, row.currency, source] = row
                figures[f"{source} rows of another amount"] += 1
    return [Row(key[0], key[1], row.amount, key[2], key[3]) for key, row in sorted(found.items(), key=lambda it: it[0])]


def plain(value: Decimal) -> str:
    digits = f"{value:f}"
    return (digits.rstrip("0").rstrip(".") if "." in digits else digits) or "0"


def write(name: str, header: str, lines: list[str]) -> None:
    (TARGET / name).write_text("\n".join([header, *lines]) + "\n", encoding="utf-8", newline="\n")


def trading_days() -> Calendar:
    with gzip.open(SHARED / "daily/bars_2014_2024.csv.gz", "rt", encoding="utf-8") as file:
        days = {row["date"] for row in csv.DictReader(file) if row["ticker"] in {"SBER", "GAZP"}}
    return Calendar(np.array(sorted(days), dtype="datetime64[D]"))


def main() -> None:
    rows, figures = reconcile(trading_days())
    write(
        "dividends.csv",
        "ticker,record_date,amount,currency,source",
        [f"{row.ticker},{row.day},{plain(row.amount)},{row.currency},{row.source}" for row in rows],
    )
    write("splits.csv", "ticker,day,before,after", [",".join(map(str, row)) for row in splits()])
    write("renames.csv", "old,new,day,ratio", [f"{old},{new},{day},1" for old, new, day in renames()])
    figures["rows written"] = len(rows)
    figures.update(Counter(f"source {row.source}" for row in rows))
    for name, count in sorted(figures.items()):
        print(f"{count:6d}  {name}")


if __name__ == "__main__":
    main()
