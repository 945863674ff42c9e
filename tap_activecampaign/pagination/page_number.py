"""Scan a collection whose pages are numbered and cannot overlap.

Rows that are deleted while a scan runs push others across page borders, and nothing on the pages
shows it. So a pass over the collection is believed only where

- the server counts rows, told the same number all the time, and that many came; or
- it counts none, and all rows stood on one page; or
- it met the very rows that the pass before met: one deleted then would be missing now.

Otherwise the collection is read again, and rows seen before are left out. What a count cannot show
is that one row went and another came between two answers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_activecampaign.api import NotFoundError
from tap_activecampaign.pagination.page import Page, is_lost

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator
    from concurrent.futures import Future

    from tap_activecampaign.pagination.page import Row

_PASSES = 4


class PageNumberScan:
    """Iterate over the rows of a collection, a list of new rows at a time.

    Args:
        fetch: Begins to fetch the page with a number; the first page is number 1.
        key: Returns what identifies a row.
        window: Pages fetched ahead.

    Attributes:
        is_complete: Whether all rows came that were there all the time, as far as can be told.
    """

    def __init__(
        self,
        fetch: Callable[[int], Future[Page]],
        key: Callable[[Row], Hashable],
        *,
        window: int,
    ) -> None:
        self._fetch = fetch
        self._key = key
        self._window = window
        self.is_complete = False
        self._seen: set[Hashable] = set()
        # What the pass before met, and what the pass under way met and was told.
        self._before: set[Hashable] = set()
        self._met: set[Hashable] = set()
        self._totals: set[int] = set()
        self._fullest = self._pages = 0
        self._ahead: dict[int, Future[Page]] = {}

    @property
    def total(self) -> int | None:
        """How many rows the server counts, if it does."""
        return max(self._totals, default=None)

    def begin_next_page(self) -> bool | None:
        """Begin to fetch one more page. See `Scan.begin_next_page`."""
        first = self._ahead.get(1)
        if first is None:
            self._ahead[1] = self._fetch(1)
            return True
        if not first.done():
            return False
        number = len(self._ahead) + 1
        page = None if is_lost(first) else first.result()
        if page is None or number > _page_count(page.total or 0, len(page.rows)):
            return None
        self._ahead[number] = self._fetch(number)
        return True

    def doubt_about(self, name: str) -> str | None:
        """Return why rows may be missing after all. See `Scan.doubt_about`."""
        if self.is_complete:
            return None
        return (
            f"'{name}' changed while it was being read, on every attempt. Repeated rows were left "
            f"out; if rows seem to be missing, run again."
        )

    def __iter__(self) -> Iterator[list[Row]]:
        for _ in range(_PASSES):
            self._before, self._met = self._met, set()
            yield from self._pass()
            at_rest = self._totals == {len(self._met)} if self._totals else self._pages == 1
            if at_rest or (len(self._totals) <= 1 and self._met == self._before):
                self.is_complete = True
                return

    def _pass(self) -> Iterator[list[Row]]:
        self._totals = set()
        self._fullest = self._pages = 0
        try:
            while True:
                self._pages += 1
                page = self._take(self._pages)
                fresh = self._unmet(page)
                ended = self._ends(page, fresh)
                if not ended:
                    self._fetch_ahead()
                new = [row for row in fresh if self._key(row) not in self._seen]
                self._seen.update(map(self._key, new))
                if new:
                    yield new
                if ended:
                    return
        finally:
            for future in self._ahead.values():
                future.cancel()
            self._ahead.clear()

    def _take(self, number: int) -> Page:
        try:
            page = (self._ahead.pop(number, None) or self._fetch(number)).result()
        except NotFoundError:
            if number == 1:
                raise
            # Some servers have no pages beyond the last, and rows deleted meanwhile make it so.
            return Page([], None, 0)
        # A total of 0 beside rows tells nothing.
        if page.total:
            self._totals.add(page.total)
        self._fullest = max(self._fullest, len(page.rows))
        return page

    def _unmet(self, page: Page) -> list[Row]:
        fresh = []
        for row in page.rows:
            key = self._key(row)
            if key not in self._met:
                self._met.add(key)
                fresh.append(row)
        return fresh

    def _ends(self, page: Page, fresh: list[Row]) -> bool:
        if not fresh:
            return True
        total = max(self._totals, default=0)
        if total >= len(self._met):
            return self._pages * self._fullest >= total
        if self._pages == 1:
            # A page that looks capped holds all rows if the pass before found none behind it.
            return page.is_short and (not page.may_be_capped() or self._met == self._before)
        # A cap shortens all pages alike.
        return len(page.rows) < self._fullest

    def _fetch_ahead(self) -> None:
        total = max(self._totals, default=0)
        last = min(self._pages + self._window, _page_count(total, self._fullest))
        for later in range(self._pages + 1, last + 1):
            if later not in self._ahead:
                self._ahead[later] = self._fetch(later)


def _page_count(total: int, rows: int) -> int:
    """Return how many pages of so many rows hold all of them."""
    return -(-total // max(rows, 1))
