"""Rejects as the panel shows them: what could not be applied, and what has been done about it."""

from __future__ import annotations

import hashlib
import json
import threading
from dataclasses import dataclass, field
from datetime import datetime, timezone
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from target_activecampaign.inbox import bodies
from target_activecampaign.inbox.store import NewPostback, milliseconds_now
from target_activecampaign.panel.masking import masked_email
from target_activecampaign.run.rejects import FILE_NAME
from target_activecampaign.settings import data_dir
from target_activecampaign.ticto.envelopes import body_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from target_activecampaign.inbox.resends import Resends

# The newest are read; whoever has more has another trouble than looking at each.
_MOST_BYTES: Final = 8_000_000
_MOST_REJECTS: Final = 2_000
_MILLISECONDS: Final = 1000


@dataclass(frozen=True)
class Reject:
    """One reject.

    Attributes:
        mark: What tells it from every other.
        time: When it was rejected.
        reason: Why, in the target's words.
        remedy: What to do, in the target's words.
        body: What Ticto sent.
        sent_at: When it was sent again or set aside; None as long as it waits.
        sent_as: The postback that it was sent again as.
    """

    mark: str
    time: datetime | None
    reason: str
    remedy: str
    body: dict[str, Any] = field(repr=False)
    sent_at: datetime | None = None
    sent_as: int | None = None

    @property
    def is_open(self) -> bool:
        """Whether it waits to be looked at."""
        return self.sent_at is None

    @property
    def event(self) -> str:
        """Its event, if it names one."""
        return _text(self.body.get("status")) or _text(
            _part(self.body, "transaction").get("status")
        )

    @property
    def product(self) -> str:
        """Its product, if it names one."""
        for part in (_part(self.body, "item"), _part(self.body, "product"), self.body):
            name = _text(part.get("product_name")) or _text(part.get("name"))
            if name and part is not self.body:
                return name
        return _text(self.body.get("product_name"))

    @property
    def email_shown(self) -> str:
        """A part of the buyer's address."""
        written = _part(self.body, "customer").get("email") or self.body.get("email")
        return masked_email(_text(written or self.body.get("email_customer")))


class RejectList:
    """Reads the target's file of rejects, and remembers what it read until the file changes.

    Args:
        resends: What has been sent again.
    """

    def __init__(self, resends: Resends) -> None:
        self._resends = resends
        self._lock = threading.Lock()
        self._read: tuple[object, list[Reject]] | None = None

    def all(self, config: Mapping[str, Any]) -> list[Reject]:
        """Return the newest rejects, newest first, with what has been done about them."""
        rejects = self._of_file(data_dir(config) / FILE_NAME)
        sent = self._resends.resent([reject.mark for reject in rejects])
        return [
            Reject(
                one.mark,
                one.time,
                one.reason,
                one.remedy,
                one.body,
                _time(sent[one.mark][0]),
                sent[one.mark][1],
            )
            if one.mark in sent
            else one
            for one in rejects
        ]

    def find(self, config: Mapping[str, Any], mark: str) -> Reject | None:
        """Return one reject."""
        return next((one for one in self.all(config) if one.mark == mark), None)

    def send_again(self, reject: Reject, body: str) -> bool:
        """Feed the body of a reject in again, once.

        Returns:
            Whether it was done now; False if it has been done before.

        Raises:
            UnreadableBodyError: If the body cannot be kept.
        """
        kept = bodies.from_json(body)
        now = milliseconds_now()
        return self._resends.add_once(
            reject.mark, now, NewPostback(now, kept.text, kept.digest, kept.status)
        )

    def set_aside(self, reject: Reject) -> bool:
        """Note that nothing is to be done about a reject."""
        return self._resends.add_once(reject.mark, milliseconds_now(), None)

    def _of_file(self, path: Path) -> list[Reject]:
        try:
            status = path.stat()
        except OSError:
            return []
        seen = (str(path), status.st_mtime_ns, status.st_size, status.st_ino)
        with self._lock:
            if self._read is None or self._read[0] != seen:
                self._read = (seen, _rejects_in(path, status.st_size))
            return self._read[1]


def _rejects_in(path: Path, size: int) -> list[Reject]:
    with path.open("rb") as file:
        file.seek(max(0, size - _MOST_BYTES))
        lines = file.read().splitlines()
    if size > _MOST_BYTES:
        del lines[0]
    found = (reject for reject in map(_reject, reversed(lines)) if reject is not None)
    return list(islice(found, _MOST_REJECTS))


def _reject(line: bytes) -> Reject | None:
    try:
        written = json.loads(line)
    except (ValueError, RecursionError):
        # Cut short by a kill.
        return None
    if not isinstance(written, dict) or not isinstance(written.get("reason"), str):
        return None
    record = written.get("record")
    body = body_of(record) if isinstance(record, dict) else {}
    return Reject(
        mark=hashlib.sha256(line).hexdigest()[:40],
        time=_iso_time(written.get("time")),
        reason=written["reason"],
        remedy=_text(written.get("what_to_do")),
        body=body,
    )


def _iso_time(written: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(str(written).replace("Z", "+00:00"))
    except ValueError:
        return None


def _time(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / _MILLISECONDS, timezone.utc)


def _part(body: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = body.get(key)
    if isinstance(value, list):
        value = value[0] if value else None
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    return str(value).strip() if isinstance(value, str | int) else ""
