"""Commits postbacks in groups: whatever waits while a commit is under way goes into the next one.

A commit costs a wait for the disk, whether it carries one postback or a hundred. One thread
commits, so SQLite's single writer never waits for another one of ours, and each postback is
answered after its own commit.
"""

from __future__ import annotations

import logging
import queue
import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING, Final

from target_activecampaign.inbox.errors import StoreError

if TYPE_CHECKING:
    from target_activecampaign.inbox.store import NewPostback, Store

logger = logging.getLogger(__name__)

_MOST_TOGETHER: Final = 200
_MOST_BYTES_TOGETHER: Final = 16_000_000
_MOST_WAITING: Final = 2_000


class GroupWriter:
    """A thread that writes to the store.

    Args:
        store: Where postbacks go.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: queue.Queue[_Item | None] = queue.Queue(_MOST_WAITING)
        self._thread = threading.Thread(target=self._run, name="inbox-writer", daemon=True)

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def stop(self) -> None:
        """Commit what waits, then end."""
        self._waiting.put(None)
        self._thread.join()

    def submit(self, postback: NewPostback) -> Future[None]:
        """Queue a postback.

        Returns:
            Done when the postback is committed; fails with `StoreError` if it could not be. A
            future that is cancelled before its commit begins is not written.

        Raises:
            StoreError: If too many wait already.
        """
        item = _Item(postback)
        try:
            self._waiting.put_nowait(item)
        except queue.Full:
            raise StoreError("Too many postbacks wait for the store.") from None
        return item.done

    def _run(self) -> None:
        while True:
            first = self._waiting.get()
            if first is None:
                return
            group, is_last = self._group(first)
            self._commit([item for item in group if item.done.set_running_or_notify_cancel()])
            if is_last:
                return

    def _group(self, first: _Item) -> tuple[list[_Item], bool]:
        group, size = [first], len(first.postback.body)
        while len(group) < _MOST_TOGETHER and size < _MOST_BYTES_TOGETHER:
            try:
                item = self._waiting.get_nowait()
            except queue.Empty:
                break
            if item is None:
                return group, True
            group.append(item)
            size += len(item.postback.body)
        return group, False

    def _commit(self, items: list[_Item]) -> None:
        if not items:
            return
        try:
            self._store.add([item.postback for item in items])
        except StoreError as error:
            for item in items:
                item.done.set_exception(error)
        except Exception as error:  # noqa: BLE001 - the thread must live; the text may quote a body
            logger.error("An unexpected %s kept postbacks out.", type(error).__name__)  # noqa: TRY400
            for item in items:
                item.done.set_exception(StoreError("The store failed unexpectedly."))
        else:
            for item in items:
                item.done.set_result(None)


class _Item:
    def __init__(self, postback: NewPostback) -> None:
        self.postback = postback
        self.done: Future[None] = Future()
