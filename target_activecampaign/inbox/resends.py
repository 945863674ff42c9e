"""Postbacks that are fed in again, each once, and what is set aside instead."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from target_activecampaign.inbox.store import row_of
from target_activecampaign.inbox.tables import postbacks, resends

if TYPE_CHECKING:
    from collections.abc import Sequence

    from target_activecampaign.inbox.store import NewPostback, Store

_CHUNK: Final = 400


class Resends:
    """What has been fed in again.

    Args:
        store: The inbox.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def add_once(self, mark: str, sent_at: int, new: NewPostback | None) -> bool:
        """Keep a postback again, unless that has been done under the same mark.

        Args:
            mark: What tells one wish to send something again from every other.
            sent_at: Milliseconds since 1970, UTC.
            new: The postback; None sets aside what the mark is about.

        Returns:
            Whether it was done now.
        """
        with self._store.transaction(writes=True) as connection:
            try:
                with connection.begin_nested():
                    connection.execute(sa.insert(resends).values(mark=mark, sent_at=sent_at))
            except sa.exc.IntegrityError:
                return False
            if new is not None:
                kept = connection.execute(sa.insert(postbacks).values(row_of(new)))
                key = kept.inserted_primary_key
                marked = sa.update(resends).where(resends.c.mark == mark)
                connection.execute(marked.values(postback_id=None if key is None else key[0]))
        return True

    def resent(self, marks: Sequence[str]) -> dict[str, tuple[int, int | None]]:
        """Return mark -> when it was sent again, and as which postback."""
        found: dict[str, tuple[int, int | None]] = {}
        with self._store.transaction() as connection:
            for begin in range(0, len(marks), _CHUNK):
                part = marks[begin : begin + _CHUNK]
                for row in connection.execute(sa.select(resends).where(resends.c.mark.in_(part))):
                    found[row.mark] = (row.sent_at, row.postback_id)
        return found
