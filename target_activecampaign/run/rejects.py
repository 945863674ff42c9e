"""Rejects: one JSON line for each record that could not be applied, fit to be fed in again."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Final

from target_activecampaign.errors import RejectFileError
from target_activecampaign.ticto.tokens import token_proof, without_token

if TYPE_CHECKING:
    from pathlib import Path

FILE_NAME: Final = "rejects.jsonl"


class RejectFile:
    """The file of rejects. A record that is in it already with the same reason is not added again.

    Args:
        path: The file; created when the first reject comes, readable by its owner only.
        ticto_token: The postbacks' token, if one is required.
    """

    def __init__(self, path: Path, ticto_token: str | None = None) -> None:
        self._path = path
        self._ticto_token = ticto_token
        self._known: set[bytes] | None = None

    def add(
        self, stream: str, record: Any, reason: str, remedy: str, *, token_was_right: bool = False
    ) -> None:
        """Append a record.

        Args:
            stream: The stream that it came in.
            record: The record; its token is left out.
            reason: Why it was not applied.
            remedy: What the user can do.
            token_was_right: Whether the record had passed the check of its token, and may pass
                again without it.

        Raises:
            RejectFileError: If the file cannot be written.
        """
        kept = without_token(record, self._ticto_token)
        digest = _digest(stream, kept, reason)
        try:
            if self._known is None:
                self._known = self._digests()
            if digest in self._known:
                return
            now = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
            line: dict[str, Any] = {
                "stream": stream,
                "reason": reason,
                "what_to_do": remedy,
                "record": kept,
                "time": now,
            }
            if token_was_right and self._ticto_token:
                line["token_proof"] = token_proof(self._ticto_token, now)
            self._append(json.dumps(line, ensure_ascii=False) + "\n")
        except OSError as error:
            raise RejectFileError(
                f"The file of rejects {self._path} cannot be written: {error.strerror}."
            ) from None
        self._known.add(digest)

    def _append(self, line: str) -> None:
        """Write a line in full or not at all, and never behind half of another one."""
        written = line.encode("utf-8", "surrogatepass")
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            # Runs may share a data_dir. Some network disks have no locks.
            with contextlib.suppress(OSError):
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            size = os.fstat(descriptor).st_size
            if size and os.pread(descriptor, 1, size - 1) != b"\n":
                written = b"\n" + written
            try:
                while written:
                    written = written[os.write(descriptor, written) :]
                os.fsync(descriptor)
            except BaseException:
                with contextlib.suppress(OSError):
                    os.ftruncate(descriptor, size)
                raise
        finally:
            os.close(descriptor)

    def _digests(self) -> set[bytes]:
        found = set()
        if self._path.exists():
            with self._path.open("rb") as file:
                for line in file:
                    try:
                        kept = json.loads(line)
                        found.add(_digest(kept["stream"], kept["record"], kept["reason"]))
                    except (ValueError, KeyError, TypeError, RecursionError):  # noqa: PERF203
                        # A line cut short by a kill, or written by someone else.
                        continue
        return found


def _digest(stream: Any, record: Any, reason: Any) -> bytes:
    written = json.dumps([stream, record, reason], sort_keys=True).encode("utf-8", "surrogatepass")
    return hashlib.sha256(written).digest()[:16]
