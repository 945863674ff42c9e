"""What tells an event of an order from every other, as keys of the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from target_activecampaign.events.sequence import Event

if TYPE_CHECKING:
    from target_activecampaign.ticto import Order


class HashKey(Protocol):
    """Makes a keyed hash of parts, from which they cannot be read back."""

    def __call__(self, *parts: str) -> str:
        """Return the hash."""


@dataclass(frozen=True)
class EventIdentity:
    """One event of one order item, for one account.

    Attributes:
        item_key: The order item.
        event_key: The event of the item.
        contact_key: The contact. Users of one account share its contacts.
        event: What decides its place among the events of the item.
    """

    item_key: str
    event_key: str
    contact_key: str
    event: Event


def identify(order: Order, *, account_key: str, base_url: str, key: HashKey) -> EventIdentity:
    """Return the identity of an order's event.

    Args:
        order: The order.
        account_key: What the events of the account are filed under.
        base_url: Address of the account.
        key: The ledger's hash.
    """
    date = order.status_date
    moment = None if date is None else int(date.timestamp())
    item_key = key("item", account_key, *order.item_parts)
    transaction_key = key("transaction", *order.transaction_parts)
    return EventIdentity(
        item_key=item_key,
        event_key=key("event", item_key, transaction_key, order.event, str(moment)),
        contact_key=key("contact", base_url, order.email),
        event=Event(order.event, transaction_key, moment, order.is_renewal),
    )
