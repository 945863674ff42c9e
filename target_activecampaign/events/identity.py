"""What tells an event of an order from every other, as keys of the ledger."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from target_activecampaign.events.sequence import Event

if TYPE_CHECKING:
    from target_activecampaign.ticto import Order
    from target_activecampaign.ticto.order import Product


class HashKey(Protocol):
    """Makes a keyed hash of parts, from which they cannot be read back."""

    def __call__(self, *parts: str) -> str:
        """Return the hash."""


@dataclass(frozen=True)
class ProductKeys:
    """A product as the ledger knows it.

    Attributes:
        by_id: Key of its number, or None where a record gives none.
        by_name: Key of its name, or None.
    """

    by_id: str | None = None
    by_name: str | None = None

    def is_same_as(self, other: ProductKeys) -> bool:
        """Return whether both are one product: by number where both have one, else by name."""
        if self.by_id is not None and other.by_id is not None:
            return self.by_id == other.by_id
        return self.by_name is not None and self.by_name == other.by_name


@dataclass(frozen=True)
class EventIdentity:
    """One event of one order item, for one account.

    Attributes:
        item_key: The order item.
        event_key: The event of the item.
        contact_key: The contact. Users of one account share its contacts.
        event: What decides its place among the events of the item.
        offer_key: The contact and the offer, whichever the order.
        product: The product.
    """

    item_key: str
    event_key: str
    contact_key: str
    event: Event
    offer_key: str = ""
    product: ProductKeys = ProductKeys()

    def as_renewal(self) -> EventIdentity:
        """Return the same event, known to be about a later charge of a subscription."""
        return replace(self, event=replace(self.event, is_renewal=True))


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
    product = order.product
    return EventIdentity(
        item_key=item_key,
        event_key=key("event", item_key, transaction_key, order.event, str(moment)),
        contact_key=key("contact", base_url, order.email),
        event=Event(order.event, transaction_key, moment, order.is_renewal),
        offer_key=key(
            "offer", account_key, order.email, product.id or product.name or "", order.offer
        ),
        product=product_keys(product, key),
    )


def product_keys(product: Product, key: HashKey) -> ProductKeys:
    """Return the keys of a product."""
    return ProductKeys(
        None if product.id is None else key("product", product.id),
        None if product.name is None else key("product name", product.name),
    )
