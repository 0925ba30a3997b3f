"""`allocator backtest`: from options to the answer in the form that was asked for."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from allocator.app import wire
from allocator.app.backtesting import Backtester, Means
from allocator.app.backtesting_files import recorded
from allocator.backtest.result import BacktestResult
from allocator.cli.backtest_page import Page
from allocator.cli.files import refuse_undrawable, refuse_unwritable, usual_cache, write
from allocator.cli.progress import ProgressBar, teller
from allocator.cli.talk import Talk
from allocator.cli.usage import refuse_together
from allocator.config.backtest_file import load_backtest
from allocator.core.errors import UsageError
from allocator.core.moscow import MOSCOW
from allocator.core.text import text
from allocator.report import dumps, need_matplotlib
from allocator.report.backtest import backtest_text
from allocator.report.backtest_document import backtest_csv, backtest_document

LINE_S = 60.0  # between two lines of progress in a log


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The options of `backtest`."""

    file: Path
    data: tuple[Path, ...]
    workers: int | str | None
    device: str
    cache: Path | None
    check_leaks: bool
    as_json: bool
    series: bool
    as_csv: bool
    html: Path | None
    plot: Path | None
    markdown: Path | None
    beside: Path | None
    store: str | None
    config_file: Path | None

    def refuse_contradictions(self) -> None:
        """Raises: `UsageError` for options that cannot hold together, or files that cannot be written."""
        refuse_together(
            (self.as_json and self.as_csv, "--json", "--csv"),
            (self.data and self.store is not None, "--data", "--store"),
        )
        if self.series and not self.as_json:
            raise UsageError(text("--series is of the JSON."), text("Add --json, or --html FILE.html for charts."))
        if self.beside is not None and self.markdown is None:
            raise UsageError(text("--beside is of the page."), text("Add --markdown FILE.md"))
        if self.html is not None and self.html == self.plot:
            raise UsageError(text("--html and --plot name one file."), text("Give each a name of its own."))
        for path, refuse in ((self.html, refuse_unwritable), (self.plot, refuse_undrawable)):
            if path is not None:
                need_matplotlib()
                refuse(path, self.file, *self.data)


def run(talk: Talk, asked: Asked) -> int:
    """Run the backtest, then print, draw and write what was asked for."""
    asked.refuse_contradictions()
    plan, settings = load_backtest(asked.file), wire.settings(asked.config_file)
    cache = asked.cache or usual_cache("backtest")
    page = None if asked.markdown is None else Page(asked.markdown, asked.file.stem, asked.beside)
    with ProgressBar(talk) as bar:
        tell = teller(talk, bar, every_s=LINE_S)
        if asked.data:
            opened = recorded(asked.data, cache, now=_now, clock=time.monotonic, step=tell)
        else:
            opened = wire.store(asked.store, settings, create=False)
        with opened as store:
            backtester = Backtester(store, settings, plan, Means(cache, asked.workers, asked.device), tell)
            if asked.check_leaks:
                from allocator.app.backtesting_leaks import leaks_of  # noqa: PLC0415 -- features, which need TA-Lib

                found = leaks_of(backtester)
                bar.clear()
                talk.answer("\n".join(talk.say(line) for line in found.lines))
                return found.exit_code
            result = backtester.run()
    _write_pictures(talk, asked, result)
    if page is not None:
        write(page.path, page.made(result, talk.lang))
    if asked.as_json:
        talk.answer(dumps(backtest_document(result, lang=talk.lang, series=asked.series)))
    elif asked.as_csv:
        talk.answer(backtest_csv(result).rstrip("\n"))
        for line in (result.verdict, *result.notes):
            talk.remark(line)
    else:
        talk.answer(backtest_text(result, lang=talk.lang, formulas=not talk.quiet))
    return 0


def _write_pictures(talk: Talk, asked: Asked, result: BacktestResult) -> None:
    if asked.html is not None:
        from allocator.report.backtest_page import backtest_page  # noqa: PLC0415 -- matplotlib

        write(asked.html, backtest_page(result, lang=talk.lang).encode())
    if asked.plot is not None:
        from allocator.report.backtest_picture import backtest_picture  # noqa: PLC0415

        write(asked.plot, backtest_picture(result, lang=talk.lang))


def _now() -> datetime:
    return datetime.now(MOSCOW)
