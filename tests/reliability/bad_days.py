"""The table of faults: what goes wrong, and what must come of it."""

from __future__ import annotations

import zlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from tests.sandbox.faults import Faults

SHARE = 0.2
# Hangs are cut short by the plugins' own timeout.
TIMEOUT_SECONDS = 0.4
_HANG_SECONDS = 2.0
_SIDE_BY_SIDE = 8


@dataclass(frozen=True)
class BadDay:
    """Answers that break, which repetition mends: everything arrives exactly once, exit 0.

    Attributes:
        name: what the table calls it.
        kinds: kinds of the sandbox's faults.
        share: how many of the answers break; None where they are scripted.
        times: how many answers break on each of `paths`, where they are scripted.
        paths: globs of the paths whose answers break.
        options: further attributes of the faults.
    """

    name: str
    kinds: tuple[str, ...]
    share: float | None = SHARE
    times: int | None = None
    paths: tuple[str, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)

    def arrange(self, faults: Faults) -> None:
        """Let it begin; which answers break differs from day to day, and never for one day."""
        seed = zlib.crc32(self.name.encode())
        if self.share is not None:
            faults.rate(self.share, self.kinds, seed, **self.options)
        for path in self.paths:
            for kind in self.kinds:
                faults.next(kind, path, times=self.times, **self.options)


@dataclass(frozen=True)
class Verdict:
    """What came of a bad day: a line of the table.

    Attributes:
        faults: broken answers.
        requests: requests in all.
        arrived: rows or effects of this run.
        lost: those that an undisturbed run has and this one has not.
        doubled: those that this one has and an undisturbed run has not.
        status: exit status.
        has_final_state: whether the last state is that of an undisturbed run.
        err: standard error.
    """

    faults: int
    requests: int
    arrived: int
    lost: int
    doubled: int
    status: int
    has_final_state: bool
    err: str = field(repr=False, compare=False)

    @property
    def is_good(self) -> bool:
        """Whether everything arrived once in spite of faults."""
        mended = self.faults > 0 and self.status == 0 and self.has_final_state
        return mended and not self.lost and not self.doubled


_NO_WAIT = {"retry_after": 0}
MENDED = (
    BadDay("429, at once again", ("status_429",), options=_NO_WAIT),
    BadDay("500", ("status_500",)),
    BadDay("502", ("status_502",)),
    BadDay("503", ("status_503",)),
    BadDay("connection reset", ("reset",)),
    BadDay("no answer in time", ("timeout",), options={"hang_seconds": _HANG_SECONDS}),
    BadDay("JSON cut short", ("truncated",)),
    BadDay("answer shorter than announced", ("truncated_length",)),
    BadDay("HTML with status 200", ("html",)),
    BadDay("empty body with status 200", ("empty",)),
    BadDay("envelope without its key", ("missing_key",)),
    BadDay("429 without Retry-After", ("status_429",), None, 2, ("tags",), {"retry_after": None}),
    BadDay("429 until a date", ("status_429",), None, 2, ("tags",), {"retry_after": "date"}),
    BadDay("403 that passes", ("forbidden",), None, 3, ("tags",)),
)
RANDOM_KINDS = tuple(
    dict.fromkeys(kind for day in MENDED if day.share == SHARE for kind in day.kinds)
)
ALL_AT_ONCE = BadDay(
    "all of these mixed", RANDOM_KINDS, options={**_NO_WAIT, "hang_seconds": _HANG_SECONDS}
)


@dataclass(frozen=True)
class HopelessDay:
    """Something that no repetition mends: one sentence, exit 1, state as before.

    Attributes:
        name: what the table calls it.
        kind: kind of the sandbox's fault that lasts; empty for none.
        sentence: words that the sentence must hold.
        most_requests: how many requests the plugin may send to the failing path.
        settings: settings that bring it about.
    """

    name: str
    kind: str
    sentence: tuple[str, ...]
    most_requests: int
    settings: dict[str, Any] = field(default_factory=dict)


def on_each(days: Sequence[BadDay], live: Callable[[BadDay], Verdict]) -> dict[str, Verdict]:
    """Live through several bad days side by side: what they cost is mostly waiting."""
    with ThreadPoolExecutor(_SIDE_BY_SIDE) as pool:
        return dict(zip((day.name for day in days), pool.map(live, days), strict=True))


def by_name(days: Iterable[BadDay | HopelessDay]) -> list[str]:
    """Return the names, for the ids of tests."""
    return [day.name for day in days]
