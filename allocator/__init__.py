"""allocator: the provably best whole-lot trades for a portfolio on the Moscow Exchange."""

__version__ = "0.1.0"
