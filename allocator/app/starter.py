"""A first portfolio file, commented so that it can be edited without a manual."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from allocator.core.errors import UsageError
from allocator.core.text import Text, text

Say = Callable[[Text], str]


@dataclass(frozen=True, slots=True)
class Line:
    """One asset as the file writes it: what is wanted (`40%` or units) and the units held."""

    ticker: str
    want: str
    have: str = "0"


@dataclass(frozen=True, slots=True)
class Starter:
    """What the first file says; the values are in the words of the file."""

    lines: Sequence[Line] = (Line("SBER", "35%"), Line("LKOH", "25%"), Line("TATN", "20%"), Line("LQDT", "20%"))
    cash: str = "100 000"
    commission: str = "0.05%"
    provider: str = "MOEX"

    def content(self, say: Say) -> str:
        """The file, with its comments in the language of `say`."""
        return "\n".join(self._lines(say)) + "\n"

    def _lines(self, say: Say) -> Iterator[str]:
        def note(comment: Text) -> str:
            return f"; {say(comment)}"

        width = max(len(line.ticker) for line in self.lines)
        yield note(text("A portfolio for allocator. Lines that begin with a semicolon are comments."))
        yield ""
        yield "[want]"
        yield note(text("What you want: percentages that add up to 100%, or numbers of units, or auto."))
        yield note(
            text("What the percentages leave, a forecast shares out among all that say auto (see: allocator forecast).")
        )
        yield from (f"{line.ticker:{width}} = {line.want}" for line in self.lines)
        yield ""
        yield "[have]"
        yield note(text("What you hold now, in units (not lots)."))
        yield from (f"{line.ticker:{width}} = {line.have}" for line in self.lines)
        yield ""
        yield "[cash]"
        yield note(text("Money on the account. It may have a target too, and some of it may be taken out."))
        yield f"have = {self.cash}"
        yield "; want = 1000"
        yield "; withdraw = 0"
        yield ""
        yield "[trade]"
        yield note(text("Deals that you allow: BUY, SELL, KEEP (none), or TRADE (any), which is the default."))
        yield f"; {self.lines[0].ticker} = BUY"
        yield ""
        yield "[commission]"
        yield note(text("The fee of a deal with one asset, where it is not that of [options]."))
        yield f"; {self.lines[-1].ticker} = 0"
        yield ""
        yield from self._options(note)

    def _options(self, note: Callable[[Text], str]) -> Iterator[str]:
        yield "[options]"
        yield note(text("The fee of a deal: money (2), a percentage of the deal (0.05%) or both (1 + 0.05%)."))
        yield f"commission = {self.commission}"
        yield note(text("Buy until not one more wanted lot can be paid for."))
        yield "use all cash = no"
        yield note(text("The most deals; 0 sets no limit."))
        yield "max deals = 0"
        yield note(text("Where quotes come from: MOEX, YAHOO FINANCE, or FILE quotes.csv."))
        yield f"market info provider = {self.provider}"
        yield note(text("How distance is measured: LAD (sum of deviations) or LSAPPROX (least squares)."))
        yield "model = LAD"


def write(content: str, path: Path, *, force: bool) -> None:
    """Write the file; one that is there already only with `force`.

    Raises: `UsageError` when it is there, or cannot be written.
    """
    try:
        with path.open("w" if force else "x", encoding="utf-8", newline="\n") as file:
            file.write(content)
    except FileExistsError as error:
        raise UsageError(
            text("{path} is there already.", path=path),
            text("Give another name, or --force to overwrite it."),
        ) from error
    except (OSError, ValueError) as error:
        raise cannot_write(path, error) from error


def cannot_write(path: Path, error: Exception) -> UsageError:
    reason = (isinstance(error, OSError) and error.strerror) or str(error)
    return UsageError(
        text("{path} cannot be written: {reason}.", path=path, reason=reason),
        text("Give a path in a folder that you may write to."),
    )
