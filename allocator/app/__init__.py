"""Use cases: what the program can be asked for, free of any screen. `wire` alone meets the outside world."""
