"""Bodies that may be kept although their sender has not learnt it, and will therefore send again.

An answer can be lost: the process is killed between commit and answer, the sender has hung up, the
database breaks off while it commits. When such a body comes again, the store is asked for it, and
it is not kept twice. Every other body that comes again is kept again: a seller who resends an order
in Ticto's panel wants it to be judged once more.
"""

from __future__ import annotations

import contextlib
import os
import time
from typing import TYPE_CHECKING, Final

from target_activecampaign.inbox.errors import InboxSettingsError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_KEPT_SECONDS: Final = 3600.0
_MOST_DOUBTS: Final = 20_000
# How old the sign of life of a process that was killed may be.
SECONDS_BETWEEN_SIGNS: Final = 10.0
_SECONDS_BEFORE_SIGN: Final = 60.0


class Doubts:
    """Digests of bodies whose answer may have been lost.

    Args:
        clock: Seconds that only go forward.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._until: dict[str, float] = {}

    def add(self, digest: str) -> None:
        """Note a body whose sender may not know that it is kept."""
        self._until.pop(digest, None)
        while len(self._until) >= _MOST_DOUBTS:
            del self._until[next(iter(self._until))]
        self._until[digest] = self._clock() + _KEPT_SECONDS

    def settle(self, digest: str) -> bool:
        """Return whether a body was in doubt; from now on it no longer is."""
        return self._until.pop(digest, 0.0) > self._clock()


class SignOfLife:
    """A file that is there while the receiver runs, so that the next one sees how it has ended.

    Args:
        data_dir: The inbox's directory.
    """

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / "running"
        self.killed_after: float | None = None
        with contextlib.suppress(FileNotFoundError):
            self.killed_after = self._path.stat().st_mtime - _SECONDS_BEFORE_SIGN

    def give(self) -> None:
        """Say that the receiver runs.

        Raises:
            InboxSettingsError: If the directory cannot be written.
        """
        try:
            os.close(os.open(self._path, os.O_WRONLY | os.O_CREAT, 0o600))
            os.utime(self._path)
        except OSError as error:
            raise InboxSettingsError(
                f"The setting data_dir: {self._path} cannot be written: {error.strerror}."
            ) from None

    def end(self) -> None:
        """Say that the receiver has ended as it should."""
        self._path.unlink(missing_ok=True)
