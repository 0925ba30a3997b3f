"""Walk-forward backtests: a market bar by bar, strategies that see no later than now, what deals cost, what it came to.

Pure: arrays in, frozen values out. `docs/backtest-rules.md` says how each case is dealt with and each figure made.
"""
