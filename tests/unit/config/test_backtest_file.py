"""The file of a backtest: what each key gives, and that every mistake is told at once with what to type."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.config.backtest_file import (
    BacktestFile,
    Dealing,
    ForecastPlan,
    StrategyPlan,
    load_backtest,
    parse_backtest,
)
from allocator.config.backtest_file_values import Rebalance, Retrain, numbers, rebalance
from allocator.config.backtest_file_words import BACKTEST_KEYS, KEYS_OF_KIND, STRATEGY_KEYS
from allocator.config.findings import BadValueError
from allocator.core.bars import Interval
from allocator.core.errors import ConfigError

GUIDE = Path(__file__).parents[3] / "docs" / "backtest.md"
EQUAL = "[strategy equal]\nkind = equal\n"


def parsed(content: str, folder: Path = Path()) -> BacktestFile:
    return parse_backtest(content, folder / "test.ini")


def refusals(content: str, folder: Path = Path()) -> list[str]:
    """Each finding with its hint, without the file's name."""
    with pytest.raises(ConfigError) as caught:
        parsed(content, folder)
    name = str(folder / "test.ini")
    return [f"{message} {hint or ''}".removeprefix(name).strip() for message, hint in caught.value.lines]


def test_one_strategy_is_enough():
    """All else has a default."""
    found = parsed(EQUAL)
    assert BacktestFile(Path("test.ini"), "test", (StrategyPlan("equal", "equal"),)) == found
    assert Rebalance(period="month") == found.strategies[0].rebalance


def test_every_key_is_read(tmp_path):
    """Each into its own place; paths are relative to the file."""
    found = parsed(
        """
[backtest]
title = Hours
interval = hour
hours = 10-18
from = 2022-01-01
to = 2023-12-31
tune until = 2022-12-31
step = 2
tickers = sber, GAZP SBER
cash = 2 000 000
lots = yes
fee = 0.02%
fixed fee = 1
spread = 0.1%
impact = 0.5
cash rate = rates.csv
benchmark = mcftrr
execution = Next Close
[strategy My SPO]
kind = forecast
network = encoder-decoder
inputs = others
window = 16
step = 3
width = 32
epochs = 3
lambda = 0, 10
risk aversion = 0.5, 5
seeds = 2
train from = 2020-01-01
train until = 2021-06-30
retrain = 3 months
forecasts = RAW
fee = 0.03%
spread = 0%
execution = close
minimum deal = 0.5%
cap = 25%
covariance window = 90
""",
        tmp_path,
    )
    expected = BacktestFile(
        tmp_path / "test.ini",
        "Hours",
        (
            StrategyPlan(
                "My SPO",
                "forecast",
                forecast=ForecastPlan(
                    network="encoder_decoder",
                    inputs="others",
                    window=16,
                    step=3,
                    horizon=3,
                    width=32,
                    epochs=3,
                    lambdas=(0.0, 10.0),
                    aversions=(0.5, 5.0),
                    seeds=2,
                    train_from=date(2020, 1, 1),
                    train_until=date(2021, 6, 30),
                    retrain=Retrain(months=3),
                    raw=True,
                    minimum_deal=0.005,
                    cap=0.25,
                    covariance_window=90,
                ),
                fee=0.0003,
                spread=0.0,
                execution="close",
            ),
        ),
        interval=Interval.HOUR,
        hours=(10, 18),
        since=date(2022, 1, 1),
        till=date(2023, 12, 31),
        tune_until=date(2022, 12, 31),
        step=2,
        tickers=("SBER", "GAZP"),
        cash=2e6,
        lots=True,
        fee=0.0002,
        fixed_fee=1.0,
        spread=0.001,
        impact=0.5,
        cash_rate=tmp_path / "rates.csv",
        benchmark="MCFTRR",
        execution="next close",
    )
    assert expected == found


def test_a_strategy_deals_as_it_says_and_else_as_all_do():
    """Each of the three by itself; a spread of none is a spread that is said."""
    found = parsed(
        "[backtest]\nfee = 0.02%\nspread = 0.1%\nexecution = close\n[strategy a]\nkind = equal\n"
        "[strategy b]\nkind = hold\nspread = 0%\n[strategy c]\nkind = market\nfee = 1%\nexecution = next open\n"
    )
    assert [Dealing(0.0002, 0.001, "close"), Dealing(0.0002, 0.0, "close"), Dealing(0.01, 0.001, "next open")] == [
        found.dealing(each) for each in found.strategies
    ]


def test_the_step_is_that_of_all_unless_a_strategy_has_its_own():
    """The horizon follows it unless it is said."""
    found = parsed(
        "[backtest]\nstep = 3\n[strategy a]\nkind = forecast\n[strategy b]\nkind = forecast\nstep = 2\n"
        "[strategy c]\nkind = forecast\nstep = 5\nhorizon = 1\n"
    )
    plans = [each.forecast for each in found.strategies if each.forecast]
    assert [(3, 3), (2, 2), (5, 1)] == [(plan.step, plan.horizon) for plan in plans]


