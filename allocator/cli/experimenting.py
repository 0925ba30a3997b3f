"""`allocator experiment`: from options to the answer in the form that was asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from allocator.app.experiment import read, run_paper
from allocator.cli.files import read_page, refuse_undrawable, refuse_unwritable, usual_cache, write
from allocator.cli.progress import ProgressBar, teller
from allocator.cli.talk import Talk
from allocator.cli.usage import network, of_the_command_line
from allocator.core.errors import UsageError
from allocator.core.text import text
from allocator.forecast.experiment.grid import INPUTS, LAMBDAS, NETWORKS, SCALES, Grid
from allocator.forecast.experiment.running import named
from allocator.forecast.knobs import member
from allocator.forecast.spec import Architecture, Inputs, ModelSpec
from allocator.report import dumps, need_matplotlib
from allocator.report.experiment import experiment_document, experiment_markdown, experiment_text, placed
from allocator.report.experiment_picture import experiment_picture


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The options of `experiment paper`."""

    data: tuple[Path, ...]
    iterations: tuple[int, ...]
    size: str
    networks: tuple[str, ...] | None
    inputs: tuple[str, ...] | None
    lambdas: tuple[float, ...] | None
    seeds: int
    workers: int | str | None
    device: str
    cache: Path | None
    as_json: bool
    plot: Path | None
    markdown: Path | None

    @property
    def grid(self) -> Grid:
        """Raises: `UsageError` for a network, inputs or a λ that there are not."""
        networks = tuple(network(each, NETWORKS) for each in self.networks or ())
        with of_the_command_line():
            inputs = tuple(member("experiment", "inputs", Inputs, each) for each in self.inputs or ())
            for lam in self.lambdas or ():
                ModelSpec(Architecture.TSMIXER, lam=lam)
        return Grid(self.iterations, networks or NETWORKS, inputs or INPUTS, self.lambdas or LAMBDAS, self.seeds)


def run(talk: Talk, asked: Asked) -> int:
    """Train what is missing, then print, draw and write what was asked for."""
    grid, page = asked.grid, _checked(asked)
    histories = read(asked.data, today=datetime.now(UTC).date())
    for note in histories.notes:
        talk.remark(note)
    with ProgressBar(talk) as bar:
        outcome = run_paper(
            histories,
            grid,
            SCALES[asked.size],
            cache=asked.cache or usual_cache("experiment"),
            workers=asked.workers,
            device=asked.device,
            tell=teller(talk, bar),
        )
    for cell, error in outcome.failed:
        talk.remark(text("{cell}: {reason}", cell=named(cell), reason=error.message))
    if asked.plot is not None and outcome.results:
        write(asked.plot, experiment_picture(outcome, lang=talk.lang))
    elif asked.plot is not None:
        talk.remark(text("{path} is not drawn: no cell is trained yet.", path=asked.plot))
    if asked.markdown is not None:
        write(asked.markdown, placed(page, experiment_markdown(outcome, lang=talk.lang)).encode())
    talk.answer(dumps(experiment_document(outcome)) if asked.as_json else experiment_text(outcome, lang=talk.lang))
    return outcome.failed[0][1].exit_code if outcome.failed else 0


def _checked(asked: Asked) -> str:
    """The page that the tables go to, "" without one; whatever can be seen to be wrong is refused before hours of work.

    Raises: `UsageError`.
    """
    if not asked.data:
        raise UsageError(
            text("The experiment needs hourly bars."),
            text("Type: allocator experiment paper --data HOURS.csv.gz"),
        )
    if asked.plot is not None:
        need_matplotlib()
        refuse_undrawable(asked.plot)
    if asked.markdown is None:
        return ""
    refuse_unwritable(asked.markdown)
    page = read_page(asked.markdown)
    placed(page, "")
    return page
