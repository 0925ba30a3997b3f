"""The models of the store for pages: who lives, who comes from whom, and how far luck goes."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from allocator.app.auto_papers import TRADING_DAYS
from allocator.app.evolving_population import fact
from allocator.app.recipes import recipe
from allocator.core.bars import Interval
from allocator.core.errors import ForecastError, UsageError
from allocator.core.text import text
from allocator.forecast.evaluation.sharpe import Deflated
from allocator.forecast.evolution.judging import elders
from allocator.forecast.evolution.luck import luck
from allocator.forecast.evolution.record import Record
from allocator.forecast.evolution.state import State
from allocator.report.models import Biography, Judged, Kin, Known, Population, Search
from allocator.store import StoredModel, Transaction

RECORDS = "trials"  # the folder of records, as `app.evolving` has it
DEEPEST = 40  # generations of a tree that are set in one under another


@dataclass(frozen=True, slots=True)
class Ask:
    """Which population: bars, horizon, and the folder of its files."""

    interval: Interval
    horizon: int
    folder: Path


def stamp(tx: Transaction, ask: Ask) -> Hashable:
    """Another one after any training or judgement, of whatever horizon: those that stand aside are counted too."""
    said = tx.facts.under(fact(ask.interval))
    return ask, tx.models.stamp(), tx.trials.count(), tuple((key, hash(each)) for key, each in sorted(said.items()))


def population(tx: Transaction, ask: Ask) -> Population:
    """The models of these bars and this horizon, how their evolution stands, and who stands aside.

    Raises: `StoreError`; `ForecastError` when what the evolution remembers is damaged.
    """
    state = _state(tx, ask)
    records = _records(state, ask.folder)
    ranked = elders(records, {key: each.age for key, each in state.members.items()}, len(records)) if state else ()
    ranks = {key: ranked.index(key) if key in ranked else len(ranked) for key in state.elders} if state else {}
    places = {key: n for n, key in enumerate(sorted(ranks, key=lambda key: ranks[key]), 1)}
    every = [_known(each, state, places) for each in tx.models.all(alive=False) if each.interval is ask.interval]
    tried = tx.trials.count()
    living = sorted((each for each in every if each.alive), key=lambda each: each.born, reverse=True)
    mine = [each for each in living if each.horizon == ask.horizon]
    mine.sort(key=lambda each: (each.rank is None, each.rank))
    others = [each for each in living if each.horizon != ask.horizon]
    others.sort(key=lambda each: (each.horizon is None, each.horizon))
    found = luck(records[ranked[0]], list(records.values()), tried, horizon=ask.horizon) if ranked else None
    return Population(
        interval=ask.interval,
        horizon=ask.horizon,
        models=tuple(mine),
        aside=_judged_elsewhere(tx, ask, others),
        tree=tuple(tree([each for each in every if each.horizon == ask.horizon])),
        search=None if state is None else _search(state, ask, found),
        tried=tried,
        known=len(every),
    )


def _judged_elsewhere(tx: Transaction, ask: Ask, others: Sequence[Known]) -> tuple[Known, ...]:
    """Models of other horizons with how often the evolution of theirs has judged them."""
    horizons = {each.horizon for each in others if each.horizon is not None}
    states = {horizon: _state_or_none(tx, replace(ask, horizon=horizon)) for horizon in horizons}
    return tuple(
        replace(each, judged=_age(states.get(each.horizon) if each.horizon else None, each.key)) for each in others
    )


def biography(tx: Transaction, ask: Ask, key: str) -> Biography:
    """One model, living or not, by its key.

    Raises: `UsageError` when there is none; `StoreError`; as `population`.
    """
    stored = tx.models.get(key)
    if stored is None:
        raise UsageError(text("There is no model {key}.", key=key), text("Choose one of the population."))
    state = _state(tx, replace(ask, interval=stored.interval, horizon=_horizon(stored) or ask.horizon))
    every = {each.key: each for each in tx.models.all(alive=False)}
    spec = recipe(stored)
    member = state.members.get(key) if state else None
    return Biography(
        model=_known(stored, state, {}),
        spec=tuple(flat(spec.plain())) if spec else (),
        genes=tuple(sorted(member.genes.items())) if member else (),
        trials=tuple(Judged(each.day, each.test_days, each.scores) for each in reversed(tx.trials.of(key))),
        parents=tuple(_known(every[each], None, {}) if each in every else each for each in stored.parents),
        children=tuple(_known(each, None, {}) for each in every.values() if key in each.parents),
    )


def tree(models: Sequence[Known]) -> list[Kin]:
    """The living, each under its first parent; of the dead those alone that join several lines that live."""
    known = {each.key: each for each in models}
    kin: dict[str | None, list[Kin]] = {}
    for model in sorted(models, key=lambda each: (each.born.isoformat(), each.key), reverse=True):
        above = _parent(model, known)
        below = kin.pop(model.key, [])
        below.sort(key=lambda each: (each.model.born.isoformat(), each.model.key))
        if model.alive or len(below) > 1:
            if max(map(_depth, below), default=0) >= DEEPEST:  # nobody reads so deep: they stand beside it
                kin.setdefault(above, []).extend([Kin(model), *below])
            else:
                kin.setdefault(above, []).append(Kin(model, tuple(below)))
        else:
            kin.setdefault(above, []).extend(replace(each, between=each.between + 1) for each in below)
    found = [each for key, group in kin.items() if key is None for each in group]
    return sorted(found, key=lambda each: (each.model.born.isoformat(), each.model.key))


def flat(spec: Mapping[str, object], before: str = "") -> Iterator[tuple[str, object]]:
    """The numbers of a spec by their names, those of its parts as `training.epochs`."""
    for name, value in spec.items():
        if isinstance(value, Mapping):
            yield from flat(value, f"{before}{name}.")
        else:
            yield f"{before}{name}", ", ".join(map(str, value)) if isinstance(value, list | tuple) else value


def _parent(model: Known, known: Mapping[str, Known]) -> str | None:
    """The first parent that the store knows, and that is older, as parents are."""

    def age(each: Known) -> tuple[str, str]:
        return each.born.isoformat(), each.key

    return next((key for key in model.parents if key in known and age(known[key]) < age(model)), None)


def _depth(kin: Kin) -> int:
    return 1 + max(map(_depth, kin.children), default=0)


def _known(stored: StoredModel, state: State | None, places: Mapping[str, int]) -> Known:
    spec = recipe(stored)
    return Known(
        key=stored.key,
        network=spec.name if spec else None,
        inputs=spec.inputs.value if spec else None,
        horizon=spec.horizon if spec else None,
        window=spec.window if spec else None,
        interval=stored.interval,
        alive=stored.alive,
        born=stored.born,
        trained_on=stored.trained_on,
        evaluated=stored.evaluated,
        seconds=stored.seconds,
        parents=stored.parents,
        scores=dict(stored.scores),
        rank=places.get(stored.key),
        judged=_age(state, stored.key),
    )


def _age(state: State | None, key: str) -> int:
    """How often an evolution has judged a model; 0 when it knows none of this key."""
    member = state.members.get(key) if state else None
    return member.age if member else 0


def _horizon(stored: StoredModel) -> int | None:
    spec = recipe(stored)
    return spec.horizon if spec else None


def _state(tx: Transaction, ask: Ask) -> State | None:
    said = tx.facts.get(fact(ask.interval, ask.horizon))
    return State.from_json(said) if said else None


def _state_or_none(tx: Transaction, ask: Ask) -> State | None:
    """Of who stands aside: what is damaged there is for those to mend who ask for that horizon."""
    try:
        return _state(tx, ask)
    except ForecastError:
        return None


def _records(state: State | None, folder: Path) -> dict[str, Record]:
    """Of the members whose files are there and whole."""
    found = {}
    for key, member in state.members.items() if state else ():
        if member.record:
            try:
                found[key] = Record.open(folder / RECORDS / member.record)
            except ForecastError:
                continue
    return found


def _search(state: State, ask: Ask, found: Deflated | None) -> Search:
    return Search(
        horizon=ask.horizon,
        steps=state.done,
        radius=state.search.radius,
        test_days=round(state.search.test_days),
        counts=dict(state.counts),
        pending=len(state.pending),
        luck=found,
        a_year=TRADING_DAYS * ask.interval.bars_a_day / ask.horizon,
    )