@pytest.mark.parametrize(("name", "chosen"), [("untuned-1", (35.0, 3.0)), ("untuned-2", (5.0, 5.0))])
def test_untuned_samples_have_what_the_paper_chose(name, chosen):
    """One λ (or none, to compare) and the risk aversion of its tables 1 and 2, and no period to tune by."""
    found = load_backtest(GUIDE.parents[1] / "samples" / "paper" / f"{name}.ini")
    plans = [each.forecast for each in found.strategies if each.forecast]
    assert {((lam,), (chosen[1],)) for lam in (0.0, chosen[0])} == {(plan.lambdas, plan.aversions) for plan in plans}
    assert {1, 2, 9} == {plan.step for plan in plans}
    assert found.tune_until is None


@pytest.mark.parametrize("name", ["iteration-1", "iteration-2", "steps-1", "steps-2"])
def test_the_samples_of_the_paper_are_in_order(name):
    """The paper's nine λ or three of them, its seven risk aversions and its fee; models that learn nothing of 2022 in
    the first iteration."""
    found = load_backtest(GUIDE.parents[1] / "samples" / "paper" / f"{name}.ini")
    plans = [each.forecast for each in found.strategies if each.forecast]
    assert {9 if name.startswith("iteration") else 3} == {len(plan.lambdas) for plan in plans}
    assert {(0.5, 1.0, 2.0, 3.0, 4.0, 5.0, 8.0)} == {plan.aversions for plan in plans}
    assert {date(2021, 12, 31) if name.endswith("1") else None} == {plan.train_until for plan in plans}
    assert (0.0002, "close") == (found.fee, found.execution)


def test_targets_stand_in_the_file_or_in_a_portfolio(tmp_path):
    """Of a portfolio percentages are shares of all, its cash too; that of [backtest] serves strategies without."""
    (tmp_path / "mine.ini").write_text("[want]\nSBER = 30%\nTQBR:GAZP = 60%\n[cash]\nhave = 1\nwant = 10%\n")
    found = parsed(
        "[backtest]\nportfolio = mine.ini\n[strategy a]\nkind = targets\n"
        "[strategy b]\nkind = targets\ntargets = SBER 50%, LKOH 12.5%\nrebalance = bands 5%\n"
        "[strategy c]\nkind = hold\ntargets = mine.ini\n",
        tmp_path,
    )
    mine = {"SBER": 0.3, "GAZP": 0.6}
    assert ("SBER", "GAZP") == found.tickers
    assert [mine, {"SBER": 0.5, "LKOH": 0.125}, mine] == [each.targets for each in found.strategies]
    assert Rebalance(band=0.05) == found.strategies[1].rebalance


def test_tickers_are_those_of_all_targets_where_nobody_says():
    """In the order of their mention; `universe` must be said then."""
    content = (
        "[strategy a]\nkind = targets\ntargets = SBER 50%, GAZP 50%\n[strategy b]\nkind = hold\ntargets = LKOH 9%\n"
    )
    assert ("SBER", "GAZP", "LKOH") == parsed(content).tickers
    assert None is parsed(f"[backtest]\ntickers = universe\n{content}").tickers


