"""What makes each model of the store, as far as this program can read it: another version may have written some."""

from __future__ import annotations

from collections.abc import Iterable

from allocator.core.errors import ForecastError
from allocator.core.text import Text, text
from allocator.forecast.spec import ModelSpec
from allocator.store import StoredModel


def recipe(model: StoredModel) -> ModelSpec | None:
    """What makes the model; None when that cannot be read."""
    try:
        return ModelSpec.from_json(model.spec_json)
    except ForecastError:
        return None


def readable(models: Iterable[StoredModel]) -> list[tuple[StoredModel, ModelSpec]]:
    """Each model with what makes it, in their order; without those of which that cannot be read."""
    return [(model, spec) for model in models if (spec := recipe(model)) is not None]


def left_out(model: StoredModel, reason: Text) -> Text:
    """A note on a model that has no part in an answer."""
    return text("model {key} is left out: {reason}", key=model.key, reason=reason)


def unreadable(model: StoredModel) -> Text:
    """A note on a model of which nobody can say what makes it."""
    return left_out(model, text("what it is made by cannot be read; another version of this program may"))
