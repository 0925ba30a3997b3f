"""`allocator backtest` as a person runs it: the samples offline, every form of the answer, what is refused and how."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from shell import PATIENCE_S, ROOT, one_line, popen, run

SAMPLES = ROOT / "samples"
HISTORY = SAMPLES / "quotes" / "leaders-2017-2019.csv.gz"
HOURS = ROOT.parent / "shared" / "data" / "hourly" / "leaders_2022_2024.csv.gz"
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def cache(tmp_path_factory) -> Path:
    """One for all tests: the history is imported once."""
    return tmp_path_factory.mktemp("cache")


def backtest(*words: str | Path, cache: Path, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return run("backtest", *words, "--cache", cache, cwd=cwd)


def test_the_sample_runs_offline(cache):
    """A verdict first, then each strategy's figures and how they are worked out."""
    done = backtest(SAMPLES / "backtest.ini", "--data", HISTORY, "--lang", "en", cache=cache)
    assert (0, "") == (done.returncode, done.stderr)
    lines = done.stdout.splitlines()
    assert "Five leaders, 2018 to 2019" == lines[0]
    assert lines[1].startswith("After costs ")
    assert "Benchmark: equal weights" in lines
    for name in ("mine", "equal", "hold", "momentum", "Sharpe ratio", "How each figure is worked out"):
        assert name in done.stdout


def test_it_speaks_russian(cache):
    """All that is of this command, down to the settings."""
    done = backtest(SAMPLES / "backtest.ini", "--data", HISTORY, "--lang", "ru", "-q", cache=cache)
    assert "После издержек больше всех выросла стратегия" in done.stdout
    assert "Эталон: равные доли" in done.stdout
    assert "Test period" not in done.stdout


def test_the_answer_in_every_form(cache, tmp_path):
    """JSON with each bar, a row of CSV for each strategy, a page without a network's needs, a picture."""
    words = (SAMPLES / "backtest.ini", "--data", HISTORY)
    done = backtest(*words, "--json", "--series", "--html", tmp_path / "p.html", "--plot", tmp_path / "p.png",
                    cache=cache)  # fmt: skip
    assert 0 == done.returncode, done.stderr
    found = json.loads(done.stdout)
    assert ["mine", "equal", "hold", "momentum"] == [each["name"] for each in found["strategies"]]
    assert None is found["grid"]
    first = found["strategies"][0]
    assert first["metrics"]["final_value"] == first["series"]["value"][-1]
    assert "2018-07-02T00:00:00" == first["series"]["times"][0]
    page = (tmp_path / "p.html").read_text(encoding="utf-8")
    assert "momentum" in page
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert b"\x89PNG" == (tmp_path / "p.png").read_bytes()[:4]
    rows = list(csv.reader(backtest(*words, "--csv", cache=cache).stdout.splitlines()))
    assert 5 == len(rows)


def test_no_plain_strategy_looks_ahead(cache):
    """A line for each, exit code 0."""
    done = backtest(SAMPLES / "backtest.ini", "--data", HISTORY, "--check-leaks", "--lang", "en", cache=cache)
    assert 0 == done.returncode, done.stderr
    assert ["mine", "equal", "hold", "momentum"] == [line.partition(":")[0] for line in done.stdout.splitlines()]
    assert 4 == done.stdout.count("No past decision moved")


@pytest.mark.parametrize(
    ("code", "said", "change"),
    [
        (3, "nowhere", {"tickers": "SBER, NOWHERE"}),
        (3, "outside of the data", {"from": "2001-01-01"}),
        (3, "benchmark", {"benchmark": "MCFTRR"}),
        (3, "not traded here", {"tickers": "SBER"}),
        (3, "has no % sign", {"fee": "5"}),
    ],
)
def test_what_cannot_be_tested_is_refused(code, said, change, cache, tmp_path):
    """In one line that names it."""
    lines = []
    for line in (SAMPLES / "backtest.ini").read_text(encoding="utf-8").splitlines():
        key = line.partition("=")[0].strip()
        lines.append(f"{key} = {change[key]}" if key in change else line)
    path = tmp_path / "mine.ini"
    path.write_text("\n".join(lines), encoding="utf-8")
    done = backtest(path, "--data", HISTORY, "--lang", "en", cache=cache)
    assert said.lower() in done.stderr.lower()
    assert one_line(done.stderr)
    assert done.returncode == code


