"""What every way of reading a collection page by page offers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_activecampaign.pagination.page import Row


class Scan(Protocol):
    """One pass over a collection. It can be begun before it is iterated over, but only once."""

    @property
    def total(self) -> int | None:
        """How many rows the server says there are; None as long as it has not said."""

    def begin_next_page(self) -> bool | None:
        """Begin to fetch one more page that iterating will ask for. Not while iterating.

        Returns:
            True if a page was begun, False if a response has to arrive first, and None if nothing
            more can be begun.
        """

    def __iter__(self) -> Iterator[list[Row]]:
        """Yield the rows, some at a time, each row once."""

    def doubt_about(self, name: str) -> str | None:
        """Return why rows may be missing after all, as a sentence, or None.

        Args:
            name: What the user calls the collection.
        """
