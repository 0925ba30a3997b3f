"""Python imports this by itself at its start wherever the folder stands on PYTHONPATH."""

import fence  # noqa: F401 -- importing it is what it is for
