"""Reading a stream by ids so that a run that is cut off can be gone on with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from typing_extensions import override

from tap_activecampaign.incremental.checkpoint import Checkpoint
from tap_activecampaign.incremental.pages import PagedRead
from tap_activecampaign.incremental.read import Source, warn_of_doubt

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from singer_sdk.helpers.types import Record

    from tap_activecampaign.pagination.id_range import IdRange
    from tap_activecampaign.pagination.keyset_fallback import KeysetOrOffsetScan
    from tap_activecampaign.pagination.prefetch import PageLane


class ResumableSource(Source, Protocol):
    """A stream that can be read by ranges of ids."""

    def open_ranges(
        self,
        lane: PageLane,
        since: datetime | None,
        ranges: Sequence[IdRange] = (),
        expected_rows: int | None = None,
    ) -> KeysetOrOffsetScan:
        """Return a scan of some ranges; of all rows if there are none."""

    def note_bookmark(self, value: str) -> None:
        """Let the bookmark follow a value that an earlier run passed on."""


class ResumableRead(PagedRead):
    """Read what the server filters by its bookmark; state says at any time what is left.

    Args:
        source: The stream.
        since: Records that changed at or after this instant are wanted; None for all.
    """

    is_complete = True

    def __init__(self, source: ResumableSource, since: datetime | None) -> None:
        self._source = source
        self._earliest = None if since is None else since.isoformat()
        unfinished = Checkpoint.load(source.stream_state)
        self._goes_on = unfinished is not None
        self._checkpoint = unfinished or Checkpoint(
            began=source.run.began(), since=source.run.for_server(since)
        )
        self._scan = source.open_ranges(
            source.lane,
            self._checkpoint.since,
            self._checkpoint.ranges,
            self._checkpoint.rows_left,
        )

    @property
    def total(self) -> int | None:
        """How many rows there are to read, if the server tells."""
        return self._scan.total

    @property
    def signpost(self) -> datetime:
        """The instant that the bookmark must not pass: when the scan began."""
        return min(self._source.run.began(), self._checkpoint.began)

    def prefetch(self) -> bool | None:
        """Begin one more page; see `Scan.begin_next_page`."""
        return self._scan.begin_next_page()

    @override
    def pages(self) -> Iterator[list[Record]]:
        source, checkpoint = self._source, self._checkpoint
        key = source.replication_key or ""
        if self._goes_on:
            source.logger.info(
                "Stream '%s' is read from where the last run was cut off.", source.name
            )
            if checkpoint.newest is not None:
                source.note_bookmark(checkpoint.newest)
        source.take_turn()
        for rows in source.lane.read(self._scan):
            # Only a response tells how far this machine's clock is ahead.
            checkpoint.began = min(checkpoint.began, source.run.began())
            checkpoint.note(self._scan)
            checkpoint.store(source.stream_state)
            newest = checkpoint.newest or ""
            records = list(map(source.reader.read, rows))
            newest = max([newest, *(record[key] or "" for record in records)])
            if self._earliest is not None:
                records = [one for one in records if source.is_recent(one, self._earliest)]
            yield records
            checkpoint.newest = newest or None
        Checkpoint.forget(source.stream_state)
        warn_of_doubt(source, self._scan)
