"""The documentation holds: its links lead somewhere, and what it shows the program printing is what it prints.

A fenced block marked `console` begins with `$ allocator ...` and goes on with the answer, to the letter.
`pytest --update-golden tests/e2e/test_docs.py` writes the answers of now into the documents.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from allocator.cli.commands import root
from allocator.core import errors

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    path.relative_to(ROOT).as_posix()
    for pattern in ("*.md", "docs/**/*.md", "samples/*.md", "tests/*/**/*.md", "benchmarks/*.md", "configs/*.md")
    for path in ROOT.glob(pattern)
)
BLOCK = re.compile(r"^```console\n\$ (allocator .*)\n((?:.*\n)*?)```$", re.MULTILINE)
LINK = re.compile(r"\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]+))?\)")


def read(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def answer_to(command: str) -> str:
    """What a person sees after typing this at the root of the repository, on a machine fast enough for a full proof."""
    words = [sys.executable, "-m", *shlex.split(command)]
    if words[3].endswith(".ini"):
        words += ["--gap", "0"]  # a slow or busy one would settle for less after a second
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False, timeout=60)
    assert done.returncode == 0, f"{command}: {done.stderr}"
    return done.stdout + done.stderr


def anchors(page: str) -> set[str]:
    """The names that GitHub gives to a page's headings."""
    headings = re.findall(r"^#+ (.*)$", read(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page):
    """Each relative link names a file of the repository, and a heading in it if it names one."""
    lost = []
    for target, anchor in LINK.findall(read(page)):
        place = ((ROOT / page).parent / target).resolve() if target else ROOT / page
        if not place.exists() or (anchor and anchor not in anchors(str(place.relative_to(ROOT)))):
            lost.append(f"{target}#{anchor}")
    assert lost == []


@pytest.mark.parametrize("page", [page for page in PAGES if BLOCK.search(read(page))])
def test_shown_answers_are_the_answers(page, request):
    """Tables and help in the documents are those of the program of today."""
    shown = read(page)
    now = BLOCK.sub(lambda block: f"```console\n$ {block[1]}\n{answer_to(block[1])}```", shown)
    if request.config.getoption("--update-golden"):
        (ROOT / page).write_text(now, encoding="utf-8", newline="\n")
    else:
        assert now == shown, f"pytest --update-golden tests/e2e/test_docs.py rewrites {page}"


def test_every_command_is_documented():
    """The help of each command stands in docs/commands.md."""
    documented = {command for command, _ in BLOCK.findall(read("docs/commands.md"))}
    wanted = {f"allocator {name} --help" for name, command in root.commands.items() if not command.hidden}
    assert set() == wanted - documented


def test_every_exit_code_is_documented():
    """The README's table of exit codes has those of the error tree, and success."""
    tree = [errors.AllocatorError]
    for error in tree:
        tree.extend(error.__subclasses__())
    codes = {0, *(error.exit_code for error in tree)}
    assert codes == {int(code) for code in re.findall(r"^\| ([0-9]+) \| ", read("README.md"), re.MULTILINE)}
