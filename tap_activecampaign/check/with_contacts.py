"""Which streams a run reads with the contacts, told by one page of contacts and of each stream.

One page cannot prove that rows come whole: a run counts them. But it shows most of what speaks
against it, and a run that is told otherwise reads the stream by its own path.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from tap_activecampaign.api import ApiError, InvalidTokenError
from tap_activecampaign.api.wire import wire_id
from tap_activecampaign.check.estimate import Cost
from tap_activecampaign.records.columns import snake_case
from tap_activecampaign.sideload.contact_pages import BESIDE, ContactPages
from tap_activecampaign.sideload.counts import counted
from tap_activecampaign.sideload.plan import costs_more
from tap_activecampaign.sideload.proof import Doubt, Include, is_explained

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Future

    from tap_activecampaign.check.findings import WithContacts
    from tap_activecampaign.check.probe import Probe
    from tap_activecampaign.pagination.page import Page
    from tap_activecampaign.pagination.prefetch import PageLane
    from tap_activecampaign.sideload.member import Member, Rider
    from tap_activecampaign.stream_types import CustomFieldOwner

    Row = dict[str, Any]

_TRIED_LATER = Doubt("an earlier run could not prove it, and it is not yet time to try it again")
_OFF = Doubt("earlier runs found that the change date of contacts does not follow its rows")
_NEVER = Doubt("rows of its own path did not come with their contacts")
_COSTS_LESS = Doubt("its own path costs less than asking for all contacts")


@dataclass
class Ride:
    """How one stream is read with the contacts.

    Attributes:
        standing: See `StreamCheck.with_contacts`.
        reason: Why it is read by its own path after all.
        tried: Requests that a first run makes to find out.
        later: Requests of a run with nothing new, besides those for the contacts.
        is_read_whole: Whether a first run reads the stream's own path too.
    """

    standing: WithContacts
    reason: Doubt | None = None
    tried: int = 1
    later: int = 0
    is_read_whole: bool = False

    @property
    def rides(self) -> bool:
        """Whether later runs read the stream with the contacts."""
        return self.reason is None

    def cost(self, own_pages: int) -> Cost:
        """Return what the stream costs besides the contacts, if it rides.

        Args:
            own_pages: Requests that reading its own path takes.
        """
        return Cost(self.tried + (own_pages if self.is_read_whole else 0), self.later)


class Sample(NamedTuple):
    """Contacts on one page, and whether there are others."""

    rows: list[Row]
    are_all: bool


class ContactRides:
    """Tell which streams come with the contacts.

    Args:
        contacts: The stream of contacts.
        riders: Streams that may come along.
        is_selected: Whether the contacts are selected themselves.

    Attributes:
        of: What is known of each stream, by its name.
        all_each_time: Whether each run asks for all contacts, not only for those that changed.
    """

    def __init__(
        self, contacts: CustomFieldOwner, riders: Sequence[Member], *, is_selected: bool
    ) -> None:
        self._contacts = contacts
        self._is_selected = is_selected
        self.all_each_time = False
        run = contacts.run
        now, every_days = run.began(), run.full_read_every_days
        self._asked = [member for member in riders if member.trust.may_ride(now, every_days)]
        self.of: dict[str, Ride] = {
            member.stream.name: Ride("off", _OFF, tried=0)
            if member.trust.standing == "off"
            else Ride("not proven", _TRIED_LATER, tried=0)
            for member in riders
            if member not in self._asked
        }

    @property
    def asked(self) -> list[Rider]:
        """The streams whose rows are asked for with the contacts."""
        return [member.stream for member in self._asked]

    def begin(self, lane: PageLane) -> Future[Page]:
        """Begin to fetch the first contacts with what comes with them."""
        includes = [include for member in self._asked if (include := member.include) is not None]
        return ContactPages(self._contacts, lane, None, lambda: includes).begin_sample()

    def judge(self, probe: Callable[[Any], Probe]) -> None:
        """Judge by the first pages of the contacts and of each stream.

        Args:
            probe: Returns the beginning of a stream.
        """
        try:
            page = probe(self._contacts).page
            contacts, _ = probe(self._contacts).count
        except InvalidTokenError:
            raise
        except ApiError:
            doubt = Doubt("contacts cannot be read")
            self.of |= {one.name: Ride("not proven", doubt) for one in self.asked}
            return
        sample = Sample(page.rows, contacts <= len(page.rows))
        for member in self._asked:
            found = _judged(member, probe(member.stream), sample)
            self.of[member.stream.name] = (
                Ride("not proven", found) if isinstance(found, Doubt) else found
            )
        self._compare_costs(contacts, probe)
        riding = [self.of[one.name] for one in self.asked if self.of[one.name].rides]
        self.all_each_time = bool(riding) and self._needs_all
        for ride in riding if self.all_each_time else ():
            ride.later = ride.tried
        if riding and not self._is_selected:
            # The contacts are read for it.
            pages = probe(self._contacts).pages
            riding[0].tried += pages
            riding[0].later += pages if self.all_each_time else 1

    @property
    def _needs_all(self) -> bool:
        """Whether each run has to ask for all contacts."""
        contacts = self._contacts
        return (
            contacts.run.full_read_every_days <= 0
            or (self._is_selected and contacts.replication_method != "INCREMENTAL")
            or not all(member.is_incremental for member in self._asked)
        )

    def _compare_costs(self, contacts: int, probe: Callable[[Any], Probe]) -> None:
        """Leave streams to their own paths where asking for all contacts costs more."""
        riding = [one for one in self.asked if self.of[one.name].rides]
        if self._is_selected or not riding:
            return
        self.of[riding[0].name].tried += 1
        counts = [probe(one).count[0] for one in riding]
        if costs_more(contacts, counts, self._contacts.run):
            for one in riding:
                ride = self.of[one.name]
                self.of[one.name] = Ride("costs more", _COSTS_LESS, tried=ride.tried)


def _judged(member: Member, own: Probe, sample: Sample) -> Ride | Doubt:
    """Return what a page of contacts and one of the stream's own path tell."""
    found = counted(own.first)
    if isinstance(found, Doubt):
        # Without what ActiveCampaign has answered.
        return Doubt(found.partition(":")[0])
    member.expect(found.properties)
    came = _came(member.include, sample)
    if isinstance(came, Doubt):
        return came
    lacking, unexplained = _lacking(member, own, came, sample)
    met = sum(map(len, came.values()))
    if unexplained:
        return Ride("not proven", _NEVER, tried=2)
    if lacking or (sample.are_all and met != found.rows):
        # The rest belongs to what is gone, or a run finds out that it does not.
        return Ride("likely", tried=2, is_read_whole=True)
    is_proven = sample.are_all or member.trust.standing == "kept"
    return Ride("proven" if is_proven else "likely")


