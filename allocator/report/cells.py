"""Cells of a CSV file as spreadsheets take them."""

from __future__ import annotations

RISKY = ("=", "+", "-", "@", "\t", "\r")  # how a cell begins that a spreadsheet would run


def harmless(cell: str) -> str:
    """Words of others, such as names, that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(RISKY) else cell
