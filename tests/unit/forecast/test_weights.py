"""Files of models: what was written is read, and nothing else is."""

from __future__ import annotations

import importlib
import json
import pickle
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from allocator.core.errors import ForecastError
from allocator.forecast.spec import Architecture, ModelSpec
from allocator.forecast.training import Provenance, Split, key, provenance
from allocator.forecast.training.files import sum_of
from allocator.forecast.training.weights import load, save

safetensors = pytest.importorskip("safetensors.numpy", reason="the extra `forecast` is not installed")

SPLIT = Split((0, 10), (12, 20), (22, 30))
MADE = Provenance(
    spec=ModelSpec(Architecture.LSTM, lam=5),
    data="abc",
    names=("close", "rsi14"),
    split=SPLIT,
    code="0.1.0",
    torch="2.13.0",
    precision="float32",
    windows=10,
    seconds=1.5,
    best=2,
    history=((1.0, 1.5), (0.9, 1.2), (0.8, 1.3)),
    scores={"test": {"mape": 0.4, "correlation": None}},
    recalibration={"slope": 0.5},
)
TENSORS = {"a": np.arange(6, dtype=np.float32).reshape(2, 3), "b": np.array(3, dtype=np.int64)}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "model.safetensors"
    save(path, TENSORS, MADE)
    return path


def test_what_was_written_is_read(file: Path):
    """Every number of every tensor, and all of the provenance."""
    tensors, made = load(file)
    assert MADE == made
    assert TENSORS.keys() == tensors.keys()
    assert all(np.array_equal(value, tensors[name]) for name, value in TENSORS.items())
    assert MADE == provenance(file)
    assert 1.2 == made.loss


def test_it_is_plain_safetensors(file: Path):
    """Anybody's reader opens it, and it holds no pickle."""
    assert TENSORS.keys() == safetensors.load_file(file).keys()
    with pytest.raises(pickle.UnpicklingError):
        pickle.loads(file.read_bytes())


def test_a_key_is_of_spec_data_and_split():
    """Change any and it is another training."""
    assert MADE.key == key(MADE.spec, "abc", SPLIT)
    others = [replace(MADE, spec=replace(MADE.spec, seed=1)), replace(MADE, data="abd"),
              replace(MADE, split=replace(SPLIT, test=(22, 31)))]  # fmt: skip
    assert 4 == len({each.key for each in (MADE, *others)})


def test_whoever_reads_models_loads_no_torch(file: Path):
    """Scores are read by processes that never train."""
    code = (
        "import sys; from pathlib import Path; from allocator.forecast.training import Pool, provenance;"
        f"print(provenance(Path({str(file)!r})).data); assert 'torch' not in sys.modules"
    )
    assert "abc\n" == subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout


def header(content: bytes, **changes: str) -> bytes:
    """The file with other metadata."""
    length = int.from_bytes(content[:8], "little")
    about = json.loads(content[8 : 8 + length])
    about["__metadata__"] |= changes
    if "model" in changes:
        about["__metadata__"] |= {"sum of model": sum_of({}, changes["model"])} | changes
    again = json.dumps(about).encode()
    again += b" " * (-len(again) % 8)
    return len(again).to_bytes(8, "little") + again + content[8 + length :]


@pytest.mark.parametrize(
    ("break_", "reason"),
    [
        (lambda content: b"", "no safetensors file"),
        (lambda content: content[:5], "no safetensors file"),
        (lambda content: content[:100], "no safetensors file"),
        (lambda content: content[:-1], "numbers cannot be read"),
        (lambda content: content[:-3] + b"\x01" + content[-2:], "not those that were written"),
        (lambda content: b"\xff" * 8 + content[8:], "no safetensors file"),
        (lambda content: pickle.dumps({"a": 1}), "no safetensors file"),
        (lambda content: safetensors.save(TENSORS), "no safetensors file"),
        (lambda content: safetensors.save(TENSORS, metadata={"format": "pt"}), "another program or version"),
        (lambda content: header(content, format="allocator model 0"), "another program or version"),
        (lambda content: header(content, model="{}"), "description is incomplete"),
        (lambda content: header(content, model="[]"), "description is incomplete"),
        (lambda content: header(content, sum="0"), "not those that were written"),
    ],
)
def test_a_damaged_or_foreign_file_is_refused_with_the_reason(file: Path, break_, reason: str):
    """Cut, changed, of another program, of another version: the sentence names the file and says which."""
    file.write_bytes(break_(file.read_bytes()))
    with pytest.raises(ForecastError, match=reason) as found:
        load(file)
    assert str(file) in str(found.value)
    assert "train" in str(found.value.hint)


def test_a_changed_description_is_refused(file: Path):
    """The line that recalibrates decides every forecast: it is not believed when it is not what was written."""
    plain = MADE.plain()
    plain["recalibration"]["slope"] = 1000.0
    changed = json.dumps(plain)
    file.write_bytes(header(file.read_bytes(), model=changed, **{"sum of model": sum_of({}, json.dumps(MADE.plain()))}))
    with pytest.raises(ForecastError, match="description is not what was written"):
        load(file)


def test_a_description_of_no_model_is_refused(file: Path):
    """A spec that cannot be is refused with its own reason."""
    plain = MADE.plain()
    plain["spec"]["window"] = 0
    file.write_bytes(header(file.read_bytes(), model=json.dumps(plain)))
    with pytest.raises(ForecastError, match="window = 0"):
        load(file)


def test_numbers_that_are_none_are_refused(tmp_path: Path):
    """NaN in a weight would be NaN in every forecast."""
    save(tmp_path / "m", {"a": np.array([np.nan], dtype=np.float32)}, MADE)
    with pytest.raises(ForecastError, match="not finite"):
        load(tmp_path / "m")


def test_a_file_that_is_not_there_is_refused(tmp_path: Path):
    """By name."""
    with pytest.raises(ForecastError, match=r"none\.safetensors.*there is no such file"):
        provenance(tmp_path / "none.safetensors")


def test_numbers_that_do_not_fit_their_description_are_refused(file: Path):
    """A whole file of this program, with the tensors of another network."""
    torch = pytest.importorskip("torch", reason="the extra `forecast` is not installed")
    model = importlib.import_module("allocator.forecast.training.model")
    with pytest.raises(ForecastError, match="do not fit"):
        model.load(file, torch.device("cpu"))
