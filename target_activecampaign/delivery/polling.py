"""When and how often to ask how imports stand. Pure.

Nothing says how long an import takes, or that one ends before the next: usually they end in the
order of sending, so the oldest is asked about first, and as long as it runs the others are taken to
run too. That belief weakens the longer nothing ends.
"""

from __future__ import annotations

from typing import Final

_SHORTEST_WAIT_SECONDS: Final = 0.5
_LONGEST_WAIT_SECONDS: Final = 120.0
# Silence in which one more unfinished import is asked about, beyond the oldest.
_DOUBT_SECONDS: Final = 8.0


def seconds_to_wait(*, elapsed: float, silence: float, ended: int, unfinished: int) -> float:
    """Return how long to wait before asking again.

    It waits as long as it has waited already, so that slow imports take few questions and quick
    ones little time; or less, if what has ended says that the rest will be done sooner.

    Args:
        elapsed: Seconds since the first question.
        silence: Seconds since an import ended, or since the first question.
        ended: How many have ended.
        unfinished: How many have not.
    """
    estimate = elapsed * unfinished / ended if ended else elapsed
    # An import that has kept everyone waiting is not believed to end at any moment.
    wanted = max(min(elapsed, estimate), silence)
    return min(max(wanted, _SHORTEST_WAIT_SECONDS), _LONGEST_WAIT_SECONDS)


def most_unfinished(silence: float) -> int:
    """Return how many unfinished imports to see in a row before giving up on this round.

    Args:
        silence: Seconds since an import ended, when the last questions had been answered.
    """
    return 1 + int(silence / _DOUBT_SECONDS)


def after_overtaking(line: list[str], unfinished: list[str]) -> list[str]:
    """Return the order of asking once an import has ended before others that were sent earlier.

    Args:
        line: Imports in the order of asking.
        unfinished: Those that have been overtaken; they are asked about last from now on.
    """
    return [*(name for name in line if name not in unfinished), *unfinished]
