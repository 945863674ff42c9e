"""One segmentation between the rule file and the form that people fill in.

The form has the target's own names for everything. What a person wrote in other words stays as it
is, as long as it means the same as what the form says.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from target_activecampaign.errors import RuleError
from target_activecampaign.segmentation import words
from target_activecampaign.segmentation.mapping import UserMapping
from target_activecampaign.segmentation.parse import parse_segmentations

if TYPE_CHECKING:
    from collections.abc import Mapping

# Keys in the order of Ticto's form, then what it lacks.
KEYS: Final = (
    "title",
    "event",
    "type",
    "products",
    "offers",
    "source",
    "action",
    "list",
    "tags",
    "phone_format",
    "fields",
    "automation",
    "resubscribe",
    "if_already_bought",
    "keep_if_still_earned",
    "active",
)
# What a rule means that does not have the key.
_DEFAULTS: Final[dict[str, Any]] = {
    "action": "add",
    "phone_format": "",
    "resubscribe": False,
    "if_already_bought": "skip",
    "keep_if_still_earned": True,
    "active": True,
}
# Keys whose words may overlap, and what else makes a rule whole.
_MEANING: Final = ("event", "type", "source")
_PROBE: Final = {"title": "probe", "tags": "probe"}
_ONE_OR_SEVERAL: Final = ("event", "type", "source", "list", "automation")
_LISTS: Final = ("products", "offers")

Texts = list[str]
Pairs = list[tuple[str, str]]


def _none() -> Texts:
    return []


def _no_pairs() -> Pairs:
    return []


@dataclass(frozen=True)
class RuleForm:
    """What the form holds; its attributes are the keys of a rule."""

    title: str = ""
    event: Texts = field(default_factory=_none)
    type: Texts = field(default_factory=_none)
    products: Texts = field(default_factory=_none)
    offers: Texts = field(default_factory=_none)
    source: Texts = field(default_factory=_none)
    action: str = "add"
    list: Texts = field(default_factory=_none)
    tags: Texts = field(default_factory=_none)
    phone_format: str = ""
    fields: Pairs = field(default_factory=_no_pairs)
    automation: Texts = field(default_factory=_none)
    resubscribe: bool = False
    if_already_bought: str = "skip"
    keep_if_still_earned: bool = True
    active: bool = True

    def value(self, key: str) -> Any:
        """Return what the form says for a key of a rule."""
        return getattr(self, key)


def form_of(raw: Any) -> RuleForm:
    """Return the form for a rule as the file has it. What is not understood is shown as written."""
    try:
        mapping = UserMapping.of_rule(raw, 1, None)
    except RuleError:
        written = raw if isinstance(raw, dict) else {}
        mapping = UserMapping({key: written[key] for key in KEYS if key in written}, "")
    event, kinds, source = _meaning(raw, mapping)
    return RuleForm(
        title=str(mapping.values.get("title") or "").strip(),
        event=event,
        type=kinds,
        products=_texts(mapping, "products"),
        offers=_texts(mapping, "offers"),
        source=source,
        action=_choice(mapping, "action", words.ACTIONS),
        list=_texts(mapping, "list"),
        tags=[
            tag.strip()
            for text in _texts(mapping, "tags")
            for tag in text.split(";")
            if tag.strip()
        ],
        phone_format=_choice(mapping, "phone_format", words.PHONES),
        fields=_field_pairs(mapping.values.get("fields")),
        automation=_texts(mapping, "automation"),
        resubscribe=_flag(mapping, "resubscribe"),
        if_already_bought=_choice(mapping, "if_already_bought", words.IF_BOUGHT),
        keep_if_still_earned=_flag(mapping, "keep_if_still_earned"),
        active=_flag(mapping, "active"),
    )


def _meaning(raw: Any, mapping: UserMapping) -> tuple[list[str], list[str], list[str]]:
    """Return events, types and sources; one word of a rule may stand for two of them."""
    try:
        (rule,) = parse_segmentations(
            [{key: raw[word] for key, word in mapping.written.items() if key in _MEANING} | _PROBE],
            default_phone_format="e164",
        )
    except RuleError:
        return tuple(_texts(mapping, key) for key in ("event", "type", "source"))  # type: ignore[return-value]
    return (
        [name for name in words.EVENTS.names if name in rule.events],
        [name for name in words.TYPES.names if name in rule.types],
        [name for name in words.SOURCES.names if name in rule.sources],
    )


def rule_of(form: RuleForm) -> dict[str, Any]:
    """Return a new rule as a person would write it: without what goes without saying."""
    return {
        key: _written(key, form.value(key))
        for key in KEYS
        if form.value(key) != _DEFAULTS.get(key) and form.value(key) not in ([], "")
    }


def changes_to(raw: Mapping[str, Any], form: RuleForm) -> dict[str, Any]:
    """Return the keys of a rule whose meaning the form changes, as the file writes them.

    Args:
        raw: The rule as it is.
        form: What it shall mean.

    Returns:
        Key as written -> value; None for keys that go.
    """
    before = form_of(raw)
    spelled = _spellings(raw)
    changes: dict[str, Any] = {}
    for key in KEYS:
        value = form.value(key)
        if value == before.value(key):
            continue
        written = spelled.get(key, key)
        is_empty = value in ([], "")
        is_unsaid = written not in raw and value == _DEFAULTS.get(key)
        if is_empty:
            changes[written] = None
        elif not is_unsaid:
            changes[written] = _written(key, value, raw.get(written))
    if form_of(changed(raw, changes)) != form:
        # One word, such as "Renovação", said more than what is left of it.
        for key in _MEANING:
            value = form.value(key)
            changes[spelled.get(key, key)] = _written(key, value) if value else None
    return changes


def changed(raw: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return a rule after changes."""
    rule = {**copy.deepcopy(dict(raw)), **changes}
    return {key: value for key, value in rule.items() if value is not None}


def _spellings(raw: Mapping[str, Any]) -> dict[str, str]:
    try:
        return dict(UserMapping.of_rule(raw, 1, None).written)
    except RuleError:
        return {}


def _written(key: str, value: Any, before: Any = None) -> Any:
    if key == "tags" and not isinstance(before, list):
        return ";".join(value)
    if key == "fields":
        return dict(value)
    if key in _LISTS:
        return [number_or_text(one) for one in value]
    if key in _ONE_OR_SEVERAL and len(value) == 1 and not isinstance(before, list):
        return number_or_text(value[0]) if isinstance(before, int) else value[0]
    return value


def number_or_text(text: str) -> int | str:
    """Return an id as people write it; what would lose digits stays text."""
    return int(text) if text.isdecimal() and text.isascii() and str(int(text)) == text else text


def _texts(mapping: UserMapping, key: str) -> list[str]:
    try:
        return list(mapping.texts(key))
    except RuleError:
        return [str(mapping.values[key])]


def _choice(mapping: UserMapping, key: str, known: words.Words) -> str:
    try:
        return mapping.choice(key, known, default=str(_DEFAULTS[key]))
    except RuleError:
        return str(mapping.values[key])


def _flag(mapping: UserMapping, key: str) -> bool:
    try:
        return mapping.flag(key, default=bool(_DEFAULTS[key]))
    except RuleError:
        return bool(_DEFAULTS[key])


def _field_pairs(written: Any) -> list[tuple[str, str]]:
    if not isinstance(written, dict):
        return []
    return [(str(name).strip(), str(path or "").strip()) for name, path in written.items()]
