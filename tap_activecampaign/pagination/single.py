"""Read a collection that one response holds whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Future

    from tap_activecampaign.pagination.page import Page, Row


class SinglePageScan:
    """Iterate over the rows of the only page.

    Args:
        fetch: Begins to fetch it.
    """

    def __init__(self, fetch: Callable[[], Future[Page]]) -> None:
        self._fetch = fetch
        self._begun: Future[Page] | None = None
        self.total: int | None = None

    def begin_next_page(self) -> bool | None:
        """Begin to fetch the page. See `Scan.begin_next_page`."""
        if self._begun is not None:
            return None
        self._begun = self._fetch()
        return True

    def __iter__(self) -> Iterator[list[Row]]:
        page = (self._begun or self._fetch()).result()
        self.total = page.total
        yield page.rows

    def doubt_about(self, name: str) -> str | None:
        """Return None: there is nothing to miss between pages."""
        del name
        return None
