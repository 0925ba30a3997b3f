"""References to secrets: where each kind is looked up, what is refused, and that nothing shows a value."""

from __future__ import annotations

import os
import stat
import sys
import tempfile
import types
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.config.findings import BadValueError, Place
from allocator.config.secrets import LARGEST, Secret, secret
from allocator.core.errors import ConfigError

PLACE = Place(Path("/etc/allocator/allocator.ini"), 7, "algopack", "token")
VALUE = "eyJhbGciOiJSUzI1NiJ9.c2VjcmV0"


def beside(folder: Path, raw: str) -> Secret:
    return secret(raw, Place(folder / "allocator.ini", 3, "algopack", "token"))


def kept(folder: Path, content: str | bytes = VALUE, mode: int = 0o600) -> Path:
    path = folder / "token"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    path.chmod(mode)
    return path


def refusal(reference: Secret, environ: dict[str, str] | None = None) -> tuple[str, str]:
    with pytest.raises(ConfigError) as caught:
        reference.resolve(environ or {})
    assert VALUE not in repr(caught.value)
    ((message, hint),) = caught.value.lines
    return str(message), str(hint)


def test_a_variable_is_looked_up_in_the_environment():
    """The environment is an argument; spaces around the value are no part of it."""
    assert VALUE == secret("env:TOKEN", PLACE).resolve({"TOKEN": f" {VALUE}\n"})


def test_the_environment_of_the_process_is_the_default(monkeypatch):
    """As a command needs it."""
    monkeypatch.setenv("ALLOCATOR_TEST_TOKEN", VALUE)
    assert VALUE == secret("env:ALLOCATOR_TEST_TOKEN", PLACE).resolve()


def test_a_variable_that_is_not_set_says_what_to_type():
    """With the line of the settings that asks for it."""
    expected = (
        f"{PLACE}: env:TOKEN: the variable is not set.",
        "Type `export TOKEN=...`, or keep the secret in a file.",
    )
    assert expected == refusal(secret("env:TOKEN", PLACE))


@pytest.mark.parametrize(
    ("what", "value"), [("it is empty", " "), ("not one line", f"{VALUE}\nmore"), ("not one line", f"{VALUE}\x00")]
)
def test_a_value_that_cannot_be_a_secret_is_refused(what, value):
    """Nothing at all, or more than a line: an empty token would be a puzzling answer of a server."""
    assert what in refusal(secret("env:TOKEN", PLACE), {"TOKEN": value})[0]


@pytest.mark.parametrize("content", [VALUE, f"{VALUE}\n", f"\ufeff{VALUE}\r\n"])
def test_a_file_is_read_beside_the_settings(content, tmp_path):
    """However an editor ends its lines."""
    kept(tmp_path, content)
    assert VALUE == beside(tmp_path, "file:token").resolve({})
    assert VALUE == beside(tmp_path / "elsewhere", f"file: {tmp_path / 'token'}").resolve({})


def test_a_tilde_is_the_users_folder(monkeypatch, tmp_path):
    """As in a shell."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    kept(tmp_path)
    assert VALUE == secret("file:~/token", PLACE).resolve({})


def test_a_home_that_nobody_has_is_refused():
    """At the line that names it."""
    with pytest.raises(BadValueError, match="has no home directory"):
        secret("file:~nobody-of-that-name/token", PLACE)


@pytest.fixture
def open_folder():
    """A folder that every user may enter: pytest makes its own private."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        folder.chmod(0o755)
        if not all(parent.stat().st_mode & stat.S_IXOTH for parent in folder.parents):
            pytest.skip("temporary files of this user are private")
        yield folder


@pytest.mark.skipif(os.name != "posix", reason="there are no such permissions")
def test_a_file_that_others_may_read_is_refused(open_folder):
    """With the command that mends it; its group may read it, for an administrator lends it so."""
    path = kept(open_folder, mode=0o644)
    place = f"{open_folder / 'allocator.ini'}:3: [algopack] token"
    expected = f"{place}: file:{path}: every user of this machine may read the file.", f"Type: chmod 600 {path}"
    assert expected == refusal(beside(open_folder, "file:token"))
    path.chmod(0o640)
    assert VALUE == beside(open_folder, "file:token").resolve({})


