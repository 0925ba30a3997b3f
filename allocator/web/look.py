"""How this reader wants the pages: language, theme, amounts hidden; kept in cookies, for they are nobody's data."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import Request

from allocator.report.catalogue import LANGUAGES

THEMES = ("system", "light", "dark")
YEAR_S = 365 * 24 * 3600
HIDDEN = "•••"  # what stands in place of an amount


@dataclass(frozen=True, slots=True)
class Look:
    """The choices of one browser."""

    lang: str = "en"
    theme: str = "system"
    discreet: bool = False

    @classmethod
    def of(cls, request: Request) -> Look:
        """From the cookies; a language that nobody chose is the browser's own."""
        cookies = request.cookies
        lang = cookies.get("lang", "")
        if lang not in LANGUAGES:
            lang = "ru" if request.headers.get("accept-language", "").lower().startswith("ru") else "en"
        theme = cookies.get("theme", "")
        return cls(lang, theme if theme in THEMES else "system", cookies.get("discreet") == "yes")
