"""Libraries of statistics, loaded when a test needs them: they take a second that most commands can spare."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from allocator.core.errors import ForecastError
from allocator.core.text import text


def library(name: str) -> Any:  # noqa: ANN401 -- a module, typed or not
    """The module of that name. Raises: `ForecastError` when it is not installed."""
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        raise ForecastError(
            text("The tests of forecasts need {library}, which is not installed.", library=name.partition(".")[0]),
            text(
                "With the Python that runs allocator: python -m pip install {libraries}", libraries="arch statsmodels"
            ),
        ) from error
