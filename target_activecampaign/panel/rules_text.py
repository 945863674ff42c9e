"""Edits to the text of a rule file that leave everything else in it as a person wrote it.

An edit first works on the lines of the one rule that it is about, so that no other byte can change.
What the lines do not allow, such as rules in one long flow list, goes through a round trip of the
whole file. Either result counts only if reading it again gives exactly the data that was meant.
"""

from __future__ import annotations

import copy
import json
import re

import yaml
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import YAMLError as RoundTripError

from target_activecampaign.panel.rule_edits import Delete, Edit, Insert, Update, apply, at
from target_activecampaign.panel.rules_lines import UneditableTextError, edited_lines, merged
from target_activecampaign.panel.yaml_style import (
    change,
    dumped,
    round_trip_yaml,
    written_value,
)


def edited_json(text: str, edit: Edit) -> str:
    """Return JSON text after an edit; order and depth of indentation stay.

    Raises:
        UneditableTextError: If the text is no JSON, or the edit cannot be made in it.
    """
    try:
        data = json.loads(text) if text.strip() else {}
        apply(data, edit)
    except (ValueError, LookupError, TypeError, AttributeError):
        raise UneditableTextError from None
    indent = re.search(r"^[{\[]\r?\n( +|\t+)", text)
    space = indent.group(1) if indent else "  "
    return json.dumps(data, ensure_ascii=False, indent=space) + "\n"


def edited_yaml(text: str, edit: Edit) -> str:
    """Return YAML text after an edit.

    Raises:
        UneditableTextError: If the text is no YAML, or the edit cannot be made in it.
    """
    try:
        wanted = copy.deepcopy(yaml.safe_load(text)) or {}
        apply(wanted, edit)
    except (yaml.YAMLError, LookupError, TypeError, AttributeError):
        raise UneditableTextError from None
    for attempt in (edited_lines, _round_trip):
        try:
            written = attempt(text, edit)
            if yaml.safe_load(written) == wanted:
                return written
        except (UneditableTextError, yaml.YAMLError, RoundTripError):  # noqa: PERF203 - two of them
            continue
    raise UneditableTextError


def _round_trip(text: str, edit: Edit) -> str:
    newline = "\r\n" if "\r\n" in text else "\n"
    plain = text.replace("\r\n", "\n")
    round_trip = round_trip_yaml(offset=2, step=2)
    unchanged, changed = round_trip.load(plain), round_trip.load(plain)
    if changed is None:
        changed = CommentedMap()
    match edit:
        case Insert(place, item, after):
            item = CommentedMap((key, written_value(value)) for key, value in item.items())
            apply(changed, Insert(place, item, after))
        case Update(place, index, changes):
            change(at(changed, place)[index], changes)
        case Delete():
            apply(changed, edit)
    before, after_lines = (dumped(one, offset=2, step=2) for one in (unchanged, changed))
    lines = merged(plain.splitlines(), before, after_lines, after_lines)
    return "".join(f"{line}{newline}" for line in lines)
