from __future__ import annotations

import json
import math
from collections.abc import Callable
from decimal import Decimal

import answers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.core.text import text
from allocator.optimize import Status
from allocator.report import document, dumps

Golden = Callable[[str, str], None]

NUMBER, NULL = (int, Decimal), type(None)
HOLDING = {"value": NUMBER, "units": NUMBER, "share": (*NUMBER, NULL)}
SCHEMA = {
    "status": str,
    "gap": (*NUMBER, NULL),
    "model": str,
    "objective": NUMBER,
    "wealth": NUMBER,
    "deals": int,
    "quotes": {"provider": str, "time": (str, NULL), "notes": [str]},
    "rows": [
        {
            "asset": str,
            "bid": NUMBER,
            "ask": NUMBER,
            "lot": int,
            "stale": bool,
            "source": HOLDING,
            "change": NUMBER,
            "result": HOLDING,
            "target": dict,
            "ideal": NUMBER,
            "deviation": NUMBER,
            "buy": bool,
            "sell": bool,
            "commission": {"money": NUMBER, "percent": NUMBER},
        }
    ],
    "cash": {
        "source": NUMBER,
        "result": NUMBER,
        "target": (dict, NULL),
        "ideal": (*NUMBER, NULL),
        "deviation": (*NUMBER, NULL),
    },
    "totals": {"source": NUMBER, "result": NUMBER, "commission": NUMBER, "spread": NUMBER},
    "deviation": {"source": (*NUMBER, NULL), "result": (*NUMBER, NULL)},
    "notes": [str],
}


def conform(schema: object, value: object, at: str = "") -> None:
    """The value has exactly the keys of the schema, each of one of its types."""
    match schema:
        case dict():
            assert list(schema) == list(value), at  # type: ignore[call-overload]
            for key, inner in schema.items():
                conform(inner, value[key], f"{at}.{key}")  # type: ignore[index]
        case [inner]:
            for each in value:  # type: ignore[attr-defined]
                conform(inner, each, f"{at}[]")
        case _:
            assert isinstance(value, schema), at  # type: ignore[arg-type]
            assert schema is bool or not isinstance(value, bool), at


def read(content: str) -> dict:
    return json.loads(content, parse_float=Decimal)


@pytest.mark.parametrize("name", ["us", "moex"])
def test_the_schema(name: str) -> None:
    """Every key of docs/json.md, in its order, of its type; no other."""
    conform(SCHEMA, read(dumps(document(getattr(answers, name)()))))


def test_the_json(golden: Golden) -> None:
    """The whole object, readable by a person too."""
    golden("answer-moex.json", dumps(document(answers.moex())) + "\n")


def test_figures_are_exact() -> None:
    """Money and prices keep every digit: none goes through a float."""
    found = read(dumps(document(answers.moex())))
    row = next(row for row in found["rows"] if row["asset"] == "VTBR")
    assert Decimal("0.024425") == row["bid"]
    assert row["bid"] * row["result"]["units"] == row["result"]["value"]
    assert found["wealth"] == sum(row["source"]["value"] for row in found["rows"]) + found["cash"]["source"]
    assert found["totals"]["result"] == sum(r["result"]["value"] for r in found["rows"]) + found["cash"]["result"]
    assert found["totals"]["commission"] == sum(row["commission"]["money"] for row in found["rows"])
    spent = found["wealth"] - found["totals"]["result"]
    assert spent == found["totals"]["commission"] + found["totals"]["spread"]


def test_targets_say_their_unit() -> None:
    """Units, percent or money; cash that may be anything has null."""
    found = read(dumps(document(answers.us())))
    assert {"percent": 60} == found["rows"][0]["target"]
    assert {"units": 1} == found["rows"][2]["target"]
    assert found["cash"]["target"] is None
    assert {"percent": 10} == document(answers.moex())["cash"]["target"]
    money = answers.answer("[want]\nSPY = 1\n[cash]\nhave = 9\nwant = 7.5", answers.US_QUOTES[:1], (0,))
    assert {"money": Decimal("7.5")} == document(money)["cash"]["target"]


def test_what_is_not_known_is_null() -> None:
    """Shares of assets wanted in units, the time of undated quotes, a gap without a bound: null, never 0."""
    found = read(dumps(document(answers.us(gap=math.inf, status=Status.FEASIBLE))))
    assert found["gap"] is None
    assert "feasible" == found["status"]
    assert found["quotes"]["time"] is None
    assert found["rows"][2]["source"]["share"] is None


def test_notes_speak_the_language_asked_for() -> None:
    """The notes are sentences for a person; keys and words of the schema stay."""
    given_notes = answers.us(notes=(text("yes"),))
    assert ["да"] == document(given_notes, lang="ru")["quotes"]["notes"]
    assert "\\u0434\\u0430" in dumps(document(given_notes, lang="ru"))


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.decimals(-(10**30), 10**30, places=12),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(values, st.sampled_from([None, 2]))
def test_any_value_comes_back(value: object, indent: int | None) -> None:
    """Whatever is written is read back the same, on one line or many."""
    content = dumps(value, indent=indent)
    assert value == json.loads(content, parse_float=Decimal, parse_int=Decimal)
    assert indent is not None or "\n" not in content
