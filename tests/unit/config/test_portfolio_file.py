"""A whole file to a portfolio: sections, defaults, order, and what holds between them."""

from __future__ import annotations

import os
from decimal import Decimal
from pathlib import Path

import pytest

from allocator.config import parse
from allocator.core.errors import ConfigError
from allocator.core.portfolio import (
    Asset,
    Auto,
    Cash,
    Fallback,
    Fee,
    ForecastRules,
    Model,
    Money,
    Options,
    Percent,
    Permission,
    Portfolio,
    Provider,
    Units,
)

D = Decimal
HERE = Path("folder/mine.ini")


def tickers(content: str) -> list[str]:
    return [asset.ticker for asset in parse(content, HERE).assets]


def mistakes(content: str | bytes) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        parse(content, HERE)
    return [str(message).replace(os.sep, "/") for message, _ in caught.value.lines]


def test_a_full_file_is_read():
    """Every section and key at once."""
    content = """
        [file]
        [have]
        SBER = 600.5
        gmkn = 3

        [want]
        SBER = 60%
        TQTF:SBGB = 35%
        GMKN = 2

        [commission]
        TQTF:SBGB = 0

        [trade]
        GMKN = keep

        [lot]
        SBER = 10

        [cash]
        have = 50 000.25
        want = 5%
        withdraw = 1_000

        [options]
        commission = 1 + 0.05%
        use all cash = yes
        max deals = 4
        market info provider = FILE Quotes.csv
        model = lsapprox
        time limit = 2.5
        gap = 0.01%

        [forecast]
        risk aversion = 2.5
        horizon = 5
        minimum agreement = 60%
        cap = 25 %
        shrink = 30%
        fallback = market
        maximum age = 14
    """
    fee = Fee(D(1), D("0.0005"))
    expected = Portfolio(
        path=HERE,
        assets=(
            Asset("SBER", D("600.5"), Percent(D(60)), fee, lot_size=10),
            Asset("GMKN", D(3), Units(D(2)), fee, Permission.KEEP),
            Asset("TQTF:SBGB", D(0), Percent(D(35)), Fee()),
        ),
        cash=Cash(D("50000.25"), Percent(D(5)), D(1000)),
        options=Options(
            use_all_cash=True,
            max_deals=4,
            provider=Provider("FILE", Path("folder/Quotes.csv")),
            model=Model.LSAPPROX,
            time_limit_s=2.5,
            gap=D("0.0001"),
        ),
        forecast=ForecastRules(D("2.5"), 5, D("0.6"), D("0.25"), D("0.3"), Fallback.MARKET, 14),
        fee=fee,
    )
    assert expected == parse(content, HERE)


def test_a_file_that_says_little_gets_the_defaults():
    """An asset that is held and not wanted is wanted at 0 units; cash is free; quotes come from MOEX."""
    expected = Portfolio(HERE, (Asset("SBER", D(1), Units(D(0)), Fee(), Permission.TRADE, None),), Cash(), Options())
    assert expected == parse("[have]\nSBER = 1\n", HERE)
    assert expected.options == Options(
        use_all_cash=False,
        max_deals=None,
        provider=Provider("MOEX", None),
        model=Model.LAD,
        time_limit_s=30.0,
        gap=None,
    )
    assert expected.forecast == ForecastRules(D(5), 21, D(0), None, None, None, 7)


@pytest.mark.parametrize(
    ("expected", "content"),
    [
        (["C", "A", "B"], "[have]\nC = 1\nA = 1\n[want]\nB = 1\nA = 1\n"),
        (["B", "A", "C"], "[want]\nB = 1\nA = 1\n[have]\nC = 1\nA = 1\n"),
        (["B", "A"], "[trade]\nA = keep\nB = keep\n[want]\nB = 1\n[have]\nA = 1\n"),
    ],
)
def test_assets_stand_in_order_of_first_mention(expected, content):
    """In `[have]` and `[want]` as these sections stand in the file; other sections do not count."""
    assert expected == tickers(content)


def test_comments_blanks_and_indents_are_no_content():
    """A `;` after white space starts a comment, a `#` only at the start of a line."""
    content = """
    ; SBER = 1
    # SBER = 2
      [have]   ; what I hold
    \tSBER = 3 ; SBER = 4
      GAZP=5\t;six
    """
    assert [("SBER", D(3)), ("GAZP", D(5))] == [(asset.ticker, asset.have) for asset in parse(content, HERE).assets]


@pytest.mark.parametrize("content", ["[have]\nSBER = 1 # one\n", "[have]\nSBER = 1;one\n"])
def test_other_marks_inside_a_value_are_part_of_it(content):
    """A `#` inside a line, or a `;` without white space before it, starts no comment."""
    assert mistakes(content)


