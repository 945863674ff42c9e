"""Which rows a list request means, in which order."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, overload

from tests.sandbox.draft import has_udate
from tests.sandbox.query import honoured_orders
from tests.sandbox.sizes import mix
from tests.sandbox.spec import equals

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.sandbox.account import Account
    from tests.sandbox.collection import Collection
    from tests.sandbox.query import Query
    from tests.sandbox.settings import Behaviour
    from tests.sandbox.spec import Row, Spec, Test


class Keys(Sequence[int]):
    """Keys of rows in id order, between two bounds, read forwards or backwards."""

    def __init__(self, chosen: Collection | Sequence[int]) -> None:
        self._chosen = chosen
        self._low, self._high = 0, len(chosen)
        self.descending = False

    def bound(self, greater: int | None, less: int | None) -> None:
        """Keep the keys above `greater` and below `less`."""
        if greater is not None:
            self._low = max(self._low, self._position_after(greater))
        if less is not None:
            self._high = min(self._high, self._position_after(less - 1))

    def _position_after(self, key: int) -> int:
        if not isinstance(self._chosen, Sequence):
            return self._chosen.position_after(key)
        low, high = 0, len(self._chosen)
        while low < high:
            middle = (low + high) // 2
            if self._chosen[middle] > key:
                high = middle
            else:
                low = middle + 1
        return low

    def __len__(self) -> int:
        return max(0, self._high - self._low)

    @overload
    def __getitem__(self, at: int) -> int: ...
    @overload
    def __getitem__(self, at: slice) -> list[int]: ...
    def __getitem__(self, at: int | slice) -> int | list[int]:
        if isinstance(at, slice):
            return [self[position] for position in range(*at.indices(len(self)))]
        position = self._high - 1 - at if self.descending else self._low + at
        if isinstance(self._chosen, Sequence):
            return self._chosen[position]
        return self._chosen.key_at(position)


def choose(account: Account, name: str, query: Query, behaviour: Behaviour) -> Sequence[int]:
    """Return the keys of the rows that a query means, in the order that it gets."""
    collection = account.collection(name)
    spec = collection.spec
    example = _example(collection, query)
    orders = _orders(spec, query, behaviour, example)
    by_id = bool(orders) and orders[0][0] == spec.id_property
    columns = example if behaviour.known_filters == "columns" else {}
    tests, parts, quick = _tests(account, collection, query, columns)
    greater, less = (_whole(query, spec.params, bound) for bound in ("id_greater", "id_less"))
    sort: Callable[[Row], Any] | None = None
    quick_sort = _seeded_sorter(collection, orders)
    if orders and not by_id:
        parts += [f"{column}:{descending}" for column, descending in orders]
        sort = sorter(account, orders)
        for bound in ("id_greater", "id_less"):
            if bound in spec.params and query.params.get(bound):
                tests.append(spec.params[bound](query.params[bound], "", account.stamps))
                parts.append(f"{bound}={query.params[bound]}")
    elif not orders and spec.order == "scrambled":
        sort, quick_sort = _scrambled(collection)
        parts.append("scrambled")
    if not tests:
        quick = _any_index
    elif len(tests) > 1:
        quick = None
    rows: Collection | Sequence[int] = collection
    if parts:
        signature = "&".join(parts)
        rows = collection.select(
            signature, lambda row: all(t(row) for t in tests), sort, quick, quick_sort
        )
    keys = Keys(rows)
    if sort is None:
        keys.bound(greater, less)
        keys.descending = by_id and orders[0][1]
    if not orders and spec.order == "unsettled":
        return _SHUFFLES.sample(list(keys), len(keys))
    return keys


def _example(collection: Collection, query: Query) -> Row:
    """Return some row, where the query needs to know the columns."""
    if not (query.orders or query.filters) or not len(collection):
        return {}
    return collection.row(collection.key_at(0)) or {}


def _orders(spec: Spec, query: Query, behaviour: Behaviour, example: Row) -> list[tuple[str, bool]]:
    """Return the properties to sort by, and whether descending."""
    sort_by = query.params.get("sort", "")
    if spec.paging == "pages" and sort_by.lstrip("-") in spec.orders:
        return [(spec.orders[sort_by.lstrip("-")], sort_by.startswith("-"))]
    return honoured_orders(spec, query, behaviour.honoured_orders, example)


_SHUFFLES = random.Random(7)
"""Orders of lists that promise none: another for every request."""


def _scrambled(collection: Collection) -> tuple[Callable[[Row], Any], Callable[[int], Any]]:
    """Return sort keys, of a row and of an unchanged row's index, that mean no order at all."""

    def by_index(index: int) -> int:
        return mix(collection.base_key(index))

    def by_row(row: Row) -> int:
        return mix(collection.key_of(collection.wire_id(row)) or 0)

    return by_row, by_index


def _any_index(_index: int) -> bool:
    return True


def _whole(query: Query, params: Mapping[str, Any], name: str) -> int | None:
    text = query.params.get(name, "")
    return int(text) if name in params and text.isascii() and text.isdigit() else None


def _tests(
    account: Account, collection: Collection, query: Query, columns: Row
) -> tuple[list[Test], list[str], Callable[[int], bool] | None]:
    """Return the tests of rows that a query means, their names, and a quick one of indexes."""
    spec = collection.spec
    found: list[tuple[str, Test]] = []
    quick = None
    if spec.listed is not None:
        found.append(("listed", spec.listed))
    for name, operator, value in _filters(spec, query):
        rule = spec.filters.get(name) or (equals(name) if name in columns else None)
        if rule is not None:
            test = rule(value, operator, account.stamps)
            found.append((f"filters[{name}][{operator}]={value}", test))
            if spec.name == "contacts":
                quick = _quick_contacts(account, collection, name, value)
    found += [
        (f"{name}={value}", rule(value, "", account.stamps))
        for name, rule in spec.params.items()
        if name not in ("id_greater", "id_less")
        for value in query.all(name)
        if value
    ]
    found += _picked(spec, query)
    joined = account_tests(account, query) if spec.name == "contacts" else []
    if joined:
        name = f"joined@{account.version}:{sorted(query.params.items())}"
        found += [(name, test) for test in joined]
    return [test for _, test in found], [name for name, _ in found], quick


