"""Pages of contacts by their ids, with the rows that hang on them where these are asked for."""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from tap_activecampaign.api import ApiRequest, ServerFaultError, UnreachableError
from tap_activecampaign.api.wire import integer_id, wire_id
from tap_activecampaign.pagination import OffsetScan, Page
from tap_activecampaign.pagination.keyset import KeysetSource
from tap_activecampaign.pagination.keyset_fallback import KeysetOrOffsetScan
from tap_activecampaign.sideload.proof import Beside, Doubt, rows_beside

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable, Hashable, Sequence
    from concurrent.futures import Future
    from datetime import datetime

    from tap_activecampaign.api import ApiSession
    from tap_activecampaign.pagination.id_range import IdRange
    from tap_activecampaign.pagination.prefetch import PageLane
    from tap_activecampaign.sideload.proof import Include

    Row = dict[str, Any]

# In each contact's row: by the name of the include, the rows that came with it or why they do not
# count. No property of the API has such a name.
BESIDE = "\0beside"
# Fewer contacts with their rows are not asked for at once before rows are given up.
_FEWEST_CONTACTS = 12
_TOO_HEAVY = Doubt("ActiveCampaign cannot gather its rows in time when it is asked for contacts")


class Contacts(Protocol):
    """The collection of contacts."""

    @property
    def path(self) -> str:
        """Path below ``/api/3/``."""

    @property
    def logger(self) -> logging.Logger:
        """Where to tell the user something."""

    @property
    def page_size(self) -> int:
        """Contacts per request."""

    def params(self, since: datetime | None) -> dict[str, str]:
        """Return the query parameters that are the same on each page."""

    def accepts(self, body: Any) -> bool:
        """Return whether a body holds contacts."""

    def page_of(self, body: Any, asked: int) -> Page:
        """Return the page that a body holds."""

    def row_key(self, row: Row) -> Hashable:
        """Return what identifies a contact."""


