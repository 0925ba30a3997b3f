"""Templates: what they may call, and how a page is made of one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from allocator.core.moscow import MOSCOW
from allocator.core.text import Text, text
from allocator.report import numbers
from allocator.report.catalogue import render
from allocator.web.look import HIDDEN, Look
from allocator.web.visible import visible

HERE = Path(__file__).parent
NONE = "–"  # what is not known


@dataclass(frozen=True, slots=True)
class Item:
    """An entry of the menu."""

    path: str
    title: Text


MENU = (
    Item("/", text("Portfolio")),
    Item("/accounts", text("Accounts")),
    Item("/dividends", text("Dividends")),
    Item("/forecast", text("Forecast")),
    Item("/optimization", text("Optimization")),
    Item("/rebalance", text("Rebalance")),
    Item("/backtest", text("Backtest")),
    Item("/data", text("Data")),
    Item("/models", text("Models")),
    Item("/settings", text("Settings")),
)


SOURCES = {
    "manual": text("typed by hand"),
    "detected": text("found by prices"),
    "shipped": text("came with the program"),
    "iss": text("the exchange"),
}
"""Where a split or a dividend is known from; other collections go by their names."""


class Words:
    """What a template says, in the reader's language, with amounts hidden where that is wanted.

    In templates: `_("English sentence {x}", x=...)`, `say(a_text)`, `source(...)`, `money(...)`, `units(...)`,
    `percent(...)`, `seconds(...)`, `day(...)`, `moment(...)`; None becomes a dash.
    """

    def __init__(self, look: Look) -> None:
        self._look = look

    def __call__(self, template: str, /, **values: object) -> str:
        return render(Text(template, values), self._look.lang)

    def say(self, said: Text | str | None) -> str:
        return NONE if said is None else render(said, self._look.lang)

    def source(self, name: str) -> str:
        """Where something is known from."""
        return self.say(SOURCES.get(name, name))

    def money(self, value: Decimal | float | None, *, signed: bool = False) -> str:
        """An amount to the kopeck, or dots for a discreet reader."""
        return self._hidden(value) or self._signed(numbers.money(_decimal(value)), value, signed=signed)

    def units(self, value: Decimal | float | None, *, signed: bool = False) -> str:
        """A number of units or lots: an amount too, for a price is no secret."""
        return self._hidden(value) or self._signed(numbers.units(_decimal(value)), value, signed=signed)

    def price(self, value: Decimal | float | None) -> str:
        return NONE if value is None else numbers.units(_decimal(value))

    def percent(self, fraction: Decimal | float | None, *, signed: bool = False, places: int = 2) -> str:
        """A share (0..1) in percent; not hidden."""
        if fraction is None or fraction != fraction:  # noqa: PLR0124 -- NaN
            return NONE
        return f"{float(fraction):{'+' if signed else ''}.{places}%}"

    @staticmethod
    def seconds(value: float) -> str:
        """How long something took: below ten seconds with a decimal, so that a short while is not nothing."""
        tenths = round(value, 1)
        return f"{tenths:.1f}" if tenths < 10 else f"{value:.0f}"

    @staticmethod
    def day(value: date | None) -> str:
        return NONE if value is None else f"{value:%Y-%m-%d}"

    @staticmethod
    def moment(value: datetime | None) -> str:
        """In Moscow, to the minute."""
        if value is None:
            return NONE
        return f"{value.astimezone(MOSCOW) if value.tzinfo else value:%Y-%m-%d %H:%M}"

    def _hidden(self, value: Decimal | float | None) -> str | None:
        if value is None or value != value:  # noqa: PLR0124 -- NaN
            return NONE
        return HIDDEN if self._look.discreet else None

    @staticmethod
    def _signed(said: str, value: Decimal | float | None, *, signed: bool) -> str:
        return f"+{said}" if signed and value is not None and value > 0 else said


def _decimal(value: Decimal | float | None) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(repr(value))


@cache
def environment() -> Environment:
    """All output is escaped, and in its own order; a name that nobody gave is an error."""
    return Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=select_autoescape(default=True),
        finalize=visible,
        undefined=StrictUndefined,
        auto_reload=False,  # templates change with the program: nobody looks at their files for each page
        trim_blocks=True,
        lstrip_blocks=True,
    )


def page(
    request: Request,
    template: str,
    values: Mapping[str, Any] | None = None,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> HTMLResponse:
    """The page, or fragment, that this template makes of the values.

    Templates know besides: `_` and its siblings of `Words`, `look`, `menu`, `path` (of this request), `csrf` (the token
    of forms), `signed_in` (by a password), `data(...)` (values for a script, as an inert block of JSON).
    """
    look = Look.of(request)
    known = {
        **spoken(look),
        "look": look,
        "menu": MENU,
        "path": request.url.path,
        "csrf": getattr(request.state, "csrf", ""),
        "signed_in": getattr(request.state, "signed_in", False),
        "data": data_block,
        "request": request,
    }
    content = environment().get_template(template).render({**known, **(values or {})})
    return HTMLResponse(content, status, headers=dict(headers or {}))


def spoken(look: Look) -> dict[str, Any]:
    """`_` and its siblings, as a reader wants them."""
    words = Words(look)
    names = ("say", "source", "money", "units", "price", "percent", "seconds", "day", "moment")
    return {"_": words, **{name: getattr(words, name) for name in names}}


def data_block(name: str, value: Any) -> Markup:  # noqa: ANN401 -- whatever JSON can say
    """A block of JSON that a script of ours finds by its id; nothing in it can end it or run."""
    from allocator.report import dumps  # noqa: PLC0415

    inert = dumps(value, indent=None).replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    return Markup('<script type="application/json" id="{}">{}</script>').format(name, Markup(inert))  # noqa: S704
