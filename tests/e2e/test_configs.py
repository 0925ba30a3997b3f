"""The examples in configs/: what they say is what the program does, and each is taken by what it was written for."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
from pathlib import Path

import pytest
from shell import ROOT, run

from allocator.config.settings import Settings, StoreSettings, parse_settings
from allocator.config.settings_words import SETTINGS
from allocator.config.words import Key

CONFIGS = ROOT / "configs"
DEFAULTS = CONFIGS / "allocator.ini"
UNITS = CONFIGS / "systemd"
EXAMPLE = "Example:"
LINE = re.compile(r"; ([a-z ]+) = (.*)")


def shown() -> dict[tuple[str, str], tuple[str, bool]]:
    """Each commented key of the file of defaults: its value, and whether it is an example and no default."""
    found, section, before = {}, "", ""
    for line in DEFAULTS.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif setting := LINE.fullmatch(line):
            assert (section, setting[1]) not in found
            found[section, setting[1]] = setting[2], before.endswith(EXAMPLE)
        before = line
    return found


def test_the_file_of_defaults_has_every_key_and_no_other():
    """In the order of the program's table."""
    assert [(key.section, key.name) for key in SETTINGS.keys] == list(shown())


@pytest.mark.parametrize("key", SETTINGS.keys, ids=lambda key: f"{key.section}-{key.name}")
def test_each_key_is_shown_with_its_default(key: Key):
    """As the table has it; a key without a default has an example instead."""
    value, example = shown()[key.section, key.name]
    assert example or str(key.default) == value
    assert example == (str(key.default) == "none" or key.name == "url")


def test_as_it_stands_the_file_changes_nothing():
    """A copy of it is a start."""
    assert Settings(DEFAULTS) == parse_settings(DEFAULTS.read_bytes(), DEFAULTS)


def uncommented(*, examples: bool) -> Settings:
    lines = []
    for line in DEFAULTS.read_text(encoding="utf-8").splitlines():
        setting = LINE.fullmatch(line)
        example = bool(lines) and lines[-1].endswith(EXAMPLE)
        lines.append(line.removeprefix("; ") if setting and example <= examples else line)
    return parse_settings("\n".join(lines), DEFAULTS)


def test_its_defaults_are_those_of_the_program():
    """Taking away the semicolons of all defaults changes nothing either."""
    assert Settings(DEFAULTS) == uncommented(examples=False)


def test_its_examples_are_taken():
    """Taking away every semicolon gives a file without a mistake."""
    found = uncommented(examples=True)
    assert "env:ALGOPACK_TOKEN" == str(found.algopack.token)
    assert ("SBERP", "TATNP") == found.universe.exclude


def test_the_guide_knows_every_key():
    """Under the section's heading stands a row with the key, what it takes and its default."""
    guide = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    headings = re.findall(r"^### `\[(.*)]`$", guide, re.MULTILINE)
    assert list(SETTINGS.sections) == headings
    for key in SETTINGS.keys:
        section = guide.partition(f"\n### `[{key.section}]`")[2].partition("\n### ")[0]
        row = f"| `{key.name}` | {key.value} | {key.default} |"
        assert row in section.splitlines(), row


def test_the_example_of_postgresql_is_taken():
    """Its password is a file beside it."""
    path = CONFIGS / "postgresql" / "allocator.ini"
    found = parse_settings(path.read_bytes(), path).store
    assert StoreSettings("postgresql://allocator@localhost/market", found.password) == found
    assert f"file:{path.parent / 'store.password'}" == str(found.password)


