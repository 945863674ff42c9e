"""What of a contact's orders goes into a batch, and what follows directly. Pure.

The import can create and update a contact, add tags, write fields and subscribe. It cannot take
anything away, enter automations, or subscribe again someone who has left a list.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from target_activecampaign.segmentation.plan import (
    AddTag,
    EnterAutomation,
    RemoveTag,
    SetField,
    Subscribe,
    Unsubscribe,
    Upsert,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from target_activecampaign.delivery.task import Work
    from target_activecampaign.segmentation.plan import Step


@dataclass
class Folded:
    """All orders of one contact in a drain.

    Attributes:
        works: The orders, in the order of arrival.
        upsert: What the batch writes to the contact; None if nothing may go into a batch.
        list_ids: Lists that the batch subscribes to.
        tags: Tags that the batch adds.
        rest: What follows directly, each step with its order.
    """

    works: list[Work]
    upsert: Upsert | None = None
    list_ids: list[int] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    rest: list[tuple[Step, Work]] = field(default_factory=list)

    @property
    def email(self) -> str:
        """The contact."""
        return self.works[0].plan.email

    @property
    def steps(self) -> list[tuple[Step, Work]]:
        """Everything, as direct delivery does it."""
        return [(step, work) for work in self.works for step in work.plan.steps]


def fold(works: list[Work], removed_list_ids: Collection[int]) -> Folded:
    """Fold the orders of one contact so that the outcome stays that of one after the other.

    A step moves ahead into the batch only past steps that concern something else.

    Args:
        works: The contact's orders, in the order of arrival.
        removed_list_ids: Lists that a rule has taken the contact off.
    """
    folded = Folded(works)
    for step, work in folded.steps:
        # Steps are of the kinds below, or never go ahead.
        if not _may_go_ahead(step, folded, removed_list_ids):
            folded.rest.append((step, work))
        elif isinstance(step, Upsert):
            folded.upsert = _merged(folded.upsert, step)
        elif isinstance(step, Subscribe):
            folded.list_ids = list(dict.fromkeys((*folded.list_ids, step.list_id)))
        elif isinstance(step, AddTag):
            unique = {tag.casefold(): tag for tag in (step.name, *folded.tags)}
            folded.tags = sorted(unique.values(), key=str.casefold)
    return folded


def _may_go_ahead(step: Step, folded: Folded, removed_list_ids: Collection[int]) -> bool:
    earlier = [kept for kept, _ in folded.rest]
    if isinstance(step, Upsert):
        # A removal acts on a contact that exists: creating it earlier would change what it does.
        return not any(
            isinstance(kept, SetField | Upsert)
            or (isinstance(kept, EnterAutomation) and not kept.creates)
            for kept in earlier
        )
    if folded.upsert is None or any(isinstance(kept, Upsert) for kept in earlier):
        return False
    if isinstance(step, Subscribe):
        return step.list_id not in removed_list_ids and not any(
            isinstance(kept, Subscribe | Unsubscribe) and kept.list_id == step.list_id
            for kept in earlier
        )
    if isinstance(step, AddTag):
        return not any(
            isinstance(kept, RemoveTag) and kept.name.casefold() == step.name.casefold()
            for kept in earlier
        )
    return False


def _merged(earlier: Upsert | None, later: Upsert) -> Upsert:
    if earlier is None:
        return later
    return Upsert(
        first_name=later.first_name or earlier.first_name,
        last_name=later.last_name or earlier.last_name,
        phone=later.phone or earlier.phone,
        fields=tuple({**dict(earlier.fields), **dict(later.fields)}.items()),
    )


def import_contact(
    folded: Folded, tag_name: Callable[[str], str], *, exclude_automations: bool
) -> dict[str, Any]:
    """Return a contact as the import takes it.

    Args:
        folded: The contact's orders; its upsert is not None.
        tag_name: Returns a tag's name as the account writes it.
        exclude_automations: Whether the import is to start no automations.
    """
    upsert = folded.upsert or Upsert()
    contact = {
        "email": folded.email,
        "first_name": upsert.first_name,
        "last_name": upsert.last_name,
        "phone": upsert.phone,
        "tags": [tag_name(tag) for tag in folded.tags],
        "fields": [{"id": field_id, "value": value} for field_id, value in upsert.fields],
        "subscribe": [{"listid": list_id} for list_id in folded.list_ids],
    }
    filled = {key: value for key, value in contact.items() if value}
    # The documentation shows the flag here, third parties at the top; it is sent in both places.
    return {**filled, "exclude_automations": exclude_automations}


def by_contact(works: Iterable[Work]) -> dict[str, list[Work]]:
    """Group work by contact, in the order of arrival."""
    groups: dict[str, list[Work]] = {}
    for work in works:
        groups.setdefault(work.contact_key, []).append(work)
    return groups
