"""Parts of pages that are long to write and the same for many readers: written once for each state of the store."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

from fastapi import Request
from markupsafe import Markup

from allocator.web.look import Look
from allocator.web.site import Site
from allocator.web.templating import environment, spoken


def part(
    request: Request, site: Site, template: str, stamp: Hashable, values: Mapping[str, Any], variant: str = ""
) -> Markup:
    """What the template makes of the values: remembered for each language and discretion, as long as the stamp stays.

    It must not say anything that is one reader's alone: it knows neither the request nor the token of forms, so forms
    and what depends on the address stay outside. `variant` names one of a few ways to ask.
    """
    look = Look.of(request)
    name = f"part {template} {look.lang} {look.discreet} {variant}"

    def written() -> Markup:
        return Markup(environment().get_template(template).render({**spoken(look), **values}))  # noqa: S704 -- escaped

    return site.remembered.get(name, stamp, written)
