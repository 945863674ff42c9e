"""Which of the events that have come together are applied, and in which order. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from target_activecampaign.events.outcome import Outcome
from target_activecampaign.events.sequence import decide, is_same, rank_key

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from target_activecampaign.events.event_store import Claim, PastEvent
    from target_activecampaign.events.identity import EventIdentity
    from target_activecampaign.events.sequence import Event


class Identified(Protocol):
    """Something that is about one event."""

    @property
    def identity(self) -> EventIdentity:
        """The event."""


T = TypeVar("T", bound=Identified)


@dataclass
class Triage(Generic[T]):
    """What is to be done with events that have come together, each list in its order.

    Attributes:
        fresh: Applied; nothing is begun for their contacts.
        resumed: Applied; an interrupted run has begun something for their contacts.
        repeated: Repeats of what has been applied or is about to be.
        stale: Older than what has been applied or is about to be.
        claims: What was begun for events of `resumed`.
        newly_dated: Those of `repeated` whose dates the ledger does not know.
    """

    fresh: list[T] = field(default_factory=list)
    resumed: list[T] = field(default_factory=list)
    repeated: list[T] = field(default_factory=list)
    stale: list[T] = field(default_factory=list)
    claims: dict[str, Claim] = field(default_factory=dict)
    newly_dated: list[T] = field(default_factory=list)


def triage(tasks: Sequence[T], history: Mapping[str, Sequence[PastEvent]]) -> Triage[T]:
    """Decide about events.

    Args:
        tasks: One for each event, in the order of `in_order_of_dates`.
        history: Item key -> what the ledger knows of the item's events.
    """
    known: dict[str, list[Event]] = {
        item_key: [past.event for past in events if past.is_done]
        for item_key, events in history.items()
    }
    noted = {past.event_key for events in history.values() for past in events}
    claims = {
        past.event_key: past.claim
        for events in history.values()
        for past in events
        if past.claim is not None
    }
    found: Triage[T] = Triage()
    applied: list[T] = []
    for task in tasks:
        identity = task.identity
        outcome = decide(identity.event, known.setdefault(identity.item_key, []))
        if outcome is Outcome.APPLIED:
            applied.append(task)
        elif outcome is Outcome.STALE:
            found.stale.append(task)
            continue
        else:
            found.repeated.append(task)
            if identity.event.moment is not None and identity.event_key not in noted:
                found.newly_dated.append(task)
        noted.add(identity.event_key)
    contacts = {task.identity.contact_key for task in applied if task.identity.event_key in claims}
    for task in applied:
        is_resumed = task.identity.contact_key in contacts
        (found.resumed if is_resumed else found.fresh).append(task)
        if task.identity.event_key in claims:
            found.claims[task.identity.event_key] = claims[task.identity.event_key]
    return found


def in_order_of_dates(tasks: Sequence[T]) -> list[T]:
    """Return tasks so that the events of each item follow each other as they happened.

    They share the places that they had. Events without a date keep theirs.
    """
    places: dict[str, list[int]] = {}
    for number, task in enumerate(tasks):
        if task.identity.event.moment is not None:
            places.setdefault(task.identity.item_key, []).append(number)
    ordered = list(tasks)
    for numbers in places.values():
        by_date = sorted(
            (tasks[number] for number in numbers), key=lambda task: rank_key(task.identity.event)
        )
        for number, task in zip(numbers, by_date, strict=True):
            ordered[number] = task
    return ordered


def repeats_of_done(tasks: Sequence[T], history: Mapping[str, Sequence[PastEvent]]) -> list[T]:
    """Return the repeats of events that have been applied; the others may be fed in again."""
    return [
        task
        for task in tasks
        if any(
            past.is_done and is_same(past.event, task.identity.event)
            for past in history.get(task.identity.item_key, ())
        )
    ]
