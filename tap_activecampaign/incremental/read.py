"""One run's reading of one stream: whole, filtered by the server, or newest first."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Protocol

from typing_extensions import override

from tap_activecampaign.api import RequestRefusedError
from tap_activecampaign.incremental.bookmarks import earlier_than_repeated_hour, reaching_back
from tap_activecampaign.incremental.order_trust import OrderTrust, ScanObservation
from tap_activecampaign.incremental.pages import PagedRead
from tap_activecampaign.pagination.newest_first import NewestFirstScan
from tap_activecampaign.records.timestamps import earlier, parse_utc

if TYPE_CHECKING:
    import logging
    from collections.abc import Hashable, Iterator, Mapping
    from concurrent.futures import Future
    from datetime import datetime

    from singer_sdk.helpers.types import Record

    from tap_activecampaign.incremental.run_context import RunContext
    from tap_activecampaign.pagination.page import Page, Row
    from tap_activecampaign.pagination.prefetch import PageLane
    from tap_activecampaign.pagination.scan import Scan
    from tap_activecampaign.records.reader import RecordReader


# How far the column that the server sorts by may lie behind the update timestamp of a row that is
# only ever added: one of them may be naive, and its zone be read wrongly.
_SLACK = timedelta(days=1)


class Source(Protocol):
    """What a read needs to know of its stream."""

    name: str

    @property
    def logger(self) -> logging.Logger:
        """Where to tell the user something."""

    @property
    def lane(self) -> PageLane:
        """Where pages are begun."""

    @property
    def run(self) -> RunContext:
        """What holds for the run."""

    @property
    def reader(self) -> RecordReader:
        """Turns rows into records."""

    @property
    def stream_state(self) -> dict[str, Any]:
        """State of the stream, which is written to."""

    @property
    def replication_key(self) -> str | None:
        """The property that says when a row last changed."""

    @property
    def sort_column(self) -> str | None:
        """The property by which the server may be asked for the newest rows first."""

    @property
    def page_size(self) -> int:
        """Rows per request."""

    def take_turn(self, lane: PageLane | None = None) -> None:
        """Have the account turn to this stream, and to those that follow it ahead of their turn.

        Args:
            lane: Where pages are begun, if not in the stream's own lane.
        """

    def row_key(self, row: Row) -> Hashable:
        """Return what identifies a row."""

    def is_recent(self, record: Mapping[str, Any], earliest: str) -> bool:
        """Return whether a record changed at or after an instant, or cannot tell when."""

    def open_scan(self, lane: PageLane, since: datetime | None) -> Scan:
        """Return a scan of the rows that changed since an instant, or of more."""

    def begin_newest_page(
        self, since: datetime | None, offset: int, limit: int, order_by: str
    ) -> Future[Page]:
        """Begin to fetch the page at an offset, asking for the newest rows first."""


def warn_of_doubt(source: Source, scan: Scan) -> None:
    """Tell the user if a scan may have missed rows."""
    doubt = scan.doubt_about(source.name)
    if doubt is not None:
        source.logger.warning("%s", doubt)


class ComparedRead(PagedRead):
    """Read what the server returns, and compare each record with the bookmark.

    Args:
        source: The stream.
        since: Records that changed at or after this instant are wanted; None for all.
    """

    is_complete = True

    def __init__(self, source: Source, since: datetime | None) -> None:
        self._source = source
        self._earliest = None if since is None else since.isoformat()
        self._scan = source.open_scan(source.lane, source.run.for_server(since))

    @property
    def total(self) -> int | None:
        """How many rows there are to read, if the server tells."""
        return self._scan.total

    @property
    def signpost(self) -> datetime:
        """The instant that the bookmark must not pass."""
        return self._source.run.began()

    def prefetch(self) -> bool | None:
        """Begin one more page; see `Scan.begin_next_page`."""
        return self._scan.begin_next_page()

    @override
    def pages(self) -> Iterator[list[Record]]:
        read, is_recent, earliest = self._source.reader.read, self._source.is_recent, self._earliest
        self._source.take_turn()
        for rows in self._source.lane.read(self._scan):
            records = list(map(read, rows))
            if earliest is not None:
                records = [record for record in records if is_recent(record, earliest)]
            yield records
        warn_of_doubt(self._source, self._scan)


class IncrementalRead(PagedRead):
    """Read a stream as far as needed; see `newest_first` for the reasoning.

    Args:
        source: The stream.
        since: Records that changed at or after this instant are wanted; None for all.
    """

    is_complete = True

    def __init__(self, source: Source, since: datetime | None) -> None:
        self._source = source
        self._since = since
        self._began = source.run.began()
        self._trust = OrderTrust.load(source.stream_state)
        self._is_audit = False
        self._newest_first = self._open_newest_first()
        self._scan: Scan = self._newest_first or source.open_scan(source.lane, None)

    @property
    def total(self) -> int | None:
        """How many rows there are, if the server tells."""
        return self._scan.total

    @property
    def signpost(self) -> datetime:
        """The instant that the bookmark must not pass."""
        return self._source.run.began()

    def prefetch(self) -> bool | None:
        """Begin one more page; see `Scan.begin_next_page`."""
        return self._scan.begin_next_page()

    @override
    def pages(self) -> Iterator[list[Record]]:
        self._source.take_turn()
        if self._newest_first is not None:
            yield from self._recent_of(self._newest_first)
            self._trust.tried(self._began, held=self._newest_first.reached)
            if self._newest_first.reached and not self._is_audit:
                self._trust.rows = self._newest_first.total
                self._trust.store(self._source.stream_state)
                return
            self._scan = self._source.open_scan(self._source.lane, None)
        yield from self._whole(self._newest_first)

    def _open_newest_first(self) -> NewestFirstScan | None:
        source, trust = self._source, self._trust
        every_days = source.run.full_read_every_days
        if self._since is None or not trust.may_read_newest_first(self._began, every_days):
            return None
        self._is_audit = trust.full_read_is_due(self._began, every_days)
        if self._is_audit:
            self._since = self._since_full_read() or self._since
        filter_since = source.run.for_server(self._since)
        order_by = source.sort_column or ""
        slack = timedelta() if order_by == source.replication_key else _SLACK
        return NewestFirstScan(
            lambda offset, limit: source.begin_newest_page(filter_since, offset, limit, order_by),
            source.row_key,
            lambda row: source.reader.read(row)[order_by],
            earliest=earlier(self._since, slack).isoformat(),
            page_size=source.page_size,
            checks_the_end=trust.trust != "kept",
            rows_are_only_added=trust.rows_are_only_added,
            rows_before=trust.rows,
        )

    def _recent_of(self, scan: NewestFirstScan) -> Iterator[list[Record]]:
        """Yield the records newest first, as far as the server takes part."""
        source = self._source
        earliest = "" if self._since is None else self._since.isoformat()
        try:
            for rows in source.lane.read(scan):
                records = map(source.reader.read, rows)
                yield [record for record in records if source.is_recent(record, earliest)]
        except RequestRefusedError as error:
            source.logger.info("Stream '%s' is read whole: %s.", source.name, error)

    def _since_full_read(self) -> datetime | None:
        """Return from when on changes may be missing, because runs since then took the shortcut."""
        return reaching_back(self._since, self._trust.known_until, self._source.run.start_date)

    def _whole(self, newest_first: NewestFirstScan | None) -> Iterator[list[Record]]:
        source, trust = self._source, self._trust
        key, order_by = source.replication_key or "", source.sort_column or ""
        since = self._since_full_read()
        earliest = None if since is None else since.isoformat()
        start_date = source.run.start_date
        oldest_wanted = "" if start_date is None else start_date.isoformat()
        passed_on_from = None if self._since is None else self._since.isoformat()
        observation = ScanObservation()
        missed = 0
        for rows in source.lane.read(self._scan):
            # The clocks can be compared only after the first response.
            began = min(self._began, source.run.began()).isoformat()
            records = []
            for row in rows:
                record = source.reader.read(row)
                row_id, changed = source.row_key(row), record[key]
                observation.watch(row_id, record[order_by], changed)
                if earliest is not None and not source.is_recent(record, earliest):
                    if trust.was_added_since(row_id) and source.is_recent(record, oldest_wanted):
                        records.append(record)
                    continue
                if newest_first is not None and passed_on_from is not None:
                    if row_id in newest_first.seen and source.is_recent(record, passed_on_from):
                        continue
                    missed += changed is not None and changed < began
                records.append(record)
            yield records
        warn_of_doubt(source, self._scan)
        if newest_first is not None and newest_first.reached and missed:
            trust.trust = "off"
            source.logger.warning(
                "Stream '%s': ActiveCampaign's order by change date hid %d changed rows from "
                "incremental runs. They are emitted now, and the stream is read whole from now on.",
                source.name,
                missed,
            )
        self._learn(observation)
        trust.rows = self._scan.total
        trust.store(source.stream_state)

    def _learn(self, observation: ScanObservation) -> None:
        run, trust = self._source.run, self._trust
        newest = min(self._began, run.began())
        if observation.newest is not None:
            newest = min(newest, parse_utc(observation.newest))
        trust.full_read_at = self._began
        trust.known_until = earlier_than_repeated_hour(newest, run.naive_zone)
        trust.rows_are_only_added = observation.rows_are_only_added
        trust.has_unstamped_rows = observation.has_unstamped_rows
        trust.highest_id = observation.highest_id
