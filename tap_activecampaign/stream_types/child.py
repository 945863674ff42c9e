"""Streams that cost a request for each row of another stream.

They do not hang on the SDK's parents and children: a child is read by itself, so it may be selected
without its parent, and the requests for many parents run side by side.
"""

from __future__ import annotations

from collections import deque
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any, ClassVar

from typing_extensions import override

from tap_activecampaign.api import NotFoundError
from tap_activecampaign.incremental import earlier_than_repeated_hour
from tap_activecampaign.pagination import OffsetScan, Page
from tap_activecampaign.pagination.offset import SMALLEST_PAGE
from tap_activecampaign.records.timestamps import earlier, parse_utc
from tap_activecampaign.stream_types.base import ActiveCampaignStream

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from concurrent.futures import Future
    from datetime import datetime

    from singer_sdk.helpers.types import Record

    Row = dict[str, Any]

# In the stream's state: children of parents that changed since then are still to be read.
_PARENTS_SINCE = "parents_changed_since"
_NOT_FOUND_MEANS_UNAVAILABLE = 3


class ChildStream(ActiveCampaignStream):
    """A collection below each row of another stream.

    Only parents that changed since the last run are asked. All are asked where the user wants the
    stream whole, or rows that vanished are to be dropped from the destination.

    All children of a changed parent are emitted, from `start_date` on. The bookmark says nothing of
    them: a child may be older than it, and yet have appeared after its parent was last asked.

    Attributes:
        parent: Name of the stream whose rows the path is below.
        parent_key: Property of the record that holds the parent's id.
        path: Path with ``{parent_id}`` in it.
        only_changed_parents: Whether a parent that did not change can have no new children.
        many_per_parent: Whether pages below one parent are worth fetching side by side.
    """

    parent: ClassVar[str]
    parent_key: ClassVar[str]
    only_changed_parents: ClassVar[bool] = True
    many_per_parent: ClassVar[bool] = False
    selected_by_default = False
    sorts_by_stamp = False
    # Whether this run reads parent by parent; a stream may have a way around that.
    _asks_parents = False

    def child_path(self, parent: Row) -> str:
        """Return the path below one parent."""
        return self.path.format(parent_id=parent["id"])

    @override
    def begin_ahead(self, since: datetime | None) -> Iterator[bool]:
        """Begin nothing: which parents changed is not known yet."""
        yield from ()

    @override
    def scan(self, since: datetime | None) -> Iterable[list[Row]]:
        self._asks_parents = True
        parents_since = self._parents_since(since)
        if self.only_changed_parents:
            since = self._widened(self._start())
        waiting: deque[tuple[Row, Future[Page]]] = deque()
        parents = self._parents(parents_since)
        answered, not_found = 0, 0
        limit = max(self.page_size, SMALLEST_PAGE)
        while True:
            for parent in islice(parents, self.client.parallel - len(waiting)):
                waiting.append((parent, self.begin_child(parent, since, 0, limit)))
            if not waiting:
                break
            parent, first = waiting.popleft()
            try:
                for rows in self.children(parent, since, first):
                    yield [{**row, self.parent_key: parent["id"]} for row in rows]
            except NotFoundError:
                # A parent deleted since it was listed is no loss; a path that none has is.
                not_found += 1
                if not answered and not_found >= _NOT_FOUND_MEANS_UNAVAILABLE:
                    raise
                self.logger.debug("A parent of '%s' was deleted while it was read.", self.name)
            else:
                answered += 1
        self.stream_state[_PARENTS_SINCE] = self.tap.run_began.isoformat()

    @override
    def records(self, rows: list[Row], since: datetime | None) -> Iterator[Record]:
        by_parent = self._asks_parents and self.only_changed_parents
        return super().records(rows, self._start() if by_parent else since)

    def child_params(self, parent: Row) -> dict[str, str]:
        """Return the query parameters that name one parent, where the path does not."""
        del parent
        return {}

    def begin_child(
        self, parent: Row, since: datetime | None, offset: int, limit: int
    ) -> Future[Page]:
        """Begin to fetch the page at an offset of the collection below one parent."""
        params = {
            **self.params(since),
            **self.child_params(parent),
            "limit": str(limit),
            "offset": str(offset),
        }
        return self.begin_get(self.child_path(parent), params, limit)

    def children(
        self, parent: Row, since: datetime | None, first: Future[Page]
    ) -> Iterable[list[Row]]:
        """Yield the rows below one parent, some at a time, each row once.

        Args:
            parent: The parent's row.
            since: Rows that did not change since then may be left out.
            first: The first page.
        """
        begun = [first]

        def fetch(offset: int, limit: int) -> Future[Page]:
            if offset == 0 and begun:
                return begun.pop()
            return self.begin_child(parent, since, offset, limit)

        window = self.client.parallel if self.many_per_parent else 1
        return OffsetScan(fetch, self.row_key, page_size=self.page_size, window=window)

    def _parents(self, since: datetime | None) -> Iterator[Row]:
        stream = self.tap.streams[self.parent]
        if not isinstance(stream, ActiveCampaignStream):
            raise TypeError(f"{self.parent} is not a stream of this tap")
        for parent in stream.rows_changed(self._widened(since)):
            if since is None or stream.is_recent(stream.reader.read(parent), since.isoformat()):
                yield parent

    def _parents_since(self, since: datetime | None) -> datetime | None:
        if not self.only_changed_parents:
            return None
        forced_whole = isinstance(type(self).replication_key, str)
        if self.replication_method == "FULL_TABLE" and (
            forced_whole or self.emit_activate_version_messages
        ):
            return None
        remembered = self.stream_state.get(_PARENTS_SINCE)
        if remembered is None:
            return since
        try:
            return earlier_than_repeated_hour(parse_utc(remembered), self.tap.naive_zone)
        except ValueError:
            # All parents are asked anew, which loses nothing.
            return self._start()

    def _start(self) -> datetime | None:
        return self.tap.start_date if self.replication_method == "INCREMENTAL" else None

    def _widened(self, since: datetime | None) -> datetime | None:
        """Return a moment for filters of the server, whose time zone is not documented."""
        if since is None:
            return None
        return earlier(since, timedelta(hours=float(self.config["lookback_hours"])))
