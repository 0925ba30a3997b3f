"""What went wrong, as a page, a fragment or JSON, with the status that the error tree gives it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from allocator.core.errors import AllocatorError
from allocator.core.text import Text, text
from allocator.report.catalogue import render
from allocator.web import invalid
from allocator.web.look import Look
from allocator.web.templating import page

Lines = Sequence[tuple[Text, Text | None]]
SAID: dict[int, Text] = {
    400: text("This request cannot be read."),
    405: text("This cannot be done here."),
    408: text("The request did not arrive in time."),
    413: text("This is too much at once."),
}
"""Of failures that HTTP knows by number."""


def answer(request: Request, status: int, lines: Lines, headers: Mapping[str, str] | None = None) -> Response:
    """The failure in the form in which the answer was expected."""
    look = Look.of(request)
    if request.url.path.startswith(("/api/", "/healthz")):
        said = [
            {"message": render(message, look.lang), "hint": render(hint, look.lang) if hint else None}
            for message, hint in lines
        ]
        return JSONResponse({"errors": said}, status, headers=headers)
    fragment = request.headers.get("hx-request") == "true" and request.headers.get("hx-boosted") != "true"
    if fragment:  # shown beside the page that asked, which stays as it is
        retarget = {"HX-Retarget": "#toasts", "HX-Reswap": "beforeend", **(headers or {})}
        return page(request, "toast.html", {"lines": lines}, status=status, headers=retarget)
    return page(request, "failure.html", {"lines": lines, "status": status}, status=status, headers=headers)


def install(app: FastAPI) -> None:
    """Every failure leaves by one of these doors; none shows a traceback."""

    @app.exception_handler(AllocatorError)
    def _refused(request: Request, error: AllocatorError) -> Response:
        return answer(request, error.http_status, error.lines)

    @app.exception_handler(HTTPException)
    def _http(request: Request, error: HTTPException) -> Response:
        if error.status_code == 404:
            lines: Lines = [(text("There is no page {path}.", path=request.url.path), text("Choose one of the menu."))]
        else:
            lines = [(SAID.get(error.status_code) or text("{message}", message=error.detail), None)]
        return answer(request, error.status_code, lines, error.headers)

    @app.exception_handler(RequestValidationError)
    def _invalid(request: Request, error: RequestValidationError) -> Response:
        return answer(request, 422, invalid.lines(error.errors()))

    @app.exception_handler(Exception)
    def _internal(request: Request, error: Exception) -> Response:  # noqa: ARG001 -- the server's log has it
        lines: Lines = [(text("Something went wrong inside; the log of the server tells more."), None)]
        return answer(request, 500, lines)
