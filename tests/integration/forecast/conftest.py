"""The processes of these tests come from one server."""

from integration.forking import forks  # noqa: F401 -- a fixture that all of them use
