"""Scan a collection in ascending order of its ids, over several ranges of ids at the same time.

A page is asked for by the last id received, so rows that are deleted or inserted meanwhile move
nothing. One such chain of pages waits for each answer before the next question, so several chains
run side by side. There are two ways to find where they begin:

- By rank, where the server tells a total: the page at a rank far ahead is fetched once by offset,
  and its rows are the first of a new range. Ranges are then equally long however unevenly dense the
  ids are. Ranks are chosen so that the last page of one range ends with the first row of the next,
  which proves the range complete without a further request.
- By id, where there is no total to rely on or a page far ahead could not be had: the longest range
  is cut at ids between its last row and its end, and cut again whenever a chain has nothing left to
  do. The end of the last range is looked up once; it only places cuts, so the last range stays
  open-ended and a wrong answer loses nothing.
"""

from __future__ import annotations

import math
from concurrent.futures import FIRST_COMPLETED, wait
from itertools import accumulate, pairwise, zip_longest
from typing import TYPE_CHECKING, NamedTuple

from tap_activecampaign.pagination.id_range import Border, IdRange
from tap_activecampaign.pagination.page import UnkeyedRow

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Sequence
    from concurrent.futures import Future

    from tap_activecampaign.pagination.page import Page, Row

# A part that is cut off holds so many pages, because half a page of each part is fetched twice.
_PAGES_OF_A_CUT = 3
# The next range's first page is not waited for if it takes longer than so many pages in a row.
_PAGES_OF_PATIENCE = 4


class KeysetIgnoredError(Exception):
    """The server does not return the rows after an id in the order of ids."""


class KeysetSource(NamedTuple):
    """How rows are asked for by their ids.

    Attributes:
        page: Begins to fetch a page of the rows with ids greater than the first argument, in
            ascending order of ids, skipping as many as the second argument says.
        last_row: Begins to fetch the row with the highest id.
        id_of: Returns the id of a row; None if it has none that is a number.
    """

    page: Callable[[int, int], Future[Page]]
    last_row: Callable[[], Future[Page]]
    id_of: Callable[[Row], int | None]


