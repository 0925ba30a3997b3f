"""What the policy of content and the guard of forms demand of every template, seen in its source."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

import pytest
from template_words import TEMPLATES

JINJA = re.compile(r"{#.*?#}|{{.*?}}|{%.*?%}", re.DOTALL)
MACRO = re.compile(r"{%-?\s*macro (\w+)\([^)]*\)\s*-?%}(.*?){%-?\s*endmacro\s*-?%}", re.DOTALL)
CHANGES = {"hx-post", "hx-put", "hx-patch", "hx-delete"}
PAGES = [path.relative_to(TEMPLATES).as_posix() for path in sorted(TEMPLATES.rglob("*.html"))]


@dataclass
class Tag:
    """An element with what is in it, as far as it stands in the same file."""

    name: str
    given: dict[str, str]
    line: int
    inside: list[Tag] = field(default_factory=list)

    @property
    def all(self) -> Iterator[Tag]:
        for each in self.inside:
            yield each
            yield from each.all


class Reader(HTMLParser):
    """The tree of a template whose own language was taken out."""

    VOID = frozenset({"meta", "link", "input", "img", "br", "hr", "col", "source", "area", "wbr"})

    def __init__(self, source: str) -> None:
        super().__init__()
        self.root = Tag("", {}, 0)
        self.open = [self.root]
        for name, body in MACRO.findall(source):  # a macro of the same file is read where it is called
            source = re.sub(rf"{{{{\s*{name}\(.*?\)\s*}}}}", lambda _, body=body: body.replace("\n", " "), source)
        self.feed(JINJA.sub(lambda found: "\n" * found[0].count("\n"), source))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        made = Tag(tag, {name: value or "" for name, value in attrs}, self.getpos()[0])
        self.open[-1].inside.append(made)
        if tag not in self.VOID:
            self.open.append(made)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open[-1].inside.append(Tag(tag, {name: value or "" for name, value in attrs}, self.getpos()[0]))

    def handle_endtag(self, tag: str) -> None:
        names = [each.name for each in self.open]
        if tag in names:
            del self.open[len(names) - 1 - names[::-1].index(tag) :]


def tags(page: str) -> list[Tag]:
    return list(Reader((TEMPLATES / page).read_text(encoding="utf-8")).root.all)


def test_the_reader_finds_what_is_forbidden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The tests below can fail."""
    source = '<form method="post"><p style="color: red" {% if a %}hidden{% endif %} onclick="b()">{{ c }}</p></form>'
    (tmp_path / "bad.html").write_text(source)
    monkeypatch.setattr("test_web_markup.TEMPLATES", tmp_path)
    for test in (test_nothing_is_styled_or_run_in_line, test_every_form_that_changes_something_has_the_token):
        with pytest.raises(AssertionError):
            test("bad.html")


@pytest.mark.parametrize("page", PAGES)
def test_nothing_is_styled_or_run_in_line(page: str):
    """No style, no script but files of ours and inert data, no handler of events, nothing that htmx would evaluate."""
    found = []
    for tag in tags(page):
        inert = "src" in tag.given or tag.given.get("type") == "application/json"
        wrong = [name for name in tag.given if name == "style" or name.startswith(("on", "hx-on"))]
        wrong += [name for name, value in tag.given.items() if value.lstrip().startswith(("javascript:", "js:"))]
        wrong += [tag.name] if tag.name == "style" or (tag.name == "script" and not inert) else []
        found += [f"{page}:{tag.line} {each}" for each in wrong]
    assert [] == found


@pytest.mark.parametrize("page", PAGES)
def test_every_form_that_changes_something_has_the_token(page: str):
    """Without it the guard refuses the form."""
    forms = [tag for tag in tags(page) if tag.name == "form"]
    changing = [form for form in forms if form.given.get("method", "").lower() == "post" or CHANGES & form.given.keys()]
    without = [form for form in changing if "csrf" not in {each.given.get("name") for each in form.all}]
    assert [] == [f"{page}:{form.line}" for form in without]


@pytest.mark.parametrize("page", PAGES)
def test_nothing_is_fetched_from_elsewhere(page: str):
    """Pages stand on what this server has: files of others are neither linked nor drawn."""
    sources = [
        (tag, tag.given.get("src") or (tag.given.get("href", "") if tag.name == "link" else "")) for tag in tags(page)
    ]
    assert [] == [f"{page}:{tag.line} {source}" for tag, source in sources if "//" in source]
