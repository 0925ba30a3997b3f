"""Libraries of statistics, loaded when a test needs them: they take a second that most commands can spare."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from allocator.core.errors import ForecastError
from allocator.core.text import text

INSTALLED_AS = {"sklearn": "scikit-learn"}  # where the name for pip is another


def library(name: str) -> Any:  # noqa: ANN401 -- a module, typed or not
    """The module of that name. Raises: `ForecastError` when it is not installed."""
    try:
        return import_module(name)
    except ModuleNotFoundError as error:  # of the library, or of another that it needs
        missing = (error.name or name).partition(".")[0]
        raise ForecastError(
            text("The statistics of forecasts need {library}, which is not installed.", library=missing),
            text(
                "With the Python that runs allocator: python -m pip install {libraries}",
                libraries=INSTALLED_AS.get(missing, missing),
            ),
        ) from error
