"""stdout carries the answer, stderr the talk, whatever becomes of either."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from shell import INI, PATIENCE_S, ROOT, one_line, popen, run, write

posix = pytest.mark.skipif(os.name != "posix", reason="a shell of POSIX")


def test_the_answer_is_the_same_by_either_name(tmp_path: Path) -> None:
    """`python -m allocator FILE` and, where it is installed, `allocator FILE`."""
    write(tmp_path)
    installed = Path(sys.executable).with_name("allocator.exe" if os.name == "nt" else "allocator")
    if not installed.exists():
        pytest.skip("the package is not installed here")
    done = subprocess.run([installed, "p.ini"], cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60)
    assert run("p.ini", cwd=tmp_path).stdout == done.stdout


def test_a_file_named_like_a_command(tmp_path: Path) -> None:
    """`check` is the command; `./check` is the file."""
    write(tmp_path).rename(tmp_path / "check")
    assert 2 == run("check", cwd=tmp_path).returncode
    assert "Optimal" in run("./check", cwd=tmp_path).stdout
    assert "is in order" in run("check", "check", cwd=tmp_path).stdout


def test_options_may_stand_before_the_file(tmp_path: Path) -> None:
    """The order of words is free, as everywhere."""
    write(tmp_path)
    assert run("p.ini", "--csv", cwd=tmp_path).stdout == run("--csv", "p.ini", cwd=tmp_path).stdout


def test_forms_agree(tmp_path: Path) -> None:
    """Table, JSON and CSV tell of the same deals."""
    write(tmp_path)
    found = json.loads(run("p.ini", "--json", cwd=tmp_path).stdout)
    changes = {row["asset"]: row["change"] for row in found["rows"] if row["change"]}
    header, *orders = [line.split(",") for line in run("p.ini", "--csv", cwd=tmp_path).stdout.splitlines()]
    assert ["ticker", "side", "lots", "units", "price", "money"] == header
    assert changes == {name: int(units) * (1 if side == "buy" else -1) for name, side, _, units, *_ in orders}
    table = run("p.ini", cwd=tmp_path).stdout
    assert all(f"{change:+}" in table for change in changes.values())


def test_quiet_is_the_table_alone(tmp_path: Path) -> None:
    """-q leaves out what stands under the table."""
    write(tmp_path)
    whole = run("p.ini", cwd=tmp_path).stdout
    assert whole.partition("\n\n")[0] + "\n" == run("p.ini", "-q", cwd=tmp_path).stdout


@pytest.mark.parametrize(
    ("expected", "words", "env"),
    [
        ("Optimal", [], {}),
        ("Оптимально", ["--lang", "ru"], {}),
        ("Оптимально", [], {"ALLOCATOR_LANG": "ru"}),
        ("Оптимально", [], {"LC_ALL": None, "LANG": "ru_RU.UTF-8"}),
        ("Optimal", ["--lang", "en"], {"ALLOCATOR_LANG": "ru"}),
        ("Optimal", [], {"ALLOCATOR_LANG": "en", "LC_ALL": "ru_RU.UTF-8"}),
    ],
)
def test_the_language(expected: str, words: list[str], env: dict[str, str | None], tmp_path: Path) -> None:
    """--lang, else $ALLOCATOR_LANG, else the locale."""
    write(tmp_path)
    assert expected in run("p.ini", *words, cwd=tmp_path, env=env).stdout


def test_errors_speak_the_language_too(tmp_path: Path) -> None:
    """An error raised anywhere is told in the language asked for, in --lang or around it."""
    told = [
        run("missing.ini", "--lang", "ru", cwd=tmp_path).stderr,
        run("check", "missing.ini", cwd=tmp_path, env={"ALLOCATOR_LANG": "ru"}).stderr,
        run("p.ini", "--json", "--csv", cwd=tmp_path, env={"ALLOCATOR_LANG": "ru"}).stderr,
    ]
    assert all(any("а" <= letter <= "я" for letter in line) for line in told)


@pytest.mark.parametrize("encoding", ["cp1251", "cp866", "latin-1", "ascii"])
def test_a_console_of_another_alphabet(encoding: str, tmp_path: Path) -> None:
    """What an encoding lacks becomes ?, and never an error: in the answer and in the talk."""
    write(tmp_path)
    env = {"PYTHONIOENCODING": f"{encoding}:strict"}
    done = popen("p.ini", "--lang", "ru", cwd=tmp_path, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    answer, talk = done.communicate(timeout=PATIENCE_S)
    assert (0, b"") == (done.returncode, talk)
    shown = answer.decode("utf-8" if encoding == "ascii" else encoding)  # click takes ascii for a slip of the system
    assert ("??????????" if encoding == "latin-1" else "Оптимально") in shown
    missing = popen("нет такого.ini", "--lang", "ru", cwd=tmp_path, env=env, stderr=subprocess.PIPE)
    _, talk = missing.communicate(timeout=PATIENCE_S)
    assert (3, False) == (missing.returncode, b"Traceback" in talk)


@posix
def test_a_name_that_is_no_text(tmp_path: Path) -> None:
    """A path of bytes that are no UTF-8 is told of as well as can be."""
    done = subprocess.run(
        [sys.executable.encode(), b"-m", b"allocator", b"\xff\xfe.ini"],
        cwd=ROOT,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert 3 == done.returncode
    assert b"Traceback" not in done.stderr


@posix
def test_a_reader_that_goes_away(tmp_path: Path) -> None:
    """`allocator ... | head -0`: one line, exit code 1, no traceback, not even at exit."""
    write(tmp_path)
    reading, writing = os.pipe()
    os.close(reading)
    for words in (["p.ini"], ["p.ini", "--json"], ["check", "p.ini"], ["p.ini", "--watch", "1"]):
        process = popen(*words, cwd=tmp_path, stdout=writing, stderr=subprocess.PIPE, text=True)
        _, talk = process.communicate(timeout=PATIENCE_S)
        assert (1, True) == (process.returncode, one_line(talk)), talk
        assert "The reader closed the output" in talk
    os.close(writing)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_a_full_disk(tmp_path: Path) -> None:
    """An answer that cannot be written: one line with the reason, exit code 1."""
    write(tmp_path)
    with Path("/dev/full").open("w") as full:
        process = popen("p.ini", cwd=tmp_path, stdout=full, stderr=subprocess.PIPE, text=True)
        _, talk = process.communicate(timeout=PATIENCE_S)
    assert (1, True) == (process.returncode, one_line(talk)), talk
    assert "No space left" in talk


@posix
@pytest.mark.parametrize(
    "closing", ["p.ini >&-", "p.ini 2>&-", "p.ini <&-", "missing.ini 2>&-", "missing.ini >&- 2>&-"]
)
def test_streams_that_were_never_open(closing: str, tmp_path: Path) -> None:
    """A closed stdout is one line and exit code 1; closed others do no harm."""
    write(tmp_path)
    done = subprocess.run(
        ["sh", "-c", f"'{sys.executable}' -m allocator {closing}"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{os.environ['PYTHONPATH']}"},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    expected = 3 if "missing" in closing else 1 if closing.endswith(".ini >&-") else 0
    assert expected == done.returncode
    assert "Traceback" not in done.stderr


@posix
@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_stopped_in_the_middle(sign: signal.Signals, tmp_path: Path, iss) -> None:
    """Ctrl-C or SIGTERM while waiting for quotes: one line, exit code 130 or 143."""
    write(tmp_path)
    iss.fail("slow", None)
    words = ["p.ini", "--provider", "MOEX"]
    process = popen(*words, cwd=tmp_path, env={"ALLOCATOR_ISS_URL": iss.url}, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + PATIENCE_S
    while not iss.requests and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(sign)
    _, talk = process.communicate(timeout=PATIENCE_S)
    assert (128 + sign, "allocator: Stopped before the end.") == (process.returncode, talk.strip())


def test_live_quotes(tmp_path: Path, iss) -> None:
    """A rebalance on the exchange's prices, over real HTTP, straight and through a proxy."""
    write(tmp_path)
    iss.today()
    done = run("p.ini", "--provider", "moex", cwd=tmp_path, env={"ALLOCATOR_ISS_URL": iss.url})
    assert (0, "") == (done.returncode, done.stderr)
    assert "289.82" in done.stdout
    assert "15 min late" in done.stdout
    through = ["p.ini", f"http://{iss.address}", "--provider", "moex", "--json"]
    proxied = run(*through, cwd=tmp_path, env={"ALLOCATOR_ISS_URL": "http://iss.invalid/iss"})
    assert (0, "MOEX") == (proxied.returncode, json.loads(proxied.stdout)["quotes"]["provider"])


