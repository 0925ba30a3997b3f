"""A piece of work in a process of its own: its answer, its failures, its end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from e2e.shell import PATIENCE_S, environment
from loop_work import SpecialError

from allocator.app.loop.child import Child, Stopped
from allocator.core.errors import AllocatorError, ConfigError
from allocator.core.text import text

pytestmark = pytest.mark.skipif(os.name == "nt", reason="process groups")


def until(condition):
    """What the condition gives, when it gives anything."""
    end = time.monotonic() + PATIENCE_S
    while not (found := condition()):
        assert time.monotonic() < end, "in vain"
        time.sleep(0.02)
    return found


def gone(pid: int) -> bool:
    """Whether the process has ended; a zombie has."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def read(file: Path) -> str:
    return file.read_text() if file.exists() else ""


def test_it_gives_what_the_function_returns_and_tells_how_far_it_is():
    """The result comes once, at the end."""
    heard, ended = [], []
    child = Child(
        "loop_work:add", (1, 2), report=lambda *said: heard.append(said), done=lambda who: ended.append(who.result(0))
    )
    assert 3 == child.result(PATIENCE_S)
    assert [(text("adding"), done, 3) for done in range(3)] == heard
    assert not child.running
    assert [3] == ended


def test_a_large_answer_arrives_whole():
    """Larger than any pipe holds."""
    assert 5_000_000 == len(Child("loop_work:large", (5_000_000,)).result(PATIENCE_S))


def test_its_process_is_polite_and_light(capfd):
    """Lower priority, one thread in linear algebra, no library that nobody asked for; prints go to standard error."""
    said = Child("loop_work:environment").result(PATIENCE_S)
    assert os.nice(0) + 10 == said["nice"]
    assert "1" == said["threads"]
    assert not {"torch", "scipy", "numpy", "sqlalchemy", "requests"} & set(said["modules"])
    out, err = capfd.readouterr()
    assert "" == out
    assert "this is no answer" in err


def test_errors_of_this_program_come_as_they_are():
    """With all their findings."""
    with pytest.raises(ConfigError) as caught:
        Child("loop_work:refuse").result(PATIENCE_S)
    assert [(text("{what} is wrong", what="x"), text("correct it"))] == list(caught.value.lines[:1])
    assert ["x is wrong", "y"] == [str(message) for message, _ in caught.value.lines]


def test_an_error_that_cannot_travel_comes_in_words():
    """What it says is what counts."""
    with pytest.raises(AllocatorError, match="special 1 do 2") as caught:
        Child("loop_work:special").result(PATIENCE_S)
    assert not isinstance(caught.value, SpecialError)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("stumble", "internal error: ValueError: first line"),
        ("vanish", "The process of vanish ended without an answer (exit code 3)."),
        ("killed", "The process of killed was ended by SIGKILL."),
        ("unspeakable", "The answer cannot be handed over"),
        ("nothing", "internal error: AttributeError"),
    ],
)
def test_whatever_goes_wrong_is_an_error_in_words(call, said):
    """Nothing that happens in a child can hurt who waits for it."""
    with pytest.raises(AllocatorError) as caught:
        Child(f"loop_work:{call}").result(PATIENCE_S)
    assert str(caught.value).startswith(said)


def test_a_listener_that_fails_ends_the_work():
    """And whoever waits hears of it."""

    def report(*_: object) -> None:
        raise ValueError("deaf")

    with pytest.raises(AllocatorError, match="deaf"):
        Child("loop_work:add", (1, 2), report=report).result(PATIENCE_S)


def test_told_to_stop_it_ends_politely_with_all_it_has_started(tmp_path):
    """It hears of it as of a Ctrl+C."""
    child = Child("loop_work:wait", (tmp_path / "pids",))
    pids = [int(each) for each in until(lambda: read(tmp_path / "pids")).split()]
    child.stop()
    with pytest.raises(Stopped):
        child.result(0)
    assert "politely" == read(tmp_path / "pids.end")
    assert all(until(lambda each=each: gone(each)) for each in pids)
    child.stop()


def test_one_that_does_not_listen_is_ended_all_the_same(tmp_path):
    """After a while of grace."""
    child = Child("loop_work:stubborn", (tmp_path / "pids",))
    pid = int(until(lambda: read(tmp_path / "pids")))
    child.stop(grace_s=0.2)
    with pytest.raises(Stopped):
        child.result(0)
    assert until(lambda: gone(pid))


def test_it_does_not_outlive_its_parent(tmp_path):
    """Killed by force, the parent can tell nobody; neither child nor grandchild is left."""
    script = "import sys; from pathlib import Path; from allocator.app.loop.child import Child; "
    script += "Child('loop_work:wait', (Path(sys.argv[1]),)).result()"
    tests = str(Path(__file__).parents[2])
    env = environment()
    env["PYTHONPATH"] = os.pathsep.join([tests, env["PYTHONPATH"]])
    with subprocess.Popen([sys.executable, "-c", script, str(tmp_path / "pids")], env=env) as parent:
        pids = [int(each) for each in until(lambda: read(tmp_path / "pids")).split()]
        parent.send_signal(signal.SIGKILL)
    assert all(until(lambda each=each: gone(each)) for each in pids)


def test_one_that_is_stopped_while_it_loads_says_nothing(tmp_path, capfd):
    """Libraries take the word to end for damage of their own: nobody finds their tracebacks in the log."""
    child = Child("loop_work:loading", (tmp_path / "pid",))
    until(lambda: read(tmp_path / "pid"))
    child.stop()
    with pytest.raises(Stopped):
        child.result(0)
    assert ("", "") == capfd.readouterr()
