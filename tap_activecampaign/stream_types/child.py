"""Streams that cost a request for each row of another stream.

They do not hang on the SDK's parents and children: a child is read by itself, so it may be selected
without its parent, and the requests for many parents run side by side.
"""

from __future__ import annotations

from collections import deque
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import quote

from typing_extensions import override

from tap_activecampaign.api.wire import wire_id
from tap_activecampaign.incremental.bookmarks import earlier_than_repeated_hour
from tap_activecampaign.incremental.read import warn_of_doubt
from tap_activecampaign.pagination import OffsetScan, Page
from tap_activecampaign.pagination.page import SMALLEST_PAGE, UnkeyedRow
from tap_activecampaign.records.timestamps import parse_utc
from tap_activecampaign.stream_types.base import ActiveCampaignStream
from tap_activecampaign.stream_types.parent_faults import ParentFaults

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator
    from concurrent.futures import Future
    from datetime import datetime

    from singer_sdk.helpers.types import Record

    from tap_activecampaign.incremental.pages import Read
    from tap_activecampaign.pagination.scan import Scan

    Row = dict[str, Any]

# In the stream's state: children of parents that changed since then are still to be read.
_PARENTS_SINCE = "parents_changed_since"
# Below these parents nothing could be read so far, so the bookmark says nothing of them.
_DENIED = "denied_parents"
_MOST_DENIED = 1000


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
        permission_of_each_parent: Whether permission is given for each parent by itself, so that
            all have to be asked.
        many_per_parent: Whether pages below one parent are worth fetching side by side.
        requests_per_parent: What a parent costs at least.
        cost: What reading costs in requests; ``{below}`` stands for which parents are asked.
    """

    parent: ClassVar[str]
    parent_key: ClassVar[str]
    only_changed_parents: ClassVar[bool] = True
    permission_of_each_parent: ClassVar[bool] = False
    many_per_parent: ClassVar[bool] = False
    requests_per_parent: ClassVar[int] = 1
    cost: ClassVar[str] = "1 per 100 rows{below}, at least 1"
    selected_by_default = False

    def child_path(self, parent: Row) -> str:
        """Return the path below one parent."""
        return self.path.format(parent_id=quote(str(parent["id"]), safe=""))

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
    def open_own_read(self, since: datetime | None) -> Read:
        return ChildRead(self, since)

    def parents(self, since: datetime | None) -> Iterator[Row]:
        """Yield the parents that changed since an instant, or cannot tell when."""
        nameless = 0
        for parent in self.streams.named(self.parent).rows_changed(self.lane, since):
            if isinstance(parent, UnkeyedRow) or parent.get("id") == "":
                nameless += 1
            else:
                yield parent
        self.report.nameless_parents(nameless, self.parent)

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
            # What lies in the future would hide all changes until then.
            moment = min(parse_utc(remembered), self.run.began())
            return earlier_than_repeated_hour(moment, self.run.naive_zone)
        except ValueError:
            # All parents are asked again, which loses nothing.
            return self.oldest_wanted

    def was_denied(self, parent_id: Any) -> bool:
        """Return whether state remembers that nothing below a parent could be read so far."""
        return wire_id(parent_id) in self._denied_before

    @cached_property
    def _denied_before(self) -> frozenset[Hashable]:
        denied = self.stream_state.get(_DENIED)
        return frozenset(map(wire_id, denied)) if isinstance(denied, list) else frozenset()

    def remember(self, faults: ParentFaults) -> None:
        """Let the state say what the next run has to read again, after all parents were asked.

        Args:
            faults: What went wrong below single parents.

        Raises:
            ApiError: If more parents were denied than state should remember.
        """
        if faults.denial is not None:
            self.report.denied_parents(faults.denial, self.parent, faults.denied)
            if not self.run.skips_unavailable or len(faults.denied) > _MOST_DENIED:
                raise faults.denial
        if self.only_changed_parents:
            # Without it, the parents that were denied would not be asked before they change.
            if not faults.denied:
                self.stream_state[_PARENTS_SINCE] = self.run.began().isoformat()
            return
        self.stream_state[_PARENTS_SINCE] = self.run.began().isoformat()
        self.stream_state.pop(_DENIED, None)
        if faults.denied:
            self.stream_state[_DENIED] = faults.denied

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
    is_complete = True

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
        stream.take_turn()
        filter_since = stream.run.for_server(since)
        if stream.lists_all_rows(filter_since):
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
                if (
                    earliest is None
                    or stream.is_recent(record, earliest)
                    or stream.was_denied(row.get(stream.parent_key))
                ):
                    yield record
        warn_of_doubt(stream, scan)
        if isinstance(scan, ChildScan):
            stream.remember(scan.faults)


class ChildScan:
    """Iterate over the rows below many parents, whose requests run side by side.

    Args:
        stream: The stream.
        parents: Rows of the parents.
        since: Rows that did not change since then may be left out.

    Attributes:
        faults: What went wrong below single parents.
    """

    total = None

    def __init__(self, stream: ChildStream, parents: Iterator[Row], since: datetime | None) -> None:
        self._stream = stream
        self._parents = parents
        self._since = since
        self.faults = ParentFaults(each_by_itself=stream.permission_of_each_parent)

    def begin_next_page(self) -> bool | None:
        """Begin nothing. See `Scan.begin_next_page`."""
        return None

    def __iter__(self) -> Iterator[list[Row]]:
        stream = self._stream
        waiting: deque[tuple[Row, Future[Page]]] = deque()
        limit = max(stream.page_size, SMALLEST_PAGE)
        while True:
            for parent in islice(self._parents, stream.lane.parallel - len(waiting)):
                first = stream.begin_child(parent, self._since_of(parent), 0, limit)
                waiting.append((parent, first))
            if not waiting:
                self.faults.finish()
                return
            parent, first = waiting.popleft()
            with self.faults.below(parent["id"]):
                for rows in stream.children(parent, self._since_of(parent), first):
                    # A row that holds nothing stays without a key.
                    yield [{**row, stream.parent_key: parent["id"]} if row else row for row in rows]

    def _since_of(self, parent: Row) -> datetime | None:
        """Return the bookmark of one parent: none if nothing of it could be read so far."""
        return None if self._stream.was_denied(parent["id"]) else self._since

    def doubt_about(self, name: str) -> str | None:
        """Return None: each parent is read by itself. See `Scan.doubt_about`."""
        del name
        return None
