"""What became of the orders of a run, in all and per rule."""

from __future__ import annotations

import logging
from collections import Counter
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

logger = logging.getLogger(__name__)

FATES: Final = ("applied", "repeated", "stale", "ignored", "rejected")


class Summary:
    """Counts. An order that writes to two accounts counts once for each."""

    def __init__(self) -> None:
        self._total: Counter[str] = Counter()
        self._by_rule: dict[str, Counter[str]] = {}

    def __getitem__(self, fate: str) -> int:
        return self._total[fate]

    def count(self, fate: str, labels: Iterable[str] = ()) -> None:
        """Note what became of an order.

        Args:
            fate: One of `FATES`.
            labels: The rules that it fired.
        """
        self._total[fate] += 1
        for label in labels:
            self._by_rule.setdefault(label, Counter())[fate] += 1

    def of_rule(self, label: str) -> Counter[str]:
        """Return the counts of one rule."""
        return self._by_rule.get(label, Counter())

    def lines(self) -> list[str]:
        """Return the summary as sentences."""
        lines = [f"Orders: {_written(self._total, FATES)}."]
        lines.extend(
            f"Rule {label!r}: {_written(counts, [fate for fate in FATES if counts[fate]])}."
            for label, counts in self._by_rule.items()
        )
        return lines

    def log(self) -> None:
        """Write the summary to the log."""
        for line in self.lines():
            logger.info("%s", line)


def _written(counts: Counter[str], fates: Iterable[str]) -> str:
    return ", ".join(f"{counts[fate]} {fate}" for fate in fates)
