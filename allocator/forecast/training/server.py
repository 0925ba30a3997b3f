"""Importing this, the first thing that a server of workers loads, lets Ctrl+C end it at once and without a word.

While it loads torch, seconds by and by, Python would say where it was interrupted. Later it does not listen.
"""

from __future__ import annotations

import signal

signal.signal(signal.SIGINT, signal.SIG_DFL)
signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
