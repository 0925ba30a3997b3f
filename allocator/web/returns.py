"""Back to where a reader came from, which is a page of ours or none."""

from __future__ import annotations

import re
from urllib.parse import quote, urlencode

from fastapi.responses import RedirectResponse

HOME = "/"
LONGEST = 2000
_PATH = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]*")


def ours(raw: str) -> str:
    r"""The path if it is one of this server's, else the front page.

    Browsers read `//host`, `/\host` and paths with tabs or new lines in them as addresses of other hosts.
    """
    return raw if len(raw) <= LONGEST and _PATH.fullmatch(raw) else HOME


def back_to(raw: str) -> RedirectResponse:
    """After a change: look at the page anew."""
    return RedirectResponse(ours(raw), 303)


def sign_in_path(wanted: str) -> str:
    """The page of the password, which leads on to what was wanted."""
    return "/login" if wanted == HOME else f"/login?{urlencode({'next': wanted}, quote_via=quote)}"
