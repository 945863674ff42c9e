"""The beginning of a collection: at most two pages, which a scan itself asks for."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from tap_activecampaign.check.estimate import pages_by_number, requests_by_offset
from tap_activecampaign.pagination.prefetch import PageLane
from tap_activecampaign.pagination.request_metrics import Endpoint
from tap_activecampaign.stream_types import PageNumberStream, SideloadStream, SingleResponseStream

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable
    from concurrent.futures import Future

    from tap_activecampaign.pagination import Page
    from tap_activecampaign.pagination.prefetch import Call, PageFetcher
    from tap_activecampaign.stream_types.base import ActiveCampaignStream

    Row = dict[str, Any]

MOST_PAGES = 2


class EnoughAskedError(Exception):
    """A scan asks for more pages than a check may."""


class ProbeLane(PageLane):
    """Begins pages one by one, keeps them, and refuses more than two.

    Args:
        fetcher: Fetches them.
        stream: The stream that they are of.
    """

    # So that a scan asks for no page before it needs it.
    parallel = 1

    def __init__(self, fetcher: PageFetcher, stream: ActiveCampaignStream) -> None:
        super().__init__(fetcher, Endpoint(stream.name, stream.path), lambda: None)
        self.pages: list[Future[Page]] = []

    @override
    def begin(self, call: Call) -> Future[Page]:
        self._check_number()
        self.pages.append(super().begin(call))
        return self.pages[-1]

    @override
    def begin_shared(self, key: Hashable, call: Call, *, renew: bool) -> Future[Page]:
        self._check_number()
        self.pages.append(super().begin_shared(key, call, renew=renew))
        return self.pages[-1]

    def _check_number(self) -> None:
        if len(self.pages) >= MOST_PAGES:
            raise EnoughAskedError


class Probe:
    """The beginning of one collection.

    Args:
        fetcher: The account.
        stream: The collection.
        begin: Begins to fetch the first page, given a lane; None for a scan's first page.
    """

    def __init__(
        self,
        fetcher: PageFetcher,
        stream: ActiveCampaignStream,
        begin: Callable[[PageLane], Future[Page]] | None = None,
    ) -> None:
        self._stream = stream
        self._lane = ProbeLane(fetcher, stream)
        self._scan = stream.open_scan(self._lane, None)
        if begin is None:
            self._scan.begin_next_page()
        else:
            begin(self._lane)

    @property
    def first(self) -> Future[Page]:
        """The first page, which may be under way."""
        return self._lane.pages[0]

    @cached_property
    def page(self) -> Page:
        """The first page."""
        return self.first.result()

    @cached_property
    def rows(self) -> list[Row]:
        """The rows of the first page."""
        if isinstance(self._stream, SideloadStream):
            return self._stream.rows_on(self.page)
        return self.page.rows

    @cached_property
    def count(self) -> tuple[int, bool]:
        """How many rows there are, and whether there may be more."""
        stream, page = self._stream, self.page
        of_carrier = isinstance(stream, SideloadStream) and stream.envelopes() != (stream.carrier,)
        if page.total is not None and not of_carrier:
            return page.total, False
        rows = 0
        try:
            for some in self._scan:
                rows += len(some)
        except EnoughAskedError:
            is_end = not self._lane.pages[-1].result().rows
            return max(rows, len(self.rows)), not is_end
        return rows, False

    @property
    def pages(self) -> int:
        """How many requests it takes to read the collection, at least."""
        stream, page = self._stream, self.page
        if isinstance(stream, SingleResponseStream):
            return 1
        rows, _ = self.count
        if isinstance(stream, SideloadStream):
            rows = page.total or len(page.rows)
        if page.total is None:
            # Where the server does not count, the end has to be met. If that is not on the first
            # page, another one is asked for to find out whether there are many.
            met = max(len(self._lane.pages), requests_by_offset(rows, stream.page_size))
            return met + (met > 1)
        if isinstance(stream, PageNumberStream):
            return pages_by_number(rows, max(len(page.rows), 1))
        return requests_by_offset(rows, stream.page_size)

    @property
    def may_be_asked_again(self) -> bool:
        """Whether the path was asked only once so far."""
        return len(self._lane.pages) < MOST_PAGES
