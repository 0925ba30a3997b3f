"""Every sample runs, and shows what it says it shows."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from allocator.cli import main
from allocator.config import load

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "samples"
NAMES = sorted(path.relative_to(SAMPLES).as_posix() for path in SAMPLES.rglob("*.ini"))
BACKTESTS = [name for name in NAMES if name.startswith(("backtest", "paper/"))]  # read by other tests, or run
PORTFOLIOS = [name for name in NAMES if name not in BACKTESTS]
OFFLINE = [name for name in PORTFOLIOS if load(SAMPLES / name).options.provider.name == "FILE"]
LIVE = [name for name in PORTFOLIOS if name not in OFFLINE]


class Shown:
    """The answer to a sample, with its rows by asset."""

    def __init__(self, answer: dict[str, Any]) -> None:
        self.answer = answer
        self.rows = {row["asset"]: row for row in answer["rows"]}
        self.change = {asset: row["change"] for asset, row in self.rows.items() if row["change"]}
        self.cash = answer["cash"]["result"]

    def fee(self, asset: str) -> Decimal:
        return self.rows[asset]["commission"]["money"]

    def deal(self, asset: str) -> Decimal:
        row = self.rows[asset]
        return row["change"] * (row["ask"] if row["change"] > 0 else -row["bid"])


@pytest.fixture
def rebalanced(capsys) -> Callable[[str], Shown]:
    def run(name: str) -> Shown:
        assert main([str(SAMPLES / name), "--json"]) == 0
        return Shown(json.loads(capsys.readouterr().out, parse_float=Decimal, parse_int=Decimal))

    return run


SHOWS: dict[str, Callable[[Shown], bool]] = {
    "moex.ini": lambda it: (
        it.change["MTSS"] == -120
        and "GMKN" not in it.change
        and it.change.get("TATN", 0) <= 0
        and it.fee("LQDT") == 0 < it.fee("SBER")
    ),
    "sample.ini": lambda it: len(it.change) <= 4 and it.change.get("IEF", 0) <= 0 and "GOOG" not in it.change,
    "features/fees.ini": lambda it: it.fee("IAU") == Decimal("2.60") and it.fee("SPY") in {0, 1},
    "features/percent-fees.ini": lambda it: (
        it.fee("MOEX") == 20 + it.deal("MOEX") * Decimal("0.0004")
        and it.fee("LKOH") == it.deal("LKOH") * Decimal("0.003")
    ),
    "features/permissions.ini": lambda it: (
        it.change.get("GAZP", 0) <= 0 <= it.change.get("ROSN", 0) and "LKOH" not in it.change
    ),
    "features/max-deals.ini": lambda it: len(it.change) == 2,
    "features/use-all-cash.ini": lambda it: it.cash < min(row["ask"] * row["lot"] for row in it.rows.values()),
    "features/cash-in-money.ini": lambda it: abs(it.cash - 30_000) < 5_000,
    "features/cash-in-percent.ini": lambda it: abs(it.cash / it.answer["wealth"] - Decimal("0.1")) < Decimal("0.02"),
    "features/withdraw.ini": lambda it: it.answer["cash"]["source"] == -55_000 and 0 <= it.cash < 10_000,
    "features/fractional-units.ini": lambda it: it.change["IEF"] == Decimal("-2.25"),
    "features/units-targets.ini": lambda it: (
        it.rows["GMKN"]["result"]["units"] == 1 and 9_900 < it.change["GOLD"] <= 10_000
    ),
    "features/least-squares.ini": lambda it: it.answer["model"] == "LSAPPROX",
    "features/base.ini": lambda it: it.answer["cash"]["source"] == 100_000,
    "features/extends.ini": lambda it: (
        it.answer["cash"]["source"] == Decimal("12345.67") and it.rows["SBGB"]["target"] == {"percent": 30}
    ),
    "features/lots.ini": lambda it: it.change["SNGSP"] % 200 == 0,
    "features/limits.ini": lambda it: it.answer["gap"] <= Decimal("0.0001"),
    "features/auto.ini": lambda it: (  # where there is no store
        {it.rows[name]["target"]["auto"].quantize(Decimal("0.0001")) for name in ("SBER", "LKOH", "GMKN")}
        == {Decimal("26.6667")}
    ),
    "features/no-bid.ini": lambda it: it.rows["TRNFP"]["stale"] and not it.rows["SBER"]["stale"],
}


@pytest.mark.parametrize("name", OFFLINE)
def test_a_sample_gets_a_proven_plan_that_shows_its_feature(name, rebalanced):
    """Exit code 0, a proof, and the very thing that the sample is there to show."""
    shown = rebalanced(name)
    assert (shown.answer["status"], True) == ("optimal", SHOWS[name](shown))


@pytest.mark.parametrize("name", LIVE)
def test_a_sample_with_live_quotes_is_in_order(name, capsys):
    """What a test may know of it without the exchange: the file has no mistake."""
    assert main(["check", str(SAMPLES / name)]) == 0
    assert "is in order" in capsys.readouterr().out


def test_the_list_of_samples_is_whole():
    """`samples/README.md` names each of them, and nothing else."""
    linked = re.findall(r"\]\(([\w/-]+\.ini)\)", (SAMPLES / "README.md").read_text(encoding="utf-8"))
    assert sorted(linked) == NAMES


@pytest.mark.parametrize("loop", ["samples/loop.sh", "loop.cmd"])
def test_the_loops_are_two_lines(loop):
    """The equivalents of --watch stay as short as they claim to be."""
    assert len((ROOT / loop).read_text(encoding="utf-8").splitlines()) == 2
