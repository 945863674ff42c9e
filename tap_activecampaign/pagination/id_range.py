"""A range of ids that a scan reads from its lower end to its upper end."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from concurrent.futures import Future

    from tap_activecampaign.pagination.page import Page


class Border(NamedTuple):
    """Where one range is expected to end and the next to begin.

    Attributes:
        pages: How many pages the range has.
        next_page: The first page of the next range, by rank.
    """

    pages: int
    next_page: Future[Page]


@dataclass
class IdRange:
    """The rows that are still to be read between two ids.

    Attributes:
        after: Every row of the range up to this id was passed on.
        until: First id of the next range; None if none is known.
        begin: Id after which the range began.
        asked_after: How far requests have gone; `after` follows when the rows are passed on.
        id_gap: How far apart the ids of its latest page are; None before the first page.
        pages_read: How many pages of it were fetched.
        border: Where the next range is expected to begin; None if it began, or there is none.
    """

    after: int = 0
    until: int | None = None
    begin: int = field(init=False, repr=False, compare=False)
    asked_after: int = field(init=False, repr=False, compare=False)
    id_gap: float | None = field(default=None, init=False, repr=False, compare=False)
    pages_read: int = field(default=0, init=False, repr=False, compare=False)
    border: Border | None = field(default=None, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        self.begin = self.asked_after = self.after

    def covers(self, row_id: int) -> bool:
        """Return whether the row belongs to this range, read or unread."""
        return self.begin < row_id and (self.until is None or row_id < self.until)

    def reaches_next(self) -> bool:
        """Return whether nothing is left between what was read and the next range."""
        return self.until is not None and self.asked_after >= self.until - 1

    def cut(self, row_id: int) -> IdRange:
        """End this range with the row of this id, and return the range of what followed."""
        rest = IdRange(row_id, self.until)
        self.until = row_id + 1
        return rest
