"""`--workers` of the commands that train."""

from __future__ import annotations

import click
import pytest
from click.testing import CliRunner

from allocator.cli.options import workers_option


def asked(*words: str, least: int = 1) -> str:
    @click.command()
    @workers_option("How many.", least=least)
    def command(workers: int | str | None) -> None:
        click.echo(repr(workers))

    return CliRunner().invoke(command, words).output.strip()


@pytest.mark.parametrize(
    ("said", "meant"), [("4", "4"), ("ray", "'ray'"), ("ray:2", "'ray:2'"), ("ray://head:10001", "'ray://head:10001'")]
)
def test_numbers_and_addresses_are_taken(said, meant):
    """A number as a number, an address as it is."""
    assert meant == asked("--workers", said)


def test_without_it_settings_and_cores_decide():
    """None is said then."""
    assert "None" == asked()


@pytest.mark.parametrize("said", ["0", "2000", "ray://head", "1.5", ""])
def test_others_are_refused(said):
    """With what may be said; it is an error of the command line."""
    assert f"{said!r} is neither 1 to 1024 nor ray, ray:N, ray://HOST:PORT." in asked("--workers", said)


def test_nobody_at_work_is_a_choice_of_the_experiment():
    """It shows what is there then."""
    assert "0" == asked("--workers", "0", least=0)
