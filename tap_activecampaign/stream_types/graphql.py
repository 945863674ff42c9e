"""Streams that ActiveCampaign serves by GraphQL.

Source: https://developers.activecampaign.com/reference/searches
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from typing_extensions import override

from tap_activecampaign.api import (
    ApiRequest,
    BrokenAnswerError,
    NotFoundError,
    RequestRefusedError,
)
from tap_activecampaign.pagination import Page
from tap_activecampaign.stream_types.base import ActiveCampaignStream

if TYPE_CHECKING:
    from concurrent.futures import Future
    from datetime import datetime

    from tap_activecampaign.api import ApiSession
    from tap_activecampaign.records.columns import Column

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
    sorts_by_stamp = False

    @override
    def begin_page(self, since: datetime | None, offset: int, limit: int) -> Future[Page]:
        def call(session: ApiSession) -> Page:
            while True:
                query = self._query(offset, limit)
                # A query changes nothing, so it may be sent again like a GET.
                request = ApiRequest(
                    "POST", self.path, body={"query": query}, repeatable=True, accepts=self.accepts
                )
                body = session.send(request).body
                if not body.get("errors"):
                    return Page(self.rows_in(body), None, limit)
                self._leave_out(fields_named(body["errors"]), query)

        return self.client.begin_call((self.search, offset, limit), call)

    @override
    def accepts(self, body: Any) -> bool:
        # GraphQL reports failures with status 200.
        if not isinstance(body, dict):
            return False
        data = body.get("data")
        return bool(body.get("errors")) or (
            isinstance(data, dict) and isinstance(data.get(self.search), list)
        )

    @override
    def rows_in(self, body: Any) -> list[dict[str, Any]]:
        rows = body["data"][self.search]
        if any(not isinstance(row, dict) for row in rows):
            raise BrokenAnswerError(f"ActiveCampaign answered {self.search} with empty rows")
        return list(rows)

    @cached_property
    def _left_out(self) -> set[str]:
        return set()

    def _query(self, offset: int, limit: int) -> str:
        selection = selection_of(self.columns, frozenset(self._left_out))
        paging = f"pagination: {{offset: {offset} limit: {limit}}}"
        return f"query {{ {self.search}(filter: {{{paging}}}) {selection} }}"

    def _leave_out(self, refused: set[str], query: str) -> None:
        if self.search in refused:
            raise NotFoundError(f"this account does not offer the search {self.search}", status=200)
        asked = set(re.findall(r"\w+", selection_of(self.columns, frozenset())))
        sent = set(re.findall(r"\w+", query))
        if not refused & asked & sent or "id" in refused:
            raise RequestRefusedError(
                f"ActiveCampaign refused the GraphQL query {self.search}", status=200
            )
        for name in sorted((refused & asked) - self._left_out):
            self._left_out.add(name)
            self.logger.warning(
                "Stream '%s': ActiveCampaign does not offer the property '%s' in this account; "
                "its column stays empty.",
                self.name,
                name,
            )


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


def fields_named(errors: Any) -> set[str]:
    """Return the fields that the errors of a GraphQL answer complain about by name."""
    messages = [error.get("message") for error in errors if isinstance(error, dict)]
    return {name for message in messages for name in _NAMED_FIELD.findall(str(message))}
