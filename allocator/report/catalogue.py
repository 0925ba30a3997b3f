"""Every sentence of the program in Russian, keyed by its English template.

Words of the portfolio file, names of columns and numbers are the same in both languages. Each room's sentences are in
a module of `allocator.report.phrases`, which loads when somebody speaks Russian.
"""

from __future__ import annotations

from functools import cache

from allocator.core.text import Text

LANGUAGES = ("en", "ru")


def render(message: Text | str, lang: str = "en") -> str:
    """The sentence in a language of `LANGUAGES`; a template without a translation stays English."""
    if isinstance(message, str):
        return message
    if lang != "ru":
        return str(message)
    phrases = russian()
    return message.render(lambda template: phrases.get(template, template))


@cache
def russian() -> dict[str, str]:
    """English template -> Russian template, of all rooms."""
    from allocator.report import phrases  # noqa: PLC0415 -- thirty kilobytes that an English reader does without

    return {template: said for room in phrases.rooms() for template, said in room.items()}
