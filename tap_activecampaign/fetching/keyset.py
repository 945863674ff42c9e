"""Scan a collection in ascending order of its ids, over several ranges of ids at the same time.

A page is asked for by the last id received, so rows that are deleted or inserted meanwhile move
nothing. One such chain of pages waits for each answer before the next question, so several chains
run side by side. Where they begin is found by rank: the page at a rank far ahead is fetched once
by offset, and its rows are the first of a new range. Ranges are therefore equally long however
unevenly dense the ids are. Ranks are chosen so that the last page of one range ends with the first
row of the next, which proves the range complete without a further request.
"""

from __future__ import annotations

from concurrent.futures import FIRST_COMPLETED, wait
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import Future

    from tap_activecampaign.fetching.page import Page, Row


class KeysetIgnoredError(Exception):
    """The server does not return the rows after an id in the order of ids."""


@dataclass
class IdRange:
    """The rows that are still to be read between two ids.

    Attributes:
        after: Every row of the range up to this id was passed on.
        until: First id of the next range; None if none is known.
        begin: Id after which the range began.
        asked_after: How far requests have gone; `after` follows when the rows are passed on.
        pages_left: After so many pages the next range is expected to begin; None if there is none.
    """

    after: int = 0
    until: int | None = None
    begin: int = field(init=False, repr=False, compare=False)
    asked_after: int = field(init=False, repr=False, compare=False)
    pages_left: int | None = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        self.begin = self.asked_after = self.after

    def covers(self, row_id: int) -> bool:
        """Return whether the row belongs to this range, read or unread."""
        return self.begin < row_id and (self.until is None or row_id < self.until)

    def reaches_next(self) -> bool:
        """Return whether nothing is left between what was read and the next range."""
        return self.until is not None and self.asked_after >= self.until - 1


class KeysetScan:
    """Iterate over the rows of a collection, a list of new rows at a time, in no overall order.

    Args:
        fetch: Begins to fetch a page of the rows with ids greater than the first argument, in
            ascending order of ids, skipping as many as the second argument says.
        id_of: Returns the id of a row.
        parallel: How many ranges are read side by side.
        ranges: What is left of an earlier scan.
        expected_rows: How many rows are left to read; None takes the server's total.
    """

    def __init__(
        self,
        fetch: Callable[[int, int], Future[Page]],
        id_of: Callable[[Row], int],
        *,
        parallel: int,
        ranges: Sequence[IdRange] = (),
        expected_rows: int | None = None,
    ) -> None:
        self._fetch = fetch
        self._id_of = id_of
        self._parallel = parallel
        self.ranges = list(ranges) or [IdRange()]
        self.total = expected_rows
        self.received = 0
        self._finished: list[IdRange] = []
        self._full = 0
        self._pages: dict[Future[Page], IdRange] = {}
        # Pages far ahead with the id they skip from and the pages_left of the range they begin.
        self._probes: dict[Future[Page], tuple[int, int | None]] = {}
        self._parked: list[IdRange] = []

    def was_passed_on(self, row_id: int) -> bool:
        """Return whether the row with this id was passed on by this scan."""
        return any(
            known.covers(row_id) and row_id <= known.after
            for known in [*self.ranges, *self._finished]
        )

    def __iter__(self) -> Iterator[list[Row]]:
        for known in self.ranges:
            self._ask(known)
        try:
            while self._pages or self._probes:
                done, _ = wait([*self._pages, *self._probes], return_when=FIRST_COMPLETED)
                for future in done:
                    yield from self._pass_on(future)
        finally:
            for future in [*self._pages, *self._probes]:
                future.cancel()

    def _ask(self, known: IdRange) -> None:
        self._pages[self._fetch(known.asked_after, 0)] = known

    def _pass_on(self, future: Future[Page]) -> Iterator[list[Row]]:
        page = future.result()
        ids = [self._id_of(row) for row in page.rows]
        if self.total is None:
            self.total = page.total
        known = self._pages.pop(future, None)
        if known is not None:
            _check_ascending([known.asked_after, *ids])
        else:
            after, pages_left = self._probes.pop(future)
            _check_ascending([after, *ids])
            known = self._begin_range(ids, pages_left)
            self._wake_parked()
            if known is None:
                return
        new = [
            row
            for row, row_id in zip(page.rows, ids, strict=True)
            if row_id > known.asked_after and known.covers(row_id)
        ]
        self.received += len(new)
        known.asked_after = max([known.asked_after, *ids[-1:]])
        complete = self._is_complete(known, page)
        if not complete:
            self._go_on(known)
        if new:
            yield new
            known.after = self._id_of(new[-1])
        if complete:
            self._finish(known)

    def _go_on(self, known: IdRange) -> None:
        if known.pages_left is not None:
            known.pages_left -= 1
        if known.pages_left == 0 and self._probes:
            # The next range is about to begin right here; asking on would fetch its rows twice.
            self._parked.append(known)
            return
        self._ask(known)
        if not self._full:
            self._full = self.received
            self._split(known)

    def _wake_parked(self) -> None:
        parked, self._parked = self._parked, []
        for known in parked:
            if known.reaches_next():
                self._finish(known)
            elif self._probes:
                self._parked.append(known)
            else:
                self._ask(known)

    def _finish(self, known: IdRange) -> None:
        if known.until is not None:
            known.after = known.until - 1
        self.ranges.remove(known)
        self._finished.append(known)

    def _begin_range(self, ids: list[int], pages_left: int | None) -> IdRange | None:
        """Cut the range that covers these ids in two; None if it has read them all already."""
        cut = next((known for known in self.ranges if ids and known.covers(ids[0])), None)
        if cut is None or cut.asked_after >= ids[-1]:
            return None
        begun = IdRange(max(ids[0] - 1, cut.asked_after), cut.until, pages_left=pages_left)
        cut.until = begun.after + 1
        self.ranges.append(begun)
        return begun

    def _is_complete(self, known: IdRange, page: Page) -> bool:
        if not page.rows or known.reaches_next():
            return True
        if known.until is not None or not page.is_short or page.may_be_capped():
            return False
        # A short page ends the last range, unless the server caps its pages.
        is_capped = len(page.rows) == (self._full or len(page.rows))
        return not (is_capped and self.total is not None and self.received < self.total)

    def _split(self, known: IdRange) -> None:
        """Begin further ranges at even ranks behind the first page of the only range."""
        if self.total is None or known.until is not None or len(self.ranges) > 1:
            return
        rows = self.total - self.received
        parts = min(self._parallel, -(-rows // self._full))
        # Neighbours share a row.
        pages = -(-(rows + parts - 1) // self._full)
        rank = 0
        for part in range(parts):
            share = pages * (part + 1) // parts - pages * part // parts
            # The last range is open-ended.
            pages_left = share if part < parts - 1 else None
            if part == 0:
                known.pages_left = pages_left
            else:
                future = self._fetch(known.asked_after, rank)
                self._probes[future] = (known.asked_after, pages_left)
            rank += share * self._full - 1


def _check_ascending(ids: list[int]) -> None:
    if any(left >= right for left, right in pairwise(ids)):
        raise KeysetIgnoredError
