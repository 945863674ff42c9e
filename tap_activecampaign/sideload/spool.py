"""Records that wait on disk until their stream has its turn."""

from __future__ import annotations

import marshal
import tempfile
from collections import deque
from typing import IO, TYPE_CHECKING, Any

from tap_activecampaign.api import ActiveCampaignError

if TYPE_CHECKING:
    from collections.abc import Sequence

    Record = dict[str, Any]


class SpoolError(ActiveCampaignError):
    """The temporary file cannot be written or read."""


class Spool:
    """A queue of records in a temporary file, which nobody but its owner can read.

    The file has no name, so the system removes it when the process ends, however that happens. Its
    room is used again whenever the queue was emptied.

    Attributes:
        size_bytes: How much of the file is in use.
    """

    def __init__(self) -> None:
        self._file: IO[bytes] | None = None
        self._lengths: deque[int] = deque()
        self._read_at = 0
        self.size_bytes = 0

    def __len__(self) -> int:
        """Return how many batches wait."""
        return len(self._lengths)

    def append(self, records: Sequence[Record]) -> None:
        """Add a batch to the end of the queue.

        Raises:
            SpoolError: If there is no room for it, or no temporary file can be made.
        """
        # Fast, and never read by another program.
        content = marshal.dumps(list(records))
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `close`
            self._file.seek(self.size_bytes)
            self._file.write(content)
            self._file.flush()
        except OSError as error:
            raise SpoolError(f"a temporary file cannot be written: {error.strerror}") from None
        self._lengths.append(len(content))
        self.size_bytes += len(content)

    def pop(self) -> list[Record]:
        """Take a batch from the front of the queue.

        Raises:
            SpoolError: If it cannot be read.
        """
        length = self._lengths.popleft()
        if self._file is None:
            raise SpoolError("a temporary file was closed while records waited in it")
        try:
            self._file.seek(self._read_at)
            content = self._file.read(length)
            self._read_at += length
            if not self._lengths:
                self._file.seek(0)
                self._file.truncate()
                self._read_at = self.size_bytes = 0
        except OSError as error:
            raise SpoolError(f"a temporary file cannot be read: {error.strerror}") from None
        records: list[Record] = marshal.loads(content)  # noqa: S302 - written above
        return records

    def close(self) -> None:
        """Remove the file and what is in it."""
        self._lengths.clear()
        self._read_at = self.size_bytes = 0
        if self._file is not None:
            self._file.close()
            self._file = None
