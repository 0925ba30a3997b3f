"""What raw prices are multiplied by: splits, and dividends on their ex-dates."""

from collections import defaultdict
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from recorded import DATA, daily, needs_data, splits
from recorded import calendar as traded
from series import RATIOS, calendar, day, split_at, walk

from allocator.core.bars import Bars
from allocator.core.instrument import Dividend, Split
from allocator.history import split_factors, total_return_factors
from allocator.history.factors import rounded, scaled

KNOWN = calendar("2023-01-02", 900)
TAX = Decimal("0.13")


def dividend(record: date, amount: str, currency: str = "RUB") -> Dividend:
    return Dividend("X", record, Decimal(amount), currency, "manual")


# --- splits


def test_prices_before_a_split_are_in_units_of_after():
    """1 from the day of the last split on; each earlier one multiplies."""
    bars = walk(10)
    declared = [Split("X", day(bars, 7), 1, 10, "iss"), Split("X", day(bars, 3), 5, 1, "iss")]
    assert [0.5] * 3 + [0.1] * 4 + [1.0] * 3 == split_factors(bars.begin, declared).tolist()
    assert [1.0] * 10 == split_factors(bars.begin, ()).tolist()
    assert [] == split_factors(bars.begin[:0], declared).tolist()


def test_split_on_a_day_without_trading():
    """BELU's is dated within its suspension: every bar before is before, every bar after is after."""
    bars = walk(6)[np.array([0, 1, 4, 5])]
    declared = [Split("X", day(walk(6), 3), 1, 8, "shipped")]
    assert [0.125, 0.125, 1.0, 1.0] == split_factors(bars.begin, declared).tolist()


def test_hours_of_the_day_of_the_split_are_after_it():
    """The day's first hour is at the new price."""
    begin = np.array(["2024-04-07T23:00:00", "2024-04-08T09:00:00"], dtype="datetime64[s]")
    assert [0.01, 1.0] == split_factors(begin, [Split("X", date(2024, 4, 8), 1, 100, "iss")]).tolist()


@given(ratio=RATIOS, at=st.integers(0, 40), seed=st.integers(0, 999))
def test_factors_undo_what_a_split_does(ratio, at, seed):
    """A made-up split changes raw prices; adjusted ones are those without it, in the new units."""
    bars = walk(40, seed=seed)
    before, after = ratio
    raw = split_at(bars, at, before, after)
    declared = [Split("X", day(bars, at) if at < 40 else date(2030, 1, 1), before, after, "iss")]
    factors = split_factors(raw.begin, declared)
    assert np.allclose(bars.close * before / after, raw.close * factors)
    assert np.allclose(bars.volume * after / before, raw.volume / factors)


@pytest.mark.parametrize(
    ("price", "factor", "exact"),
    [
        (150.54, Fraction(100), 15054.0),
        (1.1, Fraction(3), 3.3),
        (97.225, Fraction(1, 5000), 0.019445),
        (1234567.89, Fraction(10), 12345678.9),
        (0.000825, Fraction(1000), 0.825),
        (5e-06, Fraction(1, 100), 5e-08),
    ],
)
def test_scaled_prices_are_decimals_again(price, factor, exact):
    """150.54 x 100 is 15054 and not 15053.999999999998."""
    assert [exact] == scaled(np.array([price]), factor).tolist()


@given(st.decimals(min_value="0.00000001", max_value="99999999", places=8))
def test_decimals_of_ten_digits_are_their_own_rounding(number):
    """What the exchange may print is not touched."""
    price = float(f"{number:.10g}") if number else 1.0
    assert [price] == rounded(np.array([price])).tolist()


def test_unknown_prices_stay_unknown():
    """NaN, and whatever is no price, pass."""
    assert [True, False] == np.isnan(scaled(np.array([np.nan, 1.0]), Fraction(10))).tolist()
    assert [0.0, -1.0] == rounded(np.array([0.0, -1.0])).tolist()


# --- dividends


def test_dividend_after_tax_leaves_the_price_on_its_ex_date():
    """Paid 10 before tax on a price of 100: earlier prices are worth 8.7% less, from the ex-date on nothing changes."""
    bars = walk(10, since="2024-03-04")
    close = np.full(10, 100.0)
    bars = replace(bars, close=close)
    record = day(bars, 6)  # T+1: the ex-date is the record date
    factors = total_return_factors(bars, (), [dividend(record, "10")], KNOWN, TAX)
    assert [0.913] * 6 + [1.0] * 4 == factors.tolist()


