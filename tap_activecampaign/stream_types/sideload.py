"""Streams whose rows ride on the pages of another collection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from typing_extensions import override

from tap_activecampaign.api.wire import total_of
from tap_activecampaign.pagination import Page, SeenKeys
from tap_activecampaign.stream_types.base import ActiveCampaignStream

if TYPE_CHECKING:
    from collections.abc import Iterable
    from concurrent.futures import Future
    from datetime import datetime

    Row = dict[str, Any]

_BODY = "body"


class SideloadStream(ActiveCampaignStream):
    """A collection that comes along with another one, on pages fetched once for all of them.

    Attributes:
        carrier: Key of the collection that the pages count.
    """

    carrier: ClassVar[str]
    sorts_by_stamp = False
    # Offsets that the scan under way has asked for.
    _asked_offsets: set[int] | None = None

    @override
    def accepts(self, body: Any) -> bool:
        return isinstance(body, dict) and isinstance(body.get(self.carrier), list)

    @override
    def begin_page(self, since: datetime | None, offset: int, limit: int) -> Future[Page]:
        asks_again = self._asked_offsets is not None and offset in self._asked_offsets
        if self._asked_offsets is not None:
            self._asked_offsets.add(offset)
        # Without `since`: what one stream does not need, the next may.
        return self.client.shared(
            (self.path, offset, limit),
            lambda: super(SideloadStream, self).begin_page(None, offset, limit),
            renew=asks_again,
        )

    @override
    def page_of(self, body: Any, asked: int) -> Page:
        """Return the carrier's rows, which order the pages; each holds the body it came in."""
        rows = [{"id": row.get("id"), _BODY: body} for row in body[self.carrier]]
        return Page(rows, total_of(body), asked)

    @override
    def scan(self, since: datetime | None) -> Iterable[list[Row]]:
        seen = SeenKeys()
        self._asked_offsets = set()
        for page in super().scan(since):
            yield [row for row in self.rows_in(page[0][_BODY]) if seen.add(self.row_key(row))]