def test_a_path_may_contain_marks_that_start_comments_elsewhere():
    """A semicolon without white space before it belongs to the path, as do `#`, `%` and `=`."""
    portfolio = parse("[have]\nA = 1\n[options]\nprovider = FILE a;b#c=%(d)s.csv\n", HERE)
    assert Provider("FILE", Path("folder/a;b#c=%(d)s.csv")) == portfolio.options.provider


def test_an_absolute_path_stays_where_it_is():
    """Only relative paths are taken from the file's folder."""
    absolute = Path("elsewhere.csv").absolute()
    portfolio = parse(f"[have]\nA = 1\n[options]\nprovider = FILE {absolute}\n", HERE)
    assert absolute == portfolio.options.provider.path


@pytest.mark.parametrize("content", ["[Have]\nsBer = 1\n[OPTIONS]\nModel = lad\n", "[ have ]\nSBER=1\n"])
def test_case_and_padding_mean_nothing(content):
    """Sections, keys, tickers and words are the same in capital and small letters."""
    assert ["SBER"] == tickers(content)


@pytest.mark.parametrize("name", ["use all cash", "no more deals", "USE  ALL  CASH"])
def test_use_all_cash_has_two_names(name):
    """The second name is that of the original program."""
    assert parse(f"[have]\nA = 1\n[options]\n{name} = yes\n", HERE).options.use_all_cash


def test_provider_has_two_names():
    """`market info provider` or just `provider`."""
    for name in ("provider", "market info provider"):
        assert (
            "YAHOO FINANCE" == parse(f"[have]\nA = 1\n[options]\n{name} = yahoo finance\n", HERE).options.provider.name
        )


@pytest.mark.parametrize(
    "content",
    [
        "\ufeff[have]\nПАЙ = 1\n",
        "[have]\r\nПАЙ = 1\r\n",
        "[have]\rПАЙ = 1",
        "[have]\nПАЙ = 1".encode(),
        "\ufeff[have]\r\nПАЙ = 1".encode(),
        "[have]\nПАЙ = 1\n".encode("cp1251"),
    ],
)
def test_encodings_and_line_ends_are_read(content):
    """Text or bytes; UTF-8 with or without BOM, or cp1251; LF, CRLF or CR."""
    assert ["ПАЙ"] == tickers(content)


def test_a_section_named_default_is_no_default():
    """The standard parser would spread its keys over all sections; here it is an unknown section."""
    assert ["folder/mine.ini:1: [default]: unknown section."] == mistakes("[DEFAULT]\nA = 1\n[have]\nB = 1\n")


@pytest.mark.parametrize("percent", ["39.5%", "40.5%", "40.000000000000000001%"])
def test_percentages_that_nearly_add_up_are_scaled_with_a_note(percent):
    """Within half a percent of 100 the targets stay as written, to be scaled when money is shared out."""
    portfolio = parse(f"[want]\nA = 60%\nB = {percent}\n", HERE)
    assert [Percent(D(60)), Percent(D(percent[:-1]))] == [asset.target for asset in portfolio.assets]
    (note,) = portfolio.notes
    assert str(note).endswith("% and are scaled to 100%")


@pytest.mark.parametrize(
    "content", ["[want]\nA = 100%\n", "[want]\nA = 95%\nB = 5\n[cash]\nwant = 5%\n", "[want]\nA = 1\n"]
)
def test_percentages_that_add_up_need_no_note(content):
    """A percentage of cash counts; units and money do not."""
    assert () == parse(content, HERE).notes


@pytest.mark.parametrize(("total", "percent"), [("99.49", "39.49"), ("100.51", "40.51")])
def test_percentages_that_do_not_add_up_are_refused_with_their_sum(total, percent):
    """Beyond half a percent of 100."""
    expected = [f"folder/mine.ini:1: [want]: the percentages add up to {total}%, not 100%."]
    assert expected == mistakes(f"[want]\nA = 60%\nB = {percent}%\n")


def test_money_wanted_as_cash_is_no_percentage():
    """`want = 5` is five units of money, beside percentages that share the rest."""
    assert Money(D(5)) == parse("[want]\nA = 100%\n[cash]\nwant = 5\n", HERE).cash.want


@pytest.mark.parametrize("percent", ["0%", "60%", "99.99%"])
def test_auto_takes_what_the_percentages_leave(percent):
    """With `auto` the percentages may add up to anything from 0 to 100."""
    portfolio = parse(f"[want]\nA = {percent}\nB = auto\n", HERE)
    assert (Auto(), ()) == (portfolio.assets[1].target, portfolio.notes)