def test_the_line_of_cron_runs_the_command(tmp_path: Path):
    """As cron runs it: with a percent sign unescaped, by the shell that the file names."""
    text = (CONFIGS / "crontab").read_text(encoding="utf-8")
    (line,) = [line for line in text.splitlines() if re.match("[0-9*]", line)]
    (shell,) = re.findall("^SHELL=(.*)$", text, re.MULTILINE)
    if not Path(shell).exists():
        pytest.skip(f"{shell} is not here")
    fields = line.split(None, 5)
    assert ["5", "1", "*", "*", "*"] == fields[:5]
    assert not re.search(r"(?<!\\)%", fields[5])
    programs = tmp_path / "bin"
    programs.mkdir()
    home = tmp_path / "allocator" / ".venv" / "bin"
    home.mkdir(parents=True)
    for place, name in ((programs, "sleep"), (home, "allocator")):
        (place / name).write_text(f'#!/bin/sh\necho {name} "$@"\n', encoding="utf-8")
        (place / name).chmod(0o755)
    done = subprocess.run(
        [shell, "-c", fields[5].replace(r"\%", "%")],
        env={"PATH": f"{programs}:{os.environ['PATH']}", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    slept, ran = done.stdout.splitlines()
    assert 0 <= int(slept.removeprefix("sleep ")) < 25 * 60
    assert "allocator refresh --quiet" == ran


def test_every_example_runs_a_command_that_there_is(tmp_path: Path):
    """`refresh` and `serve`, with options that they have."""
    helped = run("refresh", "--help", cwd=tmp_path)
    assert 0 == helped.returncode
    assert 0 == run("serve", "--help", cwd=tmp_path).returncode
    calls = [
        call
        for path in CONFIGS.rglob("*")
        if path.is_file()
        for call in re.findall(
            r"^[^#;].*allocator(?:\.exe)?[\\\"]* ((?:refresh|serve)[^\"\n]*)", path.read_text("utf-8"), re.MULTILINE
        )
    ]
    assert ["refresh", "refresh", "refresh --quiet", "refresh --quiet", "serve", "serve"] == sorted(calls)
    assert "--quiet" in helped.stdout


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not here")
@pytest.mark.parametrize("folder", ["", "server/"])
@pytest.mark.parametrize("command", ["refresh", "serve"])
def test_systemd_takes_the_units(folder: str, command: str, tmp_path: Path):
    """Without a word: an unknown key or a time that cannot be is a complaint of its checker."""
    timers = ["allocator-refresh.timer"] if command == "refresh" else []
    for name in (f"{folder}allocator-{command}.service", *timers):
        text = (UNITS / name).read_text(encoding="utf-8")
        text = re.sub("^ExecStart=[^ ]+", "ExecStart=/bin/true", text, flags=re.MULTILINE)
        (tmp_path / Path(name).name).write_text(text, encoding="utf-8")
    (tmp_path / "run").mkdir(mode=0o700)
    done = subprocess.run(
        ["systemd-analyze", *([] if folder else ["--user"]), "verify", *map(str, tmp_path.glob("a*"))],
        env={**os.environ, "XDG_RUNTIME_DIR": str(tmp_path / "run")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (0, "") == (done.returncode, done.stdout + done.stderr)


@pytest.mark.parametrize("folder", ["", "server/"])
def test_a_stop_while_the_pages_load_is_no_failure(folder: str):
    """The code with which SIGTERM ends the program before it serves is a success, and starts nothing again."""
    unit = (UNITS / f"{folder}allocator-serve.service").read_text(encoding="utf-8")
    assert [str(128 + signal.SIGTERM)] == re.findall("^SuccessExitStatus=(.*)$", unit, re.MULTILINE)


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not here")
def test_the_timer_goes_off_after_the_data_is_ready():
    """At five past one in Moscow, and by half past at the latest."""
    timer = (UNITS / "allocator-refresh.timer").read_text(encoding="utf-8")
    said = dict(line.split("=", 1) for line in timer.splitlines() if "=" in line)
    done = subprocess.run(
        ["systemd-analyze", "calendar", "--base-time=2026-01-15 12:00:00 UTC", said["OnCalendar"]],
        env={**os.environ, "TZ": "UTC"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "Next elapse: Thu 2026-01-15 22:05:00 UTC" in done.stdout
    assert ("24min", "1min", "true") == (said["RandomizedDelaySec"], said["AccuracySec"], said["Persistent"])
