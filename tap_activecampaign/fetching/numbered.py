"""Scan a collection whose pages are numbered and cannot overlap.

Nothing proves that no row moved between two pages. But the server counts: if its total changed
while the scan ran, or fewer rows came than it says there are, the collection is read again, and
rows seen before are left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_activecampaign.fetching.seen import SeenKeys

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator
    from concurrent.futures import Future

    from tap_activecampaign.fetching.page import Page, Row

_PASSES = 3


class NumberedScan:
    """Iterate over the rows of a collection, a list of new rows at a time.

    Args:
        fetch: Begins to fetch the page with a number; the first page is number 1.
        key: Returns what identifies a row.
        window: Pages fetched ahead.
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
        self._seen = SeenKeys()
        self._totals: set[int] = set()

    def __iter__(self) -> Iterator[list[Row]]:
        for _ in range(_PASSES):
            before = len(self._seen)
            self._totals.clear()
            yield from self._pass()
            found = len(self._seen)
            is_quiet = len(self._totals) <= 1
            if found == before or (is_quiet and found >= max(self._totals, default=0)):
                return

    def _pass(self) -> Iterator[list[Row]]:
        ahead: dict[int, Future[Page]] = {}
        number = fullest = 0
        met = SeenKeys()
        try:
            while True:
                number += 1
                page = (ahead.pop(number, None) or self._fetch(number)).result()
                if page.total is not None:
                    self._totals.add(page.total)
                fullest = max(fullest, len(page.rows))
                total = max(self._totals, default=0)
                pages = -(-total // fullest) if fullest else 0
                for later in range(number + 1, min(number + self._window, pages) + 1):
                    if later not in ahead:
                        ahead[later] = self._fetch(later)
                fresh = [row for row in page.rows if met.add(self._key(row))]
                if new := [row for row in fresh if self._seen.add(self._key(row))]:
                    yield new
                if not fresh or (number >= pages and (total or page.is_short)):
                    return
        finally:
            for future in ahead.values():
                future.cancel()
