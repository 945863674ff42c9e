"""Numbers that a seed decides: the same for every run, cheap for the millionth row."""

from __future__ import annotations

import bisect
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

_MASK = (1 << 64) - 1

IdGaps = Literal["even", "uneven"]


def mix(value: int) -> int:
    """Return a 64-bit number that looks unrelated to `value` (splitmix64)."""
    value = (value + 0x9E3779B97F4A7C15) & _MASK
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & _MASK
    return value ^ (value >> 31)


def salt_of(name: str, seed: int) -> int:
    """Return the number that sets one collection's rows apart from another's."""
    return mix(seed + int.from_bytes(name.encode(), "big"))


class DenseIds:
    """Ids 1, 2, 3 … without gaps."""

    def key_of(self, index: int) -> int:
        """Return the id of the row at `index`."""
        return index + 1

    def index_of(self, key: int) -> int | None:
        """Return the index of the row with this id, or None where there is none."""
        return key - 1 if key > 0 else None

    def first_after(self, key: int) -> int:
        """Return the index of the first row whose id is greater than `key`."""
        return max(0, key)


class EvenIds(DenseIds):
    """One id in ten is missing, all along."""

    def key_of(self, index: int) -> int:
        return 1 + index + index // 9

    def index_of(self, key: int) -> int | None:
        full, rest = divmod(key - 1, 10)
        return None if key < 1 or rest == 9 else full * 9 + rest

    def first_after(self, key: int) -> int:
        if key < 1:
            return 0
        full, rest = divmod(key - 1, 10)
        return full * 9 + min(rest + 1, 9)


class UnevenIds(DenseIds):
    """Sparse beginnings, a dense middle, a great hole, and a thinner end."""

    def __init__(self, count: int) -> None:
        self._starts: list[int] = []
        self._keys: list[int] = []
        self._strides: list[int] = []
        key, start = 3, 0
        for share, stride, hole in ((0.1, 37, 0), (0.4, 1, 5), (0.2, 2, 3), (0.3, 1, 0)):
            length = max(1, int(count * share))
            self._starts.append(start)
            self._keys.append(key)
            self._strides.append(stride)
            start += length
            key += length * stride + hole * count

    def key_of(self, index: int) -> int:
        part = bisect.bisect_right(self._starts, index) - 1
        return self._keys[part] + (index - self._starts[part]) * self._strides[part]

    def index_of(self, key: int) -> int | None:
        index = self.first_after(key - 1)
        return index if self.key_of(index) == key else None

    def first_after(self, key: int) -> int:
        part = bisect.bisect_right(self._keys, key) - 1
        if part < 0:
            return 0
        index = self._starts[part] + (key - self._keys[part]) // self._strides[part] + 1
        if part + 1 < len(self._starts):
            index = min(index, self._starts[part + 1])
        return index


@dataclass(frozen=True)
class Fixed:
    """A table whose size does not depend on the account's size."""

    rows: int


@dataclass(frozen=True)
class Share:
    """So many rows per contact, between two bounds."""

    ratio: float
    least: int = 3
    most: int = 10**9

    def count(self, contacts: int) -> int:
        """Return the number of rows in an account of that many contacts."""
        return min(self.most, max(self.least, int(contacts * self.ratio)))


@dataclass(frozen=True)
class Spread:
    """Rows that belong to the rows of another collection.

    `pattern` says how many rows each of a block of consecutive parents has, so that a row finds
    its parent, and a parent its rows, without a table.
    """

    parent: str
    pattern: tuple[int, ...]

    @cached_property
    def _owners(self) -> tuple[int, ...]:
        return tuple(at for at, rows in enumerate(self.pattern) for _ in range(rows))

    @cached_property
    def _firsts(self) -> tuple[int, ...]:
        return tuple(sum(self.pattern[:at]) for at in range(len(self.pattern) + 1))

    def count(self, parents: int) -> int:
        """Return the number of rows that belong to so many parents."""
        return self.rows_of(parents)[0]

    def owner(self, index: int) -> int:
        """Return the index of the parent of the row at `index`."""
        block, rest = divmod(index, len(self._owners))
        return block * len(self.pattern) + self._owners[rest]

    def rows_of(self, parent_index: int) -> tuple[int, int]:
        """Return the first index and the index after the last of a parent's rows."""
        block, rest = divmod(parent_index, len(self.pattern))
        base = block * len(self._owners)
        return base + self._firsts[rest], base + self._firsts[rest + 1]


Size = Fixed | Share | Spread
