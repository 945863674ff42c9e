"""Which item earned a contact which list and which tag, and what a removal takes back. Pure.

A removal takes back what its item earned, nothing else: the list or tag stays as long as another
paid item of the contact claims it. On events that say "paid" a removal always removes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from target_activecampaign.ticto.statuses import SAYS_PAID

if TYPE_CHECKING:
    from collections.abc import Collection

    from target_activecampaign.events.identity import EventIdentity, HashKey
    from target_activecampaign.segmentation import Rule
    from target_activecampaign.segmentation.steps import AddTag, RemoveTag, Subscribe, Unsubscribe


@dataclass(frozen=True)
class Earned:
    """A list or tag that an item earned its contact.

    Attributes:
        item_key: The item.
        contact_key: The contact.
        effect_key: The list or tag.
    """

    item_key: str
    contact_key: str
    effect_key: str


@dataclass(frozen=True)
class Kept:
    """A list or tag that a removal has left, because another paid item claims it.

    Attributes:
        rule_label: The rule.
        step: The step that is not carried out.
    """

    rule_label: str
    step: Unsubscribe | RemoveTag


@dataclass
class ItemEarnings:
    """What one event of an item adds to the claims of its contact, and takes from them.

    Attributes:
        identity: The event.
        held: Keys of the contact's items that are paid for and held.
        claims: What the contact's items claim; changed as the steps are planned.
        key: The ledger's hash.
        touched: What the event earns, whether or not the item claimed it before.
        kept: What removals have left.
    """

    identity: EventIdentity
    held: Collection[str]
    claims: set[Earned]
    key: HashKey
    touched: set[Earned] = field(default_factory=set)
    kept: list[Kept] = field(default_factory=list)

    def earn(self, step: Subscribe | AddTag) -> None:
        """Note that the item earns a list or tag."""
        claim = self._claim_of(step)
        self.touched.add(claim)
        self.claims.add(claim)

    def keeps(self, rule: Rule, step: Unsubscribe | RemoveTag) -> bool:
        """Withdraw the item's claim to a list or tag; returns whether the contact keeps it.

        Args:
            rule: The rule that removes it.
            step: The removal.
        """
        own = self._claim_of(step)
        claims = {claim for claim in self.claims if claim.effect_key == own.effect_key}
        others = {claim for claim in claims if claim.item_key != own.item_key}
        is_earned = any(claim.item_key in self.held for claim in others)
        always_removes = self.identity.event.status in SAYS_PAID or not rule.keep_if_still_earned
        if is_earned and not always_removes:
            self.claims.discard(own)
            self.kept.append(Kept(rule.label, step))
            return True
        # It is gone, so nobody's claim to it stands.
        self.claims -= claims
        return False

    def _claim_of(self, step: Subscribe | AddTag | Unsubscribe | RemoveTag) -> Earned:
        kind, subject = step.subject
        effect_key = self.key("effect", kind, str(subject))
        return Earned(self.identity.item_key, self.identity.contact_key, effect_key)
