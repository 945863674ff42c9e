"""Whether an event of an order item is applied, or is stale or a repeat. All of it is pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from target_activecampaign.events.outcome import Outcome
from target_activecampaign.ticto.statuses import PAID, UNPAID, rank

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Event:
    """The part of an event that decides its place in the sequence.

    Attributes:
        status: Ticto's status.
        transaction: Key of the charge.
        moment: Status date in whole seconds since 1970, or None where the record names none.
        is_renewal: Whether it is about a later charge of a subscription.
    """

    status: str
    transaction: str
    moment: int | None
    is_renewal: bool = False


def decide(event: Event, known: list[Event]) -> Outcome:
    """Judge an event, and add it to what is known of its item if later ones depend on it.

    A repeat with a date of its own is added too: what is older than it has become stale.

    Args:
        event: The event that has arrived.
        known: Events of the same item that have been applied, and their dated repeats.

    Returns:
        `APPLIED`, `REPEATED` or `STALE`.
    """
    outcome = judge(event, known)
    is_dated_repeat = outcome is Outcome.REPEATED and event.moment is not None
    if outcome is Outcome.APPLIED or (is_dated_repeat and event not in known):
        known.append(event)
    return outcome


def judge(event: Event, known: Sequence[Event]) -> Outcome:
    """Judge an event.

    Events of an item apply in the order of their dates. In the same second, what is more final
    wins: money returned over paid over not yet paid. Whether a charge is paid does not depend on
    dates: a charge that was paid is never taken back to unpaid, and what shows that a charge was
    paid is never stale because of one that was not. Only another charge of the subscription may be
    unpaid again. An event without a date is judged within its charge.

    Args:
        event: The event that has arrived.
        known: Events of the same item that have been applied, and their dated repeats.

    Returns:
        `APPLIED`, `REPEATED` or `STALE`.
    """
    same = [past for past in known if is_same(past, event)]
    if event.moment is None:
        is_repeated = bool(same)
        is_stale = any(
            past.transaction == event.transaction and rank(past.status) > rank(event.status)
            for past in known
        )
    else:
        dated = [past for past in known if past.moment is not None]
        if event.status in PAID:
            dated = [past for past in dated if past.status not in UNPAID]
        newest = max(dated, key=rank_key, default=None)
        # The same date again, or later with nothing in between.
        is_repeated = any(past.moment in {None, event.moment} for past in same) or (
            newest is not None and is_same(newest, event) and rank_key(newest) < rank_key(event)
        )
        is_stale = newest is not None and rank_key(event) < rank_key(newest)
    if is_repeated:
        return Outcome.REPEATED
    is_stale = is_stale or any(_gives_way(event, past) for past in known)
    return Outcome.STALE if is_stale else Outcome.APPLIED


def is_same(past: Event, event: Event) -> bool:
    """Return whether two events of an item differ in nothing but their dates."""
    return past.status == event.status and past.transaction == event.transaction


def rank_key(event: Event) -> tuple[int, int]:
    """Return the sort key of an item's events: their date, then how final they are."""
    return event.moment or 0, rank(event.status)


def _gives_way(unpaid: Event, paid: Event) -> bool:
    """Return whether `unpaid` reports a charge as unpaid that `paid` proves was paid."""
    if unpaid.status not in UNPAID or paid.status not in PAID:
        return False
    return unpaid.transaction == paid.transaction or not unpaid.is_renewal
