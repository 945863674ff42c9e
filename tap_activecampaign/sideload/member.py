"""One stream that is read with the contacts: what came of it, and what of it waits."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from tap_activecampaign.incremental.bookmarks import earlier_than_repeated_hour, reaching_back
from tap_activecampaign.incremental.order_trust import OrderTrust
from tap_activecampaign.incremental.read import Source
from tap_activecampaign.pagination import SeenKeys
from tap_activecampaign.records.timestamps import parse_utc
from tap_activecampaign.sideload.counts import Counted
from tap_activecampaign.sideload.pass_checkpoint import PassCheckpoint
from tap_activecampaign.sideload.proof import Doubt, Include, agrees
from tap_activecampaign.sideload.spool import Spool, SpoolError
from tap_activecampaign.sideload.trust import SideloadTrust

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
    from datetime import datetime

    from tap_activecampaign.incremental.pages import Read

    Row = dict[str, Any]
    Record = dict[str, Any]


class Rider(Source, Counted, Protocol):
    """A stream whose rows may come with contacts, and which has a path of its own."""

    @property
    def include(self) -> Include | None:
        """How its rows are asked for; None for the contacts themselves."""

    @property
    def points_to(self) -> str | None:
        """The property that names what a row points to besides its contact."""

    @property
    def primary_keys(self) -> tuple[str, ...]:
        """Names of the key columns."""

    @property
    def replication_method(self) -> str:
        """``INCREMENTAL`` or ``FULL_TABLE``."""

    @property
    def emit_activate_version_messages(self) -> bool:
        """Whether loaders are told that a table that is replicated in full has come whole."""

    def open_own_read(self, since: datetime | None) -> Read:
        """Return a reading of the stream by its own path."""

    @property
    def waits_for_its_turn(self) -> bool:
        """Whether nothing can be emitted before the stream has its turn."""

    @property
    def writes_batches(self) -> bool:
        """Whether records are put in files, some time after they were passed on."""

    def bookmark(self) -> datetime | None:
        """Return the instant from which changes are wanted; None for everything."""

    def note_bookmark(self, value: str) -> None:
        """Let the bookmark follow a value that was passed on before."""

    def sync(self) -> None:
        """Have the SDK emit the records that wait."""


class Member:
    """The state of one stream during a pass over the contacts.

    Args:
        stream: The stream.
        bookmark: Records that changed at or after this instant are wanted; None for all.

    Attributes:
        spool: Records that wait for their turn.
        seen: Keys of the rows that came.
        others: What the rows point to besides their contacts.
        doubt: Why the rows are not believed to come whole, or None.
        count_before: How many rows the stream's own path counted before the pass.
        count_after: How many it counted after the pass, where it was asked again.
        lacks_rows: Whether fewer or more came in a pass over all contacts.
        missed: How many rows changed since the last audit though their contact did not.
        newest: Latest change date that the stream has emitted before it emitted to its end.
        newest_row: Latest change date of the rows that came.
        state: What is remembered of the rows from run to run.
        is_done: Whether an earlier run has finished the stream's part of this pass.
        has_failed: Whether the stream could not emit records, so that its part of the pass is left
            to the next run.
        is_proven: Whether this or an earlier pass over all contacts proved the rows to be whole.
    """

    # Whether the rows are emitted as records of their own.
    is_emitted = True

    def __init__(
        self, stream: Rider, bookmark: datetime | None, state: dict[str, Any] | None = None
    ) -> None:
        self.stream = stream
        self.bookmark = bookmark
        self.state = stream.stream_state if state is None else state
        self.trust = SideloadTrust.load(self.state)
        self.is_incremental = stream.replication_method == "INCREMENTAL"
        self.spool = Spool()
        self.seen = SeenKeys()
        self.others = SeenKeys()
        self.doubt: Doubt | None = None
        self.count_before: int | None = None
        self.count_after: int | None = None
        self.lacks_rows = False
        self.missed = 0
        self.is_done = False
        self.is_proven = self.trust.standing == "kept"
        self.has_failed = False
        self.rows_met = self._rows_met_before = 0
        self._unspooled: list[Record] = []
        self.newest_row: str | None = None
        self._earliest: str | None = None
        self._audited: tuple[str, str] | None = None
        self._include = stream.include
        # Batches of the round that is being emitted, and what is noted when they are.
        self._in_round = 0
        self._checkpoint: Callable[[str | None], PassCheckpoint] | None = None
        unfinished = PassCheckpoint.load(self.state)
        self.newest = None if unfinished is None else unfinished.newest

    @property
    def reads(self) -> Rider:
        """The stream that has its turn while rows of this one are read."""
        return self.stream

    @property
    def include(self) -> Include | None:
        """How the rows are asked for; None for the contacts themselves."""
        return self._include

    @property
    def since_full_pass(self) -> datetime | None:
        """From when on changes may be missing, because runs since then took a shortcut."""
        known_until = self.trust.known_until
        if known_until is None:
            known_until = OrderTrust.load(self.state).known_until
        return reaching_back(self.bookmark, known_until, self.stream.run.start_date)

    def begin(self, since: datetime | None, began: datetime) -> None:
        """Note which records are wanted.

        Args:
            since: Those that changed at or after this instant; None for all.
            began: When the pass began.
        """
        self._earliest = None if since is None else since.isoformat()
        last_pass = self.trust.full_pass_at
        if last_pass is not None:
            self._audited = (last_pass.isoformat(), began.isoformat())

    def expect(self, properties: frozenset[str]) -> None:
        """Note which properties rows of the stream's own path have."""
        if self._include is not None:
            needed = self._include.needed | properties
            self._include = self._include._replace(needed=needed)

    # Rows

    def take(self, rows: Iterable[Row], *, contact_moved: bool) -> list[Record]:
        """Return the records that are wanted of rows that came with one contact.

        Args:
            rows: The rows.
            contact_moved: Whether a run between two audits would have asked for the contact.
        """
        stream, wanted = self.stream, []
        read, key, points_to = stream.reader.read, stream.replication_key or "", stream.points_to
        for row in rows:
            record = read(row)
            if not self.seen.add(self.key_of(record)):
                continue
            self.rows_met += 1
            if points_to is not None:
                self.others.add(record[points_to])
            changed = record.get(key)
            if changed is not None:
                self.note_row(changed)
                if not contact_moved and self._audited is not None:
                    self.missed += self._audited[0] <= changed < self._audited[1]
            if self.is_wanted(record):
                wanted.append(record)
        return wanted

    def note_row(self, changed: str) -> None:
        """Take the change date of a row into account."""
        if self.newest_row is None or changed > self.newest_row:
            self.newest_row = changed

    def is_wanted(self, record: Record) -> bool:
        """Return whether a record changed recently enough to be emitted."""
        return self._earliest is None or self.stream.is_recent(record, self._earliest)

    def key_of(self, record: Record) -> Hashable:
        """Return what identifies a record."""
        keys = self.stream.primary_keys
        return record[keys[0]] if len(keys) == 1 else tuple(record[key] for key in keys)

    def known_until(self, began: datetime) -> datetime:
        """Return up to which change date a pass over all contacts had all rows."""
        newest = began
        if self.newest_row is not None:
            newest = min(newest, parse_utc(self.newest_row))
        return earlier_than_repeated_hour(newest, self.stream.run.naive_zone)

    def agrees(self, count: int | None) -> bool:
        """Return whether as many rows came as the stream's own path counts.

        Rows that never come with contacts are known, so that they are not read for ever; but not
        where every row is wanted, since a loader takes away what a table read whole lacks.

        Args:
            count: What it counted last.
        """
        gone = 0 if self._earliest is None else self.trust.gone
        return self.is_done or agrees(self.rows_met, gone, self.count_before, count)

    # Waiting

    def keep(self, records: Sequence[Record]) -> None:
        """Have records wait for their turn."""
        if self.is_done or self.has_failed or not records:
            return
        if self._unspooled:
            self._unspooled += records
            return
        try:
            self.spool.append(records)
        except SpoolError as error:
            # They have come, and must not be lost; no more are asked for.
            self._unspooled = list(records)
            self.doubt = self.doubt or Doubt(str(error))

    def waiting(self) -> Iterator[list[Record]]:
        """Yield the records that wait, a batch at a time."""
        while len(self.spool):
            yield self.spool.pop()
        if self._unspooled:
            records, self._unspooled = self._unspooled, []
            yield records

    def waiting_in_round(self) -> Iterator[list[Record]]:
        """Yield the records that waited when the round began."""
        while self._in_round:
            yield self.spool.pop()
            self._in_round -= 1

    def begin_round(self, checkpoint: Callable[[int, int, str | None], PassCheckpoint]) -> None:
        """Note what is to be emitted, and what the state says when it was.

        Args:
            checkpoint: Returns that, given how many rows have come by now, how many had by the
                round before, and the latest change date that was emitted.
        """
        rows_met, before = self.rows_met, self._rows_met_before
        self._rows_met_before = rows_met
        self._in_round = len(self.spool)
        self._checkpoint = partial(checkpoint, rows_met, before)

    @property
    def emits_in_rounds(self) -> bool:
        """Whether records may be emitted before the pass has ended."""
        return not (self.is_done or self.has_failed or self.stream.waits_for_its_turn)

    @property
    def is_in_round(self) -> bool:
        """Whether records of the round have not been emitted."""
        return self._in_round > 0

    def end_round(self) -> None:
        """Have the state say that the round was emitted, unless some of it waits for a file."""
        self._in_round = 0
        if self._checkpoint is not None and not self.stream.writes_batches:
            self._checkpoint(self.newest).store(self.state)
        self._checkpoint = None

    def fail(self) -> None:
        """Let go of what waits, and keep nothing more: the stream cannot emit it in this run."""
        self.has_failed = True
        self._in_round = 0
        self._checkpoint = None
        self._unspooled = []
        self.spool.close()

    @property
    def comes_in_one_run(self) -> bool:
        """Whether a loader takes away the rows that came in an earlier run."""
        return self.stream.emit_activate_version_messages and not self.is_incremental

    def has_finished_pass_of(self, checkpoints: Iterable[PassCheckpoint | None]) -> bool:
        """Return whether an earlier run has proven the rows in a pass that others have not ended.

        Args:
            checkpoints: How far the streams of the pass have come.
        """
        return self.trust.full_pass_at in {one.began for one in checkpoints if one is not None}

    def resume(self, rows_met: int) -> None:
        """Note how many rows an earlier run met in the part of the pass that is not repeated."""
        self.rows_met = self._rows_met_before = rows_met
