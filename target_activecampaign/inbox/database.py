"""The database behind a store: where it is, and how a connection to it behaves."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from target_activecampaign.inbox.errors import StoreError

# Option of a connection whose transaction writes.
WRITES: Final = "inbox_writes"

_BUSY_SECONDS: Final = 5
_CONNECT_SECONDS: Final = 5
_STATEMENT_MILLISECONDS: Final = 10_000


def file_of(url: sa.URL) -> Path | None:
    """Return the file that a database is, or None if it is on a server.

    Raises:
        StoreError: If it is one that ends with the process.
    """
    if url.get_backend_name() != "sqlite":
        return None
    file = url.database
    if not file or file == ":memory:" or file.startswith("file:"):
        raise StoreError("The setting inbox_url must name a file, such as sqlite:///inbox.db.")
    return Path(file).expanduser().absolute()


def prepare_file(file: Path, *, create: bool) -> None:
    """Create the file of a database for its owner only, or expect it to be there.

    Raises:
        StoreError: If it cannot be used.
    """
    try:
        if create:
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            # Created here so that nobody else may read it; SQLite would ask the umask only.
            os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
            file.chmod(0o600)
        elif not file.is_file():
            raise StoreError(
                f"There is no inbox at {file}: inbox_url names another file, or ticto-inbox has "
                f"never been started with it."
            )
    except OSError as error:
        raise StoreError(f"The inbox {file} cannot be opened: {error.strerror}.") from None


def identity(file: Path) -> tuple[int, int] | None:
    """Return what tells a file from another one of the same name; None if there is none."""
    try:
        status = file.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def engine_for(url: sa.URL, file: Path | None) -> sa.Engine:
    """Return the engine of a database.

    Args:
        url: Where it is.
        file: Its file, if it is one.

    Raises:
        StoreError: If the driver is missing.
    """
    try:
        return _engine(url, file)
    except (sa.exc.ArgumentError, sa.exc.NoSuchModuleError, ImportError):
        raise StoreError(_driver_sentence(url)) from None


def _engine(url: sa.URL, file: Path | None) -> sa.Engine:
    if file is not None:
        engine = sa.create_engine(
            url.set(database=str(file)),
            hide_parameters=True,
            connect_args={"timeout": _BUSY_SECONDS},
        )
        sa.event.listen(engine, "connect", _prepare_sqlite)
        sa.event.listen(engine, "begin", _begin_sqlite)
        return engine
    if url.get_backend_name() != "postgresql":
        return sa.create_engine(url, hide_parameters=True, pool_pre_ping=True)
    if url.drivername in {"postgres", "postgresql"}:
        url = url.set(drivername="postgresql+psycopg")
    options = f"-c statement_timeout={_STATEMENT_MILLISECONDS} -c synchronous_commit=on"
    theirs = url.query.get("options")
    if isinstance(theirs, str):
        options = f"{options} {theirs}"
    return sa.create_engine(
        url,
        hide_parameters=True,
        # A connection that the server has closed while it was idle is replaced, not complained of.
        pool_pre_ping=True,
        connect_args={
            "connect_timeout": _CONNECT_SECONDS,
            "application_name": "ticto-inbox",
            "options": options,
            # A server whose machine is gone answers nothing at all.
            "keepalives_idle": 10,
            "keepalives_interval": 5,
            "keepalives_count": 3,
            "tcp_user_timeout": _STATEMENT_MILLISECONDS * 2,
        },
    )


def _prepare_sqlite(connection: Any, _record: object) -> None:
    """Let readers and the writer work side by side, and commit to the disk, not to its cache."""
    connection.isolation_level = None  # transactions begin in `_begin_sqlite`
    deadline = time.monotonic() + _BUSY_SECONDS
    # Here SQLite does not wait by itself for another one that is at it.
    while connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        with contextlib.suppress(sqlite3.OperationalError):
            connection.execute("PRAGMA journal_mode=WAL")
            continue
        if time.monotonic() > deadline:
            break
        time.sleep(0.02)
    connection.execute("PRAGMA synchronous=FULL")


def _begin_sqlite(connection: sa.Connection) -> None:
    # Whoever reads first and writes later is refused when another has written in between.
    writes = connection.get_execution_options().get(WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _driver_sentence(url: sa.URL) -> str:
    if url.get_backend_name() in {"postgres", "postgresql"}:
        return (
            "The setting inbox_url needs the driver of PostgreSQL: pip install "
            "'singer-activecampaign[postgres]'."
        )
    return f"The setting inbox_url names {url.drivername}, for which no driver is installed."
