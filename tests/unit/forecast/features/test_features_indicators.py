"""The 57 columns of `ta57`: that they are TA-Lib's, in their ranges, and what they say when nothing happens."""

import numpy as np
import pytest
import talib
from feature_panels import of, panel, walk

from allocator.core.bars import Interval
from allocator.forecast.features import build
from allocator.forecast.features.indicators import TA57, Bars, compute
from allocator.forecast.features.stretches import WARM_UP
from allocator.forecast.spec import Inputs

# The reference list, in its order.
NAMES = (
    """
sma10_rel, sma20_rel, sma50_rel, ema10_rel, ema20_rel, ema50_rel, wma20_rel, dema20_rel, tema20_rel, kama20_rel,
trima20_rel, t3_10_rel, bb20_pctb, bb20_width, sar_rel, midprice14_rel, ht_trendline_rel, rsi7, rsi14, rsi28, macd_rel,
macd_sig_rel, macd_hist_rel, stoch_k, stoch_d, stochrsi_k, stochrsi_d, willr14, cci20, adx14, plus_di14, minus_di14,
aroon_dn25, aroon_up25, roc1, roc5, roc10, roc20, cmo14, trix15, ultosc, mfi14, obv_chg20, adosc_rel, vol_ratio20,
corr_cv20, natr7, natr14, trange_rel, std20_rel, linreg_slope14_rel, tsf14_rel, bop, ht_dcperiod, ht_sine, ht_leadsine,
ht_trendmode
""".replace("\n", " ")
    .strip()
    .split(", ")
)
AT = {name: at for at, name in enumerate(NAMES)}


def smooth(rows=1_500, seed=3):
    """Bars without ties: every price and volume differs from the one before."""
    rng = np.random.default_rng(seed)
    close = 250 * np.exp(np.cumsum(rng.normal(0, 0.006, rows)))
    opened = close * (1 + rng.normal(0, 0.002, rows))
    high = np.maximum(opened, close) * (1 + rng.random(rows) * 0.003)
    low = np.minimum(opened, close) * (1 - rng.random(rows) * 0.003)
    return opened, high, low, close, rng.lognormal(9, 1, rows)


def directly(o, h, l, c, v):  # noqa: E741
    """Each column by one call of TA-Lib on the bars as they are."""
    upper, middle, lower = talib.BBANDS(c, 20, 2, 2)
    line, signal, hist = talib.MACD(c, 12, 26, 9)
    stoch_k, stoch_d = talib.STOCH(h, l, c, 14, 3, 0, 3, 0)
    stochrsi_k, stochrsi_d = talib.STOCHRSI(c, 14, 5, 3, 0)
    down, up = talib.AROON(h, l, 25)
    sine, lead = talib.HT_SINE(c)
    volume = talib.SMA(v, 20)
    obv = talib.OBV(c, v)
    return {
        **{f"sma{n}_rel": talib.SMA(c, n) / c - 1 for n in (10, 20, 50)},
        **{f"ema{n}_rel": talib.EMA(c, n) / c - 1 for n in (10, 20, 50)},
        **{f"{name}20_rel": getattr(talib, name.upper())(c, 20) / c - 1 for name in ("wma", "dema", "tema", "kama")},
        "trima20_rel": talib.TRIMA(c, 20) / c - 1,
        "t3_10_rel": talib.T3(c, 10, 0.7) / c - 1,
        "bb20_pctb": (c - lower) / (upper - lower),
        "bb20_width": (upper - lower) / middle,
        "sar_rel": talib.SAR(h, l, 0.02, 0.2) / c - 1,
        "midprice14_rel": talib.MIDPRICE(h, l, 14) / c - 1,
        "ht_trendline_rel": talib.HT_TRENDLINE(c) / c - 1,
        **{f"rsi{n}": talib.RSI(c, n) for n in (7, 14, 28)},
        "macd_rel": line / c,
        "macd_sig_rel": signal / c,
        "macd_hist_rel": hist / c,
        "stoch_k": stoch_k,
        "stoch_d": stoch_d,
        "stochrsi_k": stochrsi_k,
        "stochrsi_d": stochrsi_d,
        "willr14": talib.WILLR(h, l, c, 14),
        "cci20": talib.CCI(h, l, c, 20),
        "adx14": talib.ADX(h, l, c, 14),
        "plus_di14": talib.PLUS_DI(h, l, c, 14),
        "minus_di14": talib.MINUS_DI(h, l, c, 14),
        "aroon_dn25": down,
        "aroon_up25": up,
        **{f"roc{n}": talib.ROCP(c, n) for n in (1, 5, 10, 20)},
        "cmo14": talib.CMO(c, 14),
        "trix15": talib.TRIX(c, 15),
        "ultosc": talib.ULTOSC(h, l, c, 7, 14, 28),
        "mfi14": talib.MFI(h, l, c, v, 14),
        "obv_chg20": (obv - np.roll(obv, 20)) / (20 * volume),
        "adosc_rel": talib.ADOSC(h, l, c, v, 3, 10) / volume,
        "vol_ratio20": v / volume,
        "corr_cv20": talib.CORREL(c, v, 20),
        "natr7": talib.NATR(h, l, c, 7),
        "natr14": talib.NATR(h, l, c, 14),
        "trange_rel": talib.TRANGE(h, l, c) / c,
        "std20_rel": talib.STDDEV(c, 20, 1) / c,
        "linreg_slope14_rel": talib.LINEARREG_SLOPE(c, 14) / c,
        "tsf14_rel": talib.TSF(c, 14) / c - 1,
        "bop": talib.BOP(o, h, l, c),
        "ht_dcperiod": talib.HT_DCPERIOD(c) / 50,
        "ht_sine": sine,
        "ht_leadsine": lead,
        "ht_trendmode": talib.HT_TRENDMODE(c).astype(float),
    }


