"""What becomes of orders that have come together: which are applied, in which order, and how. Pure.

Every order is seen in the light of what the ledger knows and of those before it: whether its event
is new, whether its contact has bought the product already, whether it renews a subscription, and
which lists and tags a removal takes back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from target_activecampaign.events import holdings
from target_activecampaign.events.decision import Arrived, Decision
from target_activecampaign.events.event_store import EventState
from target_activecampaign.events.judgement import Judgement
from target_activecampaign.events.outcome import Outcome
from target_activecampaign.events.sequence import decide, is_same, rank_key
from target_activecampaign.ticto.statuses import SAYS_PAID

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from target_activecampaign.events.decision import AccountRules
    from target_activecampaign.events.event_store import PastEvent
    from target_activecampaign.events.identity import EventIdentity
    from target_activecampaign.events.past import Past
    from target_activecampaign.events.sequence import Event

T = TypeVar("T", bound=Arrived)


def triage(arrived: Iterable[T], past: Past, account: AccountRules) -> list[Decision[T]]:
    """Decide about orders, in the order in which they apply.

    Args:
        arrived: The orders, in the order of arrival.
        past: What is known of their items and contacts. It learns what is decided.
        account: The rules.
    """
    ordered = in_order_of_dates(list(arrived))
    accepted = _accepted(ordered, past)
    bought_later = _bought_later(ordered, accepted)
    return [
        Judgement(
            one, past, account, is_accepted=is_accepted, is_bought_later=is_bought_later
        ).decision()
        for one, is_accepted, is_bought_later in zip(ordered, accepted, bought_later, strict=True)
    ]


def in_order_of_dates(arrived: Sequence[T]) -> list[T]:
    """Return orders so that the events of each item follow each other as they happened.

    They share the places that they had. Events without a date keep theirs.
    """
    places: dict[str, list[int]] = {}
    for number, one in enumerate(arrived):
        if one.identity.event.moment is not None:
            places.setdefault(one.identity.item_key, []).append(number)
    ordered = list(arrived)
    for numbers in places.values():
        by_date = sorted(
            (arrived[number] for number in numbers), key=lambda one: rank_key(one.identity.event)
        )
        for number, one in zip(numbers, by_date, strict=True):
            ordered[number] = one
    return ordered


def repeats_of_done(
    decisions: Sequence[Decision[T]], history: Mapping[str, Sequence[PastEvent]]
) -> list[EventIdentity]:
    """Return the repeats of events that have been applied; the others may be fed in again."""
    return [
        one.identity
        for one in decisions
        if any(
            past.is_done and is_same(past.event, one.identity.event)
            for past in history.get(one.identity.item_key, ())
        )
    ]


def _accepted(ordered: Sequence[Arrived], past: Past) -> list[bool]:
    """Return for each order whether its event changes what its contact holds."""
    known: dict[str, list[Event]] = {}
    found = []
    for one in ordered:
        item_key, event = one.identity.item_key, one.identity.event
        if item_key not in known:
            known[item_key] = [
                earlier.event
                for earlier in past.events[item_key]
                if earlier.state in {EventState.DONE, EventState.NOTED}
            ]
        outcome = decide(event, known[item_key])
        found.append(outcome is Outcome.APPLIED and holdings.is_moving(event.status))
    return found


def _bought_later(ordered: Sequence[Arrived], accepted: Sequence[bool]) -> list[bool]:
    """Return for each order whether its contact buys the product later in the same drain."""
    bought: dict[str, list[EventIdentity]] = {}
    found = []
    for one, is_accepted in zip(reversed(ordered), reversed(accepted), strict=True):
        identity = one.identity
        purchases = bought.setdefault(identity.contact_key, [])
        found.append(any(other.product.is_same_as(identity.product) for other in purchases))
        if is_accepted and identity.event.status in SAYS_PAID:
            purchases.append(identity)
    return found[::-1]