def test_under_t_plus_2_the_price_leaves_a_session_earlier():
    """Before 31 July 2023 the ex-date is the session before the record date."""
    bars = replace(walk(10, since="2023-03-06"), close=np.full(10, 100.0))
    factors = total_return_factors(bars, (), [dividend(day(bars, 6), "10")], KNOWN, TAX)
    assert [0.913] * 5 + [1.0] * 5 == factors.tolist()


def test_ratio_of_adjusted_closes_is_the_total_return():
    """Over the ex-date: what the share is worth after, by what was left of it when the dividend was taken."""
    bars = walk(10, since="2024-03-04")
    factors = total_return_factors(bars, (), [dividend(day(bars, 6), "7.5")], KNOWN, TAX)
    adjusted = bars.close * factors
    assert bars.close[6] / (bars.close[5] - 7.5 * 0.87) == pytest.approx(adjusted[6] / adjusted[5])
    assert bars.close[5] / bars.close[4] == pytest.approx(adjusted[5] / adjusted[4])


def test_payments_of_one_date_are_one_payment():
    """Two dividends of one record date are summed first; those of different dates compound."""
    bars = walk(10, since="2024-03-04")
    twice = [dividend(day(bars, 6), "3"), dividend(day(bars, 6), "4")]
    once = total_return_factors(bars, (), [dividend(day(bars, 6), "7")], KNOWN, TAX)
    assert once.tolist() == total_return_factors(bars, (), twice, KNOWN, TAX).tolist()
    later = [dividend(day(bars, 3), "3"), dividend(day(bars, 6), "7")]
    both = total_return_factors(bars, (), later, KNOWN, TAX)
    assert once[3:].tolist() == both[3:].tolist()
    assert both[0] == pytest.approx(once[0] * (1 - 3 * 0.87 / bars.close[2]))


def test_no_tax_takes_the_whole_dividend():
    """The tax is an argument."""
    bars = replace(walk(4, since="2024-03-04"), close=np.full(4, 100.0))
    assert 0.9 == total_return_factors(bars, (), [dividend(day(bars, 2), "10")], KNOWN, Decimal(0))[0]


@pytest.mark.parametrize(
    "payment",
    [
        dividend(date(2024, 2, 1), "10"),  # before the first bar
        dividend(date(2024, 3, 4), "10"),  # the first bar is the ex-date
        dividend(date(2024, 6, 3), "10"),  # the ex-date is still to come
        dividend(date(2024, 3, 8), "1", "USD"),  # nobody knows in roubles
        dividend(date(2024, 3, 8), "0"),
        dividend(date(2024, 3, 8), "500"),  # more than the price: a mistake
    ],
)
def test_what_changes_nothing(payment):
    """Payments outside of the bars, of another currency, of nothing, or of more than the price."""
    bars = walk(10, since="2024-03-04")
    assert [1.0] * 10 == total_return_factors(bars, (), [payment], KNOWN, TAX).tolist()


def test_a_rate_makes_roubles_of_another_currency():
    """With the rate of the record date; without one for that day the payment is left out."""
    bars = walk(10, since="2024-03-04")
    payments = [dividend(date(2024, 3, 8), "0.05", "USD"), dividend(date(2024, 3, 12), "9", "EUR")]
    found = total_return_factors(
        bars, (), payments, KNOWN, TAX, lambda currency, when: 90.0 if (currency, when.day) == ("USD", 8) else None
    )
    roubles = total_return_factors(bars, (), [dividend(date(2024, 3, 8), "4.5")], KNOWN, TAX)
    assert roubles == pytest.approx(found)


def test_dividend_is_of_the_share_as_it_was():
    """A split later does not change what a dividend did; one between the last price and the record date converts it."""
    bars = walk(12, since="2023-03-06")
    paid = [dividend(day(bars, 6), "5")]
    alone = total_return_factors(bars, (), paid, KNOWN, TAX)
    later = Split("X", day(bars, 9), 1, 10, "iss")
    raw = split_at(bars, 9, 1, 10)
    found = total_return_factors(raw, [later], paid, KNOWN, TAX)
    assert alone / alone[-1] * split_factors(raw.begin, [later]) == pytest.approx(found)
    between = Split("X", day(bars, 5), 1, 10, "iss")  # T+2: the last price with the dividend is of bar 4
    raw = split_at(bars, 5, 1, 10)
    small = total_return_factors(raw, [between], [dividend(day(bars, 6), "0.5")], KNOWN, TAX)
    assert alone * split_factors(raw.begin, [between]) == pytest.approx(small)


