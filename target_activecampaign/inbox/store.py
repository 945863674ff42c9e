"""The store: one table of postbacks, in a file of SQLite or on a server."""

from __future__ import annotations

import contextlib
import sqlite3
import time
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa

from target_activecampaign.events.database import cause_of, place_of
from target_activecampaign.inbox.database import (
    WRITES,
    engine_for,
    file_of,
    identity,
    prepare_file,
)
from target_activecampaign.inbox.errors import StoreError
from target_activecampaign.inbox.tables import health, metadata, postbacks
from target_activecampaign.inbox.tables import identity as inbox_identity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_CHUNK: Final = 400
_CREATION_LOCK: Final = 0x7469_6374_6F  # "ticto"
_ONLY_ROW: Final = 1


@dataclass(frozen=True)
class NewPostback:
    """A postback that is to be kept.

    Attributes:
        received_at: Milliseconds since 1970, UTC.
        body: JSON text, without its token.
        digest: See `bodies.Body`.
        status: See `bodies.Body`.
    """

    received_at: int
    body: str
    digest: str
    status: str | None = None

    def __repr__(self) -> str:
        return f"NewPostback({self.digest!r})"


@dataclass(frozen=True)
class Postback:
    """A postback that has been kept."""

    id: int
    received_at: int
    status: str | None
    body: str

    def __repr__(self) -> str:
        return f"Postback({self.id})"