def test_percentages_that_leave_nothing_for_auto_are_noted():
    """All of the money is spoken for: that is allowed, and worth a line."""
    portfolio = parse("[want]\nA = 60%\nB = auto\n[cash]\nwant = 40%\n", HERE)
    assert ["the percentages add up to 100% and leave nothing for auto"] == list(map(str, portfolio.notes))


@pytest.mark.parametrize(("cap", "left"), [("20%", "60%"), ("100%", "0%"), ("33.34%", "0.1%")])
def test_a_cap_that_the_rest_fits_under_is_taken(cap, left):
    """Three assets of at most a fifth each can take three fifths."""
    portfolio = parse(f"[want]\nA = auto\nB = auto\nC = auto\nD = {100 - D(left[:-1])}%\n[forecast]\ncap={cap}\n", HERE)
    assert D(cap[:-1]) / 100 == portfolio.forecast.cap


@pytest.mark.parametrize(
    ("expected", "written"), [(None, "on"), (D(1), "OFF"), (D("0.3"), "30%"), (D(0), "0%"), (D(1), "100 %")]
)
def test_shrink_is_on_off_or_a_share_to_keep(expected, written):
    """On leaves it to the verdict; off keeps all of the forecast."""
    assert expected == parse(f"[want]\nA = auto\n[forecast]\nshrink = {written}\n", HERE).forecast.shrink


def test_rules_of_the_forecast_are_extended_key_by_key(tmp_path):
    """As every section: what this file does not say holds as the other file says it."""
    (tmp_path / "base.ini").write_text("[want]\nA = auto\n[forecast]\ncap = 100%\nhorizon = 3\n", encoding="utf-8")
    mine = "[file]\nextends = base.ini\n[forecast]\nhorizon = 9\n"
    rules = parse(mine, tmp_path / "mine.ini").forecast
    assert (9, D(1), None) == (rules.horizon, rules.cap, rules.fallback)


@pytest.mark.parametrize("section", ["[trade]\nSBRE = keep", "[commission]\nSBRE = 1", "[lot]\nSBRE = 1"])
def test_a_ticker_neither_held_nor_wanted_is_refused(section):
    """It is a misspelling, as a rule, and the nearest ticker is named."""
    with pytest.raises(ConfigError, match=r"stands in neither.*Did you mean SBER"):
        parse(f"[have]\nSBER = 1\n{section}\n", HERE)


def test_all_mistakes_come_together_in_order_of_lines():
    """One run tells everything; what follows from a mistake is not told as another."""
    content = (
        "A = 1\n[want]\nB = 50%\nC = x\n[options]\nmodel = y\nmax deals = z\n[trade]\nD = keep\nB = q\n[cash]\nhave =\n"
    )
    expected = [
        "folder/mine.ini:1: A: the line stands before any section.",
        "folder/mine.ini:4: [want] C: x is not a number.",
        "folder/mine.ini:6: [options] model: y is unknown.",
        "folder/mine.ini:7: [options] max deals: z is not a number.",
        "folder/mine.ini:10: [trade] B: q is unknown.",
        "folder/mine.ini:12: [cash] have: the value is missing.",
    ]
    assert expected == mistakes(content)


def test_a_stray_ticker_and_a_wrong_sum_are_reported_beside_other_mistakes():
    """A mistake elsewhere does not hide them."""
    content = "[want]\nB = 50%\n[options]\nmodel = y\n[trade]\nD = keep\n"
    expected = [
        "folder/mine.ini:1: [want]: the percentages add up to 50%, not 100%.",
        "folder/mine.ini:4: [options] model: y is unknown.",
        "folder/mine.ini:6: [trade] D: the ticker stands in neither [have] nor [want].",
    ]
    assert expected == mistakes(content)


def test_an_unknown_section_is_one_mistake():
    """Not one for each of its lines, nor for the tickers that it hides."""
    assert ["folder/mine.ini:3: [wnat]: unknown section."] == mistakes(
        "[have]\nA = 1\n[wnat]\nB = 50%\nC = x\n[trade]\nB = keep\n"
    )


def test_there_is_an_end_to_mistakes():
    """Fifty are told, then one that says so."""
    said = mistakes("[have]\n" + "A = 1\n" * 1000)
    assert 51 == len(said)
    assert "There may be more mistakes: reading stopped after 50." == said[-1]


def test_a_mistake_is_shown_on_one_short_line():
    """What cannot be seen is spelt out, what is long is cut."""
    (said,) = mistakes("[have]\nA = \u202e" + "9" * 500 + "\n")
    assert said.startswith("folder/mine.ini:2: [have] A: \\u202e999")
    assert len(said) < 150
