"""Tokens and passwords by reference: a settings file says where a secret is kept, never what it is.

The value is looked up when it is needed, handed to who asked, and kept nowhere; what can be printed of a `Secret` is
the reference. Why a bare token is refused, and a file that others may read: `docs/decisions/0010-settings.md`.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from allocator.config.findings import BadValueError, Place, escaped, shown
from allocator.core.errors import ConfigError
from allocator.core.text import Text, text

LARGEST = 2**16

_VARIABLE = re.compile("[A-Za-z_][A-Za-z0-9_]*")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")
_KINDS = ("env", "file", "keyring")


@dataclass(frozen=True, slots=True)
class Secret:
    """Where a secret is kept: `kind` is env, file or keyring, `name` the variable, the path or SERVICE/USER."""

    kind: str
    name: str
    place: Place  # where the reference stands, for errors to say

    def __str__(self) -> str:
        return f"{self.kind}:{escaped(self.name)}"

    def __repr__(self) -> str:
        return f"Secret({self})"

    def resolve(self, environ: Mapping[str, str] | None = None) -> str:
        """The secret itself, without spaces around it; `environ` stands for the environment (None: the process's).

        Raises: `ConfigError` when it is not there, is empty or is not one line of text.
        """
        try:
            return _one_line(self._looked_up(os.environ if environ is None else environ))
        except BadValueError as error:
            what = text("{secret}: {what}", secret=str(self), what=error.what)
            raise ConfigError(text("{place}: {what}.", place=str(self.place), what=what), error.hint) from None

    def _looked_up(self, environ: Mapping[str, str]) -> str:
        if self.kind == "env":
            return _of_variable(self.name, environ)
        return _of_file(Path(self.name)) if self.kind == "file" else _of_keyring(self.name)


def secret(raw: str, place: Place) -> Secret:
    """The reference that a value is; a path is relative to the file that it stands in, `~` the user's folder.

    Raises: `BadValueError` for anything else, which may well be the secret itself: it is not repeated.
    """
    kind, colon, name = (part.strip() for part in raw.partition(":"))
    if not colon or kind.lower() not in _KINDS:
        raise BadValueError(text("a secret does not stand in the file itself, where backups and eyes find it"))
    kind = kind.lower()
    if kind == "env" and not _VARIABLE.fullmatch(name):
        raise BadValueError(text("what follows env: is not the name of a variable"))
    if kind == "keyring" and not all(name.rpartition("/")):
        raise BadValueError(text("what follows keyring: is not SERVICE/USER"))
    if kind == "file":
        if not name:
            raise BadValueError(text("the path after file: is missing"))
        name = str(place.file.parent / _home(name))
    return Secret(kind, name, place)


def _home(name: str) -> Path:
    try:
        return Path(name).expanduser()
    except RuntimeError as error:
        raise BadValueError(text("{name} has no home directory", name=shown(name.partition("/")[0]))) from error


def _one_line(value: str) -> str:
    value = value.strip()
    if not value:
        raise BadValueError(text("it is empty"))
    if _CONTROL.search(value):
        raise BadValueError(text("it is not one line of text"), text("Keep the secret there and nothing else."))
    return value


def _of_variable(name: str, environ: Mapping[str, str]) -> str:
    if name not in environ:
        raise BadValueError(
            text("the variable is not set"), text("Type `export {name}=...`, or keep the secret in a file.", name=name)
        )
    return environ[name]


def _of_file(path: Path) -> str:
    try:
        if path.exists() and not path.is_file() and not path.is_dir():
            raise BadValueError(text("it is a pipe or a device"))
        with path.open("rb") as stream:
            _refuse_readable_by_others(path, os.fstat(stream.fileno()).st_mode)
            data = stream.read(LARGEST + 1)
    except FileNotFoundError:
        raise BadValueError(text("there is no such file"), text("Write the secret there, alone on a line.")) from None
    except (OSError, ValueError) as error:
        if isinstance(error, BadValueError):
            raise
        reason = (isinstance(error, OSError) and error.strerror) or str(error)
        raise BadValueError(text("the file cannot be read: {reason}", reason=shown(reason))) from None
    if len(data) > LARGEST:
        raise BadValueError(text("it is too long for a secret"))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadValueError(text("it is not text in UTF-8")) from None


def _refuse_readable_by_others(path: Path, mode: int) -> None:
    """Raises: `BadValueError` when any user of the machine may read the file: the bit is set, and the way is open.

    The group's bit is left alone: an administrator who lends a file to a service sets it on purpose. Windows has no
    such bits.
    """
    if os.name != "posix" or not mode & stat.S_IROTH:
        return
    if all(parent.stat().st_mode & stat.S_IXOTH for parent in path.resolve().parents):
        raise BadValueError(
            text("every user of this machine may read the file"), text("Type: chmod 600 {path}", path=_quoted(path))
        )


def _quoted(path: Path) -> str:
    import shlex  # noqa: PLC0415 -- for one error

    return shlex.quote(escaped(str(path)))


def _of_keyring(name: str) -> str:
    service, _, user = name.rpartition("/")
    try:
        import keyring  # noqa: PLC0415 -- an optional extra
        from keyring.errors import KeyringError  # noqa: PLC0415
    except ImportError:
        raise BadValueError(
            text("keyring is not installed"),
            text("With the Python that runs allocator: python -m pip install keyring"),
        ) from None
    try:
        value = keyring.get_password(service, user)
    except (KeyringError, OSError, RuntimeError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")
        raise BadValueError(text("the keyring cannot be read: {reason}", reason=shown(reason)), _ELSEWHERE) from None
    if value is None:
        command = f"keyring set {service} {user}"
        raise BadValueError(text("the keyring has no such secret"), text("Type: {command}", command=command))
    return value


_ELSEWHERE: Text = text("What runs without a desktop, as from cron, has no open keyring: write file:PATH instead.")
