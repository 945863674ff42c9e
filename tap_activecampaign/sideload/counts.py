"""What a stream's own path says about its rows: how many there are, and what one looks like."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from tap_activecampaign.api import ApiError, InvalidTokenError
from tap_activecampaign.records.columns import snake_case
from tap_activecampaign.sideload.proof import Doubt

if TYPE_CHECKING:
    from concurrent.futures import Future
    from datetime import datetime

    from tap_activecampaign.pagination import Page
    from tap_activecampaign.pagination.prefetch import PageLane

_DROPPED = "links"


class Counted(Protocol):
    """A collection with a path of its own."""

    @property
    def path(self) -> str:
        """Path below ``/api/3/``."""

    def params(self, since: datetime | None) -> dict[str, str]:
        """Return the query parameters that are the same on each page."""

    def accepts(self, body: Any) -> bool:
        """Return whether a body holds rows."""

    def page_of(self, body: Any, asked: int) -> Page:
        """Return the page that a body holds."""


class Count(NamedTuple):
    """What one request brought.

    Attributes:
        rows: How many rows there are.
        properties: Properties of one of them, as records name them; none if there is no row.
    """

    rows: int
    properties: frozenset[str]


def begin_count(lane: PageLane, collection: Counted) -> Future[Page]:
    """Begin to ask for the number of rows and one of them."""
    params = {**collection.params(None), "limit": "1"}

    return lane.begin(
        lambda session: collection.page_of(
            session.get(collection.path, params, accepts=collection.accepts), 1
        )
    )


def counted(page: Future[Page]) -> Count | Doubt:
    """Return what came, or why nothing is known."""
    try:
        answer = page.result()
    except InvalidTokenError:
        raise
    except ApiError as error:
        return Doubt(
            f"its own path does not tell how many rows there are: {str(error).rstrip('.')}"
        )
    if answer.total is None:
        return Doubt("its own path does not tell how many rows there are")
    names = {snake_case(key) for row in answer.rows[:1] for key in row}
    return Count(answer.total, frozenset(names - {_DROPPED}))
