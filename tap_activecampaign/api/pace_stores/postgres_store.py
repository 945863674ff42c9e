"""PostgreSQL as the store of a shared pace."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NoAnswerError
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

import psycopg

from tap_activecampaign.api.pace_stores.store import ANSWER_SECONDS, Snapshot, StoreLostError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tap_activecampaign.api.pace_stores.store import StoreAddress

_Result = TypeVar("_Result")

_EXISTS = "SELECT to_regclass('activecampaign_pace') IS NOT NULL"
# Unlogged: what a crash of the server loses is out of date when it is back. Half of each page is
# left free, so that a row is rewritten in place and no index has to follow.
_CREATE = """
CREATE UNLOGGED TABLE IF NOT EXISTS activecampaign_pace (
    account text PRIMARY KEY,
    turns text NOT NULL
) WITH (fillfactor = 50)
"""
_READ = """
SELECT extract(epoch FROM clock_timestamp())::float8,
       (SELECT turns FROM activecampaign_pace WHERE account = %s)
"""
_INSERT = "INSERT INTO activecampaign_pace VALUES (%s, %s) ON CONFLICT DO NOTHING"
_UPDATE = "UPDATE activecampaign_pace SET turns = %s WHERE account = %s AND turns = %s"


class PostgresStore:
    """A connection to a database.

    Each statement is a transaction of its own, and nothing is kept in the session, so a pooler
    that hands out connections per transaction may stand between.

    Args:
        address: Where it is.

    Raises:
        StoreLostError: If it cannot be used.
    """

    def __init__(self, address: StoreAddress) -> None:
        self._address = address
        self._connection: psycopg.Connection[Any] = self._answer_of(self._connect)
        self._answer_of(self._prepare)
        # Writes, so that a database that may only be read is found out now.
        self.replace("probe", self.read("probe").text, "written to see whether it can be")

    def read(self, key: str) -> Snapshot:
        """Return the value of a key and the server's time."""
        ((now, text),) = self._answer_of(lambda: self._execute(_READ, [key]).fetchall())
        return Snapshot(now, text)

    def replace(self, key: str, old: str | None, new: str) -> bool:
        """Replace a value, and return False if it is no longer `old`."""
        statement, values = (_INSERT, [key, new]) if old is None else (_UPDATE, [new, key, old])
        return bool(self._answer_of(lambda: self._execute(statement, values).rowcount))

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _connect(self) -> psycopg.Connection[Any]:
        return psycopg.connect(
            self._address.url,
            autocommit=True,
            prepare_threshold=None,
            connect_timeout=int(ANSWER_SECONDS),
        )

    def _prepare(self) -> None:
        """Create the table where it is missing; some users may only use it."""
        row = self._execute(_EXISTS, []).fetchone()
        if row is not None and row[0]:
            return
        # Another process may create it at the same moment.
        with suppress(psycopg.errors.UniqueViolation):
            self._execute(_CREATE, [])

    def _execute(self, statement: str, values: Sequence[Any]) -> psycopg.Cursor[Any]:
        return self._connection.execute(statement.encode(), values)

    def _answer_of(self, call: Callable[[], _Result]) -> _Result:
        try:
            return _within(2 * ANSWER_SECONDS, call)
        except NoAnswerError:
            raise StoreLostError("it does not answer") from None
        except psycopg.Error as error:
            raise StoreLostError(self._address.without_password(str(error))) from None


def _within(seconds: float, call: Callable[[], _Result]) -> _Result:
    """Return what a call returns, or give it up: libpq waits for ever for a server that hangs.

    Raises:
        NoAnswerError: If it takes longer. Its thread is left to itself, and ends with the process.
    """
    result: Future[_Result] = Future()

    def run() -> None:
        try:
            result.set_result(call())
        except BaseException as error:  # noqa: BLE001 - raised in the other thread
            result.set_exception(error)

    threading.Thread(target=run, name="pace-store", daemon=True).start()
    return result.result(seconds)
