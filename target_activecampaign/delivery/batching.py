"""What of a contact's orders goes into a batch, and what follows directly. Pure.

The import can create and update a contact, add tags, write fields and subscribe. It cannot take
anything away, enter automations, or subscribe again someone who has left a list.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from typing_extensions import assert_never

from tap_activecampaign.api.redaction import without_secrets
from target_activecampaign.segmentation.steps import (
    AddTag,
    EnterAutomation,
    RemoveTag,
    SetField,
    Step,
    Subscribe,
    Unsubscribe,
    Upsert,
    must_stay_behind,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from target_activecampaign.delivery.task import OrderTask


@dataclass
class ContactBatch:
    """All orders of one contact in a drain, as one entry of an import and what follows it.

    Attributes:
        tasks: The orders, in the order of arrival.
        upsert: What the import writes to the contact; None if nothing may go into an import.
        list_ids: Lists that the import subscribes to.
        tags: Tags that the import adds.
        rest: What follows directly, each step with its order.
    """

    tasks: list[OrderTask]
    upsert: Upsert | None = None
    list_ids: list[int] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    rest: list[tuple[Step, OrderTask]] = field(default_factory=list)

    @property
    def email(self) -> str:
        """The contact."""
        return self.tasks[0].plan.email

    @property
    def steps(self) -> list[tuple[Step, OrderTask]]:
        """Everything, as direct delivery does it."""
        return [(step, task) for task in self.tasks for step in task.plan.steps]


def merge_orders(tasks: list[OrderTask], removed_list_ids: Collection[int]) -> ContactBatch:
    """Merge a contact's orders into one batch entry.

    The result is the same as that of applying them one by one.

    A step moves ahead into the batch only past steps that concern something else.

    Args:
        tasks: The contact's orders, in the order of arrival.
        removed_list_ids: Lists that a rule has taken the contact off.
    """
    batch = ContactBatch(tasks)
    for step, task in batch.steps:
        if _must_follow(step, batch, removed_list_ids):
            batch.rest.append((step, task))
        else:
            _add(step, batch)
    return batch


def _must_follow(step: Step, batch: ContactBatch, removed_list_ids: Collection[int]) -> bool:
    if batch.upsert is None and not isinstance(step, Upsert):
        return True
    if isinstance(step, Subscribe) and step.list_id in removed_list_ids:
        return True
    return must_stay_behind(step, [kept for kept, _ in batch.rest])


def _add(step: Step, batch: ContactBatch) -> None:
    match step:
        case Upsert():
            batch.upsert = _merged(batch.upsert, step)
        case Subscribe():
            batch.list_ids = list(dict.fromkeys((*batch.list_ids, step.list_id)))
        case AddTag():
            unique = {tag.casefold(): tag for tag in (step.name, *batch.tags)}
            batch.tags = sorted(unique.values(), key=str.casefold)
        case Unsubscribe() | RemoveTag() | SetField() | EnterAutomation():
            raise ValueError(f"an import cannot do what {type(step).__name__} says")
        case _:
            assert_never(step)


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
    batch: ContactBatch, tag_name: Callable[[str], str], *, exclude_automations: bool
) -> dict[str, Any]:
    """Return a contact as the import takes it.

    Args:
        batch: The contact's orders; its upsert is not None.
        tag_name: Returns a tag's name as the account writes it.
        exclude_automations: Whether the import is to start no automations.
    """
    upsert = batch.upsert or Upsert()
    contact = {
        "email": batch.email,
        "first_name": upsert.first_name,
        "last_name": upsert.last_name,
        "phone": upsert.phone,
        "tags": [tag_name(tag) for tag in batch.tags],
        "fields": [{"id": field_id, "value": value} for field_id, value in upsert.fields],
        "subscribe": [{"listid": list_id} for list_id in batch.list_ids],
    }
    filled = {key: value for key, value in contact.items() if value}
    # The documentation shows the flag here, third parties at the top; it is sent in both places.
    return {**filled, "exclude_automations": exclude_automations}


def without_person(text: str, contact: dict[str, Any]) -> str:
    """Return what ActiveCampaign says of a contact, without what it quotes of the person.

    Reasons are kept in the ledger and shown in the panel, where nothing of a buyer may stand.

    Args:
        text: The words of ActiveCampaign.
        contact: The contact as the import takes it.
    """
    named = (contact.get(key) for key in ("email", "first_name", "last_name", "phone"))
    written = (field["value"] for field in contact.get("fields", ()))
    return without_secrets(text, (*named, *written))
