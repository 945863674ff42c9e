"""Streams that ActiveCampaign serves by GraphQL.

Source: https://developers.activecampaign.com/reference/searches
"""

from __future__ import annotations

import re
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, ClassVar

from typing_extensions import override

from tap_activecampaign.api import (
    AccessDeniedError,
    ApiError,
    ApiRequest,
    NotFoundError,
    RequestRefusedError,
)
from tap_activecampaign.pagination import OffsetScan, Page
from tap_activecampaign.pagination.page import SMALLEST_PAGE
from tap_activecampaign.stream_types.base import ActiveCampaignStream

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Future
    from datetime import datetime

    from tap_activecampaign.api import ApiSession
    from tap_activecampaign.pagination.prefetch import PageLane
    from tap_activecampaign.pagination.scan import Scan
    from tap_activecampaign.records.columns import Column

    Row = dict[str, Any]

_NAMED_FIELD = re.compile(r"\bfield ['\"`](\w+)", re.IGNORECASE)


class GraphQLStream(ActiveCampaignStream):
    """A search that returns a bare list, paged by offset and limit in its filter.

    The query asks for the columns. The vendor's pages do not agree on every field, and a single
    unknown one makes a query fail, so fields that ActiveCampaign refuses by name are left out.

    Attributes:
        search: Name of the query.
    """

    path = "ecom/graphql"
    search: ClassVar[str]

    @override
    def begin_page(
        self, lane: PageLane, since: datetime | None, offset: int, limit: int
    ) -> Future[Page]:
        query = self._query(offset, limit)
        # A query changes nothing, so it may be sent again like a GET.
        request = ApiRequest(
            "POST", self.path, body={"query": query}, repeatable=True, accepts=self.accepts
        )

        def call(session: ApiSession) -> Page:
            try:
                body = session.send(request).body
            except (AccessDeniedError, RequestRefusedError) as error:
                raise self._refusal(error, query) from None
            self.report.errors_in(body)
            return Page(self.page_rows(body), None, limit)

        return lane.begin(call)

    @override
    def open_scan(self, lane: PageLane, since: datetime | None) -> Scan:
        return GraphQLScan(self, lane, since)

    @override
    def accepts(self, body: Any) -> bool:
        # Beside errors there may be a part of the rows.
        data = body.get("data") if isinstance(body, dict) else None
        return isinstance(data, dict) and isinstance(data.get(self.search), list)

    @override
    def rows_in(self, body: Any) -> list[Any]:
        return list(body["data"][self.search])

    @cached_property
    def _left_out(self) -> set[str]:
        return set()

    def _query(self, offset: int, limit: int) -> str:
        selection = selection_of(self.columns, frozenset(self._left_out))
        paging = f"pagination: {{offset: {offset} limit: {limit}}}"
        return f"query {{ {self.search}(filter: {{{paging}}}) {selection} }}"

    def _refusal(self, error: ApiError, query: str) -> ApiError:
        """Return what it means that ActiveCampaign complains about a query."""
        refused = fields_named(error.body)
        if self.search in refused:
            return NotFoundError(
                f"this account does not offer the search {self.search}", status=200
            )
        fields = refused & set(re.findall(r"\w+", query))
        fields &= set(re.findall(r"\w+", selection_of(self.columns, frozenset())))
        if not fields or "id" in refused:
            return error
        return FieldsRefusedError(self.search, frozenset(fields))

    def leave_out(self, fields: frozenset[str]) -> None:
        """Ask for these fields no more, which ActiveCampaign refuses."""
        for name in sorted(fields - self._left_out):
            self._left_out.add(name)
            self.logger.warning(
                "Stream '%s': ActiveCampaign does not offer the property '%s' in this account; "
                "its column stays empty.",
                self.name,
                name,
            )


class FieldsRefusedError(RequestRefusedError):
    """ActiveCampaign does not know some fields of a query.

    Attributes:
        fields: Their names.
    """

    def __init__(self, search: str, fields: frozenset[str]) -> None:
        super().__init__(f"ActiveCampaign refused fields of the GraphQL query {search}", status=200)
        self.fields = fields


class GraphQLScan:
    """Iterate over what a search finds, by offset.

    Which fields the account offers is found out by the first page, before another is asked for.

    Args:
        stream: The stream.
        lane: Where pages are begun.
        since: As in `ActiveCampaignStream.open_scan`.
    """

    def __init__(self, stream: GraphQLStream, lane: PageLane, since: datetime | None) -> None:
        self._stream = stream
        self._begin_page = partial(stream.begin_page, lane, since)
        self._asked = max(stream.page_size, SMALLEST_PAGE)
        self._first: Future[Page] | None = None
        self._fields_are_known = False
        self._pages = OffsetScan(
            self._fetch, stream.row_key, page_size=stream.page_size, window=lane.parallel
        )

    @property
    def total(self) -> int | None:
        """How many rows there are, if the server tells."""
        return self._pages.total

    def begin_next_page(self) -> bool | None:
        """Begin to fetch one more page. See `Scan.begin_next_page`."""
        if self._fields_are_known:
            return self._pages.begin_next_page()
        if self._first is None:
            self._begin_first_page()
            return True
        if not self._first.done():
            return False
        if self._first.cancelled():
            return None
        self._learn_fields(self._first)
        return True

    def __iter__(self) -> Iterator[list[Row]]:
        while not self._fields_are_known:
            self._learn_fields(self._first or self._begin_first_page())
        yield from self._pages

    def doubt_about(self, name: str) -> str | None:
        """Return why rows may be missing after all. See `Scan.doubt_about`."""
        return self._pages.doubt_about(name)

    def _begin_first_page(self) -> Future[Page]:
        self._first = self._begin_page(0, self._asked)
        return self._first

    def _learn_fields(self, first: Future[Page]) -> None:
        """Wait for the first page; if fields were refused, ask for it again without them."""
        refusal = first.exception()
        if isinstance(refusal, FieldsRefusedError):
            self._stream.leave_out(refusal.fields)
            self._begin_first_page()
        else:
            self._fields_are_known = True

    def _fetch(self, offset: int, limit: int) -> Future[Page]:
        if offset == 0 and self._first is not None:
            first, self._first = self._first, None
            return first
        return self._begin_page(offset, limit)


def selection_of(columns: tuple[Column, ...], leaving_out: frozenset[str]) -> str:
    """Return what a query asks for, in braces.

    Args:
        columns: The columns to ask for.
        leaving_out: Fields not to ask for, as GraphQL names them.
    """
    asked = [(camel_case(column.name), column.columns) for column in columns]
    fields = (
        f"{name} {selection_of(nested, leaving_out)}" if nested else name
        for name, nested in asked
        if name not in leaving_out
    )
    return f"{{ {' '.join(fields)} }}"


def camel_case(name: str) -> str:
    """Return the name that GraphQL uses for a property: ``is_on_sale`` becomes ``isOnSale``."""
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)


def fields_named(body: Any) -> set[str]:
    """Return the fields that the errors of a GraphQL answer complain about by name."""
    errors = body.get("errors") if isinstance(body, dict) else None
    listed = errors if isinstance(errors, list) else []
    messages = [error.get("message") for error in listed if isinstance(error, dict)]
    return {name for message in messages for name in _NAMED_FIELD.findall(str(message))}
