"""Streams below a row of another stream whose answers come whole, whatever page is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from typing_extensions import override

from tap_activecampaign.pagination import SeenKeys
from tap_activecampaign.stream_types.child import ChildStream

if TYPE_CHECKING:
    from collections.abc import Iterable
    from concurrent.futures import Future
    from datetime import datetime

    from tap_activecampaign.pagination import Page

    Row = dict[str, Any]


class UnpagedChildStream(ChildStream):
    """A collection below each row of another stream, which ActiveCampaign does not page.

    The pages of such a collection need not overlap, and the second may repeat the first. So rows
    are asked for until a page is short or brings nothing new, which also reads a collection that is
    paged after all.
    """

    @override
    def children(
        self, parent: Row, since: datetime | None, first: Future[Page]
    ) -> Iterable[list[Row]]:
        seen = SeenKeys()
        page = first.result()
        while rows := [row for row in page.rows if seen.add(self.row_key(row))]:
            yield rows
            if page.is_short:
                return
            page = self.begin_child(parent, since, len(seen), page.asked).result()
