"""How many requests it takes to read rows."""

from __future__ import annotations

from dataclasses import dataclass

from tap_activecampaign.pagination.page import SMALLEST_PAGE


def pages_by_offset(rows: int, page_size: int) -> int:
    """Return how many pages a collection has whose pages overlap by one row."""
    size = max(page_size, SMALLEST_PAGE)
    return 1 if rows <= size else 1 + -(-(rows - size) // (size - 1))


def requests_by_offset(rows: int, page_size: int) -> int:
    """Return how many requests it takes to read a collection whose pages overlap by one row.

    A full page is never believed to be the last one.
    """
    size, pages = max(page_size, SMALLEST_PAGE), pages_by_offset(rows, page_size)
    return pages + (rows == size + (pages - 1) * (size - 1))


def pages_by_number(rows: int, page_size: int) -> int:
    """Return how many pages a collection has whose pages do not overlap."""
    return max(1, -(-rows // page_size))


@dataclass(frozen=True)
class Cost:
    """Requests of a stream.

    Attributes:
        first_run: To read everything.
        nothing_new: To find that nothing changed.
    """

    first_run: int
    nothing_new: int
