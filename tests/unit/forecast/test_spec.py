"""The description of a model: one value, one JSON, one digest; what cannot be is refused by name."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.core.errors import ForecastError
from allocator.forecast.sizes import EncoderDecoderSize, EncoderSize, LstmSize, TsmixerSize, WavenetSize
from allocator.forecast.spec import SIZES, Architecture, Inputs, Loss, ModelSpec, Optimizer, Schedule, Training

architectures = st.sampled_from(Architecture)


@st.composite
def specs(draw: st.DrawFn) -> ModelSpec:
    architecture = draw(architectures)
    mixture = architecture is Architecture.WAVENET
    window = draw(st.integers(2, 100))
    size = SIZES[architecture]
    if size is EncoderDecoderSize:
        size = lambda **given: EncoderDecoderSize(known=min(window, 32), **given)  # noqa: E731
    return ModelSpec(
        architecture,
        draw(st.sampled_from(Inputs)),
        window=window,
        horizon=draw(st.integers(1, 30)),
        loss=Loss.NLL if mixture else draw(st.sampled_from([None, Loss.PCT, Loss.RAW])),
        lam=0 if mixture else draw(st.floats(0, 50)),
        size=draw(st.sampled_from([None, size(dropout=0.25)])),
        training=Training(
            lr=draw(st.floats(1e-6, 0.1)),
            optimizer=draw(st.sampled_from(Optimizer)),
            schedule=draw(st.sampled_from(Schedule)),
        ),
        without=tuple(draw(st.lists(st.sampled_from(["rsi14", "momentum", "sma10_rel"])))),
        seed=draw(st.integers(0, 2**31 - 1)),
    )


@given(specs())
def test_json_gives_the_spec_back(spec: ModelSpec):
    """Through JSON and back it is the same value with the same digest."""
    again = ModelSpec.from_json(spec.json())
    assert spec == again
    assert spec.digest() == again.digest()


@given(specs(), specs())
def test_a_digest_tells_specs_apart(one: ModelSpec, other: ModelSpec):
    """Equal specs have equal digests and others do not."""
    assert (one == other) == (one.digest() == other.digest())


def test_a_digest_is_of_the_value_not_of_how_it_was_written():
    """A whole λ is a float, features left out are a set, and a default size is that size."""
    plain = ModelSpec(Architecture.LSTM, lam=5, without=("a", "b"))
    assert plain.digest() == ModelSpec(Architecture.LSTM, lam=5.0, without=("b", "a", "b"), size=LstmSize()).digest()


def test_a_digest_is_the_same_in_every_process():
    """It hangs on no hash seed: another interpreter says the same."""
    code = (
        "from allocator.forecast.spec import *; print(ModelSpec(Architecture.ENCODER, lam=5).digest())"
        "; import sys; assert 'torch' not in sys.modules"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    assert said == ModelSpec(Architecture.ENCODER, lam=5).digest()
    assert len(said) == 64


@pytest.mark.parametrize(
    ("field", "value", "good"),
    [
        ("window", 1, "from 2 to 4096"),
        ("window", 64.0, "whole number"),
        ("window", True, "whole number"),
        ("horizon", 0, "from 1"),
        ("lam", -1, "from 0"),
        ("lam", float("nan"), "a number from 0"),
        ("lam", "5", "a number from 0"),
        ("seed", -1, "from 0"),
        ("inputs", "ta58", "ta57"),
        ("loss", "mse", "pct, raw, nll"),
        ("architecture", "gru", "lstm, encoder"),
    ],
)
def test_a_number_that_cannot_be_is_refused_by_name(field: str, value: object, good: str):
    """The sentence has the field and the value, the hint what to write."""
    with pytest.raises(ForecastError) as found:
        replace(ModelSpec(Architecture.LSTM), **{field: value})
    assert f"{field} = {value!r}" in str(found.value.message)
    assert good in str(found.value.hint)


@pytest.mark.parametrize(
    ("make", "hint"),
    [
        (lambda: Training(epochs=0), "from 1 to 1000"),
        (lambda: Training(optimizer="sgd"), "adamw, nadam"),
        (lambda: EncoderSize(width=30, heads=4), "width = 32"),
        (lambda: EncoderDecoderSize(width=9, heads=3), "width = 18"),
        (lambda: TsmixerSize(batch_norm=1), "true or false"),
        (lambda: LstmSize.of({"wide": 3}), "dropout, layers, width"),
        (lambda: ModelSpec(Architecture.LSTM, size=EncoderSize()), "size of lstm"),
        (lambda: ModelSpec(Architecture.LSTM, loss=Loss.NLL), "loss = pct or raw"),
        (lambda: ModelSpec(Architecture.WAVENET, loss=Loss.PCT), "loss = nll"),
        (lambda: ModelSpec(Architecture.WAVENET, lam=1), "lam = 0"),
        (
            lambda: ModelSpec(Architecture.ENCODER_DECODER, window=16, size=EncoderDecoderSize(known=17)),
            "known from 0 to 16",
        ),
        (lambda: ModelSpec.of({"inputs": "ta57"}), "lstm"),
        (lambda: ModelSpec.of({"architecture": "lstm", "lambda": 5}), "lam"),
        (lambda: ModelSpec.of({"architecture": "lstm", "size": {"heads": 3}}), "width"),
    ],
)
def test_what_is_wrong_together_is_refused(make, hint: str):
    """Sizes fit their network, losses their head, rows their window; names are known."""
    with pytest.raises(ForecastError) as found:
        make()
    assert hint in str(found.value.hint)


@pytest.mark.parametrize("source", ["", "[]", "{", '{"format": 2, "architecture": "lstm"}', '{"architecture": 3}'])
def test_what_is_no_description_is_refused(source: str):
    """JSON that is none, of another format, or of no model."""
    with pytest.raises(ForecastError):
        ModelSpec.from_json(source)


@pytest.mark.parametrize("values", [{"training": 3}, {"without": "rsi14"}, {"without": [3]}, {"size": "big"}])
def test_a_part_of_the_wrong_kind_is_refused(values: dict[str, object]):
    """An object where an object belongs, a list where a list does."""
    with pytest.raises(ForecastError, match="cannot be"):
        ModelSpec.from_json(json.dumps({"architecture": "lstm", **values}))


def test_every_number_says_what_it_does():
    """Each has bounds around its default, and a meaning, for evolution and for pages."""
    for kind in (ModelSpec, Training, LstmSize, EncoderSize, EncoderDecoderSize, TsmixerSize, WavenetSize):
        for each in fields(kind):
            if each.type in {"int", "float"}:
                assert each.metadata["low"] <= each.default <= each.metadata["high"]
                assert len(each.metadata["meaning"]) > 5
