"""What the templates of the pages say: the literals of `_("...")`, found in jinja2's own tree."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from jinja2 import Environment, nodes

import allocator

TEMPLATES = Path(allocator.__file__).parent / "web" / "templates"


def trees() -> Iterator[tuple[str, nodes.Template]]:
    """Each template's name and tree."""
    for path in sorted(TEMPLATES.rglob("*.html")):
        yield path.relative_to(TEMPLATES).as_posix(), Environment(autoescape=True).parse(path.read_text("utf-8"))


def calls() -> Iterator[tuple[str, nodes.Call]]:
    """Every call of `_`, and where it stands."""
    for name, tree in trees():
        for call in tree.find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name == "_":
                yield f"{name}:{call.lineno}", call


def words() -> dict[str, str]:
    """The templates of sentences that are literals: where each stands first."""
    found: dict[str, str] = {}
    for at, call in calls():
        if call.args and isinstance(call.args[0], nodes.Const) and isinstance(call.args[0].value, str):
            found.setdefault(call.args[0].value, at)
    return found
