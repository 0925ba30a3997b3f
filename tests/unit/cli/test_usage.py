"""What is refused of a command line that is right word by word."""

from __future__ import annotations

import pytest

from allocator.cli.usage import network, refuse_together
from allocator.core.errors import UsageError
from allocator.forecast.experiment.grid import NETWORKS
from allocator.forecast.spec import Architecture


def test_the_first_pair_that_was_given_is_named():
    """Pairs of which one or none was given are fine."""
    refuse_together((False, "--a", "--b"), (None, "--c", "--d"), ((), "--e", "--f"))
    with pytest.raises(UsageError, match=r"^--c and --d do not go together\.$"):
        refuse_together((False, "--a", "--b"), (("x",), "--c", "--d"), (True, "--e", "--f"))


@pytest.mark.parametrize("word", ["encoder-decoder", "encoder_decoder"])
def test_a_network_is_known_as_it_is_typed_and_as_it_is_printed(word: str):
    """Commands take hyphens, tables and JSON show underscores."""
    assert Architecture.ENCODER_DECODER is network(word, Architecture)


@pytest.mark.parametrize("word", ["gru", "wavenet", "", "LSTM"])
def test_a_network_that_is_not_there_is_named_beside_those_that_are(word: str):
    """As they are typed, and only those of this command."""
    with pytest.raises(UsageError) as caught:
        network(word, NETWORKS)
    assert f"There is no network {word} here." == str(caught.value.message)
    assert "Write one of lstm, encoder, encoder-decoder, tsmixer." == str(caught.value.hint)
