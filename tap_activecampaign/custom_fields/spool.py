"""The values of all custom fields of one kind of owner, on disk, so that memory stays bounded."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from tap_activecampaign.custom_fields.definitions import FieldValue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tap_activecampaign.pagination.page import Row
    from tap_activecampaign.pagination.scan import Scan

# Journal and flushes protect what a crash must not lose. Here that is nothing.
_SETTINGS = "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -8000;"
_TABLES = """
DROP TABLE IF EXISTS value;
DROP TABLE IF EXISTS sent;
CREATE TABLE value (owner INTEGER, changed TEXT, field INTEGER, content BLOB);
CREATE TABLE sent (owner INTEGER PRIMARY KEY);
"""
_UNSENT = "FROM value WHERE owner NOT IN (SELECT owner FROM sent)"


class SpooledValue(NamedTuple):
    """A value, whose it is, and when it last changed.

    Attributes:
        owner_id: The contact, deal or account.
        changed: When it last changed, as records write moments; None if it cannot tell.
        value: The value.
    """

    owner_id: int
    changed: str | None
    value: FieldValue


def in_order(values: Iterable[SpooledValue]) -> list[Any]:
    """Return the values of one owner in the form in which a record waits with them.

    Those that changed last are at the end. See `values_in_order`.
    """
    ordered = sorted(values, key=lambda value: value.changed or "")
    return [(one.value.field_id, one.value.value, one.value.currency) for one in ordered]


def values_in_order(kept: Iterable[Any]) -> Iterator[FieldValue]:
    """Yield the values that `in_order` has kept."""
    for field_id, value, currency in kept:
        yield FieldValue(field_id, value, currency)


class ValueSpool:
    """Keeps values until the rows that they belong to come by.

    It is a database without a name, which SQLite keeps in a temporary file and removes itself.
    Not thread-safe.

    Attributes:
        is_complete: Whether it holds all values.
        newest: The latest moment at which one of them changed.
    """

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.executescript(_SETTINGS)
        self.begin()

    def begin(self) -> None:
        """Forget everything, and get ready for values."""
        self.is_complete = False
        self.newest: str | None = None
        self._database.executescript(_TABLES)

    def add(self, values: Iterable[SpooledValue]) -> None:
        """Take values."""
        rows = []
        for owner_id, changed, value in values:
            if changed is not None:
                self.newest = max(self.newest or changed, changed)
            content = msgspec.json.encode([value.value, value.currency])
            rows.append((owner_id, changed, value.field_id, content))
        self._database.executemany("INSERT INTO value VALUES (?, ?, ?, ?)", rows)

    def finish(self) -> None:
        """Note that all values were added."""
        self._database.execute("CREATE INDEX by_owner ON value (owner)")
        self.is_complete = True

    def values_of(self, owner_id: Any) -> Iterator[FieldValue]:
        """Yield the values of one owner, those that changed last at the end."""
        found = self._database.execute(
            "SELECT field, content FROM value WHERE owner = ? ORDER BY changed, rowid", (owner_id,)
        )
        for field_id, content in found:
            value, currency = msgspec.json.decode(content)
            yield FieldValue(field_id, value, currency)

    @property
    def owners(self) -> int:
        """How many owners have a value."""
        return self._count("SELECT count(DISTINCT owner) FROM value")

    def note_sent(self, owner_id: Any) -> None:
        """Note that an owner was sent."""
        self._database.execute("INSERT OR IGNORE INTO sent VALUES (?)", (owner_id,))

    def note_unchanged(self, since: str) -> None:
        """Note that owners need not be sent unless a value of theirs changed.

        Args:
            since: The moment since when, as records write it. A value that cannot tell counts as
                changed.
        """
        self._database.execute(
            "INSERT OR IGNORE INTO sent SELECT owner FROM value GROUP BY owner"
            " HAVING NOT max(changed IS NULL OR changed >= ?)",
            (since,),
        )

    def is_unsent(self, owner_id: Any) -> bool:
        """Return whether an owner has values and is still to be sent."""
        found = self._database.execute(f"SELECT 1 {_UNSENT} AND owner = ? LIMIT 1", (owner_id,))
        return found.fetchone() is not None

    @property
    def unsent_owners(self) -> int:
        """How many owners are still to be sent."""
        return self._count(f"SELECT count(DISTINCT owner) {_UNSENT}")

    def unsent(self) -> list[int]:
        """Return the owners that are still to be sent. Ask first how many there are."""
        found = self._database.execute(f"SELECT DISTINCT owner {_UNSENT} ORDER BY owner")
        return [owner_id for (owner_id,) in found]

    def close(self) -> None:
        """Remove everything from the disk."""
        self._database.close()

    def _count(self, question: str) -> int:
        return int(self._database.execute(question).fetchone()[0])


class SpoolingScan:
    """Keep what another scan passes on.

    Args:
        scan: A scan of all values.
        spool: Where they are kept.
        values_in: Returns what rows of the scan tell.
    """

    def __init__(
        self,
        scan: Scan,
        spool: ValueSpool,
        values_in: Callable[[list[Row]], Iterable[SpooledValue]],
    ) -> None:
        self._scan = scan
        self._spool = spool
        self._values_in = values_in

    @property
    def total(self) -> int | None:
        """How many rows the server says there are. See `Scan.total`."""
        return self._scan.total

    def begin_next_page(self) -> bool | None:
        """Begin to fetch one more page. See `Scan.begin_next_page`."""
        return self._scan.begin_next_page()

    def __iter__(self) -> Iterator[list[Row]]:
        self._spool.begin()
        for rows in self._scan:
            self._spool.add(self._values_in(rows))
            yield rows
        self._spool.finish()

    def doubt_about(self, name: str) -> str | None:
        """Return why rows may be missing after all. See `Scan.doubt_about`."""
        return self._scan.doubt_about(name)
