"""From an order and its rules to what is to be done with one contact. Everything here is pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Protocol

from target_activecampaign.segmentation.steps import (
    AddTag,
    EnterAutomation,
    RemoveTag,
    SetField,
    Step,
    Subscribe,
    Unsubscribe,
    Upsert,
    without_repetition,
)
from target_activecampaign.ticto import format_phone, value_at
from target_activecampaign.ticto.values import instant

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import tzinfo

    from target_activecampaign.segmentation import Rule
    from target_activecampaign.ticto import Order


@dataclass(frozen=True)
class ResolvedIds:
    """The ids behind the names that rules use, for one account.

    Attributes:
        lists: Name or id as written in a rule -> id.
        fields: Contact field as written -> id and type.
        automations: Name or id as written -> id.
    """

    lists: Mapping[str, int] = field(default_factory=dict)
    fields: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    automations: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def made_up(cls, rules: Iterable[Rule]) -> ResolvedIds:
        """Return ids that stand for the names of rules where no account has been asked."""
        lists: dict[str, int] = {}
        fields: dict[str, tuple[int, str]] = {}
        automations: dict[str, int] = {}
        for rule in rules:
            for name in rule.lists:
                lists.setdefault(name, len(lists))
            for name, _ in rule.fields:
                fields.setdefault(name, (len(fields), ""))
            for name in rule.automations:
                automations.setdefault(name, len(automations))
        return cls(lists, fields, automations)


@dataclass(frozen=True)
class Plan:
    """What one order does to one contact.

    Attributes:
        email: The contact.
        steps: In the order of the rules; the upsert, if any rule adds, stands first among them.
        subscribing_rules: List -> labels of the rules that subscribe to it.
    """

    email: str = field(repr=False)
    steps: tuple[Step, ...]
    subscribing_rules: Mapping[int, tuple[str, ...]] = field(default_factory=dict)


class Earnings(Protocol):
    """Knows what the item of an order has earned its contact, and others of the same contact."""

    def earn(self, step: Subscribe | AddTag) -> None:
        """Note that the item earns a list or tag."""

    def keeps(self, rule: Rule, step: Unsubscribe | RemoveTag) -> bool:
        """Return whether the contact keeps a list or tag that a rule would remove."""


class _NoEarnings:
    """For plans that nothing was earned before: every removal removes."""

    def earn(self, step: Subscribe | AddTag) -> None:
        """Forget it."""

    def keeps(self, rule: Rule, step: Unsubscribe | RemoveTag) -> bool:
        """Return that it goes."""
        del rule, step
        return False


_MULTIPLE: Final = frozenset(("checkbox", "listbox"))


def plan_for(
    order: Order,
    rules: Iterable[Rule],
    ids: ResolvedIds,
    zone: tzinfo,
    earnings: Earnings | None = None,
) -> Plan:
    """Return what the rules that an order fires do to its contact.

    Args:
        order: The order.
        rules: The rules that it fires, in the order written.
        ids: Ids of the account's lists, fields and automations.
        zone: Zone of Ticto's timestamps, for date fields.
        earnings: What was earned before; left out, nothing was.
    """
    earned = earnings or _NoEarnings()
    upsert_at: int | None = None
    steps: list[Step] = []
    phone: str | None = None
    contact_fields: dict[int, str] = {}
    subscribing: dict[int, tuple[str, ...]] = {}
    for rule in rules:
        values = _field_values(rule, order, ids, zone)
        if rule.action == "add":
            if upsert_at is None:
                upsert_at = len(steps)
            phone = format_phone(order.phone, rule.phone_format) or phone
            contact_fields.update(values)
            for step in _additions(rule, ids):
                earned.earn(step)
                steps.append(step)
                if isinstance(step, Subscribe):
                    labels = subscribing.get(step.list_id, ())
                    subscribing[step.list_id] = (*labels, rule.label)
        else:
            steps.extend(step for step in _removals(rule, ids) if not earned.keeps(rule, step))
            steps.extend(SetField(field_id, value) for field_id, value in values.items())
        steps.extend(
            EnterAutomation(ids.automations[name], creates=rule.action == "add")
            for name in rule.automations
        )
    if upsert_at is not None:
        upsert = Upsert(order.first_name, order.last_name, phone, tuple(contact_fields.items()))
        steps.insert(upsert_at, upsert)
    return Plan(order.email, without_repetition(steps), subscribing)


def _additions(rule: Rule, ids: ResolvedIds) -> list[Subscribe | AddTag]:
    return [
        *(Subscribe(ids.lists[name], rule.resubscribe) for name in rule.lists),
        *(AddTag(tag) for tag in rule.tags),
    ]


def _removals(rule: Rule, ids: ResolvedIds) -> list[Unsubscribe | RemoveTag]:
    return [
        *(RemoveTag(tag) for tag in rule.tags),
        *(Unsubscribe(ids.lists[name]) for name in rule.lists),
    ]


def _field_values(rule: Rule, order: Order, ids: ResolvedIds, zone: tzinfo) -> dict[int, str]:
    values = {}
    for name, path in rule.fields:
        field_id, field_type = ids.fields[name]
        written = field_text(value_at(order.document, path), field_type, zone)
        if written is not None:
            values[field_id] = written
    return values


def field_text(value: Any, field_type: str, zone: tzinfo) -> str | None:
    """Write a value as a contact field takes it, or None to leave the field as it is.

    Fields take text only: dates as ``YYYY-MM-DD``, moments as ISO 8601 with an offset, several
    choices as ``||a||b||`` (ActiveCampaign API reference, custom field values).

    Args:
        value: What stands in the order.
        field_type: The field's type in ActiveCampaign.
        zone: Zone of Ticto's timestamps.
    """
    if isinstance(value, list):
        parts = [part for part in (_scalar(member) for member in value) if part]
        if not parts:
            return None
        return f"||{'||'.join(parts)}||" if field_type in _MULTIPLE else ", ".join(parts)
    written = _scalar(value)
    if written is None:
        return None
    if field_type in {"date", "datetime"}:
        moment = instant(written, zone)
        if moment is not None:
            local = moment.astimezone(zone)
            return local.date().isoformat() if field_type == "date" else local.isoformat()
    return f"||{written}||" if field_type in _MULTIPLE else written


def _scalar(value: Any) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value) if isinstance(value, int | float) else None
