"""The ledger's database: a file that nobody else may read, or a server."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import secrets
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

import sqlalchemy as sa

from tap_activecampaign.api.redaction import without_secrets
from target_activecampaign.errors import LedgerError
from target_activecampaign.events.locks import file_lock, postgres_lock
from target_activecampaign.events.tables import metadata, settings

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

_BUSY_TIMEOUT_SECONDS: Final = 60
_KEY_CHARACTERS: Final = 40
# Values in one statement: databases take so many at least.
_CHUNK: Final = 400


class LedgerDatabase:
    """One connection to a ledger, its lock, and the key of its hashes.

    Attributes:
        exists: Whether there is a ledger; a read-only one that is not there is empty.

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
        self._missing: frozenset[str] = frozenset()
        with self._faults("opened"):
            self._engine = engine_for(parsed, read_only=read_only)
            self._connection = self._engine.connect()
            self.exists = True
            if read_only and not sa.inspect(self._connection).has_table(settings.name):
                self.exists = False
                self._connection.close()
                self._engine = sa.create_engine("sqlite://")
                self._connection = self._engine.connect()
                metadata.create_all(self._connection)
                self._connection.commit()
            elif read_only:
                there = sa.inspect(self._connection).get_table_names(schema=None)
                # A ledger that an earlier version wrote, and that may not be changed now.
                self._missing = frozenset(metadata.tables) - set(there)
                self._connection.rollback()
            else:
                with self._created_by_one():
                    metadata.create_all(self._connection)
                    self._connection.commit()
            self._hash_key = self._shared_hash_key()

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()
        self._engine.dispose()

    def key(self, *parts: str) -> str:
        """Return a keyed hash of parts, from which they cannot be read back."""
        message = "\x1f".join(part.replace("\x1f", " ") for part in parts).encode()
        return hmac.new(self._hash_key, message, hashlib.sha256).hexdigest()[:_KEY_CHARACTERS]

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

    def has(self, table: sa.Table) -> bool:
        """Return whether a table exists. Only an older ledger that is read only may lack one."""
        return table.name not in self._missing

    @contextlib.contextmanager
    def transaction(self) -> Iterator[sa.Connection]:
        """Read or write; what is written is kept if no error is raised.

        Raises:
            LedgerError: If the database fails.
        """
        with self._faults("used"), self._connection.begin():
            yield self._connection

    def part_of(
        self, connection: sa.Connection | None
    ) -> contextlib.AbstractContextManager[sa.Connection]:
        """Return a transaction that is under way, or begin one if there is none."""
        return self.transaction() if connection is None else contextlib.nullcontext(connection)

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


def in_chunks(keys: Collection[str]) -> Iterator[list[str]]:
    """Split keys into lists that one statement can hold."""
    ordered = list(keys)
    for start in range(0, len(ordered), _CHUNK):
        yield ordered[start : start + _CHUNK]


def engine_for(url: sa.URL, *, read_only: bool) -> sa.Engine:
    """Return the engine of a ledger; creates the file of one that is a file.

    Args:
        url: Where the ledger is.
        read_only: Whether nothing may be written; what does not exist is empty then.
    """
    if url.get_backend_name() != "sqlite":
        if url.drivername in {"postgres", "postgresql"} and find_spec("psycopg") is not None:
            url = url.set(drivername="postgresql+psycopg")
        return sa.create_engine(url, hide_parameters=True)
    file = url.database
    if file and file != ":memory:" and not file.startswith("file:"):
        if read_only:
            if not Path(file).exists():
                return sa.create_engine("sqlite://")
            # In a URI, # and % in the name of a folder would mean something else.
            place = f"file:{quote(str(Path(file).absolute()))}"
            url = sa.URL.create("sqlite", database=place, query={"mode": "ro", "uri": "true"})
        else:
            # Created here so that nobody else may read it; SQLite would ask the umask only.
            os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
    return sa.create_engine(
        url, hide_parameters=True, connect_args={"timeout": _BUSY_TIMEOUT_SECONDS}
    )


def place_of(url: sa.URL) -> str:
    """Return where a ledger is, for sentences. It is no URL, which may hold a password."""
    if url.host is None:
        return url.database or "in memory"
    port = "" if url.port is None else f":{url.port}"
    return f"{url.database or ''} on {url.host}{port}".strip()


def cause_of(error: Exception, url: sa.URL) -> str:
    """Return why a ledger cannot be used, in the words of its driver."""
    # Without the text of SQLAlchemy: statements say nothing to users.
    lines = str(getattr(error, "orig", None) or error).strip().splitlines()
    cause = lines[0].rstrip(".") if lines else "no reason is given"
    passwords = (url.password, url.query.get("password"))
    return without_secrets(cause, (one for one in passwords if isinstance(one, str)))


def lock_path_for(url: sa.URL, lock_dir: Path) -> Path | None:
    """Return the file that runners of a ledger lock, or None if they need none.

    Args:
        url: Where the ledger is.
        lock_dir: For databases that have no file and no locks known to us.
    """
    if url.get_backend_name() == "postgresql":
        return None
    if url.get_backend_name() == "sqlite":
        file = url.database
        if not file or file == ":memory:" or file.startswith("file:"):
            return None
        return Path(f"{file}.lock")
    return lock_dir / "ledger.lock"
