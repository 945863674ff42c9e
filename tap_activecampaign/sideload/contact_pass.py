"""One pass over the contacts, which serves them and every stream whose rows come with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_activecampaign.api import ApiError, InvalidTokenError, UnreachableError
from tap_activecampaign.api.wire import wire_id
from tap_activecampaign.pagination import SeenKeys
from tap_activecampaign.records.columns import snake_case
from tap_activecampaign.sideload.contact_pages import BESIDE, ContactPages
from tap_activecampaign.sideload.counts import begin_count, counted
from tap_activecampaign.sideload.pass_checkpoint import PassCheckpoint
from tap_activecampaign.sideload.plan import costs_more, plan_for
from tap_activecampaign.sideload.proof import Doubt

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from tap_activecampaign.incremental.run_context import RunContext
    from tap_activecampaign.pagination.keyset_fallback import KeysetOrOffsetScan
    from tap_activecampaign.sideload.carried import Carrier, ContactMember
    from tap_activecampaign.sideload.member import Member
    from tap_activecampaign.sideload.proof import Include

    Row = dict[str, Any]

# Pages go on being taken while a round is emitted, until so many rounds wait.
_MOST_ROUNDS_WAITING = 2
# So much may wait on disk before the streams have to emit it, though the pass is not finished.
ROUND_BYTES = 64 * 1024 * 1024
# Lists of ids that contacts have whether or not rows are asked for.
_UNASKED = frozenset({"scoreValues", "accountContacts"})
_NOT_ASKED = Doubt("contacts were read without it")
_COSTS_LESS = Doubt("that costs less than asking for all contacts")


class ContactPass:
    """Read contacts once for all streams that need them.

    Whoever of its members has its turn first drives the pass, page by page; the records of the
    others wait on disk. When much waits, all of them emit it in a round, so that neither the disk
    fills nor a run that is killed has to begin again.

    Args:
        contacts: The stream of contacts.
        riders: Streams whose rows come along.
        own: The contacts as a member, if they are selected.
        run: What holds for the run.
    """

    def __init__(
        self,
        contacts: Carrier,
        riders: Sequence[Member],
        own: ContactMember | None,
        run: RunContext,
    ) -> None:
        self._contacts = contacts
        self._riders = list(riders)
        self._own = own
        self._run = run
        self._carried = None if own is None else contacts.carried
        self.contacts_met = SeenKeys()
        self.is_finished = False
        # The member that emits what waits for it while another one has its turn.
        self.emitting: Member | None = None
        self._scan: KeysetOrOffsetScan | None = None
        self._pages: Iterator[list[Row]] = iter(())
        # Whether all pages have been taken, though the pass has not been finished.
        self._is_read = False
        self._moved: SeenKeys | None = None
        self._plan = plan_for(self._riders, own, run)
        self._round = self._plan.round_number

    @property
    def members(self) -> list[Member]:
        """All streams of the pass."""
        return self._riders if self._own is None else [*self._riders, self._own]

    @property
    def began(self) -> datetime:
        """When the pass began, by the server's clock if that is behind."""
        return min(self._plan.began, self._run.began())

    @property
    def total(self) -> int | None:
        """How many contacts there are to read, if the server tells."""
        return None if self._scan is None else self._scan.total

    @property
    def is_full(self) -> bool:
        """Whether it is a pass over all contacts."""
        return self._plan.since is None

    @property
    def is_resumed(self) -> bool:
        """Whether an earlier run has read some of the contacts."""
        return self._plan.checkpoint is not None

    def unproven_columns(self, member: Member) -> list[str]:
        """Return the lists of ids in contacts that may lack some, since their rows may.

        Those that come with every contact, whatever is asked for, are left as they are.
        """
        if member is not self._own:
            return []
        return [
            snake_case(rider.include.name)
            for rider in self._riders
            if rider.include is not None
            and (rider.doubt is not None or not rider.is_proven)
            and rider.include.name not in _UNASKED
        ]

    # Going on

    def advance(self, driver: Member) -> None:
        """Read the next page of contacts, and have the others emit if too much waits.

        Args:
            driver: Who has its turn; it emits what waits for it by itself.
        """
        if self._scan is None:
            self._begin(driver)
        rows = None if self.is_finished or self._is_read else self._next_of(self._pages)
        if self.is_finished:
            return
        if rows is None:
            self._finish()
            return
        self._take(rows)
        if self._waiting_bytes >= ROUND_BYTES:
            self._emit_round(driver)

    def go_on_if_ready(self) -> None:
        """Take pages that have arrived, so that others are begun while records are emitted."""
        while (
            not (self._scan is None or self.is_finished or self._is_read)
            and self._waiting_bytes < _MOST_ROUNDS_WAITING * ROUND_BYTES
            and self._scan.has_arrived
        ):
            rows = self._next_of(self._pages)
            if rows is None:
                # The end needs requests of its own, which are waited for when the pass goes on.
                self._is_read = True
            else:
                self._take(rows)

    def close(self) -> None:
        """Remove what waits on disk."""
        for member in self.members:
            member.spool.close()

    @property
    def _waiting_bytes(self) -> int:
        return sum(member.spool.size_bytes for member in self._emitting_in_rounds)

    @property
    def _emitting_in_rounds(self) -> list[Member]:
        return [member for member in self.members if member.emits_in_rounds]

    @property
    def _riding(self) -> list[Member]:
        return [member for member in self._riders if member.doubt is None]

    def _includes(self) -> list[Include]:
        includes = (member.include for member in self._riding)
        return [include for include in includes if include is not None]

    def _begin(self, driver: Member) -> None:
        if self.is_full:
            self._count_riders(driver)
            self._find_moved()
        for member in self.members:
            since = member.since_full_pass if self.is_full else member.bookmark
            is_rider = member is not self._own
            member.begin(since if is_rider else member.bookmark, self.began)
        pages = ContactPages(
            self._contacts,
            self._contacts.lane,
            self._run.for_server(self._plan.since),
            self._includes,
        )
        checkpoint = self._plan.checkpoint
        self._scan = (
            pages.scan()
            if checkpoint is None
            else pages.scan(checkpoint.ranges, checkpoint.rows_left)
        )
        if self._is_wanted:
            self._pages = self._contacts.lane.read(self._scan)
        else:
            self.is_finished = True

    def _next_of(self, pages: Iterator[list[Row]]) -> list[Row] | None:
        """Return the next contacts; None at their end, or if they cannot be read."""
        try:
            return next(pages, None)
        except InvalidTokenError:
            raise
        except ApiError as error:
            self._give_up(Doubt(f"contacts cannot be read: {str(error).rstrip('.')}"))
            return None

    def _take(self, rows: list[Row]) -> None:
        """Share out the contacts of a page, and what came with them."""
        records: dict[str, list[dict[str, Any]]] = {}
        for row in rows:
            beside = row.pop(BESIDE, {})
            contact = wire_id(row.get("id"))
            self.contacts_met.add(contact)
            has_moved = self._moved is None or contact in self._moved
            carried: list[Row] | None = None
            is_missed = False
            for member in self._riding:
                include = member.include
                found = beside.get(include.name if include else "", _NOT_ASKED)
                if isinstance(found, Doubt):
                    member.doubt = found
                else:
                    missed = member.missed
                    wanted = member.take(found, contact_moved=has_moved)
                    if member.stream is self._carried:
                        carried, is_missed = found, member.missed > missed
                    records.setdefault(member.stream.name, []).extend(wanted)
            if self._own is not None and self._own.doubt is None:
                wanted = self._own.take_contact(row, carried, is_missed=is_missed)
                records.setdefault(self._own.stream.name, []).extend(wanted)
        for member in self.members:
            member.keep(records.get(member.stream.name, []))
        if not self._is_wanted:
            self.is_finished = True

    @property
    def _is_wanted(self) -> bool:
        return bool(self._riding) or (self._own is not None and self._own.doubt is None)

    def _give_up(self, doubt: Doubt) -> None:
        """Leave the rest to the streams' own paths."""
        for member in self.members:
            member.doubt = member.doubt or doubt
        self.is_finished = True

    # What the rows are checked against

    def _count_riders(self, driver: Member) -> None:
        """Ask each rider's own path how many rows there are and what they look like.

        The first question is alone, because it may be the first of the run, which shows whether the
        token is good and whether anybody answers.
        """
        lane = self._contacts.lane
        riding = sorted(self._riding, key=lambda member: member is not driver)
        first = begin_count(lane, riding[0].stream)
        error = first.exception()
        if isinstance(error, InvalidTokenError) or (
            isinstance(error, UnreachableError) and riding[0] is driver
        ):
            raise error
        others = [begin_count(lane, member.stream) for member in riding[1:]]
        for member, page in zip(riding, [first, *others], strict=True):
            found = counted(page)
            if isinstance(found, Doubt):
                member.doubt = found
            else:
                member.count_before = found.rows
                member.expect(found.properties)
        if not self._plan.must_be_full:
            self._compare_costs()

    def _compare_costs(self) -> None:
        """Leave the riders to their own paths where asking for all contacts costs more."""
        contacts = counted(begin_count(self._contacts.lane, self._contacts))
        counts = [member.count_before or 0 for member in self._riding]
        if isinstance(contacts, Doubt) or not costs_more(contacts.rows, counts, self._run):
            return
        for member in self._riding:
            member.doubt = _COSTS_LESS
        self._plan = self._plan.without_riders(self._own)

    def _find_moved(self) -> None:
        """Find the contacts that the runs since the last audit have asked for."""
        since = [member.trust.full_pass_at for member in self._riding if not member.is_done]
        audited = min(filter(None, since), default=None)
        if audited is None:
            return
        lane = self._contacts.lane
        moved = SeenKeys()
        pages = iter(ContactPages(self._contacts, lane, self._run.for_server(audited)).scan())
        while (rows := self._next_of(pages)) is not None:
            moved.add_each(wire_id(row.get("id")) for row in rows)
        self._moved = moved

    def _finish(self) -> None:
        """Check, after the last page, that nothing is missing."""
        self.is_finished = True
        if not self.is_full:
            return
        lane = self._contacts.lane
        doubtful = [member for member in self._riding if not member.agrees(member.count_before)]
        asked = [(member, begin_count(lane, member.stream)) for member in doubtful]
        for member, page in asked:
            found = counted(page)
            member.count_after = None if isinstance(found, Doubt) else found.rows
            member.lacks_rows = not member.agrees(member.count_after)

    # Rounds

    def _emit_round(self, driver: Member) -> None:
        """Have all members emit what waits, and note how far the pass has come."""
        if self._scan is None:
            return
        self._scan.settle()
        ids_left = tuple((left.after, left.until) for left in self._scan.ranges)
        rows_left = self._scan.rows_left
        self._round += 1
        for member in self._emitting_in_rounds:
            member.begin_round(
                lambda rows_met, rows_met_before, newest: PassCheckpoint(
                    began=self.began,
                    since=self._plan.since,
                    round_number=self._round,
                    ids_left=ids_left,
                    rows_left=rows_left,
                    rows_met=rows_met,
                    rows_met_before=rows_met_before,
                    newest=newest,
                )
            )
        for member in self._emitting_in_rounds:
            if member is not driver:
                self._have_emit(member)

    def _have_emit(self, member: Member) -> None:
        if len(member.spool) and not member.has_failed:
            self.emitting = member
            try:
                member.stream.sync()
            finally:
                self.emitting = None
            if member.is_in_round:
                # What a stream does not emit it could not.
                member.fail()
        if not member.has_failed:
            member.end_round()