@pytest.mark.parametrize(
    ("said", "content"),
    [
        ("[backtest] interval: daay is unknown. Did you mean day?", f"[backtest]\ninterval = daay\n{EQUAL}"),
        ("[backtest] to: the end is not after", f"[backtest]\nfrom = 2020-01-01\nto = 2020-01-01\n{EQUAL}"),
        (
            "the tuning period is empty",
            f"[backtest]\nfrom = 2020-01-01\ntune until = 2020-01-01\n{EQUAL}",
        ),
        ("nothing is left to test on", f"[backtest]\nto = 2020-01-01\ntune until = 2020-01-01\n{EQUAL}"),
        ("[backtest] fee: 0.02 has no % sign. Write a percentage, such as 0.02%.", f"[backtest]\nfee = 0.02\n{EQUAL}"),
        ("[backtest] fee: 100% takes the whole deal", f"[backtest]\nfee = 100%\n{EQUAL}"),
        ("[strategy equal] spread: 100% takes the whole deal", f"{EQUAL}spread = 100%\n"),
        ("a backtest begins with money", f"[backtest]\ncash = 0.001\n{EQUAL}"),
        ("a cap of 0% lets nothing be bought", "[strategy a]\nkind = forecast\ncap = 0%\n"),
        ("the strategy's name has 61 characters. Write 60 at most.", f"[strategy {'x' * 61}]\nkind = equal\n"),
        ("a bar of a day has no hour", f"[backtest]\nhours = 10-18\n{EQUAL}"),
        ("18-10 are no hours of a day", f"[backtest]\ninterval = hour\nhours = 18-10\n{EQUAL}"),
        ("both say what is traded", f"[backtest]\ntickers = SBER\nportfolio = mine.ini\n{EQUAL}"),
        ("no strategy. Write a section such as [strategy equal]", "[backtest]\n"),
        ("[strategy equal]: the section stands on line 1 already", f"{EQUAL}[strategy  EQUAL]\n"),
        ("the strategy has no kind", "[strategy a]\n"),
        ("moment is unknown. Did you mean momentum?", "[strategy a]\nkind = moment\n"),
        ("means nothing to a strategy of the kind equal", f"{EQUAL}lambda = 1\n"),
        ("[strategy equal] top: the key means nothing", f"{EQUAL}top = 3\n"),
        ("there are no targets", "[strategy a]\nkind = targets\n"),
        ("add up to more than 100%", "[strategy a]\nkind = targets\ntargets = SBER 60%, GAZP 60%\n"),
        ("SBER stands twice", "[strategy a]\nkind = targets\ntargets = SBER 6%, SBER 6%\n"),
        ("SBER is not a ticker and a percentage", "[strategy a]\nkind = targets\ntargets = SBER, GAZP 6%\n"),
        ("there is no period to choose", "[strategy a]\nkind = forecast\nlambda = 1, 2\n"),
        ("there is no period to choose", "[strategy a]\nkind = forecast\nrisk aversion = 1, 2\n"),
        ("a number stands twice", "[strategy a]\nkind = forecast\nlambda = 1, 1.0\n"),
        ("without an aversion to risk", "[strategy a]\nkind = forecast\nrisk aversion = 0\n"),
        ("wavenet is trained without", "[strategy a]\nkind = forecast\nnetwork = wavenet\nlambda = 5\n"),
        (
            "nothing is left to train on",
            "[backtest]\nfrom = 2020-01-01\n[strategy a]\nkind = forecast\ntrain from = 2020-01-01\n",
        ),
        (
            "cannot share it. Write a multiple of 4.",
            "[strategy a]\nkind = forecast\nnetwork = encoder-decoder\nwidth = 30\n",
        ),
        ("width: 1 is not", "[strategy a]\nkind = forecast\nwidth = 1\n"),
        (
            "train until: nothing is left to train on",
            "[strategy a]\nkind = forecast\ntrain from = 2020-01-01\ntrain until = 2020-01-01\n",
        ),
        ("forecasts: rw is unknown. Did you mean raw?", "[strategy a]\nkind = forecast\nforecasts = rw\n"),
        ("[strategy equal] step: the key means nothing", f"{EQUAL}step = 2\n"),
        ("[strategy equal] execution: soon is unknown", f"{EQUAL}execution = soon\n"),
        ("[strtegy a]: unknown section", "[strtegy a]\nkind = equal\n"),
        ("bands of 0% are no bands", f"{EQUAL}rebalance = bands 0%\n"),
        ("dayly is unknown. Did you mean day?", f"{EQUAL}rebalance = dayly\n"),
    ],
)
def test_what_cannot_be_is_told_with_what_to_type(said, content):
    """Each at its line."""
    assert [True] == [said in line for line in refusals(content) if "no strategy" not in line or "no strategy" in said]


def test_every_mistake_is_told_at_once():
    """In the order of lines."""
    found = refusals("[backtest]\nfee = x\ncash = 0\n[strategy a]\nkind = equal\ntop = 1\n[strategy b]\n")
    assert [":2:", ":3:", ":6:", ":7:"] == [line[:3] for line in found]


@pytest.mark.parametrize(
    ("said", "want"),
    [("wants SBER by number or by auto", "SBER = 10"), ("wants SBER by number or by auto", "SBER = auto")],
)
def test_a_portfolio_must_say_percentages(said, want, tmp_path):
    """Numbers of units have no meaning over years."""
    (tmp_path / "mine.ini").write_text(f"[want]\n{want}\nGAZP = 40%\n[have]\nSBER = 1\n[cash]\nwant = 60%\n")
    found = refusals("[strategy a]\nkind = hold\ntargets = mine.ini\n", tmp_path)
    assert said in found[0]


def test_a_file_that_is_not_there(tmp_path):
    """Is one mistake, with where to read on."""
    with pytest.raises(ConfigError, match="there is no such file"):
        load_backtest(tmp_path / "none.ini")


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=9, unique=True))
def test_numbers_are_read_as_they_are_written(values):
    """In their order."""
    assert tuple(float(each) for each in values) == numbers(", ".join(map(str, values)))


@given(st.text(max_size=30))
def test_no_text_breaks_the_reader(content):
    """A rule of rebalancing is read or refused."""
    with suppress(BadValueError):
        assert isinstance(rebalance(content), Rebalance)


@pytest.mark.parametrize("key", [*BACKTEST_KEYS, *STRATEGY_KEYS], ids=lambda key: f"{key.section}-{key.name}")
def test_the_backtest_guide_knows_every_key(key):
    """Under the section's heading stands a row with the key, what it takes and its default."""
    heading = "[backtest]" if key.section == "backtest" else "[strategy NAME]"
    before, _, section = GUIDE.read_text(encoding="utf-8").partition(f"\n### `{heading}`")
    row = f"| `{key.name}` | {key.value} | {key.default} |"
    assert GUIDE.read_text(encoding="utf-8") != before
    assert row in section.partition("\n### ")[0].splitlines()


def test_every_key_of_a_strategy_has_a_kind():
    """And no kind has a key that there is not."""
    assert {key.name for key in STRATEGY_KEYS} == {"kind"} | {key for keys in KEYS_OF_KIND.values() for key in keys}
