"""Where a pass over the contacts was cut off, so that the next run goes on from there.

The streams of a pass emit their records in rounds, one after the other, so a run that is killed
within a round leaves some of them a round ahead. The next run begins where the hindmost stands.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tap_activecampaign.pagination import IdRange
from tap_activecampaign.records.timestamps import parse_utc

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

_KEY = "unfinished_pass"


@dataclass(frozen=True)
class PassCheckpoint:
    """The state of one stream in a pass that is not finished.

    Attributes:
        began: When the pass began.
        since: Contacts that changed since then are asked for; None for all.
        round_number: How many rounds the stream has emitted.
        ids_left: Ranges of contacts that were still to be read after the last of them.
        rows_left: How many contacts they are expected to hold.
        rows_met: How many rows of the stream had come by then.
        rows_met_before: How many had come a round earlier.
        newest: Latest change date that the stream has emitted.
    """

    began: datetime
    since: datetime | None
    round_number: int
    ids_left: tuple[tuple[int, int | None], ...]
    rows_left: int | None
    rows_met: int
    rows_met_before: int
    newest: str | None

    @classmethod
    def load(cls, stream_state: dict[str, Any]) -> PassCheckpoint | None:
        """Read the checkpoint of a stream's state; None if there is none."""
        stored: Any = stream_state.get(_KEY)
        try:
            return cls(
                began=parse_utc(stored["began"]),
                since=None if stored["since"] is None else parse_utc(stored["since"]),
                round_number=int(stored["round"]),
                ids_left=tuple(
                    (int(after), None if until is None else int(until))
                    for after, until in stored["ids_left"]
                ),
                rows_left=None if stored["rows_left"] is None else int(stored["rows_left"]),
                rows_met=int(stored["rows_met"]),
                rows_met_before=int(stored["rows_met_before"]),
                newest=None
                if stored["newest"] is None
                else parse_utc(stored["newest"]).isoformat(),
            )
        except (TypeError, KeyError, ValueError):
            # Without a readable checkpoint the pass begins again, which loses nothing.
            return None

    def store(self, stream_state: dict[str, Any]) -> None:
        """Write the checkpoint into a stream's state."""
        stream_state[_KEY] = {
            "began": self.began.isoformat(),
            "since": None if self.since is None else self.since.isoformat(),
            "round": self.round_number,
            "ids_left": [list(span) for span in self.ids_left],
            "rows_left": self.rows_left,
            "rows_met": self.rows_met,
            "rows_met_before": self.rows_met_before,
            "newest": self.newest,
        }

    @staticmethod
    def forget(stream_state: dict[str, Any]) -> None:
        """Remove the checkpoint: the stream was read to its end."""
        stream_state.pop(_KEY, None)

    @property
    def ranges(self) -> list[IdRange]:
        """The ranges of contacts that are left."""
        return [IdRange(after, until) for after, until in self.ids_left]

    def rows_met_in(self, round_number: int) -> int | None:
        """Return how many rows had come in a round; None if that is not known any more."""
        if round_number == self.round_number:
            return self.rows_met
        return self.rows_met_before if round_number == self.round_number - 1 else None


def hindmost(checkpoints: Sequence[PassCheckpoint | None]) -> PassCheckpoint | None:
    """Return where a pass can be gone on with; None if its streams were not in the same one."""
    known = [checkpoint for checkpoint in checkpoints if checkpoint is not None]
    if not known or len(known) < len(checkpoints):
        return None
    if len({(checkpoint.began, checkpoint.since) for checkpoint in known}) > 1:
        return None
    first = min(known, key=lambda checkpoint: checkpoint.round_number)
    is_in_reach = all(one.rows_met_in(first.round_number) is not None for one in known)
    return first if is_in_reach else None