def _came(include: Include | None, sample: Sample) -> dict[Any, list[Row]] | Doubt:
    """Return the rows that came with each contact, if they are of their stream's form."""
    came: dict[Any, list[Row]] = {}
    if include is None:
        return Doubt("contacts cannot be asked for its rows")
    for contact in sample.rows:
        rows = contact.get(BESIDE, {}).get(include.name, [])
        if isinstance(rows, Doubt):
            return rows
        if not all(include.needed <= {snake_case(key) for key in row} for row in rows):
            return Doubt("rows that come with contacts have another form than its own")
        came[wire_id(contact.get("id"))] = rows
    return came


def _lacking(
    member: Member, own: Probe, came: dict[Any, list[Row]], sample: Sample
) -> tuple[int, int]:
    """Count the rows of a stream's own path that did not come, and those that should have."""
    ids = {wire_id(row["id"]) for rows in came.values() for row in rows}
    points_to = member.stream.points_to
    others = {_value(row, points_to) for rows in came.values() for row in rows}
    last = max((contact for contact in came if isinstance(contact, int)), default=0)
    lacking = unexplained = 0
    for row in own.rows:
        contact, other = _value(row, "contact"), _value(row, points_to)
        is_later = isinstance(contact, int) and contact > last and not sample.are_all
        if is_later or wire_id(row.get("id")) in ids:
            continue
        lacking += 1
        unexplained += not is_explained(
            contact,
            other,
            met_contact=contact in came,
            met_other=other in others if points_to is not None else None,
        )
    return lacking, unexplained


def _value(row: Row, name: str | None) -> Any:
    return next((wire_id(value) for key, value in row.items() if snake_case(key) == name), None)
