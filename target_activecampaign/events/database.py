"""Where a ledger is: a file that nobody else may read, or a server."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import sqlalchemy as sa

_BUSY_TIMEOUT_SECONDS: Final = 60


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
            url = sa.make_url(f"sqlite:///file:{Path(file).absolute()}?mode=ro&uri=true")
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
    for password in passwords:
        if isinstance(password, str) and password:
            cause = cause.replace(password, "***")
    return cause


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
