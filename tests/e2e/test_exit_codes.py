"""Every listed exit code is reached, with its answer on stdout and one line on stderr for each mistake."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from shell import INI, one_line, run, write


def test_0_done(tmp_path: Path) -> None:
    """A plan with a proof: the table on stdout, nothing on stderr."""
    write(tmp_path)
    done = run("p.ini", cwd=tmp_path)
    assert (0, "") == (done.returncode, done.stderr)
    assert "Optimal" in done.stdout


@pytest.mark.parametrize(
    "words",
    [
        ["--help"],
        ["-h"],
        ["--version"],
        ["check", "-h"],
        ["init", "--help"],
        ["p.ini", "--help"],
        ["p.ini", "--version"],
    ],
)
def test_0_help(words: list[str], tmp_path: Path) -> None:
    """Help and version are answers."""
    done = run(*words, cwd=tmp_path)
    assert (0, "") == (done.returncode, done.stderr)
    assert done.stdout


@pytest.mark.parametrize(
    ("expected", "words"),
    [
        ("No such option", ["p.ini", "--jsom"]),
        ("--jsom", ["--jsom", "p.ini"]),
        ("unexpected extra argument", ["p.ini", "http://proxy:1", "more"]),
        ("'glpk' is not one of", ["p.ini", "--solver", "glpk"]),
        ("--json and --csv", ["p.ini", "--json", "--csv"]),
        ("--frontier and --explain", ["p.ini", "--frontier", "--explain"]),
        ("--frontier and --csv", ["p.ini", "--plot", "a.png", "--csv"]),
        ("--frontier and --watch", ["p.ini", "--frontier", "--watch", "5"]),
        ("--explain and --csv", ["p.ini", "--explain", "--csv"]),
        ("--watch and --csv", ["p.ini", "--watch", "5", "--csv"]),
        ("Two proxies", ["p.ini", "http://a:1", "--proxy", "http://b:1"]),
        ("IEX TRADING", ["p.ini", "--provider", "IEX Trading"]),
        ("--gap", ["p.ini", "--gap", "x"]),
        ("0.5 is not between 1 and", ["p.ini", "--watch", "0.5"]),
        ("nan is not between", ["p.ini", "--time-limit", "nan"]),
        ("inf is not between", ["p.ini", "--time-limit", "inf"]),
        ("no/such/folder", ["p.ini", "--plot", "no/such/folder/a.png"]),
        ("lam = nan cannot be", ["train", "--lambda", "nan"]),
        ("--network wavenet and --lambda do not go together", ["train", "--network", "wavenet", "--lambda", "3"]),
        ("lam = -1.0 cannot be", ["experiment", "paper", "--data", ".", "--lambdas", "0,-1"]),
        ("There is no network foo here", ["experiment", "paper", "--data", ".", "--networks", "foo"]),
        ("Is a directory", ["p.ini", "--plot", "."]),
        ("p.ini is there already", ["init", "p.ini"]),
        ("no/such/folder", ["init", "no/such/folder/p.ini"]),
        ("Missing argument", ["check"]),
        ("allocator check --lang ...", ["--lang", "ru", "check", "p.ini"]),
    ],
)
def test_2_usage(expected: str, words: list[str], tmp_path: Path) -> None:
    """A command line that cannot be: one line that names the culprit, nothing on stdout."""
    write(tmp_path)
    done = run(*words, cwd=tmp_path)
    assert (2, "") == (done.returncode, done.stdout)
    assert expected in done.stderr
    assert one_line(done.stderr)


def test_2_nothing_asked(tmp_path: Path) -> None:
    """Without a word the help is shown, as the talk that it is."""
    done = run(cwd=tmp_path)
    assert (2, "") == (done.returncode, done.stdout)
    assert done.stderr.startswith("Usage: allocator")


def test_1_no_forecast(tmp_path: Path) -> None:
    """Shares are left to a forecast, and there is none."""
    write(tmp_path, "[want]\nSBER = auto\n[options]\nprovider = FILE prices.csv\n")
    for words in (["p.ini"], ["check", "p.ini"]):
        done = run(*words, cwd=tmp_path)
        assert (1, "") == (done.returncode, done.stdout)
        assert "needs a forecast" in done.stderr
        assert one_line(done.stderr)


@pytest.mark.parametrize(
    ("expected", "ini"),
    [
        ("p.ini:2: [hold]", "\n[hold]\nSBER = 1\n"),
        ("p.ini", "[want]\nSBER = 120%\n"),
        ("p.ini", ""),
        ("cap", "[want]\nSBER = auto\n[forecast]\ncap = 50%\n[options]\nprovider = FILE prices.csv\n"),
    ],
)
def test_3_configuration(expected: str, ini: str, tmp_path: Path) -> None:
    """A portfolio file with a mistake, for a rebalance and for a check alike."""
    write(tmp_path, ini)
    for words in (["p.ini"], ["check", "p.ini"]):
        done = run(*words, cwd=tmp_path)
        assert (3, "") == (done.returncode, done.stdout)
        assert expected in done.stderr
        assert one_line(done.stderr)


def test_3_all_mistakes_in_one_go(tmp_path: Path) -> None:
    """One line for each mistake."""
    write(tmp_path, "[have]\nSBER = x\nLKOH = -1\n[option]\n")
    done = run("p.ini", cwd=tmp_path)
    assert 3 == done.returncode
    assert [":2:", ":3:", ":4:"] == [line.removeprefix("allocator: p.ini")[:3] for line in done.stderr.splitlines()]


@pytest.mark.parametrize("words", [["missing.ini"], ["."], ["check", "missing.ini"]])
def test_3_no_such_file(words: list[str], tmp_path: Path) -> None:
    """A portfolio that is not there."""
    done = run(*words, cwd=tmp_path)
    assert (3, "") == (done.returncode, done.stdout)
    assert one_line(done.stderr)


def test_4_no_quotes(tmp_path: Path) -> None:
    """A file of quotes that is missing, or lacks an asset."""
    write(tmp_path)
    for quotes in ("missing.csv", "empty.csv"):
        (tmp_path / "empty.csv").write_text("ticker,bid,ask\nSBER,1,1\n", encoding="utf-8")
        done = run("p.ini", "--quotes", quotes, cwd=tmp_path)
        assert (4, "") == (done.returncode, done.stdout)
        assert one_line(done.stderr)


def test_4_no_network(tmp_path: Path, closed_port: int) -> None:
    """The exchange cannot be reached: its address refuses, or the proxy does."""
    write(tmp_path)
    nobody = f"http://127.0.0.1:{closed_port}"
    for words, env in (
        (["p.ini", "--provider", "MOEX"], {"ALLOCATOR_ISS_URL": f"{nobody}/iss"}),
        (["p.ini", nobody, "--provider", "MOEX"], {}),
        (["p.ini", "--provider", "MOEX", "--proxy", nobody], {}),
    ):
        done = run(*words, cwd=tmp_path, env=env)
        assert (4, "") == (done.returncode, done.stdout)
        assert "refused the connection" in done.stderr
        assert one_line(done.stderr)


def test_5_no_plan(tmp_path: Path) -> None:
    """More money is to be taken out than all sales bring."""
    write(tmp_path, INI.replace("have = 100 000", "have = 100 000\nwithdraw = 999 999"))
    done = run("p.ini", cwd=tmp_path)
    assert (5, "") == (done.returncode, done.stdout)
    assert one_line(done.stderr)


@pytest.mark.parametrize("form", [[], ["--quiet"], ["--json"], ["--csv"], ["--frontier"]])
def test_6_time_limit(form: list[str], tmp_path: Path) -> None:
    """Time ran out before a proof: the best plan so far is printed, and marked."""
    write_hard(tmp_path)
    done = run("hard.ini", "--time-limit", "0.01", "--gap", "0", *form, cwd=tmp_path)
    assert 6 == done.returncode
    assert done.stdout
    if form == ["--json"]:
        assert "feasible" == json.loads(done.stdout)["status"]
    if form != ["--frontier"]:
        assert "TIME LIMIT" in (done.stderr if form in (["--json"], ["--csv"]) else done.stdout)


def write_hard(folder: Path) -> None:
    """Eighty assets, dear and cheap, with every option at once: no proof in a hundredth of a second."""
    names = [f"A{at:02}" for at in range(80)]
    prices = [f"{name},{price}.37,{price}.91" for name, price in zip(names, range(311, 80 * 97 + 311, 97), strict=True)]
    (folder / "hard.csv").write_text("\n".join(["ticker,bid,ask", *prices]), encoding="utf-8")
    lines = "\n".join(f"{name} = 1.25%" for name in names)
    options = "commission = 3 + 0.03%\nuse all cash = yes\nmax deals = 30\nmodel = LSAPPROX\nprovider = FILE hard.csv"
    ini = f"[want]\n{lines}\n[cash]\nhave = 1 234 567\n[options]\n{options}\n"
    (folder / "hard.ini").write_text(ini, encoding="utf-8")
