"""`allocator data` as a person types it: files in, a page, a picture, files out, and things set right."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest
from shell import ROOT, one_line, run

from allocator.core.text import text
from allocator.report.catalogue import render

SHARED = ROOT.parent / "shared" / "data"
HEAD = "ticker,date,open,high,low,close,volume,value,board\n"
GMKN = """ticker,date,open,high,low,close,volume,value,board
GMKN,2024-03-29,15250,15250,15100,15110,69301,1049552710,TQBR
GMKN,2024-04-01,15120,15208,15048,15054,61520,931376262,TQBR
GMKN,2024-04-08,152.5,156.38,152.12,152.96,22218400,3418736504.6,TQBR
GMKN,2024-04-09,152.62,164,152.54,164,57201890,9115600145.6,TQBR
"""
HOURS = """begin,open,high,low,close,volume
2024-04-01 18:00,151.04,151.38,150.48,150.54,5255
2024-04-08 10:00,152.5,156,152.5,152.96,5255000
"""


def data(folder: Path, *words: str | Path, lang: str = "en") -> subprocess.CompletedProcess[str]:
    return run("data", *words, "--store", folder / "store.db", "--lang", lang, cwd=folder)


def filled(folder: Path, content: str = GMKN) -> Path:
    """A folder with a store of these daily bars."""
    (folder / "bars.csv").write_text(content, encoding="utf-8")
    done = data(folder, "import", "bars.csv")
    assert (0, "") == (done.returncode, done.stderr)
    return folder


def jumping() -> str:
    rows = [f"SBER,2024-02-{day:02},{p},{p},{p},{p},1000,{p * 1000},TQBR\n" for day in range(1, 29) for p in (100,)]
    rows += [f"SBER,2024-03-{day:02},{p},{p},{p},{p},1000,{p * 1000},TQBR\n" for day in range(1, 9) for p in (1000,)]
    return HEAD + "".join(rows)


def test_files_in(tmp_path):
    """Daily and hourly files make a store; the answer is on stdout, the talk on stderr, and again is no news."""
    (tmp_path / "bars.csv.gz").write_bytes(gzip.compress(GMKN.encode()))
    (tmp_path / "hours_GMKN.csv").write_text(HOURS, encoding="utf-8")
    done = data(tmp_path, "import", "bars.csv.gz", "hours_GMKN.csv")
    assert 0 == done.returncode
    assert [
        "bars.csv.gz: daily bars of 1 ticker: 4 new.",
        "hours_GMKN.csv: hourly bars of 1 ticker: 2 new.",
    ] == done.stdout.splitlines()[:2]
    assert "GMKN: the split 1:100 of 2024-04-08 was worked into the prices before it" in done.stderr
    again = data(tmp_path, "import", "bars.csv.gz", "hours_GMKN.csv", "-q")
    assert (0, "") == (again.returncode, again.stderr)
    assert "bars.csv.gz: daily bars of 1 ticker: 0 new, 4 already there." == again.stdout.splitlines()[0]


def test_the_answer_of_an_import_as_json(tmp_path):
    """What became of every row, in numbers."""
    (tmp_path / "SBER.csv").write_text("date,close,volume\n2024-04-01,1,1\n2024-04-02,-1,1\n2024-04-03,x,1\n")
    done = data(tmp_path, "import", "SBER.csv", "--json")
    found = json.loads(done.stdout)
    assert (0, 3, 1, 1, {"bad price": 1}) == (
        done.returncode, found["rows"], found["new"], found["unread"], found["quarantined"]
    )  # fmt: skip
    assert 'SBER.csv:4: close is "x", not a number: 2024-04-03,x,1' in done.stderr


def test_a_file_that_is_no_history(tmp_path):
    """It is one error with the exit code of market data, and stops no other file."""
    (tmp_path / "bad.csv").write_text("name,price\nSBER,1\n")
    (tmp_path / "good.csv").write_text(GMKN)
    alone = data(tmp_path, "import", "bad.csv")
    assert (4, "", True) == (alone.returncode, alone.stdout, one_line(alone.stderr))
    assert alone.stderr.startswith("allocator: bad.csv: no column date, close. A history has a line with the names")
    both = data(tmp_path, "import", "bad.csv", "good.csv")
    assert (4, True) == (both.returncode, one_line(both.stderr))
    assert "good.csv: daily bars of 1 ticker: 4 new." == both.stdout.splitlines()[0]


def test_the_page(tmp_path):
    """What is there in both languages and as an object; a missing store says how to make one."""
    none = data(tmp_path, "status")
    assert (1, True) == (none.returncode, one_line(none.stderr))
    assert none.stderr.endswith("there is no store yet. Load one: allocator refresh, or allocator data import FILE.\n")
    filled(tmp_path)
    page = data(tmp_path, "status").stdout
    assert "Nothing is quarantined." == page.splitlines()[-1]
    assert "В карантине ничего нет." == data(tmp_path, "status", lang="ru").stdout.splitlines()[-1]
    daily = json.loads(data(tmp_path, "status", "--json").stdout)["intervals"]["day"]
    assert (1, 4, "2024-03-29", "2024-04-09") == tuple(daily[name] for name in ("tickers", "rows", "first", "last"))
    assert ({"sessions": 0, "tickers": []}, {"tickers": [], "findings": []}) == (daily["gaps"], daily["quarantined"])
    assert ["hour"] == list(json.loads(data(tmp_path, "status", "--json", "--interval", "hour").stdout)["intervals"])


def test_a_security(tmp_path):
    """Its card and bars: as traded, adjusted, as CSV and as an object; a slip is met with what was meant."""
    filled(tmp_path)
    shown = data(tmp_path, "show", "gmkn", "--last", "2").stdout
    assert "Splits: 2024-04-08 1:100." in shown
    assert "The last 2 of 4 bars; --last N shows more, 0 all." in shown
    found = json.loads(data(tmp_path, "show", "GMKN", "--adjust", "splits", "--json", "--to", "2024-04-01").stdout)
    assert [151.1, 150.54] == [bar["close"] for bar in found["bars"]]
    lines = data(tmp_path, "show", "GMKN", "--csv", "--from", "2024-04-09").stdout.splitlines()
    assert ["GMKN,2024-04-09,152.62,164,152.54,164,57201890,9115600145.6,TQBR"] == lines[1:]
    slip = data(tmp_path, "show", "GMKM")
    assert (2, "allocator: GMKM is not in the store. Did you mean GMKN?\n") == (slip.returncode, slip.stderr)
    assert 2 == data(tmp_path, "show", "GMKN", "--json", "--csv").returncode


def test_a_picture(tmp_path):
    """--plot draws a PNG beside the answer; a path that cannot be written is told before the work."""
    pytest.importorskip("matplotlib", reason="the extra `plot` is not installed")
    filled(tmp_path)
    done = data(tmp_path, "show", "GMKN", "--plot", "gmkn.png")
    assert (0, b"\x89PNG") == (done.returncode, (tmp_path / "gmkn.png").read_bytes()[:4])
    assert "Prices are adjusted for splits." in done.stdout
    lost = data(tmp_path, "show", "GMKN", "--plot", "no/such/folder/a.png")
    assert (2, True) == (lost.returncode, one_line(lost.stderr))
    empty = data(tmp_path, "show", "GMKN", "--plot", "x.png", "--from", "2030-01-01")
    assert (2, False) == (empty.returncode, (tmp_path / "x.png").exists())


def test_files_out(tmp_path):
    """What goes out comes back the same; stdout has the CSV alone; a name of no known form is refused."""
    filled(tmp_path)
    done = data(tmp_path, "export", "out.csv.gz")
    assert (0, "out.csv.gz: 4 bars.\n") == (done.returncode, done.stdout)
    printed = data(tmp_path, "export", "-")
    assert gzip.decompress((tmp_path / "out.csv.gz").read_bytes()).decode() == printed.stdout
    other = tmp_path / "other"
    other.mkdir()
    assert 0 == data(other, "import", tmp_path / "out.csv.gz").returncode
    assert printed.stdout == data(other, "export", "-").stdout
    refused = data(tmp_path, "export", "out.xlsx")
    assert (2, True) == (refused.returncode, one_line(refused.stderr))
    assert (1, True) == (
        (nothing := data(tmp_path, "export", "no.csv", "--interval", "hour")).returncode,
        one_line(nothing.stderr),
    )
    assert not (tmp_path / "no.csv").exists()


def test_adjusted_prices_do_not_come_back_as_raw(tmp_path):
    """An export that is not as traded is refused by import."""
    filled(tmp_path)
    assert 0 == data(tmp_path, "export", "adjusted.csv", "--adjust", "splits").returncode
    back = data(tmp_path, "import", "adjusted.csv")
    assert (4, True) == (back.returncode, one_line(back.stderr))
    assert "its prices are adjusted" in back.stderr


def test_a_jump_is_set_right(tmp_path):
    """It stands in quarantine with what to type, and each of the ways that it names ends the quarantine."""
    filled(tmp_path, jumping())
    page = data(tmp_path, "status").stdout
    assert "allocator data accept SBER 2024-03-01" in page
    declared = data(tmp_path, "split", "SBER", "2024-03-01", "10:1")
    assert (0, "SBER: 10 became 1 on 2024-03-01.\n") == (declared.returncode, declared.stdout)
    assert "Nothing is quarantined." in data(tmp_path, "status").stdout
    assert 0 == data(tmp_path, "split", "SBER", "2024-03-01", "--remove").returncode
    assert "SBER 2024-03-01" in data(tmp_path, "status").stdout
    assert 0 == data(tmp_path, "accept", "SBER", "2024-03-01").returncode
    assert "Nothing is quarantined." in data(tmp_path, "status").stdout
    assert (2, True) == (
        (again := data(tmp_path, "accept", "SBER", "2024-03-01")).returncode,
        one_line(again.stderr),
    )


@pytest.mark.parametrize("words", [("10/1",), (), ("10:1", "--remove"), ("1:1",)])
def test_a_split_that_is_none(tmp_path, words):
    """Each is one line of usage."""
    filled(tmp_path)
    done = data(tmp_path, "split", "GMKN", "2024-04-08", *words)
    assert (2, "", True) == (done.returncode, done.stdout, one_line(done.stderr))


def test_help_is_light():
    """The help of each of the commands loads neither numpy nor a database."""
    heavy = {"numpy", "sqlalchemy", "alembic", "pyarrow", "matplotlib", "requests"}
    for command in ("status", "show", "export", "import", "accept", "split"):
        code = (
            "import sys; from allocator.cli import main; code = main(sys.argv[1:]); "
            f"print(sorted(set(sys.modules) & {heavy!r})); sys.exit(code)"
        )
        done = subprocess.run(
            [sys.executable, "-c", code, "data", command, "--help"],
            cwd=ROOT, capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        assert (0, "[]") == (done.returncode, done.stdout.splitlines()[-1])


def test_all_is_said_in_russian():
    """A sentence of each kind has its translation."""
    for said in (
        text("{ticker} is not in the store.", ticker="X"),
        text("Nothing is quarantined."),
        text("{path}: no column {column}.", path="x", column="close"),
    ):
        assert str(said) != render(said, "ru")


@pytest.mark.skipif(not SHARED.exists(), reason="../shared is absent: recorded data of the exchange")
def test_recorded_events(tmp_path):
    """The recorded traps for a loader come in without a network, and nothing of them is in quarantine."""
    done = data(tmp_path, "import", *sorted((SHARED / "events").glob("*.csv")), "-q")
    assert (0, "") == (done.returncode, done.stderr)
    assert "Nothing is quarantined." in data(tmp_path, "status").stdout
