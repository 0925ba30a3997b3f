"""The page of rebalancing in words and as JSON."""

from __future__ import annotations

import re
from dataclasses import dataclass

from allocator.app.draft import Checked
from allocator.app.rebalance_page import Work
from allocator.report import document, explanation_document, frontier_document
from allocator.report.accounts_split import split_document
from allocator.report.catalogue import render
from allocator.report.document import Json

_PLACE = re.compile(r"^(?:portfolio|backtest)\.ini(?::[0-9]+)?: ")


@dataclass(frozen=True, slots=True)
class SaidMistake:
    """A finding in the reader's words, without the name of a file that is none."""

    line: int | None
    message: str
    hint: str | None


@dataclass(frozen=True, slots=True)
class SaidCheck:
    """What is wrong, or what the text asks for."""

    sound: bool
    mistakes: tuple[SaidMistake, ...]
    words: tuple[str, ...]


def said_of(checked: Checked, lang: str) -> SaidCheck:
    """In the language of a reader."""
    mistakes = tuple(
        SaidMistake(
            each.line, _PLACE.sub("", render(each.message, lang)), render(each.hint, lang) if each.hint else None
        )
        for each in checked.mistakes
    )
    return SaidCheck(checked.sound, mistakes, tuple(render(each, lang) for each in checked.words))


def answer_document(work: Work, lang: str) -> dict[str, Json]:
    """The object of `allocator FILE.ini --json`, with what else was asked for; `id` names the answer."""
    answer = work.solved.answer
    made: dict[str, Json] = {"id": work.name, **document(answer, lang=lang)}
    if work.solved.split is not None:
        made["accounts"] = split_document(work.solved.split, lang)
    if work.reasons is not None:
        made["explanation"] = explanation_document(work.reasons, answer.auto, lang=lang)
    if work.frontier is not None:
        made |= frontier_document(work.frontier)
    return made
