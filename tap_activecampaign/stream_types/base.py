"""What all streams have in common. A stream itself is data: name, path, keys and columns."""

from __future__ import annotations

from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, cast

from singer_sdk import metrics
from singer_sdk.helpers.conform import TypeConformanceLevel
from typing_extensions import override

from tap_activecampaign.api import ApiError
from tap_activecampaign.api.wire import total_of, wire_id
from tap_activecampaign.failures import is_unavailable
from tap_activecampaign.incremental.bookmarks import earlier_than_repeated_hour
from tap_activecampaign.incremental.read import IncrementalRead
from tap_activecampaign.pagination import OffsetScan, Page
from tap_activecampaign.pagination.offset import SMALLEST_PAGE
from tap_activecampaign.pagination.page import is_lost, until_answered
from tap_activecampaign.progress import Progress, Report
from tap_activecampaign.records.columns import Column, object_schema
from tap_activecampaign.records.reader import RecordReader
from tap_activecampaign.records.timestamps import parse_utc
from tap_activecampaign.stream_types.sdk_seams import SdkSeams

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator, Mapping
    from concurrent.futures import Future
    from datetime import datetime

    from singer_sdk.helpers.types import Context, Record

    from tap_activecampaign.client import Client
    from tap_activecampaign.tap import TapActiveCampaign

    Row = dict[str, Any]


_ROWS_PER_LOOK_AT_THE_CLOCK = 100


