"""Streams whose pages are numbered (``page`` and ``page_size``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from typing_extensions import override

from tap_activecampaign.api.wire import total_of
from tap_activecampaign.pagination import Page, PageNumberScan
from tap_activecampaign.stream_types.base import ActiveCampaignStream

if TYPE_CHECKING:
    from concurrent.futures import Future
    from datetime import datetime

    from tap_activecampaign.pagination.prefetch import PageLane
    from tap_activecampaign.pagination.scan import Scan


class PageNumberStream(ActiveCampaignStream):
    """A collection whose pages are numbered from 1; the total stands in ``count`` or ``meta``."""

    @override
    def page_of(self, body: Any, asked: int) -> Page:
        count = body.get("count")
        is_total = isinstance(count, int) and not isinstance(count, bool) and count >= 0
        return Page(self.page_rows(body), count if is_total else total_of(body), asked)

    @override
    def open_scan(self, lane: PageLane, since: datetime | None) -> Scan:
        size = self.page_size

        def fetch(number: int) -> Future[Page]:
            paging = {"page": str(number), "page_size": str(size)}
            return self.begin_get(lane, self.path, {**self.params(since), **paging}, size)

        return PageNumberScan(fetch, self.row_key, window=lane.parallel)