class ContactPages:
    """Begins to fetch pages of contacts.

    Args:
        contacts: The collection.
        lane: Where pages are begun.
        since: Contacts that did not change since then may be left out.
        includes: Returns the rows that are to come along with the next page.
    """

    def __init__(
        self,
        contacts: Contacts,
        lane: PageLane,
        since: datetime | None,
        includes: Callable[[], Sequence[Include]] = tuple,
    ) -> None:
        self._contacts = contacts
        self._lane = lane
        self._since = since
        self._includes = includes
        # How many contacts the server can gather the rows of, learned on the way.
        self._most_contacts = contacts.page_size
        self._lock = threading.Lock()

    def scan(
        self, ranges: Sequence[IdRange] = (), expected_rows: int | None = None
    ) -> KeysetOrOffsetScan:
        """Return a scan of some ranges of ids; of all contacts if there are none.

        Args:
            ranges: What is left of an earlier scan.
            expected_rows: How many contacts they hold; None takes the server's total.
        """
        return KeysetOrOffsetScan(
            KeysetSource(
                self._begin_after, self._begin_last, lambda row: integer_id(row.get("id"))
            ),
            by_offset=self._scan_by_offset,
            on_fallback=self._tell_of_fallback,
            parallel=self._lane.parallel,
            ranges=ranges,
            expected_rows=expected_rows,
        )

    def begin_sample(self) -> Future[Page]:
        """Begin to fetch the first contacts with their rows; without them if that is too much."""
        params = {**self._contacts.params(self._since), "orders[id]": "ASC", "id_greater": "0"}
        includes, limit = tuple(self._includes()), self._contacts.page_size

        def fetch(session: ApiSession) -> Page:
            try:
                return self._get(session, params, limit, includes)
            except (ServerFaultError, UnreachableError):
                if not includes:
                    raise
                return _without_rows(self._get(session, params, limit, ()), includes)

        return self._lane.begin(fetch)

    def _scan_by_offset(self) -> OffsetScan:
        return OffsetScan(
            lambda offset, limit: self._begin({"offset": str(offset)}, limit),
            self._contacts.row_key,
            page_size=self._contacts.page_size,
            window=self._lane.parallel,
        )

    def _tell_of_fallback(self) -> None:
        self._contacts.logger.warning(
            "ActiveCampaign does not return contacts by ascending id, so they are read again by "
            "offset; contacts that were emitted already are left out."
        )

    def _begin_after(self, after: int, offset: int) -> Future[Page]:
        params = {"orders[id]": "ASC", "id_greater": str(after)}
        if offset:
            params["offset"] = str(offset)
        return self._begin(params, self._contacts.page_size)

    def _begin_last(self) -> Future[Page]:
        params = {**self._contacts.params(self._since), "orders[id]": "DESC"}
        return self._lane.begin(lambda session: self._get(session, params, 1, ()))

    def _begin(self, paging: dict[str, str], limit: int) -> Future[Page]:
        params = {**self._contacts.params(self._since), **paging}
        includes = tuple(self._includes())
        return self._lane.begin(partial(self._fetch, params=params, limit=limit, includes=includes))

    def _fetch(
        self,
        session: ApiSession,
        params: dict[str, str],
        limit: int,
        includes: Sequence[Include],
    ) -> Page:
        """Fetch a page; where it is too heavy for the server, in parts.

        Parts are asked for by the last id received, so that no contact slips through between two.
        """
        if not includes:
            return self._get(session, params, limit, ())
        if "id_greater" not in params:
            return self._part(session, params, limit, includes, fewest=limit)
        rows: list[Row] = []
        total: int | None = None
        part: Page | None = None
        while part is None or (len(rows) < limit and not part.is_short):
            most = min(self._most_contacts, limit - len(rows))
            part = self._part(session, params, most, includes, fewest=_FEWEST_CONTACTS)
            if total is None:
                total = part.total
            rows += part.rows
            last = next(filter(None, (integer_id(row.get("id")) for row in reversed(rows))), None)
            if last is None:
                # After which id to go on, no row tells.
                break
            params = {**params, "id_greater": str(last)}
            params.pop("offset", None)
        return Page(rows, total, limit)

    def _part(
        self,
        session: ApiSession,
        params: dict[str, str],
        limit: int,
        includes: Sequence[Include],
        *,
        fewest: int,
    ) -> Page:
        """Fetch contacts with their rows, as many as the server can gather at once."""
        while True:
            try:
                return self._get(session, params, limit, includes)
            except (ServerFaultError, UnreachableError):
                if limit <= fewest:
                    break
            limit = max(limit // 2, fewest)
            with self._lock:
                self._most_contacts = min(self._most_contacts, limit)
        # Patiently, so that a server that is away is not taken for one that cannot.
        bare = self._get(session, params, limit, ())
        try:
            return self._get(session, params, limit, includes)
        except (ServerFaultError, UnreachableError):
            return _without_rows(bare, includes)

    def _get(
        self, session: ApiSession, params: dict[str, str], limit: int, includes: Sequence[Include]
    ) -> Page:
        asked = {**params, "limit": str(limit)}
        if includes:
            asked["include"] = ",".join(include.name for include in includes)
        request = ApiRequest(
            "GET",
            self._contacts.path,
            params=asked,
            accepts=self._contacts.accepts,
            may_ask_too_much=bool(includes),
        )
        body = session.send(request).body
        page = self._contacts.page_of(body, limit)
        for include in includes:
            _attach(include.name, page.rows, rows_beside(body, include, page.rows))
        return page


def _without_rows(page: Page, includes: Sequence[Include]) -> Page:
    for row in page.rows:
        row[BESIDE] = {include.name: _TOO_HEAVY for include in includes}
    return page


def _attach(name: str, contacts: list[Row], found: Beside | Doubt) -> None:
    for contact in contacts:
        beside = contact.setdefault(BESIDE, {})
        beside[name] = found if isinstance(found, Doubt) else found[wire_id(contact.get("id"))]
