"""What is delivered: one order for one account, with all that is needed to finish or reject it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from target_activecampaign.segmentation.plan import Plan

if TYPE_CHECKING:
    from target_activecampaign.events.sequence import Event


@dataclass
class Work:
    """One order item's event, to be applied to one account.

    Attributes:
        position: Place in the queue.
        account_name: The account, as the ledger calls it.
        event: The event, for judging its place among the others of the item.
        item_key: Ledger key of the item in this account.
        event_key: Ledger key of the event in this account.
        contact_key: Ledger key of the contact in this account.
        plan: What is to be done.
        labels: The rules that it fires.
        stream: The stream that it came in.
        record: The record as JSON, for a reject.
        token_was_right: Whether the record passed the check of its token.
    """

    position: int
    account_name: str
    event: Event
    item_key: str
    event_key: str
    contact_key: str
    plan: Plan = field(default_factory=lambda: Plan("", ()), repr=False)
    labels: tuple[str, ...] = ()
    stream: str = ""
    record: bytes = field(default=b"{}", repr=False)
    token_was_right: bool = True


class Outcomes(Protocol):
    """Where deliveries report what became of work."""

    def applied(self, works: list[Work]) -> None:
        """Note that work has been applied in full."""

    def rejected(self, work: Work, reason: str, remedy: str) -> None:
        """Note that work cannot be applied."""
