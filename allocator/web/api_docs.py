"""The API in words: the document of OpenAPI as a page of ours, without anybody else's scripts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from allocator.web.templating import page

router = APIRouter()
METHODS = ("get", "post", "put", "patch", "delete")

Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Parameter:
    """What a request may say: in the path, the query, a form or the body."""

    name: str
    place: str
    kind: str
    needed: bool
    about: str


@dataclass(frozen=True, slots=True)
class Operation:
    """A method of a path."""

    method: str
    path: str
    summary: str
    about: str
    parameters: tuple[Parameter, ...]
    changes: bool


@router.get("/api/docs", include_in_schema=False)
def docs(request: Request) -> HTMLResponse:
    document = request.app.openapi()
    values = {"operations": list(operations(document)), "base": str(request.base_url).rstrip("/")}
    return page(request, "api_docs.html", values)


def operations(document: Schema) -> Iterator[Operation]:
    """Everything that the API does, by path."""
    for path, methods in sorted(document.get("paths", {}).items()):
        for method in METHODS:
            if method in methods:
                yield _operation(document, path, method, methods[method])


def _operation(document: Schema, path: str, method: str, said: Schema) -> Operation:
    parameters = [
        Parameter(
            each["name"],
            each["in"],
            kind_of(document, each.get("schema", {})),
            needed=each.get("required", False),
            about=each.get("description", ""),
        )
        for each in said.get("parameters", ())
    ]
    for kind, content in said.get("requestBody", {}).get("content", {}).items():
        parameters += _fields(document, kind, content.get("schema", {}))
    return Operation(
        method.upper(),
        path,
        said.get("summary", ""),
        said.get("description", ""),
        tuple(parameters),
        changes=method != "get",
    )


def _fields(document: Schema, kind: str, schema: Schema) -> Iterator[Parameter]:
    """The fields of a body; of one that is no object, the body itself."""
    schema = _resolved(document, schema)
    needed = schema.get("required", ())
    if "properties" not in schema:
        yield Parameter("", kind, kind_of(document, schema), needed=True, about=schema.get("description", ""))
    for name, each in schema.get("properties", {}).items():
        yield Parameter(name, kind, kind_of(document, each), needed=name in needed, about=each.get("description", ""))


def kind_of(document: Schema, schema: Schema) -> str:
    """What a value may be, in a few words."""
    schema = _resolved(document, schema)
    if "const" in schema:
        return str(schema["const"])
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    for several in ("anyOf", "oneOf"):
        if several in schema:
            return " | ".join(dict.fromkeys(kind_of(document, each) for each in schema[several]))
    if schema.get("type") == "array":
        return f"[{kind_of(document, schema.get('items', {}))}]"
    kind = schema.get("format") or schema.get("type") or "any"
    return kind if isinstance(kind, str) else " | ".join(kind)


def _resolved(document: Schema, schema: Schema) -> Schema:
    """The schema that a reference names."""
    seen: list[str] = []
    while "$ref" in schema and schema["$ref"] not in seen:
        seen.append(schema["$ref"])
        found: Any = document
        for word in _words(schema["$ref"]):
            found = found.get(word, {})
        schema = found
    return schema


def _words(reference: str) -> Sequence[str]:
    return reference.removeprefix("#/").split("/")
