"""Scan by ids where the server can, and by offset where it cannot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_activecampaign.pagination.keyset import KeysetIgnoredError, KeysetScan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tap_activecampaign.pagination.id_range import IdRange
    from tap_activecampaign.pagination.keyset import KeysetSource
    from tap_activecampaign.pagination.page import Row
    from tap_activecampaign.pagination.scan import Scan


class KeysetOrOffsetScan:
    """Iterate over rows by id; if the server ignores that order, go on by offset.

    Args:
        source: How rows are asked for by their ids.
        by_offset: Opens a scan by offset.
        on_fallback: Called before the first page by offset is asked for.
        parallel: How many requests are in flight at most.
        ranges: What is left of an earlier scan.
        expected_rows: How many rows are left to read; None takes the server's total.
    """

    def __init__(  # noqa: PLR0913
        self,
        source: KeysetSource,
        *,
        by_offset: Callable[[], Scan],
        on_fallback: Callable[[], None],
        parallel: int,
        ranges: Sequence[IdRange] = (),
        expected_rows: int | None = None,
    ) -> None:
        self._by_ids = KeysetScan(
            source, parallel=parallel, ranges=ranges, expected_rows=expected_rows
        )
        self._open_by_offset = by_offset
        self._by_offset: Scan | None = None
        self._on_fallback = on_fallback

    @property
    def total(self) -> int | None:
        """How many rows there are to read, if the server tells."""
        return self._by_ids.total

    @property
    def ranges(self) -> list[IdRange]:
        """The ids that are still to be read."""
        return self._by_ids.ranges

    @property
    def rows_left(self) -> int | None:
        """How many rows they are expected to hold."""
        if self._by_ids.total is None:
            return None
        return max(self._by_ids.total - self._by_ids.received, 0)

    def settle(self) -> None:
        """Note that the rows passed on last are safe. See `KeysetScan.settle`."""
        self._by_ids.settle()

    @property
    def has_arrived(self) -> bool:
        """Whether iterating further need not wait for a response, as far as is known."""
        return self._by_offset is None and self._by_ids.has_arrived

    def begin_next_page(self) -> bool | None:
        """Begin to fetch one more page. See `Scan.begin_next_page`."""
        return self._by_ids.begin_next_page()

    def __iter__(self) -> Iterator[list[Row]]:
        try:
            yield from self._by_ids
        except KeysetIgnoredError:
            self._on_fallback()
            self._by_offset = self._open_by_offset()
            for rows in self._by_offset:
                yield [row for row in rows if not self._by_ids.was_passed_on(row)]

    def doubt_about(self, name: str) -> str | None:
        """Return why rows may be missing after all. See `Scan.doubt_about`."""
        return None if self._by_offset is None else self._by_offset.doubt_about(name)
