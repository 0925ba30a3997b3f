"""`allocator FILE.ini`: the answer in the form that was asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from allocator import report
from allocator.app import asked as words
from allocator.app.rebalance import Rebalancer
from allocator.app.wire import rebalancer
from allocator.cli.files import refuse_undrawable, write
from allocator.cli.talk import Spinner, Talk
from allocator.cli.usage import refuse_together
from allocator.core.errors import TimeLimit, UsageError
from allocator.core.text import text
from allocator.optimize import Plan, Status
from allocator.report import Answer


@dataclass(frozen=True, slots=True)
class Asked:
    """The command line, as click read it."""

    file: Path
    proxy: str | None
    as_json: bool
    as_csv: bool
    explain: bool
    frontier: bool
    plot: Path | None
    watch: float | None
    provider: str | None
    quotes: Path | None
    model: str | None
    solver: str
    time_limit_s: float | None
    gap: str | None
    proxy_option: str | None
    store: str | None
    config_file: Path | None

    def refuse_contradictions(self) -> None:
        """Raises: `UsageError` for options that cannot hold together."""
        frontier = self.frontier or self.plot is not None
        refuse_together(
            (frontier and self.explain, "--frontier", "--explain"),
            (self.as_json and self.as_csv, "--json", "--csv"),
            (frontier and self.as_csv, "--frontier", "--csv"),
            (frontier and self.watch is not None, "--frontier", "--watch"),
            (self.explain and self.as_csv, "--explain", "--csv"),
            (self.watch is not None and self.as_csv, "--watch", "--csv"),
        )
        if self.proxy and self.proxy_option and self.proxy != self.proxy_option:
            raise UsageError(text("Two proxies are given: {one} and {other}.", one=self.proxy, other=self.proxy_option))


def run(talk: Talk, asked: Asked) -> int:
    """One rebalance, or a frontier, or one rebalance after another with --watch; the exit code."""
    asked.refuse_contradictions()
    if asked.watch is not None:
        from allocator.cli.watching import keep_watch  # noqa: PLC0415

        return keep_watch(talk, asked, every_s=asked.watch)
    if asked.frontier or asked.plot is not None:
        return _show_frontier(talk, asked)
    with talk.working() as progress:
        cases = use_cases(asked, progress)
        answer = cases.rebalance(cases.read(asked.file))
        content = written(talk, asked, cases, answer)
    talk.answer(content)
    if asked.as_csv or asked.as_json:
        _warn(talk, asked, answer)
    return exit_code([answer.plan])


def use_cases(asked: Asked, progress: Spinner) -> Rebalancer:
    return rebalancer(
        overrides=words.overrides(
            provider=asked.provider,
            quotes=asked.quotes,
            model=asked.model,
            time_limit_s=asked.time_limit_s,
            gap=asked.gap,
        ),
        solver=asked.solver,
        proxy=asked.proxy or asked.proxy_option,
        progress=progress,
        store_url=asked.store,
        config_file=asked.config_file,
    )


def written(talk: Talk, asked: Asked, cases: Rebalancer, answer: Answer, *, indent: int | None = 2) -> str:
    """The answer in the form that was asked for, with the reasons if they were."""
    reasons = cases.explain(answer) if asked.explain else None
    if asked.as_json:
        found = report.document(answer, lang=talk.lang)
        if reasons:
            found["explanation"] = report.explanation_document(reasons, answer.auto, lang=talk.lang)
        return report.dumps(found, indent=indent)
    if asked.as_csv:
        return report.orders(answer.plan).rstrip("\n")
    parts = [
        report.table(answer, lang=talk.lang, colour=talk.colour),
        report.summary(answer, lang=talk.lang, quiet=talk.quiet),
        report.explanation_text(reasons, answer.auto, lang=talk.lang) if reasons else "",
    ]
    return "\n\n".join(part for part in parts if part)


def exit_code(plans: Sequence[Plan]) -> int:
    """6 when time ran out before a proof, else 0."""
    return TimeLimit.exit_code if any(plan.status is Status.FEASIBLE for plan in plans) else 0


def _warn(talk: Talk, asked: Asked, answer: Answer) -> None:
    """What a reader of CSV, which has no room for it, or of JSON should not miss."""
    if asked.as_csv:
        for line in filter(None, report.summary(answer, lang=talk.lang, quiet=True).splitlines()):
            talk.remark(line)
    elif answer.plan.status is Status.FEASIBLE:
        talk.remark(report.verdict(answer.plan))


def _show_frontier(talk: Talk, asked: Asked) -> int:
    if asked.plot is not None:  # before a search that may take long
        report.need_matplotlib()
        refuse_undrawable(asked.plot, asked.file)
    with talk.working() as progress:
        cases = use_cases(asked, progress)
        points = cases.frontier(cases.read(asked.file))
        picture = report.frontier_picture(points, lang=talk.lang) if asked.plot else b""
    if asked.plot is not None:
        write(asked.plot, picture)
    if asked.as_json:
        talk.answer(report.dumps(report.frontier_document(points)))
    else:
        talk.answer(report.frontier_table(points, lang=talk.lang, quiet=talk.quiet))
    return exit_code([point.plan for point in points if point.plan])
