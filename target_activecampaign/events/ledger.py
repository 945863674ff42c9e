"""The ledger: which event of which order item has been applied, and what we took off lists.

An event is claimed before the first request for it and done after the last. A claim that is not
done belongs to a run that died: only one runner at a time delivers to an account (see `locks`), so
nobody else can be at work on it. What it left is completed, never taken for applied.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import secrets
import time
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from target_activecampaign.errors import LedgerError
from target_activecampaign.events.database import cause_of, engine_for, lock_path_for, place_of
from target_activecampaign.events.locks import file_lock, postgres_lock
from target_activecampaign.events.sequence import Event
from target_activecampaign.events.tables import (
    BOUNDED,
    CLAIMED,
    DONE,
    entries,
    events,
    metadata,
    removals,
    settings,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from pathlib import Path

_CHUNK = 400
_KEY_CHARACTERS = 40
_SECONDS_PER_DAY = 86_400


@dataclass(frozen=True)
class LedgerEvent:
    """One event as the ledger knows it."""

    event_key: str
    event: Event
    is_done: bool
    batch_id: str | None


@dataclass(frozen=True)
class LedgerEntry:
    """An entry into an automation: begun, and done once its id is known."""

    newest_before: int
    entry_id: int | None


class Ledger:
    """The memory of what has been applied.

    Args:
        url: SQLAlchemy URL.
        lock_dir: Where the lock's file is kept for databases that are neither SQLite nor
            PostgreSQL.
        read_only: Whether nothing may be written; a ledger that does not exist is empty then.

    Raises:
        LedgerError: If it cannot be opened or written.
    """

    def __init__(self, url: str, *, lock_dir: Path, read_only: bool = False) -> None:
        try:
            parsed = sa.make_url(url)
        except (sa.exc.ArgumentError, ValueError):
            raise LedgerError("The setting ledger_url is not a database URL.") from None
        self._url = parsed
        self._dialect = parsed.get_backend_name()
        self._lock_path = lock_path_for(parsed, lock_dir)
        with self._faults("opened"):
            self._engine = engine_for(parsed, read_only=read_only)
            self._connection = self._engine.connect()
            if read_only and not sa.inspect(self._connection).has_table(settings.name):
                self._connection.close()
                self._engine = sa.create_engine("sqlite://")
                self._connection = self._engine.connect()
                metadata.create_all(self._connection)
                self._connection.commit()
            elif read_only:
                self._connection.rollback()
            else:
                with self._created_by_one():
                    metadata.create_all(self._connection)
                    self._connection.commit()
            self._hash_key = self._shared_hash_key()

    def close(self) -> None:
        """Close the database."""
        self._connection.close()
        self._engine.dispose()

    @contextlib.contextmanager
    def locked(self, name: str) -> Iterator[None]:
        """Keep every other runner of this ledger from delivering to an account.

        Args:
            name: The account.
        """
        with contextlib.ExitStack() as stack:
            with self._faults("locked"):
                if self._dialect == "postgresql":
                    stack.enter_context(postgres_lock(self._connection, name))
                elif self._lock_path is not None:
                    stack.enter_context(file_lock(self._lock_path))
            yield

    def key(self, *parts: str) -> str:
        """Return a keyed hash of parts, from which they cannot be read back."""
        message = "\x1f".join(part.replace("\x1f", " ") for part in parts).encode()
        return hmac.new(self._hash_key, message, hashlib.sha256).hexdigest()[:_KEY_CHARACTERS]

    def history(self, item_keys: Collection[str]) -> dict[str, list[LedgerEvent]]:
        """Return the known events of items, claimed and done."""
        found: dict[str, list[LedgerEvent]] = defaultdict(list)
        with self._transaction() as connection:
            for chunk in _chunks(item_keys):
                rows = connection.execute(
                    sa.select(events).where(events.c.item_key.in_(chunk)).order_by(events.c.moment)
                )
                for row in rows:
                    event = Event(row.status, row.transaction_key, row.moment, row.is_renewal)
                    found[row.item_key].append(
                        LedgerEvent(row.event_key, event, row.state == DONE, row.batch_id)
                    )
        return found

    def claim(
        self, claims: Iterable[tuple[str, str, Event]], *, batch_id: str | None = None
    ) -> None:
        """Note that events are about to be applied.

        Args:
            claims: Event key, item key and event. Claims of a run that died are taken over.
            batch_id: The import that will carry them, if one does.
        """
        self._note(claims, state=CLAIMED, batch_id=batch_id)

    def note_repeats(self, repeats: Iterable[tuple[str, str, Event]]) -> None:
        """Note events (event key, item key, event) that only repeat what has been applied."""
        self._note(repeats, state=DONE)

    def attach_batch(self, event_keys: Collection[str], batch_id: str) -> None:
        """Note the import that carries claimed events."""
        self._change(event_keys, {"batch_id": batch_id})

    def done(self, event_keys: Collection[str]) -> None:
        """Note that events have been applied."""
        self._change(event_keys, {"state": DONE, "batch_id": None})

    def release(self, event_keys: Collection[str]) -> None:
        """Forget claims of events that were rejected, so that they can be fed in again."""
        with self._transaction() as connection:
            for chunk in _chunks(event_keys):
                connection.execute(sa.delete(events).where(events.c.event_key.in_(chunk)))

    def entry(self, event_key: str, automation_id: int) -> LedgerEntry | None:
        """Return what is known of an event's entry into an automation."""
        with self._transaction() as connection:
            row = connection.execute(
                sa.select(entries).where(
                    entries.c.event_key == event_key, entries.c.automation_id == automation_id
                )
            ).first()
        return None if row is None else LedgerEntry(row.newest_before, row.entry_id)

    def known_entry_ids(self, contact_key: str, automation_id: int) -> frozenset[int]:
        """Return the entries of a contact that events account for."""
        with self._transaction() as connection:
            return frozenset(
                connection.scalars(
                    sa.select(entries.c.entry_id).where(
                        entries.c.contact_key == contact_key,
                        entries.c.automation_id == automation_id,
                        entries.c.entry_id.is_not(None),
                    )
                )
            )

    def note_entry(
        self,
        event_key: str,
        automation_id: int,
        *,
        contact_key: str,
        newest_before: int,
        entry_id: int | None = None,
    ) -> None:
        """Note that an entry is about to be made, or with `entry_id` that it was made."""
        same = (entries.c.event_key == event_key, entries.c.automation_id == automation_id)
        with self._transaction() as connection:
            connection.execute(sa.delete(entries).where(*same))
            connection.execute(
                sa.insert(entries).values(
                    event_key=event_key,
                    automation_id=automation_id,
                    contact_key=contact_key,
                    newest_before=newest_before,
                    entry_id=entry_id,
                    changed_at=int(time.time()),
                )
            )

    def removals(self, contact_keys: Collection[str]) -> frozenset[tuple[str, int]]:
        """Return which contacts rules have taken off which lists: contact key and list id."""
        found: set[tuple[str, int]] = set()
        with self._transaction() as connection:
            for chunk in _chunks(contact_keys):
                rows = connection.execute(
                    sa.select(removals.c.contact_key, removals.c.list_id).where(
                        removals.c.contact_key.in_(chunk)
                    )
                )
                found.update((row.contact_key, row.list_id) for row in rows)
        return frozenset(found)

    def remember_removal(self, contact_key: str, list_id: int) -> None:
        """Note that a rule takes a contact off a list, so that a rule may put it back."""
        with self._transaction() as connection:
            connection.execute(_removal(contact_key, list_id))
            connection.execute(
                sa.insert(removals).values(
                    contact_key=contact_key, list_id=list_id, changed_at=int(time.time())
                )
            )

    def forget_removal(self, contact_key: str, list_id: int) -> None:
        """Note that the contact is on the list again."""
        with self._transaction() as connection:
            connection.execute(_removal(contact_key, list_id))

    def forget_older_than(self, retention_days: int) -> None:
        """Drop what has not changed for so many days."""
        oldest = int(time.time()) - retention_days * _SECONDS_PER_DAY
        with self._transaction() as connection:
            for table in BOUNDED:
                connection.execute(sa.delete(table).where(table.c.changed_at < oldest))

    def _note(
        self, noted: Iterable[tuple[str, str, Event]], *, state: str, batch_id: str | None = None
    ) -> None:
        rows: list[dict[str, Any]] = [
            {
                "event_key": event_key,
                "item_key": item_key,
                "transaction_key": event.transaction,
                "status": event.status,
                "moment": event.moment,
                "is_renewal": event.is_renewal,
                "state": state,
                "batch_id": batch_id,
                "changed_at": int(time.time()),
            }
            for event_key, item_key, event in noted
        ]
        with self._transaction() as connection:
            for chunk in _chunks([row["event_key"] for row in rows]):
                connection.execute(sa.delete(events).where(events.c.event_key.in_(chunk)))
            if rows:
                connection.execute(sa.insert(events), rows)

    def _change(self, event_keys: Collection[str], values: dict[str, Any]) -> None:
        with self._transaction() as connection:
            for chunk in _chunks(event_keys):
                connection.execute(
                    sa.update(events)
                    .where(events.c.event_key.in_(chunk))
                    .values(changed_at=int(time.time()), **values)
                )

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sa.Connection]:
        with self._faults("used"), self._connection.begin():
            yield self._connection

    @contextlib.contextmanager
    def _faults(self, deed: str) -> Iterator[None]:
        try:
            yield
        except sa.exc.NoSuchModuleError:
            raise LedgerError(
                "The setting ledger_url names a kind of database that is not installed."
            ) from None
        except (sa.exc.SQLAlchemyError, ImportError) as error:
            raise LedgerError(
                f"The ledger {place_of(self._url)} cannot be {deed}: {cause_of(error, self._url)}."
            ) from None
        except OSError as error:
            raise LedgerError(
                f"The ledger {place_of(self._url)} cannot be {deed}: {error.strerror}."
            ) from None

    @contextlib.contextmanager
    def _created_by_one(self) -> Iterator[None]:
        """Let one of several runners that start together create the tables."""
        if self._dialect == "postgresql":
            with postgres_lock(self._connection, "tables"):
                yield
        elif self._lock_path is not None:
            with file_lock(self._lock_path.with_suffix(".tables.lock")):
                yield
        else:
            yield

    def _shared_hash_key(self) -> bytes:
        """Return the key of all hashes, which the first runner of a ledger makes up."""
        wanted = sa.select(settings.c.value).where(settings.c.name == "hash_key")
        with self._connection.begin():
            found = self._connection.scalar(wanted)
        if found is None:
            found = secrets.token_hex(32)
            try:
                with self._connection.begin():
                    self._connection.execute(
                        sa.insert(settings).values(name="hash_key", value=found)
                    )
            except sa.exc.IntegrityError:
                with self._connection.begin():
                    found = self._connection.scalar(wanted)
        return bytes.fromhex(str(found))


def _removal(contact_key: str, list_id: int) -> sa.Delete:
    return sa.delete(removals).where(
        removals.c.contact_key == contact_key, removals.c.list_id == list_id
    )


def _chunks(keys: Collection[str]) -> Iterator[list[str]]:
    ordered = list(keys)
    for start in range(0, len(ordered), _CHUNK):
        yield ordered[start : start + _CHUNK]
