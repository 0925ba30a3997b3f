"""`allocator evolve`: one recipe after another is trained, judged, kept or given up, and the store knows of each.

A step is one transaction at its end. What is in training when the program dies is proposed again, the same, and its
training goes on from its last epoch.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYet
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import numpy as np

from allocator.app.evolving_ground import Ground
from allocator.app.evolving_population import Population
from allocator.app.forecasting import flat_scores, forget_files, model_key
from allocator.app.recipes import readable
from allocator.core.errors import ForecastError
from allocator.core.text import text
from allocator.forecast.evolution import LEAST, Judgement, Record, Space, adapted, capacity, elders, judge, victim
from allocator.forecast.evolution.judging import ELDERS, Reason
from allocator.forecast.evolution.luck import luck
from allocator.forecast.evolution.population import Living
from allocator.forecast.evolution.proposing import proposed
from allocator.forecast.evolution.ranges import Ranges
from allocator.forecast.evolution.record import record
from allocator.forecast.evolution.state import Member, Proposal, State
from allocator.forecast.failures import NotWrittenError
from allocator.forecast.spec import ModelSpec
from allocator.forecast.training import Backend, Forecasts, Trained
from allocator.report.evolution import Best, EvolutionView, Outcome, StepView
from allocator.store import StoredModel, Trial

TRIALS = "trials"  # the folder of records, in that of the models
IN_SEQUENCE = 5  # failures after which something else is wrong than the recipes
DAYS_OF_FAILURE = 2  # after which a recipe that lived is given up
Flying = tuple[Proposal, Ranges, "Future[Trained]"]  # what is in training
Tell = Callable[[StepView], None]


@dataclass(frozen=True, slots=True)
class _Judged:
    """What came of a training: an error, or a record with its file and the judgement on it."""

    error: ForecastError | None
    trained: Trained | None = None
    file: str = ""
    judgement: Judgement | None = None
    scores: Mapping[str, float] = field(default_factory=lambda: {"failed": 1.0})


class Evolver:
    """Evolution over one material. `night` is how many seconds a night has to train all that live once again.

    As many trainings run at once as `workers`; steps are judged in the order in which they were proposed, so that the
    same seed and data give the same population however the machine schedules them, and wherever it was stopped.
    """

    def __init__(
        self,
        ground: Ground,
        population: Population,
        backend: Backend,
        *,
        folder: Path,
        now: Callable[[], datetime],
        seed: int | None = None,
        workers: int = 1,
        night: float = 8 * 3600.0,
        tell: Tell = lambda _: None,
        anew: bool = False,
    ) -> None:
        self._ground, self._population, self._backend = ground, population, backend
        self._folder, self._now, self._tell = folder, now, tell
        self._workers, self._night = max(workers, 1), night
        self._records: dict[str, Record | None] = {}
        self._failing = 0
        said, models = population.read()
        known = {each.key: (each, spec) for each, spec in readable(models) if ground.knows(spec.inputs)}
        self.models = {key: model for key, (model, _) in known.items()}
        self.recipes = {key: spec for key, (_, spec) in known.items()}
        state = State(seed or 0) if said is None or anew else State.from_json(said)
        self.state = self._joined(state if seed is None else replace(state, seed=seed))
        self.steps: list[StepView] = []

    @property
    def space(self) -> Space:
        return self._ground.space

    def run(self, steps: int | None = None, *, seconds: Callable[[], float] | None = None) -> EvolutionView:
        """So many steps, or until no `seconds` are left (a function that says how many), or for ever.

        Raises: `ForecastError` for too short a history, when one training after another fails, and when files cannot be
        written; `StoreError`.
        """
        self._new_day()
        last = None if steps is None else self.state.done + steps
        flight: deque[Flying] = deque()
        self._take_off(flight, last)
        while flight:
            proposal, ranges, future = flight[0]
            try:
                outcome = self._outcome(future, None if seconds is None else max(seconds(), 0.0))
            except NotYet:
                break
            flight.popleft()
            self._settle(proposal, ranges, outcome)
            if seconds is None or seconds() > 0:
                self._take_off(flight, last)
        return self.view()

    def step(self) -> StepView:
        """One recipe: trained, judged, kept or given up."""
        self.run(1)
        return self.steps[-1]

    def _take_off(self, flight: deque[Flying], last: int | None) -> None:
        """Keep as many proposals pending as there are workers, and those in training that may be."""
        while len(self.state.pending) < self._workers:
            self.state = self._propose(self.state)
        flying = {proposal.number for proposal, *_ in flight}
        for proposal in self.state.pending[: self._workers]:
            if proposal.number not in flying and (last is None or proposal.number < last):
                spec = ModelSpec.from_json(proposal.spec)
                ranges = self._ground.ranges(proposal.test_days)
                arrays = self._ground.arrays(spec.inputs)
                flight.append((proposal, ranges, self._backend.submit(spec, arrays.folder, ranges.split)))

    def _propose(self, state: State) -> State:
        return proposed(state, self.space, self.recipes, self._ground.day, self._key)

    def _key(self, spec: ModelSpec) -> str:
        return model_key(spec, self._ground.interval)

    def _outcome(self, future: Future[Trained], timeout: float | None) -> Trained | ForecastError:
        try:
            return future.result(timeout)
        except NotWrittenError:  # no fault of the recipe, which is proposed again
            raise
        except ForecastError as error:
            return error

    def _joined(self, state: State) -> State:
        """Members are the models that live: trained elsewhere, they join; given up elsewhere, they are gone."""
        for key in [key for key in state.members if key not in self.recipes]:
            state = state.without(key)
        for key, spec in self.recipes.items():
            if key not in state.members:
                state = state.put(key, Member(self.space.named(self.space.encode(spec))))
        known = tuple(each for each in state.pending if each.young or each.key in state.members)
        return replace(state, pending=known)

    def _new_day(self) -> None:
        """Choose the elders of a day by the records of the days before; they stay for the day."""
        if self.state.elders_day != self._ground.day:
            chosen = self._ranked(self.state)[:ELDERS]
            self.state = replace(self.state, elders_day=self._ground.day, elders=chosen, newcomers=0)

    def _record(self, member: Member) -> Record | None:
        """What the member did; None when it was never judged, or its file is gone or torn."""
        if member.record and member.record not in self._records:
            try:
                self._records[member.record] = Record.open(self._folder / TRIALS / member.record)
            except ForecastError:
                self._records[member.record] = None
        return self._records.get(member.record)

    def _ranked(self, state: State) -> tuple[str, ...]:
        """Members with a record that can be compared, the best first."""
        records = {key: each for key, member in state.members.items() if (each := self._record(member)) is not None}
        return elders(records, {key: each.age for key, each in state.members.items()}, len(records))

    def _settle(self, proposal: Proposal, ranges: Ranges, outcome: Trained | ForecastError) -> None:
        """Judge a step and keep what came of it, all in one transaction; files that nobody needs go after it."""
        spec = ModelSpec.from_json(proposal.spec)
        state = replace(self.state, pending=tuple(each for each in self.state.pending if each != proposal))
        try:
            if isinstance(outcome, ForecastError):
                raise outcome
            done = self._judged(proposal, spec, ranges, outcome)
        except NotWrittenError:
            raise
        except ForecastError as error:
            done = _Judged(error)
        state, kept = self._after(state, proposal, done)
        state, gone = self._thinned(state, proposal, kept=kept)
        before = self.models.get(proposal.key)
        model = self._stored(proposal, spec, ranges, done, before) if kept else None
        lost = None if kept or before else StoredModel(  # a recipe that was tried is known, also when it never lived
            proposal.key, proposal.spec, proposal.parents, self._now(), alive=False, scores=done.scores,
            evaluated=self._ground.day, interval=self._ground.interval,
        )  # fmt: skip
        trial = Trial(proposal.key, self._ground.day, ranges.test_days, done.scores, done.file)
        recipes = {**self.recipes, proposal.key: spec} if kept else self.recipes
        recipes = {key: each for key, each in recipes.items() if key in state.members}
        self.state, self.recipes = state, recipes
        while len(self.state.pending) < self._workers:
            self.state = self._propose(self.state)
        dead = [*gone, *([proposal.key] if before is not None and not kept else [])]
        put = [each for each in (model, lost) if each is not None]
        self._population.write(self.state.json(), put, dead, [trial])
        self._tidy(outcome, model, before, [self.models[key] for key in dead if key in self.models])
        for key in dead:
            self.models.pop(key, None)
        if model is not None:
            self.models[proposal.key] = model
        self._tell_of(proposal, spec, done, len(gone), kept=kept)
        self._failing = self._failing + 1 if done.error else 0
        if done.error and self._failing >= IN_SEQUENCE:
            raise done.error

    def _judged(self, proposal: Proposal, spec: ModelSpec, ranges: Ranges, trained: Trained) -> _Judged:
        features = self._ground.arrays(spec.inputs).features
        made = record(
            Forecasts.open(trained.forecasts),
            ranges.split.test,
            ranges.split.validation,
            features.times,
            features.tickers,
            self._ground.risk(ranges.split.test[0]),
            horizon=spec.horizon,
            aversion=spec.risk_aversion,
        )
        name = f"{proposal.key}-{self._ground.day:%Y%m%d}-{ranges.test_days}.npz"
        made.save(self._folder / TRIALS / name)
        self._records[name] = made
        others = [key for key in self.state.elders if key != proposal.key and key in self.state.members]
        met = [each for key in others if (each := self._record(self.state.members[key])) is not None]
        rng = np.random.default_rng([self.state.seed, proposal.number, 1])
        found = judge(made, met, horizon=spec.horizon, rng=rng)
        a_year = self._ground.bars_a_year / spec.horizon
        scores = {
            "evolution loss": float(made.loss.mean()),
            "evolution excess": float(made.excess.mean()) * a_year,
            "evolution net": float(made.net.mean()) * a_year,
            "accepted": float(found.accepted),
            **({"evolution p": found.p} if found.elders else {}),
        }
        return _Judged(None, trained, f"{TRIALS}/{name}", found, scores)

    def _after(self, state: State, proposal: Proposal, done: _Judged) -> tuple[State, bool]:
        """The state once the step is judged, and whether its recipe lives."""
        member = state.members.get(proposal.key, Member(proposal.genes))
        today, lived = self._ground.day, proposal.key in state.members
        if done.judgement is None:
            member = replace(member, day=today, failures=member.failures + (member.day != today))
            kept = lived and member.failures < DAYS_OF_FAILURE
            state = replace(state.counted("failed"), rejected=True)
        else:
            found = done.judgement
            member = Member(member.genes, Path(done.file).name, member.age + 1, today)
            spare = len(state.members) - lived >= LEAST
            kept = found.accepted or not spare or (lived and found.reason is not Reason.QUALITY)
            search = adapted(
                state.search,
                found,
                young=proposal.young,
                living=len(state.members),
                most_days=self._ground.most_test_days,
            )
            state = replace(state, search=search, rejected=not found.accepted)
            if proposal.young:
                state = state.counted("accepted" if found.accepted else "rejected")
                state = replace(state, newcomers=state.newcomers + found.accepted)
            else:
                state = state.counted("judged again")
        return (state.put(proposal.key, member) if kept else state.without(proposal.key)), kept

    def _thinned(self, state: State, proposal: Proposal, *, kept: bool) -> tuple[State, list[str]]:
        """Choose or refill the elders, then let go who is too many: one a step, two where a night became shorter."""
        if state.newcomers >= ELDERS:
            state = replace(state, elders=self._ranked(state)[:ELDERS], newcomers=0)
        if len(state.elders) < ELDERS:
            more = [key for key in self._ranked(state) if key not in state.elders]
            state = replace(state, elders=(*state.elders, *more)[:ELDERS])
        rng = np.random.default_rng([state.seed, proposal.number, 2])
        gone: list[str] = []
        busy = {each.key for each in state.pending}
        while len(state.members) > self.target and len(gone) < 2:
            living = {
                key: Living(self._record(each), each.day, self.models[key].seconds if key in self.models else 0.0)
                for key, each in state.members.items()
                if key not in busy and (key != proposal.key or not kept)
            }
            found = victim(living, state.elders, rng)
            if found is None:
                break
            gone.append(found[0])
            state = state.without(found[0]).counted("deleted")
        return state, gone

    @property
    def target(self) -> int:
        """How many may live: what a night can train again."""
        seconds = [each.seconds for each in self.models.values() if each.seconds > 0]
        return capacity(seconds, night=self._night, workers=self._workers)

    def _stored(
        self, proposal: Proposal, spec: ModelSpec, ranges: Ranges, done: _Judged, before: StoredModel | None
    ) -> StoredModel:
        """The row of a recipe that lives."""
        born = before.born if before else self._now()
        parents = before.parents if before else proposal.parents
        model = before or StoredModel(proposal.key, proposal.spec, parents, born, interval=self._ground.interval)
        if done.trained is None:
            return model
        said = done.trained.provenance
        return replace(
            model,
            alive=True,
            scores={**flat_scores(said), **done.scores},
            trained_on=self._ground.taught_until(ranges.split, spec.horizon),
            evaluated=self._ground.day,
            seconds=said.seconds,
            file=said.key,
        )

    def _tidy(
        self,
        outcome: Trained | ForecastError,
        model: StoredModel | None,
        before: StoredModel | None,
        gone: Sequence[StoredModel],
    ) -> None:
        """Weights that no living model has any more; records stay, the best of many must be believed less."""
        files = {each.file for each in gone}
        if isinstance(outcome, Trained):
            files.add(outcome.provenance.key)
        if before is not None:
            files.add(before.file)
        for file in files - {model.file if model else "", ""}:
            forget_files(self._folder, file)

    def _tell_of(self, proposal: Proposal, spec: ModelSpec, done: _Judged, deleted: int, *, kept: bool) -> None:
        found = done.judgement
        if found is None:
            outcome, why = Outcome.FAILED, done.error.message if done.error else text("it failed")
        elif found.accepted:
            outcome, why = Outcome.ACCEPTED, None
        else:
            outcome = Outcome.REJECTED
            why = text("its quality") if found.reason is Reason.QUALITY else text("its return")
        view = StepView(
            proposal.number, proposal.key, spec.name, spec.inputs.value, proposal.young, outcome, why,
            len(self.state.members), deleted, kept, done.trained.provenance.seconds if done.trained else 0.0,
        )  # fmt: skip
        self.steps.append(view)
        self._tell(view)

    def looked(self) -> int:
        """Note that somebody looks at the days held out; how often that has been."""
        self.state = self.state.counted("looks")
        self._population.write(self.state.json(), [], [], [])
        return self.state.counts["looks"]

    def view(self) -> EvolutionView:
        """How the evolution stands."""
        state = self.state
        ranks = {key: rank for rank, key in enumerate(self._ranked(state))}
        best = [
            Best(key, self.recipes[key], self.models[key].scores, state.members[key].age, self.models[key].evaluated)
            for key in sorted(state.elders, key=lambda key: ranks.get(key, len(ranks)))
            if key in self.models
        ]
        tried, horizon = self._population.tried(), self.space.horizon
        records = [each for key in ranks if (each := self._record(state.members[key])) is not None]
        return EvolutionView(
            self._ground.interval, horizon, self._ground.day, tuple(self.steps), len(state.members),
            self.target, tuple(best), state.search.radius, round(state.search.test_days), self._ground.held_out,
            state.done, dict(state.counts), tried, self._ground.notes,
            luck=luck(records[0], records, tried, horizon=horizon) if records else None,
            bars_a_year=self._ground.bars_a_year,
        )  # fmt: skip
