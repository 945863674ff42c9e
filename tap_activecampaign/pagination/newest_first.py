"""Read a collection newest first and stop at the bookmark, if the server can be trusted to sort.

Only a few collections filter by their update stamp. For some others ``orders[<column>]=DESC`` is
documented, or seen in use; the server may honour it, ignore it, or honour it in part, always with
status 200. Stopping at the bookmark is right only if the rows really come in that order. This is
how the tap knows.

The column
    Each stream names the column that it is sorted by, `order_column`. Mostly it is the update stamp
    itself. Where it is another one (`contact_tags` by `cdate`, `bounce_logs` by `tstamp`), the rows
    are only ever added: both columns are written once, in the same moment. One of them may be naive
    and its zone be read wrongly, so the scan stops a day later than the bookmark says. Where rows
    change without moving the column, no column is named, and the stream is read whole.

The proof
    The order asked for is told from the order of ids by the rows themselves. One pair must show a
    lower id with a later stamp standing first (by descending ids it would stand the other way
    round), and one pair a higher id with a later stamp standing first (which rules out ascending
    ids). The scan reads on, a few pages at most, until it has met both. In a stream whose rows are
    only ever added, no pair of the first kind exists; the last full read has noted that, and then
    descending ids are as good.

    Until the order has once held to the end, the last page is looked at too, where the server
    counts its rows: no row there may be newer than those at the front.

    A single step back, on any page, ends the shortcut at once, and the stream is read whole in the
    server's own order. So does a page that does not continue the one before it, and a server that
    refuses to sort. The shortcut is tried again after the audit period.

What it cannot see
    A server that sorts the pages read and hides a changed row behind them, for instance because it
    sorts by an index that lags. Rows with equal stamps that change places between two pages. A row
    without a stamp, which stands last: so where the server counts another number of rows than the
    last time, the last row is looked at, and if it has no stamp the stream is read whole. Such a
    row stays unseen only where the count is the same because another row was removed.

Why no row is lost for longer than the audit period
    Every `full_read_every_days` the stream is read whole in the server's own order, which does not
    depend on stamps, and every row that changed since the last full read is emitted; so is a row
    whose id is higher than any of that read, for it came later than its stamp says; so it is when
    the stream is read whole before that is due, because the order broke. A row that
    the shortcut missed in between is therefore emitted then. The same run reads newest first as
    well; if that misses a row that the full read has, the shortcut is switched off for good.

    A row that changes while a scan runs jumps to the front, where the scan has been. Its stamp is
    then not before the start of the run, which the bookmark never passes, so the next run emits
    it. The rows it pushes back by one place are met twice, not missed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_activecampaign.pagination.page import SMALLEST_PAGE, next_offset
from tap_activecampaign.pagination.seen_keys import SeenKeys

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator
    from concurrent.futures import Future

    from tap_activecampaign.pagination.page import Page, Row

# Pages read beyond the bookmark in search of a proof, the one with the bookmark included.
_PAGES_FOR_PROOF = 3
# Pages asked for beyond the next one while all rows are newer than the bookmark.
_PAGES_AHEAD = 2


class OrderProof:
    """Watch rows come by, and say whether they prove to come newest first.

    Args:
        rows_are_only_added: Whether order by id and order by stamp are the same in this stream.
    """

    def __init__(self, *, rows_are_only_added: bool) -> None:
        self._rows_are_only_added = rows_are_only_added
        self.is_broken = False
        self._lower_id_stood_first = False
        self._higher_id_stood_first = False
        self._stamp: str | None = None
        # Ids of rows with a strictly later stamp, and of those with the present one.
        self._later: tuple[int, int] | None = None
        self._present: tuple[int, int] | None = None

    def watch(self, row_id: Hashable, stamp: str | None) -> None:
        """Take the next row into account. Ids that are not numbers prove nothing."""
        if (
            stamp is None
            or not isinstance(row_id, int)
            or (self._stamp is not None and stamp > self._stamp)
        ):
            self.is_broken = True
            return
        if stamp != self._stamp:
            self._later = _widened(self._later, self._present)
            self._present = None
            self._stamp = stamp
        if self._later is not None:
            lowest, highest = self._later
            self._lower_id_stood_first |= lowest < row_id
            self._higher_id_stood_first |= highest > row_id
        self._present = _widened(self._present, (row_id, row_id))

    @property
    def oldest(self) -> str:
        """The stamp of the last row so far."""
        return self._stamp or ""

    @property
    def holds(self) -> bool:
        """Whether the rows so far prove the order."""
        if self.is_broken or not self._higher_id_stood_first:
            return False
        return self._lower_id_stood_first or self._rows_are_only_added


def _widened(span: tuple[int, int] | None, other: tuple[int, int] | None) -> tuple[int, int] | None:
    if span is None or other is None:
        return span or other
    return min(span[0], other[0]), max(span[1], other[1])


class NewestFirstScan:
    """Iterate over the rows from the newest to the bookmark, a list of new rows at a time.

    Args:
        fetch: Begins to fetch the page of ``limit`` rows at an offset, newest first.
        key: Returns the id of a row.
        stamp_of: Returns the update stamp of a row as records write it, or None.
        earliest: The bookmark, written likewise.
        page_size: Rows to ask for; at least 2, because pages overlap by one.
        rows_are_only_added: Whether the last full read found ids and stamps in the same order.
        rows_before: How many rows the server counted in the last run.
        checks_the_end: Whether the last page must be looked at before stopping early.

    Attributes:
        reached: Whether every row that changed since the bookmark was passed on.
        is_whole: Whether the whole collection was passed on.
        total: How many rows the server counts, if it does.
        seen: Keys of the rows that were passed on.
    """

    def __init__(  # noqa: PLR0913
        self,
        fetch: Callable[[int, int], Future[Page]],
        key: Callable[[Row], Hashable],
        stamp_of: Callable[[Row], str | None],
        *,
        earliest: str,
        page_size: int,
        rows_are_only_added: bool,
        rows_before: int | None = None,
        checks_the_end: bool = False,
    ) -> None:
        self._fetch = fetch
        self._key = key
        self._stamp_of = stamp_of
        self._earliest = earliest
        self._asked = max(page_size, SMALLEST_PAGE)
        self._proof = OrderProof(rows_are_only_added=rows_are_only_added)
        self._rows_before = rows_before
        self._checks_the_end = checks_the_end
        self.total: int | None = None
        self.reached = False
        self.is_whole = False
        self.seen = SeenKeys()
        self._ahead: dict[int, Future[Page]] = {}

    def begin_next_page(self) -> bool | None:
        """Begin to fetch the first page: how many follow is not known. See `Scan`."""
        if self._ahead:
            return None
        self._ahead[0] = self._fetch(0, self._asked)
        return True

    def doubt_about(self, name: str) -> str | None:
        """Return None: where the order is in doubt, the collection is read whole. See `Scan`."""
        del name
        return None

    def __iter__(self) -> Iterator[list[Row]]:
        try:
            yield from self._pages()
        finally:
            for future in self._ahead.values():
                future.cancel()

    def _pages(self) -> Iterator[list[Row]]:
        offset = pages_beyond = 0
        while True:
            page = (self._ahead.pop(offset, None) or self._fetch(offset, self._asked)).result()
            if offset and (not page.rows or self._key(page.rows[0]) not in self.seen):
                return
            new = [row for row in page.rows if self.seen.add(self._key(row))]
            beyond = False
            for row in new:
                stamp = self._stamp_of(row)
                self._proof.watch(self._key(row), stamp)
                beyond |= stamp is not None and stamp < self._earliest
            self.is_whole = _is_whole(page, offset)
            pages_beyond += beyond or bool(pages_beyond)
            self.reached = self.is_whole or (beyond and self._proof.holds)
            ended = self.reached or self._proof.is_broken or pages_beyond >= _PAGES_FOR_PROOF
            self.total = page.total
            offset = next_offset(offset, len(page.rows))
            if not (ended or pages_beyond or page.is_short):
                self._fetch_ahead(offset, page.total)
            if self.reached and not self.is_whole:
                self.reached = self._end_agrees()
            # After a step back the rows may have come in any order, but they are rows all the same.
            yield new
            if ended or not new:
                return

    def _end_agrees(self) -> bool:
        """Return whether the last rows are no newer than those read, and all have a stamp.

        Rows without a stamp stand last. Where the server counts as many rows as before, none has
        come.
        """
        if self.total is None:
            return True
        if self._checks_the_end:
            page = self._fetch(max(0, self.total - self._asked), self._asked).result()
        elif self.total != self._rows_before:
            page = self._fetch(self.total - 1, self._asked).result()
        else:
            return True
        stamps = [self._stamp_of(row) for row in page.rows if self._key(row) not in self.seen]
        return all(stamp is not None and stamp <= self._proof.oldest for stamp in stamps)

    def _fetch_ahead(self, offset: int, total: int | None) -> None:
        """Begin the next page and those behind it, since the bookmark may be far."""
        step = next_offset(0, self._asked)
        for later in range(offset, offset + (1 + _PAGES_AHEAD) * step, step):
            if later not in self._ahead and (total is None or later < total - 1):
                self._ahead[later] = self._fetch(later, self._asked)


def _is_whole(page: Page, offset: int) -> bool:
    """Return whether a page is the only one of the collection."""
    if offset or not page.is_short:
        return False
    if page.total is None:
        return not page.may_be_capped()
    return len(page.rows) >= page.total
