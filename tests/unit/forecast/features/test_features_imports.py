"""What reads features loads no library that only makes them."""

import subprocess
import sys

import pytest

READS = "from allocator.forecast.features import Features, Scaler, load, save"


def loaded(code: str) -> set[str]:
    """Which heavy libraries a fresh interpreter has loaded after the code."""
    script = f"{code}\nimport sys\nprint(*{{'torch', 'pandas', 'talib'}} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert not done.stderr
    return set(done.stdout.split())


def test_reading_features_loads_neither_talib_nor_torch():
    """A worker that trains on features made before spends no second on what made them."""
    assert set() == loaded(READS)


def test_making_features_loads_no_torch():
    """Only networks, losses and training know torch."""
    assert "torch" not in loaded("from allocator.forecast.features import build")


def test_missing_talib_is_said_in_words():
    """Without the extra the error says what to type; what reads features works on."""
    code = f"""
import sys
sys.modules['talib'] = None
{READS}
from allocator.core.errors import ForecastError
try:
    from allocator.forecast.features import build
except ForecastError as error:
    assert "python -m pip install TA-Lib" in str(error), error
else:
    raise AssertionError
"""
    assert set() == loaded(code) - {"talib"}


def test_unknown_name_is_an_error():
    """A name that is not here is refused as of any module."""
    with pytest.raises(ImportError, match="forecast"):
        from allocator.forecast.features import forecast  # noqa: F401, PLC0415
