"""What is delivered, by which paths, and who is told what became of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from target_activecampaign.events.decision import Decision
    from target_activecampaign.events.event_store import Claims
    from target_activecampaign.events.identity import EventIdentity
    from target_activecampaign.segmentation.plan import Plan
    from target_activecampaign.ticto import Order


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
class ArrivedOrder:
    """An order that has come for an account, before anything is decided.

    Attributes:
        identity: Its event.
        order: The order.
        account_key: What the events of the account are filed under.
        may_fire: Whether a rule matches it, whatever the past tells.
        source: Where it came from.
    """

    identity: EventIdentity
    order: Order = field(repr=False)
    account_key: str
    may_fire: bool
    source: Source


@dataclass(frozen=True, eq=False)
class OrderTask:
    """One order item's event, to be applied to one account.

    Attributes:
        identity: The event.
        plan: What is to be done.
        decision: Why it is done, and what the ledger learns when it is.
    """

    identity: EventIdentity
    plan: Plan
    decision: Decision[ArrivedOrder]

    @classmethod
    def of(cls, decision: Decision[ArrivedOrder]) -> OrderTask:
        """Return the task of an order that is applied."""
        return cls(decision.identity, decision.plan, decision)

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

    def left_list(self, task: OrderTask, list_id: int) -> None:
        """Note that a task, carried out else, does not subscribe someone who has left a list."""

    def not_applied(self, decisions: Sequence[Decision[ArrivedOrder]]) -> None:
        """Note orders that are not carried out; each says why."""

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
