"""What a stream's state remembers of rows that came with contacts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from tap_activecampaign.incremental.order_trust import is_due
from tap_activecampaign.records.timestamps import parse_utc

if TYPE_CHECKING:
    from datetime import datetime

_KEY = "with_contacts"

Standing = Literal["untried", "kept", "failed", "off"]
_STANDINGS: tuple[Standing, ...] = ("untried", "kept", "failed", "off")


@dataclass
class SideloadTrust:
    """A few small values in the state of one stream.

    Attributes:
        standing: ``untried``; ``kept``, if the last pass over all contacts proved that the rows
            come whole; ``failed``, if they did not, until it is tried again; ``off`` for good.
        tried_at: When the stream was last read with the contacts, or failed to be.
        full_pass_at: When the last pass over all contacts began.
        known_until: Up to which change date that pass had all rows.
        contacts_since: Contacts that changed since then are still to be asked for.
        gone: How many rows never come, because the contact or tag they belong to is gone.
    """

    standing: Standing = "untried"
    tried_at: datetime | None = None
    full_pass_at: datetime | None = None
    known_until: datetime | None = None
    contacts_since: datetime | None = None
    gone: int = 0

    @classmethod
    def load(cls, stream_state: dict[str, Any]) -> SideloadTrust:
        """Read what a stream's state remembers; what cannot be read is forgotten."""
        stored = stream_state.get(_KEY)
        if not isinstance(stored, dict):
            return cls()
        standing = stored.get("standing")
        if standing not in _STANDINGS:
            return cls()
        gone = stored.get("gone")
        try:
            return cls(
                standing=standing,
                tried_at=_instant(stored, "tried_at"),
                full_pass_at=_instant(stored, "full_pass_at"),
                known_until=_instant(stored, "known_until"),
                contacts_since=_instant(stored, "contacts_since"),
                gone=gone if isinstance(gone, int) and gone >= 0 else 0,
            )
        except ValueError:
            return cls(standing="off" if standing == "off" else "untried")

    def store(self, stream_state: dict[str, Any]) -> None:
        """Write it into a stream's state."""
        stream_state[_KEY] = {
            "standing": self.standing,
            "tried_at": _text(self.tried_at),
            "full_pass_at": _text(self.full_pass_at),
            "known_until": _text(self.known_until),
            "contacts_since": _text(self.contacts_since),
            "gone": self.gone,
        }

    @staticmethod
    def forget(stream_state: dict[str, Any]) -> None:
        """Remove it: the stream was read by its own path, and begins anew with the contacts."""
        stream_state.pop(_KEY, None)

    def may_ride(self, now: datetime, every_days: float) -> bool:
        """Return whether it is worth asking for the rows with the contacts."""
        if self.standing == "failed":
            return is_due(self.tried_at, now, every_days)
        return self.standing != "off"

    def full_pass_is_due(self, now: datetime, every_days: float) -> bool:
        """Return whether all contacts must be asked for."""
        is_known = self.standing == "kept" and None not in (self.known_until, self.contacts_since)
        return not is_known or is_due(self.full_pass_at, now, every_days)

    def failed(self, now: datetime, standing: Literal["failed", "off"] = "failed") -> None:
        """Note that the rows do not come whole, or that their contacts do not change with them."""
        self.standing = standing
        self.tried_at = now
        self.full_pass_at = self.known_until = self.contacts_since = None


def _instant(stored: dict[str, Any], name: str) -> datetime | None:
    return parse_utc(stored[name]) if stored.get(name) is not None else None


def _text(instant: datetime | None) -> str | None:
    return None if instant is None else instant.isoformat()
