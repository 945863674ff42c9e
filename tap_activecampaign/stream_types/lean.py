"""A stream of the SDK that writes its records by the page.

The SDK takes records one by one, and does with each of them what is the same for all: it copies it
to find no children, looks up which of its properties are selected, looks for the state, asks the
clock, and flushes the output. That takes several times as long as making and writing the record. So
where records come in pages they are written here, by the SDK's public parts, and its own loop gets
to see none of them. It goes on to do everything else: schemas, metrics, the state at the end.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

from singer_sdk import Stream
from singer_sdk.metrics import DEFAULT_LOG_INTERVAL
from typing_extensions import override

from tap_activecampaign.output import MessageWriter

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from singer_sdk import Tap
    from singer_sdk.helpers.types import Record
    from singer_sdk.metrics import Counter


class LeanStream(Stream):
    """A stream whose records may be written without the SDK's loop.

    Args:
        tap: The tap.
        schema: Schema of the records.

    Attributes:
        may_write: Whether records are to be written at all, and not only counted or put in files.
        version: Version of the table that the records belong to; None if it has none.
    """

    def __init__(self, tap: Tap, schema: dict[str, Any]) -> None:
        super().__init__(tap=tap, schema=schema)
        self.tap = tap
        self.may_write = False
        self.version: int | None = None
        self._counter: Counter | None = None
        self._written = 0

    @property
    def writes_batches(self) -> bool:
        """Whether records are put in files, some time after they were passed on."""
        return self.get_batch_config(self.config) is not None

    @override
    def get_record_counter(
        self, *, endpoint: str | None = None, log_interval: float = DEFAULT_LOG_INTERVAL
    ) -> Counter:
        self._counter = super().get_record_counter(endpoint=endpoint, log_interval=log_interval)
        return self._counter

    def written(self, pages: Iterable[list[Record]]) -> Iterator[Record]:
        """Write the records of some pages; yield them where the SDK has to deal with them.

        A page is written, or yielded to its end, before the next one is asked for.

        Args:
            pages: Records that all have the same properties.
        """
        writer = self.tap.message_writer
        if not (self.may_write and isinstance(writer, MessageWriter)):
            yield from chain.from_iterable(pages)
            return
        left_out: list[str] | None = None
        can_be_written = True
        for records in pages:
            if not records:
                continue
            if left_out is None:
                left_out, can_be_written = self._left_out_of(records[0])
            if can_be_written:
                self._write(records, left_out, writer)
            else:
                yield from records

    def _left_out_of(self, record: Record) -> tuple[list[str], bool]:
        """Return which properties are not selected, and whether they can be left out here.

        What is not in the catalog's schema, or within a property, is left to the SDK.
        """
        of_properties = {
            breadcrumb[1]: is_selected
            for breadcrumb, is_selected in self.mask.items()
            if len(breadcrumb) == len(("properties", "name"))
        }
        is_plain = all(
            is_selected or not of_properties.get(breadcrumb[1], True)
            for breadcrumb, is_selected in self.mask.items()
            if len(breadcrumb) > len(("properties", "name"))
        )
        is_known = record.keys() <= self.effective_schema["properties"].keys()
        left_out = [name for name in record if not self.mask["properties", name]]
        return left_out, is_plain and is_known

    def _write(self, records: list[Record], left_out: list[str], writer: MessageWriter) -> None:
        key = self.replication_key
        newest = None
        if key is not None and self.replication_method == "INCREMENTAL":
            stamps = [record[key] for record in records]
            newest = max(filter(None, stamps), default=None)
        for name in left_out:
            for record in records:
                del record[name]
        for stream_map in self.stream_maps:
            mapped = map(stream_map.transform, records)
            kept = (record for record in mapped if record is not None)
            writer.write_records(stream_map.stream_alias, kept, self.version)
        self.state_manager.is_flushed = False
        if newest is not None and key is not None:
            self.state_manager.increment_state({key: newest}, replication_key=key)
        if self._counter is not None:
            self._counter.increment(len(records))
        before, self._written = self._written, self._written + len(records)
        if before // self.STATE_MSG_FREQUENCY != self._written // self.STATE_MSG_FREQUENCY:
            self.tap.state_writer.write_state(self.tap_state)
            self.state_manager.is_flushed = True
