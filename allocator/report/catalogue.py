"""Every sentence of the program in Russian, keyed by its English template."""

from __future__ import annotations

from allocator.core.text import Text

LANGUAGES = ("en", "ru")

RUSSIAN: dict[str, str] = {}


def render(message: Text | str, lang: str = "en") -> str:
    """The sentence in a language of `LANGUAGES`; a template without a translation stays English."""
    if isinstance(message, str):
        return message
    return message.render(lambda template: RUSSIAN.get(template, template) if lang == "ru" else template)
