"""Reading rows together with the values of their custom fields.

Values of contacts come in the pass over the contacts, where that proves that they come whole. The
records wait on disk until it has.

Elsewhere all values are read and kept on disk before the rows come by. So a value that changes
while the rows are read is at most older than its row, and the next run, which goes by the latest
change among the values that were kept, sends the row again.
"""

from __future__ import annotations

from collections import deque
from functools import cached_property
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, Protocol

from tap_activecampaign.api import ApiError
from tap_activecampaign.custom_fields.definitions import definitions_in
from tap_activecampaign.custom_fields.reader import FieldReader
from tap_activecampaign.custom_fields.sent import SentValues
from tap_activecampaign.custom_fields.spool import values_in_order
from tap_activecampaign.failures import is_unavailable
from tap_activecampaign.incremental.read import Source
from tap_activecampaign.records.timestamps import parse_utc
from tap_activecampaign.sideload.carried import BROUGHT
from tap_activecampaign.sideload.read import SideloadedRead

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from concurrent.futures import Future
    from datetime import datetime

    from singer_sdk.helpers.types import Record

    from tap_activecampaign.custom_fields.columns import NamedField
    from tap_activecampaign.custom_fields.definitions import FieldDefinition
    from tap_activecampaign.custom_fields.spool import ValueSpool
    from tap_activecampaign.incremental.pages import Read
    from tap_activecampaign.pagination.page import Page, Row
    from tap_activecampaign.pagination.prefetch import PageLane
    from tap_activecampaign.pagination.scan import Scan
    from tap_activecampaign.records.reader import RecordReader

OBJECT = "custom_fields"
# Rows are asked for one by one if that takes no more requests than reading all of them.
_ALWAYS_ONE_BY_ONE = 5


class FieldCollection(Protocol):
    """Fields, or values of fields."""

    @property
    def reader(self) -> RecordReader:
        """Turns rows into records."""

    def open_scan(self, lane: PageLane, since: datetime | None) -> Scan:
        """Return a scan of all of them."""


class BroughtValues(Protocol):
    """A reading of values that come with the rows."""

    @property
    def covers_all(self) -> bool:
        """Whether all rows were asked for, not only those that changed."""

    @property
    def newest_row(self) -> str | None:
        """The latest moment at which one of the values changed."""

    def finish(self) -> bool:
        """Have the rows come; return whether all values came with them."""


class FieldOwner(Source, Protocol):
    """A stream whose rows have custom fields."""

    @property
    def fields(self) -> FieldCollection:
        """The fields."""

    @property
    def values(self) -> FieldCollection:
        """The values. Reading all of them fills the spool."""

    @property
    def spool(self) -> ValueSpool:
        """Where the values are kept."""

    @property
    def values_brought(self) -> BroughtValues | None:
        """The reading of values that come with the rows; None if they do not."""

    @property
    def sends_before_proof(self) -> bool:
        """Whether rows are sent before it is known that all their values came."""

    @property
    def replication_method(self) -> str:
        """Whether the stream is read by a bookmark."""

    def wanted_fields(self, fields: Sequence[FieldDefinition]) -> list[NamedField]:
        """Return the fields whose values records carry."""

    def misfit(self, name: str, json_type: str) -> None:
        """Tell that a value does not fit its field."""

    def begin_one(self, row_id: int) -> Future[Page]:
        """Begin to fetch one row by its id; the page has none if it is gone."""


def definitions_read(fields: FieldCollection, lane: PageLane) -> list[FieldDefinition]:
    """Return the fields that a stream of fields has, by ascending id.

    Args:
        fields: The stream.
        lane: Where its pages are begun.
    """
    pages = lane.read(fields.open_scan(lane, None))
    return definitions_in(fields.reader.read(row) for rows in pages for row in rows)


