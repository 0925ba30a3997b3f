"""Whether a request that changes something was meant: it comes from a page of ours, and knows that page's token.

A browser is known by a random cookie, the `visit`; the token of its forms is sealed with the server's key, so it is of
no use to another browser, and nothing has to be kept.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from urllib.parse import urlsplit

from starlette.datastructures import Headers

FIELD, HEADER = "csrf", "X-CSRF-Token"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

_VISIT = re.compile("[A-Za-z0-9_-]{43}")


def new_visit() -> str:
    return secrets.token_urlsafe(32)


def is_visit(raw: str | None) -> bool:
    return raw is not None and bool(_VISIT.fullmatch(raw))


def token(key: bytes, visit: str) -> str:
    """The token of this browser's forms."""
    return hmac.new(key, f"csrf {visit}".encode(), hashlib.sha256).hexdigest()


def same(given: str | None, expected: str) -> bool:
    """In a time that tells nothing."""
    return given is not None and hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode())


def is_fetched_by_others(headers: Headers) -> bool:
    """Whether a page of another origin loads this into itself, as an image, a script or a frame: it has no business
    here. Following a link is another thing, and so is a browser that is too old to say.
    """
    if headers.get("sec-fetch-site", "none") in {"same-origin", "none"}:
        return False
    return headers.get("sec-fetch-mode") != "navigate" or headers.get("sec-fetch-dest") != "document"


def from_elsewhere(headers: Headers) -> bool:
    """Whether the browser says that a page of another origin asks. What is no browser says nothing.

    Another port of the same host is another origin, though `same-site`.
    """
    if headers.get("sec-fetch-site", "none") not in {"same-origin", "none"}:
        return True
    origin = headers.get("origin")
    if origin is None:
        return False
    try:
        parts = urlsplit(origin)
    except ValueError:
        return True
    return parts.scheme not in {"http", "https"} or parts.netloc.lower() != headers.get("host", "").lower()
