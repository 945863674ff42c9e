"""What a row maker is given: an index, its moments, and dice that always fall the same way."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from tests.sandbox.sizes import Spread, mix

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.sandbox.account import Account
    from tests.sandbox.spec import Spec

Item = TypeVar("Item")

_SPREAD = 0x9E3779B97F4A7C15
_SCRAMBLE = 0xD6E8FEB86659FD93
_BITS = (1 << 44) - 1

FIRST_DAY = 1_641_168_000  # 2022-01-03 00:00 UTC
LAST_DAY = 1_748_736_000  # 2025-06-01 00:00 UTC; changes go on for four weeks more
CHANGE_SPAN = 28 * 86_400


def has_udate(index: int) -> bool:
    """Whether the seed gives a contact an update stamp; a few have null."""
    return index % 97 != 13


class Draft:
    """A row before it is one.

    Attributes:
        account: the account it belongs to.
        index: its place in its collection, from 0.
        key: its id as a number.
        id: its id as text.
        created: when it was created, in seconds since the epoch.
        updated: when it was last changed.
    """

    __slots__ = ("_salt", "account", "created", "id", "index", "key", "spec", "updated")

    def __init__(
        self,
        account: Account,
        spec: Spec,
        index: int,
        key: int,
        salt: int,
        moments: tuple[int, int],
    ) -> None:
        self.account = account
        self.spec = spec
        self.index = index
        self.key = key
        self.id = str(key)
        self._salt = mix(salt + index)
        self.created, self.updated = moments

    def die(self, number: int, sides: int) -> int:
        """Return 0 to `sides` - 1; each `number` is another die."""
        return ((self._salt ^ number * _SPREAD) * _SCRAMBLE >> 20 & _BITS) % sides

    def pick(self, number: int, items: Sequence[Item]) -> Item:
        """Return one of `items`."""
        return items[self.die(number, len(items))]

    def hex(self, number: int, digits: int) -> str:
        """Return so many hexadecimal digits."""
        text = ""
        while len(text) < digits:
            text += f"{mix(self._salt + number + len(text)):016x}"
        return text[:digits]

    def uuid(self, number: int = 0) -> str:
        """Return a UUID that carries the row's key in its last group."""
        return self.account.uuid_of(self.spec.name, self.key, number)

    def offset(self, epoch: float) -> str:
        """Return the moment with the account's offset."""
        return self.account.stamps.offset(epoch)

    def naive(self, epoch: float) -> str:
        """Return the moment as the server's wall clock."""
        return self.account.stamps.naive(epoch)

    def later(self, number: int, days: int = 30) -> int:
        """Return a moment within so many days of creation."""
        return self.created + self.die(number, days * 86_400)

    @property
    def owner_index(self) -> int:
        """Index of the parent row."""
        size = self.spec.size
        assert isinstance(size, Spread)
        return size.owner(self.index) % max(1, self.account.base_count(size.parent))

    @property
    def owner(self) -> str:
        """Id of the parent row."""
        size = self.spec.size
        assert isinstance(size, Spread)
        return self.account.id_at(size.parent, self.owner_index)

    def one_of(self, collection: str, number: int) -> str:
        """Return the id of some row of another collection."""
        count = self.account.base_count(collection)
        return self.account.id_at(collection, self.die(number, count))

    def links(self, *names: str) -> dict[str, str]:
        """Return the row's `links`."""
        base = f"{self.account.base_url}/api/3/{self.spec.list_path or self.spec.name}/{self.id}/"
        return {name: base + name for name in names}
