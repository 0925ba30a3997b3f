"""The page of results, made of parts: each benchmark writes its own and leaves the others' as they are."""

from __future__ import annotations

from pathlib import Path

RESULTS = Path(__file__).with_name("RESULTS.md")


def write_part(name: str, text: str, path: Path = RESULTS) -> None:
    """Replace the part of that name, or add it at the end."""
    first, last = f"<!-- {name} -->", f"<!-- end of {name} -->"
    page = path.read_text(encoding="utf-8") if path.exists() else ""
    before, found, rest = page.partition(first)
    after = rest.partition(last)[2] if found else ""
    parts = (before.strip(), f"{first}\n\n{text.strip()}\n\n{last}", after.strip())
    path.write_text("\n\n".join(filter(None, parts)) + "\n", encoding="utf-8")


def table(header: list[str], rows: list[list[str]]) -> list[str]:
    """Lines of Markdown, with an empty one after them."""
    return [
        "| " + " | ".join(header) + " |",
        "|" + "---|" * len(header),
        *("| " + " | ".join(row) + " |" for row in rows),
        "",
    ]
