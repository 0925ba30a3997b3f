"""`ta57`: 57 classic indicators by TA-Lib on public bars. They are not the 57 of ALGOPACK: see `supercandles`.

Each is causal, free of the scale of prices and volumes, and finite after the warm-up. TA-Lib compares some sums with
absolute thresholds (1e-14, or 1.0 roubles of money flow), so a stretch is computed in units of its own first close and
first volume: a paper of 0.03 roubles and one of 150,000 get the same numbers. Where an indicator is 0/0 (no trade or
no move in its window) it takes the value that says neither up nor down, given in the table as `neutral`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import talib

from allocator.core.bars import Floats, Mask
from allocator.forecast.features.stretches import unchanged

# TA-Lib calls a money flow below 1.0 nothing at all; in these units a billionth of the first bar's still counts.
VOLUME_UNIT = 1e9
# Two values of an RSI nearer than this differ by rounding only.
SAME_RSI = 1e-9
# And two prices, as a part of the close.
SAME_PRICE = 1e-9

NEEDED = ("open", "high", "low", "close", "volume")


class Bars:
    """The bars of one stretch, (n,) each, and what several indicators share."""

    def __init__(self, open_: Floats, high: Floats, low: Floats, close: Floats, volume: Floats) -> None:
        price = close[0]
        traded = volume[volume > 0]
        amount = traded[0] / VOLUME_UNIT if len(traded) else 1.0
        self.open, self.high, self.low, self.close = open_ / price, high / price, low / price, close / price
        self.volume = volume / amount

    def relative(self, values: Floats) -> Floats:
        """The values as a part of the close above it."""
        return values / self.close - 1.0

    def flat(self, rows: int) -> Mask:
        """Where the last `rows` closes are equal."""
        return talib.MAX(self.close, rows) == talib.MIN(self.close, rows)

    @cached_property
    def volume20(self) -> Floats:
        """Mean volume of 20 bars; NaN where nothing was traded in them."""
        return np.where(talib.MAX(self.volume, 20) > 0, talib.SMA(self.volume, 20), np.nan)

    def to_volume20(self, amounts: Floats) -> Floats:
        """Amounts in mean volumes; 0 where there was no volume for 20 bars."""
        return np.where(np.isnan(self.volume20), 0.0, amounts / self.volume20)

    @cached_property
    def bands(self) -> tuple[Floats, Floats, Floats]:
        return talib.BBANDS(self.close, 20, 2.0, 2.0)

    @cached_property
    def pctb(self) -> Floats:
        upper, _, lower = self.bands
        return _ratio(self.close - lower, upper - lower, where=~self.flat(20), neutral=0.5)

    @cached_property
    def macd(self) -> tuple[Floats, Floats, Floats]:
        return talib.MACD(self.close, 12, 26, 9)

    @cached_property
    def rsi14(self) -> Floats:
        return talib.RSI(self.close, 14)

    @cached_property
    def position14(self) -> Floats:
        """Where the close stands between the low (0) and the high (1) of 14 bars; the middle where they are one."""
        low, high = talib.MIN(self.low, 14), talib.MAX(self.high, 14)
        return _ratio(self.close - low, high - low, where=high > low, neutral=0.5)

    @cached_property
    def stoch(self) -> tuple[Floats, Floats]:
        slow = talib.SMA(100.0 * self.position14, 3)
        return slow, talib.SMA(slow, 3)

    @cached_property
    def stochrsi(self) -> tuple[Floats, Floats]:
        low, high = talib.MIN(self.rsi14, 5), talib.MAX(self.rsi14, 5)
        fast = 100.0 * _ratio(self.rsi14 - low, high - low, where=high - low > SAME_RSI, neutral=0.5)
        fast[np.isnan(low)] = np.nan
        return fast, talib.SMA(fast, 3)

    @cached_property
    def directions(self) -> tuple[Floats, Floats, Floats]:
        """+DI, −DI and ADX of 14 bars (Wilder), where a high raised as far as the low is lowered is no direction.

        On the grid of price steps such ties are common, and TA-Lib's own functions leave them to the last bit of a
        rounded difference, so that three columns would depend on the unit of price.
        """
        rise, fall = np.diff(self.high, prepend=np.nan), -np.diff(self.low, prepend=np.nan)
        ahead = rise - fall
        ahead[np.abs(ahead) < SAME_PRICE * self.close] = 0.0
        moves = np.where((ahead > 0) & (rise > 0), rise, 0.0), np.where((ahead < 0) & (fall > 0), fall, 0.0)
        # Wilder's mean of n is the exponential one of 2n−1.
        reach = talib.EMA(talib.TRANGE(self.high, self.low, self.close), 27)
        plus, minus = (_ratio(talib.EMA(each, 27), reach, where=reach > 0, neutral=0.0) for each in moves)
        turn = _ratio(np.abs(plus - minus), plus + minus, where=plus + minus > 0, neutral=0.0)
        return 100.0 * plus, 100.0 * minus, 100.0 * talib.EMA(turn, 27)

    @cached_property
    def aroon(self) -> tuple[Floats, Floats]:
        return talib.AROON(self.high, self.low, 25)

    @cached_property
    def cci(self) -> Floats:
        typical = (self.high + self.low + self.close) / 3.0
        moved = talib.MAX(typical, 20) > talib.MIN(typical, 20)
        return np.where(moved, talib.CCI(self.high, self.low, self.close, 20), 0.0)

    @cached_property
    def mfi(self) -> Floats:
        typical = (self.high + self.low + self.close) / 3.0
        flow = np.zeros(len(typical))
        flow[1:] = np.where(typical[1:] != typical[:-1], self.volume[1:], 0.0)
        return np.where(talib.MAX(flow, 14) > 0, talib.MFI(self.high, self.low, self.close, self.volume, 14), 50.0)

    @cached_property
    def obv_change(self) -> Floats:
        obv = talib.OBV(self.close, self.volume)
        change = np.full(len(obv), np.nan)
        change[20:] = obv[20:] - obv[:-20]
        return self.to_volume20(change / 20.0)

    @cached_property
    def correlation(self) -> Floats:
        moved = ~self.flat(20) & (talib.MAX(self.volume, 20) > talib.MIN(self.volume, 20))
        return np.where(moved, talib.CORREL(self.close, self.volume, 20), 0.0)

    @cached_property
    def cycle_period(self) -> Floats:
        return talib.HT_DCPERIOD(self.close)

    @cached_property
    def no_cycle(self) -> Mask:
        """Where prices have not moved for the whole period of the cycle: its phase is 0/0 there."""
        period = np.floor(np.nan_to_num(self.cycle_period) + 0.5) + 4
        return unchanged(self.close) >= period

    @cached_property
    def phase(self) -> Floats:
        """Degrees. Sine, lead sine and trend mode share it: in TA-Lib each finds it anew, at two thirds of all time."""
        return talib.HT_DCPHASE(self.close)

    @cached_property
    def sine(self) -> Floats:
        return np.sin(np.radians(self.phase))

    @cached_property
    def lead_sine(self) -> Floats:
        return np.sin(np.radians(self.phase + 45.0))

    def in_cycle(self, values: Floats) -> Floats:
        return np.where(self.no_cycle, 0.0, values)

    @cached_property
    def trendline(self) -> Floats:
        return talib.HT_TRENDLINE(self.close)

    @cached_property
    def trend_mode(self) -> Floats:
        """HT_TRENDMODE (Ehlers): a cycle for half a period after the sines cross and while the phase turns at its pace,
        a trend otherwise and whenever the price is 1.5% off the trendline.
        """
        ahead, behind = self.sine > self.lead_sine, self.sine < self.lead_sine
        crossed = np.zeros(len(self.close), dtype=bool)
        crossed[1:] = (ahead[1:] & ~ahead[:-1]) | (behind[1:] & ~behind[:-1])
        rows = np.arange(len(crossed))
        since = rows - np.maximum.accumulate(np.where(crossed, rows, -len(rows)))
        pace = np.diff(self.phase, prepend=np.nan) * self.cycle_period / 360.0
        cycle = crossed | (since + 1 < 0.5 * self.cycle_period) | ((pace > 0.67) & (pace < 1.5))
        off = np.abs(talib.WMA(self.close, 4) / self.trendline - 1.0)
        return (~cycle | (off >= 0.015)).astype(np.float64)


def _ratio(above: Floats, below: Floats, *, where: Mask, neutral: float) -> Floats:
    return np.divide(above, below, out=np.full(len(above), neutral), where=where)


@dataclass(frozen=True)
class Indicator:
    """One column: its name, what it is in TA-Lib's words, and the ends of its range (None: unbounded)."""

    name: str
    group: str
    formula: str
    of: Callable[[Bars], Floats]
    low: float | None = None
    high: float | None = None
    neutral: str = ""