def test_unknown_ticker(tmp_path: Path, iss) -> None:
    """A misspelt ticker: exit code 4, and the one that was meant."""
    write(tmp_path, INI.replace("SBER", "SBRE"))
    done = run("p.ini", "--provider", "moex", cwd=tmp_path, env={"ALLOCATOR_ISS_URL": iss.url})
    assert (4, True) == (done.returncode, one_line(done.stderr))
    assert "SBER" in done.stderr


def test_no_colour_in_a_pipe(tmp_path: Path) -> None:
    """Colour is for terminals."""
    write(tmp_path)
    assert "\x1b" not in run("p.ini", cwd=tmp_path, env={"TERM": "xterm-256color"}).stdout


def test_init_then_check(tmp_path: Path) -> None:
    """The file that init writes is one that check accepts, in both languages."""
    for lang in ("en", "ru"):
        done = run("init", "--lang", lang, "--force", cwd=tmp_path)
        assert (0, "") == (done.returncode, done.stderr)
        assert "portfolio.ini" in done.stdout
        assert 0 == run("check", "portfolio.ini", cwd=tmp_path).returncode


def test_init_asks(tmp_path: Path) -> None:
    """--interactive asks again for what the file could not hold, and writes the rest down."""
    answers = "sber\n50 %%\n50%\nx\n1 000\n lkoh \n50%\n\n\n12 345.67\n0.3%\n\n"
    done = run("init", "mine.ini", "--interactive", cwd=tmp_path, stdin=answers)
    assert 0 == done.returncode, done.stderr
    assert "is not a number" in done.stderr
    found = json.loads(run("check", "mine.ini", "--json", cwd=tmp_path).stdout)
    assert ["LKOH", "SBER"] == sorted(found["assets"])
    assert "12 345.67" in (tmp_path / "mine.ini").read_text(encoding="utf-8")


