"""What all streams have in common. A stream itself is data: name, path and columns."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from singer_sdk.helpers.conform import TypeConformanceLevel
from typing_extensions import override

from tap_activecampaign.api import ApiError
from tap_activecampaign.failures import is_unavailable
from tap_activecampaign.incremental.bookmarks import earlier_than_repeated_hour
from tap_activecampaign.incremental.pages import KeyedRecords, pages_of
from tap_activecampaign.incremental.read import ComparedRead, IncrementalRead, warn_of_doubt
from tap_activecampaign.pagination import OffsetScan
from tap_activecampaign.pagination.collection import Collection
from tap_activecampaign.pagination.request_metrics import Endpoint
from tap_activecampaign.records.columns import object_schema
from tap_activecampaign.records.reader import RecordReader
from tap_activecampaign.records.timestamps import earlier, parse_utc
from tap_activecampaign.sideload.family import forget_unfinished, since_known
from tap_activecampaign.sideload.proof import Include
from tap_activecampaign.stream_types.reporting import StreamReport
from tap_activecampaign.stream_types.sdk_seams import SdkSeams

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from concurrent.futures import Future
    from datetime import datetime
    from types import ModuleType

    from singer_sdk import Tap
    from singer_sdk.helpers.types import Context, Record

    from tap_activecampaign.api import ApiSession
    from tap_activecampaign.failures import StreamFailures
    from tap_activecampaign.incremental.pages import Read
    from tap_activecampaign.incremental.run_context import RunContext
    from tap_activecampaign.pagination import Page
    from tap_activecampaign.pagination.prefetch import PageLane, Prefetcher
    from tap_activecampaign.pagination.scan import Scan
    from tap_activecampaign.sideload.family import ContactFamily

    Row = dict[str, Any]


# What a row belongs to, and who has changed it.
_NOT_POINTED_TO = frozenset({None, "contacts", "users"})


class StreamLookup(Protocol):
    """The streams of the run."""

    def named(self, name: str) -> ActiveCampaignStream:
        """Return the stream of this name, selected or not."""

    def following(self, name: str) -> Sequence[ActiveCampaignStream]:
        """Return the selected streams that are read after the one of this name, in their order."""


@dataclass(frozen=True)
class StreamHost:
    """What a run gives to its streams.

    Attributes:
        run: What holds for all of them.
        prefetcher: Begins pages of the streams that come next.
        streams: All of them.
        failures: Takes what ends the reading of one of them.
        family: Those that are read with the contacts.
    """

    run: RunContext
    prefetcher: Prefetcher
    streams: StreamLookup
    failures: StreamFailures
    family: ContactFamily


class ActiveCampaignStream(Collection, SdkSeams):
    """A collection that is read by offset.

    It is a `Stream` and no `RESTStream` of the SDK, because that one sends a request when the
    records of the page before have been consumed, with its own session and its own retries. Here
    several requests are in flight at once, streams that come later are read ahead, and all requests
    of the account share one rate: each of these would have to go around `RESTStream`.

    Args:
        tap: The tap, for the SDK.
        host: What the run gives to its streams.

    Attributes:
        order_column: Property by which the server may be asked for the newest rows first, in the
            API's spelling, which is the record's too. Only where ActiveCampaign's reference or its
            own client names it, or other clients are seen to rely on it.
        late_by: How much later than their timestamp says rows may appear.
        counters_move_unstamped: Whether rows hold counters that move while the update timestamp
            does not, so that the stream is replicated in full unless the user chooses otherwise.
    """

    order_column: ClassVar[str | None] = None
    late_by: ClassVar[timedelta] = timedelta()
    counters_move_unstamped: ClassVar[bool] = False
    primary_keys: ClassVar[tuple[str, ...]] = ()
    state_partitioning_keys = ()

    # Values are coerced while rows are read.
    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE

    def __init__(self, tap: Tap, host: StreamHost) -> None:
        schema = object_schema(self.columns)
        schema["description"] = self.description()
        super().__init__(tap, schema)
        self.run = host.run
        self.streams = host.streams
        self.lane = host.prefetcher.lane(Endpoint(self.name, self.path))
        self._host = host
        self.report = StreamReport(self.name, self.logger, self.metrics_logger)

    @property
    @override
    def replication_method(self) -> str:
        if self.counters_move_unstamped and self.forced_replication_method is None:
            return "FULL_TABLE"
        return super().replication_method

    @property
    def sort_column(self) -> str | None:
        """The property to sort by, if that finds what changed by the present replication key."""
        finds_changes = self.replication_key in (type(self).replication_key, self.order_column)
        return self.order_column if finds_changes else None

    @property
    def include(self) -> Include | None:
        """How contacts are asked to bring the rows along; None if they cannot."""
        if not self.comes_with_contacts:
            return None
        needed = {*self.primary_keys, "id", "contact", self.replication_key or "id"}
        return Include(self.comes_with_contacts, "contact", frozenset(needed))

    @cached_property
    def points_to(self) -> str | None:
        """The property that names what a row points to besides its contact."""
        return next(
            (
                column.name
                for column in self.columns
                if column.meaning == "integer" and column.stream not in _NOT_POINTED_TO
            ),
            None,
        )

    @property
    def page_size(self) -> int:
        """Rows per request."""
        return self.run.page_size

    # Pages

    def begin_get(
        self, lane: PageLane, path: str, params: Mapping[str, str], asked: int
    ) -> Future[Page]:
        """Begin to fetch a page of this stream."""

        def call(session: ApiSession) -> Page:
            body = session.get(path, params, accepts=self.accepts)
            self.report.errors_in(body)
            return self.page_of(body, asked)

        return lane.begin(call)

    def begin_page(
        self, lane: PageLane, since: datetime | None, offset: int, limit: int
    ) -> Future[Page]:
        """Begin to fetch the page at an offset, in the server's own order."""
        paging = {"limit": str(limit), "offset": str(offset)}
        return self.begin_get(lane, self.path, {**self.params(since), **paging}, limit)

    def begin_newest_page(
        self, since: datetime | None, offset: int, limit: int, order_by: str
    ) -> Future[Page]:
        """Begin to fetch the page at an offset, asking for the newest rows first.

        Args:
            since: As in `params`.
            offset: Rows to skip.
            limit: Rows to ask for.
            order_by: Property to sort by.
        """
        paging = {f"orders[{order_by}]": "DESC", "limit": str(limit), "offset": str(offset)}
        return self.begin_get(self.lane, self.path, {**self.params(since), **paging}, limit)

    def open_scan(self, lane: PageLane, since: datetime | None) -> Scan:
        """Return a scan of the collection that was not begun.

        Args:
            lane: Where pages are begun; another stream's if that one reads these rows.
            since: Rows that did not change since then may be left out.
        """
        return OffsetScan(
            lambda offset, limit: self.begin_page(lane, since, offset, limit),
            self.row_key,
            page_size=self.page_size,
            window=lane.parallel,
        )

    # Reading

    def open_own_read(self, since: datetime | None) -> Read:
        """Return a reading of the stream by its own path that was not begun.

        Args:
            since: Records that changed at or after this instant are wanted; None for all.
        """
        if self.sort_column and self.replication_method == "INCREMENTAL":
            return IncrementalRead(self, since)
        return ComparedRead(self, since)

    @cached_property
    def read(self) -> Read:
        """This run's reading of the stream."""
        return self.open_read()

    @property
    def waits_for_its_turn(self) -> bool:
        """Whether nothing can be emitted before the stream has its turn."""
        return False

    def open_read(self) -> Read:
        """Return a reading of the stream, with the contacts or by its own path."""
        # A test of the connection wants a record of each stream, and not all of any.
        is_test = self.ABORT_AT_RECORD_COUNT is not None
        sideloaded = None if is_test else self._host.family.read_of(self.name)
        if sideloaded is not None:
            return sideloaded
        since = since_known(self.stream_state, self.bookmark(), self.run.start_date)
        return self.open_own_read(since)

    def prefetch(self) -> bool | None:
        """Begin one more page before the stream's turn; see `Scan.begin_next_page`."""
        return self.read.prefetch()

    @override
    def get_records(self, context: Context | None) -> Iterator[Record]:
        del context
        keyed = KeyedRecords(self.primary_keys)
        self.report.begin()
        try:
            yield from self.written(keyed.of(pages_of(self.read), self._tell_progress))
        except ApiError as error:
            if keyed.count or not (is_unavailable(error) and self.run.skips_unavailable):
                raise
            self.report.unavailable(error, self.permission)
        else:
            if self.read.is_complete:
                self.announce_version()
                forget_unfinished(self.stream_state, self.read)
        finally:
            self.report.rows_without_key(keyed.left_out, self.primary_keys)
            self._host.prefetcher.fetcher.log_requests(Endpoint(self.name, self.path))
        # Only now is it known how far this machine's clock is ahead.
        self.state_manager.write_replication_key_signpost(self.get_replication_key_signpost())

    def _tell_progress(self, rows: int) -> None:
        self.report.progress(rows, self.read.total)

    @override
    def failed(self, error: Exception) -> None:
        self._host.failures.take(self.name, error)
        self._host.family.failed(self.name)
        if self.ABORT_AT_RECORD_COUNT is not None:
            # A test of the connection, which has no end at which to tell.
            self._host.failures.raise_all()

    def take_turn(self, lane: PageLane | None = None) -> None:
        """Have the account turn to this stream, and to those that follow it ahead of their turn.

        Args:
            lane: Where pages are begun, if not in the stream's own lane.
        """
        self._host.prefetcher.turn_to(lane or self.lane, self.streams.following(self.name))

    def bookmark(self) -> datetime | None:
        """Return the instant from which changes are wanted; None for everything."""
        if self.replication_method != "INCREMENTAL":
            return None
        stored = self.stream_state
        is_ours = stored.get("replication_key") == self.replication_key
        value = stored.get("replication_key_value") if is_ours else None
        starts = [earlier(parse_utc(value), self.late_by)] if value else []
        if self.run.start_date is not None:
            starts.append(self.run.start_date)
        return earlier_than_repeated_hour(max(starts), self.run.naive_zone) if starts else None

    @override
    def get_replication_key_signpost(self, context: Context | None = None) -> datetime | None:
        return self.read.signpost if self.replication_method == "INCREMENTAL" else None

    def rows_changed(self, lane: PageLane, since: datetime | None) -> Iterator[Row]:
        """Yield the rows that changed since an instant, or cannot tell when, for another stream.

        Args:
            lane: Where pages are begun.
            since: The instant.
        """
        earliest = None if since is None else since.isoformat()
        scan = self.open_scan(lane, self.run.for_server(since))
        for rows in scan:
            for row in rows:
                if earliest is None or self.is_recent(self.reader.read(row), earliest):
                    yield row
        warn_of_doubt(self, scan)

    def is_recent(self, record: Mapping[str, Any], earliest: str) -> bool:
        """Return whether a record changed at or after an instant, or cannot tell when."""
        if not self.replication_key:
            return True
        changed = record.get(self.replication_key)
        if changed is None and self.created_key:
            changed = record.get(self.created_key)
        return changed is None or changed >= earliest

    @cached_property
    def reader(self) -> RecordReader:
        """What turns rows into records."""
        return RecordReader(
            self.columns,
            self.run.naive_zone,
            ignored=self.ignored,
            on_misfit=self.report.misfit,
            on_unknown=self.report.unknown,
        )


def streams_in(*modules: ModuleType) -> tuple[type[ActiveCampaignStream], ...]:
    """Return the streams that some modules define: their classes that have a name of their own."""
    return tuple(
        member
        for module in modules
        for member in vars(module).values()
        if isinstance(member, type)
        and issubclass(member, ActiveCampaignStream)
        and member.__module__ == module.__name__
        and "name" in vars(member)
    )
