"""What is decided about an order that has come for an account."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from target_activecampaign.events.outcome import KEPT, REASONS, Outcome
from target_activecampaign.events.past import LedgerChange
from target_activecampaign.segmentation.plan import Plan, plan_for

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import tzinfo

    from target_activecampaign.events.earnings import ItemEarnings, Kept
    from target_activecampaign.events.event_store import Claim
    from target_activecampaign.events.identity import EventIdentity, HashKey
    from target_activecampaign.segmentation import Rule
    from target_activecampaign.segmentation.plan import ResolvedIds
    from target_activecampaign.ticto import Order


class Arrived(Protocol):
    """An order that has come for an account."""

    @property
    def identity(self) -> EventIdentity:
        """Its event."""

    @property
    def order(self) -> Order:
        """The order."""


T_co = TypeVar("T_co", bound=Arrived, covariant=True)


@dataclass(frozen=True)
class AccountRules:
    """The rules of an account, and how they become plans.

    Attributes:
        rules: In the order written.
        plan: Returns what rules do with an order: order, rules, what its item earns.
        key: The ledger's hash.
    """

    rules: Sequence[Rule]
    plan: Callable[[Order, Sequence[Rule], ItemEarnings], Plan]
    key: HashKey


def account_rules(
    rules: Sequence[Rule], ids: ResolvedIds, zone: tzinfo, key: HashKey
) -> AccountRules:
    """Return the rules of an account.

    Args:
        rules: In the order written.
        ids: Ids of the account's lists, fields and automations.
        zone: Zone of Ticto's timestamps.
        key: The ledger's hash.
    """

    def plan(order: Order, fired: Sequence[Rule], earnings: ItemEarnings) -> Plan:
        return plan_for(order, fired, ids, zone, earnings)

    return AccountRules(rules, plan, key)


@dataclass(frozen=True, eq=False)
class Decision(Generic[T_co]):
    """What becomes of one order.

    Attributes:
        arrived: The order as it came.
        identity: Its event, known to be a renewal where the past tells it.
        outcome: What becomes of it.
        rules: The rules that fire; where it is not applied, those that would.
        outdated_rules: The rules that do not fire because the contact has bought the product.
        rules_against: Label of a rule that does not match -> why.
        plan: What is to be done.
        kept: What removals leave, because another paid order still earns it.
        change: What the ledger has to learn once it is done.
        claim: What an interrupted run has begun for it.
        is_newly_dated: Whether it repeats an event at a date that the ledger does not know.
        is_noted: Whether the ledger has to learn of it though no rule fires.
    """

    arrived: T_co
    identity: EventIdentity
    outcome: Outcome
    rules: tuple[Rule, ...] = ()
    outdated_rules: tuple[Rule, ...] = ()
    rules_against: Mapping[str, str] = field(default_factory=dict)
    plan: Plan = field(default_factory=lambda: Plan("", ()))
    kept: tuple[Kept, ...] = ()
    change: LedgerChange = field(default_factory=LedgerChange)
    claim: Claim | None = None
    is_newly_dated: bool = False
    is_noted: bool = False

    @property
    def reason(self) -> str | None:
        """Why it is not applied, or not in full; None if it is."""
        return KEPT if self.outcome is Outcome.APPLIED and self.kept else REASONS.get(self.outcome)
