"""Whose turn it is among processes that share an account. Pure: it is told the time.

Each process has at most one place in the queue. A place is a claim to go first, never a lock: the
start is taken by whoever asks when one is due and nobody who comes before is about to ask. A
process that dies therefore costs the others one start, and nothing has to be released.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import NamedTuple

from tap_activecampaign.api.pace import Schedule, ScheduleState

# How long a process counts that has not been heard of, in seconds.
MEMBER_SECONDS = 15.0
# Share of the rate that several processes use: their requests are delayed more differently than
# those of one.
_SHARE_OF_SEVERAL = 0.97
# How late a start may be without delaying those after it, in intervals. Several processes are late
# more often than one, because nobody stands in for who has the turn.
_CATCH_UP = 0.5
# How late a process may ask at its turn before the next one goes, in intervals.
_LATENESS = 0.5
# The time of a server may be set back; smaller steps than this are waited for.
_STEP_BACK_SECONDS = 0.5


class Turn(NamedTuple):
    """The answer to a process that asks.

    Attributes:
        wait_seconds: How long to wait before asking again; 0.0 means that the start is taken.
        processes: How many processes use the account, this one included.
    """

    wait_seconds: float
    processes: int


@dataclass
class _Member:
    """A process. Times are in seconds of the store's clock."""

    requests_per_second: float
    gone_at: float


@dataclass
class _Place:
    """A place in the queue: whose, whether for a repeated request, and when it asks again."""

    process: str
    is_retry: bool
    asks_at: float


@dataclass
class AccountTurns:
    """All that the processes of an account share.

    Attributes:
        written_at: When it was last changed.
        schedule: The account's one schedule.
        members: The processes, by their ids.
        queue: Who waits, repeated requests first.
    """

    written_at: float = float("-inf")
    schedule: ScheduleState = field(default_factory=ScheduleState)
    members: dict[str, _Member] = field(default_factory=dict)
    queue: list[_Place] = field(default_factory=list)

    @classmethod
    def from_text(cls, text: str | None) -> AccountTurns:
        """Read what `to_text` wrote; None, or what something else wrote, is a new account."""
        try:
            stored = json.loads(text or "")
            return cls(
                written_at=float(stored["written_at"]),
                schedule=ScheduleState(**stored["schedule"]),
                members={key: _Member(**one) for key, one in stored["members"].items()},
                queue=[_Place(**one) for one in stored["queue"]],
            )
        except (ValueError, KeyError, TypeError, AttributeError):
            return cls()

    def to_text(self) -> str:
        """Return it as JSON."""
        return json.dumps(asdict(self), separators=(",", ":"))

    def ask(
        self,
        process: str,
        now: float,
        *,
        requests_per_second: float,
        is_retry: bool,
        answers: int = 0,
    ) -> Turn:
        """Let a process take the next start, or tell it when to ask again.

        Args:
            process: Its id.
            now: The store's time in seconds.
            requests_per_second: The rate that it is set to; the lowest of all processes counts.
            is_retry: Whether the request was sent before.
            answers: Answers within the limit that it got since it asked last.
        """
        self._begin(now)
        self.members[process] = _Member(requests_per_second, now + MEMBER_SECONDS)
        schedule = self._schedule()
        for _ in range(answers):
            schedule.answered()
        place = self._place_of(process, is_retry=is_retry)
        interval = schedule.interval_seconds
        before = self.queue[: self.queue.index(place)]
        expected = [one for one in before if now <= one.asks_at + _LATENESS * interval]
        if all(one.asks_at > now for one in expected) and not schedule.seconds_until_start(now):
            self.queue.remove(place)
            return Turn(0.0, len(self.members))
        wait = max(schedule.seconds_left(now, ahead=len(expected)), interval / 100)
        place.asks_at = now + wait
        self.members[process].gone_at = place.asks_at + MEMBER_SECONDS
        return Turn(wait, len(self.members))

    def limit_reached(self, now: float, wait_seconds: float, *, requests_per_second: float) -> None:
        """Note a 429: nothing starts for `wait_seconds`, in no process."""
        self._begin(now)
        Schedule(requests_per_second, self.schedule).limit_reached(now, wait_seconds)

    def _begin(self, now: float) -> None:
        if now < self.written_at - _STEP_BACK_SECONDS:
            self._move(now - self.written_at)
        self.written_at = now
        self.members = {key: one for key, one in self.members.items() if one.gone_at > now}
        self.queue = [one for one in self.queue if one.process in self.members]

    def _move(self, seconds: float) -> None:
        """Move everything in time, because the store's clock was set back."""
        schedule = self.schedule
        if schedule.next_start is not None:
            schedule.next_start += seconds
        schedule.starts = [start + seconds for start in schedule.starts]
        if schedule.overrun_until is not None:
            schedule.overrun_until += seconds
        for member in self.members.values():
            member.gone_at += seconds
        for place in self.queue:
            place.asks_at += seconds

    def _schedule(self) -> Schedule:
        lowest = min(one.requests_per_second for one in self.members.values())
        if len(self.members) == 1:
            return Schedule(lowest, self.schedule)
        return Schedule(lowest * _SHARE_OF_SEVERAL, self.schedule, catch_up=_CATCH_UP)

    def _place_of(self, process: str, *, is_retry: bool) -> _Place:
        """Return the process's place; it gets one, or a better one, if needed."""
        place = next((one for one in self.queue if one.process == process), None)
        if place is not None and place.is_retry >= is_retry:
            return place
        if place is not None:
            self.queue.remove(place)
        place = _Place(process, is_retry, float("-inf"))
        first_other = sum(one.is_retry for one in self.queue)
        self.queue.insert(first_other if is_retry else len(self.queue), place)
        return place
