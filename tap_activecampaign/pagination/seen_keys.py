"""Which keys were met already, in little memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

_BLOCK_BITS = 12
_PLACE = (1 << _BLOCK_BITS) - 1


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
            block, bit = key >> _BLOCK_BITS, key & _PLACE
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
            block, bit = key >> _BLOCK_BITS, key & _PLACE
            self._blocks[block] = self._blocks.get(block, 0) | 1 << bit
        else:
            self._others.add(key)
        self._count += 1
        return True

    def add_each(self, keys: Iterable[Hashable]) -> list[bool]:
        """Remember some keys, which takes less time than one by one.

        Returns:
            Whether each was new.
        """
        blocks, were_new = self._blocks, []
        # The block that is being filled: keys that come together mostly share theirs.
        number, block = 0, blocks.get(0, 0)
        for key in keys:
            if type(key) is not int:
                blocks[number] = block
                were_new.append(self.add(key))
                block = blocks.get(number, 0)
                continue
            if key >> _BLOCK_BITS != number:
                blocks[number] = block
                number = key >> _BLOCK_BITS
                block = blocks.get(number, 0)
            bit = 1 << (key & _PLACE)
            is_new = not block & bit
            if is_new:
                block |= bit
                self._count += 1
            were_new.append(is_new)
        blocks[number] = block
        return were_new
