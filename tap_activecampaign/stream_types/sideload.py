"""Streams whose rows ride on the pages of another collection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from typing_extensions import override

from tap_activecampaign.api import BrokenAnswerError
from tap_activecampaign.api.wire import total_of, wire_id
from tap_activecampaign.pagination import OffsetScan, Page, SeenKeys
from tap_activecampaign.pagination.page import UnkeyedRow, listed, rows_of
from tap_activecampaign.stream_types.base import ActiveCampaignStream

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator
    from concurrent.futures import Future
    from datetime import datetime

    from tap_activecampaign.pagination.prefetch import PageLane
    from tap_activecampaign.pagination.scan import Scan

    Row = dict[str, Any]

_KEY, _BODY = "key", "body"


class SideloadStream(ActiveCampaignStream):
    """A collection that comes along with another one, on pages fetched once for all of them.

    Attributes:
        carrier: Key of the collection that the pages count.
    """

    carrier: ClassVar[str]

    @override
    def accepts(self, body: Any) -> bool:
        return isinstance(body, dict) and listed(body.get(self.carrier)) is not None

    def has_rows(self, body: Any) -> bool:
        """Return whether this collection came along; what the carrier does not have may be absent.

        Args:
            body: A body that has the carrier.
        """
        found = [body.get(key) for key in self.envelopes() if body.get(key) is not None]
        return not found or any(listed(value) is not None for value in found)

    @override
    def page_of(self, body: Any, asked: int) -> Page:
        """Return the carrier's rows, which order the pages; each holds the body it came in."""
        carriers = rows_of(listed(body[self.carrier]) or [], dict, lambda row: bool(row.get("id")))
        rows = [{_KEY: _key_of(carrier), _BODY: body} for carrier in carriers]
        return Page(rows, total_of(body), asked)

    def rows_on(self, page: Page) -> list[Row]:
        """Return the rows of this stream that ride on a page."""
        return self.page_rows(page.rows[0][_BODY]) if page.rows else []

    @override
    def open_scan(self, lane: PageLane, since: datetime | None) -> Scan:
        # Without `since`: what one stream does not need, the next may.
        return SharedPageScan(self, lane)


def _key_of(carrier: Row) -> Hashable:
    return carrier.identity if isinstance(carrier, UnkeyedRow) else wire_id(carrier["id"])


class SharedPageScan:
    """Iterate over the rows that ride on pages which other streams read as well.

    Args:
        stream: The stream.
        lane: Where pages are begun.
    """

    def __init__(self, stream: SideloadStream, lane: PageLane) -> None:
        self._stream = stream
        self._lane = lane
        self._asked: set[int] = set()
        self._carrier = OffsetScan(
            self._begin_page,
            lambda row: row[_KEY],
            page_size=stream.page_size,
            window=lane.parallel,
        )

    @property
    def total(self) -> int | None:
        """Return None: the server counts the carrier's rows, not those that ride."""
        return None

    def begin_next_page(self) -> bool | None:
        """Begin to fetch one more page. See `Scan.begin_next_page`."""
        return self._carrier.begin_next_page()

    def __iter__(self) -> Iterator[list[Row]]:
        seen = SeenKeys()
        for page in self._carrier:
            body = page[0][_BODY]
            if not self._stream.has_rows(body):
                raise BrokenAnswerError(
                    f"ActiveCampaign's answer to GET {self._stream.path} has no list of "
                    f"{' or '.join(self._stream.envelopes())}"
                )
            rows = self._stream.page_rows(body)
            yield [row for row in rows if seen.add(self._stream.row_key(row))]

    def doubt_about(self, name: str) -> str | None:
        """Return why rows may be missing after all. See `Scan.doubt_about`."""
        return self._carrier.doubt_about(name)

    def _begin_page(self, offset: int, limit: int) -> Future[Page]:
        stream = self._stream
        params = {"limit": str(limit), "offset": str(offset)}
        # Who asks for a page again needs it as it is now.
        asks_again = offset in self._asked
        self._asked.add(offset)
        return self._lane.begin_shared(
            (stream.path, offset, limit),
            lambda session: stream.page_of(
                session.get(stream.path, params, accepts=stream.accepts), limit
            ),
            renew=asks_again,
        )
