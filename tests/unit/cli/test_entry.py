from __future__ import annotations

from collections.abc import Callable

import pytest

from allocator.cli import entry, main
from allocator.cli.stops import Stopped
from allocator.core.errors import AllocatorError, ConfigError, Infeasible, TimeLimit
from allocator.core.text import text


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Callable[[BaseException], None]:
    """Make the command line end with this."""

    def fail(error: BaseException) -> None:
        def parse(*_: object) -> int:
            raise error

        monkeypatch.setattr(entry, "parse", parse)

    return fail


@pytest.mark.parametrize(
    ("expected", "error"),
    [
        (1, AllocatorError("broken")),
        (3, ConfigError("p.ini:3: broken")),
        (5, Infeasible("broken")),
        (6, TimeLimit("broken")),
    ],
)
def test_each_error_has_its_exit_code(
    expected: int, error: AllocatorError, failing: Callable[[BaseException], None], capsys: pytest.CaptureFixture[str]
) -> None:
    """An error of the tree is told in one line and becomes its exit code."""
    failing(error)
    assert expected == main([])
    assert ("", f"allocator: {error}.\n") == capsys.readouterr()


def test_every_finding_has_its_line_and_hint(
    failing: Callable[[BaseException], None], capsys: pytest.CaptureFixture[str]
) -> None:
    """Findings that came together are told one a line; what to do follows what is wrong."""
    others = [ConfigError("b"), ConfigError("c!", "Do.")]
    failing(ConfigError("a", text("Write {word}.", word="x"), others=others))
    assert 3 == main([])
    assert "allocator: a. Write x.\nallocator: b.\nallocator: c! Do.\n" == capsys.readouterr().err


def test_help_that_cannot_be_written_is_no_fault_of_the_program(
    failing: Callable[[BaseException], None], capsys: pytest.CaptureFixture[str]
) -> None:
    """A full disk under `--help`, which click writes itself, is told like one under an answer."""
    failing(OSError(28, "No space left on device"))
    assert 1 == main([])
    assert "allocator: The answer cannot be written: No space left on device.\n" == capsys.readouterr().err


@pytest.mark.parametrize(
    "error",
    [
        ZeroDivisionError("division\nby zero"),
        MemoryError(),
        RecursionError("deep"),
        OSError(5, "I/O", "x.db"),
        KeyError("x"),
    ],
)
def test_a_fault_of_the_program_is_one_line(
    error: Exception,
    failing: Callable[[BaseException], None],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Exit code 1 and one line that says how to see more; with $ALLOCATOR_DEBUG the traceback itself."""
    failing(error)
    monkeypatch.delenv("ALLOCATOR_DEBUG", raising=False)
    assert 1 == main([])
    said = capsys.readouterr().err
    assert said.startswith(f"allocator: internal error: {type(error).__name__}: ")
    assert 1 == said.count("\n")
    assert "ALLOCATOR_DEBUG=1" in said
    monkeypatch.setenv("ALLOCATOR_DEBUG", "1")
    with pytest.raises(type(error)):
        main([])


@pytest.mark.parametrize(("code", "stop"), [(130, KeyboardInterrupt()), (143, Stopped(143)), (1, EOFError())])
def test_a_person_may_stop_it(
    code: int, stop: BaseException, failing: Callable[[BaseException], None], capsys: pytest.CaptureFixture[str]
) -> None:
    """Ctrl-C, SIGTERM, or the end of the answers to its questions, end it with one line."""
    failing(stop)
    assert code == main([])
    assert "allocator: Stopped before the end.\n" == capsys.readouterr().err


def test_options_that_click_refuses(capsys: pytest.CaptureFixture[str]) -> None:
    """A mistake in the command line is one line with the next thing to type."""
    assert 2 == main(["p.ini", "--jsn"])
    said = capsys.readouterr().err
    assert "--jsn" in said
    assert said.endswith("Try 'allocator -h'.\n")
    assert 2 == main(["init", "--jsn"])
    assert capsys.readouterr().err.endswith("Try 'allocator init -h'.\n")
    assert 2 == main(["check", "one.ini", "two.ini"])
    assert "(two.ini). Try 'allocator check -h'." in capsys.readouterr().err


def test_a_command_that_is_misspelt(capsys: pytest.CaptureFixture[str]) -> None:
    """A word that is no file and nearly a command is taken for a slip; one with an ending is a file."""
    assert 2 == main(["chek", "p.ini"])
    said = "allocator: No such command or file 'chek'. Did you mean 'check'? Try 'allocator -h'.\n"
    assert said == capsys.readouterr().err
    assert 3 == main(["chek.ini"])
    assert "chek.ini: there is no such file" in capsys.readouterr().err
