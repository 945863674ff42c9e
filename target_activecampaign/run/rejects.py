"""Rejects: one JSON line for each record that could not be applied, fit to be fed in again."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import hmac
import json
import os
import re
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Final, Protocol

from target_activecampaign.errors import RejectFileError
from target_activecampaign.lenient_json import json_of

if TYPE_CHECKING:
    from pathlib import Path

FILE_NAME: Final = "rejects.jsonl"
_HIDDEN: Final = "***"
# Columns and headers call it token, TOKEN, ticto_token, X-Ticto-Token ...
_ENDS_OF_SECRET_KEYS: Final = ("token", "token_proof")
# In a body that is text but no whole JSON, such as one that a column has cut short.
_TOKEN_IN_TEXT: Final = re.compile(
    r"""(token(?:_proof)?\\*["']\s*:\s*)(?:(\\*["'])[^"']*|[^\s"',}\]]+)""", re.IGNORECASE
)
# A shorter token would be found in words that have nothing to do with it.
_SHORTEST_SOUGHT: Final = 4


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


def without_token(value: Any, ticto_token: str | None = None) -> Any:
    """Return a record without the shared secret of its postback, wherever it stands.

    Args:
        value: The record, or a part of it. Text that is JSON is searched like everything else.
        ticto_token: The secret itself, if it is known; it is hidden in whatever text it occurs.
    """
    if isinstance(value, dict):
        return {
            _hidden(key, ticto_token): without_token(member, ticto_token)
            for key, member in value.items()
            if not key.casefold().endswith(_ENDS_OF_SECRET_KEYS)
        }
    if isinstance(value, list):
        return [without_token(member, ticto_token) for member in value]
    return _text_without_token(value, ticto_token) if isinstance(value, str) else value


def _text_without_token(text: str, ticto_token: str | None) -> str:
    if text.lstrip()[:1] in {"{", "[", '"'}:
        with contextlib.suppress(ValueError, RecursionError):
            return json.dumps(without_token(json_of(text), ticto_token), ensure_ascii=False)
    return _hidden(_TOKEN_IN_TEXT.sub(rf"\1\2{_HIDDEN}", text), ticto_token)


def _hidden(text: str, ticto_token: str | None) -> str:
    if not ticto_token or (len(ticto_token) < _SHORTEST_SOUGHT and text != ticto_token):
        return text
    return text.replace(ticto_token, _HIDDEN)


def token_proof(ticto_token: str, time: str) -> str:
    """Return what shows that a reject's record once came with the right token.

    Only who knows the token can compute it, so that nobody can post records dressed as rejects.
    """
    return hmac.new(ticto_token.encode(), f"reject {time}".encode(), hashlib.sha256).hexdigest()


def _digest(stream: Any, record: Any, reason: Any) -> bytes:
    written = json.dumps([stream, record, reason], sort_keys=True).encode("utf-8", "surrogatepass")
    return hashlib.sha256(written).digest()[:16]
