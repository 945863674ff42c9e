"""Everything of the tap that leans on the inside of singer-sdk, in one place.

The SDK has no public hook for what is done here. Each piece says what for; the SDK versions read
are 0.54.9 and 0.55.0b7. `tests/tap/test_sdk_seams.py` pins each with one assertion, so that an
upgrade that changes one of them fails there, by name.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from typing_extensions import override

from tap_activecampaign.stream_types.lean import LeanStream

if TYPE_CHECKING:
    from collections.abc import Generator

    from singer_sdk import Tap
    from singer_sdk.helpers.types import Context, Record


class SdkSeams(LeanStream):
    """A stream of the SDK with the few changes that need its private names."""

    def __init__(self, tap: Tap, schema: dict[str, object]) -> None:
        super().__init__(tap, schema)
        # By name: from SDK 0.55 on `Stream.logger` is an adapter, which takes no filters.
        logging.getLogger(f"{tap.name}.{self.name}").addFilter(_is_no_generic_failure)
        logging.getLogger("singer_sdk").addFilter(_is_no_unsorted_warning)

    # The SDK calls this before the first record. Destinations drop older rows when they receive it,
    # so it waits until the stream was read to its end. If the SDK calls it last one day, this goes.
    @override
    def _write_activate_version_message(self, full_table_version: int) -> None:
        self.version = full_table_version

    def announce_version(self) -> None:
        """Tell the destination, if it wants to know, that it has all rows of this version."""
        if self.version is not None:
            super()._write_activate_version_message(self.version)

    # SDK 0.54 logs a warning for each record whose replication key is null; 0.55 no longer does.
    @override
    def _increment_stream_state(
        self, latest_record: Record, *, context: Context | None = None
    ) -> None:
        key = self.replication_key
        if key is None or latest_record.get(key) is not None:
            super()._increment_stream_state(latest_record, context=context)

    # The SDK ends the whole run at the first stream that fails. If it learns to go on with the next
    # one, this goes.
    @override
    def _sync_records(
        self, context: Context | None = None, *, write_messages: bool = True
    ) -> Generator[Record, None, None]:
        # The SDK calls this also for records that it counts, or puts in files.
        self.may_write = write_messages and self.selected and self.ABORT_AT_RECORD_COUNT is None
        try:
            yield from super()._sync_records(context, write_messages=write_messages)
        except Exception as error:  # noqa: BLE001 - raised again unless it is this stream's own
            self.failed(error)
            # Otherwise the SDK takes the latest row for the bookmark, as if all had been read.
            self.stream_state.pop("progress_markers", None)

    def failed(self, error: Exception) -> None:
        """Take note of what ended the reading of this stream, or raise it to end the run."""
        raise error

    def note_bookmark(self, value: str) -> None:
        """Let the bookmark follow a value of the replication key that an earlier run passed on."""
        if self.replication_key is not None:
            self.state_manager.increment_state(
                {self.replication_key: value}, replication_key=self.replication_key
            )


# Of a failure the SDK says only that it was "unhandled". The sentence that follows says more.
def _is_no_generic_failure(record: logging.LogRecord) -> bool:
    return not str(record.msg).startswith("An unhandled error occurred while syncing")


# Given for each incremental stream. Nobody can act on it, and for contacts it is not even true.
def _is_no_unsorted_warning(record: logging.LogRecord) -> bool:
    return not str(record.msg).startswith("Stream is assumed to be unsorted")
