"""Features on disk: whole or not there, mapped and not read, and checked before they are believed."""

import errno
import json
import tracemalloc

import numpy as np
import pytest
from feature_panels import context, panel

from allocator.core.errors import ForecastError
from allocator.forecast.features import Scaler, build, load, save, storing
from allocator.forecast.spec import Inputs

ARRAYS = ("times", "values", "ready", "run", "close", "stretch", "sigma")


@pytest.fixture(scope="module")
def features():
    own = panel(21, tickers=("SBER", "GAZP", "NONE"))
    own.valid[:, 2] = False
    return build(own, Inputs.CONTEXT, context=context(own, 21))


def equal(ours, theirs):
    for name in ("interval", "tickers", "names", "groups", "digest"):
        assert getattr(ours, name) == getattr(theirs, name)
    assert {ticker: str(why) for ticker, why in ours.refused.items()} == {
        ticker: str(why) for ticker, why in theirs.refused.items()
    }
    for name in ARRAYS:
        np.testing.assert_array_equal(getattr(ours, name), getattr(theirs, name), name)


def test_features_come_back_as_they_went(features, tmp_path):
    """Every array to the bit, every name, and what was refused; unscaled or scaled, with the scaler."""
    save(features, tmp_path / "plain")
    equal(features, load(tmp_path / "plain"))
    scaler = Scaler.fit(features, slice(300))
    save(features, tmp_path / "scaled", scaler)
    found = load(tmp_path / "scaled")
    equal(features.scaled(scaler), found)
    assert scaler.to_json() == found.scaler.to_json()
    save(found, tmp_path / "again")
    equal(found, load(tmp_path / "again"))
    assert {"NONE": "there is no bar"} == {ticker: str(why) for ticker, why in found.refused.items()}


def test_values_are_mapped_and_windows_are_views(features, tmp_path):
    """Loading reads no values, and a window of every row is a view of the map: nothing is copied 64 times."""
    save(features, tmp_path)
    tracemalloc.start()
    try:
        found = load(tmp_path, verify=False)
        windows = np.lib.stride_tricks.sliding_window_view(found.values, 64, axis=1)
        assert tracemalloc.get_traced_memory()[1] < found.values.nbytes
    finally:
        tracemalloc.stop()
    assert isinstance(found.values, np.memmap)
    assert not found.values.flags.writeable
    assert np.shares_memory(windows, found.values)
    assert windows.size > 40 * found.values.size
    np.testing.assert_array_equal(windows[0, 236].T, found.values[0, 236:300])


def test_saving_scaled_makes_no_second_copy(features, tmp_path):
    """A ticker is scaled and written at a time."""
    scaler = Scaler.fit(features, slice(300))
    tracemalloc.start()
    try:
        save(features, tmp_path, scaler)
        assert tracemalloc.get_traced_memory()[1] < 1.5 * features.values.nbytes
    finally:
        tracemalloc.stop()


def test_saving_again_replaces_all(features, tmp_path):
    """The folder holds the last features alone; the same ones again are the same files."""
    save(features, tmp_path)
    first = sorted(path.name for path in tmp_path.iterdir())
    save(features, tmp_path)
    assert first == sorted(path.name for path in tmp_path.iterdir())
    less = features.without(["calendar"])
    save(less, tmp_path)
    equal(less, load(tmp_path))
    assert 1 + len(ARRAYS) == len(list(tmp_path.iterdir()))


def test_crash_in_the_middle_leaves_the_old_features(features, tmp_path, monkeypatch):
    """Whichever write fails, what was there is still read; the next save sweeps the rest away."""
    save(features, tmp_path)
    less = features.without(["calendar"])
    for name in ("sigma", "manifest"):
        with monkeypatch.context() as patch:
            patch.setattr(storing, "_write" if name == "sigma" else "_replace", failing(name))
            with pytest.raises(ForecastError, match=r"cannot be written.*No space left.*Free some space"):
                save(less, tmp_path)
        equal(features, load(tmp_path))
    save(less, tmp_path)
    assert 1 + len(ARRAYS) == len(list(tmp_path.iterdir()))


def failing(name):
    write = storing._write

    def full(folder, what, *rest):
        if what.startswith(name):
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(folder, what, *rest)

    return full


def test_folder_that_cannot_be_is_an_error(features, tmp_path):
    """A file where the folder should be: named, with what to do."""
    (tmp_path / "file").write_text("")
    with pytest.raises(ForecastError, match="file"):
        save(features, tmp_path / "file")


def test_nothing_there_is_an_error(tmp_path):
    """And it says to build."""
    with pytest.raises(ForecastError, match=r"There are no features in .*Build them"):
        load(tmp_path / "nowhere")


def spoil(folder, name, how):
    path = folder / json.loads((folder / "manifest.json").read_text())["arrays"][name]["file"]
    how(path)


def flip(path):
    content = bytearray(path.read_bytes())
    content[-5] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("name", ARRAYS)
@pytest.mark.parametrize(
    "how",
    [
        flip,
        lambda path: path.unlink(),
        lambda path: path.write_bytes(path.read_bytes()[:-8]),
        lambda path: path.write_bytes(b""),
        lambda path: np.save(path, np.zeros(3)),
        lambda path: np.save(path, np.array([{}]), allow_pickle=True),
    ],
    ids=["a bit", "gone", "cut", "empty", "another shape", "a pickle"],
)
def test_damaged_array_is_named(features, tmp_path, name, how):
    """A flipped bit, a missing or torn file, another array, a pickle: the file is named and nothing of it is used."""
    save(features, tmp_path)
    spoil(tmp_path, name, how)
    with pytest.raises(ForecastError, match=rf"{name}-[0-9a-f]+\.npy is damaged.*Delete the folder"):
        load(tmp_path)


@pytest.mark.parametrize(
    "content",
    ["", "[]", "{}", '{"format": 99}', '{"format": 1}', '{"format": 1, "tickers": 3}'],
)
def test_foreign_manifest_is_named(features, tmp_path, content):
    """Not JSON, not ours, of another version, or with something missing."""
    save(features, tmp_path)
    (tmp_path / "manifest.json").write_text(content)
    with pytest.raises(ForecastError, match=r"manifest\.json is damaged"):
        load(tmp_path)


def test_manifest_cannot_lead_elsewhere(features, tmp_path):
    """A name of a file that leaves the folder is not followed."""
    save(features, tmp_path / "in")
    np.save(tmp_path / "out.npy", features.times)
    manifest = tmp_path / "in" / "manifest.json"
    said = json.loads(manifest.read_text())
    said["arrays"]["times"]["file"] = "../out.npy"
    manifest.write_text(json.dumps(said))
    with pytest.raises(ForecastError, match="damaged"):
        load(tmp_path / "in", verify=False)
