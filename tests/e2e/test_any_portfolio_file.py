"""Whatever stands in the file, the command ends with a listed exit code and never with a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shell import INI, PRICES

from allocator.cli import main
from allocator.core.errors import ConfigError, ForecastError, MarketError, PlanError, TimeLimit

LISTED = {0, ConfigError.exit_code, MarketError.exit_code, PlanError.exit_code, TimeLimit.exit_code}
"""Not 2: the command line is right. 1 is for `auto` without a forecast alone: nothing is an internal error."""

WORDS = (
    *("[have]", "[want]", "[cash]", "[trade]", "[commission]", "[lot]", "[options]", "[file]", "SBER", "LKOH", "LQDT"),
    *("have", "want", "withdraw", "use all cash", "max deals", "model", "commission", "gap", "time limit", "extends"),
    *(" = ", "=", "\n", "\n", " ", "%", "50%", "100%", "1", "0", "-1", "1e9", "1e-9", "999 999 999 999", "0.3% + 2"),
    *("[forecast]", "cap", "shrink", "fallback", "equal", "market", "horizon", "risk aversion", "minimum agreement"),
    *("auto", "keep", "buy", "sell", "lad", "lsapprox", "yes", "no", ";", "#", "p.ini", "\ufeff", "\0", "é", "ж"),
)
FORECAST = ("fallback = equal", "fallback = keep", "fallback = market", "cap = 60%", "shrink = off", "horizon = 3")
texts = st.text(max_size=200) | st.lists(st.sampled_from(WORDS), max_size=40).map("".join)


@st.composite
def mutants(draw: st.DrawFn) -> str:
    """A valid file with one piece replaced by something else."""
    start = draw(st.integers(0, len(INI)))
    end = draw(st.integers(start, min(len(INI), start + 20)))
    return INI[:start] + draw(st.sampled_from(WORDS) | st.text(max_size=5)) + INI[end:]


@st.composite
def portfolios(draw: st.DrawFn) -> str:
    """A file in the format, with numbers and options of every kind."""
    number = st.sampled_from(["0", "1", "3.7", "0.000001", "12 345.678", "1e9", "999999999999999", "10", "100"])
    share = st.sampled_from(["100%", "50%", "50%", "33.3%", "0%", "5", "0", "1e6", "auto"])
    fee = st.sampled_from(["0", "1", "0.3%", "2 + 0.05%", "1e12", "100%"])
    tickers = ["SBER", "LKOH", "LQDT"]
    lines = ["[have]", *(f"{each} = {draw(number)}" for each in tickers if draw(st.booleans()))]
    lines += ["[want]", *(f"{each} = {draw(share)}" for each in tickers if draw(st.booleans()))]
    lines += ["[cash]", f"have = {draw(number)}", f"withdraw = {draw(number)}"]
    if draw(st.booleans()):
        lines.append(f"want = {draw(share | number)}")
    lines += [
        "[trade]",
        *(f"{t} = {draw(st.sampled_from(['buy', 'sell', 'keep']))}" for t in tickers if draw(st.booleans())),
    ]
    lines += ["[options]", "provider = FILE prices.csv", "time limit = 1", f"commission = {draw(fee)}"]
    lines += [f"use all cash = {draw(st.sampled_from(['yes', 'no']))}", f"max deals = {draw(st.integers(0, 3))}"]
    lines += [f"model = {draw(st.sampled_from(['LAD', 'LSAPPROX']))}"]
    lines += ["[forecast]", *draw(st.lists(st.sampled_from(FORECAST), max_size=3, unique_by=lambda it: it[:3]))]
    return "\n".join(lines)


def end_of(ini: str, words: list[str], folder: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    """Run the command in this process on a file of this content."""
    (folder / "prices.csv").write_text(PRICES, encoding="utf-8")
    (folder / "p.ini").write_text(ini, encoding="utf-8", errors="surrogatepass", newline="")
    code = main(
        [*words[:1], str(folder / "p.ini"), *words[1:]] if words[:1] == ["check"] else [str(folder / "p.ini"), *words]
    )
    return code, *capsys.readouterr()


def listed(code: int, err: str) -> bool:
    """Whether the command ended as it may."""
    missing = ("needs a forecast", "нужен прогноз", "fallback = ")
    return code in LISTED or (code == ForecastError.exit_code and any(words in err for words in missing))


@pytest.fixture(autouse=True)
def tracebacks(monkeypatch: pytest.MonkeyPatch) -> None:
    """An internal error fails its test with its own traceback."""
    monkeypatch.setenv("ALLOCATOR_DEBUG", "1")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    ini=texts | mutants(),
    words=st.sampled_from([["check"], ["--time-limit", "1"], ["--json", "--lang", "ru", "--time-limit", "1"]]),
)
def test_any_text(ini: str, words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Any text, and a valid file with one mutation: an answer, or one line for each mistake."""
    extra = [] if words[0] == "check" else ["--quotes", str(tmp_path / "prices.csv")]
    code, out, err = end_of(ini, words + extra, tmp_path, capsys)
    assert listed(code, err)
    assert bool(out) == (code in {0, TimeLimit.exit_code})
    assert all(line.startswith("allocator: ") for line in err.splitlines()) or code in {0, TimeLimit.exit_code}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(ini=portfolios(), words=st.sampled_from([[], ["--json"], ["--csv"], ["--quiet"], ["--explain"], ["--frontier"]]))
def test_any_portfolio(ini: str, words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Any portfolio in any form of answer."""
    code, out, err = end_of(ini, words, tmp_path, capsys)
    assert listed(code, err), err
    assert bool(out) == (code in {0, TimeLimit.exit_code})
