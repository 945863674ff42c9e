"""A page of rows, and where the next one begins."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

Row = dict[str, Any]

# Pages by offset overlap by one row, so the smallest useful one has two.
SMALLEST_PAGE = 2


class UnkeyedRow(dict[str, Any]):
    """A row that does not say which one it is. Records are made of no such row.

    It holds its place on its page all the same, so that offsets and counts stay right.

    Attributes:
        identity: Tells it from other such rows: what it holds, and how many like it stand before it
            on its page.
    """

    def __init__(self, row: Row, identity: tuple[str, int]) -> None:
        super().__init__(row)
        self.identity = identity


def listed(value: Any) -> list[Any] | None:
    """Return the list that a value is; None if it is none.

    PHP writes a list with gaps as an object.
    """
    if isinstance(value, list):
        return value
    if isinstance(value, dict) and all(isinstance(member, dict) for member in value.values()):
        return list(value.values())
    return None


def rows_of(
    members: list[Any], shape: Callable[[Row], Row], has_key: Callable[[Row], bool]
) -> list[Row]:
    """Return the rows that the members of a list are, whatever they are.

    Args:
        members: What the API lists. What is no object becomes an empty row.
        shape: Returns a row as records are made of it.
        has_key: Returns whether a row says which one it is.
    """
    rows: list[Row] = []
    unkeyed: Counter[str] = Counter()
    for member in members:
        row = shape(member) if isinstance(member, dict) else {}
        if not (row and has_key(row)):
            content = repr(member)
            row = UnkeyedRow(row, (content, unkeyed[content]))
            unkeyed[content] += 1
        rows.append(row)
    return rows


@dataclass(frozen=True)
class Page:
    """What one request brought.

    Attributes:
        rows: The rows in the server's order.
        total: How many rows the server says there are; None when it does not say.
        asked: How many rows were asked for.
    """

    rows: list[Row]
    total: int | None
    asked: int

    @property
    def is_short(self) -> bool:
        """Whether fewer rows came than were asked for."""
        return len(self.rows) < self.asked

    @cached_property
    def characters(self) -> int:
        """About how long the rows are as text, judged by three of them."""
        count = len(self.rows)
        sample = [self.rows[place] for place in {0, count // 2, count - 1}] if count else []
        return sum(len(repr(row)) for row in sample) * count // max(len(sample), 1)

    def may_be_capped(self) -> bool:
        """Whether a short page may be short because the server caps its pages.

        Without a total a cap looks like the end; caps are round numbers.
        """
        return self.is_short and bool(self.rows) and len(self.rows) % 5 == 0 and self.total is None


def next_offset(offset: int, rows: int) -> int:
    """Return where the page after one of `rows` rows begins: with that page's last row."""
    return offset + max(rows - 1, 1)


def is_lost(page: Future[Page]) -> bool:
    """Return whether a page will never come, because it failed or nobody wanted it any more."""
    return page.cancelled() or (page.done() and page.exception() is not None)
