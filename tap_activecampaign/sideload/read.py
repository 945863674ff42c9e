"""Reading a stream in a pass over the contacts, and by its own path where that proves nothing."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from tap_activecampaign.incremental.checkpoint import Checkpoint
from tap_activecampaign.incremental.order_trust import OrderTrust
from tap_activecampaign.incremental.pages import PagedRead, pages_of
from tap_activecampaign.incremental.read import warn_of_doubt
from tap_activecampaign.sideload.pass_checkpoint import PassCheckpoint
from tap_activecampaign.sideload.proof import is_explained
from tap_activecampaign.sideload.trust import SideloadTrust

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from singer_sdk.helpers.types import Record

    from tap_activecampaign.incremental.pages import Read
    from tap_activecampaign.pagination.prefetch import PageLane
    from tap_activecampaign.pagination.scan import Scan
    from tap_activecampaign.sideload.contact_pass import ContactPass
    from tap_activecampaign.sideload.member import Member


class SideloadedRead(PagedRead):
    """Read one stream of a pass.

    Args:
        contact_pass: The pass.
        member: The stream's part in it.
        lane: Where pages of contacts are begun.

    Attributes:
        is_complete: Whether all records were passed on that are wanted.
        holds: Whether records wait for a round or for the end of the pass though the stream has its
            turn.
    """

    def __init__(self, contact_pass: ContactPass, member: Member, lane: PageLane) -> None:
        self._pass = contact_pass
        self._member = member
        self._lane = lane
        self.is_complete = False
        self.holds = False
        # What is read by the stream's own path; pages of it may be begun before its turn.
        self._own: Read | None = None
        self._scan: Scan | None = None

    @property
    def total(self) -> int | None:
        """How many contacts there are to read, where the stream is that of contacts."""
        return self._pass.total if self._member.include is None else None

    @property
    def signpost(self) -> datetime:
        """The instant that the bookmark must not pass: when the pass began."""
        return self._pass.began

    @property
    def is_in_round(self) -> bool:
        """Whether another stream has its turn, and this one emits what waits meanwhile."""
        return self._pass.emitting is self._member

    @property
    def has_pass_ended(self) -> bool:
        """Whether all contacts have come."""
        return self._pass.is_finished

    @property
    def is_resumed(self) -> bool:
        """Whether an earlier run has emitted some of the records."""
        return self._pass.is_resumed

    @property
    def covers_all(self) -> bool:
        """Whether the pass was over all contacts."""
        return self._pass.is_full

    @property
    def newest_row(self) -> str | None:
        """The latest change date of the rows that came."""
        return self._member.newest_row

    def finish(self) -> bool:
        """Have the pass end for rows that contacts carry; return whether they came whole."""
        member = self._member
        if not member.is_emitted:
            deque(self.records(), maxlen=0)
        return self.is_complete and member.is_proven and member.doubt is None

    def give_up(self) -> None:
        """Emit nothing more in this run."""
        self._member.fail()

    def prefetch(self) -> bool | None:
        """Begin one more page of the stream's own path, once it is known that it will be read.

        How much there is to read of the pass depends on all its streams, so none of that is begun.
        """
        member = self._member
        if member.include is None or member.has_failed or not member.is_emitted:
            return None
        if member.doubt is not None:
            return self._own_read().prefetch()
        if not self._pass.is_finished:
            return False
        return self._own_scan().begin_next_page() if member.lacks_rows else None

    @override
    def pages(self) -> Iterator[list[Record]]:
        member = self._member
        if member.has_failed:
            return
        if member.is_done:
            # What has changed since is for the next run, as it is with contacts read before.
            self.is_complete = True
            return
        if member.newest is not None:
            member.stream.note_bookmark(member.newest)
        if self._pass.emitting is member:
            yield from self._round()
            return
        if not self._pass.is_finished:
            member.reads.take_turn(self._lane)
        while True:
            if self.holds and not (self._pass.is_finished or member.is_in_round):
                self._pass.advance(member)
                continue
            for records in member.waiting():
                yield self._shown(records)
            markers = member.state.get("progress_markers", {})
            member.newest = markers.get("replication_key_value", member.newest)
            member.end_round()
            if self._pass.is_finished:
                break
            self._pass.advance(member)
        yield from self._rest()
        member.spool.close()
        PassCheckpoint.forget(member.state)
        Checkpoint.forget(member.state)
        self.is_complete = True

    def _round(self) -> Iterator[list[Record]]:
        """Yield what waits while another stream has its turn."""
        member = self._member
        for records in member.waiting_in_round():
            yield self._shown(records)
            self._pass.go_on_if_ready()
        # The SDK takes the latest date for the bookmark when a stream ends, and this has not ended.
        markers = member.state.pop("progress_markers", {})
        member.newest = markers.get("replication_key_value", member.newest)

    def _shown(self, records: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return records as they are emitted: contacts with those ids of rows that are proven."""
        for column in self._pass.unproven_columns(self._member):
            for record in records:
                if column in record:
                    record[column] = None
        return records

    def _rest(self) -> Iterator[list[Record]]:
        """Yield what did not come with the contacts, and note how far they can be trusted."""
        member, stream = self._member, self._member.stream
        if member.include is None:
            if member.doubt is not None:
                yield from self._by_own_path()
            return
        began = self._pass.began
        if member.doubt is not None:
            stream.logger.info(
                "Stream '%s' is read by its own path: %s.", stream.name, member.doubt
            )
            if member.is_emitted:
                yield from self._by_own_path()
            member.trust.failed(began)
        elif not self._pass.is_full:
            member.trust.contacts_since = member.trust.tried_at = began
        else:
            if member.lacks_rows:
                yield from self._missing()
            else:
                self._prove(member.trust.gone)
            self._judge_missed()
        member.trust.store(member.state)

    def _by_own_path(self) -> Iterator[list[Record]]:
        """Yield what the stream's own path has besides the records that came with contacts."""
        member = self._member
        for records in pages_of(self._own_read()):
            yield [record for record in records if member.key_of(record) not in member.seen]

    def _own_read(self) -> Read:
        if self._own is None:
            member = self._member
            since = member.bookmark if member.include is None else member.since_full_pass
            self._own = member.stream.open_own_read(since)
        return self._own

    def _own_scan(self) -> Scan:
        if self._scan is None:
            self._scan = self._member.stream.open_scan(self._member.reads.lane, None)
        return self._scan

    def _missing(self) -> Iterator[list[Record]]:
        """Read the stream's own path whole, and find out why its count is another."""
        member, stream = self._member, self._member.stream
        began = self._pass.began.isoformat()
        key, points_to, include = stream.replication_key or "", stream.points_to, member.include
        gone = unexplained = came_since = 0
        stream.logger.info(
            "Stream '%s' is read by its own path: that counts other rows than come with contacts.",
            stream.name,
        )
        member.reads.take_turn()
        scan = self._own_scan()
        for rows in member.reads.lane.read(scan):
            wanted = []
            for row in rows:
                record = stream.reader.read(row)
                if not member.seen.add(member.key_of(record)):
                    continue
                changed = record.get(key)
                if changed is not None:
                    member.note_row(changed)
                if changed is None or changed < began:
                    contact = record[include.contact] if include is not None else None
                    other = record[points_to] if points_to is not None else None
                    explained = is_explained(
                        contact,
                        other,
                        met_contact=contact in self._pass.contacts_met,
                        met_other=other in member.others if points_to is not None else None,
                    )
                    gone += explained
                    unexplained += not explained
                else:
                    came_since += 1
                if member.is_wanted(record):
                    wanted.append(record)
            yield wanted
        warn_of_doubt(stream, scan)
        if self._pass.is_resumed:
            # What the earlier run met is not known, so nothing can be explained by it.
            member.is_proven = False
            member.trust = SideloadTrust()
        elif unexplained:
            stream.logger.info(
                "Stream '%s': %d rows did not come with their contacts, so it is read by its own "
                "path until the next full read.",
                stream.name,
                unexplained,
            )
            member.is_proven = False
            member.trust.failed(self._pass.began)
        else:
            # The count may include rows that nobody is shown, and those that came meanwhile, which
            # come with their contacts in the next run.
            counted = member.count_after or 0
            self._prove(max(counted - member.rows_met - came_since, gone))

    def _prove(self, gone: int) -> None:
        """Note that all rows came that can come."""
        member, began = self._member, self._pass.began
        member.is_proven = True
        trust = member.trust
        trust.standing = "kept"
        trust.gone = gone
        trust.tried_at = trust.full_pass_at = trust.contacts_since = began
        trust.known_until = member.known_until(began)
        # What the newest rows were trusted for until now is out of date.
        OrderTrust.forget(member.state)

    def _judge_missed(self) -> None:
        """Give up reading the stream with contacts if their change dates do not follow its rows."""
        member = self._member
        if not member.missed:
            return
        member.trust.failed(self._pass.began, "off")
        member.stream.logger.warning(
            "Stream '%s': %d rows changed while the change date of their contact did not, so runs "
            "since the last full read missed them. They are emitted now, and the stream is read by "
            "its own path from now on.",
            member.stream.name,
            member.missed,
        )
