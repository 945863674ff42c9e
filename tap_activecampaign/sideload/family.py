"""Which streams of a run are read with the contacts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_activecampaign.incremental.bookmarks import reaching_back
from tap_activecampaign.sideload.carried import CarriedMember, ContactMember
from tap_activecampaign.sideload.contact_pass import ContactPass
from tap_activecampaign.sideload.member import Member
from tap_activecampaign.sideload.pass_checkpoint import PassCheckpoint
from tap_activecampaign.sideload.read import SideloadedRead
from tap_activecampaign.sideload.trust import SideloadTrust

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from tap_activecampaign.incremental.pages import Read
    from tap_activecampaign.incremental.run_context import RunContext
    from tap_activecampaign.sideload.carried import Carrier
    from tap_activecampaign.sideload.member import Rider


class ContactFamily:
    """The contacts and what hangs on them, as one pass reads it.

    Args:
        run: What holds for the run.
        contacts: Returns the stream of contacts.
        selected: Returns the selected streams, in their order.
    """

    def __init__(
        self,
        run: RunContext,
        contacts: Callable[[], Carrier],
        selected: Callable[[], Sequence[Rider]],
    ) -> None:
        self._run = run
        self._contacts = contacts
        self._selected = selected
        self._pass: ContactPass | None = None
        self._reads: dict[str, SideloadedRead] | None = None

    def read_of(self, name: str) -> SideloadedRead | None:
        """Return the reading of a stream with the contacts; None if it is read by its own path."""
        if self._reads is None:
            self._reads = self._open()
        return self._reads.get(name)

    def failed(self, name: str) -> None:
        """Note that a stream cannot be read to its end."""
        read = (self._reads or {}).get(name)
        if read is not None:
            read.give_up()

    def close(self) -> None:
        """Remove what waits on disk."""
        if self._pass is not None:
            self._pass.close()

    def _open(self) -> dict[str, SideloadedRead]:
        if not self._run.sideloads:
            return {}
        contacts, selected = self._contacts(), self._selected()
        names = {stream.name for stream in selected}
        members = [Member(stream, stream.bookmark()) for stream in selected if stream.include]
        carried = contacts.carried if contacts.name in names else None
        if carried is not None and carried.name not in names:
            members.append(CarriedMember(contacts, carried))
        now, every_days = self._run.began(), self._run.full_read_every_days
        riders = [member for member in members if member.trust.may_ride(now, every_days)]
        if not riders:
            return {}
        own = ContactMember(contacts) if contacts.name in names else None
        self._pass = contact_pass = ContactPass(contacts, riders, own, self._run)
        return {
            member.stream.name: SideloadedRead(contact_pass, member, contacts.lane)
            for member in contact_pass.members
        }


def since_known(
    stream_state: dict[str, Any], bookmark: datetime | None, start_date: datetime | None
) -> datetime | None:
    """Return from when on changes are wanted of a stream that is read by its own path.

    Runs that read it with the contacts may have missed changes since the last full pass.

    Args:
        stream_state: State of the stream.
        bookmark: The instant that its bookmark names; None for everything.
        start_date: Oldest change that is wanted; None for all of them.
    """
    return reaching_back(bookmark, SideloadTrust.load(stream_state).known_until, start_date)


def forget_unfinished(stream_state: dict[str, Any], read: Read) -> None:
    """Forget what a stream's state says of contacts, once it was read by its own path.

    Args:
        stream_state: State of the stream.
        read: How it was read.
    """
    if isinstance(read, SideloadedRead):
        return
    PassCheckpoint.forget(stream_state)
    if SideloadTrust.load(stream_state).known_until is not None:
        SideloadTrust.forget(stream_state)