def test_init_gives_up(tmp_path: Path) -> None:
    """Questions without answers write nothing; answers that do not add up are written, and complained of."""
    done = run("init", "mine.ini", "-i", cwd=tmp_path, stdin="sber\n")
    assert 1 == done.returncode
    assert done.stderr.endswith("allocator: Stopped before the end.\n")
    assert not (tmp_path / "mine.ini").exists()
    done = run("init", "mine.ini", "-i", cwd=tmp_path, stdin="sber\n10%\n\n\n\n\n\n")
    assert 3 == done.returncode
    assert "add up to 10%" in done.stderr
    assert (tmp_path / "mine.ini").exists()


def test_a_picture(tmp_path: Path) -> None:
    """--plot draws the frontier that is printed."""
    write(tmp_path)
    done = run("p.ini", "--plot", "frontier.png", cwd=tmp_path)
    assert (0, "") == (done.returncode, done.stderr)
    assert run("p.ini", "--frontier", cwd=tmp_path).stdout == done.stdout
    assert (tmp_path / "frontier.png").read_bytes().startswith(b"\x89PNG")


def test_reasons_in_every_form(tmp_path: Path) -> None:
    """--explain adds to the table, and to the JSON."""
    write(tmp_path)
    assert run("p.ini", cwd=tmp_path).stdout in run("p.ini", "--explain", cwd=tmp_path).stdout
    found = json.loads(run("p.ini", "--explain", "--json", cwd=tmp_path).stdout)
    explanation = found.pop("explanation")
    assert {"trades", "limits", "cash_removed", "auto"} == set(explanation)
    assert explanation["auto"] is None, "nothing here is wanted as auto"
    assert json.loads(run("p.ini", "--json", cwd=tmp_path).stdout) == found
    assert {"frontier"} == set(json.loads(run("p.ini", "--frontier", "--json", cwd=tmp_path).stdout))