def test_columns_are_the_57_of_the_reference():
    """Exactly those columns, in that order, after the log return of the close."""
    assert len(set(NAMES)) == 57
    assert tuple(NAMES) == tuple(indicator.name for indicator in TA57)
    assert ("close_ret", *NAMES) == build(panel(1), Inputs.TA57).names


@pytest.mark.parametrize("name", NAMES)
def test_column_is_what_talib_says(name):
    """Where there is nothing to guard against, each column is TA-Lib's own number.

    Wilder's directions begin their mean otherwise than TA-Lib does: they agree to what is left of that after 300 rows.
    """
    bars = smooth()
    ours, theirs = compute(Bars(*bars))[AT[name]], directly(*bars)[name]
    rough = name in {"adx14", "plus_di14", "minus_di14"}
    np.testing.assert_allclose(ours[300:], theirs[300:], rtol=1e-5 if rough else 1e-8, atol=1e-5 if rough else 1e-9)


def test_relative_columns_have_the_scale_of_returns():
    """A paper of kopecks and one of a hundred thousand roubles: no column is ever in roubles."""
    o, h, l, c, v = smooth()  # noqa: E741
    cheap, dear = (compute(Bars(o * k, h * k, l * k, c * k, v / k))[:, WARM_UP:] for k in (1e-4, 600.0))
    np.testing.assert_allclose(cheap, dear, rtol=1e-7, atol=1e-8)
    relative = [at for name, at in AT.items() if name.endswith("_rel") and name != "adosc_rel"]
    assert np.abs(cheap[relative]).max() < 1


def test_columns_stay_in_their_ranges():
    """Whatever the bars, a bounded indicator is finite and within its bounds."""
    for seed in range(5):
        rng = np.random.default_rng(seed)
        bars = walk(rng, 2_000, 0.05)
        found = compute(Bars(*(bars[name] for name in ("open", "high", "low", "close", "volume"))))[:, WARM_UP:]
        for column, indicator in zip(found, TA57, strict=True):
            assert np.isfinite(column).all(), indicator.name
            assert indicator.low is None or indicator.low <= column.min(), indicator.name
            assert indicator.high is None or column.max() <= indicator.high, indicator.name


