"""What programs send as JSON: a field that nobody knows is a slip of the pen, and is refused."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class AskedModel(BaseModel):
    """The body of a request. Were a misspelt field passed over, its edit would seem to be made."""

    model_config = ConfigDict(extra="forbid")
