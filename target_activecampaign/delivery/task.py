"""What is delivered, by which paths, and who is told what became of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from target_activecampaign.events.event_store import Claims
    from target_activecampaign.events.identity import EventIdentity
    from target_activecampaign.events.outcome import Outcome
    from target_activecampaign.segmentation.plan import Plan


@dataclass(frozen=True)
class Source:
    """Where an order came from, for a reject.

    Attributes:
        stream: The stream that it came in.
        record: The record as JSON.
    """

    stream: str
    record: bytes = field(default=b"{}", repr=False)


@dataclass(frozen=True, eq=False)
class OrderTask:
    """One order item's event, to be applied to one account. Each record makes tasks of its own.

    Attributes:
        identity: The event.
        account_key: What the events of the account are filed under.
        plan: What is to be done.
        rule_labels: The rules that it fires.
        source: Where it came from.
    """

    identity: EventIdentity
    account_key: str
    plan: Plan
    rule_labels: tuple[str, ...]
    source: Source

    @property
    def event_key(self) -> str:
        """Ledger key of the event."""
        return self.identity.event_key

    @property
    def contact_key(self) -> str:
        """Ledger key of the contact."""
        return self.identity.contact_key


class Outcomes(Protocol):
    """Where deliveries report what became of tasks."""

    def applied(self, tasks: Sequence[OrderTask]) -> None:
        """Note that tasks have been carried out in full."""

    def rejected(self, task: OrderTask, reason: str, remedy: str) -> None:
        """Note that a task cannot be carried out."""

    def skipped(self, task: OrderTask, outcome: Outcome) -> None:
        """Note that a task is not carried out, and why."""

    def checkpoint(self) -> None:
        """Note that a part of the tasks is finished, and state may move on."""


class DeliveryPath(Protocol):
    """A way to carry out plans. It claims its tasks, carries them out and reports each."""

    def deliver(self, tasks: Sequence[OrderTask], outcomes: Outcomes) -> None:
        """Carry out plans.

        Args:
            tasks: Tasks that nobody has claimed, in the order of arrival.
            outcomes: Told what became of each.

        Raises:
            DeliveryIncompleteError: After everything else, if something does not come to an end.
        """

    def resume(self, tasks: Sequence[OrderTask], claims: Claims, outcomes: Outcomes) -> None:
        """Complete what an interrupted run has begun.

        Args:
            tasks: All tasks of contacts of which some are claimed, in the order of arrival.
            claims: What was begun for them.
            outcomes: Told what became of each.

        Raises:
            DeliveryIncompleteError: After everything else, if something does not come to an end.
        """


def by_contact(tasks: Iterable[OrderTask]) -> dict[str, list[OrderTask]]:
    """Group tasks by contact, in the order of arrival."""
    groups: dict[str, list[OrderTask]] = {}
    for task in tasks:
        groups.setdefault(task.contact_key, []).append(task)
    return groups
