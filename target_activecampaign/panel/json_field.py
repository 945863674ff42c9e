"""JSON that a person has pasted or changed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from target_activecampaign.lenient_json import json_of

if TYPE_CHECKING:
    from target_activecampaign.panel.language import Language


def object_in(_: Language, text: str) -> tuple[dict[str, Any], str]:
    """Return the object that a text holds, and what is wrong if it holds none."""
    try:
        value = json_of(text)
    except (ValueError, RecursionError):
        line = _faulty_line(text)
        if line is None:
            return {}, _("This is not JSON.")
        return {}, _("This is not JSON: look at line %(line)s.", line=line)
    if not isinstance(value, dict):
        return {}, _("This is not an object in braces.")
    return value, ""


def _faulty_line(text: str) -> int | None:
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        return error.lineno
    except (ValueError, RecursionError):
        pass
    return None
