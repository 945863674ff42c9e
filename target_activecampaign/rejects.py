"""Rejects: one JSON line for each record that could not be applied, fit to be fed in again."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Protocol

from target_activecampaign.errors import RejectFileError

if TYPE_CHECKING:
    from pathlib import Path

FILE_NAME = "rejects.jsonl"


class Rejects(Protocol):
    """Where rejects go."""

    def add(
        self, stream: str, record: Any, reason: str, remedy: str, *, token_was_right: bool = False
    ) -> None:
        """Keep a record that could not be applied."""


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
        kept = without_token(record)
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
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        descriptor = os.open(self._path, flags, 0o600)
        with os.fdopen(descriptor, "a", encoding="utf-8", errors="surrogatepass") as file:
            file.write(line)
            file.flush()
            os.fsync(file.fileno())

    def _digests(self) -> set[bytes]:
        found = set()
        if self._path.exists():
            with self._path.open(encoding="utf-8", errors="surrogatepass") as file:
                for line in file:
                    try:
                        kept = json.loads(line)
                        found.add(_digest(kept["stream"], kept["record"], kept["reason"]))
                    except (ValueError, KeyError, TypeError):  # noqa: PERF203
                        # A line cut short by a kill, or written by someone else.
                        continue
        return found


def without_token(record: Any) -> Any:
    """Return a record without the shared secret of its postback, wherever it stands."""
    if isinstance(record, dict):
        return {
            key: without_token(value)
            for key, value in record.items()
            if key not in {"token", "token_proof"}
        }
    if isinstance(record, list):
        return [without_token(member) for member in record]
    return record


def token_proof(ticto_token: str, time: str) -> str:
    """Return what shows that a reject's record once came with the right token.

    Only who knows the token can compute it, so that nobody can post records dressed as rejects.
    """
    return hmac.new(ticto_token.encode(), f"reject {time}".encode(), hashlib.sha256).hexdigest()


def _digest(stream: Any, record: Any, reason: Any) -> bytes:
    written = json.dumps([stream, record, reason], sort_keys=True).encode("utf-8", "surrogatepass")
    return hashlib.sha256(written).digest()[:16]
