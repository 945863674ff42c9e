"""A few threads that carry out calls and never keep a process from ending."""

from __future__ import annotations

import itertools
import queue
import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    _Task = tuple[Future[Any], Callable[[], Any]]

T = TypeVar("T")

_URGENT, _NOT_URGENT, _LAST = range(3)


class Workers:
    """Carry out calls on daemon threads: urgent ones first, else in the order of submission.

    The executor of the standard library joins its threads when the interpreter ends, and a thread
    that waits for an answer would keep a terminated process alive for the length of a timeout.

    Args:
        size: How many calls run at the same time.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self._calls: queue.PriorityQueue[tuple[int, int, _Task | None]] = queue.PriorityQueue()
        self._numbers = itertools.count()
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()

    def submit(self, call: Callable[[], T], *, is_urgent: bool = True) -> Future[T]:
        """Have `call` carried out; the future holds what it returns or raises."""
        future: Future[T] = Future()
        self._put(_URGENT if is_urgent else _NOT_URGENT, (future, call))
        with self._lock:
            if len(self._threads) < self.size:
                thread = threading.Thread(target=self._work, name="fetch", daemon=True)
                self._threads.append(thread)
                thread.start()
        return future

    def close(self) -> None:
        """Let the threads end once they have nothing to do."""
        with self._lock:
            for _ in self._threads:
                self._put(_LAST, None)
            self._threads.clear()

    def _put(self, rank: int, task: _Task | None) -> None:
        self._calls.put((rank, next(self._numbers), task))

    def _work(self) -> None:
        while (task := self._calls.get()[-1]) is not None:
            future, call = task
            if not future.set_running_or_notify_cancel():
                continue
            try:
                result = call()
            except BaseException as error:  # noqa: BLE001 - raised again where the future is read
                future.set_exception(error)
            else:
                future.set_result(result)
            # An idle thread must not hold the last page.
            del task, future, call
