"""The normal form: what rules see of an order, whichever way it came."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

    from target_activecampaign.ticto.phones import Phone

_SEGMENT = re.compile(r"[^.\s](?:[^.]*[^.\s])?")
# The shared secret of the account, and what may not be stored about a card.
_FORBIDDEN_PATHS = ("token", "transaction.cards")


@dataclass(frozen=True)
class Order:
    """One item of one order, at one moment of its life.

    Attributes:
        event: Ticto's status.
        status_date: When it came to be, in UTC; None where the record does not say.
        email: The buyer's address, in lower case.
        first_name: Up to the first blank of the name.
        last_name: The rest of the name.
        phone: The buyer's phone, if complete.
        product_id: Ticto's number of the product.
        product_name: Its name.
        offer_id: Ticto's number of the offer.
        offer_code: The code in the offer's checkout URL.
        offer_name: Its name.
        payment_method: ``credit_card``, ``pix``, ``bank_slip``, or None.
        is_renewal: Whether it is about a later charge of a subscription.
        order_hash: Code that all items of an order share.
        transaction_hash: Code of the charge; each renewal has its own.
        item_amount_cents: Price of the item.
        paid_amount_cents: What the buyer paid for the whole order.
        document: The record in the shape of the v2 postback, without placeholders; paths of
            `fields` lead into it.
    """

    event: str
    status_date: datetime | None
    email: str = field(repr=False)
    first_name: str | None = field(repr=False)
    last_name: str | None = field(repr=False)
    phone: Phone | None = field(repr=False)
    product_id: str | None
    product_name: str | None
    offer_id: str | None
    offer_code: str | None
    offer_name: str | None
    payment_method: str | None
    is_renewal: bool
    order_hash: str | None
    transaction_hash: str | None
    item_amount_cents: int | None
    paid_amount_cents: int | None
    document: dict[str, Any] = field(repr=False)

    @property
    def item_parts(self) -> tuple[str, ...]:
        """What tells this item from every other, for the ledger. Holds the e-mail of carts.

        The offer is part of it because a bump may be another offer of the same product. Its code
        comes first because every shape has one: the orders API may leave out the offer's id, and
        its name is edited freely.
        """
        product = self.product_id or self.product_name or ""
        # Upper case is how Ticto writes it: what a ledger holds keeps its key.
        offer = (self.offer_code or "").upper() or self.offer_id or self.offer_name or ""
        order = self.order_hash or self.transaction_hash
        if order is not None:
            return ("order", order, product, offer)
        # A cart has no code: each is an item of its own.
        moment = "" if self.status_date is None else self.status_date.isoformat()
        return ("cart", self.email, product, offer, moment)

    @property
    def transaction_parts(self) -> tuple[str, ...]:
        """What tells this charge from the other charges of the item."""
        return (self.transaction_hash or self.order_hash or "",)


def value_at(document: dict[str, Any], path: str) -> Any:
    """Return what stands at a path of an order, or None.

    Args:
        document: The normal form's document.
        path: Keys joined by dots, such as ``customer.cpf``. A number picks from a list; a list
            without a number gives its first member, as in ``subscriptions.change_card_url``.
    """
    value: Any = document
    for key in path.split("."):
        if isinstance(value, list):
            if key.isdecimal():
                index = int(key)
                value = value[index] if index < len(value) else None
                continue
            value = value[0] if value else None
        value = value.get(key) if isinstance(value, dict) else None
    return value


def path_fault(path: str) -> str | None:
    """Return what is wrong with the path of a field, or None.

    Card data and the postback's token never leave the target.
    """
    if not all(_SEGMENT.fullmatch(segment) for segment in path.split(".")):
        return "is not a path such as customer.cpf"
    for forbidden in _FORBIDDEN_PATHS:
        if path == forbidden or path.startswith(forbidden + "."):
            return f"leads to {forbidden}, which must not be copied to a contact"
    if path == "transaction":
        return "leads to card data, which must not be copied to a contact"
    return None
