"""Streams below contacts that ActiveCampaign has come to list for the whole account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from typing_extensions import override

from tap_activecampaign.api import NotFoundError
from tap_activecampaign.stream_types.base import ActiveCampaignStream
from tap_activecampaign.stream_types.child import ChildRead, ChildStream

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from singer_sdk.helpers.types import Record

    from tap_activecampaign.incremental.pages import Read

    Row = dict[str, Any]


class AccountListStream(ChildStream):
    """A collection of the account, which older accounts have below each row of another stream only.

    The list costs a request for each 100 rows. Where an account has no such path, the lists below
    each parent are read, as a child stream is.

    Attributes:
        path: Path of the list.
        path_below: Path of the list below one parent, with ``{parent_id}`` in it.
    """

    path_below: ClassVar[str]

    @override
    def child_path(self, parent: Row) -> str:
        return self.path_below.format(parent_id=parent["id"])

    @override
    def open_own_read(self, since: datetime | None) -> Read:
        listed = ActiveCampaignStream.open_own_read(self, since)
        return ListedRead(self, listed, ChildRead(self, since))


class ListedRead:
    """Read a list of the account, or the lists below each parent if the account has none.

    Args:
        stream: The stream.
        listed: Reads the list.
        below: Reads the lists below each parent.
    """

    is_complete = True

    def __init__(self, stream: AccountListStream, listed: Read, below: Read) -> None:
        self._stream = stream
        self._read = listed
        self._below = below

    @property
    def total(self) -> int | None:
        """How many rows there are, if the server tells."""
        return self._read.total

    @property
    def signpost(self) -> datetime:
        """The instant that the bookmark must not pass."""
        return self._read.signpost

    def prefetch(self) -> bool | None:
        """Begin one more page; see `Scan.begin_next_page`."""
        return self._read.prefetch()

    def records(self) -> Iterator[Record]:
        """Yield the records that changed, each once."""
        is_listed = False
        try:
            for record in self._read.records():
                is_listed = True
                yield record
        except NotFoundError as error:
            if is_listed:
                raise
            self._stream.logger.info(
                "Stream '%s' is read below each of the %s, which costs a request for each: %s.",
                self._stream.name,
                self._stream.parent,
                error,
            )
            self._read = self._below
            yield from self._below.records()
