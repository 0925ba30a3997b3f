"""A text in the editor of a page: what is wrong with it, where its prices are, and which files it does not read."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.app.auto_forecast import Outlook
from allocator.app.auto_targets import AutoTargets
from allocator.app.draft import LONGEST_SOLVE_S, QUOTES, Draft, Source, check_draft, checking, read
from allocator.core.errors import ConfigError, ForecastError, UsageError
from allocator.core.portfolio import Provider
from allocator.core.text import text

SOUND = "[have]\nSBER = 10\n[want]\nSBER = 60%\nLKOH = 40%\n[cash]\nhave = 50 000\n"
TABLE = "ticker,bid,ask,lot\nSBER,300,301,1\nLKOH,7000,7010,1\n"
NO_FORECAST = Outlook(trouble=ForecastError(text("there is no forecast yet")))


def checked(draft: Draft, outlook: Outlook = NO_FORECAST):
    auto = AutoTargets(lambda _: outlook, lambda: datetime(2026, 3, 3, tzinfo=UTC))
    return check_draft(draft, checking(draft, None, auto))


def test_a_sound_text_is_summed_up() -> None:
    """As `allocator check` does."""
    found = checked(Draft(SOUND))
    assert found.sound
    assert "portfolio.ini is in order: assets wanted in percent: 2, in units: 0, not wanted: 0; quotes: MOEX." == str(
        found.words[0]
    )


def test_every_mistake_has_its_line_and_a_hint() -> None:
    """All at once, so that the editor can mark them."""
    found = checked(Draft("[have]\nSBER = ten\n[want]\nSBER = 60%\nLKOH = 30,5%\n[optoins]\n"))
    assert [2, 5, 6] == [each.line for each in found.mistakes]
    assert "Did you mean [options]?" == str(found.mistakes[2].hint)
    assert not found.sound


def test_what_is_wrong_as_a_whole_has_no_line() -> None:
    """An empty text is wrong nowhere in particular."""
    assert [None] == [each.line for each in checked(Draft("")).mistakes]


def test_a_file_of_quotes_is_the_pasted_table() -> None:
    """Whatever path the text says, the table beside it is meant, and nothing is opened."""
    draft = Draft(SOUND + "[options]\nprovider = FILE /etc/passwd\n", TABLE)
    assert Provider("FILE", Path(QUOTES)) == read(draft).options.provider
    assert checked(draft).sound


def test_a_file_of_quotes_without_a_table_is_refused_at_its_line() -> None:
    """A page reads no file of this machine, and says what to do instead."""
    [mistake] = checked(Draft(SOUND + "[options]\nprovider = FILE /etc/passwd\n")).mistakes
    assert 9 == mistake.line
    assert "reads no file of this machine" in str(mistake.message)
    assert "Paste its table" in str(mistake.hint)


def test_extending_a_file_is_refused_at_its_line() -> None:
    """Nor does `extends` read one."""
    [mistake] = checked(Draft("[file]\nextends = /etc/passwd\n" + SOUND)).mistakes
    assert 2 == mistake.line
    assert "reads no file of this machine" in str(mistake.message)


@pytest.mark.parametrize(
    ("source", "provider"),
    [(Source.TEXT, "MOEX"), (Source.CLOSES, "STORE"), (Source.TABLE, "FILE")],
)
def test_the_reader_chooses_where_prices_are(source: Source, provider: str) -> None:
    """Over what the text says."""
    assert provider == read(Draft(SOUND, TABLE, source)).options.provider.name


def test_an_empty_table_that_is_asked_for_is_an_error() -> None:
    """With the columns that it should have."""
    with pytest.raises(UsageError, match="ticker,bid,ask"):
        read(Draft(SOUND, " \n", Source.TABLE))


def test_a_wrong_table_is_told_in_its_own_words() -> None:
    """A table without the asset, and one that is none; no path of this machine stands in the words."""
    [mistake] = checked(Draft(SOUND, "ticker,bid,ask\nSBER,300,301\n", Source.TABLE)).mistakes
    assert "LKOH: not in quotes.csv." == str(mistake.message)
    assert not checked(Draft(SOUND, "%PDF-1.4", Source.TABLE)).sound


def test_no_text_waits_longer_than_a_page() -> None:
    """The solver's time is capped, with a note; less than the cap stays."""
    found = read(Draft(SOUND + "[options]\ntime limit = 86400\n"))
    assert LONGEST_SOLVE_S == found.options.time_limit_s
    assert "the time limit is 60 seconds here" == str(found.notes[-1])
    assert 5.0 == read(Draft(SOUND + "[options]\ntime limit = 5\n")).options.time_limit_s


def test_auto_without_a_forecast_is_a_mistake() -> None:
    """As in `allocator check`; a fallback mends it."""
    auto = "[have]\nSBER = 10\n[want]\nSBER = auto\nLKOH = auto\n[cash]\nhave = 1\n"
    assert "needs a forecast" in str(checked(Draft(auto)).mistakes[0].message)
    assert checked(Draft(auto + "[forecast]\nfallback = EQUAL\n")).sound


@given(st.text(max_size=400))
def test_any_text_is_checked_without_a_crash(content: str) -> None:
    """Whatever is typed or pasted gives words."""
    found = checked(Draft(content))
    assert found.sound or found.mistakes


@given(st.text(max_size=200))
def test_any_table_is_checked_without_a_crash(content: str) -> None:
    """Likewise the table of quotes."""
    found = checked(Draft(SOUND, content or " ", Source.TABLE))
    assert found.sound or found.mistakes


def test_the_text_is_what_a_file_would_say() -> None:
    """Nothing but the source of quotes differs from the file on a disk."""
    found = read(Draft(SOUND))
    assert Decimal(50_000) == found.cash.have
    with pytest.raises(ConfigError):
        read(Draft(SOUND.replace("40%", "50%")))
