"""Libraries that may be absent: the error names the one that is missing, as pip knows it."""

from __future__ import annotations

from pathlib import Path

import pytest

from allocator.core.errors import ForecastError
from allocator.forecast.libraries import library


def test_library_that_is_there_is_loaded() -> None:
    """Any module, by its name."""
    assert "statistics" == library("statistics").__name__


@pytest.mark.parametrize(
    ("source", "missing", "pip"),
    [
        ("import absent_of_all", "absent_of_all", "absent_of_all"),
        ("raise ModuleNotFoundError('x', name='sklearn.covariance')", "sklearn", "scikit-learn"),
    ],
)
def test_what_is_missing_is_named(
    source: str, missing: str, pip: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not the library that was asked for, where it is there and another that it needs is not."""
    (tmp_path / "half_installed.py").write_text(source)
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(ForecastError, match=rf"need {missing}, which is not installed.*pip install {pip}$"):
        library("half_installed")
