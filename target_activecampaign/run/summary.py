"""What became of the orders of a run, in all and per rule."""

from __future__ import annotations

import logging
from collections import Counter
from typing import TYPE_CHECKING, Final

from target_activecampaign.events.outcome import KEPT, REASONS, Outcome

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from target_activecampaign.events.decision import Arrived, Decision

    AnyDecision = Decision[Arrived]

logger = logging.getLogger(__name__)

# In the order in which the summary tells them.
OUTCOMES: Final = (
    Outcome.APPLIED,
    Outcome.REPEATED,
    Outcome.STALE,
    Outcome.IGNORED,
    Outcome.REJECTED,
)
_KEPT: Final = "kept"
# What was not done, and why; told apart from the others, and only where there is any.
_NOT_DONE: Final = {
    Outcome.LEFT_LIST.value: f"Applied in part: {{}} {REASONS[Outcome.LEFT_LIST]}.",
    Outcome.OUTDATED.value: "Not applied: {} outdated (the contact has bought the product).",
    _KEPT: f"Lists and tags not removed: {{}} kept ({KEPT}).",
}


class Summary:
    """Counts of orders. One that writes to two accounts counts once for each."""

    def __init__(self) -> None:
        self._total: Counter[str] = Counter()
        self._by_rule: dict[str, Counter[str]] = {}

    def __getitem__(self, outcome: str) -> int:
        return self._total[outcome]

    def count(self, outcome: Outcome, rule_labels: Iterable[str] = ()) -> None:
        """Note what became of an order.

        Args:
            outcome: What became of it.
            rule_labels: The rules that it fired, or would have.
        """
        self._total[outcome.value] += 1
        for label in rule_labels:
            self._count_for(label, outcome.value)

    def applied(self, decision: AnyDecision, lists_left: Collection[int] = ()) -> None:
        """Note an order that was applied.

        Args:
            decision: What was decided about it.
            lists_left: Lists that its contact has left, to which it was not subscribed.
        """
        outcome = Outcome.LEFT_LIST if lists_left else Outcome.APPLIED
        self._total[outcome.value] += 1
        subscribing = decision.plan.subscribing_rules
        hindered = {label for list_id in lists_left for label in subscribing.get(list_id, ())}
        for rule in decision.rules:
            one = Outcome.LEFT_LIST if rule.label in hindered else Outcome.APPLIED
            self._count_for(rule.label, one.value)
        for rule in decision.outdated_rules:
            self._count_for(rule.label, Outcome.OUTDATED.value)
        for kept in decision.kept:
            self._total[_KEPT] += 1
            self._count_for(kept.rule_label, _KEPT)

    def not_applied(self, decision: AnyDecision) -> None:
        """Note an order that was not applied."""
        rules = (*decision.rules, *decision.outdated_rules)
        self.count(decision.outcome, [rule.label for rule in rules])

    def of_rule(self, label: str) -> Mapping[str, int]:
        """Return the counts of one rule."""
        return self._by_rule.get(label, Counter())

    def lines(self) -> list[str]:
        """Return the summary as sentences."""
        lines = [f"Orders: {_written(self._total, OUTCOMES)}."]
        lines.extend(
            sentence.format(self._total[what])
            for what, sentence in _NOT_DONE.items()
            if self._total[what]
        )
        lines.extend(
            f"Rule {label!r}: {_of_one_rule(counts)}." for label, counts in self._by_rule.items()
        )
        return lines

    def log(self) -> None:
        """Write the summary to the log."""
        for line in self.lines():
            logger.info("%s", line)

    def _count_for(self, label: str, what: str) -> None:
        self._by_rule.setdefault(label, Counter())[what] += 1


def _written(counts: Counter[str], outcomes: Iterable[Outcome]) -> str:
    return ", ".join(f"{counts[outcome.value]} {outcome.value}" for outcome in outcomes)


def _of_one_rule(counts: Counter[str]) -> str:
    parts = [f"{counts[one.value]} {one.value}" for one in OUTCOMES if counts[one.value]]
    if counts[Outcome.OUTDATED.value]:
        parts.append(f"{counts[Outcome.OUTDATED.value]} outdated")
    if counts[Outcome.LEFT_LIST.value]:
        parts.append(f"{counts[Outcome.LEFT_LIST.value]} {REASONS[Outcome.LEFT_LIST]}")
    if counts[_KEPT]:
        parts.append(f"{counts[_KEPT]} kept")
    return ", ".join(parts)
