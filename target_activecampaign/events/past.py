"""What is known of the items and contacts of some orders, as far as their events depend on it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from target_activecampaign.events.earnings import Earned
    from target_activecampaign.events.event_store import PastEvent
    from target_activecampaign.events.holdings import Holding


@dataclass(frozen=True)
class OfferTrail:
    """When the last events of a contact and an offer were, in seconds since 1970.

    Attributes:
        cart: The last abandoned cart that was applied, or None.
        other: The last event of another kind, or None.
    """

    cart: int | None = None
    other: int | None = None


@dataclass
class Past:
    """What the ledger knows of some items and contacts, and what was decided since.

    Attributes:
        events: Item -> its events.
        holdings: Contact -> item -> whether it is held.
        earned: Contact -> what its items claim.
        trails: Contact and offer -> when their last events were.
    """

    events: dict[str, list[PastEvent]] = field(default_factory=lambda: defaultdict(list))
    holdings: dict[str, dict[str, Holding]] = field(default_factory=lambda: defaultdict(dict))
    earned: dict[str, set[Earned]] = field(default_factory=lambda: defaultdict(set))
    trails: dict[str, OfferTrail] = field(default_factory=dict)


@dataclass(frozen=True)
class LedgerChange:
    """What the ledger has to learn from an event, besides the event itself.

    Attributes:
        holding: What is known of the item now, if that changed.
        earned: New claims.
        withdrawn: Claims that stand no longer.
        trail: When the last events of contact and offer were, if that changed.
    """

    holding: Holding | None = None
    earned: frozenset[Earned] = frozenset()
    withdrawn: frozenset[Earned] = frozenset()
    trail: OfferTrail | None = None
