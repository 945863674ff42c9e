"""Streams whose pages are numbered (``page`` and ``page_size``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from typing_extensions import override

from tap_activecampaign.api.wire import total_of
from tap_activecampaign.pagination import Page, PageNumberScan
from tap_activecampaign.pagination.page import is_lost, until_answered
from tap_activecampaign.stream_types.base import ActiveCampaignStream

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from concurrent.futures import Future
    from datetime import datetime

    Row = dict[str, Any]


class PageNumberStream(ActiveCampaignStream):
    """A collection whose pages are numbered from 1; the total stands in ``count`` or ``meta``."""

    sorts_by_stamp = False

    @override
    def page_of(self, body: Any, asked: int) -> Page:
        count = body.get("count")
        total = count if isinstance(count, int) else total_of(body)
        self.rows_expected = total
        return Page(self.rows_in(body), total, asked)

    def begin_numbered(self, since: datetime | None, number: int) -> Future[Page]:
        """Begin to fetch the page with a number."""
        size = self.page_size
        paging = {"page": str(number), "page_size": str(size)}
        return self.begin_get(self.path, {**self.params(since), **paging}, size)

    @override
    def begin_ahead(self, since: datetime | None) -> Iterator[bool]:
        answer = self.begin_numbered(since, 1)
        yield True
        yield from until_answered(answer)
        if is_lost(answer):
            return
        first = answer.result()
        pages = -(-(first.total or 0) // max(len(first.rows), 1))
        for number in range(2, pages + 1):
            self.begin_numbered(since, number)
            yield True

    @override
    def scan(self, since: datetime | None) -> Iterable[list[Row]]:
        scan = PageNumberScan(
            lambda number: self.begin_numbered(since, number),
            self.row_key,
            window=self.client.parallel,
        )
        yield from scan
        if not scan.is_complete:
            self.logger.warning(
                "Rows of '%s' came or went each time they were read. They were read several times "
                "and repeated rows were left out; if rows seem to be missing, run again.",
                self.name,
            )