class ActiveCampaignStream(SdkSeams):
    """A collection that is read by offset.

    It is a `Stream` and no `RESTStream` of the SDK, because that one sends a request when the
    records of the page before have been consumed, with its own session and its own retries. Here
    several requests are in flight at once, streams that come later are read ahead, and all requests
    of the account share one rate: each of these would have to go around `RESTStream`.

    Attributes:
        path: Path below ``/api/3/``.
        envelope: Key of the body that holds the rows; by default the path. A body may use one of
            several.
        columns: What a record holds.
        ignored: Properties of the API that are left out on purpose, such as secrets.
        query: Query parameters that are the same in every run.
        created_key: Creation stamp, which judges rows whose update stamp is null.
        permission: What the user of the token must be allowed, in the words of ActiveCampaign.
        sorts_by_stamp: Whether the server may be asked for the newest rows first. Not where it
            filters by the update stamp, or where pages are not those of one collection.
        counters_move_unstamped: Whether rows hold counters that move while the update stamp does
            not, so that the stream is replicated in full unless the user chooses otherwise.
    """

    path: ClassVar[str]
    envelope: ClassVar[str | tuple[str, ...]] = ()
    columns: ClassVar[tuple[Column, ...]]
    ignored: ClassVar[tuple[str, ...]] = ()
    primary_keys: ClassVar[tuple[str, ...]] = ("id",)
    query: ClassVar[Mapping[str, str]] = MappingProxyType({})
    created_key: ClassVar[str | None] = None
    permission: ClassVar[str] = ""
    sorts_by_stamp: ClassVar[bool] = True
    counters_move_unstamped: ClassVar[bool] = False
    state_partitioning_keys = ()

    # Values are coerced while rows are read.
    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE

    def __init__(self, tap: TapActiveCampaign) -> None:
        schema = object_schema(self.columns)
        schema["description"] = self.description()
        super().__init__(tap=tap, schema=schema)
        self.tap = tap
        # What the last page told, for reports of progress.
        self.rows_expected: int | None = None

    @property
    @override
    def replication_method(self) -> str:
        if self.counters_move_unstamped and self.forced_replication_method is None:
            return "FULL_TABLE"
        return super().replication_method

    @classmethod
    def description(cls) -> str:
        """Return what the stream holds, in one paragraph."""
        return " ".join((cls.__doc__ or "").split())

    @classmethod
    def envelopes(cls) -> tuple[str, ...]:
        """Return the keys under which a body may hold the rows."""
        return (cls.envelope,) if isinstance(cls.envelope, str) else cls.envelope or (cls.path,)

    @property
    def client(self) -> Client:
        """The account that is read."""
        return self.tap.client

    @property
    def page_size(self) -> int:
        """Rows per request."""
        return int(self.config["page_size"])

    # What a page is

    def params(self, since: datetime | None) -> dict[str, str]:
        """Return the query parameters that are the same on each page.

        Args:
            since: Rows that did not change since then may be left out by the server.
        """
        del since
        return dict(self.query)

    def rows_in(self, body: Any) -> list[Row]:
        """Return the rows of a body."""
        return next((body[key] for key in self.envelopes() if key in body), [])

    def accepts(self, body: Any) -> bool:
        """Return whether a body holds rows at all."""
        return isinstance(body, dict) and any(
            isinstance(body.get(key), list) for key in self.envelopes()
        )

    def row_key(self, row: Row) -> Hashable:
        """Return what identifies a row."""
        return wire_id(row.get("id"))

    def page_of(self, body: Any, asked: int) -> Page:
        """Return the page that a body holds."""
        total = total_of(body)
        self.rows_expected = total
        return Page(self.rows_in(body), total, asked)

    def begin_get(self, path: str, params: Mapping[str, str], asked: int) -> Future[Page]:
        """Begin to fetch a page of this stream."""
        return self.client.begin_get(
            path, params, accepts=self.accepts, to_page=lambda body: self.page_of(body, asked)
        )

    def begin_page(self, since: datetime | None, offset: int, limit: int) -> Future[Page]:
        """Begin to fetch the page at an offset, in the server's own order."""
        paging = {"limit": str(limit), "offset": str(offset)}
        return self.begin_get(self.path, {**self.params(since), **paging}, limit)

    def begin_newest_page(
        self, since: datetime | None, offset: int, limit: int, order_by: str
    ) -> Future[Page]:
        """Begin to fetch the page at an offset, asking for the newest rows first.

        Args:
            since: As in `params`.
            offset: Rows to skip.
            limit: Rows to ask for.
            order_by: The API's name of the update stamp.
        """
        paging = {f"orders[{order_by}]": "DESC", "limit": str(limit), "offset": str(offset)}
        return self.begin_get(self.path, {**self.params(since), **paging}, limit)

    def begin_ahead(self, since: datetime | None) -> Iterator[bool]:
        """Begin to fetch what `scan` will ask for, a page for each step of the iterator.

        Yields:
            Whether a page was begun; if not, an answer has to come first.
        """
        asked = max(self.page_size, SMALLEST_PAGE)
        offset, total = 0, None
        while total is None:
            answer = self.begin_page(since, offset, asked)
            yield True
            yield from until_answered(answer)
            if is_lost(answer) or answer.result().is_short:
                return
            offset, total = offset + asked - 1, answer.result().total
        for later in range(offset, total - 1, asked - 1):
            self.begin_page(since, later, asked)
            yield True

    # Reading

    def scan(self, since: datetime | None) -> Iterable[list[Row]]:
        """Yield the rows of the collection, some at a time, each row once.

        Args:
            since: Rows that did not change since then may be left out.
        """
        scan = OffsetScan(
            lambda offset, limit: self.begin_page(since, offset, limit),
            self.row_key,
            page_size=self.page_size,
            window=self.client.parallel,
        )
        yield from scan
        if not scan.order_is_stable:
            self.logger.warning(
                "ActiveCampaign returned the rows of '%s' in changing order. They were read again "
                "and repeated rows were left out; if rows seem to be missing, run again.",
                self.name,
            )
        elif not scan.is_complete and scan.total is not None:
            self.logger.warning(
                "ActiveCampaign counts %d rows of '%s', but gave %d, also when they were read "
                "again. Either its count includes rows that the token's user may not see, or rows "
                "are missing; then run again.",
                scan.total,
                self.name,
                scan.rows_met,
            )

    def scan_for_run(self, since: datetime | None) -> Iterable[list[Row]]:
        """Yield the rows for a run of this stream, which may go on where an earlier one was cut."""
        return self.scan(since)

    @override
    def get_records(self, context: Context | None) -> Iterator[Record]:
        del context
        self.tap.turn_to(self)
        rows = rows_without_key = 0
        progress = Progress()
        try:
            for record in self.reading().records():
                if None in map(record.get, self.primary_keys):
                    rows_without_key += 1
                    continue
                rows += 1
                if rows % _ROWS_PER_LOOK_AT_THE_CLOCK == 0:
                    self._report_progress(progress.at(rows, self.rows_expected))
                yield record
        except ApiError as error:
            is_skipped = is_unavailable(error) and self.config["unavailable_streams"] == "skip"
            if rows or not is_skipped:
                raise
            self._report_unavailable(error)
        else:
            self.announce_version()
        finally:
            self._report_rows_without_key(rows_without_key)
        # Only now is it known how far this machine's clock is ahead.
        self.state_manager.write_replication_key_signpost(self.get_replication_key_signpost())

    @override
    def failed(self, error: Exception) -> None:
        self.tap.failures.take(self.name, error)
        if self.ABORT_AT_RECORD_COUNT is not None:
            # A test of the connection, which has no end at which to tell.
            self.tap.failures.raise_all()

    def reading(self) -> IncrementalRead:
        """Return this run's reading of the stream."""
        return IncrementalRead(self, self.bookmark(), self.tap.run_began)

    def look_ahead(self) -> Iterator[bool]:
        """Begin to fetch pages of the reading, while other streams are read; see `begin_ahead`."""
        yield from self.reading().look_ahead()

    def bookmark(self) -> datetime | None:
        """Return the moment from which changes are wanted; None for everything."""
        if self.replication_method != "INCREMENTAL":
            return None
        stored = self.stream_state
        is_ours = stored.get("replication_key") == self.replication_key
        value = stored.get("replication_key_value") if is_ours else None
        starts = [parse_utc(value)] if value else []
        if self.tap.start_date is not None:
            starts.append(self.tap.start_date)
        return earlier_than_repeated_hour(max(starts), self.tap.naive_zone) if starts else None

    @override
    def get_replication_key_signpost(self, context: Context | None = None) -> datetime | None:
        if self.replication_method != "INCREMENTAL":
            return None
        return self.tap.run_began

    def rows_changed(self, since: datetime | None) -> Iterator[Row]:
        """Yield the rows of the collection that changed since a moment, or cannot tell when."""
        earliest = None if since is None else since.isoformat()
        for rows in self.scan(since):
            for row in rows:
                if earliest is None or self.is_recent(self.reader.read(row), earliest):
                    yield row

    def records(self, rows: list[Row], since: datetime | None) -> Iterator[Record]:
        """Yield the records of some rows that changed since a moment."""
        read = self.reader.read
        earliest = None if since is None else since.isoformat()
        for row in rows:
            record = read(row)
            if earliest is None or self.is_recent(record, earliest):
                yield record

    def is_recent(self, record: Mapping[str, Any], earliest: str) -> bool:
        """Return whether a record changed at or after a moment, or cannot tell when."""
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
            self.tap.naive_zone,
            ignored=self.ignored,
            on_misfit=self._report_misfit,
            on_unknown=self._report_unknown,
        )

    # Reporting

    def _report_misfit(self, name: str, json_type: str) -> None:
        self.logger.warning(
            "Stream '%s': a value of property '%s' (JSON %s) does not fit its type and is emitted "
            "as null. Further such values of this property are not reported.",
            self.name,
            name,
            json_type,
        )

    def _report_rows_without_key(self, count: int) -> None:
        if count:
            self.logger.warning(
                "Stream '%s': rows without a usable primary key (%s) are left out, because no "
                "loader takes them: %d.",
                self.name,
                ", ".join(self.primary_keys),
                count,
            )

    def _report_unknown(self, name: str) -> None:
        self.logger.info(
            "Stream '%s': ActiveCampaign sends the property '%s', which this version of the tap "
            "does not know and leaves out.",
            self.name,
            name,
        )

    def _report_progress(self, report: Report | None) -> None:
        if report is None:
            return
        self.logger.info("Stream '%s': %s.", self.name, report)
        for metric, value in report.values().items():
            point = metrics.Point(
                "gauge", cast("metrics.Metric", metric), value, {"stream": self.name}
            )
            metrics.log(self.metrics_logger, point)

    def _report_unavailable(self, error: Exception) -> None:
        what = self.permission or f"the permission to view {self.name.replace('_', ' ')}"
        self.logger.warning(
            "Stream '%s' is skipped: %s. Either the account's plan lacks it, or the token's user "
            "needs %s. Deselect the stream, or set unavailable_streams to 'fail' to stop here.",
            self.name,
            error,
            what,
        )