class Store:
    """The postbacks.

    Every method may be called from any thread, and raises `StoreError` if the database does not
    answer as it should; the next call tries again with a new connection.

    Args:
        url: SQLAlchemy URL.
        create: Whether to create what is not there; else a store that is missing is an error.

    Raises:
        StoreError: If it cannot be opened.
    """

    def __init__(self, url: str, *, create: bool = False) -> None:
        try:
            self.url = sa.make_url(url)
        except (sa.exc.ArgumentError, ValueError):
            raise StoreError("The setting inbox_url is not a database URL.") from None
        self._file = file_of(self.url)
        if self._file is not None:
            prepare_file(self._file, create=create)
        self.engine = engine_for(self.url, self._file)
        self._file_identity = None if self._file is None else identity(self._file)
        try:
            if create:
                self._create_tables()
            else:
                self._expect_tables()
        except StoreError:
            self.engine.dispose()
            raise

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    # --- writing ----------------------------------------------------------------------------

    def add(self, new: Sequence[NewPostback]) -> None:
        """Keep postbacks, all of them or none. They are on disk when this returns."""
        rows = [row_of(one) for one in new]
        with self.transaction(writes=True) as connection:
            connection.execute(sa.insert(postbacks), rows)

    def prove_writable(self) -> None:
        """Write and commit one small row."""
        now = milliseconds_now()
        with self.transaction(writes=True) as connection:
            changed = connection.execute(
                sa.update(health).where(health.c.id == _ONLY_ROW).values(checked_at=now)
            )
            if not changed.rowcount:
                with contextlib.suppress(sa.exc.IntegrityError), connection.begin_nested():
                    connection.execute(sa.insert(health).values(id=_ONLY_ROW, checked_at=now))

    def forget_before(self, received_at: int, *, most: int) -> int:
        """Delete the oldest postbacks.

        Args:
            received_at: Those received earlier, in milliseconds since 1970.
            most: How many at most, so that a long transaction holds nobody up.

        Returns:
            How many were deleted.
        """
        oldest = (
            sa.select(postbacks.c.id)
            .where(postbacks.c.received_at < received_at)
            .order_by(postbacks.c.received_at)
            .limit(most)
        )
        with self.transaction(writes=True) as connection:
            return connection.execute(
                sa.delete(postbacks).where(postbacks.c.id.in_(oldest))
            ).rowcount

    # --- reading ----------------------------------------------------------------------------

    def known(self, digests: Iterable[str]) -> set[str]:
        """Return those digests whose body is there."""
        wanted, found = list(dict.fromkeys(digests)), set()
        with self.transaction() as connection:
            for begin in range(0, len(wanted), _CHUNK):
                part = wanted[begin : begin + _CHUNK]
                query = sa.select(postbacks.c.digest).where(postbacks.c.digest.in_(part))
                found |= set(connection.execute(query).scalars())
        return found

    def digests_since(self, received_at: int, *, limit: int) -> list[str]:
        """Return the digests of the oldest postbacks received at a time or later.

        Args:
            received_at: Milliseconds since 1970.
            limit: How many at most.
        """
        query = (
            sa.select(postbacks.c.digest)
            .where(postbacks.c.received_at >= received_at)
            .order_by(postbacks.c.received_at)
            .limit(limit)
        )
        with self.transaction() as connection:
            return list(connection.execute(query).scalars())

    def highest_id(self) -> int:
        """Return the id of the newest postback, 0 if there is none."""
        with self.transaction() as connection:
            return connection.execute(sa.select(sa.func.max(postbacks.c.id))).scalar() or 0

    def last_given_id(self) -> int:
        """Return the highest id that was ever given, whether its postback is still there or not."""
        if self.url.get_backend_name() == "sqlite":
            query = sa.text("SELECT seq FROM sqlite_sequence WHERE name = :name")
            parameters = {"name": postbacks.name}
        elif self.url.get_backend_name() == "postgresql":
            query = sa.text(
                "SELECT pg_sequence_last_value(pg_get_serial_sequence(:name, 'id')::regclass)"
            )
            parameters = {"name": postbacks.name}
        else:
            return self.highest_id()
        with self.transaction() as connection:
            return int(connection.execute(query, parameters).scalar() or 0)

    def identity(self) -> str:
        """Return what tells this inbox from every other one."""
        with self.transaction() as connection:
            return str(connection.execute(sa.select(inbox_identity.c.identity)).scalar())

    def page_after(self, after_id: int, *, up_to: int, limit: int) -> list[Postback]:
        """Return postbacks in the order of their ids.

        Args:
            after_id: The first one has a higher id.
            up_to: The last one has no higher id.
            limit: How many at most.
        """
        query = (
            _columns()
            .where(postbacks.c.id > after_id, postbacks.c.id <= up_to)
            .order_by(postbacks.c.id)
            .limit(limit)
        )
        return self._postbacks(query)

    def ids_after(self, after_id: int, *, up_to: int) -> list[int]:
        """Return the ids of the postbacks between two ids, the second one included."""
        query = sa.select(postbacks.c.id).where(postbacks.c.id > after_id, postbacks.c.id <= up_to)
        with self.transaction() as connection:
            return list(connection.execute(query).scalars())

    def with_ids(self, ids: Sequence[int]) -> list[Postback]:
        """Return those postbacks that are there, in the order of their ids."""
        found: list[Postback] = []
        for begin in range(0, len(ids), _CHUNK):
            part = ids[begin : begin + _CHUNK]
            query = _columns().where(postbacks.c.id.in_(part)).order_by(postbacks.c.id)
            found += self._postbacks(query)
        return found

    def search(
        self,
        *,
        status: str | None = None,
        since: int | None = None,
        before: int | None = None,
        below_id: int | None = None,
        limit: int = 50,
    ) -> list[Postback]:
        """Return postbacks, the newest first.

        Args:
            status: The event.
            since: Received then or later, in milliseconds since 1970.
            before: Received earlier.
            below_id: The first one has a lower id; for the next page.
            limit: How many at most.
        """
        query = _columns().order_by(postbacks.c.id.desc()).limit(limit)
        if status is not None:
            query = query.where(postbacks.c.status == status)
        if since is not None:
            query = query.where(postbacks.c.received_at >= since)
        if before is not None:
            query = query.where(postbacks.c.received_at < before)
        if below_id is not None:
            query = query.where(postbacks.c.id < below_id)
        return self._postbacks(query)

    def _postbacks(self, query: sa.Select[Any]) -> list[Postback]:
        with self.transaction() as connection:
            return [Postback(*row) for row in connection.execute(query)]

    # --- the database -----------------------------------------------------------------------

    @contextlib.contextmanager
    def transaction(self, *, writes: bool = False) -> Iterator[sa.Connection]:
        """Run a block in a transaction; trouble becomes a sentence without any value of a row."""
        self._expect_same_file()
        try:
            with self.engine.connect() as connection:
                connection.execution_options(**{WRITES: writes})
                with connection.begin():
                    yield connection
        except (sa.exc.SQLAlchemyError, sqlite3.Error, OSError) as error:
            # Nothing of a connection that has failed is used again.
            self.engine.dispose()
            raise StoreError(
                f"The inbox {place_of(self.url)} cannot be used: {cause_of(error, self.url)}."
            ) from None

    def _expect_same_file(self) -> None:
        """Refuse to write into a file that has been moved away or deleted under our hands.

        SQLite would go on in the file that no path leads to any more, and all of it would be lost.
        """
        if self._file is not None and identity(self._file) != self._file_identity:
            self.engine.dispose()
            raise StoreError(
                f"The file {self._file} has been removed or replaced. Put it back, or start "
                f"ticto-inbox again."
            )

    def _expect_tables(self) -> None:
        with self.transaction() as connection:
            if not sa.inspect(connection).has_table(postbacks.name):
                raise StoreError(
                    f"There is no inbox in the database {place_of(self.url)}: inbox_url names "
                    f"another one, or ticto-inbox has never been started with it."
                )

    def _create_tables(self) -> None:
        with self.transaction(writes=True) as connection:
            if connection.dialect.name == "postgresql":
                # Receivers that start together would create the tables at the same time.
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_CREATION_LOCK)))
                encoding = connection.exec_driver_sql("SHOW server_encoding").scalar()
                if encoding != "UTF8":
                    raise StoreError(
                        f"The database {place_of(self.url)} has the encoding {encoding}, which "
                        f"cannot hold every name: create it with ENCODING 'UTF8'."
                    )
            metadata.create_all(connection)
            if connection.execute(sa.select(inbox_identity.c.id)).first() is None:
                connection.execute(
                    sa.insert(inbox_identity).values(id=_ONLY_ROW, identity=str(uuid.uuid4()))
                )


def milliseconds_now() -> int:
    """Return the present time in milliseconds since 1970, UTC."""
    return time.time_ns() // 1_000_000


def row_of(new: NewPostback) -> dict[str, Any]:
    """Return a postback as its table takes it."""
    return {
        "received_at": new.received_at,
        "status": new.status,
        "digest": new.digest,
        "body": new.body,
    }


def _columns() -> sa.Select[Any]:
    return sa.select(postbacks.c.id, postbacks.c.received_at, postbacks.c.status, postbacks.c.body)
