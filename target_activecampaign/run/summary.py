"""What became of the orders of a run, in all and per rule."""

from __future__ import annotations

import logging
from collections import Counter
from typing import TYPE_CHECKING, Final

from target_activecampaign.events.outcome import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

logger = logging.getLogger(__name__)

# In the order in which the summary tells them.
OUTCOMES: Final = tuple(Outcome)


class Summary:
    """Counts. An order that writes to two accounts counts once for each."""

    def __init__(self) -> None:
        self._total: Counter[Outcome] = Counter()
        self._by_rule: dict[str, Counter[Outcome]] = {}

    def __getitem__(self, outcome: str) -> int:
        return self._total[Outcome(outcome)]

    def count(self, outcome: Outcome, rule_labels: Iterable[str] = ()) -> None:
        """Note what became of an order.

        Args:
            outcome: What became of it.
            rule_labels: The rules that it fired.
        """
        self._total[outcome] += 1
        for label in rule_labels:
            self._by_rule.setdefault(label, Counter())[outcome] += 1

    def of_rule(self, label: str) -> Mapping[str, int]:
        """Return the counts of one rule."""
        counts = self._by_rule.get(label, Counter())
        return {outcome.value: counts[outcome] for outcome in OUTCOMES}

    def lines(self) -> list[str]:
        """Return the summary as sentences."""
        lines = [f"Orders: {_written(self._total, OUTCOMES)}."]
        lines.extend(
            f"Rule {label!r}: {_written(counts, [one for one in OUTCOMES if counts[one]])}."
            for label, counts in self._by_rule.items()
        )
        return lines

    def log(self) -> None:
        """Write the summary to the log."""
        for line in self.lines():
            logger.info("%s", line)


def _written(counts: Counter[Outcome], outcomes: Iterable[Outcome]) -> str:
    return ", ".join(f"{counts[outcome]} {outcome.value}" for outcome in outcomes)