@pytest.mark.skipif(os.name != "posix", reason="there are no such permissions")
def test_a_closed_folder_keeps_others_out(tmp_path):
    """Others may read the file, but cannot come near it."""
    kept(tmp_path, mode=0o644)
    tmp_path.chmod(0o700)
    assert VALUE == beside(tmp_path, "file:token").resolve({})


@pytest.mark.parametrize(
    ("what", "content"),
    [
        ("it is empty", b"\n"),
        ("it is not text in UTF-8", b"\xff\xfe\x00"),
        ("it is too long for a secret", b"x" * (LARGEST + 1)),
        ("it is not one line of text", b"one\ntwo"),
    ],
)
def test_a_file_that_holds_no_secret_is_refused(what, content, tmp_path):
    """In words of what it holds, never its words."""
    kept(tmp_path, content)
    assert f"{what}." in refusal(beside(tmp_path, "file:token"))[0]


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    """Each by what it is."""
    assert "there is no such file." in refusal(beside(tmp_path, "file:token"))[0]
    assert "the file cannot be read" in refusal(beside(tmp_path, "file:."))[0]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names")
def test_a_pipe_is_not_waited_for(tmp_path):
    """It may never give anything."""
    os.mkfifo(tmp_path / "token", 0o600)
    assert "it is a pipe or a device" in refusal(beside(tmp_path, "file:token"))[0]


@pytest.fixture
def keyring(monkeypatch):
    """A keyring of one entry; `trouble` is raised instead when it is set."""
    module, errors = types.ModuleType("keyring"), types.ModuleType("keyring.errors")
    module.trouble = None

    class KeyringError(Exception):
        pass

    def get_password(service: str, user: str) -> str | None:
        if module.trouble:
            raise KeyringError(module.trouble)
        return {("allocator", "algopack"): VALUE}.get((service, user))

    errors.KeyringError, module.get_password, module.errors = KeyringError, get_password, errors
    monkeypatch.setitem(sys.modules, "keyring", module)
    monkeypatch.setitem(sys.modules, "keyring.errors", errors)
    return module


def test_the_keyring_is_asked(keyring):
    """By service and user, the user after the last slash."""
    assert VALUE == secret("keyring:allocator/algopack", PLACE).resolve({})


def test_a_secret_that_the_keyring_lacks_can_be_set(keyring):
    """The next thing to type is keyring's own command."""
    assert "Type: keyring set allocator other" == refusal(secret("keyring:allocator/other", PLACE))[1]


def test_a_locked_keyring_says_why(keyring):
    """In the words of the system, and with what works from cron."""
    keyring.trouble = "No recommended backend was available.\nInstall one."
    message, hint = refusal(secret("keyring:allocator/algopack", PLACE))
    assert "the keyring cannot be read: No recommended backend was available." in message
    assert "file:PATH" in hint


def test_a_missing_keyring_can_be_installed(monkeypatch):
    """It is an extra; the hint is the command."""
    monkeypatch.setitem(sys.modules, "keyring", None)
    message, hint = refusal(secret("keyring:allocator/algopack", PLACE))
    assert "keyring is not installed" in message
    assert hint.endswith("python -m pip install keyring")


@pytest.mark.parametrize(
    "raw", [VALUE, "evn:TOKEN", "env:", f"env:{VALUE}", "env:MY TOKEN", "file:", "keyring:allocator", "keyring:/user"]
)
def test_what_is_no_reference_is_refused_and_not_repeated(raw):
    """It may well be the secret itself."""
    with pytest.raises(BadValueError) as caught:
        secret(raw, PLACE)
    assert (raw.partition(":")[2] or raw) not in f"{caught.value.what} {caught.value.hint}" or raw in {"env:", "file:"}


@given(st.text(alphabet=st.characters(min_codepoint=33, max_codepoint=126), min_size=8))
def test_no_form_of_a_reference_shows_the_value(value):
    """Neither print nor a traceback nor a message of a failing comparison."""
    reference = secret("env:TOKEN", PLACE)
    assert value == reference.resolve({"TOKEN": value})
    assert "Secret(env:TOKEN)" == repr(reference)
    assert "env:TOKEN" == str(reference) == f"{reference}"
