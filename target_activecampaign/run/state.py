"""Which STATE may leave the target: the newest one before which everything is done."""

from __future__ import annotations

import json
import signal
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, TextIO

from target_activecampaign.errors import TargetError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

_STOPPING_SIGNALS: Final = frozenset((signal.SIGTERM, signal.SIGINT))


class StateKeeper:
    """Keeps STATE messages back until the orders before them are done.

    Args:
        out: Where state goes; standard output if left out.
    """

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out
        # Values, each with the number of the order that follows it.
        self._waiting: list[tuple[int, Any]] = []
        self._passed_on: Any = None

    def add(self, value: Any, *, orders_before: int) -> None:
        """Take in a STATE message.

        Args:
            value: Its value.
            orders_before: How many orders had been queued before it.
        """
        if self._waiting and self._waiting[-1][0] == orders_before:
            self._waiting.pop()
        self._waiting.append((orders_before, value))

    def pass_on(self, unfinished: Collection[int]) -> None:
        """Write the newest state before which everything is done.

        Args:
            unfinished: Numbers of the orders that are queued and not done, from 0.

        Raises:
            TargetError: If standard output cannot be written.
        """
        first_unfinished = min(unfinished, default=None)
        ready = [
            (number, value)
            for number, value in self._waiting
            if first_unfinished is None or number <= first_unfinished
        ]
        if not ready:
            return
        self._waiting = self._waiting[len(ready) :]
        _, newest = ready[-1]
        if newest == self._passed_on:
            return
        self._write(newest)
        self._passed_on = newest

    def _write(self, value: Any) -> None:
        out = self._out or sys.stdout
        with _uninterrupted():
            try:
                out.write(json.dumps(value) + "\n")
                out.flush()
            except OSError as error:
                raise TargetError(
                    f"The state cannot be written to standard output: {error.strerror}."
                ) from None


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Hold back the signals that stop the run, so that no line is cut short."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _STOPPING_SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
