"""Round trips of YAML: what was read is written as it was, new values as a person would."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Final

import yaml
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import DoubleQuotedScalarString, ScalarString

if TYPE_CHECKING:
    from collections.abc import Mapping

_ENDLESS: Final = 1_000_000
# Holds all rules of an integration; nobody looks for another key behind it.
_LONG_KEY: Final = "segmentations"


def round_trip_yaml(*, offset: int, step: int) -> YAML:
    """Return a reader and writer that keeps comments, quotes and long lines.

    Args:
        offset: How far the items of a list stand from its key.
        step: How far the keys of a mapping do.
    """
    round_trip = YAML()
    round_trip.preserve_quotes = True
    round_trip.width = _ENDLESS
    round_trip.indent(mapping=step, sequence=offset + 2, offset=offset)
    return round_trip


def loaded(text: str, offset: int, step: int) -> Any:
    """Read a text so that it can be written again."""
    return round_trip_yaml(offset=offset, step=step).load(text)


def dumped(data: Any, *, offset: int, step: int) -> list[str]:
    """Return the lines of data."""
    out = io.StringIO()
    round_trip_yaml(offset=offset, step=step).dump(data, out)
    return out.getvalue().splitlines()


def change(target: CommentedMap, changes: Mapping[str, Any]) -> None:
    """Set or remove keys of a mapping that has been read; None removes a key."""
    for key, value in changes.items():
        if value is None:
            target.pop(key, None)
        elif key in target or _LONG_KEY not in target:
            target[key] = _in_style_of(target.get(key), value)
        else:
            target.insert(list(target).index(_LONG_KEY), key, written_value(value))


def _in_style_of(old: Any, value: Any) -> Any:
    """Return a value written as the one that it replaces: its quotes, its comments, its lines."""
    if isinstance(old, CommentedSeq) and isinstance(value, list):
        return _changed_list(old, value)
    if isinstance(old, CommentedMap) and isinstance(value, dict):
        return _changed_mapping(old, value)
    if isinstance(old, ScalarString) and isinstance(value, str) and "\n" not in value:
        return type(old)(value)
    return written_value(value)


def _changed_list(old: CommentedSeq, value: list[Any]) -> Any:
    """Take out and put in members; a new order is written anew."""
    kept = [member for member in old if member in value]
    if not value or kept != [member for member in value if member in kept]:
        return written_value(value)
    for index in reversed(range(len(old))):
        if old[index] not in value:
            del old[index]
    for index, member in enumerate(value):
        if index >= len(old) or old[index] != member:
            old.insert(index, written_value(member, is_in_flow=True))
    return old


def _changed_mapping(old: CommentedMap, value: dict[Any, Any]) -> Any:
    if not value:
        return written_value(value)
    for key in [key for key in old if key not in value]:
        del old[key]
    for key, member in value.items():
        if key not in old or old[key] != member:
            old[written_value(key, is_in_flow=True)] = _in_style_of(old.get(key), member)
    return old


def written_value(value: Any, *, is_in_flow: bool = False) -> Any:
    """Return a value in the style of a person: lists and mappings in one line, few quotes."""
    if isinstance(value, list):
        items = CommentedSeq(written_value(member, is_in_flow=True) for member in value)
        if not any(isinstance(member, dict) for member in value):
            items.fa.set_flow_style()
        return items
    if isinstance(value, dict):
        members = CommentedMap(
            (written_value(key, is_in_flow=True), written_value(member, is_in_flow=True))
            for key, member in value.items()
        )
        members.fa.set_flow_style()
        return members
    return _quoted_if_needed(value, is_in_flow=is_in_flow) if isinstance(value, str) else value


def _quoted_if_needed(text: str, *, is_in_flow: bool) -> str:
    """Quote what the target's reader would not take for the same text.

    It reads YAML 1.1, where ``no`` is false and ``1:30`` a number, and where a question mark may
    not stand in a list of one line; the round trip writes YAML 1.2.
    """
    probe = f"{{{text}: [{text}]}}" if is_in_flow else text
    try:
        is_same = yaml.safe_load(probe) == ({text: [text]} if is_in_flow else text)
    except (yaml.YAMLError, TypeError):
        is_same = False
    return text if is_same else DoubleQuotedScalarString(text)
