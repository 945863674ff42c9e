"""Print what came of each bad day, and exit 1 if one was not mended.

Run it with ``python -m tests.reliability``.
"""

from __future__ import annotations

import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tests.reliability import tap_process, target_process
from tests.reliability.bad_days import ALL_AT_ONCE, MENDED, Verdict, on_each
from tests.reliability.own_trouble import Outcome, OwnTrouble, on_each_trouble

if TYPE_CHECKING:
    from collections.abc import Iterator

_HEAD_OF_OWN = (
    "what is wrong for good",
    "faults",
    "rows of others lost",
    "streams kept from being read",
    "exit",
)
_HEAD = ("what went wrong", "plugin", "requests", "faults", "arrived", "lost", "doubled", "exit")


def lived(folder: Path) -> Iterator[tuple[str, str, Verdict]]:
    """Live through all bad days; yields the plugin, the day and what came of it."""
    good = tap_process.good_day(folder)
    live = partial(tap_process.bad_day, folder=folder, good=good)
    for name, verdict in on_each(MENDED, live).items():
        yield "tap", name, verdict
    everything = tap_process.good_day(folder, streams=None)
    yield (
        "tap, all streams",
        ALL_AT_ONCE.name,
        tap_process.bad_day(ALL_AT_ONCE, folder, everything, streams=None),
    )
    for mode in ("direct", "bulk"):
        effects = target_process.good_day(mode, folder / mode)
        write = partial(target_process.bad_day, mode=mode, folder=folder / mode, wanted=effects)
        for name, verdict in on_each((*MENDED, ALL_AT_ONCE), write).items():
            yield f"target, {mode}", name, verdict


def own_troubles(folder: Path) -> dict[OwnTrouble, Outcome]:
    """Live through what is wrong with one path for good."""
    return on_each_trouble(folder, tap_process.good_day(folder))


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """Return rows as a Markdown table."""
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _line_of(trouble: OwnTrouble, one: Outcome) -> tuple[str, ...]:
    counts = (one.faults, one.lost, one.kept_from_being_read, one.status)
    return (trouble.name, *map(str, counts))


def main() -> int:
    """Print the table and the sums."""
    with tempfile.TemporaryDirectory() as folder:
        verdicts = list(lived(Path(folder)))
        troubles = own_troubles(Path(folder))
    rows = []
    for plugin, day, one in verdicts:
        counts = (one.requests, one.faults, one.arrived, one.lost, one.doubled, one.status)
        rows.append((day, plugin, *(f"{count:,}" for count in counts)))
    print(table(_HEAD, rows))
    sums = {
        "faults injected": sum(one.faults for _, _, one in verdicts),
        "rows": sum(one.arrived for plugin, _, one in verdicts if plugin.startswith("tap")),
        "effects": sum(one.arrived for plugin, _, one in verdicts if plugin.startswith("target")),
        "losses": sum(one.lost for _, _, one in verdicts),
        "repetitions": sum(one.doubled for _, _, one in verdicts),
    }
    print()
    print(", ".join(f"{name}: {count:,}" for name, count in sums.items()))
    print()
    print(table(_HEAD_OF_OWN, [_line_of(*each) for each in troubles.items()]))
    bad = [f"{plugin}: {day}" for plugin, day, one in verdicts if not one.is_good]
    bad += [trouble.name for trouble, one in troubles.items() if not one.is_good(trouble)]
    if bad:
        print(f"Not mended: {'; '.join(bad)}", file=sys.stderr)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
