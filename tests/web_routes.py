"""Every route that the pages have, and a reader of HTML that finds what must not be in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from importlib import import_module
from urllib.parse import quote

from fastapi.routing import APIRoute

SAFE = {"GET", "HEAD", "OPTIONS"}
STREAMS = {"/stream"}  # they do not end by themselves
_PLACE = re.compile(r"\{([^}:]+)(?::[^}]+)?\}")


@dataclass(frozen=True)
class Route:
    """A method of a path, as it stands in the code."""

    method: str
    path: str

    @property
    def fields(self) -> list[str]:
        return _PLACE.findall(self.path)

    def filled(self, value: str) -> str:
        """The path with this in place of every parameter, as it is."""
        return _PLACE.sub(lambda _: value, self.path)

    def named(self, name: str) -> str:
        return self.filled(quote(name, safe=""))


def routes() -> list[Route]:
    """Of all pages and of the API."""
    from allocator.web.app import PAGES  # noqa: PLC0415 -- most tests have no pages

    return sorted(_routes(PAGES), key=lambda each: (each.path, each.method))


def _routes(pages: tuple[str, ...]) -> Iterator[Route]:
    for name in pages:
        for each in import_module(f"allocator.web.{name}").router.routes:
            assert isinstance(each, APIRoute), f"a route of another kind: {each}"
            yield from (Route(method, each.path) for method in each.methods)


def reading() -> list[Route]:
    """Those that change nothing and come to an end."""
    return [each for each in routes() if each.method == "GET" and each.path not in STREAMS]


def changing() -> list[Route]:
    return [each for each in routes() if each.method not in SAFE]


@dataclass
class Page(HTMLParser):
    """What a browser would find in a page. `wrong`: scripts, styles and addresses that are not of this server."""

    wrong: list[str] = field(default_factory=list)
    tags: set[str] = field(default_factory=set)
    text: list[str] = field(default_factory=list)
    forms: list[dict[str, str | None]] = field(default_factory=list)
    tokens: int = 0

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        given = dict(attrs)
        if len(given) < len(attrs):
            self.wrong.append(f"<{tag}> says something twice: {attrs}")
        for name, value in attrs:
            if name.startswith("on") or name in {"style", "srcdoc"}:
                self.wrong.append(f"<{tag} {name}={value!r}>")
            if name in {"href", "src", "action", "formaction", "hx-get", "hx-post", "hx-put", "hx-delete"}:
                self._address(tag, name, value or "")
        if tag == "script" and "src" not in given and given.get("type") != "application/json":
            self.wrong.append(f"an inline <script>: {attrs}")
        if tag in {"style", "object", "embed", "base", "marquee"}:
            self.wrong.append(f"<{tag}>")
        if tag == "form":
            self.forms.append(given)
        if tag == "input" and given.get("name") == "csrf" and given.get("value"):
            self.tokens += 1

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def _address(self, tag: str, name: str, value: str) -> None:
        if re.match(r"https?://(?!127\.0\.0\.1)|//|/\\|[a-z+.-]+:(?!//)", value.strip(), re.IGNORECASE):
            self.wrong.append(f"<{tag} {name}={value!r}>")


def page_of(html: str) -> Page:
    found = Page()
    found.feed(html)
    found.close()
    return found
