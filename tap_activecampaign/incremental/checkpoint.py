"""Where a scan by ids was cut off, so that the next run goes on from there."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tap_activecampaign.pagination import IdRange
from tap_activecampaign.records.timestamps import parse_utc

if TYPE_CHECKING:
    from datetime import datetime

    from tap_activecampaign.pagination.keyset_fallback import KeysetOrOffsetScan

_KEY = "unfinished_scan"


@dataclass
class Checkpoint:
    """The state of an unfinished scan; a few numbers, however many rows there are.

    Attributes:
        began: When the scan began. Rows that changed since then may be missing from what was read,
            so the bookmark must not pass it.
        since: Bookmark that the scan began with.
        newest: Latest update stamp that was passed on.
        ranges: Ids that are still to be read.
        rows_left: How many rows they are expected to hold.
    """

    began: datetime
    since: datetime | None = None
    newest: str | None = None
    ranges: list[IdRange] = field(default_factory=list)
    rows_left: int | None = None

    @classmethod
    def load(cls, stream_state: dict[str, Any]) -> Checkpoint | None:
        """Read the checkpoint of a stream's state; None if the last scan was finished."""
        stored: Any = stream_state.get(_KEY)
        try:
            return cls(
                began=parse_utc(stored["began"]),
                since=parse_utc(stored["since"]) if stored.get("since") else None,
                newest=parse_utc(stored["newest"]).isoformat() if stored.get("newest") else None,
                ranges=[
                    IdRange(int(after), None if until is None else int(until))
                    for after, until in stored["ids_left"]
                ],
                rows_left=None if stored.get("rows_left") is None else int(stored["rows_left"]),
            )
        except (TypeError, KeyError, ValueError, AttributeError):
            # Without a readable checkpoint the scan begins anew, which loses nothing.
            return None

    def note(self, scan: KeysetOrOffsetScan) -> None:
        """Take over how far a scan has passed rows on."""
        self.ranges = scan.ranges
        self.rows_left = scan.rows_left

    def store(self, stream_state: dict[str, Any]) -> None:
        """Write the checkpoint into a stream's state."""
        stream_state[_KEY] = {
            "began": self.began.isoformat(),
            "since": None if self.since is None else self.since.isoformat(),
            "newest": self.newest,
            "ids_left": [[left.after, left.until] for left in self.ranges],
            "rows_left": self.rows_left,
        }

    @staticmethod
    def forget(stream_state: dict[str, Any]) -> None:
        """Remove the checkpoint: the scan is finished."""
        stream_state.pop(_KEY, None)
