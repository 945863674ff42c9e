"""One collection: rows made on demand, with what was changed, deleted or added kept apart."""

from __future__ import annotations

import bisect
from array import array
from typing import TYPE_CHECKING, Any

from tests.sandbox.draft import CHANGE_SPAN, FIRST_DAY, LAST_DAY, Draft
from tests.sandbox.sizes import DenseIds, EvenIds, Fixed, Share, Spread, UnevenIds, mix, salt_of
from tests.sandbox.spec import OF_ITS_PLACE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tests.sandbox.account import Account
    from tests.sandbox.spec import Row, Spec, Test

_CACHED_SELECTIONS = 8


class Collection:
    """The rows of one collection in the order of their ids.

    Args:
        account: the account that holds it.
        spec: its row in the table of collections.
    """

    def __init__(self, account: Account, spec: Spec) -> None:
        self.account = account
        self.spec = spec
        self.version = 0
        self.base_count = self._base_size()
        self._salt = salt_of(spec.name, account.seed)
        self._ids = self._id_space()
        self._step = (LAST_DAY - FIRST_DAY) / max(1, self.base_count)
        self._kept: dict[int, Row] = {}
        self._kept_keys: list[int] = []  # of rows added, ascending
        self._gone: list[int] = []  # indexes of unchanged rows that were deleted, ascending
        self._gone_keys: set[int] = set()
        self._children: dict[str, dict[int, None]] = {}
        self._found: dict[str, int] = {}
        self._index: dict[str, tuple[int, dict[str, int]]] = {}
        self._groups: dict[str, tuple[int, dict[str, list[int]]]] = {}
        self._base_matches: dict[str, array[int]] = {}
        self._base_sorted: dict[str, array[int]] = {}
        self._selected: dict[str, tuple[int, Sequence[int]]] = {}
        self._next_key = self._ids.key_of(self.base_count - 1) + 1 if self.base_count else 1

    def _base_size(self) -> int:
        size = self.spec.size
        if isinstance(size, Fixed):
            return size.rows
        if isinstance(size, Share):
            return size.count(self.account.contact_count)
        return size.count(self.account.base_count(size.parent))

    def _id_space(self) -> DenseIds:
        if isinstance(self.spec.size, Fixed) or self.spec.id_kind in ("uuid", "name"):
            return DenseIds()
        return UnevenIds(self.base_count) if self.account.id_gaps == "uneven" else EvenIds()

    # --- reading ----------------------------------------------------------------------------

    def __len__(self) -> int:
        return self.base_count - len(self._gone) + len(self._kept_keys)

    def key_at(self, position: int) -> int:
        """Return the key of the row at a position in id order."""
        base = self.base_count - len(self._gone)
        if position >= base:
            return self._kept_keys[position - base]
        passed = 0
        while True:
            index = position + passed
            more = bisect.bisect_right(self._gone, index)
            if more == passed:
                return self._ids.key_of(index)
            passed = more

    def position_after(self, key: int) -> int:
        """Return the position of the first row whose key is greater than `key`."""
        index = min(self._ids.first_after(key), self.base_count)
        position = index - bisect.bisect_left(self._gone, index)
        return position + bisect.bisect_right(self._kept_keys, key)

    def base_key(self, index: int) -> int:
        """Return the key that the seed gives to an index, deleted or not."""
        return self._ids.key_of(index)

    def base_index(self, key: int) -> int | None:
        """Return the index of a row that the seed made, or None."""
        index = self._ids.index_of(key)
        return index if index is not None and index < self.base_count else None

    def moments(self, index: int) -> tuple[int, int]:
        """Return when the seed says that a row was created and changed."""
        created = FIRST_DAY + int(index * self._step)
        if self.spec.appends:
            return created, created
        die = mix(self._salt ^ (index * 2 + 1))
        if die % 3 == 0:
            return created, created
        span = CHANGE_SPAN if die % 3 == 1 else LAST_DAY + CHANGE_SPAN - created
        return created, created + (die >> 8) % span

    def row(self, key: int) -> Row | None:
        """Return a copy of the row, or None where there is none (any more)."""
        kept = self._kept.get(key)
        if kept is not None:
            row = dict(kept)
        elif key in self._gone_keys:
            return None
        else:
            index = self.base_index(key)
            if index is None:
                return None
            return self._made(index, key)
        if self.spec.derive is not None:
            self.spec.derive(self.account, row)
        return row

    def _made(self, index: int, key: int) -> Row:
        draft = Draft(self.account, self.spec, index, key, self._salt, self.moments(index))
        row = self.spec.make(draft)
        if self.spec.derive is not None:
            self.spec.derive(self.account, row)
        return row

    def wire_id(self, row: Row) -> str:
        """Return a row's id as text."""
        return str(row[self.spec.id_property])

    def key_of(self, wire_id: object) -> int | None:
        """Return the key behind an id as callers and URLs write it, or None."""
        text = str(wire_id)
        if self.spec.id_kind == "name":
            return self.find(self.spec.id_property, text)
        try:
            key = int(text[-12:], 16) if self.spec.id_kind == "uuid" else int(text)
        except ValueError:
            return None
        row = self.row(key)
        return key if row is not None and self.wire_id(row) == text else None

    def rows(self) -> Iterator[Row]:
        """Yield every row in the order of ids."""
        for position in range(len(self)):
            row = self.row(self.key_at(position))
            if row is not None:
                yield row

    def children_of(self, parent_id: str) -> list[int]:
        """Return the keys of the rows that belong to one parent, ascending."""
        keys = set(self._children.get(parent_id, ()))
        size = self.spec.size
        if not isinstance(size, (Fixed, Share)):
            parents = self.account.collection(size.parent)
            number = int(parent_id[-12:], 16) if parents.spec.id_kind == "uuid" else int(parent_id)
            index = parents.base_index(number)
            if index is not None:
                first, end = size.rows_of(index)
                for at in range(first, min(end, self.base_count)):
                    key = self._ids.key_of(at)
                    if key in self._kept or key in self._gone_keys:
                        continue
                    made = None if self.spec.own_children else self._made(at, key)
                    if made is None or str(made.get(self.spec.parent_key)) == parent_id:
                        keys.add(key)
        return sorted(keys)

    def where(self, name: str, value: str) -> list[int]:
        """Return the keys of the rows whose property is `value`, by its parent or by reading."""
        if name == self.spec.parent_key:
            return self.children_of(value)
        return self.group(name, lambda row: str(row.get(name))).get(value, [])

    def group(self, name: str, value_of: Callable[[Row], str]) -> dict[str, list[int]]:
        """Return the keys of all rows by a value of theirs; `name` names the value."""
        version, known = self._groups.get(name, (-1, {}))
        if version != self.version:
            known = {}
            for position in range(len(self)):
                key = self.key_at(position)
                known.setdefault(value_of(self.row(key) or {}), []).append(key)
            self._groups[name] = (self.version, known)
        return known

    def find(self, name: str, value: str) -> int | None:
        """Return the key of the first row whose property is `value`, regardless of case."""
        wanted = value.lower()
        if self.spec.lookup and self.spec.lookup[0] == name:
            if wanted in self._found:
                return self._found[wanted]
            index = self.spec.lookup[1](self.account, wanted)
            if index is None or index >= self.base_count:
                return None
            key = self._ids.key_of(index)
            return None if key in self._kept or key in self._gone_keys else key
        version, known = self._index.get(name, (-1, {}))
        if version != self.version:
            known = {}
            for position in range(len(self)):
                key = self.key_at(position)
                known.setdefault(str((self.row(key) or {}).get(name)).lower(), key)
            self._index[name] = (self.version, known)
        return known.get(wanted)

    # --- choosing ---------------------------------------------------------------------------

    def select(
        self,
        signature: str,
        test: Test,
        sort: Callable[[Row], Any] | None,
        quick: Callable[[int], bool] | None,
        quick_sort: Callable[[int], Any] | None = None,
    ) -> Sequence[int]:
        """Return the keys of the rows that pass a test, ascending or sorted.

        Args:
            signature: names test and order; the same text always means the same choice.
            test: decides on a row.
            sort: key to sort by.
            quick: decides on the index of an unchanged row in place of `test`.
            quick_sort: gives the sort key of an unchanged row from its index.
        """
        version, chosen = self._selected.get(signature, (-1, ()))
        if version == self.version:
            return chosen
        base = self._matching_base(signature, test, quick)
        kept, gone = self._kept, self._gone_keys
        changed = sorted(key for key in kept if test(self.row(key) or {}))
        if sort is None:
            keys = [key for key in base if key not in kept and key not in gone]
            keys = sorted(keys + changed)
        else:
            ordered = self._sorted_base(signature, base, sort, quick_sort)
            keys = [key for key in ordered if key not in kept and key not in gone]

            def rank(key: int) -> tuple[Any, int]:
                return sort(self.row(key) or {}), key

            if len(changed) * 4 > len(keys):
                keys = sorted(keys + changed, key=rank)
            else:
                for key in changed:
                    bisect.insort(keys, key, key=rank)
        chosen = array("q", keys)
        _remember(self._selected, signature, (self.version, chosen))
        return chosen

    def _sorted_base(
        self,
        signature: str,
        base: array[int],
        sort: Callable[[Row], Any],
        quick_sort: Callable[[int], Any] | None,
    ) -> array[int]:
        ordered = self._base_sorted.get(signature)
        if ordered is None:
            indexes = [self._ids.index_of(key) or 0 for key in base]
            rank = quick_sort or (lambda at: sort(self._made(at, self._ids.key_of(at))))
            ranks = {key: (rank(at), key) for key, at in zip(base, indexes, strict=True)}
            ordered = array("q", sorted(base, key=ranks.__getitem__))
            _remember(self._base_sorted, signature, ordered)
        return ordered

    def _matching_base(
        self, signature: str, test: Test, quick: Callable[[int], bool] | None
    ) -> array[int]:
        matches = self._base_matches.get(signature)
        if matches is None:
            key_of = self._ids.key_of
            passes = quick or (lambda index: test(self._made(index, key_of(index))))
            matches = array("q", [key_of(at) for at in range(self.base_count) if passes(at)])
            _remember(self._base_matches, signature, matches)
        return matches

    # --- changing ---------------------------------------------------------------------------

    def keep(self, key: int, row: Row) -> None:
        """Put a changed or a new row in place."""
        old = self.row(key)
        if old is not None:
            self._forget(key, old)
        elif self.base_index(key) is None:
            bisect.insort(self._kept_keys, key)
        self._kept[key] = row
        if self.spec.parent_key:
            self._children.setdefault(self._parent_of(key, row), {})[key] = None
        if self.spec.lookup and row.get(self.spec.lookup[0]):
            self._found[str(row[self.spec.lookup[0]]).lower()] = key
        self.version += 1

    def _parent_of(self, key: int, row: Row) -> str:
        if self.spec.parent_key != OF_ITS_PLACE:
            return str(row.get(self.spec.parent_key))
        size = self.spec.size
        assert isinstance(size, Spread)
        index = self._ids.index_of(key) or 0
        return self.account.id_at(size.parent, size.owner(index))

    def _forget(self, key: int, row: Row) -> None:
        if self.spec.parent_key:
            self._children.get(self._parent_of(key, row), {}).pop(key, None)
        if self.spec.lookup:
            self._found.pop(str(row.get(self.spec.lookup[0])).lower(), None)

    def remove(self, key: int) -> None:
        """Delete a row."""
        self._forget(key, self.row(key) or {})
        self._kept.pop(key, None)
        index = self.base_index(key)
        if index is None:
            self._kept_keys.remove(key)
        else:
            bisect.insort(self._gone, index)
            self._gone_keys.add(key)
        self.version += 1

    def draft_new(self) -> tuple[int, Row]:
        """Return the next key and a row as the seed would make it, stamped now."""
        key = self._next_key
        self._next_key += 1
        now = int(self.account.clock.time())
        index = self.base_count + key - (self._ids.key_of(self.base_count - 1) + 1)
        draft = Draft(self.account, self.spec, index, key, self._salt, (now, now))
        return key, self.spec.make(draft)


def _remember(cache: dict[str, Any], signature: str, value: Any) -> None:
    cache.pop(signature, None)
    while len(cache) >= _CACHED_SELECTIONS:
        del cache[next(iter(cache))]
    cache[signature] = value
