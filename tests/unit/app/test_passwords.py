"""Hashes of passwords."""

from __future__ import annotations

import pytest

from allocator.app.passwords import LONGEST, SALT_BYTES, SHORTEST, checked_hash, hashed, matches
from allocator.core.errors import ConfigError, UsageError

SALT = bytes(range(SALT_BYTES))
# The third test vector of RFC 7914 (password, NaCl, 1024, 8, 16), as a PHC string.
KNOWN = "$scrypt$ln=10,r=8,p=16$TmFDbA$"
KNOWN += "/bq+HJ00cgB4VucZDQHp/nxq18vII3gw53N2Y0s3MWIurzDZLiKjiG/xCSedmDDaxyevuUqD7m2DYMvfoswGQA"


def test_a_password_matches_its_hash_alone() -> None:
    """The right password is found right, another is not, and the hash does not show it."""
    written = hashed("correct horse", SALT)
    assert matches("correct horse", written)
    assert not matches("correct horsE", written)
    assert "horse" not in written


def test_the_same_password_with_another_salt_is_another_hash() -> None:
    """Nobody sees that two passwords are the same."""
    assert hashed("correct horse", SALT) != hashed("correct horse", SALT[::-1])


def test_the_hash_is_the_scrypt_of_the_rfc() -> None:
    """A test vector of RFC 7914 is recognised, so hashes of other programs are."""
    assert matches("password", KNOWN)
    assert not matches("Password", KNOWN)


def test_it_is_the_same_password_from_any_keyboard() -> None:
    """A letter that is typed composed on one device and in two parts on another is one letter."""
    assert matches("пароль и\N{COMBINING BREVE}ота", hashed("пароль йота", SALT))


@pytest.mark.parametrize("password", ["", "x" * (SHORTEST - 1), "x" * (LONGEST + 1)])
def test_a_password_has_a_length(password: str) -> None:
    """One that is too short to be safe or too long to be typed is refused."""
    with pytest.raises(UsageError):
        hashed(password, SALT)


@pytest.mark.parametrize(
    "written",
    [
        "hunter2 hunter2",
        "",
        KNOWN[:-80],
        KNOWN.replace("ln=10", "ln=31"),
        KNOWN.replace("ln=10", "ln=2"),
        KNOWN.replace("r=8", "r=0"),
        KNOWN.replace("ln=10,r=8", "ln=24,r=32"),
        KNOWN.replace("TmFDbA", "TmFDb"),
        KNOWN + "\n",
    ],
)
def test_what_is_no_hash_is_refused_and_not_repeated(written: str) -> None:
    """A password as it is, a damaged hash and one that would take all memory match nothing, and no error shows them."""
    assert not matches("password", written)
    with pytest.raises(ConfigError) as caught:
        checked_hash(written, "file:/secret")
    assert "file:/secret" in str(caught.value)
    assert not written or written not in str(caught.value)


def test_a_hash_passes_as_it_is() -> None:
    """What `matches` can use is given back."""
    assert KNOWN == checked_hash(KNOWN, "env:X")
