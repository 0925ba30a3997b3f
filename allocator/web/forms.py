"""What a form says: its fields as words, none of them too long, and the file that may come with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Request
from starlette.datastructures import UploadFile

from allocator.core.errors import UsageError
from allocator.core.text import text

MOST_FIELDS = 20_000  # an account of thousands of securities
LONGEST = 1000  # characters of a field
LARGEST_FILE = 2**18  # bytes of a portfolio file: what `allocator.config` reads


@dataclass(frozen=True, slots=True)
class Sent:
    """A form as it was sent; of fields of one name, the last."""

    fields: Mapping[str, str] = field(default_factory=dict)
    file: tuple[str, bytes] | None = None  # its name and content; None where none was chosen

    def get(self, name: str, default: str = "") -> str:
        return self.fields.get(name, default)

    def version(self, name: str = "version") -> int:
        """What the form began from. Raises: `UsageError` where that is no number."""
        raw = self.get(name)
        if not raw.isascii() or not raw.isdigit() or len(raw) > 9:
            raise UsageError(text("This form does not say which version it began from."), text("Load the page again."))
        return int(raw)

    def of(self, prefix: str) -> Mapping[str, str]:
        """The fields named `prefix.KEY`, by KEY."""
        start = f"{prefix}."
        return {name.removeprefix(start): raw for name, raw in self.fields.items() if name.startswith(start)}


async def sent(request: Request) -> Sent:
    """Raises: `UsageError` for a field or a file that is too large."""
    async with request.form(max_files=1, max_fields=MOST_FIELDS) as form:
        fields, file = {}, None
        for name, value in form.multi_items():
            if isinstance(value, UploadFile):
                content = await value.read(LARGEST_FILE + 1)
                if len(content) > LARGEST_FILE:
                    raise UsageError(
                        text("The file is larger than {size} KiB, the most that is read.", size=LARGEST_FILE // 1024)
                    )
                file = (value.filename or "", content) if value.filename else None
            elif len(value) > LONGEST or len(name) > LONGEST:
                raise UsageError(text("A field has at most {count} characters.", count=LONGEST))
            else:
                fields[name] = value
    return Sent(fields, file)


TheForm = Annotated[Sent, Depends(sent)]
