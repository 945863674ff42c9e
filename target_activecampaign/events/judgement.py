"""One order in the light of the past: whether its event is new, and what its rules do. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from target_activecampaign.events import holdings
from target_activecampaign.events.decision import Arrived, Decision
from target_activecampaign.events.earnings import ItemEarnings
from target_activecampaign.events.event_store import EventState, PastEvent
from target_activecampaign.events.outcome import REASONS, Outcome
from target_activecampaign.events.past import LedgerChange, OfferTrail
from target_activecampaign.events.sequence import judge
from target_activecampaign.segmentation import reason_against
from target_activecampaign.ticto.statuses import ABANDONED_CART, SAYS_PAID

if TYPE_CHECKING:
    from target_activecampaign.events.decision import AccountRules
    from target_activecampaign.events.event_store import Claim
    from target_activecampaign.events.past import Past
    from target_activecampaign.events.sequence import Event
    from target_activecampaign.segmentation import Rule

T = TypeVar("T", bound=Arrived)

# Two carts of one contact and offer within it, with nothing between, are one event.
_CART_SECONDS: Final = 86_400


class Judgement(Generic[T]):
    """One order in the light of the past.

    Args:
        arrived: The order.
        past: What is known of its item and contact. It learns what is decided.
        account: The rules.
        is_accepted: Whether its event changes what its contact holds.
        is_bought_later: Whether its contact buys the product later in the same drain.
    """

    def __init__(
        self,
        arrived: T,
        past: Past,
        account: AccountRules,
        *,
        is_accepted: bool,
        is_bought_later: bool,
    ) -> None:
        self._arrived = arrived
        self._past = past
        self._account = account
        self._is_accepted = is_accepted
        self._is_bought_later = is_bought_later
        self._order = arrived.order
        self._identity = arrived.identity
        self._events = past.events[arrived.identity.item_key]
        self._done = [one.event for one in self._events if one.is_done]
        self._holdings = past.holdings[arrived.identity.contact_key]
        # What the ledger knows of this very event.
        key = arrived.identity.event_key
        self._noted = next((one for one in self._events if one.event_key == key), None)

    def decision(self) -> Decision[T]:
        """Return what becomes of it."""
        self._take_over()
        is_outdated = self._is_outdated()
        rules: list[Rule] = []
        outdated: list[Rule] = []
        against: dict[str, str] = {}
        for rule in self._account.rules:
            reason = reason_against(rule, self._order)
            if reason is not None:
                against[rule.label] = reason
            elif is_outdated and rule.if_already_bought == "skip":
                against[rule.label] = REASONS[Outcome.OUTDATED]
                outdated.append(rule)
            else:
                rules.append(rule)
        outcome, is_newly_dated = self._outcome(
            has_rules=bool(rules), has_outdated_rules=bool(outdated)
        )
        decision = Decision(
            self._arrived,
            self._identity,
            outcome,
            rules=tuple(rules),
            outdated_rules=tuple(outdated),
            rules_against=against,
            claim=self._begun(),
            is_newly_dated=is_newly_dated,
        )
        if outcome is Outcome.APPLIED:
            return self._applied(decision)
        return self._not_applied(decision)

    # --- what the past tells of the order -------------------------------------------------------

    def _take_over(self) -> None:
        """Learn what an item's events tell, where a ledger is older than holdings are."""
        item_key = self._identity.item_key
        if item_key not in self._holdings:
            found = holdings.of_events(self._identity, self._done)
            if found is not None:
                self._holdings[item_key] = found
        known = [one.event for one in self._events if one.state is not EventState.CLAIMED]
        if self._noted is not None:
            is_renewal = self._noted.event.is_renewal
        else:
            is_renewal = holdings.is_later_charge(self._identity.event, known)
        if is_renewal:
            self._renew()

    def _is_outdated(self) -> bool:
        """Return whether the order says "not paid" of what its contact holds; may be a renewal."""
        identity = self._identity
        # What was begun is finished, whatever has been bought since.
        if not holdings.says_not_paid(identity.event) or self._begun() is not None:
            return False
        known = self._holdings.values()
        if not self._is_bought_later and not holdings.holds(identity.product, known):
            return self._was_outdated()
        own = self._holdings.get(identity.item_key)
        is_other_charge = (
            own is not None
            and own.is_held
            and not any(
                event.transaction == identity.event.transaction for event in self._paid_events()
            )
        )
        tells = self._order.tells_of_subscription or holdings.is_subscribed(identity.product, known)
        if is_other_charge and tells:
            self._renew()
            return False
        return True

    def _paid_events(self) -> list[Event]:
        return [
            one.event
            for one in self._events
            if one.state is not EventState.CLAIMED and one.event.status in SAYS_PAID
        ]

    def _was_outdated(self) -> bool:
        return self._noted is not None and self._noted.state is EventState.OUTDATED

    def _renew(self) -> None:
        self._order = replace(self._order, is_renewal=True)
        self._identity = self._identity.as_renewal()

    def _begun(self) -> Claim | None:
        return None if self._noted is None else self._noted.claim

    # --- what becomes of it ---------------------------------------------------------------------

    def _outcome(self, *, has_rules: bool, has_outdated_rules: bool) -> tuple[Outcome, bool]:
        """Return the outcome, and whether it repeats an event at a date that is new."""
        event = self._identity.event
        if not has_rules and not has_outdated_rules:
            return Outcome.IGNORED, False
        outcome = judge(event, self._done)
        if outcome is Outcome.APPLIED and self._repeats_cart():
            outcome = Outcome.REPEATED
        is_newly_dated = (
            outcome is Outcome.REPEATED and event.moment is not None and self._noted is None
        )
        if not has_rules and outcome is not Outcome.REPEATED:
            return (Outcome.REPEATED if self._was_outdated() else Outcome.OUTDATED), False
        return outcome, is_newly_dated

    def _repeats_cart(self) -> bool:
        event = self._identity.event
        trail = self._past.trails.get(self._identity.offer_key, OfferTrail())
        if event.status != ABANDONED_CART or event.moment is None or trail.cart is None:
            return False
        first, last = sorted((trail.cart, event.moment))
        is_between = trail.other is not None and first < trail.other < last
        return last - first <= _CART_SECONDS and not is_between

    def _applied(self, decision: Decision[T]) -> Decision[T]:
        identity = self._identity
        holding = self._moved_holding()
        claims = self._past.earned[identity.contact_key]
        before = set(claims)
        held = {item for item, one in self._holdings.items() if one.is_held}
        earnings = ItemEarnings(identity, held, claims, self._account.key)
        plan = self._account.plan(self._order, decision.rules, earnings)
        change = LedgerChange(
            holding=holding,
            earned=frozenset(earnings.touched & claims),
            withdrawn=frozenset(before - claims),
            trail=self._moved_trail(),
        )
        self._learn(EventState.DONE)
        return replace(decision, plan=plan, kept=tuple(earnings.kept), change=change)

    def _not_applied(self, decision: Decision[T]) -> Decision[T]:
        if decision.outcome is Outcome.OUTDATED:
            self._learn(EventState.OUTDATED)
        elif decision.is_newly_dated:
            self._learn(EventState.DONE)
        elif decision.outcome is Outcome.IGNORED and self._is_accepted:
            change = LedgerChange(holding=self._moved_holding(), trail=self._moved_trail())
            self._learn(EventState.NOTED)
            return replace(decision, change=change, is_noted=True)
        return decision

    def _moved_holding(self) -> holdings.Holding | None:
        """Return what is known of the item now, if that has changed, and learn it."""
        identity = self._identity
        before = self._holdings.get(identity.item_key)
        tells = self._order.tells_of_subscription
        if not self._is_accepted and not tells:
            return None
        event_identity = identity
        found = holdings.after(before, event_identity, tells_of_subscription=tells)
        if not self._is_accepted:
            found = replace(found, is_held=before is not None and before.is_held)
        self._holdings[identity.item_key] = found
        return found

    def _moved_trail(self) -> OfferTrail | None:
        identity = self._identity
        moment = identity.event.moment
        if moment is None or not identity.offer_key:
            return None
        trail = self._past.trails.get(identity.offer_key, OfferTrail())
        if identity.event.status == ABANDONED_CART:
            trail = replace(trail, cart=moment)
        else:
            trail = replace(trail, other=max(moment, trail.other or moment))
        self._past.trails[identity.offer_key] = trail
        return trail

    def _learn(self, state: EventState) -> None:
        identity = self._identity
        others = [one for one in self._events if one.event_key != identity.event_key]
        self._past.events[identity.item_key] = [
            *others, PastEvent(identity.event_key, identity.event, state)
        ]  # fmt: skip
