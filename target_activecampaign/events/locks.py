"""One runner at a time per ledger and account, released by the system when a runner dies."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import logging
import os
import time
from typing import TYPE_CHECKING

import sqlalchemy as sa

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

logger = logging.getLogger(__name__)

_SECONDS_BETWEEN_TRIES = 0.1


@contextlib.contextmanager
def file_lock(path: Path) -> Iterator[None]:
    """Hold a lock on a file, for ledgers that are files.

    Args:
        path: The lock's file, created if missing and left in place.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _wait_until(lambda: _flocked(descriptor))
        yield
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def postgres_lock(connection: sa.Connection, name: str) -> Iterator[None]:
    """Hold an advisory lock of a PostgreSQL session.

    Args:
        connection: The session; the server frees the lock when it ends, however it ends.
        name: What is locked.
    """
    digest = hashlib.sha256(f"target-activecampaign:{name}".encode()).digest()
    number = int.from_bytes(digest[:8], "big", signed=True)

    def locked() -> bool:
        with connection.begin():
            return bool(connection.scalar(sa.select(sa.func.pg_try_advisory_lock(number))))

    _wait_until(locked)
    try:
        yield
    finally:
        # The session may be gone, and the lock with it.
        with contextlib.suppress(sa.exc.SQLAlchemyError), connection.begin():
            connection.scalar(sa.select(sa.func.pg_advisory_unlock(number)))


def _flocked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _wait_until(locked: Callable[[], bool]) -> None:
    is_logged = False
    while not locked():
        if not is_logged:
            logger.info("Waiting for another run that delivers orders with the same ledger.")
            is_logged = True
        time.sleep(_SECONDS_BETWEEN_TRIES)
