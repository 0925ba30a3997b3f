"""What a stop comes out as, however it was wrapped, or dropped."""

from __future__ import annotations

import subprocess
import sys

from allocator.cli.stops import Stopped, code_of


def test_the_code_of_a_stop():
    """Its own; a plain Ctrl-C has 130; what is no stop has none."""
    assert [143, 130, None, None] == [
        code_of(each) for each in (Stopped(143), KeyboardInterrupt(), EOFError(), OSError())
    ]


def test_a_stop_behind_another_error():
    """As C code makes an ImportError of it; also in a circle of causes."""
    broken = ImportError("it did not load")
    broken.__context__ = Stopped(143)
    assert 143 == code_of(broken)
    one, other = OSError(), ValueError()
    one.__cause__, other.__cause__ = other, one
    assert None is code_of(one)


DROPPED = """
import time
from allocator.cli import stops

class Falls:
    def __del__(self):
        raise stops.Stopped(143)

stops.stop_politely()
try:
    Falls()
    time.sleep(60)
except stops.Stopped as stop:
    print(stop.code)
"""


def test_a_dropped_stop_comes_again():
    """Python drops what is raised while it deletes: the stop comes again, quietly."""
    done = subprocess.run([sys.executable, "-c", DROPPED], capture_output=True, text=True, timeout=60, check=False)
    assert (0, "143\n", "") == (done.returncode, done.stdout, done.stderr)
