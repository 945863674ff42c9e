"""The request log."""

from __future__ import annotations

import json
import threading
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from pathlib import Path


@dataclass
class LoggedRequest:
    """One request as it came, and how it was answered.

    Attributes:
        method: upper case.
        path: without `/api/3/`.
        query: raw names and values; repeated names are joined by commas.
        status: of the answer; 0 where none was given (reset, timeout) or not yet.
        body: parsed JSON of the request, or None.
        started_at: monotonic seconds.
    """

    method: str
    path: str
    query: dict[str, str]
    status: int
    body: Any
    started_at: float
    fault: str = ""


@dataclass
class RequestLog:
    """All requests, in the order in which they came.

    Attributes:
        path: where each is also written as a JSON line once it is answered.
    """

    path: Path | None = None
    _entries: list[LoggedRequest] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _file: TextIO | None = None

    def add(self, entry: LoggedRequest) -> None:
        """Note a request as it arrives."""
        with self._lock:
            self._entries.append(entry)

    def answered(self, entry: LoggedRequest) -> None:
        """Write a line for a request that was answered."""
        if self.path is None:
            return
        with self._lock:
            if self._file is None:
                self._file = self.path.open("a", encoding="utf-8")
            self._file.write(json.dumps(asdict(entry), ensure_ascii=False) + "\n")
            self._file.flush()

    def entries(self) -> list[LoggedRequest]:
        """Return the requests so far."""
        with self._lock:
            return list(self._entries)

    def clear(self) -> None:
        """Forget the requests so far."""
        with self._lock:
            self._entries.clear()

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            if self._file is not None:
                self._file.close()
                self._file = None