TA57: tuple[Indicator, ...] = (
    Indicator("sma10_rel", "overlap", "SMA(c,10)/c−1", lambda b: b.relative(talib.SMA(b.close, 10))),
    Indicator("sma20_rel", "overlap", "SMA(c,20)/c−1", lambda b: b.relative(talib.SMA(b.close, 20))),
    Indicator("sma50_rel", "overlap", "SMA(c,50)/c−1", lambda b: b.relative(talib.SMA(b.close, 50))),
    Indicator("ema10_rel", "overlap", "EMA(c,10)/c−1", lambda b: b.relative(talib.EMA(b.close, 10))),
    Indicator("ema20_rel", "overlap", "EMA(c,20)/c−1", lambda b: b.relative(talib.EMA(b.close, 20))),
    Indicator("ema50_rel", "overlap", "EMA(c,50)/c−1", lambda b: b.relative(talib.EMA(b.close, 50))),
    Indicator("wma20_rel", "overlap", "WMA(c,20)/c−1", lambda b: b.relative(talib.WMA(b.close, 20))),
    Indicator("dema20_rel", "overlap", "DEMA(c,20)/c−1", lambda b: b.relative(talib.DEMA(b.close, 20))),
    Indicator("tema20_rel", "overlap", "TEMA(c,20)/c−1", lambda b: b.relative(talib.TEMA(b.close, 20))),
    Indicator("kama20_rel", "overlap", "KAMA(c,20)/c−1", lambda b: b.relative(talib.KAMA(b.close, 20))),
    Indicator("trima20_rel", "overlap", "TRIMA(c,20)/c−1", lambda b: b.relative(talib.TRIMA(b.close, 20))),
    Indicator("t3_10_rel", "overlap", "T3(c,10,0.7)/c−1", lambda b: b.relative(talib.T3(b.close, 10, 0.7))),
    Indicator(
        "bb20_pctb",
        "overlap",
        "(c−lower)/(upper−lower) of BBANDS(c,20,2,2)",
        lambda b: b.pctb,
        neutral="0.5 when 20 closes are equal",
    ),
    Indicator(
        "bb20_width",
        "overlap",
        "(upper−lower)/middle of BBANDS(c,20,2,2)",
        lambda b: (b.bands[0] - b.bands[2]) / b.bands[1],
    ),
    Indicator("sar_rel", "overlap", "SAR(h,l,0.02,0.2)/c−1", lambda b: b.relative(talib.SAR(b.high, b.low, 0.02, 0.2))),
    Indicator(
        "midprice14_rel", "overlap", "MIDPRICE(h,l,14)/c−1", lambda b: b.relative(talib.MIDPRICE(b.high, b.low, 14))
    ),
    Indicator("ht_trendline_rel", "overlap", "HT_TRENDLINE(c)/c−1", lambda b: b.relative(b.trendline)),
    Indicator("rsi7", "momentum", "RSI(c,7)", lambda b: talib.RSI(b.close, 7), 0, 100),
    Indicator("rsi14", "momentum", "RSI(c,14)", lambda b: b.rsi14, 0, 100),
    Indicator("rsi28", "momentum", "RSI(c,28)", lambda b: talib.RSI(b.close, 28), 0, 100),
    Indicator("macd_rel", "momentum", "MACD(c,12,26,9) line /c", lambda b: b.macd[0] / b.close),
    Indicator("macd_sig_rel", "momentum", "MACD(c,12,26,9) signal /c", lambda b: b.macd[1] / b.close),
    Indicator("macd_hist_rel", "momentum", "MACD(c,12,26,9) histogram /c", lambda b: b.macd[2] / b.close),
    Indicator(
        "stoch_k",
        "momentum",
        "slow %K of STOCH(h,l,c,14,3,3)",
        lambda b: b.stoch[0],
        0,
        100,
        "fast %K is 50 at no range",
    ),
    Indicator(
        "stoch_d",
        "momentum",
        "slow %D of STOCH(h,l,c,14,3,3)",
        lambda b: b.stoch[1],
        0,
        100,
        "fast %K is 50 at no range",
    ),
    Indicator(
        "stochrsi_k", "momentum", "%K of STOCHRSI(c,14,5,3)", lambda b: b.stochrsi[0], 0, 100, "50 when 5 RSI are equal"
    ),
    Indicator(
        "stochrsi_d",
        "momentum",
        "%D of STOCHRSI(c,14,5,3)",
        lambda b: b.stochrsi[1],
        0,
        100,
        "%K is 50 when 5 RSI are equal",
    ),
    Indicator(
        "willr14",
        "momentum",
        "WILLR(h,l,c,14)",
        lambda b: 100.0 * b.position14 - 100.0,
        -100,
        0,
        "−50 when 14 bars have no range",
    ),
    Indicator("cci20", "momentum", "CCI(h,l,c,20)", lambda b: b.cci, neutral="0 when 20 typical prices are equal"),
    Indicator("adx14", "momentum", "ADX(h,l,c,14)", lambda b: b.directions[2], 0, 100),
    Indicator("plus_di14", "momentum", "PLUS_DI(h,l,c,14)", lambda b: b.directions[0], 0, 100),
    Indicator("minus_di14", "momentum", "MINUS_DI(h,l,c,14)", lambda b: b.directions[1], 0, 100),
    Indicator("aroon_dn25", "momentum", "AROON(h,l,25) down", lambda b: b.aroon[0], 0, 100),
    Indicator("aroon_up25", "momentum", "AROON(h,l,25) up", lambda b: b.aroon[1], 0, 100),
    Indicator("roc1", "momentum", "ROCP(c,1)", lambda b: talib.ROCP(b.close, 1)),
    Indicator("roc5", "momentum", "ROCP(c,5)", lambda b: talib.ROCP(b.close, 5)),
    Indicator("roc10", "momentum", "ROCP(c,10)", lambda b: talib.ROCP(b.close, 10)),
    Indicator("roc20", "momentum", "ROCP(c,20)", lambda b: talib.ROCP(b.close, 20)),
    Indicator("cmo14", "momentum", "CMO(c,14)", lambda b: talib.CMO(b.close, 14), -100, 100),
    Indicator("trix15", "momentum", "TRIX(c,15)", lambda b: talib.TRIX(b.close, 15)),
    Indicator(
        "ultosc", "momentum", "ULTOSC(h,l,c,7,14,28)", lambda b: talib.ULTOSC(b.high, b.low, b.close, 7, 14, 28), 0, 100
    ),
    Indicator("mfi14", "volume", "MFI(h,l,c,v,14)", lambda b: b.mfi, 0, 100, "50 when no money flows for 14 bars"),
    Indicator(
        "obv_chg20",
        "volume",
        "20-bar change of OBV(c,v) / (20·SMA(v,20))",
        lambda b: b.obv_change,
        -1,
        1,
        "0 when 20 bars have no volume",
    ),
    Indicator(
        "adosc_rel",
        "volume",
        "ADOSC(h,l,c,v,3,10)/SMA(v,20)",
        lambda b: b.to_volume20(talib.ADOSC(b.high, b.low, b.close, b.volume, 3, 10)),
        neutral="0 when 20 bars have no volume",
    ),
    Indicator(
        "vol_ratio20",
        "volume",
        "v/SMA(v,20)",
        lambda b: b.to_volume20(b.volume),
        0,
        20,
        "0 when 20 bars have no volume",
    ),
    Indicator(
        "corr_cv20", "volume", "CORREL(c,v,20)", lambda b: b.correlation, -1, 1, "0 when 20 closes or volumes are equal"
    ),
    Indicator("natr7", "volatility", "NATR(h,l,c,7)", lambda b: talib.NATR(b.high, b.low, b.close, 7), 0),
    Indicator("natr14", "volatility", "NATR(h,l,c,14)", lambda b: talib.NATR(b.high, b.low, b.close, 14), 0),
    Indicator(
        "trange_rel", "volatility", "TRANGE(h,l,c)/c", lambda b: talib.TRANGE(b.high, b.low, b.close) / b.close, 0
    ),
    Indicator("std20_rel", "volatility", "STDDEV(c,20,1)/c", lambda b: talib.STDDEV(b.close, 20, 1.0) / b.close, 0),
    Indicator(
        "linreg_slope14_rel",
        "statistic",
        "LINEARREG_SLOPE(c,14)/c",
        lambda b: talib.LINEARREG_SLOPE(b.close, 14) / b.close,
    ),
    Indicator("tsf14_rel", "statistic", "TSF(c,14)/c−1", lambda b: b.relative(talib.TSF(b.close, 14))),
    Indicator(
        "bop", "statistic", "BOP(o,h,l,c)", lambda b: talib.BOP(b.open, b.high, b.low, b.close), -1, 1, "0 when h = l"
    ),
    Indicator("ht_dcperiod", "cycle", "HT_DCPERIOD(c)/50", lambda b: b.cycle_period / 50.0, 0),
    Indicator(
        "ht_sine",
        "cycle",
        "HT_SINE(c) sine",
        lambda b: b.in_cycle(b.sine),
        -1,
        1,
        "0 when closes are equal for a whole period",
    ),
    Indicator(
        "ht_leadsine",
        "cycle",
        "HT_SINE(c) lead sine",
        lambda b: b.in_cycle(b.lead_sine),
        -1,
        1,
        "0 when closes are equal for a whole period",
    ),
    Indicator(
        "ht_trendmode",
        "cycle",
        "HT_TRENDMODE(c)",
        lambda b: b.in_cycle(b.trend_mode),
        0,
        1,
        "0 when closes are equal for a whole period",
    ),
)


def compute(bars: Bars, out: Floats | None = None) -> Floats:
    """(57, n) the indicators of one stretch, in the order of `TA57`; NaN in the first rows.

    Written to `out` when it is given.
    """
    columns = np.empty((len(TA57), len(bars.close))) if out is None else out
    # 0/0 in rows where a neutral value then takes its place.
    with np.errstate(invalid="ignore", divide="ignore"):
        for column, indicator in zip(columns, TA57, strict=True):
            column[:] = indicator.of(bars)
            if indicator.low is not None or indicator.high is not None:
                np.clip(column, indicator.low, indicator.high, out=column)
    return columns
