"""Which keys were met already, in little memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Hashable

_BLOCK_BITS = 12


class SeenKeys:
    """A set of keys; whole numbers take about a bit each where they are dense."""

    def __init__(self) -> None:
        self._blocks: dict[int, int] = {}
        self._others: set[Hashable] = set()
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def __contains__(self, key: Hashable) -> bool:
        if isinstance(key, int):
            block, bit = key >> _BLOCK_BITS, key & ((1 << _BLOCK_BITS) - 1)
            return bool(self._blocks.get(block, 0) >> bit & 1)
        return key in self._others

    def add(self, key: Hashable) -> bool:
        """Remember a key.

        Returns:
            Whether it was new.
        """
        if key in self:
            return False
        if isinstance(key, int):
            block, bit = key >> _BLOCK_BITS, key & ((1 << _BLOCK_BITS) - 1)
            self._blocks[block] = self._blocks.get(block, 0) | 1 << bit
        else:
            self._others.add(key)
        self._count += 1
        return True
