"""Streams that cost a request for each row of another stream.

They do not hang on the SDK's parents and children: a child is read by itself, so it may be selected
without its parent, and the requests for many parents run side by side.
"""

from __future__ import annotations

from collections import deque
from itertools import islice
from typing import TYPE_CHECKING, Any, ClassVar

from typing_extensions import override

from tap_activecampaign.api import NotFoundError
from tap_activecampaign.incremental.bookmarks import earlier_than_repeated_hour
from tap_activecampaign.incremental.read import warn_of_doubt
from tap_activecampaign.pagination import OffsetScan, Page
from tap_activecampaign.pagination.page import SMALLEST_PAGE
from tap_activecampaign.records.timestamps import parse_utc
from tap_activecampaign.stream_types.base import ActiveCampaignStream

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from concurrent.futures import Future
    from datetime import datetime

    from singer_sdk.helpers.types import Record

    from tap_activecampaign.incremental.read import Read
    from tap_activecampaign.pagination.scan import Scan

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
        requests_per_parent: What a parent costs at least.
        cost: What reading costs in requests; ``{below}`` stands for which parents are asked.
    """

    parent: ClassVar[str]
    parent_key: ClassVar[str]
    only_changed_parents: ClassVar[bool] = True
    many_per_parent: ClassVar[bool] = False
    requests_per_parent: ClassVar[int] = 1
    cost: ClassVar[str] = "1 per 100 rows{below}, at least 1"
    selected_by_default = False

    def child_path(self, parent: Row) -> str:
        """Return the path below one parent."""
        return self.path.format(parent_id=parent["id"])

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
        return self.begin_get(self.lane, self.child_path(parent), params, limit)

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

        window = self.lane.parallel if self.many_per_parent else 1
        return OffsetScan(fetch, self.row_key, page_size=self.page_size, window=window)

    def lists_all_rows(self, since: datetime | None) -> bool:
        """Return whether this account gives the rows below all parents at once, at `path`."""
        del since
        return False

    @override
    def open_read(self, since: datetime | None) -> Read:
        return ChildRead(self, since)

    def parents(self, since: datetime | None) -> Iterator[Row]:
        """Yield the parents that changed since an instant, or cannot tell when."""
        return self.streams.named(self.parent).rows_changed(self.lane, since)

    def parents_since(self, since: datetime | None) -> datetime | None:
        """Return from when on a parent must have changed to be asked; None for all parents.

        Args:
            since: The bookmark, for state that does not say more.
        """
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
            return earlier_than_repeated_hour(parse_utc(remembered), self.run.naive_zone)
        except ValueError:
            # All parents are asked again, which loses nothing.
            return self.oldest_wanted

    @property
    def oldest_wanted(self) -> datetime | None:
        """Oldest change of a child that is emitted when its parent is asked; None for all."""
        return self.run.start_date if self.replication_method == "INCREMENTAL" else None


class ChildRead:
    """Read the rows below each parent; or all rows at once, where the account gives them.

    Args:
        stream: The stream.
        since: Records that changed at or after this instant are wanted, where the parents do not
            decide; None for all.
    """

    # Which parents changed is not known before they are read.
    total = None

    def __init__(self, stream: ChildStream, since: datetime | None) -> None:
        self._stream = stream
        self._since = since

    @property
    def signpost(self) -> datetime:
        """The instant that the bookmark must not pass."""
        return self._stream.run.began()

    def prefetch(self) -> bool | None:
        """Begin nothing: which parents changed is not known yet."""
        return None

    def records(self) -> Iterator[Record]:
        """Yield the records that changed, each once."""
        stream, since = self._stream, self._since
        filter_since = stream.run.for_server(since)
        by_parent = not stream.lists_all_rows(filter_since)
        if not by_parent:
            scan: Scan = stream.open_scan(stream.lane, filter_since)
        else:
            asked_since = stream.parents_since(filter_since)
            if stream.only_changed_parents:
                since = stream.oldest_wanted
                filter_since = stream.run.for_server(since)
            scan = ChildScan(stream, stream.parents(asked_since), filter_since)
        earliest = None if since is None else since.isoformat()
        for rows in stream.lane.read(scan):
            for row in rows:
                record = stream.reader.read(row)
                if earliest is None or stream.is_recent(record, earliest):
                    yield record
        warn_of_doubt(stream, scan)
        if by_parent:
            stream.stream_state[_PARENTS_SINCE] = stream.run.began().isoformat()


class ChildScan:
    """Iterate over the rows below many parents, whose requests run side by side.

    Args:
        stream: The stream.
        parents: Rows of the parents.
        since: Rows that did not change since then may be left out.
    """

    total = None

    def __init__(self, stream: ChildStream, parents: Iterator[Row], since: datetime | None) -> None:
        self._stream = stream
        self._parents = parents
        self._since = since

    def begin_next_page(self) -> bool | None:
        """Begin nothing. See `Scan.begin_next_page`."""
        return None

    def __iter__(self) -> Iterator[list[Row]]:
        stream, since = self._stream, self._since
        waiting: deque[tuple[Row, Future[Page]]] = deque()
        answered, not_found = 0, 0
        limit = max(stream.page_size, SMALLEST_PAGE)
        while True:
            for parent in islice(self._parents, stream.lane.parallel - len(waiting)):
                waiting.append((parent, stream.begin_child(parent, since, 0, limit)))
            if not waiting:
                return
            parent, first = waiting.popleft()
            try:
                for rows in stream.children(parent, since, first):
                    yield [{**row, stream.parent_key: parent["id"]} for row in rows]
            except NotFoundError:
                # A parent may have been deleted since it was listed; but if every parent is missing
                # the path, the stream is unavailable.
                not_found += 1
                if not answered and not_found >= _NOT_FOUND_MEANS_UNAVAILABLE:
                    raise
                stream.logger.debug("A parent of '%s' was deleted while it was read.", stream.name)
            else:
                answered += 1

    def doubt_about(self, name: str) -> str | None:
        """Return None: each parent is read by itself. See `Scan.doubt_about`."""
        del name
        return None
