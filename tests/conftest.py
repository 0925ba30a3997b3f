"""What every test stands on: no network, one environment, golden files, and hypothesis without a stop-watch."""

from __future__ import annotations

import difflib
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

HERE = Path(__file__).parent
GOLDEN = HERE / "golden"
OFFLINE = HERE / "offline"

# The market room's local exchange, the store room's databases and a server of pages serve all kinds of tests alike.
PLUGINS = ("fixtures_iss", "fixtures_store", "web_site")
pytest_plugins = [name for name in PLUGINS if (HERE / f"{name}.py").exists()]

# Nobody pulls the plug on a test: what it writes lies in memory where that is roomy, and a commit waits for no disk.
MEMORY = Path("/dev/shm")
ENOUGH_BYTES = 3 * 2**30


def roomy(place: Path) -> bool:
    """Whether tests may write to, and run from, this folder as they do in the one for temporary files."""
    if not os.access(place, os.W_OK | os.X_OK) or shutil.disk_usage(place).free < ENOUGH_BYTES:
        return False
    return not os.statvfs(place).f_flag & os.ST_NOEXEC


if sys.platform == "linux" and "TMPDIR" not in os.environ and roomy(MEMORY):
    os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)

# Only the loopback is reached, in this process and (by PYTHONPATH) in each that a test starts.
sys.path.append(str(OFFLINE))
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (str(OFFLINE), os.environ.get("PYTHONPATH"))))
import fence  # noqa: E402, F401 -- importing it is what it is for

# An answer must not depend on who runs the tests: their language, colours, proxies or width of terminal.
for name in (
    "LANG",
    "LANGUAGE",
    "LC_MESSAGES",
    "ALLOCATOR_LANG",
    "ALLOCATOR_ISS_URL",
    "ALLOCATOR_CONFIG",
    "ALLOCATOR_STORE",
    "ALLOCATOR_TELEGRAM_URL",
    "NO_COLOR",
    "FORCE_COLOR",
    "CLICOLOR_FORCE",
    "PY_COLORS",
):
    os.environ.pop(name, None)
for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
    os.environ.pop(name, None)
    os.environ.pop(name.upper(), None)
os.environ |= {"LC_ALL": "C.UTF-8", "COLUMNS": "80"}
# Nor on the settings and the store that they keep for themselves.
NOBODY = tempfile.TemporaryDirectory(prefix="allocator-nobody-")
os.environ |= {f"XDG_{kind}_HOME": str(Path(NOBODY.name) / kind.lower()) for kind in ("CONFIG", "DATA")}

# The speed of a shared machine is no property of the program; CI repeats the same examples, a person explores.
settings.register_profile("local", deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("local"), derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "local")


# What each worker of pytest-xdist would make for itself: tests of one of these stay on one worker. Its marks for groups
# are of no effect under pytest 9.2, which names tests by itself.
TOGETHER = (
    "tests/e2e/browser/",
    "tests/integration/forecast/test_ray_pool.py",
    "tests/integration/store/test_store_recorded.py",
    "tests/unit/forecast/features/test_features_recorded.py",
)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """With `--dist loadgroup`: as xdist would, but told by path what belongs together."""
    if config.getvalue("dist") != "loadgroup":
        return None
    from xdist.scheduler import LoadScopeScheduling  # noqa: PLC0415

    class Together(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return next((each for each in TOGETHER if nodeid.startswith(each)), nodeid)

    return Together(config, log)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="rewrite tests/golden/* with what the tests now get")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """`golden(name, actual)`: the text is the one of tests/golden/NAME, to the last character."""

    def check(name: str, actual: str) -> None:
        path = GOLDEN / name
        if request.config.getoption("--update-golden"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(actual, encoding="utf-8", newline="\n")
            return
        expected = path.read_text(encoding="utf-8") if path.exists() else ""
        if actual != expected:
            lines = expected.splitlines(), actual.splitlines()
            diff = "\n".join(difflib.unified_diff(*lines, f"tests/golden/{name}", "now", lineterm="", n=2))
            pytest.fail(
                f"{diff or 'only the line ends differ'}\n\nIf this is right: pytest --update-golden", pytrace=False
            )

    return check
