"""The three edits of a rule file, as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

Place = tuple[str | int, ...]


@dataclass(frozen=True)
class Insert:
    """Put a mapping into a list.

    Attributes:
        place: Keys and indexes that lead to the list, such as ``("integrations", 0,
            "segmentations")``. A list that does not exist is made.
        item: What to put in.
        after: Index of the item that it follows; None for the end.
    """

    place: Place
    item: Mapping[str, Any]
    after: int | None = None


@dataclass(frozen=True)
class Update:
    """Set or remove keys of one mapping of a list; None removes a key."""

    place: Place
    index: int
    changes: Mapping[str, Any]


@dataclass(frozen=True)
class Delete:
    """Take one mapping out of a list."""

    place: Place
    index: int


Edit = Insert | Update | Delete


def apply(data: Any, edit: Edit) -> None:
    """Make an edit on parsed data, plain or with comments."""
    match edit:
        case Insert(place, item, after):
            holder = at(data, place[:-1])
            if holder.get(place[-1]) is None:
                holder[place[-1]] = []
            items = holder[place[-1]]
            items.insert(len(items) if after is None else after + 1, dict(item))
        case Update(place, index, changes):
            target = at(data, place)[index]
            for key, value in changes.items():
                if value is None:
                    target.pop(key, None)
                else:
                    target[key] = value
        case Delete(place, index):
            del at(data, place)[index]


def at(data: Any, place: Place) -> Any:
    """Return what stands at a place."""
    for step in place:
        data = data[step]
    return data
