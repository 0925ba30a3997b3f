"""The portfolio file: INI text to a frozen `Portfolio`; every error says file:line, section and key.

The user's guide is `docs/portfolio-file.md`; the words that a file may use stand in `words.py`.
"""

from allocator.config.portfolio_file import load, parse

__all__ = ["load", "parse"]
