"""Long answers of ISS, which come in pages of a size that it does not promise.

Some routes send a cursor with the total; the others are asked on until an empty page. Nothing is concluded from a
short page: 500 rows today may be 100 tomorrow.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from allocator.core.errors import MarketError
from allocator.core.text import Text, text
from allocator.market.iss import Iss, Page, Row

MOST_LISTED = 200_000  # rows of a list; the longest has some thousands
LATER = text("Try again later; what is stored stays.")


def pages(
    iss: Iss,
    path: str,
    block: str,
    columns: Sequence[str],
    params: Mapping[str, str],
    *,
    most: int,
    exact: bool = True,
) -> Iterator[Page]:
    """The pages of a block that may be long, none of them empty. Who knows that nothing follows, asks for no more.

    Raises: `MarketError` when the exchange sends the same page again, breaks off before the total that it told, or
    sends `most` rows or more, which no honest answer has.
    """
    start, before = 0, None
    while True:
        page = iss.page(path, block, columns, {**params, "start": str(start)}, exact=exact)
        if page.count and before is not None and page.columns == before.columns:
            raise _strange(text("{host} sends the same page of {block} again", host=iss.host, block=block))
        if not page.count:
            if page.total is not None and start < page.total:
                message = text(
                    "{host} sent {got} of {total} rows of {block}",
                    host=iss.host,
                    got=start,
                    total=page.total,
                    block=block,
                )
                raise _strange(message)
            return
        yield page
        start += page.count
        if start >= most:
            raise _strange(text("{host} sends rows of {block} without end", host=iss.host, block=block))
        if page.total is not None and start >= page.total:
            return
        before = page


def rows(
    iss: Iss,
    path: str,
    block: str,
    columns: Sequence[str],
    params: Mapping[str, str] | None = None,
    *,
    paged: bool = True,
) -> Iterator[Row]:
    """All rows of a list, whether its route comes in pages or ignores `start` and sends everything each time.

    A list that is never long is `paged` by its cursor only, so that it takes one question.

    Raises: `MarketError`, also when rows come without one of the columns.
    """
    start, before = 0, None
    while start < MOST_LISTED:
        page = iss.page(path, block, columns, {**(params or {}), "start": str(start)})
        if not page.count or (before is not None and start == before.count and page.columns == before.columns):
            return
        if before is not None and page.columns == before.columns:
            raise _strange(text("{host} sends the same page of {block} again", host=iss.host, block=block))
        require(iss, block, page, columns)
        yield from page.rows()
        start += page.count
        if start >= page.total if page.total is not None else not paged:
            return
        before = page
    raise _strange(text("{host} sends rows of {block} without end", host=iss.host, block=block))


def require(iss: Iss, block: str, page: Page, columns: Sequence[str]) -> None:
    """Raises: `MarketError` when the page lacks one of the columns."""
    for column in columns:
        if column not in page.columns:
            raise MarketError(
                text("{host}: block {block} has no column {column}.", host=iss.host, block=block, column=column),
                text("The exchange has changed its format: update allocator."),
            )


def _strange(message: Text) -> MarketError:
    return MarketError(text("{failure}.", failure=message), LATER)
