"""The in-memory account: its collections and what may be done to them."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from tests.sandbox.clock import SERVER_ZONE, Clock, Stamps
from tests.sandbox.collection import Collection
from tests.sandbox.data import SPECS
from tests.sandbox.sizes import mix, salt_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Collection as Names
    from datetime import datetime

    from tests.sandbox.clock import StampStyle
    from tests.sandbox.sizes import IdGaps
    from tests.sandbox.spec import Row


STAMPS_FOLLOW = frozenset({"contactLists", "contactTags", "fieldValues", "contactAutomations"})
"""Collections whose changes move the stamps of their contact, as far as is known."""


class Account:
    """One ActiveCampaign account.

    Args:
        contacts: number of contacts; other collections follow in proportion.
        seed: decides every value.
        id_gaps: how the ids of deleted rows are missing.
        stamps_follow: collections whose changes move the stamps of their contact; may be changed
            at any time.
        offset_zone: zone of stamps that carry an offset.
        base_url: host that `links` point to.
    """

    def __init__(
        self,
        *,
        contacts: int = 1000,
        seed: int = 7,
        id_gaps: IdGaps = "even",
        stamps_follow: Names[str] = STAMPS_FOLLOW,
        offset_zone: str = SERVER_ZONE,
        base_url: str = "https://sandbox.api-us1.com",
    ) -> None:
        self.contact_count = contacts
        self.seed = seed
        self.id_gaps = id_gaps
        self.base_url = base_url
        self.clock = Clock()
        self.stamps = Stamps(offset_zone)
        self.lock = threading.RLock()
        self.stamps_follow = stamps_follow
        self._unseen: dict[str, list[tuple[str, Row]]] = {}
        self.pending: Callable[[], None] | None = None
        self._specs = {spec.name: spec for spec in SPECS}
        self._collections: dict[str, Collection] = {}

    @property
    def now(self) -> datetime:
        """The account's present, in UTC."""
        return self.clock.now()

    @property
    def collection_names(self) -> tuple[str, ...]:
        """The name of every collection."""
        return tuple(self._specs)

    @property
    def version(self) -> int:
        """Counts changes of any collection."""
        return sum(collection.version for collection in self._collections.values())

    def collection(self, name: str) -> Collection:
        """Return a collection by name.

        Raises:
            KeyError: where the account has none of that name.
        """
        with self.lock:
            if name not in self._collections:
                self._collections[name] = Collection(self, self._specs[name])
            return self._collections[name]

    # --- what tests use ---------------------------------------------------------------------

    def rows(self, collection: str) -> list[Row]:
        """Return every row as a GET serves it, without paging."""
        with self.lock:
            self.settle()
            return list(self.collection(collection).rows())

    def count(self, collection: str) -> int:
        """Return the number of rows."""
        with self.lock:
            self.settle()
            return len(self.collection(collection))

    def settle(self) -> None:
        """Carry out what was queued and is due by now."""
        if self.pending is not None:
            self.pending()

    def row(self, collection: str, row_id: object) -> Row:
        """Return one row.

        Raises:
            KeyError: where there is no such row.
        """
        with self.lock:
            found = self.collection(collection).row(self._key(collection, row_id))
            assert found is not None
            return found

    def touch(self, collection: str, row_id: object, **changes: Any) -> None:
        """Change a row, and set its update stamps unless `changes` names them.

        Raises:
            KeyError: where there is no such row.
        """
        with self.lock:
            key = self._key(collection, row_id)
            row = self.row(collection, row_id)
            self._stamp(row, self.collection(collection).spec.updated)
            self._apply(row, changes)
            self.collection(collection).keep(key, row)
            self._follow(collection, row)

    def move(self, collection: str, row_id: object, **changes: Any) -> None:
        """Change a row and leave its stamps as they are, as counters do.

        Raises:
            KeyError: where there is no such row.
        """
        with self.lock:
            key = self._key(collection, row_id)
            row = self.row(collection, row_id)
            self._apply(row, changes)
            self.collection(collection).keep(key, row)

    def add_to(self, collection: str, row_id: object, counter: str, by: int) -> None:
        """Add to a counter of a row, which moves no stamp; text stays text."""
        with self.lock:
            value = self.row(collection, row_id)[counter]
            self.move(collection, row_id, **{counter: type(value)(int(value) + by)})

    def happen(self, collection: str, contact_id: object, **values: Any) -> None:
        """Let something happen to a contact now; lists show it once its feed is refreshed.

        Rows of `/trackingLogs` and `/activities` come late like this: the stamp is that of the
        event, the id that of the day on which `/contacts/{id}` was read.
        """
        with self.lock:
            event = {"tstamp": self.stamp_now(), "subscriberid": str(contact_id), **values}
            if collection != "activities":
                event["contact"] = str(contact_id)
            self._unseen.setdefault(str(contact_id), []).append((collection, event))

    def refresh_feed(self, contact_id: str) -> None:
        """Copy in what has happened to a contact."""
        for collection, event in self._unseen.pop(contact_id, ()):
            self.insert(collection, **event)

    def insert(self, collection: str, **values: Any) -> str:
        """Add a row, made as the seed would and stamped now, with `values`; return its id."""
        with self.lock:
            target = self.collection(collection)
            key, row = target.draft_new()
            self._stamp(row, target.spec.created + target.spec.updated)
            self._apply(row, values)
            target.keep(key, row)
            self._follow(collection, row)
            return target.wire_id(row)

    def delete(self, collection: str, row_id: object) -> None:
        """Remove a row; rows of other collections stay unless lists leave them out.

        Raises:
            KeyError: where there is no such row.
        """
        with self.lock:
            target = self.collection(collection)
            row = self.row(collection, row_id)
            target.remove(self._key(collection, row_id))
            for name in target.spec.takes_along:
                below = self.collection(name)
                for key in below.children_of(str(row_id)):
                    below.remove(key)
            self._follow(collection, row)

    # --- what row makers and routes use -----------------------------------------------------

    def base_count(self, collection: str) -> int:
        """Return how many rows the seed makes."""
        return self.collection(collection).base_count

    def id_at(self, collection: str, index: int) -> str:
        """Return the id that the seed gives to an index."""
        target = self.collection(collection)
        key = target.base_key(index % max(1, target.base_count))
        return self.uuid_of(collection, key) if target.spec.id_kind == "uuid" else str(key)

    def uuid_of(self, collection: str, key: int, number: int = 0) -> str:
        """Return a UUID that carries `key` in its last group."""
        die = mix(salt_of(collection, self.seed) ^ mix(key * 31 + number))
        return (
            f"{die >> 32:08x}-{die >> 16 & 0xFFFF:04x}-4{die & 0xFFF:03x}"
            f"-8{die >> 4 & 0xFFF:03x}-{key:012x}"
        )

    def stamp_now(self, style: StampStyle = "offset") -> str:
        """Return the account's present as the API writes it."""
        return self.stamps.write(self.clock.time(), style)

    def _follow(self, collection: str, row: Row) -> None:
        contact = row.get("contact")
        if collection not in self.stamps_follow or contact is None:
            return
        if self.collection("contacts").key_of(contact) is not None:
            self.touch("contacts", contact)

    def _key(self, collection: str, row_id: object) -> int:
        key = self.collection(collection).key_of(row_id)
        if key is None:
            raise KeyError(f"{collection} has no row {row_id}")
        return key

    def _stamp(self, row: Row, stamps: tuple[tuple[str, StampStyle], ...]) -> None:
        for name, style in stamps:
            if name.partition(".")[0] not in row:  # a deal that the key's user may not see
                continue
            self._set(row, name, self.stamp_now(style))

    def _apply(self, row: Row, changes: dict[str, Any]) -> None:
        for name, value in changes.items():
            inner = row.get("attributes")
            nested = name not in row and isinstance(inner, dict) and name in inner
            self._set(row, f"attributes.{name}" if nested else name, value)

    @staticmethod
    def _set(row: Row, name: str, value: Any) -> None:
        outer, dot, inner = name.partition(".")
        if dot:
            row[outer] = {**row[outer], inner: value}
        else:
            row[name] = value
