"""What every answer tells the browser not to do."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders

_OURS = "default-src 'none'; base-uri 'none'; connect-src 'self'; font-src 'self'; form-action 'self'; "
_OURS += "frame-src 'self'; img-src 'self' data:; manifest-src 'self'; script-src 'self'; style-src 'self'; "
PAGE = _OURS + "frame-ancestors 'none'"
"""Of pages: scripts, styles and everything else from this server's files, nothing inline, in nobody's frame."""

REPORT = "default-src 'none'; base-uri 'none'; form-action 'none'; img-src data:; style-src 'unsafe-inline'; "
REPORT += "frame-ancestors 'self'; sandbox"
"""Of a report that carries its own style and stands in a frame of ours: an origin of its own, and no script at all.

A route says so itself: `HTMLResponse(report, headers={"Content-Security-Policy": headers.REPORT})`.
"""

_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # under `no-referrer` forms would come with `Origin: null`
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), "
    "microphone=(), midi=(), payment=(), usb=()",
    "X-Permitted-Cross-Domain-Policies": "none",
}
_VENDORED = "/static/vendor/"


def protect(headers: MutableHeaders, path: str) -> None:
    """Add what is missing; of policies for content only ours are let through."""
    policy = headers.get("Content-Security-Policy")
    if policy != REPORT:
        policy = headers["Content-Security-Policy"] = PAGE
    headers["X-Frame-Options"] = "SAMEORIGIN" if policy == REPORT else "DENY"
    for name, value in _ALWAYS.items():
        headers[name] = value
    headers.setdefault("Cache-Control", _caching(path))


def _caching(path: str) -> str:
    if path.startswith(_VENDORED):  # the name has the version
        return "public, max-age=31536000, immutable"
    return "no-cache" if path.startswith("/static/") else "no-store"
