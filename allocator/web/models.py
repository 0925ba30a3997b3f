"""The models: who lives, who comes from whom, how far luck goes; and each of them by itself."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import HTMLResponse

from allocator.app.models_view import Ask, biography, population, stamp
from allocator.report.models import Population, biography_document, population_document
from allocator.store import Transaction
from allocator.web.answering import json_of
from allocator.web.freshness import of_accounts
from allocator.web.keeping import kept_page
from allocator.web.parts import part
from allocator.web.site import Site, TheSite
from allocator.web.templating import page

router = APIRouter()

Key = Annotated[str, Path(description="Of a model, living or not.", max_length=100)]


def asked(site: Site, tx: Transaction) -> Ask:
    from allocator.app.forecast_horizon import living_horizon  # noqa: PLC0415 -- what makes features comes with it
    from allocator.app.forecast_material import models_folder  # noqa: PLC0415

    said = site.settings.forecast
    folder = site.remembered.get("models folder", None, lambda: models_folder(site.store.name, said.models))
    at = of_accounts(tx, site.now()), tx.models.stamp()
    horizon = site.remembered.get("horizon", at, lambda: living_horizon(tx, said, said.interval))
    return Ask(said.interval, horizon, folder)


def seen(site: Site) -> tuple[Hashable, Population]:
    """The population, worked out once for each state of the store, and the stamp of that state."""
    with site.store.reading() as tx:
        ask = asked(site, tx)
        at = stamp(tx, ask)
        return at, site.remembered.get("models", at, lambda: population(tx, ask))


@router.get("/models", include_in_schema=False)
def models(request: Request, site: TheSite) -> HTMLResponse:
    def values() -> dict[str, object]:
        at, view = seen(site)
        some = view.models or view.aside
        listed = part(request, site, "models_population.html", at, {"view": view}) if some else None
        return {"view": view, "population": listed, "loop_runs": site.supervisor is not None}

    return kept_page(request, site, "models.html", values)


@router.get("/models/{key}", include_in_schema=False)
def model(request: Request, site: TheSite, key: Key) -> HTMLResponse:
    with site.store.reading() as tx:
        found = biography(tx, asked(site, tx), key)
    return page(request, "model.html", {"view": found, "model": found.model})


@router.get("/api/models", summary="The population of models")
def models_json(site: TheSite) -> Response:
    """`models` are of one `horizon`, that of forecasts; `aside` are of others.

    `search` is null before the evolution of that horizon has begun; null figures are unknown.
    """
    return json_of(population_document(seen(site)[1]))


@router.get("/api/models/{key}", summary="One model")
def model_json(site: TheSite, key: Key) -> Response:
    """What makes it and every judgement of it; 400 for an unknown key."""
    with site.store.reading() as tx:
        return json_of(biography_document(biography(tx, asked(site, tx), key)))