NEUTRAL = {
    "bb20_pctb": 0.5,
    "bb20_width": 0.0,
    "stoch_k": 50.0,
    "stoch_d": 50.0,
    "willr14": -50.0,
    "stochrsi_k": 50.0,
    "stochrsi_d": 50.0,
    "cci20": 0.0,
    "roc1": 0.0,
    "roc20": 0.0,
    "mfi14": 50.0,
    "obv_chg20": 0.0,
    "adosc_rel": 0.0,
    "vol_ratio20": 0.0,
    "corr_cv20": 0.0,
    "trange_rel": 0.0,
    "std20_rel": 0.0,
    "bop": 0.0,
    "sma10_rel": 0.0,
    "linreg_slope14_rel": 0.0,
    "midprice14_rel": 0.0,
}


@pytest.mark.parametrize("name", NEUTRAL)
def test_nothing_happening_is_neither_up_nor_down(name):
    """After forty hours without a trade each indicator of a short window says its neutral value, not rounding noise."""
    o, h, l, c, v = smooth()  # noqa: E741
    quiet = slice(900, 941)
    for prices in (o, h, l, c):
        prices[quiet] = c[899]
    v[quiet] = 0.0
    assert NEUTRAL[name] == pytest.approx(compute(Bars(o, h, l, c, v))[AT[name], 940], abs=1e-6)


def test_cycle_of_a_flat_price_is_none():
    """Where closes are equal for longer than the cycle lasts, its phase is 0/0: sines and mode are zero."""
    o, h, l, c, v = smooth()  # noqa: E741
    c[900:960] = c[899]
    found = compute(Bars(o, np.maximum(h, c), np.minimum(l, c), c, v))
    assert [0.0, 0.0, 0.0] == [found[AT[name], 957] for name in ("ht_sine", "ht_leadsine", "ht_trendmode")]


def test_volume_may_be_zero_for_ever():
    """A series that never trades volume (an index) has indicators of prices and neutral ones of volume."""
    o, h, l, c, v = smooth()  # noqa: E741
    found = compute(Bars(o, h, l, c, np.zeros(len(v))))
    assert np.isfinite(found[:, WARM_UP:]).all()
    assert {0.0} == set(found[AT["vol_ratio20"], WARM_UP:])


def test_where_a_stretch_begins_is_forgotten_after_the_warm_up():
    """Begun 500 bars later, the continuous indicators are the same to a thousandth of their range by row 200."""
    bars = smooth(3_000)
    early = compute(Bars(*bars))[:, 500 + WARM_UP :]
    late = compute(Bars(*(column[500:] for column in bars)))[:, WARM_UP:]
    spread = early.std(axis=1)
    for name, at in AT.items():
        if not name.startswith("ht_"):
            assert np.abs(early[at] - late[at]).max() < 2e-3 * spread[at], name


def test_tie_of_high_and_low_has_no_direction():
    """A high raised by a step with the low lowered by a step counts as no direction in any unit of price."""
    rows = 400
    high, low = 10 + np.arange(rows), 1_000 - np.arange(rows)
    for step in (0.01, 0.07, 1 / 3):
        bars = Bars(*(values * step for values in (high + 1_000.0, high + 1_000.0, low, low)), np.ones(rows))
        found = compute(bars)
        assert {0.0} == set(found[AT["plus_di14"], WARM_UP:]) | set(found[AT["minus_di14"], WARM_UP:])


def test_panel_of_days_has_them_too():
    """Indicators are of bars, whatever they last: days give the numbers that the same bars give as hours."""
    own = panel(5)
    whole = {name: np.nan_to_num(values, nan=1.0) for name, values in own.fields.items()}
    every = np.ones_like(own.valid)
    days = np.datetime64("2020-01-01", "s") + np.arange(len(every)).astype("timedelta64[D]")
    hourly = build(of(whole, every, own.tickers), Inputs.TA57)
    daily = build(of(whole, every, own.tickers, days, interval=Interval.DAY), Inputs.TA57)
    np.testing.assert_array_equal(hourly.values, daily.values)
    assert hourly.digest != daily.digest
