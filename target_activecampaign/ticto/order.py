"""The normal form: what rules see of an order, whichever way it came."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from datetime import datetime

    from target_activecampaign.ticto.phones import Phone

# What the record is about, and whose copy of the sale it is.
MAIN: Final = "main"
BUMP: Final = "bump"
PRODUCER: Final = "producer"
AFFILIATE: Final = "affiliate"


@dataclass(frozen=True)
class Product:
    """A product as far as a record names it.

    Attributes:
        id: Ticto's number, or None.
        name: Its name in lower case with single blanks, or None.
    """

    id: str | None
    name: str | None

    def is_same_as(self, other: Product) -> bool:
        """Return whether both are one product: by number where both have one, else by name."""
        if self.id is not None and other.id is not None:
            return self.id == other.id
        return self.name is not None and self.name == other.name


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
        is_renewal: Whether the record says that it is about a later charge of a subscription.
        tells_of_subscription: Whether the record says that the item is a subscription.
        sources: ``main`` or ``bump``, and ``producer`` or ``affiliate``. A record that does not
            tell is ``main`` and ``producer``.
        order_hash: Code that all items of an order share.
        transaction_hash: Code of the charge; each renewal has its own.
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
    tells_of_subscription: bool
    sources: frozenset[str]
    order_hash: str | None
    transaction_hash: str | None
    document: dict[str, Any] = field(repr=False)

    @property
    def product(self) -> Product:
        """What product it is, for comparison with other orders."""
        name = " ".join((self.product_name or "").casefold().split())
        return Product(self.product_id, name or None)

    @property
    def offer(self) -> str:
        """What offer it is, for comparison with other orders; empty where the record has none.

        The code comes first because every shape has one: the orders API may leave out the offer's
        id, and its name is edited freely.
        """
        # Upper case is how Ticto writes it: what a ledger holds keeps its key.
        return (self.offer_code or "").upper() or self.offer_id or self.offer_name or ""

    @property
    def item_parts(self) -> tuple[str, ...]:
        """What tells this item from every other, for the ledger. Holds the e-mail of carts.

        The offer is part of it because a bump may be another offer of the same product.
        """
        product = self.product_id or self.product_name or ""
        order = self.order_hash or self.transaction_hash
        if order is not None:
            return ("order", order, product, self.offer)
        # A cart has no code: each is an item of its own.
        moment = "" if self.status_date is None else self.status_date.isoformat()
        return ("cart", self.email, product, self.offer, moment)

    @property
    def transaction_parts(self) -> tuple[str, ...]:
        """What tells this charge from the other charges of the item."""
        return (self.transaction_hash or self.order_hash or "",)