def _filters(spec: Spec, query: Query) -> list[tuple[str, str, str]]:
    """Return the filters of a request, and those that hold where it sends none."""
    sent = {name for name, _, _ in query.filters}
    unsent = [(name, "", value) for name, value in spec.default_filters.items() if name not in sent]
    return [*query.filters, *unsent]


def _picked(spec: Spec, query: Query) -> list[tuple[str, Test]]:
    """Return the tests of parameters that name several values."""
    found: list[tuple[str, Test]] = []
    ids = {part for value in query.all("ids") for part in value.split(",")}
    if spec.by_ids and ids:
        found.append((f"ids={sorted(ids)}", lambda row: str(row[spec.id_property]) in ids))
    # The key is repeated; of a comma list the first counts.
    sources = {value.partition(",")[0] for value in query.all("sourceIds")}
    if spec.name == "contactLists" and sources:
        found.append((f"sources={sorted(sources)}", lambda row: row["sourceid"] in sources))
    return found


def _quick_contacts(
    account: Account, collection: Collection, name: str, value: str
) -> Callable[[int], bool] | None:
    """Compare the moments of unchanged contacts without making their rows."""
    bound = account.stamps.read(value)
    if bound is None:
        return None
    at = 1 if name.startswith("updated") else 0
    if name.endswith("after"):
        return lambda index: (
            (at == 0 or has_udate(index)) and (collection.moments(index)[at] >= bound)
        )
    return lambda index: (at == 0 or has_udate(index)) and collection.moments(index)[at] < bound


def account_tests(account: Account, query: Query) -> list[Test]:
    """Return the tests of contacts that need other collections: list, tag, status, ids."""
    tests: list[Test] = []
    wanted = query.params.get("listid"), query.params.get("status", "-1")
    if wanted[0] or wanted[1] not in ("", "-1"):
        tests.append(_on_list(account, wanted[0], wanted[1]))
    for name, collection, column in (
        ("tagid", "contactTags", "tag"),
        ("seriesid", "contactAutomations", "automation"),
    ):
        if query.params.get(name):
            tests.append(_has(account, collection, column, query.params[name]))
    ids = set(query.all("ids"))
    if ids:
        chosen = {part for value in ids for part in value.split(",")}
        tests.append(lambda row: row["id"] in chosen)
    if query.params.get("exclude"):
        dropped = query.params["exclude"]
        tests.append(lambda row: row["id"] != dropped)
    return tests


def _on_list(account: Account, list_id: str | None, status: str) -> Test:
    def test(row: Row) -> bool:
        members = account.collection("contactLists")
        rows = [members.row(key) or {} for key in members.children_of(row["id"])]
        return any(
            (not list_id or str(one["list"]) == list_id)
            and (status in ("", "-1") or str(one["status"]) == status)
            for one in rows
        )

    return test


def _has(account: Account, name: str, column: str, value: str) -> Test:
    def test(row: Row) -> bool:
        links = account.collection(name)
        return any(
            str((links.row(key) or {})[column]) == value for key in links.children_of(row["id"])
        )

    return test


def sorter(account: Account, orders: list[tuple[str, bool]]) -> Callable[[Row], Any]:
    """Return the sort key of rows for (property, descending) pairs."""

    def sort(row: Row) -> tuple[Any, ...]:
        return tuple(
            _backwards(_rank(account, _reach(row, column)))
            if descending
            else _rank(account, _reach(row, column))
            for column, descending in orders
        )

    return sort


def _seeded_sorter(
    collection: Collection, orders: list[tuple[str, bool]]
) -> Callable[[int], Any] | None:
    """Return the same sort key from the index of an unchanged row, where the seed tells it."""
    if len(orders) != 1 or orders[0][0] not in collection.spec.seeded:
        return None
    at, backwards = collection.spec.seeded[orders[0][0]], orders[0][1]

    def sort(index: int) -> tuple[Any, ...]:
        rank = 2, float(collection.moments(index)[at]), ""
        return (_backwards(rank) if backwards else rank,)

    return sort


def _reach(row: Row, column: str) -> Any:
    value: Any = row
    for name in column.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _rank(account: Account, value: object) -> tuple[int, float, str]:
    """Return a sort key: null first, then numbers, then moments, then text."""
    if value is None or value == "":
        return 0, 0.0, ""
    if isinstance(value, (int, float)):
        return 1, float(value), ""
    text = str(value)
    try:
        return 1, float(text), ""
    except ValueError:
        moment = account.stamps.read(text) if text[:4].isdigit() else None
        if moment is not None:
            return 2, moment, ""
        return (1, 0.0, "") if text.startswith("0000") else (3, 0.0, text.lower())


def _backwards(rank: tuple[int, float, str]) -> tuple[int, float, Any]:
    return -rank[0], -rank[1], _Reversed(rank[2]) if rank[2] else ""


class _Reversed:
    __slots__ = ("rank",)

    def __init__(self, rank: str) -> None:
        self.rank = rank

    def __lt__(self, other: _Reversed) -> bool:
        return other.rank < self.rank

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Reversed) and other.rank == self.rank

    def __hash__(self) -> int:
        return hash(self.rank)
