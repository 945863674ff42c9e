"""What a reading of a stream is, and its records by the page."""

from __future__ import annotations

from abc import ABC, abstractmethod
from itertools import chain
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import datetime

    from singer_sdk.helpers.types import Record


class Read(Protocol):
    """One run's reading of one stream. It can be begun before its records are asked for."""

    @property
    def total(self) -> int | None:
        """How many rows there are to read, if the server tells."""

    @property
    def signpost(self) -> datetime:
        """The instant that the bookmark must not pass."""

    @property
    def is_complete(self) -> bool:
        """Whether all records were passed on, once `records` has ended."""

    def prefetch(self) -> bool | None:
        """Begin one more page; see `Scan.begin_next_page`."""

    def records(self) -> Iterator[Record]:
        """Yield the records that changed, each once."""


class PagedRead(ABC):
    """A reading whose records come in pages."""

    @abstractmethod
    def pages(self) -> Iterator[list[Record]]:
        """Yield the records that changed, each once, as many as came at a time.

        Whoever asks for the next ones has passed on those before.
        """

    def records(self) -> Iterator[Record]:
        """Yield the records that changed, each once."""
        return chain.from_iterable(self.pages())


def pages_of(read: Read) -> Iterator[list[Record]]:
    """Return the records of a reading by the page, or one by one where they come so."""
    if isinstance(read, PagedRead):
        return read.pages()
    return ([record] for record in read.records())


class KeyedRecords:
    """Leave out records without a primary key, which no loader takes, and count all of them.

    Args:
        keys: Names of the key columns.

    Attributes:
        count: How many records have a key.
        left_out: How many have none.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        self._keys = keys
        self.count = 0
        self.left_out = 0

    def of(
        self, pages: Iterable[list[Record]], on_progress: Callable[[int], None]
    ) -> Iterator[list[Record]]:
        """Yield the records of some pages that have a key.

        Args:
            pages: The records.
            on_progress: Told before each page how many have come with it.
        """
        keys = self._keys
        for records in pages:
            keyed = [record for record in records if None not in map(record.get, keys)]
            self.count += len(keyed)
            self.left_out += len(records) - len(keyed)
            on_progress(self.count)
            yield keyed
