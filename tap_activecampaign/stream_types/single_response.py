"""Streams that one request answers whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from typing_extensions import override

from tap_activecampaign.pagination.single import SinglePageScan
from tap_activecampaign.stream_types.base import ActiveCampaignStream

if TYPE_CHECKING:
    from datetime import datetime

    from tap_activecampaign.pagination.prefetch import PageLane
    from tap_activecampaign.pagination.scan import Scan

    Row = dict[str, Any]


class SingleResponseStream(ActiveCampaignStream):
    """A path without pages: one object, or a list that comes whole.

    The body holds the rows under the envelope, or is itself the one row if `envelope` is ``""``.
    """

    @override
    def rows_in(self, body: Any) -> list[Any]:
        if self.envelope == "":
            return [body] if body else []
        found: Any = next((body[key] for key in self.envelopes() if key in body), None)
        if found is None:
            return []
        return found if isinstance(found, list) else [found]

    @override
    def accepts(self, body: Any) -> bool:
        if not isinstance(body, dict):
            return False
        return self.envelope == "" or any(key in body for key in self.envelopes())

    @override
    def open_scan(self, lane: PageLane, since: datetime | None) -> Scan:
        return SinglePageScan(lambda: self.begin_get(lane, self.path, self.params(since), 0))
