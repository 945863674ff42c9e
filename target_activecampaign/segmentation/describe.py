"""A plan in the words of its rules, for people to read. It shows nothing of the buyer. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from typing_extensions import assert_never

from target_activecampaign.segmentation.steps import (
    AddTag,
    EnterAutomation,
    RemoveTag,
    SetField,
    Step,
    Subscribe,
    Unsubscribe,
    Upsert,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from target_activecampaign.segmentation.plan import ResolvedIds


def described(steps: Iterable[Step], ids: ResolvedIds) -> list[dict[str, Any]]:
    """Return what steps would do: for each one key that says what, and the name of its subject.

    Args:
        steps: Steps of a plan.
        ids: Ids of the account's lists, fields and automations; names are those that rules use.
    """
    lists = _names(ids.lists.items())
    fields = _names((name, field_id) for name, (field_id, _) in ids.fields.items())
    automations = _names(ids.automations.items())

    def one(step: Step) -> dict[str, Any]:
        deed: dict[str, Any]
        match step:
            case Upsert():
                values = {
                    "first_name": step.first_name,
                    "last_name": step.last_name,
                    "phone": step.phone,
                }
                written = [name for name, value in values.items() if value is not None]
                written.extend(fields[field_id] for field_id, _ in step.fields)
                deed = {"create_or_update_contact": written}
            case Subscribe():
                more = {"also_if_they_have_left": True} if step.resubscribe else {}
                deed = {"subscribe": lists[step.list_id], **more}
            case Unsubscribe():
                deed = {"unsubscribe": lists[step.list_id]}
            case AddTag():
                deed = {"add_tag": step.name}
            case RemoveTag():
                deed = {"remove_tag": step.name}
            case SetField():
                deed = {"write_field": fields[step.field_id]}
            case EnterAutomation():
                deed = {"enter_automation": automations[step.automation_id]}
            case _:
                assert_never(step)
        return deed

    return [one(step) for step in steps]


def _names(ids: Iterable[tuple[str, int]]) -> dict[int, str]:
    found: dict[int, str] = {}
    for name, number in ids:
        found.setdefault(number, name)
    return found
