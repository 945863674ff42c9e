"""Who holds what: from the events of an item to whether its buyer has it now. All of it is pure.

A purchase is held until it is refunded or charged back, or its subscription is cancelled or closed.
A complaint does not end it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from target_activecampaign.events.outcome import Outcome
from target_activecampaign.events.sequence import decide
from target_activecampaign.ticto.statuses import (
    AUTHORIZED,
    ENDS_HOLDING,
    PAID,
    RESUMES_HOLDING,
    SAYS_NOT_PAID,
    SAYS_PAID,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from target_activecampaign.events.identity import EventIdentity, ProductKeys
    from target_activecampaign.events.sequence import Event

# Events after which an item is held, or no longer held.
_MOVES_HOLDING: Final = SAYS_PAID | ENDS_HOLDING | RESUMES_HOLDING | PAID


@dataclass(frozen=True)
class Holding:
    """What is known of an item of a contact.

    Attributes:
        item_key: The item.
        contact_key: The contact.
        product: Its product.
        is_held: Whether the contact has paid for it and still has it.
        is_subscription: Whether a record has told that it is paid for again and again.
    """

    item_key: str
    contact_key: str
    product: ProductKeys
    is_held: bool
    is_subscription: bool


def is_moving(status: str) -> bool:
    """Return whether an event can change what a contact holds."""
    return status in _MOVES_HOLDING


def after(
    before: Holding | None, identity: EventIdentity, *, tells_of_subscription: bool
) -> Holding:
    """Return what is known of an item after an event that was accepted.

    Args:
        before: What was known.
        identity: The event.
        tells_of_subscription: Whether its record tells of a subscription.
    """
    was_held = before is not None and before.is_held
    status = identity.event.status
    if status in ENDS_HOLDING:
        is_held = False
    elif status in SAYS_PAID | RESUMES_HOLDING:
        is_held = True
    else:
        # A complaint shows that it was paid, but says nothing new of what is known already.
        is_held = was_held or (before is None and status in PAID)
    return Holding(
        identity.item_key,
        identity.contact_key,
        identity.product,
        is_held=is_held,
        is_subscription=tells_of_subscription or (before is not None and before.is_subscription),
    )


def of_events(identity: EventIdentity, known: Iterable[Event]) -> Holding | None:
    """Return what the events of an item tell, where nothing else is known of it.

    So a ledger that was written before holdings were is taken over.

    Args:
        identity: An event of the item.
        known: The events that were applied, in the order of their dates.
    """
    accepted: list[Event] = []
    found: Holding | None = None
    for event in known:
        if decide(event, accepted) is Outcome.APPLIED and is_moving(event.status):
            past = replace(identity, event=event)
            found = after(found, past, tells_of_subscription=event.is_renewal)
    return found


def holds(product: ProductKeys, holdings: Iterable[Holding]) -> bool:
    """Return whether one of a contact's holdings is a paid order of a product."""
    return any(one.is_held and one.product.is_same_as(product) for one in holdings)


def is_subscribed(product: ProductKeys, holdings: Iterable[Holding]) -> bool:
    """Return whether a record of a contact has told that a product is a subscription."""
    return any(one.is_subscription and one.product.is_same_as(product) for one in holdings)


def is_later_charge(event: Event, known: Iterable[Event]) -> bool:
    """Return whether an event pays for an item that was paid for before, by another charge."""
    return event.status == AUTHORIZED and any(
        past.status == AUTHORIZED
        and past.transaction != event.transaction
        and (past.moment is None or event.moment is None or past.moment <= event.moment)
        for past in known
    )


def says_not_paid(event: Event) -> bool:
    """Return whether an event is of no concern to somebody who has bought the product."""
    return event.status in SAYS_NOT_PAID and not event.is_renewal