def test_weekend_bars_before_an_ex_date_trade_without_the_dividend():
    """Saturday and Sunday are booked on Monday: when Monday is the ex-date, Friday is the last with the dividend."""
    bars = walk(5)
    begin = np.arange("2025-05-30", "2025-06-04", dtype="datetime64[D]")[:5].astype("datetime64[s]")
    bars = replace(bars, begin=begin, close=np.full(5, 100.0))
    found = total_return_factors(bars, (), [dividend(date(2025, 6, 2), "10")], KNOWN, TAX)
    assert [0.913, 1.0, 1.0, 1.0, 1.0] == found.tolist()


def test_suspension_over_the_ex_date():
    """No trading on the ex-date: the last bar before and the first after are on its two sides."""
    bars = replace(walk(10, since="2024-03-04"), close=np.full(10, 100.0))[np.array([0, 1, 8, 9])]
    found = total_return_factors(bars, (), [dividend(date(2024, 3, 8), "10")], KNOWN, TAX)
    assert [0.913, 0.913, 1.0, 1.0] == found.tolist()


@given(
    payments=st.lists(st.tuples(st.integers(-5, 70), st.decimals("0.01", "20", places=2)), max_size=6),
    cut=st.integers(1, 60),
    seed=st.integers(0, 99),
)
def test_factors_look_ahead_only_as_a_whole(payments, cut, seed):
    """More bars scale all earlier factors alike: no ratio of the past depends on the future. The last factor is 1."""
    bars = walk(60, seed=seed, since="2023-06-05")
    paid = [dividend((np.busday_offset("2023-06-05", at)).item(), str(amount)) for at, amount in payments]
    whole = total_return_factors(bars, (), paid, KNOWN, TAX)
    part = total_return_factors(bars[:cut], (), paid, KNOWN, TAX)
    assert 1.0 == whole[-1]
    assert part / part[-1] == pytest.approx(whole[:cut] / whole[cut - 1])
    assert (np.diff(whole) >= 0).all()


def test_nothing_has_no_factors():
    """No bars."""
    assert 0 == len(total_return_factors(Bars.of(()), (), [dividend(date(2024, 3, 8), "1")], KNOWN, TAX))


# --- the exchange's own bars


def payments_of_record() -> dict[str, dict[date, float]]:
    found: defaultdict[str, dict[date, float]] = defaultdict(dict)
    with (DATA / "dividends" / "moex_2015_2024_before_split_edits.csv").open(encoding="utf-8") as lines:
        next(lines)
        for line in lines:
            ticker, day_of_record, amount, currency = line.rstrip("\n").split(",")
            if currency == "rur":
                when = date.fromisoformat(day_of_record)
                found[ticker][when] = found[ticker].get(when, 0.0) + float(amount)
    return found


@needs_data
@pytest.mark.parametrize(("since", "till"), [("2015-01-01", "2023-07-30"), ("2023-08-01", "2024-12-31")])
def test_prices_fall_by_the_dividend_on_its_ex_date(since, till):
    """The proof of the rule under T+2 and under T+1: over all recorded dividends above 2% the opening falls by about
    the dividend after tax at the ex-date, and by nothing a session before or after.
    """
    known = traded()
    falls: dict[int, list[float]] = {-1: [], 0: [], 1: []}
    for ticker, payments in payments_of_record().items():
        bars = daily().get(ticker, Bars.of(()))
        factors = split_factors(bars.begin, [split for split in splits() if split.ticker == ticker])
        for record, amount in payments.items():
            if not since <= record.isoformat() <= till:
                continue
            at = int(np.searchsorted(known.days, np.datetime64(known.ex_date(record))))
            for shift, found in falls.items():
                position = int(np.searchsorted(bars.days, known.days[min(at + shift, len(known.days) - 1)]))
                if not 0 < position < len(bars) or bars.value[position] < 1e6:
                    continue
                if factors[position] == factors[position - 1] and amount > 0.02 * bars.close[position - 1]:
                    found.append((bars.open[position] - bars.close[position - 1]) / amount)
    assert min(len(found) for found in falls.values()) > 40
    before, fall, after = (float(np.median(falls[shift])) for shift in (-1, 0, 1))
    assert -1.0 < fall < -0.75
    assert abs(before) < 0.1
    assert abs(after) < 0.1


@needs_data
def test_real_splits_leave_no_jump():
    """GMKN, TRNFP, VTBR, IRAO, ROLO over their splits: adjusted closes move as a share does in a week."""
    for split in splits():
        bars = daily().get(split.ticker, Bars.of(()))
        position = int(np.searchsorted(bars.days, np.datetime64(split.day)))
        if 0 < position < len(bars):
            adjusted = bars.close * split_factors(bars.begin, [split])
            assert abs(np.log(adjusted[position] / adjusted[position - 1])) < np.log(1.3), split