class KeysetScan:
    """Iterate over the rows of a collection, a list of new rows at a time, in no overall order.

    Args:
        source: Where the rows come from.
        parallel: How many requests are in flight at most.
        ranges: What is left of an earlier scan.
        expected_rows: How many rows are left to read; None takes the server's total.
    """

    def __init__(
        self,
        source: KeysetSource,
        *,
        parallel: int,
        ranges: Sequence[IdRange] = (),
        expected_rows: int | None = None,
    ) -> None:
        self._source = source
        self._parallel = parallel
        self.ranges = list(ranges) or [IdRange()]
        self.total = expected_rows
        self.received = 0
        self._finished: list[IdRange] = []
        # Rows without an id belong to no range: each is passed on when it is first met.
        self._unkeyed: set[Hashable] = set()
        # The range and the last id of the rows that the consumer has not asked beyond yet.
        self._passing_on: tuple[IdRange, int] | None = None
        # Rows of the longest page.
        self._full = 0
        # Each unfinished range is being fetched, waits for its turn, or is parked at its border.
        self._pages: dict[Future[Page], IdRange] = {}
        self._waiting: list[IdRange] = []
        self._parked: list[IdRange] = []
        # Pages far ahead, with the border of the range that each begins.
        self._probes: dict[Future[Page], Border | None] = {}
        self._last: Future[Page] | None = None
        self._highest_id: int | None = None
        self._may_probe = len(self.ranges) == 1
        self._may_cut = not self._may_probe

    def was_passed_on(self, row: Row) -> bool:
        """Return whether a row was passed on by this scan."""
        row_id = self._source.id_of(row)
        if row_id is None:
            return _content_of(row) in self._unkeyed
        return any(
            id_range.covers(row_id) and row_id <= id_range.after
            for id_range in [*self.ranges, *self._finished]
        )

    def settle(self) -> None:
        """Note that the rows passed on last are safe; iterating further notes it as well."""
        if self._passing_on is not None:
            id_range, last_id = self._passing_on
            id_range.after = last_id
            self._passing_on = None

    @property
    def has_arrived(self) -> bool:
        """Whether iterating further brings rows, or ends, without waiting for a response."""
        return not self.ranges or any(future.done() for future in self._in_flight())

    def begin_next_page(self) -> bool | None:
        """Begin to fetch the first page: where others begin is not known. See `Scan`."""
        if self._pages:
            return None
        self._ask(self.ranges[0])
        return True

    def __iter__(self) -> Iterator[list[Row]]:
        asked = list(self._pages.values())
        self._waiting = [id_range for id_range in self.ranges if id_range not in asked]
        self._use_free_slots()
        try:
            # What is still being asked about rows far ahead no longer matters in the end.
            while self.ranges:
                done, _ = wait(self._in_flight(), return_when=FIRST_COMPLETED)
                for future in done:
                    yield from self._pass_on(future)
        finally:
            for future in self._in_flight():
                future.cancel()

    def _in_flight(self) -> list[Future[Page]]:
        last = [] if self._last is None else [self._last]
        return [*self._pages, *self._probes, *last]

    def _ask(self, id_range: IdRange) -> None:
        self._pages[self._source.page(id_range.asked_after, 0)] = id_range

    def _pass_on(self, future: Future[Page]) -> Iterator[list[Row]]:
        # Whatever went wrong far ahead, the chains come to those rows in the end.
        is_lost = future not in self._pages and future.exception() is not None
        by_row = [] if is_lost else [self._source.id_of(row) for row in future.result().rows]
        ids = [row_id for row_id in by_row if row_id is not None]
        id_range = self._range_of(future, ids)
        if id_range is None:
            self._use_free_slots()
            return
        page = future.result()
        new = [
            row
            for row, row_id in zip(page.rows, by_row, strict=True)
            if (
                self._is_unmet(row)
                if row_id is None
                else row_id > id_range.asked_after and id_range.covers(row_id)
            )
        ]
        self.received += len(new)
        self._full = max(self._full, len(page.rows))
        id_range.pages_read += 1
        if self.total is None:
            self.total = page.total
        if ids:
            id_range.asked_after = max(id_range.asked_after, ids[-1])
            id_range.id_gap = (ids[-1] - ids[0]) / (len(ids) - 1) if len(ids) > 1 else 1
        complete = self._is_complete(id_range, page)
        if not complete:
            if not ids:
                # After which id to go on, no row of the page tells.
                yield new
                raise KeysetIgnoredError
            self._go_on(id_range)
        self._use_free_slots()
        if new:
            passed_on = filter(None, map(self._source.id_of, new))
            self._passing_on = (id_range, max(passed_on, default=id_range.after))
            yield new
            self.settle()
        if complete:
            self._finish(id_range)

    def _is_unmet(self, row: Row) -> bool:
        content = _content_of(row)
        is_new = content not in self._unkeyed
        self._unkeyed.add(content)
        return is_new

    def _range_of(self, future: Future[Page], ids: list[int]) -> IdRange | None:
        """Return the range whose rows a page brought; None if it only provides information."""
        id_range = self._pages.pop(future, None)
        if id_range is not None:
            if not _are_ascending([id_range.asked_after, *ids]):
                raise KeysetIgnoredError
        elif future is self._last:
            self._last = None
            self._highest_id = max(ids, default=0)
        else:
            id_range = self._begin_range(self._probes.pop(future), ids)
            self._may_cut = self._may_cut or id_range is None
            self._wake_parked()
        return id_range

    def _begin_range(self, border: Border | None, ids: list[int]) -> IdRange | None:
        """Cut the range that covers these ids in two; None if it has read them all already."""
        if not ids or not _are_ascending(ids):
            return None
        cut = next((id_range for id_range in self.ranges if id_range.covers(ids[0])), None)
        if cut is None or cut.asked_after >= ids[-1]:
            return None
        begun = cut.cut(max(ids[0] - 1, cut.asked_after))
        begun.border = border
        self.ranges.append(begun)
        return begun

    def _is_complete(self, id_range: IdRange, page: Page) -> bool:
        if not page.rows or id_range.reaches_next():
            return True
        if id_range.until is not None or not page.is_short:
            return False
        if len(page.rows) < self._full:
            return True
        # All pages may be short because the server caps them.
        return not page.may_be_capped() if self.total is None else self._rows_left() == 0

    def _rows_left(self) -> int | None:
        """Return how many rows are left to read; None if the total is absent or proved wrong."""
        if self.total is None or self.received > self.total:
            return None
        return self.total - self.received

    def _go_on(self, id_range: IdRange) -> None:
        border = self._awaited_border(id_range)
        if border is not None:
            if border.pages <= _PAGES_OF_PATIENCE:
                self._parked.append(id_range)
                return
            self._may_cut = True
        self._ask(id_range)
        if self._may_probe:
            self._may_probe = False
            self._begin_probes(id_range)

    def _awaited_border(self, id_range: IdRange) -> Border | None:
        """Return where the next range is about to begin: asking on would fetch its rows twice."""
        border = id_range.border
        if border is None or border.next_page not in self._probes:
            return None
        return border if id_range.pages_read >= border.pages else None

    def _wake_parked(self) -> None:
        parked, self._parked = self._parked, []
        for id_range in parked:
            if id_range.reaches_next():
                self._finish(id_range)
            elif self._awaited_border(id_range):
                self._parked.append(id_range)
            else:
                self._ask(id_range)

    def _finish(self, id_range: IdRange) -> None:
        if id_range.until is not None:
            id_range.after = id_range.until - 1
        self.ranges.remove(id_range)
        self._finished.append(id_range)

    def _begin_probes(self, first: IdRange) -> None:
        """Start probes at evenly spaced offsets after the first page."""
        shares = _shares(self._rows_left() or 0, self._full, self._parallel)
        ranks = accumulate(share * self._full - 1 for share in shares[:-1])
        probes = [self._source.page(first.asked_after, rank) for rank in ranks]
        borders = [Border(share, probe) for share, probe in zip(shares, probes, strict=False)]
        for probe, border in zip_longest(probes, borders[1:]):
            self._probes[probe] = border
        if borders:
            first.border = borders[0]._replace(pages=first.pages_read + borders[0].pages)

    def _use_free_slots(self) -> None:
        free = self._parallel - len(self._in_flight()) - len(self._parked)
        while free > 0 and self._waiting:
            self._ask(self._waiting.pop(0))
            free -= 1
        if free > 0 and (self._may_cut or self._rows_left() is None):
            self._cut_longest(free)

    def _cut_longest(self, free: int) -> None:
        """Cut the longest range by ids, so that so many more requests are in flight."""
        # How far apart the ids of a range are is not known before its first page.
        measured = [id_range for id_range in self._pages.values() if id_range.id_gap is not None]
        longest = max(measured, key=self._pages_left, default=None)
        pages = 0 if longest is None else self._pages_left(longest)
        if longest is None or pages < 2 * _PAGES_OF_A_CUT:
            return
        end = self._end_of(longest)
        if end is None:
            self._last = self._last or self._source.last_row()
            return
        longest.border = None
        parts = min(free + 1, int(pages) // _PAGES_OF_A_CUT)
        rest = longest
        for row_id in _even_cuts(longest.asked_after, end, pages, parts):
            rest = rest.cut(row_id)
            self.ranges.append(rest)
            self._ask(rest)

    def _pages_left(self, id_range: IdRange) -> float:
        """Return how many pages the range is likely to have, the one being fetched included."""
        end, rows_left = self._end_of(id_range), self._rows_left()
        by_ids = math.inf if end is None else (end - id_range.asked_after) / (id_range.id_gap or 1)
        by_total = math.inf if rows_left is None else rows_left
        return min(by_ids, by_total) / self._full

    def _end_of(self, id_range: IdRange) -> int | None:
        return self._highest_id if id_range.until is None else id_range.until - 1


def _content_of(row: Row) -> Hashable:
    return row.identity if isinstance(row, UnkeyedRow) else repr(row)


def _are_ascending(ids: list[int]) -> bool:
    return all(left < right for left, right in pairwise(ids))


def _shares(rows: int, page: int, most: int) -> list[int]:
    """Share out rows evenly, in pages: neighbouring parts have a row in common."""
    parts = min(most, -(-rows // page))
    pages = -(-(rows + parts - 1) // page)
    return [pages * (part + 1) // parts - pages * part // parts for part in range(parts)]


def _even_cuts(after: int, end: int, pages: float, parts: int) -> list[int]:
    """Return the ids that cut evenly dense ids in parts of whole pages."""
    ids_per_page = (end - after) / pages
    return [after + round(ids_per_page * (int(pages) * part // parts)) for part in range(1, parts)]
