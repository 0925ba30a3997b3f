from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

import allocator
from allocator.cli import main
from allocator.cli.commands import DEFAULT, root

GUIDE = (Path(allocator.__file__).parents[1] / "docs" / "commands.md").read_text(encoding="utf-8")


def parameters() -> list[tuple[str, click.Parameter]]:
    """Every parameter of every command, beside the command's name."""
    found = [("allocator", parameter) for parameter in root.params]
    for name, command in root.commands.items():
        found += [(name, parameter) for parameter in command.params]
    return found


OPTIONS = [(name, option) for name, option in parameters() if isinstance(option, click.Option)]


@pytest.mark.parametrize(("command", "option"), OPTIONS, ids=[f"{name} {option.opts[0]}" for name, option in OPTIONS])
def test_every_option_has_help_and_is_documented(command: str, option: click.Option) -> None:
    """--help has a sentence for it, and docs/commands.md a line."""
    assert option.help
    assert option.help.endswith((".", "]", "30]"))
    for name in option.opts:
        if name.startswith("--"):
            assert re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", GUIDE), f"{name} of {command}"


@pytest.mark.parametrize("name", [name for name in root.commands if name != DEFAULT])
def test_every_command_has_help_and_is_documented(name: str) -> None:
    """--help says what it does, and docs/commands.md has a section on it."""
    assert root.commands[name].help
    assert re.search(rf"^## .*allocator {name}", GUIDE, re.MULTILINE)


def test_the_help_of_the_program_is_that_of_rebalancing(capsys: pytest.CaptureFixture[str]) -> None:
    """`allocator --help` shows how to rebalance, with all options, and the other commands."""
    assert 0 == main(["--help"])
    shown = capsys.readouterr().out
    assert shown.startswith("Usage: allocator [OPTIONS] FILE.ini [PROXY]")
    for option in root.commands[DEFAULT].params:
        if isinstance(option, click.Option):
            assert option.opts[0] in shown
    assert all(name in shown for name in root.commands if name != DEFAULT)
    assert DEFAULT not in shown


@pytest.mark.parametrize("words", [["-h"], ["p.ini", "-h"], ["p.ini", "--json", "--help"]])
def test_help_from_anywhere(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """-h shows the usage whatever stands before it."""
    assert 0 == main(words)
    assert capsys.readouterr().out.startswith("Usage: allocator ")


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    """The name and the version, on stdout."""
    assert 0 == main(["--version"])
    assert f"allocator {allocator.__version__}\n" == capsys.readouterr().out


@pytest.mark.parametrize("words", [[], ["check"], ["init"], ["samples/moex.ini", "--plot"], ["--json", "check"]])
def test_a_name_that_is_too_long_is_no_file(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """The operating system refuses to look for it; that is a mistake of whoever typed it, told in a line."""
    assert main([*words, "c" * 300]) in {2, 3}
    said = capsys.readouterr().err
    assert said
    assert "internal error" not in said


@pytest.mark.parametrize(
    ("expected", "typed"),
    [
        ({"check", "init"}, ""),
        ({"check"}, "ch"),
        ({"--json", "--help", "--version", "--watch"}, "--"),
        ({"--json"}, "--js"),
        ({"--solver"}, "p.ini --so"),
        ({"highs", "cbc"}, "p.ini --solver "),
        ({"--interactive"}, "init --int"),
    ],
)
def test_completion(
    expected: set[str], typed: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The shell completes commands, options and their values; in place of a command also files."""
    monkeypatch.setenv("_ALLOCATOR_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", f"allocator {typed}")
    monkeypatch.setenv("COMP_CWORD", str(typed.count(" ") + 1))
    with pytest.raises(SystemExit) as ended:
        main([])
    assert 0 == ended.value.code
    offered = capsys.readouterr().out.splitlines()
    assert expected <= {line.removeprefix("plain,") for line in offered}
    assert (" " in typed or typed.startswith("-")) or f"file,{typed}" in offered
    assert f"plain,{DEFAULT}" not in offered
