"""Pages of other people with a place in them, between two marks, that a report is put in."""

from __future__ import annotations

from allocator.core.errors import UsageError
from allocator.core.text import Text, text


def between(page: str, marks: tuple[str, str], name: Text | str, part: str) -> str:
    """A page with the part of this name between its two marks, in place of what was there.

    Raises: `UsageError` for a page without the marks.
    """
    begin, end = marks
    before, found, rest = page.partition(begin)
    _, closed, after = rest.partition(end)
    if not found or not closed:
        raise UsageError(
            text("The page has no place for {name}.", name=name),
            text("Put these two lines into it: {lines}", lines=f"{begin} {end}"),
        )
    return f"{before}{begin}\n{part}\n{end}{after}"
