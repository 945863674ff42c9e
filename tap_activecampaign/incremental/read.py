"""One run's reading of one stream: whole, filtered by the server, or newest first."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from tap_activecampaign.api import RequestRefusedError
from tap_activecampaign.incremental.bookmarks import earlier_than_repeated_hour
from tap_activecampaign.incremental.order_trust import OrderTrust, ScanObservation
from tap_activecampaign.pagination.newest_first import NewestFirstScan
from tap_activecampaign.pagination.offset import SMALLEST_PAGE
from tap_activecampaign.records.timestamps import earlier, parse_utc

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Future
    from datetime import datetime

    from singer_sdk.helpers.types import Record

    from tap_activecampaign.pagination import Page
    from tap_activecampaign.stream_types.base import ActiveCampaignStream


class IncrementalRead:
    """Read a stream as far as needed.

    Args:
        stream: The stream.
        since: Records that changed at or after this moment are wanted; None for all.
        began: When the run began, in UTC.
    """

    def __init__(
        self, stream: ActiveCampaignStream, since: datetime | None, began: datetime
    ) -> None:
        self._stream = stream
        self._since = since
        self._began = began
        self._every_days = float(stream.config["full_read_every_days"])

    def records(self) -> Iterator[Record]:
        """Yield the records that changed, each once."""
        if self._stream.sorts_by_stamp and self._stream.replication_method == "INCREMENTAL":
            yield from self._as_far_as_needed()
            return
        for rows in self._stream.scan_for_run(self._server_since()):
            self._stream.client.on_progress()
            yield from self._stream.records(rows, self._since)

    def look_ahead(self) -> Iterator[bool]:
        """Begin to fetch pages; see the stream's `begin_ahead`."""
        memory = OrderTrust.load(self._stream.stream_state)
        if self._may_read_newest_first(memory):
            self._begin_newest_page(memory)(0, max(self._stream.page_size, SMALLEST_PAGE))
            yield True
        else:
            sorts = self._stream.sorts_by_stamp
            yield from self._stream.begin_ahead(None if sorts else self._server_since())

    def _server_since(self) -> datetime | None:
        """Return the bookmark for filters of the server, whose time zone is not documented."""
        if self._since is None:
            return None
        return earlier(self._since, timedelta(hours=float(self._stream.config["lookback_hours"])))

    def _since_full_read(self, memory: OrderTrust) -> datetime | None:
        """Return from when on changes may be missing, because runs since then took the shortcut."""
        if self._since is None or memory.known_until is None:
            return self._since
        since = min(self._since, memory.known_until)
        start_date = self._stream.tap.start_date
        return since if start_date is None else max(since, start_date)

    def _may_read_newest_first(self, memory: OrderTrust) -> bool:
        return (
            self._stream.sorts_by_stamp
            and self._since is not None
            and memory.may_read_newest_first(self._began, self._every_days)
        )

    def _begin_newest_page(self, memory: OrderTrust) -> Callable[[int, int], Future[Page]]:
        stream = self._stream
        order_by = memory.order_by or stream.replication_key or ""
        since = self._server_since()
        return lambda offset, limit: stream.begin_newest_page(since, offset, limit, order_by)

    def _as_far_as_needed(self) -> Iterator[Record]:
        """Stop at the bookmark if the order is proven; see `newest_first` for the reasoning."""
        memory = OrderTrust.load(self._stream.stream_state)
        newest_first = None
        if self._since is not None and self._may_read_newest_first(memory):
            is_audit = memory.full_read_is_due(self._began, self._every_days)
            if is_audit:
                self._since = self._since_full_read(memory) or self._since
            newest_first = self._newest_first(memory, self._since)
            try:
                for rows in newest_first:
                    yield from self._stream.records(rows, self._since)
            except RequestRefusedError as error:
                self._stream.logger.info("Stream '%s' is read whole: %s.", self._stream.name, error)
            memory.tried(self._began, held=newest_first.reached)
            if newest_first.reached and not is_audit:
                memory.rows = newest_first.total
                memory.store(self._stream.stream_state)
                return
        yield from self._whole(memory, newest_first)

    def _newest_first(self, memory: OrderTrust, since: datetime) -> NewestFirstScan:
        stream = self._stream
        key = stream.replication_key or ""
        return NewestFirstScan(
            self._begin_newest_page(memory),
            stream.row_key,
            lambda row: stream.reader.read(row)[key],
            earliest=since.isoformat(),
            page_size=stream.page_size,
            rows_are_only_added=memory.rows_are_only_added,
            rows_before=memory.rows,
        )

    def _whole(self, memory: OrderTrust, newest_first: NewestFirstScan | None) -> Iterator[Record]:
        stream = self._stream
        key = stream.replication_key or ""
        since = self._since_full_read(memory)
        earliest = None if since is None else since.isoformat()
        passed_on_from = None if self._since is None else self._since.isoformat()
        observation = ScanObservation()
        missed = 0
        for rows in stream.scan_for_run(None):
            stream.client.on_progress()
            # The clocks can be compared only after the first answer.
            began = min(self._began, stream.tap.run_began).isoformat()
            for row in rows:
                record = stream.reader.read(row)
                row_id, stamp = stream.row_key(row), record[key]
                observation.watch(row_id, stamp)
                if earliest is not None and not stream.is_recent(record, earliest):
                    continue
                if newest_first is not None and passed_on_from is not None:
                    if row_id in newest_first.seen and stream.is_recent(record, passed_on_from):
                        continue
                    missed += stamp is not None and stamp < began
                yield record
        if newest_first is not None and newest_first.reached and missed:
            memory.trust = "off"
            stream.logger.warning(
                "Stream '%s': ActiveCampaign's order by change date hid %d changed rows from "
                "incremental runs. They are emitted now, and the stream is read whole from now on.",
                stream.name,
                missed,
            )
        self._learn(memory, observation)
        memory.rows = stream.rows_expected
        memory.store(stream.stream_state)

    def _learn(self, memory: OrderTrust, observation: ScanObservation) -> None:
        stream = self._stream
        newest = min(self._began, stream.tap.run_began)
        if observation.newest is not None:
            newest = min(newest, parse_utc(observation.newest))
        memory.full_read_at = self._began
        memory.known_until = earlier_than_repeated_hour(newest, stream.tap.naive_zone)
        memory.order_by = stream.reader.wire_name(stream.replication_key or "") or memory.order_by
        memory.rows_are_only_added = observation.rows_are_only_added
        memory.has_unstamped_rows = observation.has_unstamped_rows
