"""The portfolio file: INI text to a frozen `Portfolio`; every error says file:line, section and key.

The user's guide is `docs/portfolio-file.md`; the words that a file may use stand in `words.py`. `values` and
`ticker` read single values, for prompts and command-line options; they raise `BadValueError`.
"""

from allocator.config import values
from allocator.config.findings import BadValueError
from allocator.config.portfolio_file import load, parse
from allocator.config.tickers import ticker

__all__ = ["BadValueError", "load", "parse", "ticker", "values"]
