"""The lines under the table: how good the plan is, what it costs, where its prices come from."""

from __future__ import annotations

import math
from decimal import Decimal

from allocator.core.quote import Quotes
from allocator.core.text import Text, text
from allocator.optimize import Plan, Status
from allocator.report import numbers
from allocator.report.answer import Answer, moment
from allocator.report.catalogue import render
from allocator.report.table import MARK, commission


def summary(answer: Answer, *, lang: str = "en", quiet: bool = False) -> str:
    """All lines under the table; with `quiet` only those that warn: marked prices and an unproven plan."""
    sentences = [text("{mark} {standing}.", mark=MARK, standing=each) for each in answer.stand_ins]
    if quiet:
        sentences += [verdict(answer.plan)] if answer.plan.status is Status.FEASIBLE else []
    else:
        sentences += [verdict(answer.plan), dealt(answer.plan), source(answer.quotes)]
        sentences += [text("Note: {note}", note=note) for note in (*answer.notes, *answer.quotes.notes)]
    return "\n".join(render(sentence, lang) for sentence in sentences)


def verdict(plan: Plan) -> Text:
    """How close the plan is to the best one, as far as that is proven."""
    if plan.status is Status.FEASIBLE:
        if not math.isfinite(plan.gap):
            return text("TIME LIMIT: the best plan found; how much closer another may be is not known.")
        return text(
            "TIME LIMIT: the best plan found; another may be closer by at most {gap} of the portfolio ({money}).",
            **_gap(plan),
        )
    if plan.gap == 0:
        return text("Optimal: no whole-lot plan is closer (gap 0).")
    if numbers.cents(Decimal(repr(plan.gap)) * plan.problem.wealth) == 0:
        return text("Optimal: no whole-lot plan is closer by as much as 0.01.")
    return text("Optimal: no whole-lot plan is closer by more than {gap} of the portfolio ({money}).", **_gap(plan))


def _gap(plan: Plan) -> dict[str, object]:
    gap = Decimal(repr(plan.gap))
    return {"gap": numbers.percent_at_most(gap), "money": numbers.money_at_most(gap * plan.problem.wealth)}


def dealt(plan: Plan) -> Text:
    """How many deals there are, and what they cost."""
    model = plan.problem.model.value
    if not plan.deals:
        return text("Model {model}. Nothing to deal.", model=model)
    # The parts are rounded first, so that their printed sum is right.
    paid, spread = commission(plan.rows), numbers.cents(plan.spread)
    return text(
        "Model {model}. Deals: {deals}. Cost: {cost} (commission {commission}, spread {spread}).",
        model=model,
        deals=plan.deals,
        cost=numbers.money(paid + spread),
        commission=numbers.money(paid),
        spread=numbers.money(spread),
    )


def source(quotes: Quotes) -> Text:
    """Where the quotes come from and how old they are."""
    name: Text | str = quotes.provider
    if quotes.source:
        name = text("{provider} ({source})", provider=quotes.provider, source=quotes.source)
    if quotes.time is None:
        return text("Quotes: {name}, without a time.", name=name)
    time = moment(quotes.time)
    if quotes.delay_minutes:
        return text("Quotes: {name}, {time}, {delay} min late.", name=name, time=time, delay=quotes.delay_minutes)
    return text("Quotes: {name}, {time}.", name=name, time=time)
