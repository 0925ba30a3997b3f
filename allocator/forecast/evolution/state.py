"""What an evolution remembers between steps: all of it in one line of JSON, so that a step is kept whole or not."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from typing import Any

from allocator.core.errors import ForecastError
from allocator.core.text import text
from allocator.forecast.evolution.adaptation import Search
from allocator.forecast.evolution.genome import Genes

FORMAT = 1
COUNTED = ("accepted", "rejected", "failed", "deleted", "judged again", "looks")


@dataclass(frozen=True, slots=True)
class Member:
    """A living recipe: its genes by name, the file of its newest record ("" before one), how often it was judged,
    when last, and on how many days in sequence it could not be trained.
    """

    genes: Genes
    record: str = ""
    age: int = 0
    day: date | None = None
    failures: int = 0


@dataclass(frozen=True, slots=True)
class Proposal:
    """What step `number` is to train: a new recipe (`young`), or a living one again. `key` names it in the store."""

    number: int
    key: str
    spec: str  # JSON
    genes: Genes
    parents: tuple[str, ...]
    young: bool
    test_days: int


@dataclass(frozen=True, slots=True)
class State:
    """`begun` steps are proposed, those `pending` not judged yet: after a kill they are proposed again, the same.

    `elders` were chosen for `elders_day`, and `newcomers` were accepted since. `sown` of the first recipes were
    proposed. `rejected`: the last step's was.
    """

    seed: int
    begun: int = 0
    sown: int = 0
    search: Search = field(default_factory=Search)
    rejected: bool = False
    elders_day: date | None = None
    elders: tuple[str, ...] = ()
    newcomers: int = 0
    members: Mapping[str, Member] = field(default_factory=dict)
    pending: tuple[Proposal, ...] = ()
    counts: Mapping[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTED, 0))

    @property
    def done(self) -> int:
        """How many steps are judged."""
        return self.begun - len(self.pending)

    def counted(self, *names: str) -> State:
        return replace(self, counts={name: count + names.count(name) for name, count in self.counts.items()})

    def without(self, key: str) -> State:
        """As if a recipe had never lived."""
        members = {name: member for name, member in self.members.items() if name != key}
        return replace(self, members=members, elders=tuple(each for each in self.elders if each != key))

    def put(self, key: str, member: Member) -> State:
        return replace(self, members={**self.members, key: member})

    def json(self) -> str:
        return json.dumps({"format": FORMAT, **asdict(self)}, default=date.isoformat, separators=(",", ":"))

    @classmethod
    def from_json(cls, source: str) -> State:
        """Raises: `ForecastError` for what is no state of this format."""
        try:
            values = json.loads(source)
            known = values.pop("format") == FORMAT
            members = {key: Member(**_dated(each, "day")) for key, each in values.pop("members").items()}
            pending = tuple(Proposal(**{**each, "parents": tuple(each["parents"])}) for each in values.pop("pending"))
            search = Search(**values.pop("search"))
            elders = tuple(values.pop("elders"))
            found = cls(**_dated(values, "elders_day"), search=search, elders=elders, members=members, pending=pending)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise _damaged() from error
        if not known:
            raise _damaged()
        return found


def _damaged() -> ForecastError:
    return ForecastError(
        text("What the evolution remembers is damaged, or of another version of this program."),
        text("Begin again with the models that live: allocator evolve --anew"),
    )


def _dated(values: dict[str, Any], name: str) -> dict[str, Any]:
    return {**values, name: values[name] and date.fromisoformat(values[name])}