@pytest.mark.parametrize(
    ("code", "said", "words"),
    [
        (2, "do not go together", ("--json", "--csv")),
        (2, "do not go together", ("--data", "x.csv", "--store", "y.db")),
        (2, "--series is of the JSON", ("--series",)),
        (2, "is neither", ("--workers", "many")),
        (4, "no such file", ("--data", "none.csv")),
        (1, "no store yet", ("--store", "none.db")),
        (2, "none", ("--html", "none/page.html")),
        (2, "it would be overwritten", ("--html", SAMPLES / "backtest.ini")),
        (2, "it would be overwritten", ("--data", HISTORY, "--plot", HISTORY)),
        (2, "name one file", ("--html", "one", "--plot", "one")),
    ],
)
def test_options_that_cannot_be(code, said, words, tmp_path):
    """Before any work."""
    done = run("backtest", SAMPLES / "backtest.ini", *words, "--cache", "cache", "--lang", "en", cwd=tmp_path)
    assert code == done.returncode, done.stderr
    assert said in done.stderr


def test_a_file_that_is_not_there(tmp_path):
    """With where to read on."""
    done = run("backtest", "none.ini", cwd=tmp_path)
    assert 3 == done.returncode
    assert one_line(done.stderr)


def _networks() -> bool:
    try:
        import talib  # noqa: F401, PLC0415
        import torch  # noqa: F401, PLC0415
    except ImportError:
        return False
    return True


