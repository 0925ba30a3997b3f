"""Whole pages that are the same for many readers but for the token of their forms: written once for each state."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Hashable, Mapping
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse

from allocator.web.look import Look
from allocator.web.site import Site
from allocator.web.templating import page

EACH_S = 60  # what a page says of the time is never older


def kept_page(
    request: Request, site: Site, template: str, values: Callable[[], Mapping[str, Any]], besides: Hashable = None
) -> HTMLResponse:
    """The page that the template makes of the values: kept for its address and look while nobody changes the store.

    It may depend on the address, the look, the store, the time to the minute and `besides`. In what is kept a word that
    nobody can guess stands for the token. An address with a question is asked too rarely to be kept.
    """
    if request.url.query:
        return page(request, template, values())
    look, signed_in = Look.of(request), getattr(request.state, "signed_in", False)
    word = site.remembered.get("word of kept pages", None, lambda: secrets.token_hex(32))

    def written() -> bytes:
        return bytes(page(request, template, {**values(), "csrf": word}).body)

    stamp = site.store.version(), site.now().timestamp() // EACH_S, besides
    name = f"page {request.scope['path']} {look.lang} {look.theme} {look.discreet} {signed_in}"
    content = site.remembered.get(name, stamp, written)
    return HTMLResponse(content.replace(word.encode(), getattr(request.state, "csrf", "").encode()))
