"""Ask each path for one page, and tell from it what a run will read.

A path is asked at most twice: for its first page, and for a second one where nothing else tells how
many rows there are, or how later runs read it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from tap_activecampaign.api import ApiError, InvalidTokenError, NotFoundError
from tap_activecampaign.check.estimate import Cost, requests_by_offset
from tap_activecampaign.check.findings import StreamCheck
from tap_activecampaign.check.probe import Probe
from tap_activecampaign.check.with_contacts import ContactRides, Ride
from tap_activecampaign.failures import is_unavailable
from tap_activecampaign.incremental.order_trust import OrderTrust
from tap_activecampaign.pagination.newest_first import OrderProof
from tap_activecampaign.records.columns import snake_case
from tap_activecampaign.records.reader import RecordReader
from tap_activecampaign.records.timestamps import parse_utc
from tap_activecampaign.sideload.carried import CarriedMember
from tap_activecampaign.sideload.contact_pages import BESIDE
from tap_activecampaign.sideload.member import Member
from tap_activecampaign.stream_types import (
    AccountListStream,
    ChildStream,
    CustomFieldOwner,
    SideloadStream,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tap_activecampaign.pagination.page import Page
    from tap_activecampaign.pagination.prefetch import PageFetcher
    from tap_activecampaign.stream_types.base import ActiveCampaignStream

    Row = dict[str, Any]

# Below so many parents each is asked, so that all rows are counted.
_FEW_PARENTS = 10
_SOME_MOMENT = parse_utc("2024-01-01T00:00:00Z")


class AccountCheck:
    """Look at streams of an account.

    Args:
        fetcher: The account.
        named: Returns any stream by its name.
    """

    def __init__(self, fetcher: PageFetcher, named: Callable[[str], ActiveCampaignStream]) -> None:
        self._fetcher = fetcher
        self._named = named
        self._probes: dict[str, Probe] = {}
        self._first_error: ApiError | None = None
        self._orders: dict[str, str | None] = {}
        self._carriers: dict[str, str] = {}
        self._rides: dict[str, Ride] = {}
        self._contacts_each_time = False

    def check(self, streams: Iterable[ActiveCampaignStream]) -> list[StreamCheck]:
        """Return what is known of some streams, in their order.

        Raises:
            ApiError: If the account does not take the token, or does not answer at all.
        """
        streams = list(streams)
        contacts = cast("CustomFieldOwner", self._named("contacts"))
        rides = self._begin_contacts(contacts, streams)
        for stream in streams:
            if not isinstance(stream, ChildStream):
                # All first pages are fetched side by side.
                self._probe(stream)
        if rides is not None:
            for one in rides.asked:
                self._probe(self._named(one.name))
            rides.judge(self._probe)
            self._rides, self._contacts_each_time = rides.of, rides.all_each_time
        checks = [self._checked(stream, streams) for stream in streams]
        session = self._fetcher.session
        if self._first_error and not session.token_is_proven and not session.answers():
            # Not one path has answered as ActiveCampaign does: it is not the streams.
            raise self._first_error
        return checks

    def _begin_contacts(
        self, contacts: CustomFieldOwner, streams: list[ActiveCampaignStream]
    ) -> ContactRides | None:
        """Begin to ask for contacts with what comes with them; None if nothing may."""
        is_selected = contacts in streams
        members = [Member(one, one.bookmark()) for one in streams if one.include]
        if is_selected and contacts.carried is not None and contacts.carried not in streams:
            members.append(CarriedMember(contacts, contacts.carried))
        if not (members and contacts.run.sideloads):
            return None
        rides = ContactRides(contacts, members, is_selected=is_selected)
        if rides.asked:
            self._probes[contacts.name] = Probe(self._fetcher, contacts, rides.begin)
            return rides
        self._rides = rides.of
        return None

    def _probe(self, stream: ActiveCampaignStream) -> Probe:
        if stream.name not in self._probes:
            self._probes[stream.name] = Probe(self._fetcher, stream)
        return self._probes[stream.name]

    def _checked(
        self, stream: ActiveCampaignStream, streams: list[ActiveCampaignStream]
    ) -> StreamCheck:
        check = StreamCheck(stream.name, stream.path, permission=stream.permission)
        check.replication_method = stream.replication_method
        if stream.replication_method == "INCREMENTAL":
            check.replication_key = stream.replication_key
        try:
            if isinstance(stream, AccountListStream):
                self._look_at_list(stream, check)
            elif isinstance(stream, ChildStream):
                self._look_below(stream, check)
            else:
                self._look_at(stream, check)
            if isinstance(stream, CustomFieldOwner) and stream.carries_values:
                self._add_values(stream, check, streams)
        except InvalidTokenError:
            raise
        except ApiError as error:
            self._first_error = self._first_error or error
            check.is_available = False
            status = "" if error.status is None else f" (status {error.status})"
            denied = "may not be read" if is_unavailable(error) else "cannot be read"
            check.reason = f"{denied}{status}"
            check.cost = Cost(1, 1)
        return check

    # A collection

    def _look_at(
        self, stream: ActiveCampaignStream, check: StreamCheck, *, is_parent: bool = False
    ) -> None:
        """Note what is known of a collection.

        Args:
            stream: The collection.
            check: Where to note it.
            is_parent: Whether its rows are read by its own path in any case, to ask below each.
        """
        probe = self._probe(stream)
        check.rows_at_least, check.cost_is_least = probe.count
        check.rows = None if check.cost_is_least else check.rows_at_least
        _compare_properties(stream, probe.rows, check)
        if isinstance(stream, SideloadStream):
            first = self._carriers.setdefault(stream.path, stream.name)
            check.shares_requests_with = None if first == stream.name else first
        ride = self._rides.get(stream.name)
        if ride is not None and not is_parent:
            check.with_contacts, check.with_contacts_reason = ride.standing, ride.reason
            if ride.rides:
                check.later_runs = "with the contacts that changed"
                check.cost = ride.cost(probe.pages)
                return
        tried = 0 if ride is None or is_parent else ride.tried
        check.cost = Cost(probe.pages + tried, self._later(stream, probe, check))

    def _later(
        self,
        stream: ActiveCampaignStream,
        probe: Probe,
        check: StreamCheck,
    ) -> int:
        """Return the requests of a run with nothing new, and say how it reads."""
        if stream.replication_method != "INCREMENTAL":
            check.later_runs = "read whole"
            return probe.pages
        if stream.params(_SOME_MOMENT) != stream.params(None):
            if stream.name == "contacts" and self._contacts_each_time:
                check.later_runs = "read whole for what hangs on them"
                return probe.pages
            check.later_runs = "ActiveCampaign filters by date"
            return 1
        check.later_runs = "read whole and compared"
        if stream.sort_column is None or stream.run.full_read_every_days <= 0:
            return probe.pages
        if stream.name not in self._orders:
            self._orders[stream.name] = self._order(stream, probe, stream.sort_column)
        check.order = self._orders[stream.name]
        if check.order not in {"honoured", "likely"}:
            return probe.pages
        check.later_runs = "newest first"
        return min(probe.pages, 2)

    def _order(self, stream: ActiveCampaignStream, probe: Probe, sort_column: str) -> str | None:
        """Return whether ActiveCampaign sorts by the date of the last change."""
        trust = OrderTrust.load(stream.stream_state)
        if trust.trust != "untried":
            return "honoured" if trust.trust == "kept" else "not honoured"
        if probe.page.is_short:
            # One page is read either way.
            return None
        if not probe.may_be_asked_again:
            return "not proven"
        try:
            newest = stream.begin_newest_page(None, 0, probe.page.asked, sort_column).result()
        except ApiError:
            return "not honoured"
        return _judged(stream, sort_column, probe.page, newest, trust)

    def _look_at_list(self, stream: AccountListStream, check: StreamCheck) -> None:
        try:
            self._look_at(stream, check)
        except NotFoundError:
            # The account has these rows below each contact only.
            self._look_below(stream, check)

    # A collection below each row of another

    def _look_below(self, stream: ChildStream, check: StreamCheck) -> None:
        if stream.lists_all_rows(None):
            self._look_at(stream, check)
            return
        parent = self._named(stream.parent)
        above = StreamCheck(parent.name, parent.path)
        self._look_at(parent, above, is_parent=True)
        cost = above.cost or Cost(1, 1)
        parents = self._probe(parent).rows
        is_every = len(parents) == above.rows and len(parents) <= _FEW_PARENTS
        pages = [
            stream.begin_child(row, None, 0, stream.page_size)
            for row in (parents if is_every else parents[:1])
        ]
        below = [page.result() for page in pages]
        rows = [{**row, stream.parent_key: 0} for page in below for row in page.rows]
        _compare_properties(stream, rows, check)
        check.rows_at_least = sum(page.total or len(page.rows) for page in below)
        if is_every and all(page.total is not None or page.is_short for page in below):
            check.rows = check.rows_at_least
        each = [
            requests_by_offset(page.total or len(page.rows), stream.page_size) for page in below
        ]
        unread = above.rows_at_least - len(each)
        first_run = cost.first_run + (sum(each) + unread) * stream.requests_per_parent
        check.cost_is_least = check.rows is None
        check.later_runs = f"read below rows of {stream.parent} that changed"
        nothing_new = cost.nothing_new
        if not stream.only_changed_parents:
            check.later_runs = f"read below each row of {stream.parent}"
            nothing_new = first_run
        check.cost = Cost(first_run, nothing_new)

    def _add_values(
        self, owner: CustomFieldOwner, check: StreamCheck, streams: list[ActiveCampaignStream]
    ) -> None:
        """Add what the values of custom fields cost, unless a stream of the run reads them."""
        more = more_later = 0
        if owner.values not in streams:
            ride, pages = self._rides.get(owner.values.name), self._probe(owner.values).pages
            values = Cost(pages, pages) if ride is None else ride.cost(pages)
            if ride is not None and not ride.rides:
                values = Cost(ride.tried + pages, pages)
            more, more_later = values.first_run, values.nothing_new
        if owner.fields not in streams or not isinstance(owner.fields, SideloadStream):
            pages = self._probe(owner.fields).pages
            more, more_later = more + pages, more_later + pages
        if check.cost is not None:
            cost = check.cost
            check.cost = Cost(cost.first_run + more, cost.nothing_new + more_later)


def _judged(
    stream: ActiveCampaignStream, sort_column: str, first: Page, newest: Page, trust: OrderTrust
) -> str:
    """Return what the newest rows, if they are, prove of the order asked for."""
    proof = OrderProof(rows_are_only_added=trust.rows_are_only_added)
    for row in newest.rows:
        proof.watch(stream.row_key(row), stream.reader.read(row)[sort_column])
    if proof.is_broken:
        return "not honoured"
    if proof.holds:
        return "honoured"
    # They came newest first, and by descending ids as well. A run tells both apart once it has read
    # the stream whole.
    tops = [[stream.row_key(row) for row in page.rows[:1]] for page in (first, newest)]
    return "likely" if tops[0] != tops[1] else "not proven"


def _compare_properties(stream: ActiveCampaignStream, rows: list[Row], check: StreamCheck) -> None:
    """Note properties that the schema lacks, or that the rows lack."""
    unknown: set[str] = set()
    reader = RecordReader(
        stream.columns,
        stream.run.naive_zone,
        ignored=stream.ignored,
        on_misfit=lambda *_: None,
        on_unknown=unknown.add,
    )
    for row in rows:
        reader.read({name: value for name, value in row.items() if name != BESIDE})
    check.unknown_properties = sorted(unknown)
    if rows:
        sent = {_squeezed(snake_case(name)) for row in rows for name in row}
        names = (column.name for column in stream.columns)
        check.missing_properties = [name for name in names if _squeezed(name) not in sent]


def _squeezed(name: str) -> str:
    # ActiveCampaign is of two minds about some spellings: `enforceLimit` and `enforcelimit`.
    return name.replace("_", "")
