"""Edits to the lines of one item of a list in YAML. No other line can change."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import yaml
from ruamel.yaml.comments import CommentedMap

from target_activecampaign.panel.rule_edits import Delete, Edit, Insert, Place, Update
from target_activecampaign.panel.yaml_style import change, dumped, loaded, written_value

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_STEP: Final = 2


class UneditableTextError(Exception):
    """The text cannot be edited so that it says what was meant."""


def edited_lines(text: str, edit: Edit) -> str:
    """Return a text after an edit that touches the lines of one item only.

    Raises:
        UneditableTextError: If the item does not stand on lines of its own.
    """
    lines = text.splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    root = yaml.compose(text, yaml.SafeLoader) if text.strip() else None
    if any(line.startswith(("...", "%")) for line in lines):
        raise UneditableTextError
    match edit:
        case Insert():
            _insert(lines, root, edit)
        case Update(place, index, changes):
            block = _Block.of(lines, _block_list(root, place), index)
            lines[block.first : block.end] = _updated(lines, block, changes)
        case Delete(place, index):
            _delete(lines, root, place, index)
    return "".join(lines)


@dataclass(frozen=True)
class _Block:
    """The lines ``first`` to ``end`` (exclusive) of one item, and the column of its dash."""

    first: int
    end: int
    column: int
    node: yaml.MappingNode

    @classmethod
    def of(cls, lines: Sequence[str], items: yaml.SequenceNode, index: int) -> _Block:
        node = items.value[index]
        first, start = node.start_mark.line, node.start_mark.column
        before = lines[first][:start]
        if not isinstance(node, yaml.MappingNode) or node.flow_style or before.strip() != "-":
            raise UneditableTextError
        return cls(first, _last_line(node) + 1, before.index("-"), node)


def _last_line(node: yaml.Node) -> int:
    """Return the last line on which a node says something."""
    if isinstance(node, yaml.MappingNode) and node.value and not node.flow_style:
        return max(_last_line(part) for pair in node.value for part in pair)
    if isinstance(node, yaml.SequenceNode) and node.value and not node.flow_style:
        return max(_last_line(part) for part in node.value)
    if isinstance(node, yaml.ScalarNode) and node.style in {"|", ">"}:
        # The mark stands where the next token begins or the file ends.
        return max(node.start_mark.line, node.end_mark.line - (node.end_mark.column == 0))
    return int(node.end_mark.line)


def _block_list(root: yaml.Node | None, place: Place) -> yaml.SequenceNode:
    node = _node_at(root, place)
    if not isinstance(node, yaml.SequenceNode) or node.flow_style or not node.value:
        raise UneditableTextError
    return node


def _node_at(root: yaml.Node | None, place: Place) -> yaml.Node | None:
    node = root
    for step in place:
        if isinstance(node, yaml.MappingNode) and isinstance(step, str):
            node = next((value for key, value in node.value if key.value == step), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int):
            node = node.value[step]
        else:
            return None
    return node


def _is_comment(line: str) -> bool:
    return line.lstrip().startswith("#")


def _column(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _end_with_comments(lines: Sequence[str], block: _Block) -> int:
    """Return the end of an item and of the comments that are indented as part of it."""
    end = block.end
    while end < len(lines) and _is_comment(lines[end]) and _column(lines[end]) > block.column:
        end += 1
    return end


def _start_with_comments(lines: Sequence[str], block: _Block, floor: int) -> int:
    """Return the start of an item and of the comments right above it."""
    first = block.first
    while (
        first > floor
        and _is_comment(lines[first - 1])
        and (_column(lines[first - 1]) <= block.column)
    ):
        first -= 1
    return first


def _delete(lines: list[str], root: yaml.Node | None, place: Place, index: int) -> None:
    items = _block_list(root, place)
    block = _Block.of(lines, items, index)
    floor = _Block.of(lines, items, index - 1).end if index else _key_line(root, place) + 1
    if len(items.value) == 1:
        _empty(lines, root, place, block)
        return
    first, end = _start_with_comments(lines, block, floor), _end_with_comments(lines, block)
    if not index and first == floor and end < len(lines) and not lines[end].strip():
        end += 1
    elif first and not lines[first - 1].strip():
        # One blank line parts two rules; the one above the rule goes with it.
        first -= 1
    del lines[first:end]


def _empty(lines: list[str], root: yaml.Node | None, place: Place, block: _Block) -> None:
    """Take out the only item: the list stays, empty."""
    key_line = _key_line(root, place)
    colon = re.match(r"(?P<key>\s*(?:- )?[^#]*?:)(?P<rest>\s*(?:#.*)?\r?\n)$", lines[key_line])
    if colon is None:
        raise UneditableTextError
    first = _start_with_comments(lines, block, key_line + 1)
    del lines[first : _end_with_comments(lines, block)]
    lines[key_line] = f"{colon['key']} []{colon['rest']}"


def _key_line(root: yaml.Node | None, place: Place) -> int:
    holder = _node_at(root, place[:-1])
    if isinstance(holder, yaml.MappingNode):
        for key, _ in holder.value:
            if key.value == place[-1]:
                return int(key.start_mark.line)
    raise UneditableTextError


def _insert(lines: list[str], root: yaml.Node | None, edit: Insert) -> None:
    newline = "\r\n" if lines and lines[0].endswith("\r\n") else "\n"
    node = _node_at(root, edit.place)
    if isinstance(node, yaml.SequenceNode) and node.value:
        items = _block_list(root, edit.place)
        index = len(items.value) - 1 if edit.after is None else edit.after
        block = _Block.of(lines, items, index)
        at = _end_with_comments(lines, block)
        written = _item_lines(edit.item, block.column, newline)
        if _are_parted(lines, items):
            written.insert(0, newline)
        lines[at:at] = written
        return
    if edit.after is not None:
        raise UneditableTextError
    _begin_list(lines, root, edit, newline)


def _are_parted(lines: Sequence[str], items: yaml.SequenceNode) -> bool:
    """Return whether blank lines stand between the items of a list."""
    if len(items.value) == 1:
        return True
    block = _Block.of(lines, items, 0)
    following = _Block.of(lines, items, 1)
    return any(not line.strip() for line in lines[block.end : following.first])


def _begin_list(lines: list[str], root: yaml.Node | None, edit: Insert, newline: str) -> None:
    """Write the first item of a list that is empty or not there."""
    holder = _node_at(root, edit.place[:-1])
    name = str(edit.place[-1])
    if holder is None and len(edit.place) == 1:
        lines += [f"{name}:{newline}", *_item_lines(edit.item, _STEP, newline)]
        return
    if not isinstance(holder, yaml.MappingNode) or holder.flow_style or not holder.value:
        raise UneditableTextError
    column = int(holder.value[0][0].start_mark.column)
    items = _item_lines(edit.item, column + _STEP, newline)
    if any(key.value == name for key, _ in holder.value):
        at = _key_line(root, edit.place)
        bare = re.match(
            r"(?P<key>\s*(?:- )?[^#]*?:)(?: *(?:\[ *\]|null|~))?(?P<rest>\s*(?:#.*)?\r?\n)$",
            lines[at],
        )
        if bare is None:
            raise UneditableTextError
        lines[at] = f"{bare['key']}{bare['rest']}"
        lines[at + 1 : at + 1] = items
        return
    at = _last_line(holder) + 1
    written = [" " * column + f"{name}:{newline}", *items]
    if len(edit.place) == 1:
        at = len(lines)
        written.insert(0, newline)
    lines[at:at] = written


def _item_lines(item: Mapping[str, Any], column: int, newline: str) -> list[str]:
    plain = CommentedMap((key, written_value(value)) for key, value in item.items())
    lines = dumped([plain], offset=0, step=_STEP)
    return [f"{' ' * column}{line}{newline}" for line in lines]


def _updated(lines: Sequence[str], block: _Block, changes: Mapping[str, Any]) -> list[str]:
    original = list(lines[block.first : block.end])
    newline = "\r\n" if original[0].endswith("\r\n") else "\n"
    offset, step = _indents(block.node)
    moved = offset - block.column
    text = "".join(_moved(line, moved) for line in original)
    unchanged = loaded(text, offset, step)
    before = dumped(unchanged, offset=offset, step=step)
    changed = loaded(text, offset, step)
    change(changed[0], changes)
    after = dumped(changed, offset=offset, step=step)
    back = [_moved(line, -moved) + newline for line in after]
    return merged(original, before, after, back)


def _indents(node: yaml.MappingNode) -> tuple[int, int]:
    """Return how far lists and mappings inside of an item stand from their keys."""
    offset, step = 0, _STEP
    for key, value in node.value:
        if isinstance(value, yaml.CollectionNode) and value.value and not value.flow_style:
            inner = int(value.start_mark.column - key.start_mark.column)
            if isinstance(value, yaml.SequenceNode):
                offset = inner
            else:
                step = inner
    return offset, step


def _moved(line: str, by: int) -> str:
    if by >= 0 or not line.strip():
        return " " * by + line if line.strip() else line
    return line[min(-by, _column(line)) :]


def merged(
    original: Sequence[str], before: Sequence[str], after: Sequence[str], written: Sequence[str]
) -> list[str]:
    """Return the written lines, with the person's own ones where the edit changed nothing."""
    if len(original) != len(before):
        return list(written)
    merged: list[str] = []
    matcher = difflib.SequenceMatcher(a=before, b=after, autojunk=False)
    for tag, first, end, new_first, new_end in matcher.get_opcodes():
        merged += original[first:end] if tag == "equal" else written[new_first:new_end]
    return merged