@pytest.mark.skipif(not _networks(), reason="the extra `forecast` is not installed")
def test_the_sample_of_forecasts(cache):
    """Trained, tuned, tested; the second run trains nothing and answers the same."""
    words = (SAMPLES / "backtest-forecast.ini", "--data", HISTORY, "--lang", "en", "--json")
    first = backtest(*words, cache=cache)
    assert 0 == first.returncode, first.stderr
    found = json.loads(first.stdout)
    assert (2, 3) == (len(found["grid"]["rows"]["values"]), len(found["grid"]["columns"]["values"]))
    assert "networks" in found["verdict"]
    assert "equal" in found["verdict"]
    kept = {path: path.stat().st_mtime_ns for path in cache.glob("models/*.safetensors")}
    again = json.loads(backtest(*words, cache=cache).stdout)
    assert kept == {path: path.stat().st_mtime_ns for path in cache.glob("models/*.safetensors")}
    assert [each["metrics"]["final_value"] for each in found["strategies"]] == [
        each["metrics"]["final_value"] for each in again["strategies"]
    ]


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL on Windows")
@pytest.mark.skipif(not _networks(), reason="the extra `forecast` is not installed")
def test_it_goes_on_after_a_kill(cache, tmp_path):
    """What was trained before stays as it was."""
    cached = tmp_path / "cache"
    cached.mkdir()
    words = ("backtest", SAMPLES / "backtest-forecast.ini", "--data", HISTORY, "--cache", cached, "--workers", "1")
    process = popen(*words, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + PATIENCE_S
    while not list(cached.glob("models/*.safetensors")) and time.monotonic() < deadline:
        assert None is process.poll()
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    kept = {
        path: path.stat().st_mtime_ns for path in cached.glob("models/*.safetensors") if "unfinished" not in path.name
    }
    done = backtest(*words[1:4], "--workers", "1", cache=cached)
    assert 0 == done.returncode, done.stderr
    assert kept.items() <= {path: path.stat().st_mtime_ns for path in cached.glob("models/*.safetensors")}.items()


@pytest.mark.skipif(not HOURS.exists(), reason="the hours of ../shared/data are not here")
def test_real_hours_of_the_leaders(cache, tmp_path):
    """Hours of the main session, a universe as it qualified at the start, splits that were worked in taken out."""
    path = tmp_path / "hours.ini"
    path.write_text(
        "[backtest]\ninterval = hour\nhours = 10-18\nfrom = 2024-01-03\nto = 2024-03-29\ntickers = universe\n"
        "fee = 0.02%\nbenchmark = equal\n[strategy equal]\nkind = equal\n[strategy hold]\nkind = hold\n",
        encoding="utf-8",
    )
    done = backtest(path, "--data", HOURS, "--json", cache=cache)
    assert 0 == done.returncode, done.stderr
    found = json.loads(done.stdout)
    assert any("qualified by 2024-01-03" in note for note in found["notes"])
    equal = found["strategies"][0]["metrics"]
    assert 400 < equal["periods"] < 600
    assert 0.7 < equal["final_value"] / equal["initial_value"] < 1.3


PAGE = "# Mine\n\n<!-- backtest backtest: begin -->\nwhat stood here\n<!-- backtest backtest: end -->\nRest.\n"


def test_a_part_of_a_page_beside_figures_from_elsewhere(cache, tmp_path):
    """All that the answer has stands between the marks, again and again the same; the page around them stays."""
    page, figures = tmp_path / "page.md", tmp_path / "figures.csv"
    page.write_text(PAGE, encoding="utf-8")
    figures.write_text("row,Theirs\nsharpe_ratio,9.99\n", encoding="utf-8")
    words = SAMPLES / "backtest.ini", "--data", HISTORY, "--markdown", page, "--beside", figures, "--lang", "en"
    done = backtest(*words, cache=cache)
    assert (0, "") == (done.returncode, done.stderr)
    made = page.read_text(encoding="utf-8")
    assert made.startswith("# Mine\n\n<!-- backtest backtest: begin -->\n**Five leaders, 2018 to 2019.** After costs")
    assert made.endswith("<!-- backtest backtest: end -->\nRest.\n")
    assert "what stood here" not in made
    (row,) = [line for line in made.splitlines() if line.startswith("| Sharpe ratio |")]
    assert row.endswith("| 9.99 |")
    backtest(*words, cache=cache)
    changed = [new for old, new in zip(made.splitlines(), page.read_text().splitlines(), strict=True) if old != new]
    assert [] == changed


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("--beside is of the page. Add --markdown FILE.md", ("--beside", "good.csv")),
        ("The page has no place for backtest. Put these two lines", ("--markdown", "bare.md")),
        ("sharp is no row of a backtest's report. Rows: universe", ("--markdown", "page.md", "--beside", "bad.csv")),
        ("these are not two columns: a,b,c. Write", ("--markdown", "page.md", "--beside", "wide.csv")),
        ("there.csv: cannot be read", ("--markdown", "page.md", "--beside", "there.csv")),
    ],
)
def test_a_page_that_cannot_be_written_is_refused_before_anything_long(said, words, cache, tmp_path):
    """With what to type; the page stays as it was."""
    for name, content in (("bare.md", "# Mine\n"), ("page.md", PAGE), ("good.csv", "row,T\nsharpe_ratio,1\n"),
                          ("bad.csv", "row,T\nsharp,1\n"), ("wide.csv", "a,b,c\n")):  # fmt: skip
        (tmp_path / name).write_text(content, encoding="utf-8")
    done = backtest(SAMPLES / "backtest.ini", "--data", "none.csv", *words, "--lang", "en", cache=cache, cwd=tmp_path)
    assert (2, "") == (done.returncode, done.stdout)
    assert said in done.stderr
    assert PAGE == (tmp_path / "page.md").read_text(encoding="utf-8")