class CustomFieldRead:
    """Read a stream, and give each record the values of its custom fields.

    A row is read as well if nothing changed but a value of it.

    Args:
        owner: The stream.
        rows: Its reading without custom fields.
    """

    def __init__(self, owner: FieldOwner, rows: Read) -> None:
        self._owner = owner
        self._rows = rows
        # The values that came whole with the rows; None if all of them are in the spool.
        self._came: BroughtValues | None = None
        # What state remembers of them; None if the stream is read in full.
        self._sent: SentValues | None = None
        # Whether records were passed on before it was known that all values had come.
        self._sent_unproven = False

    @property
    def total(self) -> int | None:
        """How many rows there are to read, if the server tells."""
        return self._rows.total

    @property
    def signpost(self) -> datetime:
        """The instant that the bookmark must not pass."""
        return self._rows.signpost

    @property
    def is_complete(self) -> bool:
        """Whether all records were passed on, once `records` has ended."""
        return self._rows.is_complete

    def prefetch(self) -> bool | None:
        """Begin one more page; see `Scan.begin_next_page`."""
        return self._rows.prefetch()

    def records(self) -> Iterator[Record]:
        """Yield the records that changed, each once.

        A first load does not hold all contacts back until its end, so that one that is cut off can
        be gone on with. If it turns out that values were missing, contacts that have some are
        yielded once more.
        """
        rows = self._rows
        if not isinstance(rows, SideloadedRead):
            yield from self._with_all_values(rows.records())
            return
        if rows.is_in_round:
            for record in rows.records():
                yield self._unproven(record)
            return
        rows.holds = self._owner.sends_before_proof
        self._sent_unproven = self._sent_unproven or rows.is_resumed
        records = rows.records()
        if rows.holds:
            for record in records:
                if rows.has_pass_ended:
                    records = chain((record,), records)
                    break
                yield self._unproven(record)
        yield from self._with_all_values(records)

    def _unproven(self, record: Record) -> Record:
        """Return a record with the values that came with it, before it is known that all did."""
        brought = record.pop(BROUGHT, None)
        if self._reader is None:
            return record
        self._sent_unproven = True
        return self._with(record, self._reader.read(values_in_order(brought or ())))

    def _with_all_values(self, records: Iterator[Record]) -> Iterator[Record]:
        reader = self._prepared()
        if reader is None:
            for record in records:
                record.pop(BROUGHT, None)
                yield record
            return
        try:
            yield from self._changed(records, reader)
        finally:
            self._owner.spool.close()

    @cached_property
    def _reader(self) -> FieldReader | None:
        """What reads the values; None if none are wanted, or it is not known which there are."""
        owner = self._owner
        try:
            named = owner.wanted_fields(definitions_read(owner.fields, owner.lane))
        except ApiError as error:
            self._tell_without(error)
            return None
        return FieldReader(named, owner.run.naive_zone, on_misfit=owner.misfit) if named else None

    def _tell_without(self, error: ApiError) -> None:
        """Tell that values may not be read; raise any other error."""
        owner = self._owner
        if not (is_unavailable(error) and owner.run.skips_unavailable):
            raise error
        owner.logger.warning(
            "Stream '%s' is read without its custom fields: %s.", owner.name, error
        )

    def _prepared(self) -> FieldReader | None:
        """Have the values ready; return None if none are wanted."""
        owner = self._owner
        try:
            # Also if there is no field: what was proven of values belongs into the state.
            brought = owner.values_brought
            self._came = brought if brought is not None and brought.finish() else None
            reader = self._reader
            if reader is None:
                return None
            if owner.replication_method == "INCREMENTAL":
                state, zone = owner.stream_state, owner.run.naive_zone
                grows = owner.run.custom_fields == "object"
                self._sent = SentValues(state, reader.shape, zone, grows=grows)
                if self._sent.expects_more and self._sent.since is None:
                    # All rows that have values are to be sent, not only those that changed.
                    self._came = None
            if self._came is None:
                self._fill_spool()
        except ApiError as error:
            self._tell_without(error)
            return None
        return reader

    def _fill_spool(self) -> None:
        """Read all values, unless the stream of the values has."""
        owner = self._owner
        if not owner.spool.is_complete:
            for _ in owner.lane.read(owner.values.open_scan(owner.lane, None)):
                pass

    def _changed(self, records: Iterator[Record], reader: FieldReader) -> Iterator[Record]:
        sent, spool = self._sent, self._owner.spool
        if sent is not None and not sent.expects_more:
            # Should this run be cut off, the next one goes on from here.
            self._store(sent)
        for record in records:
            if self._came is None and record["id"] is not None:
                spool.note_sent(record["id"])
            yield self._with_values(record, reader)
        expects_more = sent is not None and sent.expects_more
        if self._came is None and (expects_more or self._sent_unproven):
            since = None if sent is None or self._sent_unproven else sent.since
            for record in self._records_left(since):
                yield self._with_values(record, reader)
        if sent is not None:
            self._store(sent)

    def _store(self, sent: SentValues) -> None:
        """Let the state say which values were sent."""
        came, began = self._came, self._owner.run.began()
        newest = self._owner.spool.newest if came is None else came.newest_row
        if came is not None and not came.covers_all and newest is None:
            return
        until = began if newest is None else min(began, parse_utc(newest))
        sent.store(until, is_whole=came is None or came.covers_all)

    def _with_values(self, record: Record, reader: FieldReader) -> Record:
        brought, spool = record.pop(BROUGHT, None), self._owner.spool
        if brought is None or spool.is_complete:
            # The row did not come in a pass over the contacts, or not all values came in it.
            self._fill_spool()
            kept = spool.values_of(record["id"])
        else:
            kept = values_in_order(brought)
        return self._with(record, reader.read(kept))

    def _with(self, record: Record, values: dict[str, Any]) -> Record:
        if self._owner.run.custom_fields == "object":
            return {**record, OBJECT: {key: value for key, value in values.items() if value != ""}}
        names = () if self._reader is None else self._reader.names
        return {**record, **dict.fromkeys(names), **values}

    def _records_left(self, since: str | None) -> Iterator[Record]:
        """Yield the records of which nothing changed but a value."""
        owner, spool = self._owner, self._owner.spool
        if since is not None:
            spool.note_unchanged(since)
        left = spool.unsent_owners
        if not left:
            return
        pages = max(spool.owners // owner.page_size, _ALWAYS_ONE_BY_ONE)
        start = owner.run.start_date
        earliest = "" if start is None else start.isoformat()
        for row in self._one_by_one() if left <= pages else self._out_of_all():
            record = owner.reader.read(row)
            if owner.is_recent(record, earliest):
                yield record

    def _one_by_one(self) -> Iterator[Row]:
        owner = self._owner
        ids, waiting = iter(owner.spool.unsent()), deque[Any]()
        while True:
            free = owner.lane.parallel - len(waiting)
            waiting.extend(owner.begin_one(row_id) for row_id in islice(ids, free))
            if not waiting:
                return
            yield from waiting.popleft().result().rows

    def _out_of_all(self) -> Iterator[Row]:
        owner = self._owner
        for rows in owner.lane.read(owner.open_scan(owner.lane, None)):
            yield from (row for row in rows if owner.spool.is_unsent(owner.row_key(row)))
